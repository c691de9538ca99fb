"""What two runs were made of and where they differ, from their frozen files. Pure but for reading these."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import parquet

from attribution.credits.columns import Ints, flat

_TOUCH: Final = ("touchpoint_id", "account_id", "occurred_at", "counts", "party", "channel", "motion", "kind")
_EVENT: Final = ("event", "account_id", "occurred_at", "kind", "value_minor", "original_minor")
ADDED: Final = "added"
REMOVED: Final = "removed"
DECIDED: Final = "decided"
"""It counts now and did not, or the other way round."""
MOVED: Final = "moved"
"""It belongs to another account: a merge, its undoing, or a visitor who was recognised."""
OTHER_KEY: Final = "other_key"
"""It belongs to another party or channel: words were mapped."""
REVALUED: Final = "revalued"
"""A credit note or refund came, or the rate of its day changed."""
RENAMED: Final = "renamed"
"""It is another kind of event, or at another time."""


class Change(NamedTuple):
    """How many rows changed so, and by how much their value differs, in minor units (0 for touches)."""

    rows: int
    value_minor: int = 0


@dataclass(frozen=True)
class Difference:
    """What changed in the inputs, by what happened; of touches also by the key that they are of."""

    touches: dict[str, int] = field(default_factory=dict)
    events: dict[str, Change] = field(default_factory=dict)
    keys: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        """Whether the inputs are the same."""
        return not self.touches and not self.events


class Inputs(NamedTuple):
    """The two frozen files of a run."""

    touches: Path
    events: Path


@lru_cache(maxsize=32)
def compare_inputs(before: Inputs, after: Inputs) -> Difference:
    """What changed from one pair of files to the other; files are called by their content, so results are kept."""
    touches, keys = (Counter[str](), {}) if before.touches == after.touches else _touches(before.touches, after.touches)
    events = {} if before.events == after.events else _events(before.events, after.events)
    return Difference(dict(touches), events, keys)


def _touches(one: Path, other: Path) -> tuple[Counter[str], dict[str, dict[str, int]]]:
    old, new = (parquet.read_table(path, columns=list(_TOUCH)) for path in (one, other))
    ids = [np.asarray(table["touchpoint_id"].to_numpy(), np.int64) for table in (old, new)]
    _same, at_old, at_new = np.intersect1d(ids[0], ids[1], assume_unique=True, return_indices=True)
    found: dict[str, pa.Table] = {
        REMOVED: old.take(pa.array(_others(at_old, len(old)))),
        ADDED: new.take(pa.array(_others(at_new, len(new)))),
    }
    old, new = old.take(pa.array(at_old)), new.take(pa.array(at_new))
    for what, names in (
        (DECIDED, ("counts",)),
        (MOVED, ("account_id",)),
        (OTHER_KEY, ("party", "channel")),
        (RENAMED, ("occurred_at", "motion", "kind")),
    ):
        found[what] = new.take(pa.array(_differing(old, new, names)))
    counts = Counter({what: len(rows) for what, rows in found.items() if len(rows)})
    keys: dict[str, dict[str, int]] = {}
    for what, rows in found.items():
        for key, count in _counts(rows["party"]):
            keys.setdefault(key, {})[what] = count
    return counts, keys


def _events(one: Path, other: Path) -> dict[str, Change]:
    old, new = (parquet.read_table(path, columns=list(_EVENT)) for path in (one, other))
    place = pc.index_in(new["event"], flat(old["event"]))
    at_new = np.flatnonzero(np.asarray(place.is_valid()))
    at_old = np.asarray(place.drop_null().to_numpy(), np.int64)
    gone, come = old.take(pa.array(_others(at_old, len(old)))), new.take(pa.array(_others(at_new, len(new))))
    found = {REMOVED: Change(len(gone), -_sum(gone)), ADDED: Change(len(come), _sum(come))}
    old, new = old.take(pa.array(at_old)), new.take(pa.array(at_new))
    for what, names in ((REVALUED, ("value_minor",)), (MOVED, ("account_id",)), (RENAMED, ("kind", "occurred_at"))):
        rows = _differing(old, new, names)
        by = _sum(new.take(pa.array(rows))) - _sum(old.take(pa.array(rows))) if what == REVALUED else 0
        found[what] = Change(len(rows), by)
    return {what: change for what, change in found.items() if change.rows}


def _others(places: Ints, count: int) -> Ints:
    """All places but these."""
    left = np.ones(count, np.bool_)
    left[places] = False
    return np.flatnonzero(left)


def _differing(old: pa.Table, new: pa.Table, names: Iterable[str]) -> Ints:
    """The rows in which any of these columns differ; both tables have the same rows in the same order."""
    differs = np.zeros(len(old), np.bool_)
    for name in names:
        differs |= np.asarray(pc.not_equal(old[name], new[name]))
    return np.flatnonzero(differs)


def _sum(table: pa.Table) -> int:
    return int(pc.sum(table["value_minor"]).as_py() or 0)


def _counts(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    return [(one["values"], one["counts"]) for one in pc.value_counts(column).to_pylist()]
