"""Figures over all journeys of a run, from its frozen files: a pure reckoning on columns, and the process that does it.

python -m attribution.reports.computing < task.json
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import csv, parquet

from attribution.credits.columns import Ints, flat, gains_of, ints, micros
from attribution.credits.rules import EVERY
from attribution.engine.columns import NO_PARTNER
from attribution.reports.columns import Steps, quarter_of
from attribution.reports.paths import flows, funnel

RESULT: Final = "report.json"
FIRST: Final = "new_logo"
_OF_EVENTS: Final = ["event_id", "account_id", "occurred_at", "kind", "period", "value_minor"]
_OF_TOUCHES: Final = ["touchpoint_id", "account_id", "occurred_at", "counts", "channel", "kind"]
_MICROS_A_DAY: Final = 86_400_000_000
_FEWEST: Final = 5
"""First purchases of a country that stands alone; fewer say nothing."""


@dataclass(frozen=True, slots=True)
class Task:
    """The run's frozen files, who was met at each touch, where accounts are, and where the result goes."""

    events: str
    touches: str
    channels: str
    people: str
    accounts: str
    place: str

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """What `to_json` wrote."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """For the standard input of the process."""
        return json.dumps(asdict(self))


def compute(task: Task) -> dict[str, Any]:
    """Positions of channels by quarter; touches, people and days to first purchases by country; who bought again.

    And how journeys flow over channels, and how far they come.
    """
    steps = _steps(task)
    events = parquet.read_table(task.events, columns=_OF_EVENTS)
    return {
        "positions": _positions(steps, events),
        "distance": _distance(task, steps, events),
        "cohorts": _cohorts(events),
        "flows": flows(steps, gains_of(events)),
        "funnel": funnel(parquet.read_table(task.touches, columns=_OF_TOUCHES), events),
    }


def _steps(task: Task) -> Steps:
    rows = parquet.read_table(
        task.channels, columns=["event_id", "touchpoint_id", "key"],
        filters=[("model", "=", EVERY), ("key", "!=", NO_PARTNER)],
    )  # fmt: skip
    keys = flat(rows["key"]).dictionary_encode()
    # Each event's touches stand together and in order, whatever the order of events; sorting by event keeps that.
    event, touch, channel = ints(rows["event_id"]), ints(rows["touchpoint_id"]), ints(keys.indices)
    order = np.argsort(event, kind="stable")
    return Steps(event[order], touch[order], channel[order], keys.dictionary.to_pylist())


def _positions(steps: Steps, events: pa.Table) -> list[dict[str, Any]]:
    """How often each channel stood first, in the middle and last before a purchase, by the quarter of that.

    The only touch of a journey is both its first and its last; it is counted as the first.
    """
    if not len(steps.event):
        return []
    named = [quarter_of(one) for one in events["period"].to_pylist()]
    quarter_by = dict(zip(events["event_id"].to_pylist(), named, strict=True))
    begins = steps.begins
    place = np.ones(len(steps.event), np.int64)
    place[np.append(begins[1:], len(steps.event)) - 1] = 2
    place[begins] = 0
    quarters = sorted(set(quarter_by.values()))
    number = {name: at for at, name in enumerate(quarters)}
    of_event = np.array([number[quarter_by[one]] for one in steps.event.tolist()])
    code = (of_event * len(steps.channels) + steps.channel) * 3 + place
    counts = np.bincount(code, minlength=len(quarters) * len(steps.channels) * 3).reshape(len(quarters), -1, 3)
    return [
        {"quarter": quarter, "channel": channel, "first": int(first), "middle": int(middle), "last": int(last)}
        for quarter, by_channel in zip(quarters, counts.tolist(), strict=True)
        for channel, (first, middle, last) in zip(steps.channels, by_channel, strict=True)
        if first or middle or last
    ]


def _cohorts(events: pa.Table) -> list[dict[str, Any]]:
    """By the quarter of their first purchase, how many customers bought in it and in each quarter after it.

    Quarters run to the newest purchase of all; one in which nobody of a cohort bought is 0.
    """
    gains = gains_of(events)
    if not len(gains):
        return []
    accounts = flat(gains["account_id"]).dictionary_encode()
    account = ints(accounts.indices)
    quarter = np.array([one.year * 4 + (one.month - 1) // 3 for one in gains["period"].to_pylist()], np.int64)
    first = np.full(len(accounts.dictionary), quarter.max(), np.int64)
    np.minimum.at(first, account, quarter)
    pairs = np.unique(np.stack([account, quarter]), axis=1)
    begun, later = first[pairs[0]], pairs[1] - first[pairs[0]]
    found = []
    for cohort in np.unique(first).tolist():
        active = np.bincount(later[begun == cohort], minlength=int(quarter.max()) - cohort + 1)
        name = f"{cohort // 4}-Q{cohort % 4 + 1}"
        found.append({"cohort": name, "customers": int(active[0]), "active": active.tolist()})
    return found


def _distance(task: Task, steps: Steps, events: pa.Table) -> list[dict[str, Any]]:
    """Touches, different people and days before the first purchases of customers: quartiles, all and by country."""
    firsts = events.filter(pc.equal(events["kind"], FIRST))
    wanted = np.isin(steps.event, ints(firsts["event_id"]))
    event, touch = steps.event[wanted], steps.touch[wanted]
    if not len(event):
        return []
    begins = np.flatnonzero(np.append(True, event[1:] != event[:-1]))
    ids, counts = event[begins], np.diff(np.append(begins, len(event)))
    at = _times(task, touch)
    bought = dict(zip(ints(firsts["event_id"]).tolist(), micros(firsts["occurred_at"]).tolist(), strict=True))
    whose = dict(zip(ints(firsts["event_id"]).tolist(), firsts["account_id"].to_pylist(), strict=True))
    spans = (np.array([bought[one] for one in ids.tolist()]) - at[begins]) // _MICROS_A_DAY
    people = _people(task, event, touch, ids)
    countries = _countries(task)
    country = np.array([countries.get(whose[one], "") for one in ids.tolist()])
    groups = ["", *sorted({one for one in country.tolist() if one})]
    found = []
    for group in groups:
        chosen = np.ones(len(ids), bool) if group == "" else country == group
        if group and int(chosen.sum()) < _FEWEST:
            continue
        found.append({
            "country": group, "events": int(chosen.sum()), "touches": _quartiles(counts[chosen]),
            "people": _quartiles(people[chosen]), "days": _quartiles(spans[chosen]),
        })  # fmt: skip
    return found


def _times(task: Task, touch: Ints) -> Ints:
    """When each touch was, in microseconds."""
    table = parquet.read_table(task.touches, columns=["touchpoint_id", "occurred_at"])
    numbers, times = ints(table["touchpoint_id"]), micros(table["occurred_at"])
    return times[np.searchsorted(numbers, touch)]


def _people(task: Task, event: Ints, touch: Ints, ids: Ints) -> Ints:
    """How many different people the touches of each event met; a touch with nobody known meets nobody."""
    if not Path(task.people).stat().st_size:
        return np.zeros(len(ids), np.int64)
    types = {"seq": pa.int64(), "contact": pa.string()}
    known = csv.read_csv(
        task.people, read_options=csv.ReadOptions(column_names=list(types)),
        convert_options=csv.ConvertOptions(column_types=types),
    )  # fmt: skip
    numbers, person = ints(known["seq"]), ints(flat(known["contact"]).dictionary_encode().indices)
    at = np.minimum(np.searchsorted(numbers, touch), len(numbers) - 1)
    met = numbers[at] == touch
    pairs = np.unique(np.stack([event[met], person[at[met]]]), axis=1)
    count = np.zeros(len(ids), np.int64)
    np.add.at(count, np.searchsorted(ids, pairs[0]), 1)
    return count


def _countries(task: Task) -> dict[str, str]:
    texts = {"account": pa.string(), "country": pa.string()}
    table = csv.read_csv(task.accounts, read_options=csv.ReadOptions(column_names=list(texts)),
                         convert_options=csv.ConvertOptions(column_types=texts))  # fmt: skip
    return dict(zip(table["account"].to_pylist(), table["country"].to_pylist(), strict=True))


def _quartiles(values: Ints) -> list[float]:
    """The lower quartile, the median and the upper one."""
    return [float(one) for one in np.quantile(values, [0.25, 0.5, 0.75])]


def main() -> None:
    """Do what standard input says."""
    task = Task.from_json(sys.stdin.read())
    Path(task.place, RESULT).write_text(json.dumps(compute(task)), encoding="utf-8")


if __name__ == "__main__":
    main()
