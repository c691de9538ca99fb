"""One search over everything a person may see: a few of each kind, and where to find all."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from markupsafe import Markup

from partners.companies.rules import STATUS_LABELS as COMPANY_STATUS
from partners.companies.rules import TIER_LABELS
from partners.deals.lists import STATES as DEAL_STATES
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_, current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.tenancy import visible_sql
from portal.core.text import fold
from portal.core.web.pages import Page

MOST: Final = 8
MOST_LOOKED_AT: Final = 500
LONGEST: Final = 100
MOST_WORDS: Final = 8
PAGE: Final = "portal/home/pages/search.html"
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    href: str
    title: str
    text: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind, and the list that has all of them."""

    title: str
    icon: str
    hits: list[Hit]
    all_href: str
    has_more: bool
    """Whether the list has some that are not here."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record that is searched, by the words in its folded column `t.search`."""

    label: str
    icon: str
    permission: Permission
    table: str
    list_path: str
    href: str
    title: str
    """SQL of the name."""
    details: tuple[str, ...] = ()
    """SQL of what stands under it, those that are not empty."""
    staff_details: tuple[str, ...] = ()
    """The same, for the vendor only: whose it is."""
    joins: str = ""
    amount: str = "NULL::bigint"
    currency: str = "NULL::varchar"
    owner: str = ""
    """The column that says whose a row is; empty for what everybody with the right sees."""
    only: str = ""
    """A condition for partners."""
    view: str = ""
    """The saved view of the list that has everything."""
    staff_label: str = ""
    title_zh: str = ""
    words: dict[str, str] = field(default_factory=dict)
    """Words for stored values among the details, marked with `N_`."""


_LOCAL: Final = "coalesce(nullif(t.local_name, ''), t.legal_name)"
KINDS: Final = (
    Kind(
        N_("Deals"), "briefcase", Permission.DEALS_READ, "partners_deal", "/partners/deals", "/partners/deals/{id}",
        "t.customer_name", ("t.number", "t.state"), ("p.legal_name",),
        joins="JOIN partners_company p ON p.id = t.partner_id", amount="t.amount_minor", currency="t.currency",
        owner="t.partner_id", view="all", words={key: state.label for key, state in DEAL_STATES.items()},
    ),
    Kind(
        N_("Customers"), "building-store", Permission.ACCOUNTS_READ, "partners_account", "/partners/accounts",
        "/partners/accounts/{id}", _LOCAL, ("t.city", "t.country"), view="all",
    ),
    Kind(
        N_("Customers"), "id-badge-2", Permission.CARDS_READ, "partners_customer_card", "/partners/cards",
        "/partners/cards/{id}", _LOCAL, ("t.city", "t.country"), ("p.legal_name",),
        joins="JOIN partners_company p ON p.id = t.partner_id", owner="t.partner_id",
        staff_label=N_("Customer cards of partners"),
    ),
    Kind(
        N_("Partners"), "users-group", Permission.COMPANIES_READ, "partners_company", "/partners/companies",
        "/partners/companies/{id}", _LOCAL, ("t.city", "t.country", "t.tier", "t.status"), owner="t.id", view="all",
        words={str(key): word for key, word in (*TIER_LABELS.items(), *COMPANY_STATUS.items())},
    ),
    Kind(
        N_("Products"), "package", Permission.PRODUCTS_READ, "partners_product", "/products", "/products/{id}",
        "t.name", ("t.sku",), amount="t.list_price_minor", currency="t.currency", only="t.active", view="all",
        title_zh="coalesce(nullif(t.name_zh, ''), t.name)",
    ),
)  # fmt: skip


async def search(actor: Actor, typed: str) -> list[Group]:
    """What holds every word typed, of all kinds this person may read, the best first. Nothing for an empty search."""
    words = fold(typed[:LONGEST]).split()[:MOST_WORDS]
    kinds = [kind for kind in KINDS if actor.may(kind.permission)]
    if not words or not kinds:
        return []
    parts = " UNION ALL ".join(f"({_statement(kind, number, actor)})" for number, kind in enumerate(kinds))
    async with db.transaction(actor):
        rows = await db.sql(parts, [f"%{_escaped(word)}%" for word in words], words[0], MOST + 1)
    found = []
    for number, kind in enumerate(kinds):
        of_kind = [row for row in rows if row["kind"] == number]
        if of_kind:
            found.append(_group(kind, of_kind, typed, actor))
    return found


def _statement(kind: Kind, number: int, actor: Actor) -> str:
    """One kind's best rows: those whose searched text begins with the first word come first."""
    owned = visible_sql(actor, kind.owner) if kind.owner else "true"
    only = f" AND {kind.only}" if kind.only and actor.is_partner else ""
    title = kind.title_zh if kind.title_zh and current_locale() == "zh_CN" else kind.title
    details = (*kind.details, *(() if actor.is_partner else kind.staff_details))
    listed = ", ".join(f"{one}::text" for one in details)
    return (
        f"SELECT {number} AS kind, t.id, {title} AS title, ARRAY[{listed}] AS details, {kind.amount} AS amount,"
        f" {kind.currency} AS currency FROM (SELECT t.* FROM {kind.table} t WHERE {owned}{only}"
        # Of very many that match, the best of some hundreds are shown: nobody waits for all of them to be sorted.
        f" AND t.search LIKE ALL ($1::text[]) LIMIT {MOST_LOOKED_AT}) t {kind.joins}"
        f' ORDER BY strpos(t.search, $2), {title} COLLATE "C", t.id LIMIT $3'
    )


def _group(kind: Kind, rows: list[dict[str, Any]], typed: str, actor: Actor) -> Group:
    label = kind.staff_label if kind.staff_label and not actor.is_partner else kind.label
    query = {"tab": kind.view, "q": typed.strip()[:LONGEST]} if kind.view else {"q": typed.strip()[:LONGEST]}
    return Group(
        _(label), kind.icon, [_hit(kind, row) for row in rows[:MOST]], f"{kind.list_path}?{urlencode(query)}",
        len(rows) > MOST,
    )  # fmt: skip


def _hit(kind: Kind, row: dict[str, Any]) -> Hit:
    details = [_(kind.words[one]) if one in kind.words else one for one in row["details"] if one]
    amount = "" if row["amount"] is None else formats.money(Money(row["amount"], row["currency"]))
    return Hit(kind.href.format(id=row["id"]), row["title"], " · ".join(details), amount)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def marked(text: str, typed: str) -> Markup:
    """The text with the words that were typed marked in it, whatever their case; other folding is not undone."""
    plain, words = text.casefold(), [word.casefold() for word in typed.split()[:MOST_WORDS]]
    if len(plain) != len(text):
        return Markup("{}").format(text)
    inside = [False] * len(text)
    for word in words:
        at = plain.find(word)
        while at >= 0:
            inside[at : at + len(word)] = [True] * len(word)
            at = plain.find(word, at + 1)
    out, start = Markup(), 0
    for place in range(1, len(text) + 1):
        if place == len(text) or inside[place] != inside[start]:
            piece = text[start:place]
            out += Markup("<mark>{}</mark>").format(piece) if inside[start] else Markup("{}").format(piece)
            start = place
    return out


class SearchPages(Controller):
    """The search from the top of every page."""

    path = "/search"

    @get("/", needs=Permission.HOME_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """What was found, by kind."""
        typed = request.query_params.get("q", "").strip()[:LONGEST]
        return Page(PAGE, typed=typed, groups=await search(actor, typed), marked=marked)


class SearchApi(Controller):
    """The same as JSON."""

    path = "/api/v1/search"
    tags = ("home",)

    @get("/", needs=Permission.HOME_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What was found, by kind."""
        groups = await search(actor, request.query_params.get("q", ""))
        return {
            "groups": [
                {
                    "title": one.title,
                    "has_more": one.has_more,
                    "all": one.all_href,
                    "hits": [
                        {"href": hit.href, "title": hit.title, "text": hit.text, "amount": hit.amount}
                        for hit in one.hits
                    ],
                }
                for one in groups
            ]
        }
