"""What can be done about the catalogue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from partners.products import queries
from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.text import fold

SUBJECT: Final = "product"
GROUP: Final = "product_group"


@dataclass(frozen=True, slots=True)
class ProductData:
    """A product as a person writes it down."""

    sku: str
    name: str
    group: UUID
    list_price: Money
    name_zh: str = ""
    unit: str = ""
    active: bool = True


def search_text(sku: str, name: str, name_zh: str) -> str:
    """What lists search."""
    return fold(f"{name} {name_zh} {sku}")[:400]


def columns_of(data: ProductData) -> dict[str, Any]:
    """The product's columns, the one made for searching included."""
    return {
        "sku": data.sku.strip(),
        "name": data.name.strip(),
        "name_zh": data.name_zh.strip(),
        "group": data.group,
        "unit": data.unit.strip(),
        "list_price_minor": data.list_price.minor,
        "currency": data.list_price.currency,
        "active": data.active,
        "search": search_text(data.sku.strip(), data.name, data.name_zh),
    }


def _checked(data: ProductData) -> None:
    problems = {}
    if not data.sku.strip():
        problems["sku"] = _("Give the article number.")
    if not data.name.strip():
        problems["name"] = _("Give the product a name.")
    if data.list_price.minor < 0:
        problems["list_price"] = _("A list price is not negative.")
    if problems:
        raise Invalid(problems)


async def save_product(actor: Actor, product_id: UUID | None, data: ProductData, *, now: datetime) -> UUID:
    """Add a product, or write one anew; its id. Raises NotFound, NotAllowed, Invalid, Conflict for a used number."""
    actor.require(Permission.PRODUCTS_WRITE)
    _checked(data)
    async with db.transaction(actor):
        before = await queries.get_product(actor, product_id, lock=True) if product_id else {}
        target = product_id or new_id()
        values = columns_of(data)
        try:
            async with db.savepoint():
                await _write("partners_product", target, values)
        except asyncpg.UniqueViolationError as error:
            raise Invalid({"sku": _("Another product has this article number.")}) from error
        except asyncpg.ForeignKeyViolationError as error:
            raise Invalid({"group": _("Choose a product group.")}) from error
        name = "product.changed" if product_id else "product.created"
        await events.record(actor, name, SUBJECT, target, now=now, changes=changes_of(before, values))
    return target


def changes_of(before: dict[str, Any], values: dict[str, Any]) -> dict[str, list[Any]]:
    """What differs, as an event keeps it."""
    return {
        field: [before.get(field), value]
        for field, value in values.items()
        if field != "search" and before.get(field) != value
    }


async def save_group(actor: Actor, group_id: UUID | None, *, code: str, name: str, name_zh: str, now: datetime) -> UUID:
    """Add a product group, or rename one; its id. Raises NotFound, NotAllowed, Invalid."""
    actor.require(Permission.PRODUCTS_WRITE)
    if not code.strip() or not name.strip():
        raise Invalid({"code" if not code.strip() else "name": _("This is needed.")})
    async with db.transaction(actor):
        before = await queries.get_group(actor, group_id, lock=True) if group_id else {}
        target = group_id or new_id()
        values = {"code": code.strip(), "name": name.strip(), "name_zh": name_zh.strip()}
        try:
            async with db.savepoint():
                await _write("partners_product_group", target, values)
        except asyncpg.UniqueViolationError as error:
            raise Invalid({"code": _("Another group has this code.")}) from error
        await events.record(actor, "product_group.saved", GROUP, target, now=now, changes=changes_of(before, values))
    return target


async def _write(table: str, key: UUID, values: dict[str, Any]) -> None:
    """Insert the row, or write the one with this key anew; names of columns are our own."""
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    sets = ", ".join(f'"{name}" = ${number}' for number, name in enumerate(values, 2))
    await db.sql(
        f"INSERT INTO {table} (id, {names}) VALUES ($1, {places}) ON CONFLICT (id) DO UPDATE SET {sets}",
        key, *values.values(),
    )  # fmt: skip
