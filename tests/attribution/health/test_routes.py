"""The pages and API of health: the worst first, each term in words, and nothing for partners and other roles."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from litestar import Litestar

from attribution.health import queries
from attribution.health.queries import Standing
from attribution.health.rules import Level
from attribution.health.running import reckon_all
from attribution.lifecycle.service import derive_accounts
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.web import Browser


@pytest.fixture
async def told(cast: Cast) -> dict[str, UUID]:
    """A customer that is well, one that fell silent, and one of which little is known."""
    found = {}
    product = await make.product()
    for name, quiet in (("Well", 0), ("Silent", 250), ("New", 0)):
        account = found[name] = await make.account(f"{name} AG")
        for ago in (230, 130, 30) if name != "New" else (30,):
            day = TODAY - timedelta(days=ago + quiet)
            when = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            await make.revenue(account, product, 100_00, ordered_on=day, occurred_at=when, partner=cast.alpha)
        if name != "New":
            await make.signals(account)
    await derive_accounts(SYSTEM, now=NOON)
    await reckon_all(SYSTEM, now=NOON)
    return found


async def test_the_list_has_the_lowest_first_and_the_unknown_last(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    cleo = await Browser.of(app, cast.cleo)
    page = (await cleo.get("/customer-health")).text
    assert page.index("Silent AG") < page.index("Well AG") < page.index("New AG")
    assert "it does not prove that somebody will leave" in page
    items = (await cleo.json("/api/v1/customer-health")).json()["items"]
    assert [(one["customer"], one["score"], one["level"]) for one in items] == [
        ("Silent AG", 46, "watch"), ("Well AG", 78, "good"), ("New AG", None, "unknown"),
    ]  # fmt: skip
    assert "Silent AG" not in (await cleo.get("/customer-health?tab=good")).text
    assert "Well AG" in (await cleo.get(f"/customer-health?partner={cast.alpha}")).text
    assert "Well AG" not in (await cleo.get(f"/customer-health?partner={cast.omega}")).text
    exported = (await cleo.get("/customer-health/export/csv")).text
    assert "Satisfaction" in exported
    assert told


async def test_a_customers_page_says_each_term_in_words(app: Litestar, cast: Cast, told: dict[str, UUID]) -> None:
    cleo = await Browser.of(app, cast.cleo)
    page = (await cleo.get(f"/customer-health/{told['Silent']}")).text
    for said in (
        "280 days since the last order or payment; 100 days usually lie between its orders.",
        "40 of 80 paid for are used.",
        "Open: 1 × High severity. The oldest for 0 days.",
        "1 answer, the newest 0 days old.",
        "Too few touches with its people before to say what is usual.",
        "Said in confidence",
        "not known",
    ):
        assert said in page
    one = (await cleo.json(f"/api/v1/customer-health/{told['Silent']}")).json()
    assert (one["score"], one["terms"]["recency"]["score"], one["terms"]["engagement"]["score"]) == (46, 10, None)
    assert (len(one["months"]), one["months"][-1]["score"]) == (13, 46)
    assert (await cleo.get(f"/customer-health/{cast.alpha}")).status_code == 404


async def test_the_customers_own_page_has_its_score(app: Litestar, cast: Cast, told: dict[str, UUID]) -> None:
    path = f"/partners/accounts/{told['Well']}"
    page = (await (await Browser.of(app, cast.cleo)).get(path)).text
    assert f'href="/customer-health/{told["Well"]}"' in page
    assert "40 of 80 paid for are used." in page
    for actor in (cast.sam, cast.ada):
        assert "paid for are used" not in (await (await Browser.of(app, actor)).get(path)).text


async def test_without_any_the_list_says_which_file_to_import(app: Litestar, cast: Cast) -> None:
    vera = (await (await Browser.of(app, cast.vera)).get("/customer-health")).text
    assert "No customer&#39;s health is known yet" in vera
    assert "/imports/new" in vera
    assert 'href="/imports/new"' not in (await (await Browser.of(app, cast.cleo)).get("/customer-health")).text


async def test_others_build_on_scores_and_levels(cast: Cast, told: dict[str, UUID]) -> None:
    found = await queries.list_standings(cast.vera)
    assert found == {
        told["Well"]: Standing(78, Level.GOOD),
        told["Silent"]: Standing(46, Level.WATCH),
        told["New"]: Standing(None, Level.UNKNOWN),
    }
    assert await queries.list_standings(cast.vera, [told["Well"]]) == {told["Well"]: Standing(78, Level.GOOD)}


@pytest.mark.security
async def test_no_partner_reads_any_of_it(app: Litestar, cast: Cast, told: dict[str, UUID]) -> None:
    for actor in (cast.pia, cast.paul, cast.dora, cast.sam):
        browser = await Browser.of(app, actor)
        for path in ("/customer-health", f"/customer-health/{told['Well']}", "/customer-health/export/csv"):
            assert (await browser.get(path)).status_code in {403, 404}
        for read in (
            queries.find_health(actor, told["Well"]), queries.list_months(actor, told["Well"]),
            queries.list_standings(actor),
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                await read
        with pytest.raises(NotAllowed):
            queries.signals_of(actor, told["Well"])
