"""Snapshots: what is in them, once a day, never changed, each partner's own; and what moved since, on real rows."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.deals import service as deals
from partners.deals.rules import OPEN_STAGES
from partners.deals.service import Said
from partners.deals.states import Stage
from partners.forecast import queries, reactions, rules, service
from partners.forecast.lists import KEPT
from partners.forecast.queries import Asked
from partners.forecast.rules import Became, Move, Moved
from partners.forecast.service import Stood
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.core.web.lists import list_items
from tests import make
from tests.make import NOON, TODAY, Cast

WEEK = timedelta(days=7)
ASKED = Asked("EUR", TODAY)


async def kept() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql(
            "SELECT f.*, s.taken_on FROM partners_forecast_deal f JOIN partners_forecast_snapshot s"
            " ON s.id = f.snapshot ORDER BY s.taken_on, f.amount_minor, f.id"
        )


async def test_a_snapshot_holds_the_open_deals_and_what_each_weighs(cast: Cast) -> None:
    for state in ("draft", "rejected", "withdrawn", "expired"):
        await make.deal(cast.pia, state=state, reject_code="other" if state == "rejected" else "")
    await make.deal(cast.pia, state="approved", stage="won", closed_at=NOON)
    await make.deal(cast.pia, state="submitted", stage="lost", closed_at=NOON)
    day = date(2026, 12, 24)
    first = await make.deal(cast.pia, state="submitted", quantity=1, price=333, stage="proposal", expected_close_on=day)
    second = await make.deal(cast.otto, state="approved", quantity=1, price=1_000, stage="negotiation")
    assert await service.take_snapshot(now=NOON) == 2
    one, other = await kept()
    assert (one["deal"], one["partner_id"], one["stage"], one["currency"]) == (first, cast.alpha, "proposal", "EUR")
    assert (one["amount_minor"], one["weighted_minor"], one["expected_close_on"]) == (333, 167, day)
    assert (other["deal"], other["partner_id"], other["weighted_minor"]) == (second, cast.omega, 750)
    async with db.transaction(SYSTEM):
        events = await db.sql("SELECT name, audience, changes FROM core_event WHERE name LIKE 'forecast.%'")
    assert [(e["name"], e["audience"], e["changes"]) for e in events] == [
        ("forecast.taken", "vendor", '{"count": [null, 2]}')
    ]


async def test_a_day_has_one_snapshot_whoever_asks_again(cast: Cast) -> None:
    await make.deal(cast.pia, state="submitted")
    assert await service.take_snapshot(now=NOON) == 1
    await make.deal(cast.pia, state="submitted")
    assert await service.take_snapshot(now=NOON + timedelta(hours=3)) is None
    assert await service.keep_past_snapshot(NOON, []) is None
    assert len(await kept()) == 1


async def test_the_job_takes_one_a_week_and_makes_up_for_what_it_missed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make.deal(cast.pia, state="submitted")
    for days in (0, 1, 4, 12, 13, 19):
        monkeypatch.setattr(clock, "now", lambda days=days: NOON + timedelta(days=days))
        await reactions.take_weekly()
        await reactions.take_weekly()
    taken = [row["taken_on"] for row in await kept()]
    assert taken == [TODAY, TODAY + timedelta(days=12), TODAY + timedelta(days=19)]


@pytest.mark.security
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
@pytest.mark.parametrize("table", ["partners_forecast_deal", "partners_forecast_snapshot"])
async def test_what_was_kept_never_changes(cast: Cast, table: str, statement: str) -> None:
    await make.deal(cast.pia, state="submitted")
    await service.take_snapshot(now=NOON)
    with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
        async with db.transaction(SYSTEM):
            await db.sql(statement.format(table=table))
    # The owner too, whom neither rights nor policies hold back.
    await db.ENGINE.held.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    await db.ENGINE.held.execute("SAVEPOINT before")
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await db.ENGINE.held.execute(statement.format(table=table))
    await db.ENGINE.held.execute("ROLLBACK TO before")
    await db.ENGINE.held.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


@pytest.mark.security
async def test_a_partner_reads_its_own_rows_alone_and_writes_none(cast: Cast) -> None:
    await make.deal(cast.pia, state="submitted")
    await make.deal(cast.otto, state="submitted")
    await service.take_snapshot(now=NOON)
    for actor, seen in ((cast.pia, {cast.alpha}), (cast.otto, {cast.omega}), (cast.vera, {cast.alpha, cast.omega})):
        async with db.transaction(actor):
            rows = await db.sql("SELECT partner_id FROM partners_forecast_deal")
        assert {row["partner_id"] for row in rows} == seen
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("INSERT INTO partners_forecast_deal SELECT * FROM partners_forecast_deal")


async def test_what_moved_since_the_snapshot(cast: Cast) -> None:
    """One deal of each fate: 1,000.00 each at a tenth, but for what is said."""
    tenth: dict[str, Any] = {
        "price": 1_000_00,
        "quantity": 1,
        "state": "approved",
        "expected_close_on": date(2026, 12, 1),
    }
    ids = [await make.deal(cast.pia, **tenth) for _ in range(6)]
    won, lost, gone, staged, valued, slipped = ids
    await make.deal(cast.pia, **tenth)
    await make.deal(cast.pia, **tenth, currency="USD")
    await service.take_snapshot(now=NOON)
    later = NOON + timedelta(days=1)
    await deals.set_stage(cast.pia, won, "win", now=later)
    await deals.set_stage(cast.pia, lost, "lose", now=later, said=Said(code="price"))
    await deals.set_stage(cast.pia, staged, "propose", now=later)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET state = 'expired' WHERE id = $1", gone)
        await db.sql("UPDATE partners_deal SET amount_minor = 150000 WHERE id = $1", valued)
        await db.sql("UPDATE partners_deal SET expected_close_on = '2027-01-20' WHERE id = $1", slipped)
    await make.deal(cast.pia, **tenth, submitted_at=later)
    await make.deal(cast.pia, **tenth | {"state": "draft"})
    for actor, asked in ((cast.pia, ASKED), (cast.vera, ASKED), (cast.vera, Asked("EUR", TODAY, cast.alpha))):
        found = await queries.get_movement(actor, asked)
        assert rules.moves_of(found.groups) == {
            Move.THEN: Moved(7, 7_000_00, 700_00),
            Move.NEW: Moved(1, 1_000_00, 100_00),
            Move.WON: Moved(1, -1_000_00, -100_00),
            Move.LOST: Moved(1, -1_000_00, -100_00),
            Move.GONE: Moved(1, -1_000_00, -100_00),
            Move.STAGE: Moved(1, 0, 400_00),
            Move.AMOUNT: Moved(1, 500_00, 50_00),
            Move.WEIGHT: Moved(0, 0, 0),
            Move.NOW: Moved(5, 5_500_00, 950_00),
            Move.LATER: Moved(1, 1_000_00, 100_00),
            Move.SOONER: Moved(0, 0, 0),
        }
    assert [one.weighted_now for one in (await queries.get_movement(cast.vera, ASKED)).partners] == [950_00]
    assert (await queries.get_movement(cast.pia, ASKED)).partners == []
    assert (await queries.get_movement(cast.otto, ASKED)).groups == []
    assert (await queries.get_movement(cast.vera, Asked("EUR", TODAY, cast.omega))).groups == []


async def test_a_deal_in_another_currency_now_is_no_longer_followed(cast: Cast) -> None:
    won = await make.deal(cast.pia, state="approved")
    still_open = await make.deal(cast.pia, state="approved")
    await service.take_snapshot(now=NOON)
    await deals.set_stage(cast.pia, won, "win", now=NOON)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET currency = 'USD' WHERE id = any($1::uuid[])", [won, still_open])
    moved = rules.moves_of((await queries.get_movement(cast.pia, ASKED)).groups)
    assert (moved[Move.GONE].count, moved[Move.WON].count, moved[Move.NOW].count) == (2, 0, 0)
    dollars = rules.moves_of((await queries.get_movement(cast.pia, Asked("USD", TODAY))).groups)
    assert (dollars[Move.NEW].count, dollars[Move.NOW].count) == (1, 1)
    async with db.transaction(cast.pia):
        listed = await list_items(KEPT, cast.pia, {"taken": TODAY.isoformat(), "became": "gone"}, now=NOON)
    assert len(listed["items"]) == 2


async def test_without_a_snapshot_all_is_new(cast: Cast) -> None:
    await make.deal(cast.pia, state="submitted")
    (group,) = (await queries.get_movement(cast.pia, Asked("EUR", None))).groups
    assert (group.became, group.count) == (Became.NEW, 1)


async def test_a_month_is_held_against_the_snapshot_four_weeks_before_its_end(cast: Cast) -> None:
    """For October: the snapshot of 4 October at the latest, none of before 28 September."""
    deal = await make.deal(cast.pia, state="approved", stage="won", closed_at=NOON - timedelta(days=31), price=800_00)
    other = await make.deal(cast.otto, state="approved")
    expected = date(2026, 10, 20)
    for day, amount in ((date(2026, 9, 27), 1), (date(2026, 9, 28), 40_00), (date(2026, 10, 5), 3)):
        at = clock.start_of(day, "UTC") + timedelta(hours=12)
        stood = [
            Stood(deal, cast.alpha, Stage.PROPOSAL, "EUR", amount, expected),
            Stood(other, cast.omega, Stage.PROPOSAL, "EUR", 500_00, expected),
        ]
        assert await service.keep_past_snapshot(at, stood) == 2
    (found,) = await queries.list_months(cast.pia, ASKED, date(2026, 10, 1), date(2026, 10, 1))
    assert (found.taken_on, found.forecast_minor, found.won_minor) == (date(2026, 9, 28), 20_00, 8_000_00)
    (all_of_it,) = await queries.list_months(cast.vera, ASKED, date(2026, 10, 1), date(2026, 10, 1))
    assert all_of_it.forecast_minor == 270_00
    (november,) = await queries.list_months(cast.pia, ASKED, date(2026, 11, 1), date(2026, 11, 1))
    assert (november.taken_on, november.forecast_minor, november.won_minor) == (None, None, 0)


async def test_who_may_not_read_deals_reads_no_forecast(cast: Cast) -> None:
    for read in (queries.get_offered(cast.pam), queries.get_movement(cast.pam, ASKED)):
        with pytest.raises(NotAllowed):
            await read


async def test_what_can_be_chosen(cast: Cast) -> None:
    assert (await queries.get_offered(cast.pia)).currencies == []
    for currency in ("USD", "EUR", "EUR"):
        await make.deal(cast.pia, state="submitted", currency=currency)
    await service.take_snapshot(now=NOON - WEEK)
    await service.take_snapshot(now=NOON)
    offered = await queries.get_offered(cast.vera, cast.alpha)
    assert (offered.days, offered.currencies) == ([TODAY, TODAY - WEEK], ["EUR", "USD"])
    assert offered.partner_name == "Alpha Systemhaus GmbH"
    assert (await queries.get_offered(cast.otto)).currencies == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**13), st.sampled_from(OPEN_STAGES)), min_size=1, max_size=50))
async def test_the_database_weighs_as_the_rules_do(cast: Cast, deals_: list[tuple[int, Stage]]) -> None:  # noqa: ARG001 -- the database
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            f"SELECT {queries.weighted_sql('amount', 'stage')} AS weighted FROM"
            " unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS t(amount, stage, place) ORDER BY place",
            [amount for amount, _stage in deals_], [stage.value for _amount, stage in deals_],
        )  # fmt: skip
    assert [row["weighted"] for row in rows] == [rules.weighted_minor(*one) for one in deals_]
