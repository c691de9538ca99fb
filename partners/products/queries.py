"""Reading the catalogue."""

from typing import Any
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import current_locale

_PRODUCT = (
    "SELECT p.*, g.code AS group_code, g.name AS group_name, g.name_zh AS group_name_zh FROM partners_product p"
    ' JOIN partners_product_group g ON g.id = p."group"'
)


def local_name(row: dict[str, Any], field: str = "name") -> str:
    """The name of a row in the person's language, English where there is no Chinese one."""
    chinese: str = row.get(f"{field}_zh") or ""
    english: str = row[field]
    return chinese if chinese and current_locale() == "zh_CN" else english


async def get_product(actor: Actor, product_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    """A product with its group. Raises NotFound."""
    async with db.transaction(actor):
        row = await db.sql_one(f"{_PRODUCT} WHERE p.id = $1{' FOR UPDATE OF p' if lock else ''}", product_id)
    if row is None:
        raise NotFound
    return row


async def find_products(actor: Actor, product_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Products by id, those that exist."""
    async with db.transaction(actor):
        rows = await db.sql(f"{_PRODUCT} WHERE p.id = any($1)", product_ids)
    return {row["id"]: row for row in rows}


async def search_products(actor: Actor, text: str, *, most: int = 20) -> list[dict[str, Any]]:
    """Active products that hold every word of `text` (folded), by name."""
    words = [f"%{word}%" for word in text.split()]
    async with db.transaction(actor):
        return await db.sql(
            f"{_PRODUCT} WHERE p.active AND p.search LIKE ALL ($1::text[])"
            ' ORDER BY p.name COLLATE "C", p.id LIMIT $2',
            words or ["%"], most,
        )  # fmt: skip


async def list_groups(actor: Actor) -> list[dict[str, Any]]:
    """All product groups by name."""
    async with db.transaction(actor):
        return await db.sql("SELECT id, code, name, name_zh FROM partners_product_group ORDER BY name")


async def list_groups_with_counts(actor: Actor) -> list[dict[str, Any]]:
    """All product groups by name, each with how many products on sale it has."""
    async with db.transaction(actor):
        return await db.sql(
            "SELECT g.id, g.code, g.name, g.name_zh, count(p.id) FILTER (WHERE p.active) AS products"
            ' FROM partners_product_group g LEFT JOIN partners_product p ON p."group" = g.id'
            " GROUP BY g.id ORDER BY g.name"
        )


async def get_group(actor: Actor, group_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    """A product group. Raises NotFound."""
    async with db.transaction(actor):
        row = await db.sql_one(
            f"SELECT id, code, name, name_zh FROM partners_product_group WHERE id = $1{' FOR UPDATE' if lock else ''}",
            group_id,
        )
    if row is None:
        raise NotFound
    return row


async def list_currencies(actor: Actor) -> list[str]:
    """The currencies in which list prices stand, the most frequent first."""
    async with db.transaction(actor):
        rows = await db.sql("SELECT currency FROM partners_product GROUP BY currency ORDER BY count(*) DESC, currency")
    return [row["currency"] for row in rows]
