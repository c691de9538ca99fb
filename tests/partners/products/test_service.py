"""The catalogue's commands: who may, what is checked, and what is remembered."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from partners.products import queries, service
from partners.products.service import ProductData
from portal.core import db as database
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.i18n import using
from portal.core.ids import new_id
from portal.core.money import Money
from tests.make import NOON, Cast


async def group(actor: Actor, code: str = "soft") -> UUID:
    return await service.save_group(actor, None, code=code, name="Software", name_zh="软件", now=NOON)


def data(group_id: UUID, **more: Any) -> ProductData:
    return ProductData(
        **{
            "sku": "A-1",
            "name": "Insight",
            "group": group_id,
            "list_price": Money(290_00, "EUR"),
            "name_zh": "洞察",
            "unit": "seat and year",
            **more,
        }
    )


async def last_event() -> dict[str, Any]:
    async with database.transaction(SYSTEM):
        row = await database.sql_one("SELECT name, audience, changes::text FROM core_event ORDER BY seq DESC LIMIT 1")
    assert row is not None
    return row


async def test_a_product_is_added_and_changed_with_its_history(cast: Cast) -> None:
    group_id = await group(cast.ada)
    product_id = await service.save_product(cast.ada, None, data(group_id), now=NOON)
    row = await queries.get_product(cast.pia, product_id)
    assert (row["sku"], row["group_code"], row["search"]) == ("A-1", "soft", "insight 洞察 a-1")
    with using("zh_CN"):
        assert queries.local_name(row) == "洞察"
    await service.save_product(cast.ada, product_id, data(group_id, list_price=Money(300_00, "EUR")), now=NOON)
    event = await last_event()
    assert (event["name"], event["audience"]) == ("product.changed", "vendor")
    assert event["changes"] == '{"list_price_minor": [29000, 30000]}'


@pytest.mark.parametrize("who", ["vera", "faye", "audra", "sam", "paul", "dora"])
async def test_only_administrators_write_the_catalogue(cast: Cast, who: str) -> None:
    group_id = await group(cast.ada)
    with pytest.raises(NotAllowed):
        await service.save_product(cast.everybody()[who], None, data(group_id), now=NOON)
    with pytest.raises(NotAllowed):
        await group(cast.everybody()[who], "other")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sku": " "}, "sku"),
        ({"name": ""}, "name"),
        ({"list_price": Money(-1, "EUR")}, "list_price"),
        ({"group": new_id()}, "group"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await service.save_product(cast.ada, None, data(await group(cast.ada), **wrong), now=NOON)
    assert set(refused.value.errors) == {field}


async def test_a_number_and_a_code_belong_to_one(cast: Cast) -> None:
    group_id = await group(cast.ada)
    await service.save_product(cast.ada, None, data(group_id), now=NOON)
    with pytest.raises(Invalid) as refused:
        await service.save_product(cast.ada, None, data(group_id, name="Another"), now=NOON)
    assert set(refused.value.errors) == {"sku"}
    with pytest.raises(Invalid) as refused:
        await group(cast.ada)
    assert set(refused.value.errors) == {"code"}


async def test_what_is_not_there_cannot_be_changed(cast: Cast) -> None:
    group_id = await group(cast.ada)
    with pytest.raises(NotFound):
        await service.save_product(cast.ada, new_id(), data(group_id), now=NOON)
    with pytest.raises(NotFound):
        await service.save_group(cast.ada, new_id(), code="x", name="X", name_zh="", now=NOON)


@pytest.mark.security
async def test_a_partner_cannot_write_the_catalogue_by_hand_either(cast: Cast) -> None:
    product_id = await service.save_product(cast.ada, None, data(await group(cast.ada)), now=NOON)
    for statement in (
        "UPDATE partners_product SET list_price_minor = 1 WHERE id = $1",
        "DELETE FROM partners_product WHERE id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(cast.paul):
                await database.sql(statement, product_id)


async def test_groups_count_what_is_on_sale(cast: Cast) -> None:
    group_id = await group(cast.ada)
    await service.save_product(cast.ada, None, data(group_id), now=NOON)
    await service.save_product(cast.ada, None, data(group_id, sku="A-2", active=False), now=NOON)
    assert [(row["code"], row["products"]) for row in await queries.list_groups_with_counts(cast.pia)] == [("soft", 1)]
    assert await queries.list_currencies(cast.pia) == ["EUR"]
