"""What can be done about the catalogue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from partners.products import queries
from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.text import fold

SUBJECT: Final = "product"


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
        if product_id is not None:
            await queries.get_product(actor, product_id)
        target = product_id or new_id()
        try:
            await db.sql(
                'INSERT INTO partners_product (id, sku, name, name_zh, "group", unit, list_price_minor, currency,'
                " active, search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET"
                ' sku = $2, name = $3, name_zh = $4, "group" = $5, unit = $6, list_price_minor = $7, currency = $8,'
                " active = $9, search = $10",
                target, data.sku.strip(), data.name.strip(), data.name_zh.strip(), data.group, data.unit.strip(),
                data.list_price.minor, data.list_price.currency, data.active,
                search_text(data.sku, data.name, data.name_zh),
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise Conflict(_("Another product has this article number."), code="sku") from error
        except asyncpg.ForeignKeyViolationError as error:
            raise Invalid({"group": _("Choose a product group.")}) from error
        name = "product.changed" if product_id else "product.created"
        await events.record(actor, name, SUBJECT, target, now=now, changes={"sku": [None, data.sku]})
    return target


async def save_group(actor: Actor, group_id: UUID | None, *, code: str, name: str, name_zh: str, now: datetime) -> UUID:
    """Add a product group, or rename one; its id. Raises NotAllowed, Invalid, Conflict for a used code."""
    actor.require(Permission.PRODUCTS_WRITE)
    if not code.strip() or not name.strip():
        raise Invalid({"code" if not code.strip() else "name": _("This is needed.")})
    async with db.transaction(actor):
        target = group_id or new_id()
        try:
            await db.sql(
                "INSERT INTO partners_product_group (id, code, name, name_zh) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (id) DO UPDATE SET code = $2, name = $3, name_zh = $4",
                target, code.strip(), name.strip(), name_zh.strip(),
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise Conflict(_("Another group has this code."), code="group_code") from error
        await events.record(actor, "product_group.saved", "product_group", target, now=now)
    return target
