"""The list of revenue, declared once for page, export and API. Vendor-only."""

from collections.abc import Sequence
from typing import Final

from attribution.revenue import queries
from attribution.revenue.rules import KIND_LABELS, RevenueKind
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, vendor_rows

KINDS: Final = {
    RevenueKind.INVOICE_LINE.value: State(KIND_LABELS[RevenueKind.INVOICE_LINE], "us", "file-invoice"),
    RevenueKind.PAYMENT.value: State(KIND_LABELS[RevenueKind.PAYMENT], "good", "cash"),
    RevenueKind.REFUND.value: State(KIND_LABELS[RevenueKind.REFUND], "bad", "receipt-refund"),
    RevenueKind.CREDIT_NOTE.value: State(KIND_LABELS[RevenueKind.CREDIT_NOTE], "you", "receipt"),
}


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link: there are too many for a menu."""
    name = await queries.find_partner_name(actor, chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


async def _account(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link from its page."""
    name = await queries.find_account_name(actor, chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


REVENUE: Final = ListSpec(
    name="revenue",
    title=N_("Revenue"),
    path="/revenue",
    table="attribution_revenue",
    joins=(
        "JOIN partners_account a ON a.id = t.account JOIN partners_product p ON p.id = t.product"
        " LEFT JOIN partners_company c ON c.id = t.partner"
    ),
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="a.legal_name"),
        Column(key="number", label=N_("Id in the source system"), sql="t.source_id"),
        Column(key="partner", label=N_("Partner"), sql="c.legal_name", href="/partners/companies/{partner_id}"),
        Column(key="product", label=N_("Product"), sql="p.name"),
        Column(key="kind", label=N_("Kind of line"), sql="t.kind", kind=Kind.STATE, states=KINDS),
        Column(key="net", label=N_("Net amount"), sql="t.net_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="day", label=N_("Day"), sql="t.occurred_at", kind=Kind.DATE),
        Column(key="partner_id", label=N_("Partner"), sql="t.partner", in_table=False, in_export=False),
        Column(key="ordered_on", label=N_("Day of the order"), sql="t.ordered_on", kind=Kind.DATE, in_table=False),
        Column(key="quantity", label=N_("Quantity"), sql="t.quantity", kind=Kind.NUMBER, in_table=False),
        Column(
            key="cost", label=N_("Cost"), sql="t.cost_minor", kind=Kind.MONEY, currency="t.currency", in_table=False
        ),
        Column(key="sku", label=N_("Article number"), sql="p.sku", in_table=False),
        Column(key="source", label=N_("Source system"), sql="t.source_system", in_table=False),
    ),
    sorts=(Sort(key="day", column="occurred_at", type="timestamptz", descending=True),),
    filters=(
        Filter(key="partner", label=N_("Partner"), sql="t.partner = {value}", type="uuid", choices=_partner),
        Filter(
            key="account", label=N_("Customer"), sql="t.account = any(partners_accounts_of({value}))", type="uuid",
            choices=_account,
        ),
        Filter(
            key="invoice", label=N_("Invoice line"), sql="(t.id = {value} OR t.parent = {value})", type="uuid",
        ),
    ),
    tabs=(
        Tab(key="all", label=N_("All"), counted=False),
        *(
            Tab(key=kind.value, label=label, sql=f"t.kind = '{kind.value}'", counted=False)
            for kind, label in (
                (RevenueKind.INVOICE_LINE, N_("Invoice lines")),
                (RevenueKind.PAYMENT, N_("Payments received")),
                (RevenueKind.REFUND, N_("Refunds")),
                (RevenueKind.CREDIT_NOTE, N_("Credit notes")),
            )
        ),
    ),
    search=Search(column="a.search", placeholder=N_("Find by customer")),
    row_href="/revenue/{id}",
)  # fmt: skip
