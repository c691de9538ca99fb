"""The catalogue as an import: once, twice, changed, refused, in bulk."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from partners.products import service
from partners.products.importing import apply
from partners.products.service import ProductData
from portal.core import db as database
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotAllowed
from portal.core.money import Money
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, Cast

CART: dict[str, Any] = {
    "sku": "BK-1",
    "name": "Road Bike",
    "name_zh": "公路车",
    "group": "bikes",
    "group_name": "Bikes",
    "group_name_zh": "自行车",
    "unit": "piece",
    "list_price": Money(899_00, "USD"),
    "currency": "USD",
}


async def bring(
    actor: Actor, rows: Iterable[Mapping[str, Any]], system: str = "demo"
) -> list[tuple[RowOutcome, list[str]]]:
    parsed = [Parsed(number, dict(row), (), ()) for number, row in enumerate(rows, 2)]
    async with database.transaction(actor):
        results = await apply(actor, parsed, source_system=system, now=NOON)
    assert [number for number, _outcome, _why in results] == [row.number for row in parsed]
    return [(outcome, [error.code for error in errors]) for _number, outcome, errors in results]


async def products() -> list[dict[str, Any]]:
    async with database.transaction(SYSTEM):
        return await database.sql(
            'SELECT p.*, g.code, g.name AS group_name, g.name_zh AS group_zh FROM partners_product p JOIN partners_product_group g ON g.id = p."group" ORDER BY sku'
        )


async def test_a_new_product_brings_its_group(cast: Cast) -> None:
    assert (
        await bring(cast.ada, [CART, CART | {"sku": "BK-2", "name": "Mountain Bike"}])
        == [(RowOutcome.IMPORTED, [])] * 2
    )
    first, second = await products()
    assert (
        first["sku"],
        first["name_zh"],
        first["list_price_minor"],
        first["currency"],
        first["code"],
        first["group_zh"],
        first["active"],
    ) == ("BK-1", "公路车", 899_00, "USD", "bikes", "自行车", True)
    assert first["group"] == second["group"]
    assert "road bike" in first["search"]


async def test_twice_is_the_same_and_a_new_price_is_a_change(cast: Cast) -> None:
    await bring(cast.ada, [CART])
    assert await bring(cast.ada, [CART]) == [(RowOutcome.SAME, [])]
    [before] = await products()
    assert await bring(cast.ada, [CART | {"list_price": Money(950_00, "USD")}]) == [(RowOutcome.CHANGED, [])]
    [after] = await products()
    assert (after["id"], after["list_price_minor"]) == (before["id"], 950_00)


async def test_what_no_column_brings_stays(cast: Cast) -> None:
    await bring(cast.ada, [CART])
    async with database.transaction(cast.ada):
        await database.sql("UPDATE partners_product SET active = false")
    bare = {name: CART[name] for name in ("sku", "group", "list_price")} | {"name": "Road Bike 2"}
    assert await bring(cast.ada, [bare]) == [(RowOutcome.CHANGED, [])]
    [row] = await products()
    assert (row["name"], row["name_zh"], row["unit"], row["group_name"], row["active"]) == (
        "Road Bike 2",
        "公路车",
        "piece",
        "Bikes",
        False,
    )


async def test_a_product_made_by_hand_is_found_by_its_number(cast: Cast) -> None:
    group = await service.save_group(cast.ada, None, code="bikes", name="Cycles", name_zh="", now=NOON)
    by_hand = await service.save_product(
        cast.ada, None, ProductData("BK-1", "Road Bike", group, Money(899_00, "USD"), "公路车", "piece"), now=NOON
    )
    assert await bring(cast.ada, [CART]) == [(RowOutcome.SAME, [])]
    assert [row["id"] for row in await products()] == [by_hand]
    assert (await products())[0]["group_name"] == "Bikes"
    assert await bring(cast.ada, [CART | {"unit": "pair"}], system="other") == [(RowOutcome.CHANGED, [])]


async def test_refused_rows_leave_nothing(cast: Cast) -> None:
    found = await bring(
        cast.ada, [CART | {"list_price": Money(-1, "USD"), "group": "ghost"}, CART, CART | {"name": "Again"}]
    )
    assert found == [
        (RowOutcome.REFUSED, ["negative_price"]),
        (RowOutcome.IMPORTED, []),
        (RowOutcome.REFUSED, ["repeated"]),
    ]
    assert [row["name"] for row in await products()] == ["Road Bike"]
    async with database.transaction(SYSTEM):
        assert await database.sql_value("SELECT count(*) FROM partners_product_group WHERE code = 'ghost'") == 0


@pytest.mark.parametrize("who", ["vera", "faye", "audra", "paul"])
async def test_only_who_writes_the_catalogue_brings_it(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await bring(cast.everybody()[who], [CART])


async def test_many_rows_take_as_many_statements_as_few(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0
    plain = database.sql

    async def counted(query: str, *args: object) -> list[dict[str, Any]]:
        nonlocal count
        count += 1
        return await plain(query, *args)

    monkeypatch.setattr(database, "sql", counted)
    seen = []
    for size, system in ((1, "a"), (300, "b")):
        count = 0
        await bring(
            cast.ada, [CART | {"sku": f"{system}-{index}", "group": f"g{index % 7}"} for index in range(size)], system
        )
        seen.append(count)
    assert seen[0] == seen[1]


async def test_two_files_with_one_group_share_it(cast: Cast) -> None:
    await make.product("Other")
    await bring(cast.ada, [CART])
    await bring(cast.ada, [CART | {"sku": "BK-9", "group_name": "", "group_name_zh": ""}], system="other")
    codes = [(row["code"], row["group_name"]) for row in await products()]
    assert codes.count(("bikes", "Bikes")) == 2
