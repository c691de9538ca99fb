"""Search and news: everything one may see, and nothing of a rival."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from markupsafe import Markup, escape

from portal.core import db, events
from portal.core.actor import SYSTEM
from portal.core.db import sql, transaction
from portal.core.ids import new_id
from portal.home.search import marked, search
from portal.imports import service as imports
from tests import make
from tests.make import NOON, Cast
from tests.web import Browser


async def test_search_finds_by_every_word_and_only_what_is_visible(cast: Cast) -> None:
    await make.deal(cast.pia, customer_name="Hofer Verpackung AG", search="hofer verpackung ag")
    await make.deal(cast.otto, customer_name="Hofer Rival AG", search="hofer rival ag")
    own = await search(cast.pia, "HOFER ag")
    assert [hit.title for group in own for hit in group.hits] == ["Hofer Verpackung AG"]
    everything = await search(cast.vera, "hofer")
    assert {hit.title for group in everything for hit in group.hits} == {"Hofer Verpackung AG", "Hofer Rival AG"}
    assert await search(cast.pam, "hofer") == []


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "\\", "x" * 500, "'; DROP TABLE partners_deal; --"])
async def test_odd_searches_find_nothing_and_do_no_harm(app: Litestar, cast: Cast, typed: str) -> None:
    await make.deal(cast.pia, customer_name="Hofer", search="hofer")
    browser = await Browser.of(app, cast.pia)
    page = await browser.client.get("/search", params={"q": typed})
    assert page.status_code == 200
    assert "/partners/deals/" not in page.text.split('id="main"')[1]


async def test_news_are_ones_own(app: Litestar, cast: Cast) -> None:
    for actor in (cast.pia, cast.otto):
        async with transaction(actor):
            await events.record(actor, "deal.submitted", "deal", new_id(), now=NOON, partner_id=actor.partner_id)
    browser = await Browser.of(app, cast.pia)
    page = await browser.get("/news")
    assert page.status_code == 200
    assert "Pia Alpha" in page.text
    assert "Omega" not in page.text
    assert len((await browser.json("/api/v1/news")).json()["items"]) == 1


async def test_news_of_files_are_for_those_who_may_look_at_them(app: Litestar, cast: Cast) -> None:
    await imports.bring_file(
        cast.faye, "costs", "costs-of-march.csv", b"Id,Amount\n1,2\n", source_system="erp", now=NOON
    )  # fmt: skip
    assert "costs-of-march.csv" in (await (await Browser.of(app, cast.faye)).get("/news")).text
    for path in ("/news", "/news?kind=import"):
        page = await (await Browser.of(app, cast.ada)).get(path)
        assert page.status_code == 200
        assert "costs-of-march.csv" not in page.text
        assert "/imports/" not in page.text.replace("/imports/new", "")


async def test_each_kind_stands_by_itself_with_its_list(cast: Cast) -> None:
    await make.deal(
        cast.pia,
        card_id=await make.card(cast.pia, "Hofer Karte GmbH"),
        customer_name="Hofer Karte GmbH",
        search="hofer karte gmbh",
    )
    await make.account("Hofer Konto AG")
    await make.company("Hofer Partner AG")
    await make.product("Hofer Waage", price=120_00)
    titles = {
        who: [group.title for group in await search(getattr(cast, who), "hofer")]
        for who in ("pia", "vera", "sam", "pam")
    }
    assert titles == {
        "pia": ["Deals", "Customers", "Products"],
        "vera": ["Deals", "Customers", "Customer cards of partners", "Partners", "Products"],
        "sam": ["Deals", "Customers", "Partners", "Products"],
        "pam": ["Customers", "Products"],
    }
    deals, *_rest, products = await search(cast.vera, "hofer")
    assert deals.all_href == "/partners/deals?tab=all&q=hofer"
    assert "Alpha Systemhaus GmbH" in deals.hits[0].text
    assert products.hits[0].amount == "€120.00"


async def test_at_most_eight_of_a_kind_the_best_first(app: Litestar, cast: Cast) -> None:
    for number in range(12):
        await make.deal(cast.pia, customer_name=f"Zweite Hofer {number:02}", search=f"zweite hofer {number:02}")
    await make.deal(cast.pia, customer_name="Hofer", search="hofer")
    [deals] = await search(cast.pia, "hofer")
    assert ([hit.title for hit in deals.hits][:2], len(deals.hits), deals.has_more) == (
        ["Hofer", "Zweite Hofer 00"],
        8,
        True,
    )
    browser = await Browser.of(app, cast.pia)
    page = await browser.get("/search?q=hofer")
    assert "Show all" in page.text
    assert (await browser.get(deals.all_href)).text.count("Hofer") > 12
    groups = (await browser.json("/api/v1/search?q=hofer")).json()["groups"]
    assert (len(groups[0]["hits"]), groups[0]["has_more"]) == (8, True)


async def test_partners_find_no_product_that_is_no_longer_sold(cast: Cast) -> None:
    product_id = await make.product("Waage")
    async with transaction(SYSTEM):
        await sql("UPDATE partners_product SET active = false WHERE id = $1", product_id)
    assert await search(cast.pia, "waage") == []
    assert [group.title for group in await search(cast.vera, "waage")] == ["Products"]


async def test_a_search_is_one_statement(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []

    async def counted(query: str, *args: object) -> list[dict[str, Any]]:
        statements.append(query)
        return await sql(query, *args)

    monkeypatch.setattr(db, "sql", counted)
    await search(cast.vera, "a b")
    assert len(statements) == 1


async def test_who_is_signed_out_is_asked_to_sign_in(app: Litestar, db: str) -> None:
    assert db
    for path in ("/search?q=x", "/news"):
        assert (await Browser(app).get(path)).status_code == 303
        assert (await Browser(app).json(f"/api/v1{path}")).status_code == 401


@given(text=st.text(), typed=st.text(max_size=20))
def test_marking_shows_the_text_and_nothing_else(text: str, typed: str) -> None:
    shown = marked(text, typed)
    bare = shown.replace(Markup("<mark>"), "").replace(Markup("</mark>"), "")
    assert bare == escape(text)


def test_marks_stand_where_the_words_are() -> None:
    assert marked("Brakes & Gears", "gear BRAKE") == "<mark>Brake</mark>s &amp; <mark>Gear</mark>s"
    assert marked("<b>", "b") == "&lt;<mark>b</mark>&gt;"
