"""The lists of touchpoints and of costs, declared once for page, export and API. Vendor-only."""

from collections.abc import Mapping, Sequence
from typing import Final

from attribution.touchpoints import queries
from attribution.touchpoints.rules import (
    COST_KIND_LABELS,
    DECISION_LABELS,
    MOTION_LABELS,
    TOUCH_KIND_LABELS,
    UNDECIDED,
    CostKind,
    Decision,
    TouchKind,
)
from portal.core.actor import Actor
from portal.core.i18n import N_, current_locale
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, vendor_rows

COST_KINDS: Final = {
    CostKind.ACTUAL.value: State(COST_KIND_LABELS[CostKind.ACTUAL], "good", "cash"),
    CostKind.PLANNED.value: State(COST_KIND_LABELS[CostKind.PLANNED], "us", "calendar"),
}
DECISIONS: Final = {
    UNDECIDED: State(DECISION_LABELS[UNDECIDED], "good", "circle-check"),
    Decision.CLAIMED.value: State(DECISION_LABELS[Decision.CLAIMED], "you", "hourglass"),
    Decision.APPROVED.value: State(DECISION_LABELS[Decision.APPROVED], "good", "circle-check"),
    Decision.REJECTED.value: State(DECISION_LABELS[Decision.REJECTED], "bad", "circle-x"),
}
_KINDS: Final[Mapping[str, str]] = {kind.value: label for kind, label in TOUCH_KIND_LABELS.items()}
_MOTIONS: Final[Mapping[str, str]] = {motion.value: label for motion, label in MOTION_LABELS.items()}
_WAITING: Final = (
    "SELECT w.id FROM attribution_source_node w WHERE w.level IN ('words', 'unmapped') AND w.maps_to IS NULL"
)
_AT_NODE: Final = "t.node IN (SELECT f.id FROM attribution_source_node f WHERE {value} IN (f.id, f.maps_to))"
_LATEST: Final = (
    "SELECT d.state FROM attribution_touchpoint_decision d WHERE d.touchpoint = t.id ORDER BY d.seq DESC LIMIT 1"
)
_DECIDED: Final = (
    "t.id IN (SELECT d.touchpoint FROM attribution_touchpoint_decision d WHERE d.state = '{state}' AND NOT EXISTS ("
    "SELECT FROM attribution_touchpoint_decision later WHERE later.touchpoint = d.touchpoint AND later.seq > d.seq))"
)
_NOT_DECIDED: Final = "NOT EXISTS (SELECT FROM attribution_touchpoint_decision d WHERE d.touchpoint = t.id)"


def _decided(decision: Decision) -> str:
    """That this decision is the latest."""
    return _DECIDED.format(state=decision.value)


async def _account(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link: there are too many for a menu."""
    name = await queries.find_name(actor, "partners_account", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen."""
    name = await queries.find_name(actor, "partners_company", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


async def _node(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen."""
    name = await queries.find_name(actor, "attribution_source_node", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


def _touch_columns(path: str) -> tuple[Column, ...]:
    """What is shown of a touch, its source by this SQL."""
    return (
        Column(key="customer", label=N_("Customer"), sql="coalesce(a.legal_name, t.visitor)"),
        Column(key="kind", label=N_("Kind of touch"), sql="t.kind", labels=_KINDS),
        Column(key="contact", label=N_("Contact"), sql="k.name"),
        Column(key="partner", label=N_("Partner"), sql="c.legal_name", href="/partners/companies/{partner_id}"),
        Column(key="source", label=N_("Source"), sql=path),
        Column(key="when", label=N_("When"), sql="t.occurred_at", kind=Kind.DATETIME),
        Column(key="partner_id", label=N_("Partner"), sql="t.partner", in_table=False, in_export=False),
        Column(key="account_id", label=N_("Customer"), sql="t.account", in_table=False, in_export=False),
        Column(
            key="motion", label=N_("What the partner did"), sql="nullif(t.motion, '')", labels=_MOTIONS,
            in_table=False,
        ),
        Column(key="visitor", label=N_("Visitor"), sql="t.visitor", in_table=False),
        Column(key="asset", label=N_("Document"), sql="t.asset", in_table=False),
        Column(
            key="cost", label=N_("Cost"), sql="t.cost_minor", kind=Kind.MONEY, currency="t.currency", in_table=False
        ),
        Column(
            key="standing", label=N_("Does it count"), sql=f"coalesce(({_LATEST}), '{UNDECIDED}')", kind=Kind.STATE,
            states=DECISIONS, in_table=False,
        ),
        Column(key="number", label=N_("Id in the source system"), sql="t.source_id", in_table=False),
        Column(key="system", label=N_("Source system"), sql="t.source_system", in_table=False),
    )  # fmt: skip


_TOUCH_FILTERS: Final = (
    Filter(
        key="account", label=N_("Customer"), sql="t.account = any(partners_accounts_of({value}))", type="uuid",
        choices=_account,
    ),
    Filter(key="partner", label=N_("Partner"), sql="t.partner = {value}", type="uuid", choices=_partner),
    Filter(
        key="source", label=N_("Source"), type="uuid", choices=_node,
        sql=_AT_NODE,
    ),
    Filter(
        key="kind", label=N_("Kind of touch"), sql="t.kind = {value}",
        choices=tuple(Choice(value=kind.value, label=TOUCH_KIND_LABELS[kind]) for kind in TouchKind),
    ),
    Filter(
        key="standing", label=N_("Does it count"), probes=True,
        choices=(
            Choice(value=UNDECIDED, label=DECISION_LABELS[UNDECIDED], sql=_NOT_DECIDED),
            *(Choice(value=one.value, label=DECISION_LABELS[one], sql=_decided(one)) for one in Decision),
        ),
    ),
)  # fmt: skip


def _touchpoints(path: str) -> ListSpec:
    """The list of touches, sources by their names in one language."""
    return ListSpec(
        name="touchpoints",
        title=N_("Touchpoints"),
        path="/touchpoints",
        table="attribution_touchpoint",
        joins=(
            "JOIN attribution_source_node n ON n.id = t.node"
            " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id)"
            " LEFT JOIN partners_account a ON a.id = t.account LEFT JOIN partners_contact k ON k.id = t.contact"
            " LEFT JOIN partners_company c ON c.id = t.partner"
        ),
        visible=vendor_rows,
        columns=_touch_columns(path),
        sorts=(Sort(key="when", column="occurred_at", type="timestamptz", descending=True),),
        filters=_TOUCH_FILTERS,
        tabs=(
            Tab(key="all", label=N_("All"), counted=False),
            Tab(key="partners", label=N_("By partners"), sql="t.partner IS NOT NULL", counted=False),
            Tab(key="ours", label=N_("By us"), sql="t.partner IS NULL", counted=False),
            Tab(key="visitors", label=N_("Unknown visitors"), sql="t.account IS NULL", counted=False),
            Tab(
                key="unmapped", label=N_("Source not mapped yet"), sql=f"t.node IN ({_WAITING})", narrow=True,
                counted=False,
            ),
        ),
        search=Search(column="a.search", placeholder=N_("Find by customer")),
        row_href="/touchpoints/{id}",
    )  # fmt: skip


def _costs(path: str) -> ListSpec:
    """The list of costs, sources by their names in one language."""
    return ListSpec(
        name="costs",
        title=N_("Costs"),
        path="/costs",
        table="attribution_cost",
        joins=(
            "JOIN attribution_source_node n ON n.id = t.node"
            " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id)"
        ),
        visible=vendor_rows,
        columns=(
            Column(key="source", label=N_("Source"), sql=path),
            Column(key="number", label=N_("Id in the source system"), sql="t.number"),
            Column(key="kind", label=N_("Planned or actual"), sql="t.kind", kind=Kind.STATE, states=COST_KINDS),
            Column(key="amount", label=N_("Amount"), sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency"),
            Column(key="starts", label=N_("First day"), sql="t.starts_on", kind=Kind.DATE),
            Column(key="ends", label=N_("Last day"), sql="t.before - 1", kind=Kind.DATE),
            Column(key="note", label=N_("Note"), sql="t.note", in_table=False),
            Column(key="system", label=N_("Source system"), sql="t.source_system", in_table=False),
            Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME, in_table=False),
        ),
        sorts=(
            Sort(key="starts", column="starts_on", type="date", descending=True),
            Sort(key="amount", column="amount_minor", type="bigint", descending=True),
            Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
        ),
        filters=(Filter(key="node", label=N_("Source"), sql=_AT_NODE, type="uuid", choices=_node),),
        tabs=(
            Tab(key="all", label=N_("All"), counted=False),
            *(
                Tab(key=kind.value, label=label, sql=f"t.kind = '{kind.value}'", counted=False)
                for kind, label in COST_KIND_LABELS.items()
            ),
            Tab(key="unmapped", label=N_("Source not mapped yet"), sql=f"t.node IN ({_WAITING})", counted=False),
        ),
        row_href="/costs/{id}",
    )


TOUCHPOINTS: Final = _touchpoints("m.path")
COSTS: Final = _costs("m.path")
_TOUCHPOINTS_ZH: Final = _touchpoints("m.path_zh")
_COSTS_ZH: Final = _costs("m.path_zh")


def touchpoint_list() -> ListSpec:
    """The list in the reader's language."""
    return _TOUCHPOINTS_ZH if current_locale() == "zh_CN" else TOUCHPOINTS


def cost_list() -> ListSpec:
    """The list in the reader's language."""
    return _COSTS_ZH if current_locale() == "zh_CN" else COSTS
