"""The lists of lifecycle events and of dormant customers, declared once for page, export and API. Vendor-only."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from attribution.lifecycle import queries
from attribution.lifecycle.importing import quarter_name
from attribution.lifecycle.rules import KIND_LABELS, LOSSES, EventKind
from partners.customers.rules import country_name
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import (
    Choice,
    Column,
    Filter,
    Kind,
    ListSpec,
    Search,
    Sort,
    State,
    Tab,
    latest_months,
    vendor_rows,
)

STATES: Final[Mapping[str, State]] = {
    EventKind.NEW_LOGO.value: State(KIND_LABELS[EventKind.NEW_LOGO], "good", "user-plus"),
    EventKind.CROSS_SELL.value: State(KIND_LABELS[EventKind.CROSS_SELL], "good", "package"),
    EventKind.UPSELL.value: State(KIND_LABELS[EventKind.UPSELL], "good", "stairs-up"),
    EventKind.RENEWAL.value: State(KIND_LABELS[EventKind.RENEWAL], "good", "refresh"),
    EventKind.REACTIVATION.value: State(KIND_LABELS[EventKind.REACTIVATION], "us", "arrow-back-up"),
    EventKind.CONTRACTION.value: State(KIND_LABELS[EventKind.CONTRACTION], "you", "circle-minus"),
    EventKind.CHURN.value: State(KIND_LABELS[EventKind.CHURN], "bad", "user-off"),
}
_MONTHS: Final = 24
_LOSSES: Final = ", ".join(f"'{kind.value}'" for kind in sorted(LOSSES))
_BOUGHT: Final = (
    "SELECT string_agg(DISTINCT g.name, ', ') FROM attribution_lifecycle_event e"
    " JOIN partners_product_group g ON g.id = e.product_group WHERE e.account = t.id"
    f" AND e.kind NOT IN ({_LOSSES})"
)


async def _quarter(_actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link from its targets."""
    return [Choice(value=chosen, label=quarter_name(date.fromisoformat(chosen)))] if chosen else []


async def _countries(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Those that some customer with lifecycle is in."""
    codes = await queries.list_countries(actor)
    listed = codes if chosen is None or chosen in codes else [*codes, chosen]
    return [Choice(value=code, label=country_name(code)) for code in listed]


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link: there are too many for a menu."""
    name = await queries.find_name(actor, "partners_company", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


async def _account(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link from its page."""
    name = await queries.find_name(actor, "partners_account", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


EVENTS: Final = ListSpec(
    name="lifecycle",
    title=N_("Lifecycle"),
    path="/lifecycle",
    table="attribution_lifecycle_event",
    joins=(
        "JOIN partners_account a ON a.id = t.account LEFT JOIN partners_product_group g ON g.id = t.product_group"
        " LEFT JOIN partners_company c ON c.id = t.partner LEFT JOIN attribution_term x ON x.id = t.term"
    ),
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="a.legal_name"),
        Column(key="kind", label=N_("Kind of event"), sql="t.kind", kind=Kind.STATE, states=STATES),
        Column(key="group", label=N_("Product group"), sql="g.name"),
        Column(key="partner", label=N_("Partner"), sql="c.legal_name", href="/partners/companies/{partner_id}"),
        Column(key="value", label=N_("Value, net"), sql="t.value_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="day", label=N_("Day"), sql="t.occurred_on", kind=Kind.DATE),
        Column(key="partner_id", label=N_("Partner"), sql="t.partner", in_table=False, in_export=False),
        Column(key="account_id", label=N_("Customer"), sql="t.account", in_table=False, in_export=False),
        Column(key="country", label=N_("Country"), sql="a.country", in_table=False),
        Column(key="term", label=N_("Contract"), sql="x.number", in_table=False),
        Column(
            key="lines", label=N_("Lines"), kind=Kind.NUMBER, in_table=False,
            sql="SELECT count(*) FROM attribution_lifecycle_line l WHERE l.event = t.id",
        ),
        Column(key="reason", label=N_("Reason"), sql="t.reason", in_table=False),
    ),
    sorts=(
        Sort(key="day", column="occurred_on", type="date", descending=True),
        Sort(key="value", column="value_minor", type="bigint", descending=True),
    ),
    filters=(
        Filter(
            key="kind", label=N_("Kind of event"), sql="t.kind = {value}",
            choices=tuple(Choice(value=kind.value, label=label) for kind, label in KIND_LABELS.items()),
        ),
        Filter(key="country", label=N_("Country"), sql="a.country = {value}", choices=_countries),
        Filter(
            key="month", label=N_("Month"), type="date", choices=latest_months(_MONTHS),
            sql="t.occurred_on >= {value} AND t.occurred_on < {value} + interval '1 month'",
        ),
        Filter(
            key="quarter", label=N_("Quarter"), type="date", choices=_quarter,
            sql="t.occurred_on >= {value} AND t.occurred_on < {value} + interval '3 months'",
        ),
        Filter(key="partner", label=N_("Partner"), sql="t.partner = {value}", type="uuid", choices=_partner),
        Filter(
            key="account", label=N_("Customer"), sql="t.account = partners_canonical_account({value})", type="uuid",
            choices=_account,
        ),
    ),
    tabs=(
        Tab(key="all", label=N_("All"), counted=False),
        Tab(key="gains", label=N_("Gains"), sql=f"t.kind NOT IN ({_LOSSES})", counted=False),
        Tab(key="losses", label=N_("Losses"), sql=f"t.kind IN ({_LOSSES})", counted=False),
    ),
    search=Search(column="a.search", placeholder=N_("Find by customer")),
    row_href="/lifecycle/{id}",
)  # fmt: skip

DORMANT: Final = ListSpec(
    name="dormant customers",
    title=N_("Dormant customers"),
    path="/lifecycle/dormant",
    table="attribution_lifecycle_standing",
    joins="JOIN partners_account a ON a.id = t.account",
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="a.legal_name"),
        Column(key="bought", label=N_("Bought before"), sql=_BOUGHT),
        Column(key="country", label=N_("Country"), sql="a.country"),
        Column(key="first", label=N_("Customer since"), sql="t.first_on", kind=Kind.DATE),
        Column(key="last", label=N_("Last payment or order"), sql="t.last_on", kind=Kind.DATE),
        Column(key="since", label=N_("Dormant from"), sql="t.asleep_on", kind=Kind.DATE),
    ),
    sorts=(Sort(key="since", column="asleep_on", type="date", descending=True),),
    filters=(Filter(key="country", label=N_("Country"), sql="a.country = {value}", choices=_countries),),
    tabs=(
        Tab(key="dormant", label=N_("Dormant"), sql="t.first_on IS NOT NULL AND t.asleep_on <= {today}"),
        Tab(
            key="soon", label=N_("Dormant within 90 days"),
            sql="t.first_on IS NOT NULL AND t.asleep_on > {today} AND t.asleep_on <= {today} + 90",
        ),
    ),
    search=Search(column="a.search", placeholder=N_("Find by customer")),
    row_href="/partners/accounts/{id}",
)  # fmt: skip
