"""What happens because of a deal: notices to who has to act or wants to know, and the end of protections."""

from typing import Final
from uuid import UUID

from partners.deals import acting, appealing, letters, service
from partners.deals.letters import Told
from partners.deals.states import DealState
from portal.core import clock, formats, jobs
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.acting import Offer
from portal.notices.kinds import notice_kind
from portal.notices.rules import Mail
from portal.notices.service import tell

_TO_OWNER: Final = {
    "deal.asked": N_("A question about %(customer)s"),
    "deal.approved": N_("Approved: %(customer)s"),
    "deal.rejected": N_("Rejected: %(customer)s"),
    "deal.revoked": N_("Revoked: %(customer)s"),
    "deal.taken_over": N_("Handed over to you: %(customer)s"),
    "deal.amended": N_("Amendment accepted: %(customer)s"),
    "deal.amendment_refused": N_("Amendment refused: %(customer)s"),
    "deal.extended": N_("Protected longer: %(customer)s"),
    "deal.extension_refused": N_("No longer protection: %(customer)s"),
    "deal.expired": N_("The protection has ended: %(customer)s"),
}
_TO_MANAGER: Final = {
    "deal.submitted": N_("%(partner)s registered %(customer)s"),
    "deal.answered": N_("%(partner)s answered about %(customer)s"),
    "deal.amendment_requested": N_("%(partner)s wants to amend %(customer)s"),
    "deal.extension_requested": N_("%(partner)s asks for more time with %(customer)s"),
}


_DEALS: Final = N_("Deals")
WAITING: Final = notice_kind(
    "deal_waiting", N_("A deal waits for your decision"), Permission.DEALS_DECIDE, group=_DEALS, icon="briefcase",
    asks=True,
)  # fmt: skip
QUESTION: Final = notice_kind(
    "deal_question", N_("The vendor asks about your deal"), Permission.DEALS_WRITE, group=_DEALS,
    icon="message-question", asks=True,
)  # fmt: skip
DECIDED: Final = notice_kind(
    "deal_decided", N_("Your deal was decided"), Permission.DEALS_WRITE, group=_DEALS, icon="gavel"
)
ENDED: Final = notice_kind(
    "deal_ended", N_("The protection of your deal has ended"), Permission.DEALS_WRITE, Mail.DIGEST, group=_DEALS,
    icon="clock-off",
)  # fmt: skip
_KIND_OF: Final = {
    **dict.fromkeys(_TO_OWNER, DECIDED), "deal.asked": QUESTION, "deal.expired": ENDED,
}  # fmt: skip


@reacts_to(*_TO_OWNER)
async def tell_owner(event: Recorded) -> None:
    """Tell the partner's owner of the deal: there is a question, or a decision, or its time is over."""
    told = await letters.read(event.subject_id)
    if told is not None:
        await _write(event, told, told.owner, _TO_OWNER[event.name])


@reacts_to(*_TO_MANAGER)
async def tell_manager(event: Recorded) -> None:
    """Tell the partner's manager: a deal came in, or an answer."""
    told = await letters.read(event.subject_id)
    if told is not None and told.manager is not None:
        await _write(event, told, told.manager, _TO_MANAGER[event.name])


@reacts_to("deal.appealed")
async def give_to_judge(event: Recorded) -> None:
    """Give the appeal to somebody who did not reject the deal, and tell that person."""
    judge = await appealing.assign_judge(event.subject_id, clock.now())
    told = await letters.read(event.subject_id)
    if told is not None and judge is not None:
        await _write(event, told, judge, N_("%(partner)s appealed about %(customer)s"))


@jobs.scheduled("expire_deals", "*/5 * * * *")
async def expire_deals() -> None:
    """End what time has ended; late or twice does no harm."""
    await service.expire_due(now=clock.now())


async def _write(event: Recorded, told: Told, membership_id: UUID, subject: str) -> None:
    """One notice, and what its mail lets the reader do at once."""

    def compose() -> tuple[str, list[str]]:
        names = {"customer": told.customer, "partner": told.partner}
        heading = _("Deal %(number)s, %(customer)s, %(amount)s") % {
            "number": told.number,
            "customer": told.customer,
            "amount": formats.money(told.amount),
        }
        return f"{told.number}: {_(subject) % names}", [heading, *letters.body(event.name, told)]

    await tell(
        event, membership_id, f"/partners/deals/{event.subject_id}", compose, kind=_KIND_OF.get(event.name, WAITING),
        offers=_offers(event, told),
    )  # fmt: skip


def _offers(event: Recorded, told: Told) -> list[Offer]:
    """What can still be done about it as it stands now, which may be later than the event."""
    verb = ""
    if event.name == "deal.extension_requested" and told.state == DealState.APPROVED:
        verb = acting.GRANT
    elif event.name in _TO_MANAGER and told.state in acting.DECIDABLE:
        verb = acting.APPROVE
    elif event.name == "deal.asked" and told.state == DealState.INFO_REQUESTED:
        verb = acting.ANSWER
    return [Offer(event.subject_type, event.subject_id, told.version, verb)] if verb else []
