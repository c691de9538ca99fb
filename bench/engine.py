"""How fast touchpoints become credits, beside counting sort with gather, scanning the columns, and other packages.

python -m bench.engine                              10,000 to 1,000,000 journeys of 11 touches
python -m bench.engine 10000000 --keys 50 --no-peers

The work: from touchpoints in memory to first, last, linear, u_shaped and decay (whole units, largest remainder) and all
removal effects of Markov of order 1. Each figure is of a process of its own with one thread for linear algebra:
processor seconds, the best of so many rounds as fit, and the process's peak memory above its input. Peers run in an
environment that this program makes in a temporary folder, or that `--peers DIR` names; where it cannot be made, that is
said. They get the same touchpoints; ChannelAttribution's paths are built for it by Polars.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from attribution.engine import intervals, kernel, markov, running, windows
from attribution.engine.columns import Events, Log, Names, Touches
from attribution.engine.policy import DEFAULT

_SEED: Final = 20_261_122
_CASES: Final = ((10_000, 50), (10_000, 1_000), (100_000, 50), (1_000_000, 50))
_RULES: Final = ("first", "last", "linear", "u_shaped", "decay")
_DAY: Final = 86_400_000_000
_PEERS: Final = ("channelattribution", "mam")
_PACKAGES: Final = ("ChannelAttribution==2.2.5", "matplotlib", "marketing-attribution-models==2.1.1")
_PATIENCE: Final = 900
_MOST_MAM: Final = 200_000
"""Journeys; at a million it takes more than nine gigabytes."""


def make(journeys: int, keys: int) -> Log:
    """So many accounts of 1 + Poisson(10) touches within 60 days, of which 70 % buy: interned, in the order of time."""
    chance = np.random.default_rng(_SEED)
    lengths = 1 + chance.poisson(10, journeys)
    size = int(lengths.sum())
    begins = chance.integers(0, 300, journeys) * _DAY
    times = np.repeat(begins, lengths) + (chance.random(size) * 60 * _DAY).astype(np.int64)
    order = np.argsort(times)
    account = np.repeat(np.arange(journeys, dtype=np.int32), lengths)[order]
    key = (keys * chance.random(size) ** 2).astype(np.int32)
    none = np.zeros(size, np.int32)
    buyers = np.flatnonzero(chance.random(journeys) < 0.7).astype(np.int32)
    touches = Touches(np.arange(size), account, times[order], key, none, none)
    events = Events(
        *(np.arange(len(buyers)), buyers, begins[buyers] + 61 * _DAY, np.zeros(len(buyers), np.int32)),
        chance.integers(100, 1_000_000, len(buyers)),
    )
    text = pa.large_string()
    names = Names(
        *(pa.nulls(journeys, text), pa.array([f"k{number:04}" for number in range(keys)], text)),
        *(("",), ("",), ("new_logo",), pa.nulls(0), pa.nulls(0), "USD"),
    )
    return Log(touches, events, names, chance.integers(0, 1 << 32, journeys, dtype=np.uint32))


def best(work: Callable[[], object], seconds: float = 6.0) -> float:
    """Processor seconds of the work: the best of up to five rounds within some seconds."""
    found, spent = math.inf, 0.0
    for _ in range(5):
        begun = time.process_time()
        work()
        took = time.process_time() - begun
        found, spent = min(found, took), spent + took
        if spent > seconds:
            break
    return found


def models(log: Log, shards: int = 1, draws: int = 0) -> None:
    """The work that is timed."""
    plan = kernel.Plan((*_RULES, "markov:1"), shards=shards)
    journeys = windows.build(log, DEFAULT)
    counts = kernel.count(log, journeys, plan)
    markov.removal_effects(markov.folded(counts.chains[1]))
    rules = kernel.Plan(_RULES, shards=shards)
    totals, _ = kernel.credit(log, journeys, rules, {})
    if draws:
        running.bounds_of(totals, counts, rules, draws, _SEED)
        gains = totals.values[0, kernel.GAIN].sum(axis=1)
        intervals.of_effects(counts.chains[1], gains, intervals.drawn(shards, draws, _SEED))


def sort_and_gather(log: Log) -> None:
    """What no program that works by account can go below."""
    order, _ = windows.counting_sort(log.touches.account, len(log.names.accounts))
    _ = log.touches.key[order], log.touches.occurred_at[order]


def scan(log: Log, path: Path) -> float:
    """Seconds to read the same columns from Parquet and to sum them."""
    table = pa.table({
        "account": log.touches.account, "occurred_at": log.touches.occurred_at, "key": log.touches.key,
    })  # fmt: skip
    parquet.write_table(table, path)

    def read() -> None:
        for column in parquet.read_table(path, use_threads=False).columns:
            column.to_numpy().sum()

    return best(read)


def measure(journeys: int, keys: int) -> dict[str, float]:
    """Our figures, in this process."""
    log = make(journeys, keys)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours = best(lambda: models(log))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {"ours": ours, "touches": float(len(log.touches)), "memory": (after - before) * 1024 / len(log.touches)}
    found["sort"] = best(lambda: sort_and_gather(log))
    found["bootstrap"] = best(lambda: models(log, intervals.SHARDS, intervals.DRAWS), 2.0) if keys <= 100 else math.nan
    with tempfile.TemporaryDirectory() as folder:
        found["scan"] = scan(log, Path(folder) / "touches.parquet")
    return found


def write_for_peers(journeys: int, keys: int, path: Path) -> None:
    """The same touchpoints as names and times, with whether the account buys and for how much."""
    log = make(journeys, keys)
    value = np.zeros(journeys)
    value[log.events.account] = log.events.value_minor / 100
    order = np.lexsort((log.touches.occurred_at, log.touches.account))
    account = log.touches.account[order]
    last = np.append(account[1:] != account[:-1], True)
    table = pa.table({
        "user_id": account,
        "datetime": pa.array(log.touches.occurred_at[order], pa.timestamp("us")),
        "channel": log.names.keys.take(pa.array(log.touches.key[order])).cast(pa.string()),
        "conversion": last & (value[account] > 0),
        "value": np.where(last, value[account], 0.0),
    })  # fmt: skip
    parquet.write_table(table, path)


def environment(given: str | None, folder: str) -> str | None:
    """The Python of an environment with the peers, or None where it cannot be made."""
    if given:
        return f"{given}/bin/python"
    made = f"{folder}/environment"
    for command in ([sys.executable, "-m", "venv", made],
                    [f"{made}/bin/python", "-m", "pip", "install", "--quiet", *_PACKAGES]):  # fmt: skip
        if subprocess.run(command, capture_output=True, check=False).returncode:
            print("The peers cannot be installed here: no figures of them.")
            return None
    return f"{made}/bin/python"


def run_json(command: list[str]) -> dict[str, Any] | None:
    """What a process says in its last line, or None where it fails or takes too long."""
    surroundings = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=True, env=surroundings)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError):
        return None
    return found


def figure_of(peer: str, python: str, path: Path, ours: float, journeys: int) -> str:
    """A peer's cell of the table: its seconds, and how many times ours they are."""
    if peer == "mam" and journeys > _MOST_MAM:
        return f"{'not run':>20}"
    found = run_json([python, str(Path(__file__).with_name("engine_peers.py")), peer, str(path)])
    return f"{'failed':>20}" if found is None else f"{found['seconds']:>12.1f} = {found['seconds'] / ours:>3.0f} ×"


def compare(journeys: int, keys: int, python: str | None, folder: str) -> float | None:
    """Print one line of the table; our seconds."""
    found = run_json([sys.executable, "-m", "bench.engine", str(journeys), "--keys", str(keys), "--one"])
    if found is None:
        print(f"{journeys:>10,} {keys:>5,}  failed")
        return None
    ours = found["ours"]
    line = (
        f"{journeys:>10,} {keys:>5,} {ours:>8.3f} {ours / found['sort']:>7.2f} {ours / found['scan']:>7.1f} "
        f"{found['bootstrap'] / ours:>10.2f} {found['memory']:>8.0f}"
    )
    if python:
        path = Path(folder) / "peers.parquet"
        write_for_peers(journeys, keys, path)
        for peer in _PEERS:
            line += figure_of(peer, python, path, ours, journeys)
    print(line, flush=True)
    return float(ours)


def main() -> None:
    """Print the table and the growth exponent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journeys", type=int, nargs="*")
    parser.add_argument("--keys", type=int, default=50)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peers", help="an environment that has them")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.journeys[0], given.keys)))
        return
    cases = [(one, given.keys) for one in given.journeys] or list(_CASES)
    print(
        "  journeys  keys  seconds  × sort  × scan  bootstrap  B/touch    ChannelAttribution"
        "  marketing-attribution-models"
    )
    with tempfile.TemporaryDirectory() as folder:
        python = None if given.no_peers else environment(given.peers, folder)
        ours = {case: compare(*case, python, folder) for case in cases}
    sizes = sorted((size, took) for (size, keys), took in ours.items() if keys == given.keys and took)
    if len(sizes) > 1:
        (small, one), (large, other) = sizes[0], sizes[-1]
        print(f"growth exponent {math.log(other / one) / math.log(large / small):.2f}")


if __name__ == "__main__":
    main()
