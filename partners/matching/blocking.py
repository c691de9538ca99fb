"""Which pairs are worth comparing: those that share a key which not too many share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from partners.matching.keys import exact_keys, near_keys
from partners.matching.records import Ints, Prepared

EXACT_PAIRS: Final = 40_000
"""Most pairs of one exact key; a telephone that more share belongs to nobody."""
NEAR_PAIRS: Final = 2_500
_CHUNK: Final = 2_000_000
"""Pairs built at once: what bounds the memory."""
_KeysOf = Callable[[Prepared], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of rows as numbers that only this run knows: those of each row behind each other."""

    exact: Ints
    exact_counts: Ints
    near: Ints
    near_counts: Ints


def keys_of(rows: Sequence[Prepared]) -> Keys:
    """The keys of these rows."""
    return Keys(*_numbers(rows, exact_keys), *_numbers(rows, near_keys))


def together(parts: Sequence[Keys]) -> Keys:
    """The keys of lists that follow each other."""
    nothing = np.empty(0, np.int64)
    return Keys(
        *(np.concatenate([nothing, *(getattr(part, name) for part in parts)]) for name in Keys.__dataclass_fields__)
    )


def pairs_within(keys: Keys) -> tuple[Ints, Ints]:
    """Rows of one list, each pair once, the earlier row first."""
    exact, near = _entries(keys.exact, keys.exact_counts), _entries(keys.near, keys.near_counts)
    return _unique([_within(*exact, EXACT_PAIRS), _within(*near, NEAR_PAIRS)])


def pairs_between(left: Keys, right: Keys) -> tuple[Ints, Ints]:
    """Rows of the left list with rows of the right one, each pair once."""
    exact = _between(
        _entries(left.exact, left.exact_counts), _entries(right.exact, right.exact_counts), EXACT_PAIRS
    )  # fmt: skip
    near = _between(_entries(left.near, left.near_counts), _entries(right.near, right.near_counts), NEAR_PAIRS)
    return _unique([exact, near])


def _numbers(rows: Sequence[Prepared], keys_of_one: _KeysOf) -> tuple[Ints, Ints]:
    numbers: list[int] = []
    counts = np.empty(len(rows), np.int64)
    for at, row in enumerate(rows):
        before = len(numbers)
        numbers.extend({hash(key) for key in keys_of_one(row)})
        counts[at] = len(numbers) - before
    return np.asarray(numbers, np.int64), counts


def _entries(keys: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Keys in order, and the row of each."""
    rows = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    order = np.argsort(keys, kind="stable")
    return keys[order], rows[order]


def _within(keys: Ints, rows: Ints, most: int) -> Ints:
    starts, counts = _blocks(keys)
    kept = (counts > 1) & (counts * (counts - 1) // 2 <= most)
    made = [
        _codes(rows, starts[some], counts[some], rows, starts[some], counts[some], ordered=True)
        for some in _portions(kept, counts * counts)
    ]
    return np.unique(np.concatenate(made)) if made else np.empty(0, np.int64)


def _between(left: tuple[Ints, Ints], right: tuple[Ints, Ints], most: int) -> Ints:
    (left_keys, left_rows), (right_keys, right_rows) = left, right
    left_starts, left_counts = _blocks(left_keys)
    right_starts, right_counts = _blocks(right_keys)
    _shared, at_left, at_right = np.intersect1d(
        left_keys[left_starts], right_keys[right_starts], assume_unique=True, return_indices=True
    )
    left_starts, left_counts = left_starts[at_left], left_counts[at_left]
    right_starts, right_counts = right_starts[at_right], right_counts[at_right]
    kept = left_counts * right_counts <= most
    made = [
        _codes(
            left_rows, left_starts[some], left_counts[some], right_rows, right_starts[some], right_counts[some],
            ordered=False,
        )
        for some in _portions(kept, left_counts * right_counts)
    ]  # fmt: skip
    return np.unique(np.concatenate(made)) if made else np.empty(0, np.int64)


def _blocks(keys: Ints) -> tuple[Ints, Ints]:
    """Where each key begins in the ordered keys, and how often it is there."""
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return starts, np.diff(np.append(starts, len(keys)))


def _portions(kept: np.ndarray[tuple[int], np.dtype[np.bool_]], sizes: Ints) -> Iterator[Ints]:
    """The kept blocks in portions that make at most `_CHUNK` pairs, or one block."""
    which = np.flatnonzero(kept)
    if not len(which):
        return
    portion = np.cumsum(sizes[which]) // _CHUNK
    yield from np.split(which, np.flatnonzero(np.diff(portion)) + 1)


_SHIFT: Final = 32


def _codes(
    left: Ints, left_starts: Ints, left_counts: Ints, right: Ints, right_starts: Ints, right_counts: Ints,
    *, ordered: bool,
) -> Ints:  # fmt: skip
    """Each row of a left block with each row of the right block of the same key, as one number a pair."""
    sizes = left_counts * right_counts
    block = np.repeat(np.arange(len(sizes)), sizes)
    inside = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    one = left[left_starts[block] + inside // right_counts[block]]
    other = right[right_starts[block] + inside % right_counts[block]]
    if ordered:
        kept = one < other
        one, other = one[kept], other[kept]
    return np.unique((one << _SHIFT) | other)


def _unique(found: Sequence[Ints]) -> tuple[Ints, Ints]:
    codes = np.unique(np.concatenate(found))
    return codes >> _SHIFT, codes & ((1 << _SHIFT) - 1)
