"""Answers as people see them: on the deal, on the desk, in the list and its files, and what partners are told."""

import csv
import io
from typing import Any

import pytest
from litestar import Litestar

from partners.response import service
from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import Cast
from tests.partners.response.world import Time, draft, move, watch
from tests.partners.stand import tiers
from tests.web import Browser

PAGES = ("/partners/response", "/partners/response/clocks", "/api/v1/partners/response")


@pytest.fixture
async def time(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Time:  # noqa: ARG001 -- sets the vendor's zone
    """A Wednesday noon, with tiers in force and Vera as Alpha's manager."""
    await tiers()
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    return Time(monkeypatch, "2026-11-18T12:00")


async def page(app: Litestar, actor: Any, path: str) -> str:
    answer = await (await Browser.of(app, actor)).get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_whoever_has_no_right_to_deals_sees_none(app: Litestar, cast: Cast, path: str) -> None:
    assert (await (await Browser.of(app, cast.pam)).get(path)).status_code == 403


async def test_before_any_deal_the_pages_say_what_will_be_there(app: Litestar, cast: Cast) -> None:
    assert "Nothing to answer" in await page(app, cast.vera, "/partners/response")
    assert "not enough decisions yet" in await page(app, cast.pia, "/partners/response")
    assert "No answers here" in await page(app, cast.pia, "/partners/response/clocks")


async def test_both_sides_see_on_the_deal_until_when_and_why(app: Litestar, cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    path = f"/partners/deals/{deal}"
    assert "Answer due" not in await page(app, cast.pia, path)
    await move(cast.pia, deal, "submit")
    for actor in (cast.pia, cast.vera):
        shown = await page(app, actor, path)
        assert "Answer due on 20 Nov 2026, 12:00, in 16 working hours." in shown
        assert "Monday to Friday, nine to five" in shown
    time.to("2026-11-18T15:00")
    await move(cast.vera, deal, "take")
    await move(cast.vera, deal, "ask", note="How many?")
    assert "The clock rests while you answer; after that 13 working hours are left." in await page(app, cast.pia, path)
    assert "while the partner answers" in await page(app, cast.vera, path)
    time.to("2026-11-19T15:00")
    await move(cast.pia, deal, "answer", note="Forty.")
    time.to("2026-11-23T14:30")
    await watch()
    late = await page(app, cast.pia, path)
    assert "The answer was due on 23 Nov 2026, 12:00, 2.5 working hours ago." in late
    assert "it is protected longer by the delay" in late
    await move(cast.vera, deal, "approve")
    done = await page(app, cast.pia, path)
    assert "Answered in 18.5 working hours, of 16 working hours." in done
    assert "Protected 1 day longer, because the answer came late." in done


async def test_the_desk_says_what_is_late_and_whose_and_each_number_opens_its_rows(
    app: Litestar, cast: Cast, time: Time
) -> None:
    late, paused, omegas = await draft(cast.pia), await draft(cast.pia), await draft(cast.otto)
    await move(cast.pia, late, "submit")
    await move(cast.pia, paused, "submit")
    await move(cast.vera, paused, "take")
    await move(cast.vera, paused, "ask", note="Why?")
    time.to("2026-11-23T12:00")
    await move(cast.otto, omegas, "submit")
    desk = await page(app, cast.vera, "/partners/response")
    assert "Vera Vendor" in desk
    assert f"tab=late&amp;whose={cast.vera.membership_id}" in desk
    assert "nobody" in desk
    browser = await Browser.of(app, cast.vera)
    for tab, count in (("late", 1), ("soon", 0), ("paused", 1), ("running", 1), ("open", 2), ("answered", 0)):
        items = (await browser.get(f"/api/v1/partners/response/clocks?tab={tab}")).json()["items"]
        assert len(items) == count, tab
    told = (await browser.get("/api/v1/partners/response")).json()
    assert (told["open"], told["late"], told["paused"], told["figure"]) == (2, 1, 1, None)
    assert {one["name"]: one["late"] for one in told["by_person"]} == {"Vera Vendor": 1, "": 0}
    file = (await browser.get("/partners/response/clocks/export/csv?tab=all")).text.lstrip("\ufeff")
    assert len(list(csv.reader(io.StringIO(file)))) == 4


async def test_home_says_what_is_late_to_who_decides_it(app: Litestar, cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    assert "is late" not in await page(app, cast.vera, "/")
    time.to("2026-11-23T12:00")
    home = await page(app, cast.vera, "/")
    assert "1 answer is late" in home
    assert f"/partners/response/clocks?tab=late&amp;whose={cast.vera.membership_id}" in home
    assert "is late" not in await page(app, cast.sam, "/")


async def test_a_partner_sees_its_own_clocks_alone(app: Litestar, cast: Cast, time: Time) -> None:
    mine, rivals = await draft(cast.pia), await draft(cast.otto)
    await move(cast.pia, mine, "submit")
    await move(cast.otto, rivals, "submit")
    time.to("2026-11-18T13:00")
    items = (await (await Browser.of(app, cast.pia)).get("/api/v1/partners/response/clocks")).json()["items"]
    assert [item["deal"] for item in items] == [str(mine)]
    assert "responsible" not in items[0]


async def test_partners_are_told_how_fast_answers_are(app: Litestar, cast: Cast, time: Time) -> None:
    roles = list(cast.pia.roles)
    sellers = [await make.person(f"Seller {one}", cast.pia.side, roles, await make.company()) for one in range(5)]
    for seller in sellers * 4:
        time.to("2026-11-18T12:00")
        deal = await draft(seller)
        await move(seller, deal, "submit")
        time.to("2026-11-18T13:00")
        await move(cast.vera, deal, "take")
        await move(cast.vera, deal, "reject", note="No.", code="other")
    assert await service.reckon_figures(SYSTEM, now=clock.now())
    figure = (await (await Browser.of(app, cast.pia)).get("/api/v1/partners/response")).json()["figure"]
    assert (figure["decisions"], figure["median_minutes"], figure["high_minutes"]) == (20, 60, 60)
    assert "1 working hour" in await page(app, cast.pia, "/partners/response")
    assert "1 working hour" in await page(app, cast.vera, "/partners/response")


@pytest.mark.security
@pytest.mark.parametrize(
    ("decided", "partners", "own", "told"),
    [(20, 5, False, True), (19, 5, False, False), (100, 4, False, False), (20, 5, True, False), (20, 6, True, True)],
)
async def test_but_only_from_twenty_decisions_on_with_five_others_among_them(
    app: Litestar, cast: Cast, time: Time, decided: int, partners: int, *, own: bool, told: bool
) -> None:
    if own:
        deal = await draft(cast.pia)
        await move(cast.pia, deal, "submit")
        time.to("2026-11-18T13:00")
        await move(cast.vera, deal, "take")
        await move(cast.vera, deal, "reject", note="No.", code="other")
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO partners_response_figure (id, reckoned_on, decisions, partners, median_minutes, high_minutes)"
            " VALUES (gen_random_uuid(), '2026-11-18', $1, $2, 60, 120)",
            decided, partners,
        )  # fmt: skip
    figure = (await (await Browser.of(app, cast.pia)).get("/api/v1/partners/response")).json()["figure"]
    assert (figure is not None) == told
    assert ("not enough decisions yet" in await page(app, cast.pia, "/partners/response")) == (not told)
