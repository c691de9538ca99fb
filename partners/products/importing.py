"""The catalogue as an import: its fields with the headings that mean them, and how rows become products."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers import bulk
from partners.products.service import search_text
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

tells(products__imported=Wording(N_("brought products"), "file-import", "good"))

KIND: Final = ImportKind(
    name="products",
    label=N_("Products"),
    source_id="sku",
    fields=(
        Field(
            "sku", ValueKind.TEXT, N_("Article number"), required=True, longest=60,
            synonyms=("product code", "item number", "part number", "article", "物料号", "产品编号", "货号"),
        ),
        Field("name", ValueKind.TEXT, N_("Name"), required=True, synonyms=words.PRODUCT, longest=160),
        Field(
            "name_zh", ValueKind.TEXT, N_("Name in Chinese"), synonyms=("chinese name", "中文名称", "中文品名"),
            longest=160,
        ),
        Field(
            "group", ValueKind.TEXT, N_("Code of the group"), required=True,
            synonyms=(*words.PRODUCT_GROUP, "group code"), longest=40, help=N_("A new code makes a new group."),
        ),
        Field(
            "group_name", ValueKind.TEXT, N_("Name of the group"), synonyms=("group name", "产品组名称"), longest=120
        ),
        Field("group_name_zh", ValueKind.TEXT, N_("Name of the group in Chinese"), longest=120),
        Field("unit", ValueKind.TEXT, N_("Unit"), synonyms=("unit of measure", "uom", "单位", "计量单位"), longest=40),
        Field(
            "list_price", ValueKind.MONEY, N_("List price"), required=True, synonyms=words.UNIT_PRICE,
            currency="currency",
        ),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    "repeated": N_("Another row of this file has the same id."),
    "negative_price": N_("A list price is not negative. Correct it, or leave the row out."),
}
"""A sentence for each reason why a row is refused."""

_KEPT: Final = ("id", "active")
"""Columns that a later import leaves as they are."""


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into products and their groups, found again by article number. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.PRODUCTS_WRITE)
    async with db.transaction(actor):
        await db.lock_subject(f"import {KIND.name}")
        problems = _problems(rows)
        good = [row for row in rows if row.number not in problems]
        groups = await _groups(good)
        known = await bulk.receipts(KIND.name, source_system, [_text(row.values, "sku") for row in good])
        stored = await _stored(good)
        results: list[Result] = [
            (row.number, RowOutcome.REFUSED, problems[row.number]) for row in rows if row.number in problems
        ]
        writes, made = [], []
        for row in good:
            sku = _text(row.values, "sku")
            before, receipt = stored.get(sku), known.get(sku)
            values = _columns(row.values, groups, before)
            digest = bulk.content_hash({name: str(value) for name, value in row.values.items()})
            outcome = _outcome(before, receipt, digest, values)
            results.append((row.number, outcome, []))
            product_id = before["id"] if before else new_id()
            if outcome is not RowOutcome.SAME:
                writes.append({"id": product_id, "active": True, **values})
            made.append((sku, product_id, digest))
        await _write(writes)
        await bulk.write_receipts(KIND.name, source_system, made, now=now)
    return sorted(results, key=lambda result: result[0])


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.PRODUCTS_WRITE, event="products.imported", order=20,
        about=N_("The catalogue: article numbers, names, groups and list prices."), href="/products", problems=PROBLEMS,
    )
)  # fmt: skip


def _problems(rows: Sequence[Parsed]) -> dict[int, list[CellError]]:
    """What is wrong with rows, by their numbers."""
    found: dict[int, list[CellError]] = {}
    seen: set[str] = set()
    for row in rows:
        sku, price = _text(row.values, "sku"), row.values["list_price"]
        if sku in seen:
            found[row.number] = [CellError("repeated", "", {}, "sku")]
        elif isinstance(price, Money) and price.minor < 0:
            found[row.number] = [CellError("negative_price", "", {}, "list_price")]
        else:
            seen.add(sku)
    return found


def _outcome(
    before: Mapping[str, Any] | None, receipt: bulk.Receipt | None, digest: str, values: Mapping[str, Any]
) -> RowOutcome:
    if before is None:
        return RowOutcome.IMPORTED
    if receipt is not None:
        return RowOutcome.SAME if receipt.content_sha256 == digest else RowOutcome.CHANGED
    return RowOutcome.SAME if all(before[name] == value for name, value in values.items()) else RowOutcome.CHANGED


def _columns(
    values: Mapping[str, Value], groups: Mapping[str, UUID], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The product's columns; a field that no column brings keeps what it was."""
    kept = before or {"name_zh": "", "unit": ""}
    price = values["list_price"]
    if not isinstance(price, Money):
        message = f"a parsed row has a price, not {price!r}"
        raise TypeError(message)
    sku, name = _text(values, "sku"), _text(values, "name")
    name_zh = _text(values, "name_zh") if "name_zh" in values else kept["name_zh"]
    return {
        "sku": sku,
        "name": name,
        "name_zh": name_zh,
        "group": groups[_text(values, "group")],
        "unit": _text(values, "unit") if "unit" in values else kept["unit"],
        "list_price_minor": price.minor,
        "currency": price.currency,
        "search": search_text(sku, name, name_zh),
    }


async def _groups(rows: Sequence[Parsed]) -> dict[str, UUID]:
    """The groups that rows name, by code: new ones made, names of known ones brought up to date."""
    named: dict[str, tuple[str, str]] = {}
    for row in rows:
        code = _text(row.values, "group")
        named.setdefault(code, (_text(row.values, "group_name"), _text(row.values, "group_name_zh")))
    found = await db.sql(
        "INSERT INTO partners_product_group AS g (id, code, name, name_zh)"
        " SELECT n.id, n.code, coalesce(nullif(n.name, ''), n.code), n.name_zh"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS n (id, code, name, name_zh)"
        " ON CONFLICT (code) DO UPDATE SET"
        " name = CASE WHEN excluded.name = excluded.code THEN g.name ELSE excluded.name END,"
        " name_zh = coalesce(nullif(excluded.name_zh, ''), g.name_zh) RETURNING id, code",
        [new_id() for _code in named], list(named), [one[0] for one in named.values()],
        [one[1] for one in named.values()],
    )  # fmt: skip
    return {row["code"]: row["id"] for row in found}


async def _stored(rows: Sequence[Parsed]) -> dict[str, dict[str, Any]]:
    """The products that are there already, by article number."""
    found = await db.sql(
        "SELECT * FROM partners_product WHERE sku = any($1)", [_text(row.values, "sku") for row in rows]
    )
    return {row["sku"]: row for row in found}


async def _write(products: Sequence[Mapping[str, Any]]) -> None:
    """Insert new products and write changed ones anew, in one statement."""
    if not products:
        return
    columns = ", ".join(f'"{name}"' for name in products[0])
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in products[0] if name not in _KEPT)
    await db.sql(
        f"INSERT INTO partners_product ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_recordset(NULL::partners_product, $1::jsonb) ON CONFLICT (id) DO UPDATE SET {changes}",
        bulk.as_json(products),
    )


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
