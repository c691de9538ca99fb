"""What happens to valuations because of an event. It bears running twice."""

from attribution.value.running import VALUE
from portal.core import jobs
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.history.queries import Wording, tells

tells(valuation__made=Wording(N_("valued all customers"), "chart-line", "good"))


@reacts_to("run.sealed")
async def value_customers(event: Recorded) -> None:
    """A run is sealed: all customers are valued by what it froze."""
    await jobs.enqueue(VALUE, event.subject_id)
