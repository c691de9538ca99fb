"""Reckoning a run from its two frozen files: a process of its own, so that pages stay usable meanwhile.

`python -m attribution.credits.reckoning` reads a task as JSON, writes files into the task's folder, and says on its
standard output how far it is. It ends with 3 where the engine refuses the input, its sentence on standard error.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import parquet

from attribution.credits.journeys import purchases
from attribution.credits.rules import INFLUENCED, NOBODY, PPB, Dimension
from attribution.credits.settings import AttributionSettings, plan_of
from attribution.credits.store import hash_of
from attribution.credits.summing import Credits, Events, Influence, Paying, Sums, counted, write_lines
from attribution.engine.buckets import Files, run
from attribution.engine.errors import EngineError
from attribution.engine.files import Writer
from attribution.engine.kernel import GAIN
from attribution.engine.running import Result

BUCKET: Final = 300_000
"""Rows that are credited at once, about: with all models together it stays below 1 GB."""
OUTPUTS: Final = ("party.parquet", "channel.parquet", "sums.csv", "effects.csv", "paying.csv")
RESULT: Final = "result.json"
EXIT_REFUSED: Final = 3
_LESS_URGENT: Final = 5

Tell = Callable[[Dimension, int, int], None]
"""(dimension, parts done, parts in all)."""
Take = Callable[[Credits], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What is reckoned, and where the results go. `observed_until` is microseconds since 1970."""

    touches: Path
    events: Path
    place: Path
    settings: AttributionSettings
    observed_until: int

    def to_json(self) -> str:
        """For the process that does it."""
        return json.dumps({
            "touches": str(self.touches), "events": str(self.events), "place": str(self.place),
            "settings": self.settings.model_dump(mode="json"), "observed_until": self.observed_until,
        })  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """What `to_json` wrote."""
        read = json.loads(text)
        return cls(
            Path(read["touches"]), Path(read["events"]), Path(read["place"]),
            AttributionSettings.model_validate(read["settings"]), read["observed_until"],
        )  # fmt: skip


def reckon(task: Task, tell: Tell) -> dict[str, Any]:
    """All files of a run in the task's folder; what was counted, and the files' hashes. Raises EngineError, Unbalanced.

    Before anything is said to be done, every event's shares under every model were added up to exactly one and its
    values to the event's own.
    """
    table = parquet.read_table(task.events)
    events = Events(table)
    influence = Influence(events)
    paying = Paying(task.place / "paying.csv", events, task.touches, task.settings.paying_model)
    sums, lines, linear = {}, [], {}
    for dimension in Dimension:
        takes: list[Take] = [] if dimension is Dimension.CHANNEL else [influence.take, paying.take]
        own = Sums(events)
        result = _credit(task, dimension, [own.take, *takes], tell)
        sums[dimension.value] = own.table(len(result.plan.models))
        lines += _effects(result, dimension)
        linear[dimension.value] = dict(zip(result.plan.models, result.totals.linear.tolist(), strict=True))
    lines += _measured(task, table, influence)
    (task.place / "effects.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    write_lines(task.place / "sums.csv", sums)
    found = {
        **counted(influence, events), **_notes(result), "fell_back": linear,
        "files": {name: hash_of(task.place / name) for name in OUTPUTS},
    }  # fmt: skip
    (task.place / RESULT).write_text(json.dumps(found), encoding="utf-8")
    return found


def _credit(task: Task, dimension: Dimension, takes: list[Take], tell: Tell) -> Result:
    """Credits of one dimension into their file, and to whoever adds them up."""

    def told(what: str, number: int, parts: int) -> None:
        if what in {"counting", "crediting"}:
            tell(dimension, number + (parts if what == "crediting" else 0), 2 * parts)

    rows = sum(parquet.read_metadata(path).num_rows for path in (task.touches, task.events))
    buckets = max(1, -(-rows // BUCKET))
    files = Files(task.touches, task.events, dimension.value, task.observed_until, buckets)
    with Writer(task.place / f"{dimension}.parquet") as writer:

        def add(credits_in_full: pa.Table) -> None:
            writer.add(credits_in_full)
            numbers = Credits.of(credits_in_full)
            for take in takes:
                take(numbers)

        return run(files, plan_of(task.settings), draws=task.settings.draws, seed=task.settings.seed, rows_to=add,
                   tell=told)  # fmt: skip


def _notes(result: Result) -> dict[str, int]:
    notes = result.notes
    return {"counted": notes.touches, "uncounted": notes.uncounted, "events": notes.events}


def _effects(result: Result, dimension: Dimension) -> list[str]:
    """A line of CSV per model and key that got something: share and value of gains, removal effect, interval."""
    lines = []
    names = [*result.keys.to_pylist(), NOBODY]
    shares, values = result.totals.shares[:, GAIN].sum(axis=1), result.totals.values[:, GAIN].sum(axis=1)
    for number, model in enumerate(result.plan.models):
        measured, bounds = result.weights.measured.get(model), result.bounds.get(model)
        for place, key in enumerate(names):
            share, value = int(shares[number, place]), int(values[number, place])
            effect = 0.0 if measured is None or place >= len(measured) else float(measured[place])
            if not (share or value or effect > 0):
                continue
            low, high = ("", "") if bounds is None else (str(round(float(side[place]))) for side in bounds)
            shown = "" if measured is None else f"{effect:.10f}"
            lines.append(f'{dimension},{model},"{key}",{share},{value},{shown},{low},{high},,')
    return lines


def _measured(task: Task, events: pa.Table, influence: Influence) -> list[str]:
    """A line per party: the value of what it touched at all, and how often what it touched ended in a purchase."""
    columns = ["account_id", "occurred_at", "counts", "party"]
    counts = purchases(parquet.read_table(task.touches, columns=columns), events)
    lines = []
    for key in sorted({*counts, *influence.by_key}):
        bought, touched = counts.get(key, (0, 0))
        number, value = influence.by_key.get(key, (0, 0))
        lines.append(f'{Dimension.PARTY},{INFLUENCED},"{key}",{number * PPB},{value},,,,{bought},{touched}')
    return lines


def main() -> None:
    """Do what standard input says."""
    os.nice(_LESS_URGENT)
    task = Task.from_json(sys.stdin.read())

    def tell(dimension: Dimension, done: int, total: int) -> None:
        # When whoever asked is gone this fails, and the process ends.
        sys.stdout.write(f"{dimension} {done} {total}\n")
        sys.stdout.flush()

    try:
        reckon(task, tell)
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_REFUSED) from error


if __name__ == "__main__":
    main()
