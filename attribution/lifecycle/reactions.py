"""What happens to lifecycle because of an event, or because time goes by. Each bears running twice."""

from typing import Final

from attribution.lifecycle.gathering import find_kin
from attribution.lifecycle.service import derive_accounts, derive_stale
from attribution.revenue.importing import IMPORTED as REVENUE_IMPORTED
from attribution.terms.importing import IMPORTER as TERMS
from portal.core import clock, jobs
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.history.queries import Wording, tells

tells(lifecycle__derived=Wording(N_("worked out the lifecycle events that follow"), "refresh"))

EVERY_HOUR: Final = "17 * * * *"
"""The vendor's day may begin at any hour."""


@reacts_to(REVENUE_IMPORTED, TERMS.event)
async def derive_imported(event: Recorded) -> None:
    """Revenue or contracts have come in."""
    await derive_stale(SYSTEM, now=clock.now(), because=(event.subject_type, event.subject_id))


@reacts_to("account.merged", "account.merge_undone")
async def derive_merged(event: Recorded) -> None:
    """Two accounts are one customer now, or two again."""
    kin = await find_kin(event.subject_id)
    await derive_accounts(SYSTEM, kin, now=clock.now(), because=(event.subject_type, event.subject_id))


@jobs.scheduled("lifecycle", EVERY_HOUR)
async def derive_due() -> None:
    """Customers whose clock ran out, contracts that nothing continued, and all of them under a new policy."""
    await derive_stale(SYSTEM, now=clock.now())
