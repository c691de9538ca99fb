"""The list of customers by health, declared once for page, export and API. Vendor-only."""

from collections.abc import Mapping, Sequence
from typing import Final

from attribution.health import queries
from attribution.health.rules import TERM_LABELS, Level, Term
from partners.customers.rules import country_name
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, vendor_rows

LEVELS: Final[Mapping[str, State]] = {
    Level.GOOD.value: State(N_("Good"), "good", "thumb-up"),
    Level.WATCH.value: State(N_("Watch"), "you", "eye"),
    Level.AT_RISK.value: State(N_("At risk"), "bad", "alert-triangle"),
    Level.UNKNOWN.value: State(N_("Not enough known"), "draft", "help-circle"),
}
_LOWEST: Final = (
    "SELECT v.term FROM (VALUES "
    + ", ".join(f"({place}, '{term.value}', t.{term.value})" for place, term in enumerate(Term))
    + ") AS v (place, term, score) WHERE v.score IS NOT NULL ORDER BY v.score, v.place LIMIT 1"
)
_PARTNERED: Final = (
    "EXISTS (SELECT FROM attribution_revenue r WHERE r.account = any(partners_accounts_of(t.id))"
    " AND r.partner = {value})"
)


async def _countries(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Those that some customer with health is in."""
    codes = await queries.list_countries(actor)
    listed = codes if chosen is None or chosen in codes else [*codes, chosen]
    return [Choice(value=code, label=country_name(code)) for code in listed]


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link: there are too many for a menu."""
    name = await queries.find_partner_name(actor, chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


def _level(level: Level) -> Tab:
    return Tab(key=level.value, label=LEVELS[level].label, sql=f"t.level = '{level.value}'")


HEALTH: Final = ListSpec(
    name="customer health",
    title=N_("Customer health"),
    path="/customer-health",
    table="attribution_health",
    joins="JOIN partners_account a ON a.id = t.account",
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="a.legal_name"),
        Column(key="score", label=N_("Health score"), sql="t.score", kind=Kind.NUMBER),
        Column(key="level", label=N_("Level"), sql="t.level", kind=Kind.STATE, states=LEVELS),
        Column(
            key="lowest", label=N_("Lowest term"), sql=_LOWEST,
            labels={term.value: label for term, label in TERM_LABELS.items()},
        ),
        *(
            Column(key=term.value, label=TERM_LABELS[term], sql=f"t.{term.value}", kind=Kind.NUMBER, in_table=False)
            for term in Term
        ),
        Column(key="country", label=N_("Country"), sql="a.country"),
        Column(key="as_of", label=N_("As of"), sql="t.as_of", kind=Kind.DATE),
        Column(key="account_id", label=N_("Customer"), sql="t.account", in_table=False, in_export=False),
    ),
    sorts=(Sort(key="score", column="rank", type="integer"),),
    filters=(
        Filter(key="country", label=N_("Country"), sql="a.country = {value}", choices=_countries),
        Filter(
            key="partner", label=N_("Partner"), sql=_PARTNERED, type="uuid", choices=_partner, probes=True,
        ),
    ),
    tabs=(
        Tab(key="all", label=N_("All")),
        *(_level(one) for one in (Level.AT_RISK, Level.WATCH, Level.GOOD, Level.UNKNOWN)),
    ),
    search=Search(column="a.search", placeholder=N_("Find by customer")),
    row_href="/customer-health/{id}",
)  # fmt: skip
