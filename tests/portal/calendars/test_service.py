"""Calendars as they are kept: made, changed day by day, and only by who may; each change is told and told apart."""

from datetime import date, timedelta

import pytest
from litestar import Litestar

from portal.calendars import queries, service
from portal.calendars.rules import OFFICE_WEEK, Span
from portal.calendars.service import Wanted
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.ids import new_id
from tests.make import NOON, TODAY, Cast
from tests.web import Browser

HOUSE = Wanted("Head office", "DE", "", OFFICE_WEEK)


async def test_a_calendar_is_reckoned_with_as_it_was_written(cast: Cast) -> None:
    made = await service.create_calendar(cast.vera, "de", HOUSE, now=NOON)
    await service.set_days(cast.ada, made, TODAY, TODAY + timedelta(days=1), works=False, note="Outing", now=NOON)
    await service.set_days(cast.ada, made, TODAY, None, works=True, note="After all", now=NOON)
    async with db.transaction(SYSTEM):
        kept = await queries.find_calendar("de")
        names = [
            row["name"] for row in await db.sql("SELECT name FROM core_event WHERE subject_id = $1 ORDER BY seq", made)
        ]
    assert kept is not None
    assert kept.calendar.zone == formats.time_zone().key
    assert kept.calendar.own == {TODAY: True, TODAY + timedelta(days=1): False}
    assert (kept.changes[0].day, kept.changes[0].note) == (TODAY, "After all")
    assert not kept.calendar.works_on(date(2026, 12, 25))
    assert kept.version == 3
    assert names == ["calendar.created", "calendar.days_set", "calendar.days_set"]


async def test_taking_a_day_back_leaves_it_as_its_weekday(cast: Cast) -> None:
    made = await service.create_calendar(cast.vera, "de", HOUSE, now=NOON)
    before = (await queries.get_calendar(cast.vera, made)).calendar.sha256
    await service.set_days(cast.vera, made, TODAY, None, works=False, note="", now=NOON)
    [day] = (await queries.get_calendar(cast.vera, made)).changes
    assert await service.remove_day(cast.vera, day.id, now=NOON) == made
    assert (await queries.get_calendar(cast.vera, made)).calendar.sha256 == before
    with pytest.raises(NotFound):
        await service.remove_day(cast.vera, day.id, now=NOON)


async def test_changing_the_hours_makes_another_calendar_of_it(cast: Cast) -> None:
    made = await service.create_calendar(cast.vera, "cn", HOUSE, now=NOON)
    before = (await queries.get_calendar(cast.vera, made)).calendar.sha256
    week = (*((Span(510, 720), Span(780, 1050)),) * 5, (), ())
    await service.change_calendar(cast.vera, made, Wanted("Shanghai", "CN", "Asia/Shanghai", week), now=NOON)
    kept = await queries.get_calendar(cast.vera, made)
    assert (kept.name, kept.calendar.zone, kept.calendar.week) == ("Shanghai", "Asia/Shanghai", week)
    assert kept.calendar.sha256 != before


async def test_what_makes_no_sense_is_refused(cast: Cast) -> None:
    made = await service.create_calendar(cast.vera, "de", HOUSE, now=NOON)
    with pytest.raises(Invalid):
        await service.create_calendar(cast.vera, "de", HOUSE, now=NOON)
    with pytest.raises(Invalid):
        await service.create_calendar(cast.vera, "none", Wanted("No hours", "", "", ((),) * 7), now=NOON)
    for until in (TODAY - timedelta(days=1), TODAY + timedelta(days=70)):
        with pytest.raises(Invalid):
            await service.set_days(cast.vera, made, TODAY, until, works=False, note="", now=NOON)
    with pytest.raises(NotFound):
        await service.change_calendar(cast.vera, new_id(), HOUSE, now=NOON)


@pytest.mark.parametrize("who", ["sam", "faye", "audra"])
async def test_only_managers_and_administrators_change_them(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await service.create_calendar(getattr(cast, who), "de", HOUSE, now=NOON)


async def test_a_manager_makes_one_and_closes_the_office(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    browser = await Browser.of(app, cast.vera)
    assert "No calendars yet" in (await browser.get("/settings/calendars")).text
    assert "09:00–17:00" in (await browser.get("/settings/calendars/new")).text
    wrong = await browser.post("/settings/calendars/new", {"name": "Munich", "code": "munich", "mon": "17-9"})
    assert wrong.status_code == 422
    assert "Write the hours in order" in wrong.text
    made = await browser.post(
        "/settings/calendars/new", {"name": "Munich", "code": "munich", "country": "DE", "mon": "9-17", "fri": "9-13"}
    )
    page = made.headers["location"]
    await browser.get(page)
    closed = await browser.post(
        f"{page}/days", {"day": "2026-12-21", "until": "2026-12-24", "works": "no", "note": "Closed"}
    )
    assert closed.status_code == 303
    shown = (await browser.get(page)).text
    assert "21 Dec 2026" in shown
    assert "25 Dec 2026" in shown
    assert "Christmas Day" in shown
    assert "Munich" in (await browser.get("/settings/calendars")).text


async def test_a_calendar_may_be_of_a_region(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    browser = await Browser.of(app, cast.vera)
    week = {"code": "munich", "mon": "9-17"}
    refused = await browser.post("/settings/calendars/new", {"name": "Munich", "country": "DE-XX", **week})
    assert refused.status_code == 422
    made = await browser.post("/settings/calendars/new", {"name": "Munich", "country": "DE-BY", **week})
    assert "Germany · Bayern" in (await browser.get(made.headers["location"])).text
    async with db.transaction(SYSTEM):
        kept = await queries.find_calendar("munich")
    assert kept is not None
    assert not kept.calendar.works_on(date(2027, 11, 1))


async def test_a_year_whose_holidays_are_not_published_is_said(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    made = await service.create_calendar(cast.vera, "cn", Wanted("Shanghai", "CN", "", OFFICE_WEEK), now=NOON)
    page = (await (await Browser.of(app, cast.vera)).get(f"/settings/calendars/{made}")).text
    assert "The public holidays of 2027 were not published in full" in page
