"""How fast the models of lifetime value are fitted, beside the package `lifetimes`, and whether both find the same.

python -m bench.lifetime                       CDNOW, then 10,000 to 1,000,000 customers made by a seeded generator
python -m bench.lifetime 10000 --peer-most 0   only these, without the peer

Each figure is of a process of its own with one thread for linear algebra: processor seconds of the work (data already
in memory, the best of three below 100,000 customers), and the process's peak memory. The peer is told to do the same
work with its own defaults.
"""

import argparse
import csv
import importlib
import importlib.util
import json
import math
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from attribution.engine.lifetime import bgnbd, gamma_gamma, paretonbd
from attribution.engine.lifetime.purchases import expected_purchases
from attribution.engine.lifetime.summary import summarise

_SEED: Final = 20_261_122
_CDNOW: Final = 2357
"""This number of customers means those of the published data."""
_SIZES: Final = (_CDNOW, 10_000, 100_000, 1_000_000)
_TASKS: Final = ("summary", "bgnbd", "pareto", "gamma-gamma", "expected")
_TRUTH: Final = (0.2426, 4.4136, 0.7929, 2.4259)
Columns = dict[str, Any]
Work = Callable[[], Sequence[float]]
"""What is timed; gives numbers in which both must agree."""


def cdnow() -> Columns:
    """The published summary of CDNOW's customers."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        message = "the data of CDNOW are in the package lifetimes, which is not here"
        raise SystemExit(message)
    with (Path(found.origin).parent / "datasets" / "cdnow_customers_summary_with_transactions.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = {"x": "frequency", "t_x": "recency", "T": "age", "zbar": "mean_value"}
    return {name: np.array([float(row[short]) for row in rows]) for short, name in names.items()}


def made_up(size: int) -> Columns:
    """Customers as BG/NBD and Gamma-Gamma say, with the papers' parameters; whole days, divided by 7."""
    chance = np.random.default_rng(_SEED)
    r, alpha, a, b = _TRUTH
    rate, lost = chance.gamma(r, 1 / alpha, size), chance.beta(a, b, size)
    age = chance.integers(27 * 7, 39 * 7, size) / 7
    frequency, recency, now = np.zeros(size), np.zeros(size), np.zeros(size)
    active = np.arange(size)
    while active.size:
        now[active] += chance.exponential(1, active.size) / rate[active]
        active = active[now[active] < age[active]]
        frequency[active] += 1
        recency[active] = now[active]
        active = active[chance.random(active.size) >= lost[active]]
    scale = 1 / chance.gamma(3.74, 1 / 15.44, size)
    value = np.where(frequency > 0, chance.gamma(6.25 * np.maximum(frequency, 1)) * scale, 0.0)
    return {
        "frequency": frequency,
        "recency": np.minimum(np.ceil(recency * 7) / 7, age),
        "age": age,
        "mean_value": np.round(value / np.maximum(frequency, 1), 2),
    }


def transactions_of(customers: Columns) -> Columns:
    """Transactions that give these customers: the first on the day they began, the last on that of their recency."""
    count = customers["frequency"].astype(np.int64) + 1
    owner = np.repeat(np.arange(count.size), count)
    step = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    begun = 273 - np.round(customers["age"] * 7).astype(np.int64)
    spread = np.round(customers["recency"] * 7) / np.maximum(count - 1, 1)
    day = begun[owner] + np.round(step * spread[owner]).astype(np.int64)
    amount = np.random.default_rng(_SEED).gamma(2, 17, owner.size).round(2)
    mixed = np.random.default_rng(_SEED + 1).permutation(owner.size)
    dates = np.datetime64("1997-01-01") + day[mixed].astype("timedelta64[D]")
    return {"customer_id": owner[mixed].astype(str), "date": dates, "amount": amount[mixed]}


def our_work(task: str, customers: Columns) -> Work:
    """One task by the engine."""
    history = (customers["frequency"], customers["recency"], customers["age"])
    if task == "summary":
        table = pa.table(transactions_of(customers))

        def summary() -> list[float]:
            found = summarise(table, "day")
            return [found.frequency.sum(), found.recency.sum(), found.age.sum(), found.mean_value.sum()]

        return summary
    if task == "expected":
        at = np.array(_TRUTH)
        return lambda: [expected_purchases(bgnbd.MODEL, at, *history, 39.0).sum()]
    if task == "gamma-gamma":
        return lambda: list(gamma_gamma.fit(customers["frequency"], customers["mean_value"]).estimates)
    model = {"bgnbd": bgnbd, "pareto": paretonbd}[task]
    return lambda: list(model.fit(*history).estimates)


def peer_work(task: str, customers: Columns) -> Work:
    """The same task by `lifetimes`; imported here, so that it costs our own measurements nothing."""
    lifetimes, pd = importlib.import_module("lifetimes"), importlib.import_module("pandas")
    summary_of = importlib.import_module("lifetimes.utils").summary_data_from_transaction_data
    history = [pd.Series(customers[name]) for name in ("frequency", "recency", "age")]
    if task == "summary":
        frame = pd.DataFrame(transactions_of(customers))

        def summary() -> list[float]:
            found = summary_of(frame, "customer_id", "date", "amount", freq="D")
            return [float(found[name].sum()) for name in ("frequency", "recency", "T", "monetary_value")]

        return summary
    if task == "expected":
        fitter = lifetimes.BetaGeoFitter()
        fitter.params_ = pd.Series(dict(zip(("r", "alpha", "a", "b"), _TRUTH, strict=True)))
        return lambda: [float(np.sum(fitter.conditional_expected_number_of_purchases_up_to_time(39.0, *history)))]
    if task == "gamma-gamma":
        usable = customers["frequency"] > 0
        values = [pd.Series(customers[name][usable]) for name in ("frequency", "mean_value")]
        return lambda: list(lifetimes.GammaGammaFitter().fit(*values).params_)
    fitters = {"bgnbd": lifetimes.BetaGeoFitter, "pareto": lifetimes.ParetoNBDFitter}
    return lambda: list(fitters[task]().fit(*history).params_)


def measure(who: str, task: str, size: int) -> None:
    """Do one task in this process and print what it took, as JSON."""
    warnings.simplefilter("ignore")
    customers = cdnow() if size == _CDNOW else made_up(size)
    work = {"ours": our_work, "peer": peer_work}[who](task, customers)
    seconds, answer = math.inf, [0.0]
    for _ in range(3 if size < 100_000 else 1):
        before = time.process_time()
        answer = [float(number) for number in work()]
        seconds = min(seconds, time.process_time() - before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "answer": answer}))


def measured(who: str, task: str, size: int) -> dict[str, Any] | str:
    """What a process of its own printed, or why it did not."""
    command = [sys.executable, "-m", "bench.lifetime", "--measure", who, task, str(size)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no output"])[-1]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(task: str, size: int, peer_most: int) -> float | None:
    """Print one line of the table; our seconds, or None where it failed."""
    ours = measured("ours", task, size)
    if isinstance(ours, str):
        print(f"| {task} | {size:,} | {ours} | | | | |")
        return None
    begins = f"| {task} | {size:,} | {ours['seconds']:.3f} | {ours['peak']:.0f} |"
    if size > peer_most:
        print(f"{begins} | | |", flush=True)
        return float(ours["seconds"])
    peer = measured("peer", task, size)
    if isinstance(peer, str):
        print(f"{begins} {peer} | | |", flush=True)
        return float(ours["seconds"])
    apart = max(abs(a / b - 1) for a, b in zip(ours["answer"], peer["answer"], strict=True))
    times = peer["seconds"] / ours["seconds"]
    print(f"{begins} {peer['seconds']:.3f} ({peer['peak']:.0f} MiB) | {times:.1f} | {apart:.0e} |", flush=True)
    return float(ours["seconds"])


def main() -> None:
    """The tables, or one measurement for them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=_SIZES)
    parser.add_argument("--peer-most", type=int, default=100_000, help="the peer gets no more customers than this")
    parser.add_argument("--measure", nargs=3, metavar=("WHO", "TASK", "SIZE"), help="used by the program itself")
    asked = parser.parse_args()
    if asked.measure:
        who, task, size = asked.measure
        measure(who, task, int(size))
        return
    print("| task | customers | seconds | MiB | lifetimes, seconds | times | largest relative difference |")
    print("|---|---|---|---|---|---|---|")
    taken = {(task, size): compare(task, size, asked.peer_most) for task in _TASKS for size in asked.sizes}
    made = [size for size in asked.sizes if size != _CDNOW]
    for task in _TASKS:
        first, last = taken.get((task, min(made, default=0))), taken.get((task, max(made, default=0)))
        if first and last and len(made) > 1:
            exponent = math.log(last / first) / math.log(max(made) / min(made))
            print(f"{task}: seconds grow as customers^{exponent:.2f} from {min(made):,} to {max(made):,}")


if __name__ == "__main__":
    main()
