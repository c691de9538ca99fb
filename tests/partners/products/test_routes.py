"""The catalogue over HTTP: the fixed questions."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from partners.products import service
from partners.products.service import ProductData
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.money import Money
from tests.make import NOON, Cast
from tests.web import Browser


async def catalogue(cast: Cast) -> tuple[UUID, UUID]:
    """A group and a product in it."""
    group_id = await service.save_group(cast.ada, None, code="soft", name="Software", name_zh="软件", now=NOON)
    price = Money(290_00, "EUR")
    product_id = await service.save_product(
        cast.ada, None, ProductData("A-1", "Insight", group_id, price, "洞察", "seat and year"), now=NOON
    )
    await service.save_product(
        cast.ada, None, ProductData("A-2", "Old Insight", group_id, price, active=False), now=NOON
    )
    return group_id, product_id


def form(group_id: UUID, **more: str) -> dict[str, str]:
    return {
        "sku": "B-1",
        "name": "Edge gateway",
        "name_zh": "边缘网关",
        "group": str(group_id),
        "unit": "piece",
        "list_price": "1,150.00",
        "list_price_currency": "EUR",
        "active": "yes",
    } | more


async def test_who_is_signed_out_is_asked_to_sign_in(app: Litestar, cast: Cast) -> None:
    _group, product_id = await catalogue(cast)
    for path in ("/products", f"/products/{product_id}", "/products/groups"):
        assert (await Browser(app).get(path)).status_code == 303
        assert (await Browser(app).json(f"/api/v1{path}")).status_code == 401


@pytest.mark.parametrize("who", ["pia", "otto", "pam", "petra", "vera", "sam", "audra", "ada"])
async def test_everybody_reads_the_catalogue(app: Litestar, cast: Cast, who: str) -> None:
    group_id, product_id = await catalogue(cast)
    browser = await Browser.of(app, cast.everybody()[who])
    page = await browser.get("/products")
    assert "Insight" in page.text
    assert "€290.00" in page.text
    assert "Old Insight" not in page.text
    assert ("/products/new" in page.text) is (who == "ada")
    shown = await browser.get(f"/products/{product_id}")
    assert shown.status_code == 200
    assert "seat and year" in shown.text
    assert ("What happened" in shown.text) is (who not in {"pia", "otto", "pam", "petra"})
    assert (await browser.get(f"/products?group={group_id}&tab=all")).status_code == 200
    assert (await browser.get("/products/groups")).status_code == 200


@pytest.mark.parametrize("who", ["pia", "paul", "vera", "faye", "audra"])
async def test_only_administrators_see_forms_and_change_anything(app: Litestar, cast: Cast, who: str) -> None:
    group_id, product_id = await catalogue(cast)
    browser = await Browser.of(app, cast.everybody()[who])
    for path in (
        "/products/new",
        f"/products/{product_id}/edit",
        "/products/groups/new",
        f"/products/groups/{group_id}/edit",
    ):
        assert (await browser.get(path)).status_code == 403
        assert (await browser.post(path, form(group_id))).status_code == 403
    assert (await browser.send_json("POST", "/api/v1/products", {})).status_code == 403
    async with database.transaction(SYSTEM):
        assert await database.sql_value("SELECT count(*) FROM partners_product") == 2


async def test_a_product_is_added_and_shown(app: Litestar, cast: Cast) -> None:
    group_id, _product = await catalogue(cast)
    browser = await Browser.of(app, cast.ada)
    done = await browser.post("/products/new", form(group_id))
    assert done.status_code == 303, done.text
    page = await browser.get(done.headers["location"])
    for word in ("Edge gateway", "边缘网关", "€1,150.00", "Software", "added the product"):
        assert word in page.text
    filled = await browser.get(f"{done.headers['location']}/edit")
    assert 'value="1150.00"' in filled.text
    changed = await browser.post(f"{done.headers['location']}/edit", form(group_id, list_price="0", active=""))
    assert changed.status_code == 303
    assert "No longer sold" in (await browser.get(done.headers["location"])).text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sku": "A-1"}, "Another product has this article number."),
        ({"list_price": "cheap"}, "Write an amount"),
        ({"list_price": "-1"}, "A list price is not negative."),
        ({"list_price": "1.234"}, "Write an amount"),
        ({"list_price_currency": "EUX"}, "Choose a currency."),
        ({"group": str(uuid4())}, "Choose a product group."),
        ({"name": ""}, "This is needed."),
    ],
)
async def test_what_was_typed_stays_when_something_is_wrong(
    app: Litestar, cast: Cast, wrong: dict[str, str], says: str
) -> None:
    group_id, _product = await catalogue(cast)
    browser = await Browser.of(app, cast.ada)
    page = await browser.post("/products/new", form(group_id, **wrong))
    assert page.status_code == 422
    assert says in page.text
    for kept in (
        "边缘网关",
        'value="piece"',
        *(value for name, value in wrong.items() if name in {"sku", "list_price"}),
    ):
        assert kept in page.text


async def test_nothing_but_the_form_is_taken(app: Litestar, cast: Cast) -> None:
    group_id, _product = await catalogue(cast)
    browser = await Browser.of(app, cast.ada)
    assert (await browser.post("/products/new", form(group_id, id=str(uuid4())))).status_code == 422
    assert (await browser.post("/products/new", form(group_id, search="x"))).status_code == 422


async def test_sent_twice_it_is_added_once(app: Litestar, cast: Cast) -> None:
    group_id, _product = await catalogue(cast)
    browser = await Browser.of(app, cast.ada)
    key = {"idempotency_key": str(uuid4())}
    first = await browser.post("/products/new", form(group_id) | key)
    again = await browser.post("/products/new", form(group_id) | key)
    assert (first.status_code, first.headers["location"]) == (again.status_code, again.headers["location"])
    async with database.transaction(SYSTEM):
        assert await database.sql_value("SELECT count(*) FROM partners_product WHERE sku = 'B-1'") == 1


async def test_groups_are_added_and_renamed(app: Litestar, cast: Cast) -> None:
    group_id, _product = await catalogue(cast)
    browser = await Browser.of(app, cast.ada)
    assert (
        await browser.post("/products/groups/new", {"code": "hard", "name": "Hardware", "name_zh": ""})
    ).status_code == 303
    used = await browser.post("/products/groups/new", {"code": "hard", "name": "More"})
    assert used.status_code == 422
    assert "Another group has this code." in used.text
    assert 'value="More"' in used.text
    assert (
        await browser.post(f"/products/groups/{group_id}/edit", {"code": "soft", "name": "Programs"})
    ).status_code == 303
    page = await browser.get("/products/groups")
    assert "Programs" in page.text
    assert "Hardware" in page.text


async def test_the_list_as_fragment_and_as_file(app: Litestar, cast: Cast) -> None:
    await catalogue(cast)
    browser = await Browser.of(app, cast.pia)
    assert "Insight" in (await browser.fragment("/products?q=insi")).text
    found = await browser.get("/products/export/csv?tab=all")
    assert "A-2" in found.text
    assert (await browser.get("/products/export/xlsx")).status_code == 200


@pytest.mark.parametrize("path", ["/products/{}", "/products/{}/edit", "/products/groups/{}/edit"])
async def test_what_is_not_there_is_not_found(app: Litestar, cast: Cast, path: str) -> None:
    assert (await (await Browser.of(app, cast.ada)).get(path.format(uuid4()))).status_code == 404


async def test_the_api_gives_and_takes_json(app: Litestar, cast: Cast) -> None:
    group_id, product_id = await catalogue(cast)
    program = await Browser.of(app, cast.ada)
    body: dict[str, Any] = {
        "sku": "C-1",
        "name": "Assure",
        "group": str(group_id),
        "list_price": {"minor": 222_000, "currency": "EUR"},
    }
    made = await program.send_json("POST", "/api/v1/products", body)
    assert made.status_code == 201, made.text
    here = f"/api/v1/products/{made.json()['id']}"
    assert made.json()["list_price"] == {"minor": 222_000, "currency": "EUR"}
    assert (await program.send_json("PUT", here, body | {"active": False})).json()["active"] is False
    for wrong in (
        {"list_price": {"minor": "1", "currency": "EUR"}},
        {"list_price": {"minor": 1, "currency": "EUX"}},
        {"id": str(product_id)},
    ):
        assert (await program.send_json("PUT", here, body | wrong)).status_code == 422
    listed = (await program.json("/api/v1/products?tab=all&q=insight")).json()["items"]
    assert [item["sku"] for item in listed] == ["A-1", "A-2"]
    group = await program.send_json("POST", "/api/v1/products/groups", {"code": "x", "name": "X"})
    assert (
        await program.send_json("PUT", f"/api/v1/products/groups/{group.json()['id']}", {"code": "y", "name": "Y"})
    ).json()["code"] == "y"


async def test_in_chinese_the_names_are_chinese(app: Litestar, cast: Cast) -> None:
    _group, product_id = await catalogue(cast)
    browser = await Browser.of(app, cast.pia)
    browser.client.cookies.set("tributary_locale", "zh_CN")
    page = await browser.get("/products")
    for word in ("洞察", "软件", "目录价"):
        assert word in page.text
    assert "洞察" in (await browser.get(f"/products/{product_id}")).text
