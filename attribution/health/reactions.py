"""What happens to health because of an event, or because a day goes by. Each bears running twice."""

from typing import Final

from attribution.health.importing import SURVEY_IMPORTER, TICKET_IMPORTER, USAGE_IMPORTER
from attribution.health.running import reckon_all
from attribution.lifecycle.service import DERIVED
from portal.core import clock, jobs
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.history.queries import Wording, tells

tells(health__reckoned=Wording(N_("worked out the health of all customers"), "thumb-up"))

EVERY_NIGHT: Final = "41 3 * * *"
"""Silence, old tickets and old answers change a score without any event."""


@reacts_to(USAGE_IMPORTER.event, TICKET_IMPORTER.event, SURVEY_IMPORTER.event, DERIVED)
async def reckon_imported(_event: Recorded) -> None:
    """Signals have come in, or revenue and contracts from which lifecycle followed."""
    await reckon_all(SYSTEM, now=clock.now())


@jobs.scheduled("health", EVERY_NIGHT)
async def reckon_nightly() -> None:
    """All customers, by the day that has begun; touches and a new policy are taken in with it."""
    await reckon_all(SYSTEM, now=clock.now())
