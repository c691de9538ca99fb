"""The list of products, declared once per language for page, export and API."""

from collections.abc import Sequence
from typing import Final

from partners.products.queries import list_groups, local_name
from portal.core.actor import Actor
from portal.core.i18n import N_, current_locale
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
    shared_rows,
    staff_only,
)

STATES: Final = {
    "active": State(N_("On sale"), "good", "circle-check"),
    "retired": State(N_("No longer sold"), "draft", "clock-off"),
}


async def _groups(actor: Actor, _chosen: str | None) -> Sequence[Choice]:
    return [Choice(value=str(row["id"]), label=local_name(row)) for row in await list_groups(actor)]


def _products(name: str, group: str) -> ListSpec:
    """The list with names in one language, given as SQL."""
    return ListSpec(
        name="products",
        title=N_("Products"),
        path="/products",
        table="partners_product",
        joins='JOIN partners_product_group g ON g.id = t."group"',
        visible=shared_rows,
        columns=(
            Column(key="name", label=N_("Product"), sql=name),
            Column(key="sku", label=N_("Article number"), sql="t.sku"),
            Column(key="group", label=N_("Group"), sql=group),
            Column(key="unit", label=N_("Unit"), sql="t.unit"),
            Column(
                key="list_price",
                label=N_("List price"),
                sql="t.list_price_minor",
                kind=Kind.MONEY,
                currency="t.currency",
            ),
            Column(
                key="state",
                label=N_("State"),
                sql="CASE WHEN t.active THEN 'active' ELSE 'retired' END",
                kind=Kind.STATE,
                states=STATES,
                when=staff_only,
            ),
            Column(key="name_en", label=N_("Name in English"), sql="t.name", in_table=False),
            Column(key="name_zh", label=N_("Name in Chinese"), sql="t.name_zh", in_table=False),
            Column(key="group_code", label=N_("Code of the group"), sql="g.code", in_table=False),
        ),
        sorts=(
            Sort(key="name", column="name", type="text"),
            Sort(key="list_price", column="list_price_minor", type="bigint", descending=True),
        ),
        filters=(Filter(key="group", label=N_("Group"), sql='t."group" = {value}', type="uuid", choices=_groups),),
        tabs=(
            Tab(key="active", label=N_("On sale"), sql="t.active"),
            Tab(key="retired", label=N_("No longer sold"), sql="NOT t.active", when=staff_only),
            Tab(key="all", label=N_("All")),
        ),
        search=Search(column="t.search", placeholder=N_("Find by name or article number")),
        row_href="/products/{id}",
    )


PRODUCTS: Final = _products("t.name", "g.name")
PRODUCTS_ZH: Final = _products("coalesce(nullif(t.name_zh, ''), t.name)", "coalesce(nullif(g.name_zh, ''), g.name)")


def products() -> ListSpec:
    """The list in the language of whoever asks."""
    return PRODUCTS_ZH if current_locale() == "zh_CN" else PRODUCTS
