"""From what a person typed to what is meant: a card or a new customer, products of the catalogue."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from partners.customers.queries import find_cards
from partners.customers.rules import country_choices
from partners.deals import rules
from partners.deals.rules import NewCustomer
from partners.deals.schemas import NEW
from partners.products.queries import local_name, search_products
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.questions import rows_of
from portal.core.text import fold

_SKU_IN_BRACKETS: Final = re.compile(r"\(([^()]+)\)\s*$")
_MOST_OFFERED: Final = 1_000
"""Products in the field's list; a larger catalogue is found by typing."""


@dataclass(frozen=True, slots=True)
class TypedCustomer:
    """What stands in the customer's fields: the name, which radio is chosen, and the country of a new one."""

    name: str
    card: str
    country: str


async def choose_customer(actor: Actor, typed: TypedCustomer) -> UUID | NewCustomer:
    """The card that was chosen or has exactly this name, or a new customer. Raises Invalid when it is not clear."""
    if typed.card and typed.card != NEW:
        return _card_id(typed.card)
    name = " ".join(typed.name.split())
    if not name:
        raise Invalid({"customer": _("Say who the customer is.")})
    if typed.card != NEW:
        similar = await find_cards(actor, name)
        same = [card for card in similar if fold(card.legal_name) == fold(name)]
        if len(same) == 1:
            return same[0].id
        if similar:
            raise Invalid({"customer": _("You have customers like this one: choose it below, or say that it is new.")})
    return NewCustomer(name, typed.country)


def _card_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"customer": _("Choose one of the values offered.")}) from None


async def choose_products(actor: Actor, typed: Sequence[str]) -> list[UUID]:
    """The product of each text: its article number, its name, both, or words that only one has.

    Raises Invalid, naming each by its place: `lines.0.product`.
    """
    if not typed:
        return []
    exact = await _exact_products(actor, typed)
    found: list[UUID] = []
    problems: dict[str, str] = {}
    for index, text in enumerate(typed):
        known = next((exact[key] for key in _keys(text) if key in exact), None)
        if known is None:
            known = await _only_match(actor, text)
        if known is None:
            problems[f"lines.{index}.product"] = (
                _("Choose a product of the list, or write its article number.")
                if text.strip()
                else _("Choose a product.")
            )
            continue
        found.append(known)
    if problems:
        raise Invalid(problems)
    return found


def _keys(text: str) -> list[str]:
    """What the text may be: an article number in brackets, one by itself, or a name."""
    plain = text.strip().lower()
    bracketed = _SKU_IN_BRACKETS.search(plain)
    return [*([bracketed[1].strip()] if bracketed else []), plain]


async def _exact_products(actor: Actor, typed: Sequence[str]) -> dict[str, UUID]:
    keys = sorted({key for text in typed for key in _keys(text)})
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, lower(sku) AS sku, lower(name) AS name, lower(name_zh) AS name_zh FROM partners_product"
            " WHERE active AND (lower(sku) = any($1) OR lower(name) = any($1) OR lower(name_zh) = any($1))",
            keys,
        )
    by_name = {row[part]: row["id"] for row in rows for part in ("name_zh", "name") if row[part]}
    return by_name | {row["sku"]: row["id"] for row in rows}


async def _only_match(actor: Actor, text: str) -> UUID | None:
    """The one product that has all these words; None when several or none have."""
    words = fold(text)
    matches = await search_products(actor, words, most=2) if words else []
    return matches[0]["id"] if len(matches) == 1 else None


def product_text(name: str, sku: str) -> str:
    """A product as the field's list writes it, and as `choose_products` reads it again."""
    return f"{name} ({sku})"


async def form_choices(actor: Actor, company: Mapping[str, Any]) -> dict[str, Any]:
    """What the form lets one choose from; the company's own currency and country come first. One statement."""
    async with db.transaction(actor):
        return choices(company, await db.ask(OFFERED))


OFFERED: Final = rows_of(
    'SELECT sku, name, name_zh, currency FROM partners_product WHERE active ORDER BY name COLLATE "C", sku LIMIT $1',
    _MOST_OFFERED,
)
"""The products of the field's list, for `choices`."""


def choices(company: Mapping[str, Any], products: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same from the answer to `OFFERED`."""
    own = company["currency"]
    others = sorted({row["currency"] for row in products} | {"EUR", "USD", "GBP", "CNY", "CHF", "JPY"})
    return {
        "products": product_texts(products),
        "currencies": [(code, code) for code in [own, *(one for one in others if one != own)]],
        "countries": country_choices(),
        "roles": [(str(key), _(label)) for key, label in rules.ROLE_LABELS.items()],
        "sources": [(str(key), _(label)) for key, label in rules.TYPED_SOURCES.items()],
    }


def product_texts(products: Sequence[dict[str, Any]]) -> list[str]:
    """The products of `OFFERED` as the field's list writes them."""
    return [product_text(local_name(row), row["sku"]) for row in products]
