"""The list of customers by value, declared once for page, export and API. Vendor-only."""

from typing import Final

from portal.core.i18n import N_
from portal.core.web.lists import Column, Kind, ListSpec, Sort, Tab, vendor_rows

_NEWEST: Final = "t.valuation = (SELECT n.id FROM attribution_valuation n ORDER BY n.made_at DESC, n.id LIMIT 1)"
_CURRENCY: Final = "v.currency"
_LOSING: Final = 0.5
"""A customer that is less likely than this to be still there is being lost."""

CUSTOMERS: Final = ListSpec(
    name="customers by value",
    title=N_("Customers by value"),
    path="/value/customers",
    table="attribution_customer_value",
    joins="JOIN attribution_valuation v ON v.id = t.valuation JOIN partners_account a ON a.id = t.account",
    visible=vendor_rows,
    columns=(
        Column(
            key="customer", label=N_("Customer"),
            sql="coalesce(nullif(a.local_name, ''), a.legal_name)", href="/partners/accounts/{customer_id}",
        ),
        Column(key="customer_id", label=N_("Account"), sql="t.account::text", in_table=False),
        Column(key="orders", label=N_("Orders"), sql="t.orders", kind=Kind.NUMBER),
        Column(key="last", label=N_("Last order"), sql="t.last_on", kind=Kind.DATE),
        Column(key="net", label=N_("Brought so far"), sql="t.net_minor", kind=Kind.MONEY, currency=_CURRENCY),
        Column(key="expected", label=N_("Expected"), sql="t.expected_minor", kind=Kind.MONEY, currency=_CURRENCY),
        Column(key="value", label=N_("Lifetime value"), sql="t.value_minor", kind=Kind.MONEY, currency=_CURRENCY),
        Column(key="alive", label=N_("Still a customer"), sql="round(t.alive, 4)", kind=Kind.PERCENT),
        Column(key="low", label=N_("At least, 95%"), sql="t.low_minor", kind=Kind.MONEY, currency=_CURRENCY,
               in_table=False),
        Column(key="high", label=N_("At most, 95%"), sql="t.high_minor", kind=Kind.MONEY, currency=_CURRENCY,
               in_table=False),
        Column(key="partners", label=N_("Brought by partners"), sql="t.partner_ppb / 1000000000.0", kind=Kind.PERCENT,
               in_table=False),
        Column(key="first", label=N_("First order"), sql="t.first_on", kind=Kind.DATE, in_table=False),
    ),
    sorts=(
        Sort(key="value", column="value_minor", type="bigint", descending=True),
        Sort(key="last", column="last_on", type="date", descending=True),
    ),
    tabs=(
        Tab(key="all", label=N_("All"), sql=_NEWEST, counted=False),
        Tab(key="losing", label=N_("Being lost"), sql=f"{_NEWEST} AND t.alive < {_LOSING}", counted=False),
    ),
)  # fmt: skip
