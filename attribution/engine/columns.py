"""Touchpoints and events as columns of whole numbers: how tables become them, and what is refused on the way.

What comes in badly, and what happens (the exit code is that of the command line):

| input                                             | what happens                                        | exit |
|---------------------------------------------------|-----------------------------------------------------|------|
| rows in any order                                 | sorted by account, time and touchpoint id           | 0    |
| the same id twice with the same content           | counted once, the number is told                    | 0    |
| the same id twice with different content          | refused                                             | 3    |
| a touchpoint or event without account, id or time | refused                                             | 3    |
| touchpoints of an account without events          | a journey that ended in nothing (null for Markov)   | 0    |
| an event without eligible touchpoints             | all of it goes to "no partner"                      | 0    |
| a touchpoint without key                          | stays in its place; its credit is "no partner"      | 0    |
| a touchpoint that does not count (`counts` false) | left out, the number is told                        | 0    |
| a negative value of contraction or churn          | negative credit to service and manage, apart        | 0    |
| a value whose sign contradicts the event's kind   | refused                                             | 3    |
| a value that is no whole number, or beyond 10^15  | refused                                             | 3    |
| an event of a kind that the policy does not know  | refused                                             | 3    |
| more than one currency                            | refused: minor units of two currencies never add up | 3    |
| times without zone, or no times at all            | refused                                             | 3    |
| anything later than "observed until"              | refused                                             | 3    |
| 1,000,000 touchpoints on one account              | computed; beyond 2,097,152 in one journey refused   | 0, 4 |
| 1,000,000 distinct keys                           | computed by rules and `shapley`; Markov refuses     | 0, 4 |
|                                                   | beyond 20,000 states, `shapley_rate` beyond 62 keys |      |
| a missing column, or a file without rows          | a missing column is refused, no rows give no credit | 3, 0 |
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above

from attribution.engine.errors import RefusedError, TooLargeError

type_of_text: Final = pa.large_string()
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

GREATEST_VALUE: Final = 10**15
"""Minor units of one event; more would leave the range in which the arithmetic is exact."""
GREATEST_SUM: Final = 9 * 10**18
NO_PARTNER: Final = "(no partner)"


@dataclass(frozen=True)
class Touches:
    """n touchpoints, in any order.

    `touchpoint` orders the ids (ties go by it), `occurred_at` is microseconds since 1970 in UTC; the rest are places in
    the name tables. A key of `len(keys)` is nobody's.
    """

    touchpoint: Ints
    account: Codes
    occurred_at: Ints
    key: Codes
    motion: Codes
    kind: Codes

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True)
class Events:
    """m events, in any order; columns as in `Touches`, `value_minor` in minor units of the one currency."""

    event: Ints
    account: Codes
    occurred_at: Ints
    kind: Codes
    value_minor: Ints

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True)
class Names:
    """What the numbers stand for. Accounts are in the order of (CRC-32 of the id, id), the order of all results."""

    accounts: pa.Array
    keys: pa.Array
    motions: tuple[str, ...]
    kinds: tuple[str, ...]
    event_kinds: tuple[str, ...]
    touchpoints: pa.Array
    events: pa.Array
    currency: str


@dataclass(frozen=True)
class Log:
    """Everything that a run looks at, with what was left out on the way in."""

    touches: Touches
    events: Events
    names: Names
    account_hash: npt.NDArray[np.uint32]
    repeated_touches: int = 0
    repeated_events: int = 0
    uncounted: int = 0


def text(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column as one array of text."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):  # more than one piece is left where it is too long for one
        whole = pa.concat_arrays(whole.chunks)
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    return pc.cast(whole, type_of_text)


def column_of(table: pa.Table, name: str, what: str) -> pa.ChunkedArray:
    """The column; raises RefusedError where there is none."""
    if name not in table.column_names:
        message = f"The {what} have no column {name}; there are: {', '.join(table.column_names)}."
        raise RefusedError(message)
    return table[name]


def micros(table: pa.Table, what: str) -> Ints:
    """`occurred_at` in microseconds since 1970, UTC: (n,) int64. Raises RefusedError without zone or value."""
    column = column_of(table, "occurred_at", what)
    if not pa.types.is_timestamp(column.type):
        if len(column) == 0:
            return np.zeros(0, np.int64)
        message = f"occurred_at of the {what} are no times with a zone, such as 2026-03-01T09:00:00Z."
        raise RefusedError(message)
    if column.type.tz is None:
        message = f"occurred_at of the {what} have no zone; write them as 2026-03-01T09:00:00Z."
        raise RefusedError(message)
    if column.null_count:
        message = f"{column.null_count} of the {what} have no occurred_at."
        raise RefusedError(message)
    whole = pc.cast(column, pa.timestamp("us", "UTC"), safe=False)
    return np.asarray(pc.cast(whole, pa.int64()).to_numpy(), np.int64)


def ids_of(table: pa.Table, name: str, what: str) -> pa.Array:
    """The ids, whole numbers or text as they come. Raises RefusedError where one is missing."""
    column = column_of(table, name, what)
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if not pa.types.is_integer(whole.type):
        whole = text(whole)
    missing = whole.null_count
    if not missing and pa.types.is_large_string(whole.type):
        missing = int(pc.sum(pc.equal(pc.binary_length(whole), 0)).as_py() or 0)
    if missing:
        message = f"{missing} of the {what} have no {name}."
        raise RefusedError(message)
    return whole


def order_of(ids: pa.Array) -> Ints:
    """Whole numbers that stand in the order of the ids: numbers for themselves, text by its place among all."""
    if pa.types.is_integer(ids.type):
        return np.asarray(pc.cast(ids, pa.int64()).to_numpy(zero_copy_only=False), np.int64)
    return np.asarray(pc.rank(ids, tiebreaker="dense").to_numpy(zero_copy_only=False), np.int64)


def interned(column: pa.Array, names: Sequence[str] | None = None) -> tuple[Codes, tuple[str, ...]]:
    """Each value's place in the sorted table of names; nothing counts as the empty text."""
    filled = pc.fill_null(column, "")
    table = pa.array(sorted(set(pc.unique(filled).to_pylist())) if names is None else names, type_of_text)
    places = pc.index_in(filled, table)
    return np.asarray(places.to_numpy(zero_copy_only=False), np.int32), tuple(table.to_pylist())


def keyed(column: pa.Array, keys: pa.Array | None = None) -> tuple[Codes, pa.Array]:
    """Each key's place in the table of keys (sorted, or the one given); nobody's is one past the end."""
    column = pc.if_else(pc.equal(pc.binary_length(column), 0), None, column)
    encoded = column.dictionary_encode()
    table = pc.take(encoded.dictionary, pc.sort_indices(encoded.dictionary)) if keys is None else keys
    moved = np.append(pc.index_in(encoded.dictionary, table).to_numpy(zero_copy_only=False), len(table))
    places = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return np.asarray(moved, np.int32)[places], table


def hashed(names: pa.Array) -> npt.NDArray[np.uint32]:
    """CRC-32 of each name's UTF-8: the fixed hash that cuts accounts into buckets and shards."""
    return np.fromiter((crc32(name.encode()) for name in names.to_pylist()), np.uint32, len(names))


def _accounts(touches: pa.Array, events: pa.Array) -> tuple[Codes, Codes, pa.Array, npt.NDArray[np.uint32]]:
    encoded = pa.concat_arrays([touches, events]).dictionary_encode()
    hashes = hashed(encoded.dictionary)
    by_hash = np.lexsort((order_of(encoded.dictionary), hashes))
    place = np.empty(len(by_hash), np.int32)
    place[by_hash] = np.arange(len(by_hash), dtype=np.int32)
    codes = place[encoded.indices.to_numpy(zero_copy_only=False)]
    return codes[: len(touches)], codes[len(touches) :], pc.take(encoded.dictionary, pa.array(by_hash)), hashes[by_hash]


def _optional(table: pa.Table, name: str) -> pa.Array:
    return text(table[name]) if name in table.column_names else pa.nulls(len(table), type_of_text)


def _values(table: pa.Table) -> Ints:
    column = column_of(table, "value_minor", "events")
    if len(column) == 0:
        return np.zeros(0, np.int64)
    if not pa.types.is_integer(column.type) or column.null_count:
        message = "value_minor of the events must be whole numbers of minor units, none missing."
        raise RefusedError(message)
    values = np.asarray(pc.cast(column, pa.int64()).to_numpy(), np.int64)
    if ((values > GREATEST_VALUE) | (values < -GREATEST_VALUE)).any():
        message = f"A value is beyond {GREATEST_VALUE:,} minor units."
        raise RefusedError(message)
    if np.abs(values).sum(dtype=np.float64) > GREATEST_SUM:
        message = f"The values together are beyond {GREATEST_SUM:,} minor units."
        raise TooLargeError(message)
    return values


def _currency(table: pa.Table) -> str:
    found = sorted({one or "" for one in pc.unique(_optional(table, "currency")).to_pylist()})
    if len(found) > 1:
        message = f"The events are in more than one currency ({', '.join(found)}): convert them or run each alone."
        raise RefusedError(message)
    return found[0] if found else ""


def without_repeats(ids: Ints, columns: Sequence[npt.NDArray[np.generic]], what: str) -> tuple[Ints | None, int]:
    """The rows to keep where ids repeat (None: all), and how many go. Raises RefusedError where repeats differ."""
    if len(ids) < 2 or bool((ids[1:] > ids[:-1]).all()):  # noqa: PLR2004 - one row cannot repeat
        return None, 0
    order = np.argsort(ids, kind="stable")
    same = ids[order[1:]] == ids[order[:-1]]
    if not same.any():
        return None, 0
    later, earlier = order[1:][same], order[:-1][same]
    differing = sum(int((column[later] != column[earlier]).sum()) for column in columns)
    if differing:
        message = f"The same id stands for different {what}."
        raise RefusedError(message)
    kept = np.ones(len(ids), np.bool_)
    kept[later] = False
    return np.flatnonzero(kept), len(later)


def _checked_time(times: Ints, observed_until: int | None, what: str) -> None:
    if observed_until is not None and bool((times > observed_until).any()):
        message = f"{int((times > observed_until).sum())} of the {what} are later than what was observed."
        raise RefusedError(message)


def counted(touchpoints: pa.Table) -> tuple[pa.Table, int]:
    """The touchpoints that count, and how many do not. Raises RefusedError unless `counts` is true or false."""
    if "counts" not in touchpoints.column_names:
        return touchpoints, 0
    if not pa.types.is_boolean(touchpoints["counts"].type):
        message = "counts of the touchpoints must be true or false."
        raise RefusedError(message)
    kept = touchpoints.filter(pc.fill_null(touchpoints["counts"], fill_value=False))
    return kept, len(touchpoints) - len(kept)


def read(
    touchpoints: pa.Table,
    events: pa.Table,
    *,
    by: str = "key",
    observed_until: int | None = None,
    keys: pa.Array | None = None,
) -> Log:
    """Tables to columns; see the table above for what is refused.

    `by` names the column that credit goes to, `observed_until` is microseconds since 1970, `keys` a table of keys that
    covers those of the touchpoints (where several logs must agree on it).
    """
    touchpoints, uncounted = counted(touchpoints)
    touch_ids = ids_of(touchpoints, "touchpoint_id", "touchpoints")
    event_ids = ids_of(events, "event_id", "events")
    touch_accounts = text(ids_of(touchpoints, "account_id", "touchpoints"))
    event_accounts = text(ids_of(events, "account_id", "events"))
    of_touches, of_events, accounts, hashes = _accounts(touch_accounts, event_accounts)
    key, keys = keyed(text(column_of(touchpoints, by, "touchpoints")), keys)
    motion, motions = interned(_optional(touchpoints, "motion"))
    kind, kinds = interned(_optional(touchpoints, "kind"))
    event_kind, event_kinds = interned(text(column_of(events, "kind", "events")))
    touched = Touches(order_of(touch_ids), of_touches, micros(touchpoints, "touchpoints"), key, motion, kind)
    happened = Events(order_of(event_ids), of_events, micros(events, "events"), event_kind, _values(events))
    _checked_time(touched.occurred_at, observed_until, "touchpoints")
    _checked_time(happened.occurred_at, observed_until, "events")
    names = Names(accounts, keys, motions, kinds, event_kinds, touch_ids, event_ids, _currency(events))
    return _distinct(Log(touched, happened, names, hashes, uncounted=uncounted))


def _distinct(log: Log) -> Log:
    """The log with each id once."""
    touches, events = log.touches, log.events
    columns = (touches.account, touches.occurred_at, touches.key, touches.motion, touches.kind)
    kept, gone = without_repeats(touches.touchpoint, columns, "touchpoints")
    if kept is not None:
        touches = Touches(*(getattr(touches, name)[kept] for name in Touches.__annotations__))
        names = replace(log.names, touchpoints=log.names.touchpoints.take(pa.array(kept)))
        log = replace(log, touches=touches, names=names, repeated_touches=gone)
    kept, gone = without_repeats(
        events.event, (events.account, events.occurred_at, events.kind, events.value_minor), "events"
    )
    if kept is not None:
        events = Events(*(getattr(events, name)[kept] for name in Events.__annotations__))
        names = replace(log.names, events=log.names.events.take(pa.array(kept)))
        log = replace(log, events=events, names=names, repeated_events=gone)
    return log
