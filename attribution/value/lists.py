"""The lists of customers by value and of groups of them, declared once for page, export and API. Vendor-only."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from attribution.touchpoints.rules import MOTION_LABELS
from attribution.value.rules import FEW, FEWEST, PATTERN_LABELS, Dimension
from partners.companies.queries import find_names
from partners.companies.rules import TIER_LABELS
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Sort, Tab, vendor_rows

_NEWEST_ONE: Final = "(SELECT n.id FROM attribution_valuation n ORDER BY n.made_at DESC, n.id LIMIT 1)"
_NEWEST: Final = f"t.valuation = {_NEWEST_ONE}"
_CURRENCY: Final = "v.currency"
_LOSING: Final = 0.5
"""A customer that is less likely than this to be still there is being lost."""

_DORMANT: Final = (
    "EXISTS (SELECT FROM attribution_lifecycle_standing s WHERE s.account = t.account AND s.first_on IS NOT NULL"
    " AND s.asleep_on <= {today})"
)
_FEW_LABELS: Final = {
    Dimension.PARTNER: N_("Partners of too few customers, together"),
    Dimension.TIER: N_("Tiers of too few customers, together"),
    Dimension.MOTION: N_("Motions of too few customers, together"),
    Dimension.PATTERN: N_("Patterns of too few customers, together"),
}
GROUP_LABELS: Final[Mapping[str, str]] = {
    f"{Dimension.ALL}:": N_("All customers"),
    **{f"{Dimension.TIER}:{tier}": label for tier, label in TIER_LABELS.items()},
    **{f"{Dimension.MOTION}:{motion}": label for motion, label in MOTION_LABELS.items()},
    **{f"{Dimension.PATTERN}:{pattern}": label for pattern, label in PATTERN_LABELS.items()},
    **{f"{dimension}:{FEW}": label for dimension, label in _FEW_LABELS.items()},
}
"""What groups are called; a partner by its own name."""
_CHOSEN: Final = (Dimension.PATTERN, Dimension.TIER, Dimension.MOTION)


async def _groups(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """All but partners, of whom there are too many for a menu: only the one that is chosen."""
    listed = [name for name in GROUP_LABELS if name.partition(":")[0] in _CHOSEN and not name.endswith(f":{FEW}")]
    choices = [Choice(value=name, label=_(GROUP_LABELS[name])) for name in listed]
    if not chosen or chosen in listed:
        return choices
    label = _(GROUP_LABELS[chosen]) if chosen in GROUP_LABELS else await _partner_name(actor, chosen)
    return [*choices, Choice(value=chosen, label=label)] if label else choices


async def _partner_name(actor: Actor, group: str) -> str:
    """The name of the partner whose group it is; nothing where there is none such."""
    try:
        partner = UUID(group.removeprefix(f"{Dimension.PARTNER}:"))
    except ValueError:
        return ""
    return (await find_names(actor, [partner])).get(partner, "")


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
    filters=(
        Filter(
            key="group", label=N_("Touched by"), sql="{value} = any(t.groups)",
            choices=_groups,
        ),
    ),
    sorts=(
        Sort(key="value", column="value_minor", type="bigint", descending=True),
        Sort(key="last", column="last_on", type="date", descending=True),
    ),
    tabs=(
        Tab(key="all", label=N_("All"), sql=_NEWEST, counted=False),
        Tab(key="losing", label=N_("Being lost"), sql=f"{_NEWEST} AND t.alive < {_LOSING}", counted=False),
        Tab(key="dormant", label=N_("Dormant"), sql=f"{_NEWEST} AND {_DORMANT}", counted=False),
    ),
)  # fmt: skip

_TOLD: Final = f"CASE WHEN t.customers >= {FEWEST} THEN t.{{column}} END"
"""Of too few customers together, only their number is told."""


def _money(key: str, label: str, column: str, *, in_table: bool = True) -> Column:
    sql = _TOLD.format(column=column)
    return Column(key=key, label=label, sql=sql, kind=Kind.MONEY, currency=_CURRENCY, in_table=in_table)


def _tab(dimension: Dimension, label: str) -> Tab:
    return Tab(key=dimension, label=label, sql=f"{_NEWEST} AND t.dimension = '{dimension}'", counted=False)


def _reads_health(actor: Actor) -> bool:
    return actor.may(Permission.HEALTH_READ)


_HEALTH: Final = (
    "LEFT JOIN (SELECT g.name, count(h.score)::int AS scored, avg(h.score) AS score,"
    " count(*) FILTER (WHERE h.level = 'at_risk') AS at_risk FROM attribution_customer_value m"
    " CROSS JOIN unnest(m.groups) AS g(name) JOIN attribution_health h ON h.id = m.account"
    f" WHERE m.valuation = {_NEWEST_ONE} GROUP BY g.name HAVING count(h.score) >= {FEWEST}) h"
    " ON h.name = t.dimension || ':' || t.key"
)
"""How healthy the customers of each group are today, of those of whom enough is known; of too few nothing is told."""

GROUPS: Final = ListSpec(
    name="customers by who touched them",
    title=N_("Value and retention by who touched first"),
    path="/value/groups",
    table="attribution_group_value",
    joins="JOIN attribution_valuation v ON v.id = t.valuation LEFT JOIN partners_company c ON c.id = t.partner "
    + _HEALTH,
    visible=vendor_rows,
    columns=(
        Column(
            key="name", label=N_("Touched by"), sql="coalesce(c.legal_name, t.dimension || ':' || t.key)",
            labels=GROUP_LABELS,
        ),
        Column(key="opens", label=N_("Group"), sql="t.dimension || ':' || t.key", in_table=False),
        Column(key="customers", label=N_("Customers"), sql="t.customers", kind=Kind.NUMBER),
        _money("median", N_("Brought so far, median"), "median_minor"),
        _money("net", N_("Brought so far, mean"), "net_minor", in_table=False),
        _money("expected", N_("Expected, mean"), "expected_minor", in_table=False),
        _money("low", N_("At least, 95%"), "low_minor", in_table=False),
        _money("high", N_("At most, 95%"), "high_minor", in_table=False),
        _money("value", N_("Lifetime value, mean"), "value_minor"),
        Column(key="due", label=N_("First bought a year ago or more"), sql="t.due", kind=Kind.NUMBER, in_table=False),
        Column(key="kept", label=N_("Retention"), sql="round(t.kept, 6)", kind=Kind.PERCENT),
        Column(key="kept_low", label=N_("Retention, at least, 95%"), sql="round(t.kept_low, 6)", kind=Kind.PERCENT,
               in_table=False),
        Column(key="kept_high", label=N_("Retention, at most, 95%"), sql="round(t.kept_high, 6)", kind=Kind.PERCENT,
               in_table=False),
        Column(key="health", label=N_("Health, mean"), sql="round(h.score)::int", kind=Kind.NUMBER, when=_reads_health),
        Column(key="at_risk", label=N_("At risk"), sql="round(h.at_risk::numeric / h.scored, 6)", kind=Kind.PERCENT,
               when=_reads_health),
        Column(key="scored", label=N_("With a health score"), sql="h.scored", kind=Kind.NUMBER, in_table=False,
               when=_reads_health),
        Column(key="partner", label=N_("Partner"), sql="t.partner::text", in_table=False, in_export=False),
    ),
    sorts=(
        Sort(key="customers", column="customers", type="integer", descending=True),
        Sort(key="value", column="value_minor", type="bigint", descending=True),
    ),
    tabs=(
        _tab(Dimension.PARTNER, N_("Partner")),
        _tab(Dimension.TIER, N_("Tier of the partner")),
        _tab(Dimension.MOTION, N_("Motion")),
        _tab(Dimension.PATTERN, N_("Pattern")),
    ),
    row_href="/value/customers?group={opens}",
)  # fmt: skip
