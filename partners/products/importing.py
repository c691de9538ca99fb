"""Products as an import: their fields with the headings that mean them, and how rows become the catalogue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.products.service import search_text
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

KIND: Final = ImportKind(
    name="products",
    label=N_("Products"),
    source_id="sku",
    fields=(
        Field(
            "sku", ValueKind.TEXT, N_("Article number"), required=True, longest=60,
            synonyms=("product code", "item number", "part number", "物料号", "产品编号"),
        ),
        Field("name", ValueKind.TEXT, N_("Name"), required=True, synonyms=words.PRODUCT, longest=160),
        Field("name_zh", ValueKind.TEXT, N_("Chinese name"), synonyms=("中文名称",), longest=160),
        Field("group", ValueKind.TEXT, N_("Group code"), required=True, synonyms=words.PRODUCT_GROUP, longest=40),
        Field("group_name", ValueKind.TEXT, N_("Group name"), synonyms=("产品组名称",), longest=120),
        Field("group_name_zh", ValueKind.TEXT, N_("Chinese group name"), synonyms=("产品组中文名称",), longest=120),
        Field("unit", ValueKind.TEXT, N_("Unit"), synonyms=("uom", "单位"), longest=40),
        Field(
            "list_price", ValueKind.MONEY, N_("List price"), required=True, synonyms=words.UNIT_PRICE,
            currency="currency",
        ),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    "repeated": N_("Another row of this file has the same id."),
    "negative": N_("A list price is not negative."),
}


async def apply(
    actor: Actor,
    rows: Sequence[Parsed],
    *,
    source_system: str,  # noqa: ARG001 -- an article number is the vendor's own, whatever system names it
    now: datetime,  # noqa: ARG001 -- the catalogue keeps no times
) -> list[Result]:
    """Rows without errors into products, by article number; groups that are new are made. Raises NotAllowed."""
    actor.require(Permission.PRODUCTS_WRITE)
    async with db.transaction(actor):
        groups = await _groups(rows)
        before = await _before([_text(row.values, "sku") for row in rows])
        seen: set[str] = set()
        results: list[Result] = []
        written: list[dict[str, Any]] = []
        for row in rows:
            values = _values(row.values, groups)
            old = before.get(values["sku"])
            problem = "repeated" if values["sku"] in seen else "negative" if values["list_price_minor"] < 0 else ""
            seen.add(values["sku"])
            if problem:
                results.append((row.number, RowOutcome.REFUSED, [CellError(problem, "", {}, "sku")]))
                continue
            same = old is not None and all(old[name] == value for name, value in values.items())
            outcome = RowOutcome.SAME if same else RowOutcome.CHANGED if old else RowOutcome.IMPORTED
            results.append((row.number, outcome, []))
            if not same:
                written.append({"id": old["id"] if old else new_id(), **values})
        await _write(written)
    return results


async def _groups(rows: Sequence[Parsed]) -> dict[str, UUID]:
    """Ids of the groups by code; those that are named here for the first time are made."""
    named = {
        _text(row.values, "group"): (_text(row.values, "group_name"), _text(row.values, "group_name_zh"))
        for row in rows
    }
    codes = list(named)
    await db.sql(
        "INSERT INTO partners_product_group (id, code, name, name_zh) SELECT g.id, g.code, g.name, g.name_zh"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS g(id, code, name, name_zh)"
        " ON CONFLICT (code) DO NOTHING",
        [new_id() for _ in codes], codes, [named[code][0] or code for code in codes],
        [named[code][1] for code in codes],
    )  # fmt: skip
    found = await db.sql("SELECT id, code FROM partners_product_group WHERE code = any($1)", codes)
    return {row["code"]: row["id"] for row in found}


async def _before(skus: list[str]) -> dict[str, dict[str, Any]]:
    rows = await db.sql("SELECT * FROM partners_product WHERE sku = any($1)", skus)
    return {row["sku"]: row for row in rows}


def _values(values: Mapping[str, Value], groups: Mapping[str, UUID]) -> dict[str, Any]:
    price = values.get("list_price")
    if not isinstance(price, Money):
        message = "a parsed product has a list price"
        raise TypeError(message)
    sku, name, name_zh = _text(values, "sku"), _text(values, "name"), _text(values, "name_zh")
    return {
        "sku": sku,
        "name": name,
        "name_zh": name_zh,
        "group": groups[_text(values, "group")],
        "unit": _text(values, "unit"),
        "list_price_minor": price.minor,
        "currency": price.currency,
        "search": search_text(sku, name, name_zh),
    }


async def _write(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    types = {"id": "uuid", "group": "uuid", "list_price_minor": "bigint"}
    arrays = ", ".join(f"${number}::{types.get(name, 'text')}[]" for number, name in enumerate(names, 1))
    await db.sql(
        f"INSERT INTO partners_product ({columns}, active) SELECT *, true FROM unnest({arrays})"
        f" ON CONFLICT (id) DO UPDATE SET {sets}",
        *([row[name] for row in rows] for name in names),
    )


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.PRODUCTS_WRITE, event="products.imported", order=20,
        about=N_("The catalogue: products with their groups, which deals protect."), href="/products",
        problems=PROBLEMS,
    )
)  # fmt: skip
