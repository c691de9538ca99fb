"""Value from frozen files: a pure reckoning on columns, and the process that does it beside the portal.

python -m attribution.value.reckoning < task.json
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import csv, parquet

from attribution.credits.columns import Ints, flat, gains_of, ints
from attribution.credits.rules import NOBODY
from attribution.engine.columns import NO_PARTNER
from attribution.engine.errors import EngineError
from attribution.engine.lifetime import bgnbd
from attribution.engine.lifetime.analysis import Analysis, Options, analyse
from attribution.engine.lifetime.comparison import Cohort, compare
from attribution.engine.lifetime.purchases import expected_purchases
from attribution.engine.lifetime.summary import Summary, summarise
from attribution.value import grouping
from attribution.value.grouping import NEVER, Firsts, Groups, Worth
from attribution.value.rules import is_partner, weeks_of
from attribution.value.settings import ValueSettings
from portal.core.money import exponent

PPB: Final = 1_000_000_000
SEED: Final = 1
RESULT: Final = "result.json"
CUSTOMERS: Final = "customers.csv"
PARTIES: Final = "parties.csv"
GROUPS: Final = "groups.csv"
_PATHS: Final = ("events", "credits", "touches", "accounts", "tiers", "place")
_MODEL: Final = "bgnbd"
_MOST_POINTS: Final = 60
_PLAIN: Final = csv.WriteOptions(include_header=False, quoting_style="needed")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Task:
    """What is reckoned: the run's frozen files, what accounts and partners are like, and where results go."""

    events: Path
    credits: Path
    touches: Path
    accounts: Path
    tiers: Path
    place: Path
    paying_model: str
    currency: str
    zone: str
    observed_until: date
    settings: ValueSettings

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """What `to_json` wrote."""
        read = json.loads(text)
        events, credits_, touches, accounts, tiers, place = (Path(read[name]) for name in _PATHS)
        return cls(
            events, credits_, touches, accounts, tiers, place, read["paying_model"], read["currency"], read["zone"],
            date.fromisoformat(read["observed_until"]), ValueSettings.model_validate(read["settings"]),
        )  # fmt: skip

    def to_json(self) -> str:
        """For the standard input of the process."""
        plain = {name: str(getattr(self, name)) for name in (*_PATHS, "observed_until")}
        rest = {"paying_model": self.paying_model, "currency": self.currency, "zone": self.zone}
        return json.dumps({**plain, **rest, "settings": self.settings.model_dump(mode="json")})


@dataclass(frozen=True, slots=True)
class Bought:
    """What customers bought: one row a customer (n,), in ascending order of their ids; money in minor units."""

    account: pa.Array
    orders: Ints
    first: Ints
    last: Ints
    """Days since 1970."""
    second: Ints
    """The day of the second purchase; NEVER where there was none."""
    net: Ints
    repeats: Ints
    """The days of all purchases but each customer's first, ascending (r,)."""
    summary: Summary


def reckon(task: Task) -> dict[str, Any]:
    """All figures of a valuation; customers, parties and groups go into files of the task's folder.

    Raises EngineError.
    """
    gains = _gains(task)
    bought = _bought(gains, task)
    found: dict[str, Any] = {
        "customers": len(bought.account),
        "net_minor": _margin_of(int(bought.net.sum()), task.settings),
        "failure": "",
        "parameters": {},
        "curve": [],
    }
    analysis: Analysis | None = None
    try:
        analysis = analyse(_MODEL, bought.summary, _options(task))
    except EngineError as error:
        found["failure"] = str(error)
    if analysis is not None and "future_value" not in analysis.customers:
        found["failure"] = "; ".join(analysis.notes)
        analysis = None
    future = _future(analysis, task) if analysis else None
    if analysis is not None and future is not None:
        found["parameters"] = analysis.parameters
        found["curve"] = _curve(analysis, bought)
        total = analysis.parameters["value"]["total_future_value"]
        found |= {f"{name}_minor": _minor(total[word], task) for name, word in
                  (("expected", "value"), ("low", "low"), ("high", "high"))}  # fmt: skip
    parts = _parts(task, gains, bought)
    by_partners = _by_partners(parts, len(bought.account))
    groups = grouping.group(_firsts(gains, bought), task.credits, task.touches, task.tiers, len(bought.account))
    _write_customers(task, bought, future, by_partners, groups)
    _write_parties(task, parts, bought, future)
    _write_groups(task, groups, bought, analysis)
    found["comparison"] = _compared(task, bought, future, by_partners)
    return found


def _gains(task: Task) -> pa.Table:
    """Events that brought something: number, account, day of the vendor's calendar, value."""
    events = parquet.read_table(task.events, columns=["event_id", "account_id", "occurred_at", "kind", "value_minor"])
    events = gains_of(events)
    events = events.filter(pc.greater(events["value_minor"], 0))
    local = pc.local_timestamp(pc.cast(events["occurred_at"], pa.timestamp("us", tz=task.zone)))
    return events.append_column("day", pc.cast(pc.floor_temporal(local, unit="day"), pa.date32()))


def _bought(gains: pa.Table, task: Task) -> Bought:
    amounts = pc.divide(pc.cast(gains["value_minor"], pa.float64()), float(10 ** exponent(task.currency)))
    table = pa.table({"customer_id": gains["account_id"], "date": gains["day"], "amount": amounts})
    summary = summarise(table, "week", task.observed_until)
    days = pc.cast(pc.cast(gains["day"], pa.int32()), pa.int64())
    by_account = (
        pa.table({"account": gains["account_id"], "day": days, "value": gains["value_minor"]})
        .group_by("account")
        .aggregate([("day", "count_distinct"), ("day", "min"), ("day", "max"), ("value", "sum")])
        .sort_by("account")
    )
    orders, first, last, net = (
        ints(by_account[name]) for name in ("day_count_distinct", "day_min", "day_max", "value_sum")
    )
    pairs = pa.table({"account": gains["account_id"], "day": days}).group_by(["account", "day"]).aggregate([])
    account = pc.index_in(flat(pairs["account"]), value_set=flat(by_account["account"]))
    bought_on = ints(pairs["day"])
    whose = ints(account)
    later = bought_on > first[whose]
    second = np.full(len(first), NEVER, np.int64)
    np.minimum.at(second, whose[later], bought_on[later])
    return Bought(flat(by_account["account"]), orders, first, last, second, net, np.sort(bought_on[later]), summary)


def _firsts(gains: pa.Table, bought: Bought) -> Firsts:
    """What each customer bought on the first day that it bought anything."""
    customer = ints(pc.index_in(gains["account_id"], value_set=bought.account))
    day = ints(pc.cast(gains["day"], pa.int32()))
    is_first = day == bought.first[customer]
    return Firsts(flat(gains["event_id"]).filter(pa.array(is_first)), customer[is_first])


def _options(task: Task) -> Options:
    settings = task.settings
    return Options("week", task.observed_until, settings.margin, settings.discount, weeks_of(settings.horizon_months))


@dataclass(frozen=True, slots=True)
class Future:
    """What customers are expected to bring (n,), in minor units, and the probability that each is still there."""

    value: Ints
    low: Ints
    high: Ints
    alive: Floats


def _future(analysis: Analysis, task: Task) -> Future:
    columns = analysis.customers

    def minor(name: str) -> Ints:
        found: Ints = np.rint(np.asarray(columns[name]) * 10 ** exponent(task.currency)).astype(np.int64)
        return found

    return Future(
        minor("future_value"), minor("future_value_low"), minor("future_value_high"),
        np.asarray(columns["probability_alive"], np.float64),
    )  # fmt: skip


def _curve(analysis: Analysis, bought: Bought) -> list[dict[str, float]]:
    """Repeat purchases of all customers up to the end of each stretch of weeks: those that were, and the expected."""
    estimates = np.array(list(analysis.parameters["estimates"].values()))
    begun, age = bought.first, bought.summary.age
    weeks = int(np.ceil(float(age.max(initial=0.0))))
    if weeks < 1:
        return []
    nothing = np.zeros(1)
    ahead = [float(expected_purchases(bgnbd.MODEL, estimates, nothing, nothing, nothing, week)[0])
             for week in range(weeks + 1)]  # fmt: skip
    first = int(begun.min())
    start = (begun - first) / 7
    points = []
    for week in sorted({round(one) for one in np.linspace(1, weeks, min(weeks, _MOST_POINTS))}):
        known = np.clip(week - start, 0, weeks)
        expected = float(np.interp(known, np.arange(weeks + 1), ahead).sum())
        was = int(np.searchsorted(bought.repeats, first + week * 7, side="right"))
        points.append({"week": week, "expected": expected, "was": was})
    return points


@dataclass(frozen=True, slots=True)
class Parts:
    """What the paying model gives to each key of each customer: three columns (m,), and the names of the keys."""

    customer: Ints
    key: Ints
    value: Ints
    keys: list[str]


def _parts(task: Task, gains: pa.Table, bought: Bought) -> Parts:
    """Credits of gains by customer and key, in exact whole units."""
    credits_ = parquet.read_table(
        task.credits, columns=["event_id", "key", "value_minor"], filters=[("model", "=", task.paying_model)]
    )
    place_of = pa.table({"event_id": gains["event_id"], "account": gains["account_id"]})
    joined = credits_.join(place_of, "event_id", join_type="inner")
    summed = joined.group_by(["account", "key"]).aggregate([("value_minor", "sum")]).sort_by("key")
    keys = flat(summed["key"]).dictionary_encode()
    customer = pc.index_in(flat(summed["account"]), value_set=bought.account)
    return Parts(
        ints(customer),
        ints(keys.indices),
        ints(summed["value_minor_sum"]),
        [NOBODY if key == NO_PARTNER else key for key in keys.dictionary.to_pylist()],
    )


def _by_partners(parts: Parts, customers: int) -> Ints:
    """What partners together are given of each customer (n,)."""
    of_partners = np.array([is_partner(key) for key in parts.keys] or [False])[parts.key]
    return np.bincount(parts.customer[of_partners], parts.value[of_partners], customers).astype(np.int64)


def _write_customers(task: Task, bought: Bought, future: Future | None, by_partners: Ints, groups: Groups) -> None:
    count = len(bought.account)
    none = pa.nulls(count, pa.int64())
    net = _net(bought, task)
    share = np.where(bought.net > 0, by_partners / np.maximum(bought.net, 1), 0.0)
    table = pa.table({
        "account": bought.account,
        "orders": bought.orders,
        "first_on": pc.cast(pa.array(bought.first.astype(np.int32)), pa.date32()),
        "last_on": pc.cast(pa.array(bought.last.astype(np.int32)), pa.date32()),
        "net_minor": net,
        "expected_minor": none if future is None else future.value,
        "low_minor": none if future is None else future.low,
        "high_minor": none if future is None else future.high,
        "alive": pa.nulls(count, pa.float64()) if future is None else future.alive,
        "value_minor": net if future is None else net + future.value,
        "partner_ppb": np.rint(share * PPB).astype(np.int64),
        "groups": grouping.literals(groups, count),
    })  # fmt: skip
    csv.write_csv(table, task.place / CUSTOMERS, _PLAIN)


def _write_parties(task: Task, parts: Parts, bought: Bought, future: Future | None) -> None:
    """By key: its customers, its part of what they brought, and the same part of what they will bring."""
    size = len(parts.keys)
    share = parts.value / np.maximum(bought.net[parts.customer], 1)
    customers = np.bincount(parts.key, minlength=size)
    net = np.bincount(parts.key, parts.value * task.settings.margin, size)
    expected: Any = pa.nulls(size, pa.int64())
    alive: Any = pa.nulls(size, pa.float64())
    if future is not None and size:
        sums = np.bincount(parts.key, share * future.value[parts.customer], size)
        expected = np.rint(sums).astype(np.int64)
        alive = np.bincount(parts.key, future.alive[parts.customer], size) / np.maximum(customers, 1)
    table = pa.table({
        "key": pa.array(parts.keys, pa.string()),
        "customers": customers,
        "net_minor": np.rint(net).astype(np.int64),
        "expected_minor": expected,
        "alive": alive,
    })  # fmt: skip
    csv.write_csv(table, task.place / PARTIES, _PLAIN)


def _write_groups(task: Task, groups: Groups, bought: Bought, analysis: Analysis | None) -> None:
    """What customers are worth by who touched them before their first purchase."""
    worth = Worth(_net(bought, task), bought.first, bought.second)
    values = analysis.values if analysis else None
    scale = 10 ** exponent(task.currency)
    csv.write_csv(grouping.figures(groups, worth, task.observed_until, values, scale), task.place / GROUPS, _PLAIN)


def _net(bought: Bought, task: Task) -> Ints:
    """The margin of what each customer brought (n,)."""
    net: Ints = np.rint(bought.net * task.settings.margin).astype(np.int64)
    return net


def _compared(task: Task, bought: Bought, future: Future | None, by_partners: Ints) -> Mapping[str, Any]:
    """Customers that partners touched beside like ones that none did: of one country, industry, size and first year."""
    if future is None or bought.summary.first_year_value is None:
        return {"why": "no future"}
    texts = {name: pa.string() for name in ("account", "country", "industry", "size")}
    accounts = csv.read_csv(task.accounts, convert_options=csv.ConvertOptions(column_types=texts))
    place = pc.index_in(bought.account, value_set=flat(accounts["account"]))
    described = accounts.take(place.fill_null(0))
    year = (bought.first.astype("datetime64[D]").astype("datetime64[Y]")).astype(str)
    words = [described[name].to_pylist() for name in ("country", "industry", "size")]
    stratum = np.array(["|".join(map(str, one)) for one in zip(*words, year.tolist(), strict=True)], object)
    scale = 10 ** exponent(task.currency)
    cohort = Cohort(
        np.array(bought.account.to_pylist(), object), by_partners > 0, stratum, bought.summary.first_year_value,
        future.alive, (np.rint(bought.net * task.settings.margin) + future.value) / scale,
    )  # fmt: skip
    try:
        return asdict(compare(cohort, seed=SEED))
    except EngineError as error:
        return {"why": str(error)}


def _margin_of(minor: int, settings: ValueSettings) -> int:
    return round(minor * settings.margin)


def _minor(major: float, task: Task) -> int:
    return round(major * float(10 ** exponent(task.currency)))


def main() -> None:
    """Do what standard input says."""
    task = Task.from_json(sys.stdin.read())
    (task.place / RESULT).write_text(json.dumps(reckon(task)), encoding="utf-8")


if __name__ == "__main__":
    main()
