"""Search and news: everything one may see, and nothing of a rival."""

import pytest
from litestar import Litestar

from portal.core import events
from portal.core.db import transaction
from portal.core.ids import new_id
from portal.home.search import search
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
