"""Valuations on a real database: made once for a sealed run, in the vendor's hands alone, and shown with their interval."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from litestar import Litestar

from attribution.value import queries
from attribution.value.rules import FitState
from attribution.value.running import value_in_background
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from tests import make
from tests.attribution.credits import world
from tests.make import NOON, TODAY, Cast
from tests.security.planting import unlocked
from tests.web import Browser


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)


@pytest.fixture
async def told(cast: Cast) -> dict[str, UUID]:
    """Three customers, a sealed run, and its valuation."""
    found = await world.story(cast)
    run = await world.run(cast.faye)
    await value_in_background(run.id)
    return {**found, "run": run.id}


async def test_a_sealed_run_is_valued_once(cast: Cast, told: dict[str, UUID]) -> None:
    await value_in_background(told["run"])
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM attribution_valuation") == 1
        assert await db.sql_value("SELECT count(*) FROM core_event WHERE name = 'valuation.made'") == 1
    found = await queries.find_newest(cast.faye)
    assert found is not None
    # Nobody bought twice, so nothing can be said of the future, and that is said.
    assert (found.state, found.customers, found.net.minor, found.expected) == (FitState.UNFIT, 3, 157_01, None)
    assert found.failure


async def test_every_party_has_its_part(cast: Cast, told: dict[str, UUID]) -> None:
    found = await queries.find_newest(cast.faye)
    assert found is not None
    parties = {one.key: (one.customers, one.net.minor) for one in await queries.list_parties(cast.faye, found)}
    assert parties == {
        str(cast.alpha): (1, 33_34), str(cast.omega): (2, 83_33), "marketing": (1, 33_34), "": (1, 7_00),
    }  # fmt: skip
    customer = await queries.find_customer(cast.faye, told["both"])
    assert customer is not None
    assert (customer.net.minor, customer.orders, customer.partner_ppb) == (100_01, 1, round(10**9 * 6667 / 10001))
    assert await queries.find_customer(cast.faye, told["run"]) is None


async def test_the_pages_show_it_and_the_list_has_every_customer(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    faye = await Browser.of(app, cast.faye)
    page = (await faye.get("/value")).text
    assert "€157.01" in page
    assert "cannot be reckoned from these purchases" in page
    assert "Both AG" in (await faye.get("/value/customers")).text
    items = (await faye.json("/api/v1/value/customers")).json()["items"]
    assert {item["value"]["minor"] if isinstance(item["value"], dict) else item["value"] for item in items}
    assert len(items) == 3
    assert (await faye.json("/api/v1/value")).json()["net"]["minor"] == 157_01
    assert told


async def test_before_the_first_the_page_says_what_to_do(app: Litestar, cast: Cast) -> None:
    faye = await Browser.of(app, cast.faye)
    assert "No customer is valued yet" in (await faye.get("/value")).text
    assert "No groups yet" in (await faye.get("/value/groups")).text
    assert (await faye.json("/api/v1/value")).status_code == 404


async def test_groups_have_a_page_and_each_leads_to_its_customers(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    """Three customers are too few for groups: the page says how many there are, and tells nothing of them apart."""
    faye = await Browser.of(app, cast.faye)
    page = (await faye.get("/value/groups")).text
    assert "Partners of too few customers, together" in page
    assert 'href="/value/customers?group=partner%3Afew"' in page
    assert "An association, not proof" in page
    items = (await faye.json("/api/v1/value/groups?tab=pattern")).json()["items"]
    assert [(one["name"], one["customers"], one["value"]) for one in items] == [("pattern:few", 3, None)]
    listed = (await faye.json("/api/v1/value/customers?group=partner:few")).json()["items"]
    assert {one["customer"] for one in listed} == {"Both AG", "Alone GmbH"}
    exported = await faye.get("/value/groups/export/csv?tab=tier")
    assert "Tiers of too few customers, together" in exported.text
    assert told


async def test_a_group_tells_how_healthy_its_customers_are_today(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    """The mean of those of whom enough is known; of fewer than five nothing is told."""
    assert told
    for key, scores in (("sell", (10, 30, 71, 72, 73, None)), ("build", (10, 20, 30, 40, None))):
        await grouped(key, scores)
    faye = await Browser.of(app, cast.faye)
    items = (await faye.json("/api/v1/value/groups?tab=motion")).json()["items"]
    found = {one["name"]: (one["health"], one["at_risk"], one["scored"]) for one in items}
    assert found["motion:sell"] == (51, "0.400000", 5)
    assert found["motion:build"] == (None, None, None)


async def grouped(motion: str, scores: Sequence[int | None]) -> None:
    """Customers of the newest valuation that somebody touched in this motion, with these scores of health."""
    async with db.transaction(SYSTEM):
        valuation = await db.sql_value("SELECT id FROM attribution_valuation")
        await db.sql(
            "INSERT INTO attribution_group_value (id, valuation, dimension, key, customers, net_minor, median_minor,"
            " value_minor, due) VALUES (gen_random_uuid(), $1, 'motion', $2, $3, 0, 0, 0, 0)",
            valuation, motion, len(scores),
        )  # fmt: skip
    for score in scores:
        account = await make.account()
        level = "unknown" if score is None else "at_risk" if score < 40 else "good"
        async with db.transaction(SYSTEM):
            await db.sql(
                "INSERT INTO attribution_customer_value (id, valuation, account, orders, first_on, last_on, net_minor,"
                " value_minor, partner_ppb, groups) VALUES (gen_random_uuid(), $1, $2, 1, $3, $3, 0, 0, 0, $4)",
                valuation, account, TODAY, [f"motion:{motion}"],
            )  # fmt: skip
            await db.sql(
                "INSERT INTO attribution_health (id, account, score, rank, level, facts, as_of, reckoned_at)"
                " VALUES ($1, $1, $2, coalesce($2, 101), $3, '{}', $4, $5)",
                account, score, level, TODAY, NOON,
            )  # fmt: skip


async def test_a_partner_s_group_is_called_by_its_name_and_another_by_nothing(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    faye = await Browser.of(app, cast.faye)
    names = (await faye.get(f"/value/customers?group=partner:{cast.alpha}")).text
    assert "Alpha" in names
    for wrong in ("partner:", "partner:x", f"partner:{told['run']}"):
        assert (await faye.get(f"/value/customers?group={wrong}")).status_code == 200


async def test_an_older_valuation_without_groups_says_what_to_do(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    assert told
    async with unlocked(["attribution_group_value"]) as held:
        await held.execute("DELETE FROM attribution_group_value")
    assert "No groups yet" in (await (await Browser.of(app, cast.faye)).get("/value/groups")).text


@pytest.mark.security
async def test_no_partner_sees_any_of_it(app: Litestar, cast: Cast, told: dict[str, UUID]) -> None:
    pia = await Browser.of(app, cast.pia)
    for path in ("/value", "/value/customers", "/value/groups", f"/journeys/{await world.event_of(told['both'])}"):
        assert (await pia.get(path)).status_code in {403, 404}
    with pytest.raises(NotAllowed):
        await queries.find_newest(cast.pia)
    with pytest.raises(NotAllowed):
        await queries.find_customer(cast.pia, told["both"])


async def test_a_customer_s_page_tells_what_it_is_worth_to_who_reads_revenue(
    app: Litestar, cast: Cast, told: dict[str, UUID]
) -> None:
    both = told["both"]
    event = await world.event_of(both)
    faye = (await (await Browser.of(app, cast.faye)).get(f"/partners/accounts/{both}")).text
    assert "Brought so far" in faye
    assert f"/journeys/{event}" in faye
    sam = (await (await Browser.of(app, cast.sam)).get(f"/partners/accounts/{both}")).text
    assert "Brought so far" not in sam
    assert f"/journeys/{event}" in sam
    ada = (await (await Browser.of(app, cast.ada)).get(f"/partners/accounts/{both}")).text
    assert f"/journeys/{event}" not in ada
