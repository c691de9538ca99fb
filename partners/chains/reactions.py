"""What happens because of a deal: its steps are found when its review begins or it changes, and end when it ends."""

from typing import Final

from partners.chains import service
from partners.chains.rules import Outcome
from partners.deals import queries as deals
from partners.deals.states import DealState
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to

_ENDS: Final = {
    DealState.APPROVED: Outcome.APPROVED,
    DealState.REJECTED: Outcome.REFUSED,
}


@reacts_to("deal.taken", "deal.answered", "deal.edited", "deal.appealed", "deal.amended")
async def find_steps(event: Recorded) -> None:
    """Find the steps of a deal in review; the guard of the approval does the same when it comes first."""
    async with db.transaction(SYSTEM):
        deal = await deals.get_deal(SYSTEM, event.subject_id, lock=True)
        if DealState(deal.state) is DealState.IN_REVIEW:
            await service.sync_chain(SYSTEM, deal, clock.now())


@reacts_to("deal.approved", "deal.rejected", "deal.withdrawn")
async def close_steps(event: Recorded) -> None:
    """Close what still runs when the deal was decided otherwise: the decision itself says how."""
    async with db.transaction(SYSTEM):
        deal = await deals.get_deal(SYSTEM, event.subject_id, lock=True)
        state = DealState(deal.state)
        if state not in {DealState.IN_REVIEW, DealState.INFO_REQUESTED}:
            await service.end_chain(deal.id, _ENDS.get(state, Outcome.DROPPED), clock.now())
