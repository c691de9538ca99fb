"""The home page: what waits, how things are, what changed, for every role."""

from dataclasses import replace
from datetime import timedelta

import pytest
from litestar import Litestar

from partners.deals import amending, extending, revoking
from partners.deals import queries as deals
from partners.deals.rules import Line
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role, Side
from portal.home import blocks, queries, service
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import collided
from tests.partners.stand import tiers
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


async def test_what_is_asked_about_running_deals_waits_for_the_partners_manager(app: Litestar, cast: Cast) -> None:
    await tiers()
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    until = NOON + timedelta(days=90)
    longer = await make.deal(cast.pia, state="approved", protected_until=until, customer_name="Longer AG")
    other = await make.deal(cast.pia, state="approved", protected_until=until, customer_name="Other AG")
    await extending.request_extension(cast.pia, longer, 10, "The budget comes in May.", now=NOON - timedelta(days=2))
    proposal = amending.Proposal((), NOON.date(), "Sooner.")
    lines = (Line(await make.product(), 3, 100_00),)
    await amending.propose_amendment(cast.pia, other, replace(proposal, lines=lines), now=NOON - timedelta(days=1))
    home = await service.home_of(cast.vera, now=NOON)
    assert [(wait.title, wait.action_href) for wait in home.waits] == [
        ("Longer AG: a longer protection is asked for", f"/partners/deals/{longer}"),
        ("Other AG: an amendment is proposed", f"/partners/deals/{other}"),
    ]
    assert [wait.at for wait in home.waits] == [NOON - timedelta(days=2), NOON - timedelta(days=1)]
    assert (home.waiting, await deals.count_waiting(cast.vera)) == (2, 2)
    vera = await Browser.of(app, cast.vera)
    rows = (await vera.json("/api/v1/partners/deals?tab=waits")).json()["items"]
    assert {row["id"] for row in rows} == {str(longer), str(other)}
    await extending.decide_extension(cast.vera, longer, "grant", now=NOON)
    assert [wait.title for wait in (await service.home_of(cast.vera, now=NOON)).waits] == [
        "Other AG: an amendment is proposed"
    ]
    assert all("Other AG" not in wait.title for wait in (await service.home_of(cast.sam, now=NOON)).waits)


async def test_what_needs_a_second_person_and_what_several_claim_waits_there_too(cast: Cast) -> None:
    mara = await make.person("Mara Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
    deal = await make.deal(cast.pia, state="approved", customer_name="Back AG")
    await revoking.request_revocation(mara, deal, "other", "They withdrew.", now=NOON)
    assert [wait.text for wait in (await service.home_of(cast.vera, now=NOON)).waits] == [
        f"Revoke the approval of {(await deals.get_record(cast.vera, deal)).number} Back AG"
    ]
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", mara.membership_id, cast.alpha)
    await collided(cast)
    seen = {wait.title: wait.action_href for wait in (await service.home_of(mara, now=NOON)).waits}
    assert seen["1 conflict to decide"] == "/partners/conflicts?tab=mine"
    assert all("conflict" not in wait.title for wait in (await service.home_of(cast.pia, now=NOON)).waits)


async def test_what_is_too_much_for_the_page_is_counted_and_linked(cast: Cast) -> None:
    for _number in range(8):
        await make.deal(cast.pia, state="info_requested")
    home = await service.home_of(cast.pia, now=NOON)
    assert (len(home.waits), home.waiting) == (6, 8)
    assert home.more == [("All 8 deals that wait for you", "/partners/deals?tab=answer")]


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
