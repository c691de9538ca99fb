"""What happens to commissions because of an event. Each reads the current rows and bears running twice."""

from collections import Counter
from datetime import datetime

from attribution.commissions import quoted, quotes, service
from attribution.commissions.due import ADOPTED, find_waiting_for
from attribution.commissions.rules import Outcome
from attribution.revenue.importing import IMPORTED
from partners.conflicts.agreements import find_of_conflict
from portal.core import clock, events, formats, jobs
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.types import Audience
from portal.history.queries import Wording, tells

__all__ = ["quoted"]
"""Importing it puts the quote on the deal's page."""

tells(
    commissions__accrued=Wording(N_("reckoned the commission on it"), "coins", "good"),
    run__adopted=Wording(N_("had commissions reckoned again by it"), "coins", "you"),
)


@reacts_to(IMPORTED)
async def accrue_imported(event: Recorded) -> None:
    """Revenue has come in: everything that has no result yet gets one."""
    now = clock.now()
    await _tell(event, await service.accrue(SYSTEM, now=now), now)


@reacts_to(ADOPTED)
async def reckon_adopted(event: Recorded) -> None:
    """A run shall pay what others pay: what it changes is reckoned again by it."""
    now = clock.now()
    await _tell(event, await service.reckon_adopted(SYSTEM, event.subject_id, now=now), now)


async def _tell(event: Recorded, counts: Counter[Outcome], now: datetime) -> None:
    """Put down what was reckoned, if anything was."""
    if counts:
        await events.record(
            SYSTEM, "commissions.accrued", event.subject_type, event.subject_id, audience=Audience.VENDOR, now=now,
            changes={outcome.value: [None, count] for outcome, count in sorted(counts.items())},
        )  # fmt: skip


@reacts_to("deal.approved", "deal.rejected", "deal.withdrawn")
async def reckon_waiting(event: Recorded) -> None:
    """A deal is decided that revenue named before, or that joins another: what waited for it is reckoned again."""
    waiting = await find_waiting_for(event.subject_id, formats.time_zone().key)
    if waiting:
        await service.reckon_again(SYSTEM, waiting, now=clock.now())


@reacts_to("run.sealed")
async def reckon_covered(event: Recorded) -> None:
    """A run is sealed: what waited for one is reckoned by it. What was paid by an earlier run stays as it is."""
    del event  # the current rows say all
    await service.accrue_covered(SYSTEM, now=clock.now())


@reacts_to(quotes.SUBMITTED, "deal.amended", "deal.approved", "deal.role_agreed", "deal.taken_over")
async def keep_quote(event: Recorded) -> None:
    """A deal was submitted, changed, approved or handed over: what it will earn now is kept beside earlier quotes."""
    await quotes.keep_quote(event.subject_id, event.name, event.id, now=clock.now())


@reacts_to(quotes.AGREED)
async def quote_agreed(event: Recorded) -> None:
    """Two partners agreed on their parts: the deal that leads is quoted its own; the other is when its role changes."""
    agreed = await find_of_conflict(event.subject_id)
    if agreed is not None and agreed.decided_at == event.at:
        await quotes.keep_quote(agreed.lead.deal_id, event.name, event.id, now=clock.now())


@jobs.scheduled("quote_open_deals", "7 * * * *")
async def quote_open_deals() -> None:
    """Deals that were imported get their quotes too; late or twice does no harm."""
    await quotes.quote_open_deals(now=clock.now())
