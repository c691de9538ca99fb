"""What happens because of a deal: mails to who has to act or wants to know, and the end of protections."""

from typing import Final
from uuid import UUID

from partners.deals import appealing, letters, service
from partners.deals.letters import Told
from portal.core import clock, formats, jobs
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.mail import service as mail

_TO_OWNER: Final = {
    "deal.asked": N_("A question about %(customer)s"),
    "deal.approved": N_("Approved: %(customer)s"),
    "deal.rejected": N_("Rejected: %(customer)s"),
    "deal.extended": N_("Protected longer: %(customer)s"),
    "deal.extension_refused": N_("No longer protection: %(customer)s"),
}
_TO_MANAGER: Final = {
    "deal.submitted": N_("%(partner)s registered %(customer)s"),
    "deal.answered": N_("%(partner)s answered about %(customer)s"),
    "deal.extension_requested": N_("%(partner)s asks for more time with %(customer)s"),
}


@reacts_to(*_TO_OWNER)
async def tell_owner(event: Recorded) -> None:
    """Mail the partner's owner of the deal: there is a question, or a decision."""
    told = await letters.read(event.subject_id)
    if told is not None:
        await _write(event, told, told.owner, _TO_OWNER[event.name])


@reacts_to(*_TO_MANAGER)
async def tell_manager(event: Recorded) -> None:
    """Mail the partner's manager: a deal came in, or an answer."""
    told = await letters.read(event.subject_id)
    if told is not None and told.manager is not None:
        await _write(event, told, told.manager, _TO_MANAGER[event.name])


@reacts_to("deal.appealed")
async def give_to_judge(event: Recorded) -> None:
    """Give the appeal to somebody who did not reject the deal, and mail that person."""
    judge = await appealing.assign_judge(event.subject_id, clock.now())
    told = await letters.read(event.subject_id)
    if told is not None and judge is not None:
        await _write(event, told, judge, N_("%(partner)s appealed about %(customer)s"))


@jobs.scheduled("expire_deals", "*/5 * * * *")
async def expire_deals() -> None:
    """End what time has ended; late or twice does no harm."""
    await service.expire_due(now=clock.now())


async def _write(event: Recorded, told: Told, membership_id: UUID, subject: str) -> None:
    """One mail in the reader's language."""

    def compose() -> tuple[str, list[str]]:
        names = {"customer": told.customer, "partner": told.partner}
        heading = _("Deal %(number)s, %(customer)s, %(amount)s") % {
            "number": told.number,
            "customer": told.customer,
            "amount": formats.money(told.amount),
        }
        return f"{told.number}: {_(subject) % names}", [heading, *letters.body(event.name, told)]

    await mail.tell(event, membership_id, f"/partners/deals/{event.subject_id}", compose)
