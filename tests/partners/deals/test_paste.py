"""Deals pasted from a spreadsheet: columns told by their headings, each cell checked, good rows in, bad ones back."""

import re
from typing import Any

import pytest
from litestar import Litestar

from partners.deals.paste import MOST_ROWS, read_pasted
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Invalid
from tests import make
from tests.make import Cast
from tests.partners.stand import tiers
from tests.web import Browser

DEFAULTS = {"country": "DE", "currency": "EUR", "quantity": "1"}
PATH = "/partners/deals/paste"


@pytest.fixture
async def sku(cast: Cast) -> str:  # noqa: ARG001 -- its rows are the ones that are registered for
    """The article number of a product of the catalogue; tiers are in force."""
    await tiers()
    product = await make.product("Suite")
    async with db.transaction(SYSTEM):
        return str(await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product))


def fields(page: str) -> dict[str, Any]:
    """What stands in the grid of a page."""
    found = dict(re.findall(r'<input class="input" id="f-[^"]*" name="([^"]*)" value="([^"]*)"', page))
    rows = re.search(r'name="rows" value="(\d+)"', page)
    return {**found, "rows": rows[1] if rows else "0"}


async def deals() -> list[tuple[str, str]]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT customer_name, state FROM partners_deal ORDER BY customer_name")
    return [tuple(row.values()) for row in rows]


def test_headings_tell_the_columns() -> None:
    rows = read_pasted('产品\t客户\t数量\nS-1\t上海电气\t5\nS-2\t"Acme\tAG"\t\n', DEFAULTS)
    assert rows == [
        {"product": "S-1", "customer": "上海电气", "quantity": "5", "country": "DE", "currency": "EUR"},
        {"product": "S-2", "customer": "Acme AG", "quantity": "1", "country": "DE", "currency": "EUR"},
    ]


def test_without_headings_their_order_does() -> None:
    [row] = read_pasted("Acme AG\tAT\tS-1\t5\t9.50\tUSD\t2026-12-24", DEFAULTS)
    assert row == {
        "customer": "Acme AG", "country": "AT", "product": "S-1", "quantity": "5", "price": "9.50",
        "currency": "USD", "close": "2026-12-24",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "  \n ", "Customer\n" + "Acme\n" * (MOST_ROWS + 1), "Customer,Product\na,b,c\n", "%PDF-1.4"]
)
def test_what_cannot_be_rows_is_said(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_pasted(text, DEFAULTS)
    assert set(refused.value.errors) == {"text"}


async def test_good_rows_go_in_and_bad_ones_come_back(app: Litestar, cast: Cast, sku: str) -> None:
    pia = await Browser.of(app, cast.pia)
    assert "Paste from a spreadsheet" in (await pia.get("/partners/deals")).text
    text = (
        f"Customer\tProduct\tQuantity\tPrice\tExpected close\nAlpenbau GmbH\t{sku}\t5\t\t2026-12-24\n"
        f"Bergland AG\tnothing\tmany\t\t2026-12-24\nCasa SA\t{sku}\t2\t9.50\t\n"
    )
    page = await pia.post(PATH, {"do": "read", "text": text})
    assert page.status_code == 200, page.text
    form = fields(page.text)
    assert (form["rows"], form["customer_2"], form["quantity_2"], form["currency_3"]) == (
        "3",
        "Bergland AG",
        "many",
        "EUR",
    )
    assert await deals() == []
    page = await pia.post(PATH, {**form, "do": "register"})
    assert page.status_code == 200
    left = fields(page.text)
    assert left["customer_1"] == "Bergland AG"
    assert "not in yet" in page.text
    assert 'id="f-quantity_1-error"' in page.text
    registered = await deals()
    assert ("Alpenbau GmbH", "submitted") in registered
    assert "Bergland AG" not in dict(registered)
    page = await pia.post(
        PATH, {**left, "quantity_1": "3", "product_1": sku, "close_1": "2026-12-24", "do": "register"}
    )
    if page.status_code == 200:
        left = fields(page.text)
        rest = {name: "2026-12-24" for name in left if name.startswith(("close_", "price_end_"))}
        rest |= {name: "A tender" for name in left if name.startswith("reason_")}
        page = await pia.post(PATH, {**left, **rest, "do": "register"})
    assert page.status_code == 303, page.text
    assert [name for name, _state in await deals()] == ["Alpenbau GmbH", "Bergland AG", "Casa SA"]


async def test_a_form_that_is_sent_twice_registers_once(app: Litestar, cast: Cast, sku: str) -> None:
    pia = await Browser.of(app, cast.pia)
    row = {
        "do": "register", "rows": "1", "customer_1": "Alpenbau GmbH", "country_1": "DE", "product_1": sku,
        "quantity_1": "1", "currency_1": "EUR", "close_1": "2026-12-24", "idempotency_key": "a" * 32,
    }  # fmt: skip
    first, second = await pia.post(PATH, row), await pia.post(PATH, row)
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(await deals()) == 1


async def test_a_customer_like_one_of_ones_own_is_asked_about(app: Litestar, cast: Cast, sku: str) -> None:
    await make.card(cast.pia, "Alpenbau GmbH & Co. KG")
    pia = await Browser.of(app, cast.pia)
    row = {
        "do": "register", "rows": "1", "customer_1": "Alpenbau", "country_1": "DE", "product_1": sku,
        "quantity_1": "1", "currency_1": "EUR", "close_1": "2026-12-24",
    }  # fmt: skip
    page = await pia.post(PATH, row)
    assert "You have customers like this one" in page.text
    assert (await pia.post(PATH, row | {"new_1": "yes"})).status_code == 303
    assert await deals() == [("Alpenbau", "submitted")]


async def test_only_who_registers_pastes(app: Litestar, cast: Cast) -> None:
    for actor in (cast.petra, cast.vera):
        browser = await Browser.of(app, actor)
        assert (await browser.get(PATH)).status_code == 403
        assert (await browser.post(PATH, {"do": "read", "text": "a"})).status_code == 403
