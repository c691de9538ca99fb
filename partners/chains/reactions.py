"""What happens because of a deal: its steps are found and told when its review begins, and end when it ends."""

from typing import Final

from partners.chains import limiting, queries, service
from partners.chains.rules import Outcome
from partners.chains.telling import OVERDUE, STEP, tell_next
from partners.deals import queries as deals
from partners.deals.running import DEAL
from partners.deals.states import DealState
from portal.core import clock, db, jobs
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.notices.kinds import notice_kind
from portal.notices.service import asks_no_more, tell

PACE: Final = notice_kind(
    "partner_pace", N_("A partner submits unusually fast"), Permission.DEALS_DECIDE, group=N_("Deals"), icon="bolt"
)
_ENDS: Final = {
    DealState.APPROVED: Outcome.APPROVED,
    DealState.REJECTED: Outcome.REFUSED,
}


@reacts_to("deal.taken", "deal.answered", "deal.edited", "deal.appealed", "deal.amended")
async def find_steps(event: Recorded) -> None:
    """Find the steps of a deal in review, and tell whose turn it is; the guard of the approval may find them first."""
    now = clock.now()
    async with db.transaction(SYSTEM):
        deal = await deals.get_deal(SYSTEM, event.subject_id, lock=True)
        if DealState(deal.state) is DealState.IN_REVIEW:
            await service.sync_chain(SYSTEM, deal, now)
            await tell_next(event, now, but=[event.actor_id])


@reacts_to("deal.step_approved", "deal.step_handed_over")
async def ask_next(event: Recorded) -> None:
    """Tell whose turn it is now."""
    async with db.transaction(SYSTEM):
        await tell_next(event, clock.now(), but=[event.actor_id])


@jobs.scheduled("deal_steps", "*/5 * * * *")
async def find_missing_steps() -> None:
    """Find the steps of reviews that began before the policy held."""
    await service.find_missing_chains(now=clock.now())


@reacts_to(*OVERDUE)
async def remind(event: Recorded) -> None:
    """Remind whose turn it is when the answer is due soon or late; whoever reviews the deal is told by the clock."""
    async with db.transaction(SYSTEM):
        deal = await deals.get_deal(SYSTEM, event.subject_id)
        await tell_next(event, clock.now(), but=[deal.reviewer])


@reacts_to("absence.noted", "absence.ended")
async def ask_covers(_event: Recorded) -> None:
    """Tell who acts from now on for somebody who is away, or who is back."""
    await ask_who_is_there()


@jobs.scheduled("deal_step_notices", "11 * * * *")
async def ask_who_is_there() -> None:
    """Tell whose turn it has become without an event of the deal: an absence began or ended, people came or left."""
    now = clock.now()
    async with db.transaction(SYSTEM):
        waiting = await queries.list_running()
    for deal_id in waiting:
        async with db.transaction(SYSTEM):
            deal = await deals.get_deal(SYSTEM, deal_id)
            event = Recorded(new_id(), "deal.step_waits", now, SYSTEM.membership_id, None, DEAL, deal_id)
            await tell_next(event, now, but=[deal.reviewer])


@reacts_to(limiting.EVENT)
async def tell_of_pace(event: Recorded) -> None:
    """Tell the partner's manager: somebody submits faster than the policy allows."""
    async with db.transaction(SYSTEM):
        row = await db.sql_one("SELECT legal_name, manager FROM partners_company WHERE id = $1", event.subject_id)
        if row is None or row["manager"] is None:
            return

        def compose() -> tuple[str, list[str]]:
            words = {"partner": row["legal_name"]}
            return _("%(partner)s submits unusually fast") % words, [
                _("%(partner)s wanted to submit more registrations within an hour than the policy allows.") % words,
                _("Those beyond it were refused. Have a look whether a person is at work."),
            ]

        await tell(event, row["manager"], f"/partners/companies/{event.subject_id}", compose, kind=PACE)


@reacts_to("deal.approved", "deal.rejected", "deal.withdrawn")
async def close_steps(event: Recorded) -> None:
    """Close what still runs when the deal was decided otherwise: the decision itself says how."""
    async with db.transaction(SYSTEM):
        deal = await deals.get_deal(SYSTEM, event.subject_id, lock=True)
        state = DealState(deal.state)
        if state not in {DealState.IN_REVIEW, DealState.INFO_REQUESTED}:
            await service.end_chain(deal.id, _ENDS.get(state, Outcome.DROPPED), clock.now())
            await asks_no_more(event, STEP)
