"""The list of exchange rates, declared once for page, export and API. Vendor-only."""

from collections.abc import Sequence
from typing import Final

from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Sort, vendor_rows
from portal.rates import queries


async def _currencies(actor: Actor, _chosen: str | None) -> Sequence[Choice]:
    return [Choice(value=code, label=code) for code in await queries.list_currencies(actor)]


RATES: Final = ListSpec(
    name="exchange rates",
    title=N_("Exchange rates"),
    path="/settings/rates",
    table="rates_rate",
    visible=vendor_rows,
    columns=(
        Column(key="day", label=N_("Day"), sql="t.day", kind=Kind.DATE),
        Column(key="currency", label=N_("Currency"), sql="t.currency"),
        Column(key="rate", label=N_("For one euro"), sql="trim_scale(t.per_euro)::text"),
        Column(key="source", label=N_("Source system"), sql="t.source"),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(Sort(key="day", column="day", type="date", descending=True),),
    filters=(Filter(key="currency", label=N_("Currency"), sql="t.currency = {value}", choices=_currencies),),
)
