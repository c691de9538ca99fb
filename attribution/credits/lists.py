"""The list of runs, declared once for page, export and API. Vendor-only."""

from typing import Final

from attribution.credits.rules import MODEL_LABELS, RunState
from portal.core.i18n import N_
from portal.core.web.lists import Column, Kind, ListSpec, Sort, State, Tab, vendor_rows

STATES: Final = {
    RunState.QUEUED.value: State(N_("Waits for its turn"), "us", "hourglass"),
    RunState.FREEZING.value: State(N_("Inputs being frozen"), "us", "refresh"),
    RunState.COMPUTING.value: State(N_("Being reckoned"), "us", "refresh"),
    RunState.SEALED.value: State(N_("Sealed"), "safe", "lock"),
    RunState.FAILED.value: State(N_("Failed"), "bad", "alert-triangle"),
}

RUNS: Final = ListSpec(
    name="attribution runs",
    title=N_("Attribution runs"),
    path="/runs",
    table="attribution_run",
    visible=vendor_rows,
    columns=(
        Column(key="number", label=N_("Run"), sql="t.number"),
        Column(key="state", label=N_("State"), sql="t.state", kind=Kind.STATE, states=STATES),
        Column(key="paying", label=N_("Paying model"), sql="t.paying_model", labels=MODEL_LABELS),
        Column(key="value", label=N_("Revenue"), sql="t.value_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(
            key="events", label=N_("Events"), sql="coalesce((t.counts ->> 'events')::bigint, 0)", kind=Kind.NUMBER
        ),
        Column(key="until", label=N_("Observed until"), sql="t.observed_until", kind=Kind.DATETIME),
        Column(key="requested", label=N_("Asked for"), sql="t.requested_at", kind=Kind.DATETIME),
        Column(key="sealed", label=N_("Sealed at"), sql="t.sealed_at", kind=Kind.DATETIME, in_table=False),
        Column(key="inputs", label=N_("Hash of the inputs"), sql="t.inputs_sha256", in_table=False),
        Column(key="outputs", label=N_("Hash of the results"), sql="t.outputs_sha256", in_table=False),
    ),
    sorts=(Sort(key="requested", column="requested_at", type="timestamptz", descending=True),),
    tabs=(
        Tab(key="all", label=N_("All"), counted=False),
        Tab(key="sealed", label=N_("Sealed"), sql="t.state = 'sealed'", counted=False),
        Tab(
            key="open", label=N_("Under way"), sql="t.state IN ('queued', 'freezing', 'computing')", counted=False,
        ),
        Tab(key="failed", label=N_("Failed"), sql="t.state = 'failed'", counted=False),
    ),
    row_href="/runs/{id}",
)  # fmt: skip
