"""The list of terms, declared once for page, export and API. Vendor-only."""

from collections.abc import Sequence
from typing import Final

from attribution.terms import queries
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, Tab, vendor_rows


async def _account(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link: there are too many for a menu."""
    name = await queries.find_name(actor, "partners_account", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen."""
    name = await queries.find_name(actor, "partners_company", chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


TERMS: Final = ListSpec(
    name="contracts",
    title=N_("Contracts"),
    path="/terms",
    table="attribution_term",
    joins=(
        "JOIN partners_account a ON a.id = t.account JOIN partners_product p ON p.id = t.product"
        " LEFT JOIN partners_company c ON c.id = t.partner"
    ),
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="a.legal_name"),
        Column(key="number", label=N_("Contract"), sql="t.number"),
        Column(key="product", label=N_("Product"), sql="p.name"),
        Column(
            key="partner", label=N_("Partner of record"), sql="c.legal_name", href="/partners/companies/{partner_id}"
        ),
        Column(key="value", label=N_("Value, net"), sql="t.value_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="starts", label=N_("First day"), sql="t.starts_on", kind=Kind.DATE),
        Column(key="ends", label=N_("Last day"), sql="t.ends_on", kind=Kind.DATE),
        Column(key="partner_id", label=N_("Partner of record"), sql="t.partner", in_table=False, in_export=False),
        Column(key="quantity", label=N_("Quantity"), sql="t.quantity", kind=Kind.NUMBER, in_table=False),
        Column(key="sku", label=N_("Article number"), sql="p.sku", in_table=False),
        Column(key="source", label=N_("Source system"), sql="t.source_system", in_table=False),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="ends", column="ends_on", type="date"),
        Sort(key="value", column="value_minor", type="bigint", descending=True),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
    ),
    filters=(
        Filter(
            key="account", label=N_("Customer"), sql="t.account = any(partners_accounts_of({value}))", type="uuid",
            choices=_account,
        ),
        Filter(key="partner", label=N_("Partner of record"), sql="t.partner = {value}", type="uuid", choices=_partner),
    ),
    tabs=(
        Tab(key="all", label=N_("All"), counted=False),
        Tab(key="running", label=N_("In force"), sql="{today} BETWEEN t.starts_on AND t.ends_on", counted=False),
        Tab(
            key="due", label=N_("End within 90 days"), counted=False,
            sql="t.ends_on BETWEEN {today} AND {today} + 90",
        ),
        Tab(key="ended", label=N_("Ended"), sql="t.ends_on < {today}", counted=False),
    ),
    search=Search(column="a.search", placeholder=N_("Find by customer")),
    row_href="/terms/{id}",
)  # fmt: skip
