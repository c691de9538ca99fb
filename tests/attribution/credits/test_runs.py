"""Runs end to end on a real database: frozen, reckoned in another process, stored, checked, sealed, reproduced."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pyarrow import parquet  # type: ignore[import-untyped]  # it has no annotations

from attribution.credits import freezing, queries, running, service, store, storing
from attribution.credits.invariants import INVARIANTS
from attribution.credits.reckoning import Task, reckon
from attribution.credits.rules import Dimension, RunState
from attribution.credits.settings import DEFAULT, KEY
from attribution.credits.summing import Unbalanced
from attribution.credits.wording import failure_words
from attribution.touchpoints.rules import Decision
from partners.merging import service as merging
from portal.approvals import service as approvals
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.policies import service as policies
from tests import make
from tests.attribution.credits import world
from tests.attribution.credits.world import decide
from tests.make import NOON, TODAY, Cast


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)


async def broken() -> list[str]:
    async with db.transaction(SYSTEM):
        return [one.name for one in INVARIANTS if await db.sql(one.sql)]


async def test_every_cent_of_revenue_is_credited_under_every_model(cast: Cast) -> None:
    told = await world.story(cast)
    run = await world.run(cast.faye)
    assert run.state is RunState.SEALED, run.failure
    assert (run.value.minor, run.lost.minor, run.counts["events"]) == (157_01, 0, 3)
    for by in Dimension:
        figures = await queries.list_figures(cast.faye, run.id, by)
        for model in run.models:
            assert sum(world.by_key(figures, model).values()) == 157_01, (by, model)
    alpha, omega = str(cast.alpha), str(cast.omega)
    assert await world.shares(run.id, await world.event_of(told["both"])) == {
        "marketing": 33_34, alpha: 33_34, omega: 33_33,
    }  # fmt: skip
    figures = await queries.list_figures(cast.faye, run.id, Dimension.PARTY)
    assert world.by_key(figures, "first") == {"marketing": 100_01, omega: 50_00, "": 7_00}
    assert world.by_key(figures, "last") == {omega: 150_01, "": 7_00}
    channels = await queries.list_figures(cast.faye, run.id, Dimension.CHANNEL)
    assert world.by_key(channels, "first") == {"marketing/social": 100_01, "partner": 50_00, "": 7_00}
    assert await broken() == []


async def test_a_sealed_run_is_reproduced_to_the_bit(cast: Cast) -> None:
    await world.story(cast)
    run = await world.run(cast.faye)
    found = await running.reproduce(run.id)
    assert found.same
    assert found.outputs_sha256 == run.outputs_sha256


async def frozen(run: queries.RunView) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of both frozen files."""
    paths = (store.find(run.touches_sha256), store.find(run.events_sha256))
    touches, events = (parquet.read_table(path).to_pylist() for path in paths)
    return touches, events


async def test_touches_are_frozen_as_they_are_known_now(cast: Cast) -> None:
    account, other = await make.account(), await make.account()
    card = await make.card(cast.pia, account_id=account)
    direct = await world.touch(account, 30, kind="lead")
    by_card = await world.touch(None, 20, cast.alpha, visitor=f"card:{card}", kind="registration", precision="day")
    claimed = await world.touch(account, 10, cast.omega, motion="influence")
    stranger = await world.touch(None, 9, visitor="v-9", node=await make.source_node("sales/call"))
    merged = await world.touch(other, 8, node=await make.source_node("partner"))
    await decide(cast, claimed, Decision.CLAIMED)
    await merging.merge_accounts(cast.vera, other, account, now=NOON)
    touches, _events = await frozen(await world.run(cast.faye))
    found = {UUID(bytes=one["touchpoint"]): one for one in touches}
    assert [found[id_]["account_id"] for id_ in (direct, by_card, claimed, merged)] == [str(account)] * 4
    assert found[stranger]["account_id"].startswith("visitor:")
    assert "v-9" not in found[stranger]["account_id"], "who asked to be forgotten is not in a file for ever"
    assert [found[id_]["counts"] for id_ in (direct, by_card, claimed)] == [True, True, False]
    assert (found[direct]["kind"], found[by_card]["kind"]) == ("lead_created", "deal_created")
    assert (found[by_card]["party"], found[by_card]["channel"]) == (str(cast.alpha), "partner")
    assert (found[stranger]["party"], found[stranger]["channel"]) == ("sales", "sales/call")
    assert (found[merged]["party"], found[merged]["channel"]) == ("unmapped", "partner")
    assert found[by_card]["by_day"]
    assert [one["touchpoint_id"] for one in touches] == sorted(one["touchpoint_id"] for one in touches)


async def test_amounts_are_exchanged_at_the_rate_of_their_day_which_is_kept(cast: Cast) -> None:
    account = await make.account()
    day = TODAY - world.DAY
    await world.rate(day - world.DAY, "USD", "1.0853")
    await world.order(account, 108_53, currency="USD")
    await world.derive(account)
    run = await world.run(cast.faye)
    assert (run.value.minor, run.currency) == (100_00, "EUR")
    _touches, [event] = await frozen(run)
    assert (event["original_minor"], event["original_currency"]) == (108_53, "USD")
    assert (event["given_day"], event["given_per_euro"]) == (day - world.DAY, "1.0853")
    assert (event["taken_day"], event["taken_per_euro"]) == (day, "1")


async def test_without_a_rate_it_fails_in_words_and_stores_nothing(cast: Cast) -> None:
    account = await make.account()
    await world.order(account, 100_00, currency="USD")
    await world.derive(account)
    run = await world.run(cast.faye)
    assert run.state is RunState.FAILED
    assert run.failure == {"code": "no_rate", "currency": "USD", "day": (TODAY - world.DAY).isoformat()}
    assert "There is no rate of USD on" in failure_words(run.failure)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM attribution_run_sum") == 0
    assert await broken() == []


async def test_what_the_engine_refuses_is_said_and_not_tried_again(cast: Cast) -> None:
    account = await make.account()
    await world.order(account, 10**15 + 1)
    await world.derive(account)
    run = await world.run(cast.faye)
    assert run.state is RunState.FAILED
    assert failure_words(run.failure) == (
        "The inputs cannot be reckoned: A value is beyond 1,000,000,000,000,000 minor units."
    )


async def test_losses_are_credited_apart_and_never_netted(cast: Cast) -> None:
    account = await make.account()
    product = await make.product()
    long_ago = 700
    await world.touch(account, 720, cast.alpha)
    await world.touch(account, 650, cast.omega, motion="service")
    await world.order(account, 500_00, long_ago, product=product)
    await world.derive(account)
    run = await world.run(cast.faye)
    assert run.value.minor == 500_00
    assert run.lost.minor == -500_00, "what a dormant customer brought in its last year"
    kinds = {one.kind: one.value_minor for one in await queries.list_kinds(cast.faye, run.id)}
    assert kinds == {"new_logo": 500_00, "churn": -500_00}
    async with db.transaction(SYSTEM):
        lost = await db.sql("SELECT key, value_minor FROM attribution_run_credit WHERE event_kind = 'churn'")
    assert [(row["key"], row["value_minor"]) for row in lost] == [(str(cast.omega), -500_00)]
    assert await broken() == []


async def test_a_run_of_nothing_is_sealed_too(cast: Cast) -> None:
    run = await world.run(cast.faye)
    assert (run.state, run.value.minor, run.counts["events"]) == (RunState.SEALED, 0, 0)
    assert await broken() == []


INSERTED = (
    "INSERT INTO attribution_run_credit (run, event, event_kind, period, key, share_ppb, value_minor)"
    " SELECT run, event, event_kind, period, key, share_ppb, value_minor FROM attribution_run_credit"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attribution_run SET value_minor = 1",
        "DELETE FROM attribution_run",
        "UPDATE attribution_run_sum SET value_minor = 1",
        "DELETE FROM attribution_run_credit",
        INSERTED,
    ],
)
async def test_nothing_of_a_sealed_run_can_be_changed(cast: Cast, statement: str) -> None:
    await world.story(cast)
    await world.run(cast.faye)
    with pytest.raises(asyncpg.PostgresError, match=r"sealed|append-only|permission denied"):
        async with db.transaction(SYSTEM):
            await db.sql(statement)


async def test_rows_that_do_not_add_up_are_never_sealed(cast: Cast) -> None:
    """The check in the database is the last one: here one cent is added to what was reckoned."""
    await world.story(cast)
    run_id = await service.request_run(cast.faye, now=NOON, in_background=False)
    with store.workshop() as place:
        frozen_files = await freezing.freeze(place, NOON, "EUR")
        async with db.transaction(SYSTEM):
            await db.sql(
                "UPDATE attribution_run SET state = 'computing', inputs_sha256 = $2, value_minor = $3 WHERE id = $1",
                run_id, "0" * 64, frozen_files.value_minor,
            )  # fmt: skip
        task = Task(store.find(frozen_files.touches_sha256), store.find(frozen_files.events_sha256), place, DEFAULT,
                    2**62)  # fmt: skip
        found = reckon(task, lambda *_: None)
        lines = (place / "paying.csv").read_text().splitlines()
        head, _, minor = lines[0].rpartition(",")
        (place / "paying.csv").write_text("\n".join([f"{head},{int(minor) + 1}", *lines[1:]]) + "\n")
        with pytest.raises(Unbalanced, match="sums are what the rows say"):
            await storing.seal(run_id, "0" * 64, place, found, now=NOON)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM attribution_run_credit") == 0


async def test_a_run_that_changed_its_bits_is_not_reproduced(cast: Cast, tmp_path: Path) -> None:
    await world.story(cast)
    run = await world.run(cast.faye)
    path = store.place(run.touches_sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(store.MissingFile):
        await running.reproduce(run.id)
    world.keep_files_in(tmp_path / "elsewhere")
    with pytest.raises(store.MissingFile):
        await running.reproduce(run.id)


async def test_the_month_begins_with_one_run_of_the_month_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 14, 15, tzinfo=UTC))
    await service.request_monthly()
    await service.request_monthly()
    [run] = await queries.list_runs(cast.faye)
    assert run.observed_until == clock.start_of(date(2026, 12, 1), formats.time_zone().key)
    assert (run.number, run.state) == ("R-2026-12-01", RunState.QUEUED)


async def test_only_who_may_asks_for_runs_and_reads_them(cast: Cast) -> None:
    for name in ("milo", "audra", "ada", "pia"):
        with pytest.raises(NotAllowed):
            await service.request_run(getattr(cast, name), now=NOON)
    for name in ("ada", "pia", "otto", "dora"):
        with pytest.raises(NotAllowed):
            await queries.list_runs(getattr(cast, name))


async def test_the_settings_of_the_day_hold_and_are_kept(cast: Cast) -> None:
    body = DEFAULT.model_dump(mode="json") | {"paying_model": "last", "models": ["decay"], "draws": 0}
    version = await policies.create_draft(cast.faye, KEY, body, effective_from=TODAY, now=NOON)
    asked = await policies.submit(cast.faye, version, today=TODAY, now=NOON)
    shown = await approvals.get_request(cast.finn, asked)
    await approvals.decide(cast.finn, asked, approve=True, content_sha256=shown.content_sha256, note="", now=NOON)
    await world.story(cast)
    run = await world.run(cast.faye)
    assert (run.settings_version, run.paying_model) == (version, "last")
    assert run.models == ("first", "last", "linear", "decay")
    figures = await queries.list_figures(cast.faye, run.id, Dimension.PARTY)
    assert {one.low_minor for one in figures} == {None}, "no draws, no interval"
