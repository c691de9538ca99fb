"""The pages and the API of the forecast, through a browser: who sees what, and that numbers lead to their deals."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from litestar import Litestar

from partners.deals import service as deals
from partners.deals.service import Said
from partners.forecast import service
from portal.core import clock
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.stand import statements
from tests.web import Browser

DECEMBER = date(2026, 12, 10)
PAGES = ("/forecast", "/forecast/open", "/forecast/kept")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def stand(cast: Cast) -> None:
    """Two deals of Alpha's and one of Omega's five weeks ago; one is won since, one came in between."""
    card = await make.card(cast.pia, "Kaltenberg AG")
    more: dict[str, Any] = {"state": "approved", "quantity": 1, "expected_close_on": DECEMBER}
    won = await make.deal(cast.pia, card_id=card, price=2_000_00, stage="negotiation", **more)
    await make.deal(cast.pia, price=1_000_00, **more)
    rivals = await make.card(cast.otto, "Rosenheim Werke")
    await make.deal(cast.otto, card_id=rivals, price=5_000_00, **more)
    await service.take_snapshot(now=NOON - timedelta(days=35))
    await deals.set_stage(cast.pia, won, "win", now=NOON, said=Said())
    new = await make.card(cast.pia, "Neumann GmbH")
    await make.deal(cast.pia, card_id=new, price=700_00, **more)


@pytest.mark.parametrize("who", ["pam"])
@pytest.mark.parametrize("path", PAGES)
async def test_whoever_has_no_right_to_deals_sees_none(app: Litestar, cast: Cast, who: str, path: str) -> None:
    assert (await (await Browser.of(app, getattr(cast, who))).get(path)).status_code == 403


@pytest.mark.parametrize("who", ["pia", "vera"])
async def test_before_any_deal_the_page_says_what_to_do(app: Litestar, cast: Cast, who: str) -> None:
    page = (await (await Browser.of(app, getattr(cast, who))).get("/forecast")).text
    assert "No open deals yet" in page
    assert ("/partners/deals/new" in page) == (who == "pia")


async def test_before_the_first_snapshot_it_shows_what_there_is(app: Litestar, cast: Cast) -> None:
    await make.deal(cast.pia, state="submitted", expected_close_on=DECEMBER)
    page = (await (await Browser.of(app, cast.pia)).get("/forecast")).text
    assert "No snapshot was taken yet." in page
    assert "€100.00" in page
    assert "What moved since" not in page


async def test_a_partner_sees_its_own_forecast_alone(app: Litestar, cast: Cast) -> None:
    await stand(cast)
    pia = await Browser.of(app, cast.pia)
    page = (await pia.get("/forecast")).text
    for words in ("What moved since 14 Oct 2026", "€170.00", "−€2,000.00", "−€1,500.00", "How near earlier"):
        assert words in page
    for path in (*PAGES, f"/forecast?partner={cast.omega}", "/api/v1/forecast/kept", "/api/v1/forecast/open"):
        answer = (await pia.get(path)).text
        assert "Rosenheim" not in answer
        assert "5,000" not in answer
        assert "Omega" not in answer
    assert "Partners with most expected" not in page


async def test_the_vendor_sees_all_and_one_partner_if_it_likes(app: Litestar, cast: Cast) -> None:
    await stand(cast)
    vera = await Browser.of(app, cast.vera)
    page = (await vera.get("/forecast")).text
    for words in ("€670.00", "Alpha Systemhaus GmbH", "Omega"):
        assert words in page
    one = (await vera.get(f"/forecast?partner={cast.omega}")).text
    assert "€500.00" in one
    assert "€170.00" not in one
    assert "All partners" in one


async def test_every_line_of_what_moved_leads_to_as_many_deals(app: Litestar, cast: Cast) -> None:
    await stand(cast)
    for actor in (cast.pia, cast.vera):
        browser = await Browser.of(app, actor)
        page = (await browser.get("/forecast")).text
        lines = re.findall(r'<th scope="row"><a href="(/forecast/[^"]+)">[^<]+</a></th><td[^>]*>(\d+)<', page)
        assert len(lines) == 4
        for href, count in lines:
            path = href.replace("&amp;", "&")
            shown = (await browser.get(path)).text
            assert len(set(re.findall(r'<a[^>]*href="/partners/deals/([0-9a-f-]{36})"', shown))) == int(count), path


async def test_the_file_holds_what_the_list_shows(app: Litestar, cast: Cast) -> None:
    await stand(cast)
    pia = await Browser.of(app, cast.pia)
    text = (await pia.get("/forecast/kept/export/csv?taken=2026-10-14&became=won")).content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row["Customer"] == "Kaltenberg AG"
    assert row["Weighted value then"] == "1500.00"
    answer = await pia.get("/forecast/open/export/xlsx")
    assert answer.content.startswith(b"PK")


async def test_the_api_gives_whole_minor_units(app: Litestar, cast: Cast) -> None:
    await stand(cast)
    told = (await (await Browser.of(app, cast.pia)).get("/api/v1/forecast")).json()
    assert (told["currency"], told["since"]) == ("EUR", "2026-10-14")
    assert told["moves"]["won"] == {"count": 1, "amount_minor": -2_000_00, "weighted_minor": -1_500_00}
    assert told["moves"]["now"] == {"count": 2, "amount_minor": 1_700_00, "weighted_minor": 170_00}
    assert told["months"][-1]["won_minor"] == 2_000_00
    nobody = (await (await Browser.of(app, cast.paul)).get("/api/v1/forecast?currency=XXX&since=2020-01-01")).json()
    assert nobody["currency"] == "EUR"


@pytest.mark.parametrize("address", ["since=never", "partner=x"])
async def test_what_is_no_day_and_no_partner_is_refused(app: Litestar, cast: Cast, address: str) -> None:
    answer = await (await Browser.of(app, cast.pia)).get(f"/forecast?{address}")
    assert answer.status_code in (400, 404, 422)


@pytest.mark.parametrize("who", ["pia", "vera"])
@pytest.mark.parametrize("path", [*PAGES, f"/forecast/kept?taken={TODAY}&became=won&currency=EUR"])
async def test_a_page_asks_at_most_four_times(app: Litestar, cast: Cast, who: str, path: str) -> None:
    await stand(cast)
    browser = await Browser.of(app, getattr(cast, who))
    await browser.get(path)
    with statements() as seen:
        assert (await browser.get(path)).status_code == 200
    of_the_driver = ("current_setting('jit')", "set_config('jit'", "typeinfo_tree")
    sent = [one for one in seen if not one.startswith(("SELECT s.id AS session_id", "RELEASE"))]
    assert len([one for one in sent if not any(word in one for word in of_the_driver)]) <= 4, sent


async def test_it_reads_in_chinese(app: Litestar, cast: Cast) -> None:
    await stand(cast)
    browser = await Browser.of(app, cast.pia)
    await browser.post("/language", {"locale": "zh_CN", "next": "/forecast"})
    page = (await browser.get("/forecast")).text
    for words in ("加权预测", "按预计成交月份的加权金额", "以往预测与实际的差距"):
        assert words in page
