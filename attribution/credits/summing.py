"""Adding up credits while they are reckoned: by key, kind and month, the paying rows, and what partners touched."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import csv, parquet

from attribution.credits.columns import Ints, flat, ints
from attribution.credits.rules import NOBODY, PPB, partner_of
from attribution.engine.columns import NO_PARTNER
from attribution.lifecycle.rules import LOSSES

_PLAIN: Final = csv.WriteOptions(include_header=False)
_HEX: Final = np.array([f"{one:02x}".encode() for one in range(256)], "S2")
_ID: Final = 16
_BY: Final = ("model", "key", "kind", "period")
SUMS: Final = pa.schema([
    *((name, pa.string()) for name in _BY[:3]),
    ("period", pa.date32()),
    ("share_ppb", pa.int64()),
    ("value_minor", pa.int64()),
    ("events", pa.int64()),
])  # fmt: skip


class Unbalanced(ArithmeticError):
    """Credits of an event do not add up to it: nothing of such a run may be stored."""


@dataclass(frozen=True)
class Credits:
    """Credits in full as numbers (r,): places of events, of models and of keys, shares and values."""

    event: Ints
    touchpoint: pa.Array
    model: Ints
    models: list[str]
    key: Ints
    keys: list[str]
    share: Ints
    value: Ints

    @classmethod
    def of(cls, table: pa.Table) -> "Credits":
        """From what the engine gives."""
        model, models = _encoded(table["model"])
        key, keys = _encoded(table["key"])
        return cls(
            ints(table["event_id"]), flat(table["touchpoint_id"]), model, models,
            key, [NOBODY if one == NO_PARTNER else one for one in keys],
            ints(table["share_ppb"]), ints(table["value_minor"]),
        )  # fmt: skip

    def of_model(self, name: str) -> Ints:
        """The rows of one model."""
        return np.flatnonzero(self.model == self.models.index(name)) if name in self.models else np.zeros(0, np.int64)


def _encoded(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    found = flat(column).dictionary_encode()
    return found.indices.to_numpy(zero_copy_only=False).astype(np.int64), found.dictionary.to_pylist()


def _grouped(code: Ints, *sums: Ints) -> tuple[Ints, ...]:
    """Each code once, the exact sums of each column, and how many rows it had."""
    table = pa.table({"code": code, **{f"c{number}": column for number, column in enumerate(sums)}})
    wanted = [(f"c{number}", "sum") for number in range(len(sums))] + [("code", "count")]
    found = table.group_by("code").aggregate(wanted)
    return (ints(found["code"]), *(ints(found[f"c{n}_sum"]) for n in range(len(sums))), ints(found["code_count"]))


class Events:
    """The frozen events as columns; an event is called by its place."""

    def __init__(self, table: pa.Table) -> None:
        self.ids = flat(table["event"])
        self.value = ints(table["value_minor"])
        self.kind, self.kinds = _encoded(table["kind"])
        self.period, self.periods = _encoded(table["period"])
        losing = [place for place, kind in enumerate(self.kinds) if kind in LOSSES]
        self.gains = ~np.isin(self.kind, losing)

    def __len__(self) -> int:
        return len(self.value)


@dataclass
class Sums:
    """Credit by model, key, kind and month, while pieces come in; every event must come whole and only once."""

    events: Events
    parts: list[pa.Table] = field(default_factory=list)
    groups: int = 0
    """Pairs of event and model that were seen."""

    def take(self, credits_in_full: Credits) -> None:
        """One more piece. Raises Unbalanced."""
        one = credits_in_full
        self._check(one)
        spans = len(one.models), len(one.keys)
        code, share, value, _rows = _grouped((one.event * spans[0] + one.model) * spans[1] + one.key, one.share,
                                             one.value)  # fmt: skip
        rest, key = np.divmod(code, spans[1])
        event, model = np.divmod(rest, spans[0])
        kinds, periods = max(len(self.events.kinds), 1), max(len(self.events.periods), 1)
        code = ((model * spans[1] + key) * kinds + self.events.kind[event]) * periods + self.events.period[event]
        code, share, value, count = _grouped(code, share, value)
        rest, period = np.divmod(code, periods)
        rest, kind = np.divmod(rest, kinds)
        model, key = np.divmod(rest, spans[1])
        names = (
            pa.array(one.models, pa.string()).take(pa.array(model)),
            pa.array(one.keys, pa.string()).take(pa.array(key)),
            pa.array(self.events.kinds, pa.string()).take(pa.array(kind)),
            pa.array(self.events.periods, pa.date32()).take(pa.array(period)),
        )
        self.parts.append(pa.table([*names, share, value, count], schema=SUMS))

    def _check(self, one: Credits) -> None:
        """Shares of each event and model are one whole, values the event's own; both come one after another."""
        group = one.event * len(one.models) + one.model
        begins = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]])) if len(group) else group
        if not len(begins):
            return
        shares, values = np.add.reduceat(one.share, begins), np.add.reduceat(one.value, begins)
        wrong = (shares != PPB) | (values != self.events.value[one.event[begins]])
        if wrong.any() or len(np.unique(group[begins])) < len(begins):
            message = f"{int(wrong.sum())} events do not add up"
            raise Unbalanced(message)
        self.groups += len(begins)

    def table(self, models: int) -> pa.Table:
        """All pieces together, in the order of model, key, kind and month. Raises Unbalanced if events are missing."""
        if self.groups != models * len(self.events):
            message = f"{self.groups} of {models * len(self.events)} events by model were credited"
            raise Unbalanced(message)
        if not self.parts:
            return SUMS.empty_table()
        whole = pa.concat_tables(self.parts).group_by(list(_BY)).aggregate(
            [("share_ppb", "sum"), ("value_minor", "sum"), ("events", "sum")]
        )  # fmt: skip
        whole = whole.select([*_BY, "share_ppb_sum", "value_minor_sum", "events_sum"]).rename_columns(SUMS.names)
        return whole.sort_by([(name, "ascending") for name in _BY])


@dataclass
class Influence:
    """The value of gaining events that a party touched at all, and what partners sourced, while pieces come in."""

    events: Events
    by_key: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Events and their value."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(
        ("influenced_events", "influenced_minor", "sourced_events", "sourced_minor"), 0
    ))  # fmt: skip

    def take(self, one: Credits) -> None:
        """One more piece. `linear` gives to every eligible touch, `first` to the first."""
        partners = np.array([partner_of(key) is not None for key in one.keys], np.bool_)
        for model, name in (("linear", "influenced"), ("first", "sourced")):
            rows = one.of_model(model)
            rows = rows[self.events.gains[one.event[rows]]]
            touched = np.unique(one.event[rows[partners[one.key[rows]]]])
            self.counts[f"{name}_events"] += len(touched)
            self.counts[f"{name}_minor"] += int(self.events.value[touched].sum())
            if model == "linear":
                self._add(one, np.unique(one.event[rows] * len(one.keys) + one.key[rows]))

    def _add(self, one: Credits, pairs: Ints) -> None:
        event, key = np.divmod(pairs, max(len(one.keys), 1))
        for place, value, count in zip(*(column.tolist() for column in _grouped(key, self.events.value[event])),
                                       strict=True):  # fmt: skip
            before = self.by_key.get(one.keys[place], (0, 0))
            self.by_key[one.keys[place]] = (before[0] + count, before[1] + value)


class Paying:
    """The paying model's credits as CSV: event, kind, month, touchpoint, key, share, value."""

    def __init__(self, path: Path, events: Events, touches: Path, model: str) -> None:
        ids = parquet.read_table(touches, columns=["touchpoint_id", "touchpoint"])
        self._numbers, self._ids = ints(ids["touchpoint_id"]), flat(ids["touchpoint"])
        self._events, self._model, self._path = events, model, path
        path.write_bytes(b"")

    def take(self, one: Credits) -> None:
        """One more piece, at the end of the file."""
        rows = one.of_model(self._model)
        if not len(rows):
            return
        event, touch = one.event[rows], one.touchpoint.take(pa.array(rows))
        nobody = touch.is_null()
        numbers = np.asarray(touch.fill_null(0).to_numpy(zero_copy_only=False), np.int64)
        place = np.minimum(np.searchsorted(self._numbers, numbers), max(len(self._numbers) - 1, 0))
        met = _hex(self._ids.take(pa.array(place))) if len(self._numbers) else pa.nulls(len(rows), pa.string())
        table = pa.table({
            "event": _hex(self._events.ids.take(pa.array(event))),
            "kind": pa.array(self._events.kinds, pa.string()).take(pa.array(self._events.kind[event])),
            "period": pa.array(self._events.periods, pa.date32()).take(pa.array(self._events.period[event])),
            "touchpoint": pc.if_else(nobody, pa.scalar(None, pa.string()), met),
            "key": pa.array(one.keys, pa.string()).take(pa.array(one.key[rows])),
            "share_ppb": one.share[rows],
            "value_minor": one.value[rows],
        })  # fmt: skip
        with self._path.open("ab") as file:
            csv.write_csv(table, file, _PLAIN)


def _hex(ids: pa.Array) -> pa.Array:
    """Ids of 16 bytes as 32 hexadecimal digits."""
    raw = np.frombuffer(b"".join(ids.to_pylist()), np.uint8)
    text = _HEX[raw].tobytes()
    offsets = np.arange(len(ids) + 1, dtype=np.int32) * (2 * _ID)
    return pa.Array.from_buffers(pa.string(), len(ids), [None, pa.py_buffer(offsets), pa.py_buffer(text)])


def write_lines(path: Path, tables: dict[str, pa.Table]) -> None:
    """Tables one after another as CSV, each line led by the table's name."""
    with path.open("wb") as file:
        for name, table in tables.items():
            led = table.add_column(0, "dimension", [pa.array([name] * len(table), pa.string())])
            csv.write_csv(led, file, _PLAIN)


def counted(influence: Influence, events: Events) -> dict[str, Any]:
    """What a run says in figures of partners' part."""
    return {**influence.counts, "gains": int(events.gains.sum()), "losses": int((~events.gains).sum())}
