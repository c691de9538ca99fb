"""What can be read of answers: the clocks of a deal, the vendor's desk, and how fast answers are altogether."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.response.lists import RESPONSIBLE, held_by
from partners.response.rules import WINDOW_DAYS, Clock, Pause, Standing, What, may_tell, standing_of
from portal.calendars.queries import DAYS_OF, calendar_of, office
from portal.calendars.rules import Calendar
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotAllowed
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.questions import Question, row_of, rows_of
from portal.core.tenancy import visible_sql
from portal.core.text import sort_key

WEEKS: Final = 13
"""Weeks of the desk's chart: a quarter."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How fast registrations were answered in the last 90 days, in minutes of working time."""

    decisions: int
    median_minutes: int
    high_minutes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One clock of a deal, with the calendar that it runs by."""

    what: What
    started_at: datetime
    allowed_minutes: int
    times: Clock
    worked_minutes: int | None
    lengthens: bool
    lengthened_days: int
    pauses: tuple[Pause, ...]
    calendar: Calendar
    calendar_name: str
    """Empty for office hours that nobody has named."""
    policy_version: UUID | None
    held: str
    """What forbids the clock to approve it, for the vendor (`rules.HELD_LABELS`); empty where nothing does."""

    def standing(self, now: datetime) -> Standing:
        """How it stands."""
        return standing_of(self.times, now)


@dataclass(frozen=True, slots=True)
class Answers:
    """The clocks of a deal, oldest first; and how fast answers are, where this actor may be told."""

    found: tuple[Answer, ...]
    figure: Figure | None


_FIGURE: Final = (
    "(SELECT to_jsonb(f) || jsonb_build_object('is_among', EXISTS (SELECT FROM partners_response x"
    " WHERE x.partner_id = {partner} AND x.what = 'registration' AND x.answered_at IS NOT NULL))"
    " FROM partners_response_figure f ORDER BY f.reckoned_on DESC LIMIT 1)"
)
"""The newest figures, and whether the partner may be among those that they are of."""


def _told(actor: Actor, row: dict[str, Any] | None) -> Figure | None:
    """The figures, if this actor may be told; the vendor always may."""
    if row is None or not row["decisions"]:
        return None
    if actor.is_partner and not may_tell(row["decisions"], row["partners"], asker_is_among=row["is_among"]):
        return None
    return Figure(row["decisions"], row["median_minutes"], row["high_minutes"])


def answers_of(actor: Actor, deal_id: UUID) -> Question:
    """What has to be answered about a deal, and what was: `Answers`. Raises NotAllowed."""
    actor.require(Permission.DEALS_READ)
    held = "NULL" if actor.is_partner else held_by("r")
    return rows_of(
        f"SELECT {held} AS held, r.what, r.started_at, r.allowed_minutes, r.due_at, r.warn_at, r.paused_at,"
        " r.answered_at, r.ended_at, r.breached_at, r.worked_minutes, r.lengthens, r.lengthened_days,"
        " r.policy_version, c.name AS calendar_name, c.zone, c.week, c.country,"
        f" {DAYS_OF.format(id='c.id')} AS days, (SELECT coalesce(jsonb_agg(jsonb_build_array(x.paused_at,"
        " x.resumed_at) ORDER BY x.paused_at), '[]') FROM partners_response_pause x WHERE x.response = r.id)"
        f" AS pauses, {_FIGURE.format(partner='r.partner_id')} AS figure FROM partners_response r"
        " LEFT JOIN calendars_calendar c ON c.id = r.calendar"
        f" WHERE {visible_sql(actor, 'r.partner_id')} AND r.deal = $1 ORDER BY r.started_at, r.number",
        deal_id, policy_version=UUID, **dict.fromkeys(_INSTANTS, datetime.fromisoformat),
    ).then(
        lambda rows: Answers(tuple(_answer(row) for row in rows), _told(actor, rows[0]["figure"]) if rows else None)
    )  # fmt: skip


_INSTANTS: Final = ("started_at", "due_at", "warn_at", "paused_at", "answered_at", "ended_at", "breached_at")


def _answer(row: dict[str, Any]) -> Answer:
    pauses = (Pause(*(datetime.fromisoformat(at) for at in pair)) for pair in row["pauses"])
    return Answer(
        what=What(row["what"]),
        started_at=row["started_at"],
        allowed_minutes=row["allowed_minutes"],
        times=Clock(
            row["due_at"], row["warn_at"], row["paused_at"], row["answered_at"], row["ended_at"], row["breached_at"]
        ),
        worked_minutes=row["worked_minutes"],
        lengthens=row["lengthens"],
        lengthened_days=row["lengthened_days"],
        pauses=tuple(pauses),
        calendar=calendar_of(row) if row["calendar_name"] else office(),
        calendar_name=row["calendar_name"] or "",
        policy_version=row["policy_version"],
        held=row["held"] or "",
    )


@dataclass(frozen=True, slots=True)
class Load:
    """What waits for one person, and how fast that person answered in the last 90 days."""

    membership_id: UUID | None
    """None where nobody is responsible: the partner has no manager."""
    name: str
    late: int
    soon: int
    running: int
    paused: int
    answered: int
    held: int
    """Late, and would have been approved by the clock if nothing forbade it."""
    median_minutes: int | None


@dataclass(frozen=True, slots=True)
class Week:
    """The registrations that were answered in one week, in minutes of working time."""

    monday: date
    answered: int
    late: int
    median_minutes: int
    high_minutes: int
    allowed_minutes: int
    """Half of them were allowed no more."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All that waits for the vendor's answer."""

    loads: Sequence[Load]
    weeks: Sequence[Week]
    figure: Figure | None

    def total(self, name: str) -> int:
        """`late`, `soon`, `running`, `paused` or `held` of everybody."""
        return sum(getattr(load, name) for load in self.loads)


_MEDIAN: Final = "percentile_disc({share}) WITHIN GROUP (ORDER BY {column})"
_WAITS: Final = "t.ended_at IS NULL AND t.paused_at IS NULL"


async def get_desk(actor: Actor, now: datetime) -> Desk:
    """What is late and whose, what is due soon, and how fast answers were. One statement. Raises NotAllowed."""
    actor.require(Permission.DEALS_READ)
    if actor.is_partner:
        raise NotAllowed(_("Your role does not include this."), code="permission")
    async with db.transaction(actor):
        loads, weeks = await db.ask_together([_loads(now), _weeks(now)])
    figure = _told(actor, loads[0]["figure"]) if loads else None
    found = [Load(**{name: row[name] for name in Load.__slots__}) for row in loads]
    found.sort(key=lambda one: (-one.late, -one.soon, -one.running, sort_key(one.name)))
    return Desk(found, [Week(**row) for row in weeks], figure)


def _loads(now: datetime) -> Question:
    return rows_of(
        f"SELECT {RESPONSIBLE} AS membership_id,"
        " coalesce((SELECT x.name FROM identity_membership m JOIN identity_person x ON x.id = m.person"
        f" WHERE m.id = ({RESPONSIBLE})), '') AS name,"
        f" count(*) FILTER (WHERE {_WAITS} AND t.due_at <= $1) AS late,"
        f" count(*) FILTER (WHERE {_WAITS} AND t.due_at > $1 AND t.warn_at <= $1) AS soon,"
        f" count(*) FILTER (WHERE {_WAITS} AND t.warn_at > $1) AS running,"
        " count(*) FILTER (WHERE t.paused_at IS NOT NULL) AS paused,"
        " count(*) FILTER (WHERE t.answered_at > $2) AS answered,"
        f" count(*) FILTER (WHERE {_WAITS} AND t.breached_at IS NOT NULL AND {held_by('t')} IS NOT NULL) AS held,"
        f" {_MEDIAN.format(share='0.5', column='t.worked_minutes')} FILTER (WHERE t.answered_at > $2)"
        " AS median_minutes, (SELECT to_jsonb(f) FROM partners_response_figure f ORDER BY f.reckoned_on DESC"
        " LIMIT 1) AS figure FROM partners_response t JOIN partners_deal d ON d.id = t.deal"
        " JOIN partners_company p ON p.id = t.partner_id WHERE t.ended_at IS NULL OR t.answered_at > $2"
        " GROUP BY 1, 2 ORDER BY 1",
        now, now - timedelta(days=WINDOW_DAYS), membership_id=UUID,
    )  # fmt: skip


def _weeks(now: datetime) -> Question:
    zone = formats.time_zone().key
    today = clock.day_of(now, zone)
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    return rows_of(
        "SELECT date_trunc('week', t.answered_at AT TIME ZONE $2)::date AS monday, count(*) AS answered,"
        " count(t.breached_at) AS late,"
        f" {_MEDIAN.format(share='0.5', column='t.worked_minutes')} AS median_minutes,"
        f" {_MEDIAN.format(share='0.9', column='t.worked_minutes')} AS high_minutes,"
        f" {_MEDIAN.format(share='0.5', column='t.allowed_minutes')} AS allowed_minutes"
        " FROM partners_response t WHERE t.what = 'registration' AND t.answered_at >= $1 AND t.answered_at <= $3"
        " GROUP BY 1 ORDER BY 1",
        clock.start_of(monday, zone), zone, now, monday=date.fromisoformat,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """What waits for the vendor's answer to a partner, and how fast answers are, where it may be told."""

    open: int
    late: int
    paused: int
    figure: Figure | None


async def get_own_answers(actor: Actor, now: datetime) -> OwnAnswers:
    """The same for a partner: one statement. Raises NotAllowed."""
    actor.require(Permission.DEALS_READ)
    question = row_of(
        "SELECT count(*) FILTER (WHERE t.paused_at IS NULL) AS open,"
        f" count(*) FILTER (WHERE {_WAITS} AND t.due_at <= $1) AS late,"
        " count(*) FILTER (WHERE t.paused_at IS NOT NULL) AS paused,"
        f" {_FIGURE.format(partner='$2::uuid')} AS figure"
        f" FROM partners_response t WHERE {visible_sql(actor, 't.partner_id')} AND t.ended_at IS NULL",
        now, actor.partner_id,
    )  # fmt: skip
    async with db.transaction(actor):
        row = await db.ask(question)
    return OwnAnswers(row["open"], row["late"], row["paused"], _told(actor, row["figure"]))


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is late of one person's: how many answers, and when the first of them was due."""

    count: int
    since: datetime


def overdue_of(actor: Actor, now: datetime) -> Question | None:
    """What is late and this actor's to answer: an `Overdue` or None; nothing to ask for who decides nothing."""
    if actor.is_partner or not actor.may(Permission.DEALS_DECIDE):
        return None
    return row_of(
        "SELECT count(*) AS count, min(t.due_at) AS since FROM partners_response t"
        " JOIN partners_deal d ON d.id = t.deal JOIN partners_company p ON p.id = t.partner_id"
        f" WHERE {_WAITS} AND t.due_at <= $1 AND ({RESPONSIBLE}) = $2",
        now, actor.membership_id, since=datetime.fromisoformat,
    ).then(lambda row: Overdue(row["count"], row["since"]) if row["count"] else None)  # fmt: skip


async def find_staff(addresses: Sequence[str]) -> dict[str, UUID]:
    """The vendor's people with access, by address; on the open unit of the vendor."""
    rows = await db.sql(
        "SELECT p.email, m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.side = 'staff' AND m.ended_at IS NULL AND p.email = any($1::text[])",
        list(addresses),
    )
    return {row["email"]: row["id"] for row in rows}
