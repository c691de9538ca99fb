"""The home page: what waits, how things are, what changed, for every role."""

import pytest
from litestar import Litestar

from portal.core import clock, db
from portal.home import blocks, queries, service
from tests import make
from tests.make import NOON, Cast
from tests.web import Browser


@pytest.mark.parametrize(
    "who", ["pia", "paul", "pam", "petra", "dora", "vera", "sam", "cleo", "milo", "faye", "audra", "ada"]
)
async def test_every_role_has_a_home(app: Litestar, cast: Cast, who: str) -> None:
    browser = await Browser.of(app, cast.everybody()[who])
    page = await browser.get("/")
    assert page.status_code == 200, page.text
    assert cast.everybody()[who].name.split()[0] in page.text
    assert (await browser.json("/api/v1/home")).status_code == 200


async def test_what_waits_for_a_partner_is_its_own(cast: Cast) -> None:
    await make.deal(cast.pia, state="info_requested", customer_name="Hofer Verpackung AG")
    await make.deal(cast.otto, state="info_requested", customer_name="Rival Customer")
    home = await service.home_of(cast.pia, now=NOON)
    assert [wait.title for wait in home.waits] == ["Hofer Verpackung AG: a question to answer"]


async def test_protection_that_ends_soon_is_named(cast: Cast) -> None:
    soon = await make.deal(cast.pia, state="approved", protected_until=NOON.replace(day=25), customer_name="Soon AG")
    await make.deal(cast.pia, state="approved", protected_until=NOON.replace(month=12, day=30))
    endings = await db.ask_alone(cast.pia, queries.endings_of(cast.pia, NOON))
    assert [ending.id for ending in endings] == [soon]


async def test_the_pipeline_chart_never_adds_up_currencies(cast: Cast) -> None:
    close = NOON.date().replace(month=12)
    for currency, amount in (("EUR", 100_00), ("EUR", 200_00), ("USD", 999_00)):
        await make.deal(cast.pia, state="approved", currency=currency, amount_minor=amount, expected_close_on=close)
    home = await service.home_of(cast.pia, now=NOON)
    chart = next(chart for chart in home.charts if chart.key == "pipeline")
    assert chart.unit == "EUR"
    assert "USD" in chart.sentence
    assert sum(sum(one["values"]) for one in chart.option["panels"][0]["series"]) == 300


def test_months_run_over_the_year() -> None:
    months = queries.months_back(clock.day_of(NOON, "UTC").replace(month=2), 4)
    assert [(month.year, month.month) for month in months] == [(2025, 11), (2025, 12), (2026, 1), (2026, 2)]


def test_nothing_waiting_is_said() -> None:
    assert blocks.waiting_line(0) == "nothing waits for you"
    assert blocks.waiting_line(1) == "1 thing waits for you"
