"""The sentences of notices about deals, event by event, in the current language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from partners.deals import rules
from portal.core import db, formats
from portal.core.i18n import gettext as _
from portal.core.money import Money


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice says of a deal: who reads it, and the row as it is now."""

    number: str
    version: int
    state: str
    customer: str
    partner: str
    amount: Money
    question: str
    answer: str
    appeal: str
    appealed_at: datetime | None
    decision_note: str
    reject_code: str
    revoke_code: str
    revoke_note: str
    protected_until: datetime | None
    asked: str
    """The words of the newest request about the running deal."""
    answered: str
    """What the vendor said to it."""
    owner: UUID
    manager: UUID | None


async def read(deal_id: UUID) -> Told | None:
    """The deal as it is now, whatever happened since."""
    row = await db.sql_one(
        "SELECT d.number, d.version, d.state, d.customer_name AS customer, c.legal_name AS partner, d.amount_minor,"
        " d.currency, d.question, d.answer, d.appeal, d.appealed_at, d.decision_note, d.reject_code, d.revoke_code,"
        " d.revoke_note, d.protected_until, d.owner, c.manager, coalesce(x.words, '') AS asked,"
        " coalesce(x.decision_note, '') AS answered"
        " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id LEFT JOIN LATERAL (SELECT * FROM ("
        "SELECT words, decision_note, asked_at FROM partners_deal_extension WHERE deal = d.id UNION ALL"
        " SELECT words, decision_note, asked_at FROM partners_deal_amendment WHERE deal = d.id) y"
        " ORDER BY asked_at DESC LIMIT 1) x"
        " ON true WHERE d.id = $1",
        deal_id,
    )
    return Told(amount=Money(row.pop("amount_minor"), row.pop("currency")), **row) if row else None


def body(name: str, told: Told) -> list[str]:
    """The sentences of the notice about an event."""
    write = _BODIES.get(name)
    return write(told) if write else [_("It waits for your review.")]


def _approval(told: Told) -> str:
    """Until when it is protected, as a sentence."""
    if told.protected_until is None:
        return _("It is approved.")
    day = rules.last_protected_day(told.protected_until, formats.time_zone().key)
    return _("It is approved, until %(day)s.") % {"day": formats.date(day)}


def _rejection(told: Told) -> list[str]:
    reason = _(rules.REJECT_LABELS[told.reject_code]) if told.reject_code else ""
    appeal = _("You may appeal once.") if told.appealed_at is None else ""
    return [_("Reason: %(reason)s") % {"reason": reason}, told.decision_note, appeal]


def _revocation(told: Told) -> list[str]:
    reason = _(rules.REVOKED_LABELS[told.revoke_code]) if told.revoke_code else ""
    over = _("The approval does not hold any more. Reason: %(reason)s") % {"reason": reason}
    return [over, told.revoke_note, _("What was ordered until then stays yours.")]


_BODIES: Final[dict[str, Callable[[Told], list[str]]]] = {
    "deal.asked": lambda told: [
        _("The vendor asks:"), told.question, _("The review goes on when you have answered."),
    ],
    "deal.approved": lambda told: [_approval(told), told.decision_note],
    "deal.rejected": _rejection,
    "deal.expired": lambda _told: [_("The sale can go on. Register it again if you want it protected.")],
    "deal.revoked": _revocation,
    "deal.taken_over": lambda told: [
        _("The vendor hands this deal over to you. It is yours from now on."), _approval(told), told.decision_note,
    ],
    "deal.appealed": lambda told: [_("You decide the appeal:"), told.appeal],
    "deal.answered": lambda told: [_("The answer:"), told.answer],
    "deal.extension_requested": lambda told: [
        _("A longer protection is asked for:"), told.asked, _("It waits for your decision."),
    ],
    "deal.amendment_requested": lambda told: [
        _("An amendment is proposed:"), told.asked, _("It waits for your decision."),
    ],
    "deal.amended": lambda told: [_("The deal now reads as you proposed."), told.answered],
    "deal.amendment_refused": lambda told: [_("The deal stays as it is."), told.answered],
    "deal.extended": lambda told: [_approval(told), told.answered],
    "deal.extension_refused": lambda told: [_("The protection stays as it is."), _approval(told), told.answered],
}  # fmt: skip
