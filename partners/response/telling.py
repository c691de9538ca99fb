"""Notices about answers: to who has to answer, to whom the policy tells that one is late, and to the partner."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.response.lists import RESPONSIBLE
from portal.core import db, formats
from portal.core.events import Recorded
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.kinds import notice_kind
from portal.notices.service import tell

_DEALS: Final = N_("Deals")
DUE: Final = notice_kind(
    "answer_due", N_("Your answer to a partner is due soon, or late"), Permission.DEALS_DECIDE, group=_DEALS,
    icon="clock-exclamation", asks=True,
)  # fmt: skip
ESCALATED: Final = notice_kind(
    "answer_escalated", N_("Somebody else's answer to a partner is late"), Permission.COMPANIES_READ, group=_DEALS,
    icon="clock-exclamation",
)  # fmt: skip
LENGTHENED: Final = notice_kind(
    "deal_lengthened", N_("Your protection is longer, because the answer came late"), Permission.DEALS_WRITE,
    group=_DEALS, icon="shield-check",
)  # fmt: skip
_TOLD: Final = (
    "SELECT d.number, d.customer_name, d.owner, p.legal_name AS partner, d.protected_until,"
    " (SELECT coalesce(sum(r.lengthened_days), 0) FROM partners_response r WHERE r.deal = d.id) AS days"
    " FROM partners_deal d JOIN partners_company p ON p.id = d.partner_id WHERE d.id = $1"
)
_RESPONSIBLE: Final = (
    f"SELECT {RESPONSIBLE} FROM partners_response t JOIN partners_deal d ON d.id = t.deal"
    " JOIN partners_company p ON p.id = d.partner_id WHERE t.id = $1"
)


async def tell_soon(event: Recorded, clock_id: UUID, due: datetime) -> None:
    """Remind who has to answer."""
    await _tell_responsible(event, clock_id, due, is_late=False)


async def tell_late(event: Recorded, clock_id: UUID, due: datetime) -> None:
    """Tell who has to answer that it was due."""
    await _tell_responsible(event, clock_id, due, is_late=True)


async def tell_escalated(event: Recorded, membership_id: UUID, due: datetime) -> None:
    """Tell somebody else that it was due."""
    told = await db.sql_one(_TOLD, event.subject_id)
    if told is None:
        return

    def compose() -> tuple[str, list[str]]:
        who = _("%(partner)s has waited for an answer about %(customer)s, which was due on %(time)s.")
        return _subject(told, _("No answer yet: %(customer)s")), [
            who % _names(told, due),
            _("You are told because the policy “Answer times” says so. Decide it, or ask who has it."),
        ]

    await tell(event, membership_id, _path(event), compose, kind=ESCALATED)


async def tell_lengthened(event: Recorded) -> None:
    """Tell the partner that its protection is longer, and why."""
    told = await db.sql_one(_TOLD, event.subject_id)
    if told is None or not told["days"]:
        return

    def compose() -> tuple[str, list[str]]:
        days = ngettext("%(count)s day", "%(count)s days", told["days"]) % {"count": formats.number(told["days"])}
        return _subject(told, _("Protected longer: %(customer)s")), [
            _("Our answer about %(customer)s came later than we promised.") % _names(told, None),
            _("Therefore the protection is longer by the delay: %(days)s.") % {"days": days},
        ]

    await tell(event, told["owner"], _path(event), compose, kind=LENGTHENED)


async def _tell_responsible(event: Recorded, clock_id: UUID, due: datetime, *, is_late: bool) -> None:
    """Tell who has to answer what this clock is of (`lists.RESPONSIBLE`)."""
    told = await db.sql_one(_TOLD, event.subject_id)
    to = await db.sql_value(_RESPONSIBLE, clock_id)
    if told is None or to is None:
        return

    def compose() -> tuple[str, list[str]]:
        if is_late:
            subject, words = _("Late: %(customer)s"), _("The answer to %(partner)s was due on %(time)s.")
        else:
            subject, words = _("Due soon: %(customer)s"), _("The answer to %(partner)s is due on %(time)s.")
        return _subject(told, subject), [words % _names(told, due), _("It waits for your decision.")]

    await tell(event, to, _path(event), compose, kind=DUE)


def _subject(told: dict[str, Any], words: str) -> str:
    return f"{told['number']}: {words % {'customer': told['customer_name']}}"


def _names(told: dict[str, Any], due: datetime | None) -> dict[str, str]:
    return {
        "customer": told["customer_name"],
        "partner": told["partner"],
        "time": formats.datetime_(due) if due else "",
    }


def _path(event: Recorded) -> str:
    return f"/partners/deals/{event.subject_id}"
