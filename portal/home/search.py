"""One search over everything a person may see: a few of each kind, and where to find all."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Controller, Request, get
from litestar.di import NamedDependency

from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.tenancy import visible_sql
from portal.core.text import fold
from portal.core.web.guard import SIGNED_IN
from portal.core.web.pages import Page

MOST: Final = 8
LONGEST: Final = 100
PAGE: Final = "portal/home/pages/search.html"
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    href: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind, and the list that has all of them."""

    title: str
    icon: str
    hits: list[Hit]
    all_href: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record that is searched: one statement over its folded column, the tenancy clause first."""

    title: str
    icon: str
    permission: Permission
    owner: str
    """The column that says whose a row is; empty for what everybody sees."""
    select: str
    table: str
    path: str
    list_path: str


KINDS: Final = (
    Kind(
        N_("Deals"), "briefcase", Permission.DEALS_READ, "partner_id",
        "id, customer_name AS title, number AS text, amount_minor, currency", "partners_deal",
        "/partners/deals/", "/partners/deals",
    ),
    Kind(
        N_("Customers"), "building-store", Permission.CARDS_READ, "partner_id",
        "id, coalesce(nullif(local_name, ''), legal_name) AS title, city AS text", "partners_customer_card",
        "/partners/cards/", "/partners/cards",
    ),
    Kind(
        N_("Accounts"), "building", Permission.ACCOUNTS_READ, "",
        "id, legal_name AS title, city AS text", "partners_account", "/partners/accounts/", "/partners/accounts",
    ),
    Kind(
        N_("Partners"), "users-group", Permission.COMPANIES_READ, "",
        "id, coalesce(nullif(local_name, ''), legal_name) AS title, city AS text", "partners_company",
        "/partners/companies/", "/partners/companies",
    ),
    Kind(
        N_("Products"), "package", Permission.PRODUCTS_READ, "",
        "id, name AS title, sku AS text", "partners_product", "/products/", "/products",
    ),
)  # fmt: skip


async def search(actor: Actor, typed: str) -> list[Group]:
    """What holds every word typed, of all kinds this person may read. Nothing for an empty search."""
    words = [f"%{_escaped(word)}%" for word in fold(typed[:LONGEST]).split()]
    if not words:
        return []
    found = []
    async with db.transaction(actor):
        for kind in KINDS:
            if actor.may(kind.permission) and (hits := await _hits(actor, kind, words)):
                query = "+".join(fold(typed[:LONGEST]).split())
                found.append(Group(_(kind.title), kind.icon, hits, f"{kind.list_path}?tab=all&q={query}"))
    return found


async def _hits(actor: Actor, kind: Kind, words: list[str]) -> list[Hit]:
    clause = visible_sql(actor, kind.owner) if kind.owner else "true"
    rows = await db.sql(
        f"SELECT {kind.select} FROM {kind.table} WHERE {clause} AND search LIKE ALL ($1::text[])"
        " ORDER BY title, id LIMIT $2",
        words, MOST,
    )  # fmt: skip
    return [Hit(f"{kind.path}{row['id']}", row["title"], _text(row)) for row in rows]


def _text(row: dict[str, Any]) -> str:
    amount = formats.money(Money(row["amount_minor"], row["currency"])) if "amount_minor" in row else ""
    return " · ".join(part for part in (row["text"], amount) if part)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class SearchPages(Controller):
    """The search from the top of every page."""

    path = "/search"

    @get("/", needs=SIGNED_IN)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """What was found, by kind."""
        typed = request.query_params.get("q", "").strip()[:LONGEST]
        return Page(PAGE, typed=typed, groups=await search(actor, typed))


class SearchApi(Controller):
    """The same as JSON."""

    path = "/api/v1/search"
    tags = ("home",)

    @get("/", needs=SIGNED_IN)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What was found, by kind."""
        groups = await search(actor, request.query_params.get("q", ""))
        return {
            "groups": [
                {"title": one.title, "hits": [{"href": h.href, "title": h.title, "text": h.text} for h in one.hits]}
                for one in groups
            ]
        }
