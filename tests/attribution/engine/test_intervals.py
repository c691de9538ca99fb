"""Intervals over shards of accounts: as wide as drawing the accounts themselves, and the same for the same seed."""

import numpy as np
import pytest

from attribution.engine import intervals, kernel, running
from attribution.engine.columns import Log
from attribution.engine.kernel import Plan
from attribution.engine.running import Result
from tests.attribution.engine.make import Event, Touch, log_of


def accounts(count: int, seed: int = 1) -> Log:
    """So many accounts of three touches by four partners, of which half buy."""
    random = np.random.default_rng(seed)
    touches, events = [], []
    for number in range(count):
        name = f"account-{number}"
        touches += [Touch(f"{number}-{one}", name, one, f"k{random.integers(0, 4) ** 2 // 3}") for one in range(3)]
        if random.random() < 0.5:
            events.append(Event(f"e{number}", name, 9, int(random.integers(1, 1000))))
    return log_of(touches, events)


def run(log: Log, shards: int, draws: int, seed: int = 1) -> Result:
    return running.run(*running.logs([log]), Plan(("linear", "markov:1"), shards=shards), draws=draws, seed=seed)


def test_shards_give_the_interval_of_accounts() -> None:
    """Checked once, as the design asks: 200 shards against drawing each of 4,000 accounts by itself."""
    log = accounts(4_000)
    low, high = run(log, intervals.SHARDS, 500).bounds["linear"]
    alone = running.run(*running.logs([log]), Plan(("linear",), shards=1 << 16)).totals.values[0, kernel.GAIN]
    own = alone[alone.any(axis=1)]
    random = np.random.default_rng(4)
    chance = np.append(np.full(len(own), 1 / 4_000), 1 - len(own) / 4_000)  # the last: those that bought nothing
    drawn = random.multinomial(4_000, chance, size=500)[:, :-1] @ own
    expected = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert (high - low) == pytest.approx(expected[1] - expected[0], rel=0.2)


def test_the_interval_holds_the_estimate_and_its_seed() -> None:
    log = accounts(500)
    result = run(log, 50, 200)
    for number, model in enumerate(result.plan.models):
        low, high = result.bounds[model]
        paid = result.totals.values[number, kernel.GAIN].sum(axis=0)
        assert (low <= paid).all()
        assert (paid <= high).all()
        assert (low[:3] < high[:3]).all()
    again, other = run(log, 50, 200).bounds, run(log, 50, 200, seed=2).bounds
    for model in result.plan.models:
        assert again[model][0].tolist() == result.bounds[model][0].tolist() != other[model][0].tolist()


def test_each_draw_takes_as_many_shards_as_there_are() -> None:
    times = intervals.drawn(200, 500, 7)
    assert times.shape == (500, 200)
    assert (times.sum(axis=1) == 200).all()


def test_an_account_is_always_in_the_same_shard() -> None:
    """CRC-32 of the id's UTF-8, a fixed hash: so that it never changes unseen."""
    log = log_of([Touch("t1", "123456789", 1, "p")], [])
    assert log.account_hash.tolist() == [0xCBF43926]  # the check value of the standard


def test_summary_shows_the_interval() -> None:
    rows = run(accounts(100), 20, 50).summary().to_pylist()
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert all((row["removal_effect"] is None) == (row["model"] == "linear") for row in rows)
