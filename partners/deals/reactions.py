"""What happens because of a deal: mails to who has to act or wants to know, and the end of protections."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from partners.deals import appealing, rules, service
from portal.core import clock, db, formats, jobs
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.mail import service as mail


@dataclass(frozen=True, slots=True)
class _Told:
    """What a mail says of a deal: who reads it, and the row as it is now."""

    number: str
    customer: str
    partner: str
    amount: Money
    question: str
    answer: str
    appeal: str
    appealed_at: datetime | None
    decision_note: str
    reject_code: str
    protected_until: datetime | None
    owner: UUID
    manager: UUID | None


_TO_OWNER: Final = {
    "deal.asked": N_("A question about %(customer)s"),
    "deal.approved": N_("Approved: %(customer)s"),
    "deal.rejected": N_("Rejected: %(customer)s"),
}
_TO_MANAGER: Final = {
    "deal.submitted": N_("%(partner)s registered %(customer)s"),
    "deal.answered": N_("%(partner)s answered about %(customer)s"),
}


@reacts_to(*_TO_OWNER)
async def tell_owner(event: Recorded) -> None:
    """Mail the partner's owner of the deal: there is a question, or a decision."""
    told = await _read(event.subject_id)
    if told is not None:
        await _write(event, told, told.owner, _TO_OWNER[event.name])


@reacts_to(*_TO_MANAGER)
async def tell_manager(event: Recorded) -> None:
    """Mail the partner's manager: a deal came in, or an answer."""
    told = await _read(event.subject_id)
    if told is not None and told.manager is not None:
        await _write(event, told, told.manager, _TO_MANAGER[event.name])


@reacts_to("deal.appealed")
async def give_to_judge(event: Recorded) -> None:
    """Give the appeal to somebody who did not reject the deal, and mail that person."""
    judge = await appealing.assign_judge(event.subject_id, clock.now())
    told = await _read(event.subject_id)
    if told is not None and judge is not None:
        await _write(event, told, judge, N_("%(partner)s appealed about %(customer)s"))


@jobs.scheduled("expire_deals", "*/5 * * * *")
async def expire_deals() -> None:
    """End what time has ended; late or twice does no harm."""
    await service.expire_due(now=clock.now())


async def _read(deal_id: UUID) -> _Told | None:
    row = await db.sql_one(
        "SELECT d.number, d.customer_name AS customer, c.legal_name AS partner, d.amount_minor, d.currency,"
        " d.question, d.answer, d.appeal, d.appealed_at, d.decision_note, d.reject_code, d.protected_until, d.owner,"
        " c.manager"
        " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id WHERE d.id = $1",
        deal_id,
    )
    return _Told(amount=Money(row.pop("amount_minor"), row.pop("currency")), **row) if row else None


async def _write(event: Recorded, told: _Told, membership_id: UUID, subject: str) -> None:
    """One mail in the reader's language."""

    def compose() -> tuple[str, list[str]]:
        names = {"customer": told.customer, "partner": told.partner}
        heading = _("Deal %(number)s, %(customer)s, %(amount)s") % {
            "number": told.number,
            "customer": told.customer,
            "amount": formats.money(told.amount),
        }
        return f"{told.number}: {_(subject) % names}", [heading, *_body(event.name, told)]

    await mail.tell(event, membership_id, f"/partners/deals/{event.subject_id}", compose)


def _body(name: str, told: _Told) -> list[str]:
    """The sentences of the mail, in the current language."""
    match name:
        case "deal.asked":
            return [_("The vendor asks:"), told.question, _("The review goes on when you have answered.")]
        case "deal.approved":
            return [_approval(told), told.decision_note]
        case "deal.rejected":
            reason = _(rules.REJECT_LABELS[told.reject_code]) if told.reject_code else ""
            return [
                _("Reason: %(reason)s") % {"reason": reason},
                told.decision_note,
                _("You may appeal once.") if told.appealed_at is None else "",
            ]
        case "deal.appealed":
            return [_("You decide the appeal:"), told.appeal]
        case "deal.answered":
            return [_("The answer:"), told.answer]
        case _:
            return [_("It waits for your review.")]


def _approval(told: _Told) -> str:
    """Until when it is protected, as a sentence."""
    if told.protected_until is None:
        return _("It is approved.")
    day = rules.last_protected_day(told.protected_until, formats.time_zone().key)
    return _("It is approved, until %(day)s.") % {"day": formats.date(day)}
