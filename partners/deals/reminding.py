"""Reminders: before a protection ends, and while a question waits for the partner. Each once, however the job runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from partners.deals import rules
from partners.deals.states import DealRole
from portal.core import clock, db, formats, jobs
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to, record
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.notices.kinds import notice_kind
from portal.notices.service import tell
from portal.policies.kinds import Document, PolicyKind, register_kind
from portal.policies.queries import in_force

KEY: Final = "reminders"
REMINDED: Final = "deal.reminded"
_NOT_BEFORE: Final = time(7)
"""Nobody is mailed at night, by the vendor's clock."""

tells(deal__reminded=Wording(N_("reminded the partner by mail"), "bell"))


class About(StrEnum):
    """What somebody is reminded of."""

    END = "end"
    QUESTION = "question"


class ReminderTerms(Document):
    """When partners are reminded."""

    first_days: int = Field(ge=1, le=365, title=N_("Days before the end of a protection, the first time"))
    second_days: int = Field(ge=1, le=365, title=N_("Days before the end of a protection, the second time"))
    last_days: int = Field(ge=1, le=365, title=N_("Days before the end of a protection, the last time"))
    question_days: int = Field(ge=1, le=90, title=N_("Days that a question has waited for its answer"))

    @property
    def before(self) -> tuple[int, ...]:
        """The days before an end, in order."""
        return (self.first_days, self.second_days, self.last_days)


DEFAULT: Final = ReminderTerms(first_days=30, second_days=14, last_days=3, question_days=5)
"""What holds until a version is approved, and what the first draft begins with."""


def lint(terms: ReminderTerms) -> list[str]:
    """Each time is nearer to the end than the one before."""
    in_order = terms.first_days > terms.second_days > terms.last_days
    return [] if in_order else [_("Each reminder must be nearer to the end than the one before.")]


REMINDERS: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Reminders"),
        about=N_("How long before a protection ends, and how long after a question, partners are reminded by mail."),
        model=ReminderTerms,
        template="partners/deals/pages/reminders_policy.html",
        first=DEFAULT,
        lint=lint,
    )
)


def due_before_end(today: date, last_day: date, decided_on: date, before: Iterable[int]) -> int | None:
    """Which reminder is due: so many days before the last protected day, and the nearest one that has been reached.

    One that was passed on the day of the decision already is none: the approval itself has said it. So a job that
    slept for a week sends the nearest alone, not all that it missed.
    """
    left = (last_day - today).days
    reached = [days for days in before if left <= days < (last_day - decided_on).days]
    return min(reached, default=None) if left >= 0 else None


def is_question_due(today: date, asked_on: date, days: int) -> bool:
    """Whether a question has waited so many days of the calendar."""
    return (today - asked_on).days >= days


@dataclass(frozen=True, slots=True)
class _Due:
    """One reminder to be made: of what, of which end or question, and how many days before or after."""

    deal_id: UUID
    partner_id: UUID
    about: About
    of: datetime
    days: int


async def remind(*, now: datetime) -> int:
    """Make all reminders that are due and were not made yet; how many. Running twice or late does no harm."""
    zone = formats.time_zone().key
    if now.astimezone(ZoneInfo(zone)).time() < _NOT_BEFORE:
        return 0
    async with db.transaction(SYSTEM):
        found = await in_force(SYSTEM, KEY, clock.day_of(now, zone))
        terms: ReminderTerms = found.body if found else DEFAULT
        due = [*await _ends(terms, now, zone), *await _questions(terms, now, zone)]
        made = 0
        for one in due:
            made += await _make(one, found.version_id if found else None, now)
    return made


async def _ends(terms: ReminderTerms, now: datetime, zone: str) -> list[_Due]:
    """Open deals whose approval ends soon."""
    rows = await db.sql(
        "SELECT id, partner_id, protected_until, decided_at FROM partners_deal WHERE state = 'approved'"
        " AND closed_at IS NULL AND protected_until > $1 AND protected_until <= $2 ORDER BY protected_until, id",
        now, now + timedelta(days=max(terms.before) + 2),
    )  # fmt: skip
    today, found = clock.day_of(now, zone), []
    for row in rows:
        last = rules.last_protected_day(row["protected_until"], zone)
        days = due_before_end(today, last, clock.day_of(row["decided_at"], zone), terms.before)
        if days is not None:
            found.append(_Due(row["id"], row["partner_id"], About.END, row["protected_until"], days))
    return found


async def _questions(terms: ReminderTerms, now: datetime, zone: str) -> list[_Due]:
    """Deals that wait for the partner's answer."""
    rows = await db.sql(
        "SELECT d.id, d.partner_id, max(e.at) AS asked_at FROM partners_deal d JOIN core_event e"
        " ON e.subject_type = 'deal' AND e.subject_id = d.id AND e.name = 'deal.asked'"
        " WHERE d.state = 'info_requested' GROUP BY d.id, d.partner_id ORDER BY asked_at, d.id"
    )
    today = clock.day_of(now, zone)
    return [
        _Due(row["id"], row["partner_id"], About.QUESTION, row["asked_at"], terms.question_days)
        for row in rows
        if is_question_due(today, clock.day_of(row["asked_at"], zone), terms.question_days)
    ]


async def _make(due: _Due, version: UUID | None, now: datetime) -> int:
    """Write it down with its event, unless it was made before; 1 or 0. Of a question there is only one."""
    days = due.days if due.about == About.END else 0
    rows = await db.sql(
        "INSERT INTO partners_deal_reminder (id, deal, partner_id, about, of_at, days, policy_version, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (deal, about, of_at, days) DO NOTHING RETURNING id",
        new_id(), due.deal_id, due.partner_id, due.about.value, due.of, days, version, now,
    )  # fmt: skip
    if not rows:
        return 0
    await record(
        SYSTEM, REMINDED, "deal", due.deal_id, partner_id=due.partner_id, now=now,
        changes={"reminded_of": [None, due.about.value]},
    )  # fmt: skip
    return 1


REMINDER: Final = notice_kind(
    "deal_reminder", N_("A protection ends soon, or a question waits"), Permission.DEALS_WRITE, group=N_("Deals"),
    icon="hourglass", asks=True,
)  # fmt: skip


@reacts_to(REMINDED)
async def tell_owner_again(event: Recorded) -> None:
    """Tell the owner what to do, if the reminder still is one: not after a win, an answer or an extension."""
    row = await db.sql_one(
        "SELECT d.number, d.customer_name AS customer, d.role, d.owner, d.question, d.protected_until, r.about, r.of_at"
        " FROM partners_deal_reminder r JOIN partners_deal d ON d.id = r.deal WHERE r.deal = $1 AND r.made_at = $2"
        " AND d.closed_at IS NULL AND CASE r.about WHEN 'end' THEN d.state = 'approved' AND d.protected_until = r.of_at"
        " ELSE d.state = 'info_requested' END ORDER BY r.about LIMIT 1",
        event.subject_id, event.at,
    )  # fmt: skip
    if row is not None:
        await tell(
            event, row["owner"], f"/partners/deals/{event.subject_id}", lambda: _words(row, event.at), kind=REMINDER
        )


def _words(row: dict[str, Any], at: datetime) -> tuple[str, list[str]]:
    """Subject and lines, in the current language."""
    zone = formats.time_zone().key
    about = {"number": row["number"], "customer": row["customer"]}
    if row["about"] == About.QUESTION:
        asked = {"day": formats.date(clock.day_of(row["of_at"], zone))}
        return _("%(number)s: a question about %(customer)s waits for you") % about, [
            _("On %(day)s the vendor asked:") % asked,
            row["question"],
            _("Nothing is decided until you answer. Open the deal and answer there."),
        ]
    last = rules.last_protected_day(row["protected_until"], zone)
    left = (last - clock.day_of(at, zone)).days
    days = ngettext("%(count)s day", "%(count)s days", left) % {"count": formats.number(left)}
    facts = {"day": formats.date(last), "left": days}
    ends = _("The approval ends on %(day)s, in %(left)s.")
    if rules.is_exclusive(DealRole(row["role"])):
        ends = _("The protection ends on %(day)s, in %(left)s.")
    return _("%(number)s: %(customer)s is yours until %(day)s") % (about | facts), [
        ends % facts,
        _("Has the customer ordered? Mark the deal as won before that day: then the sale stays yours."),
        _("Does it take longer? Ask for an extension in time."),
    ]


@jobs.scheduled("remind_of_deals", "23 * * * *")
async def remind_of_deals() -> None:
    """Remind partners of what is due; late or twice does no harm."""
    await remind(now=clock.now())
