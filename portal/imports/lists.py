"""The list of imports, declared once for page, export and API."""

from typing import Final

from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Sort, State, Tab
from portal.imports.registry import KIND_LABELS, all_importers, kinds_read_by
from portal.imports.states import ImportState

STATES: Final = {
    ImportState.UPLOADED.value: State(N_("Not started"), "you", "circle-dashed"),
    ImportState.MAPPED.value: State(N_("Not started"), "you", "circle-dashed"),
    ImportState.RUNNING.value: State(N_("Running"), "us", "player-play"),
    ImportState.DONE.value: State(N_("Done"), "good", "check"),
    ImportState.FAILED.value: State(N_("Stopped"), "bad", "alert-triangle"),
}
_WHO: Final = (
    "coalesce((SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
    " WHERE m.id = t.created_by), 'Tributary')"
)


def _own_kinds(actor: Actor) -> str:
    """Files of the kinds that the actor may read, by words of ours only."""
    names = ", ".join(f"'{name}'" for name in kinds_read_by(actor)) if not actor.is_partner else ""
    return f"t.kind IN ({names})" if names else "false"


def _count(*outcomes: str) -> str:
    return " + ".join(f"coalesce((t.counts ->> '{outcome}')::int, 0)" for outcome in outcomes)


async def _kinds(actor: Actor, _chosen: str | None) -> list[Choice]:
    read = kinds_read_by(actor)
    return [Choice(value=one.kind.name, label=_(one.kind.label)) for one in all_importers() if one.kind.name in read]


IMPORTS: Final = ListSpec(
    name="imports",
    title=N_("Imports"),
    path="/imports",
    table="imports_job",
    visible=_own_kinds,
    columns=(
        Column(key="file", label=N_("File"), sql="t.file_name"),
        Column(key="kind", label=N_("Brings"), sql="t.kind", labels=KIND_LABELS),
        Column(key="state", label=N_("State"), sql="t.state", kind=Kind.STATE, states=STATES),
        Column(
            key="taken",
            label=N_("Rows in"),
            sql=_count("imported", "changed", "same"),
            kind=Kind.NUMBER,
        ),
        Column(key="refused", label=N_("Refused"), sql=_count("refused"), kind=Kind.NUMBER),
        Column(key="who", label=N_("Brought by"), sql=_WHO),
        Column(key="created", label=N_("Brought"), sql="t.created_at", kind=Kind.DATETIME),
        Column(key="source_system", label=N_("Source system"), sql="t.source_system", in_table=False),
        Column(key="rows", label=N_("Rows of the file"), sql="t.rows_total", kind=Kind.NUMBER, in_table=False),
        Column(key="finished", label=N_("Finished"), sql="t.finished_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(Sort(key="created", column="created_at", type="timestamptz", descending=True),),
    filters=(
        Filter(key="kind", label=N_("Brings"), sql="t.kind = {value}", choices=_kinds),
        Filter(
            key="state",
            label=N_("State"),
            sql="t.state = {value}",
            choices=(
                Choice(value="open", label=N_("Not started"), sql="t.state IN ('uploaded', 'mapped')"),
                *(Choice(value=key, label=STATES[key].label) for key in ("running", "done", "failed")),
            ),
        ),
    ),
    tabs=(
        Tab(key="all", label=N_("All")),
        Tab(key="open", label=N_("Not finished"), sql="t.state <> 'done'"),
        Tab(key="refused", label=N_("With refused rows"), sql=f"{_count('refused')} > 0"),
    ),
    row_href="/imports/{id}",
)
