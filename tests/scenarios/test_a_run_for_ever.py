"""A run of last month is reproduced to the bit, whatever came after it; and the next one says what moved and why."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attribution.credits import contrast, queries, running
from attribution.credits.queries import RunView
from attribution.credits.rules import Dimension
from attribution.touchpoints.rules import Decision
from partners.merging import service as merging
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.invariants import run_all
from tests import make
from tests.attribution.credits import world
from tests.make import NOON, TODAY, Cast

LATER = NOON + timedelta(days=30)


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)


async def is_the_same(run: RunView) -> bool:
    """Reckoned again, the same to the bit; and what is stored is still what was sealed."""
    found = await running.reproduce(run.id)
    stored = await queries.get_run(SYSTEM, run.id)
    return found.same and stored == run


async def test_new_data_merges_decisions_and_an_undo_change_nothing_of_a_sealed_run(cast: Cast) -> None:
    told = await world.story(cast)
    october = await world.run(cast.faye)
    before = await world.shares(october.id, await world.event_of(told["both"]))

    # A month of life goes on: touches, an order, a credit note, a decision, a merge, an unknown person recognised.
    await world.touch(told["both"], 2, cast.alpha)
    invoice = await world.order(told["nobody"], 30_00, 2)
    product = await make.product()
    await make.revenue(told["nobody"], product, -5_00, kind="credit_note", parent=invoice, occurred_at=NOON)
    await world.decide(cast, told["omega"], Decision.REJECTED, NOON)
    await merging.merge_accounts(cast.vera, told["alone"], told["nobody"], now=NOON)
    await world.derive(told["both"], told["alone"], told["nobody"])
    assert await is_the_same(october)
    november = await world.run(cast.faye, now=LATER)
    assert november.number.startswith("R-2026-12-18")
    assert november.value.minor == 100_01 + 50_00 + 7_00 + 30_00 - 5_00
    moved, difference = await contrast.compare_runs(
        cast.audra, october, november, november.paying_model, Dimension.PARTY
    )
    assert difference.touches == {"added": 1, "decided": 1, "moved": 1}
    # The merged customer's events are others; what they are worth together has grown by the new order alone.
    assert sum(change.value_minor for change in difference.events.values()) == 25_00
    assert sum(row.difference.minor for row in moved) == 25_00

    # The merge is undone, and the decision taken back: the third run is a third answer, the first two stand.
    async with db.transaction(SYSTEM):
        alias = await db.sql_value("SELECT id FROM partners_account_alias WHERE undone_at IS NULL")
    await merging.undo_merge(cast.vera, alias, now=LATER)
    await world.decide(cast, told["omega"], Decision.APPROVED, LATER)
    await world.derive(told["alone"], told["nobody"])
    third = await world.run(cast.faye, now=LATER + timedelta(days=1))
    assert await is_the_same(october)
    assert await is_the_same(november)
    _moved, difference = await contrast.compare_runs(cast.audra, october, third, third.paying_model, Dimension.PARTY)
    assert difference.touches == {"added": 1}
    assert await world.shares(october.id, await world.event_of(told["both"])) == before
    assert [
        (one.name, count) for one, count in await run_all(cast.audra) if count and one.name.startswith("runs.")
    ] == []


async def test_what_is_observed_until_a_day_is_the_same_whenever_it_is_asked_for(cast: Cast) -> None:
    told = await world.story(cast)
    until = datetime(2026, 11, 18, 22, tzinfo=UTC)
    first = await world.run(cast.faye, now=LATER, until=until)
    await make.touchpoint(told["both"], occurred_at=LATER - timedelta(days=3))
    await make.revenue(told["both"], await make.product(), 9_00, ordered_on=TODAY + timedelta(days=20))
    await world.derive(told["both"], now=LATER)
    second = await world.run(cast.faye, now=LATER, until=until)
    assert (second.touches_sha256, second.events_sha256) == (first.touches_sha256, first.events_sha256)
    assert (second.inputs_sha256, second.outputs_sha256) == (first.inputs_sha256, first.outputs_sha256)
    assert second.number != first.number
