"""What happens to the forecast because time goes by. It bears running twice."""

from typing import Final

from partners.forecast.service import take_due_snapshot
from portal.core import clock, jobs
from portal.core.i18n import N_
from portal.history.queries import Wording, tells

tells(forecast__taken=Wording(N_("kept how all open deals stand"), "chart-line"))

EVERY_HOUR: Final = "41 * * * *"
"""Looks whether the week has its snapshot: one that was missed is made up for."""


@jobs.scheduled("forecast", EVERY_HOUR)
async def take_weekly() -> None:
    """Keep how all open deals stand, once a week."""
    await take_due_snapshot(now=clock.now())
