"""Two lists of companies, or one list within itself: which rows are one company."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from partners.matching.blocking import pairs_between, pairs_within
from partners.matching.preparing import prepare_all
from partners.matching.records import Codes, Columns, Description, Ints, columns_of
from partners.matching.scoring import JOIN, REVIEW, Reason, reasons_of, score_pairs

_CHUNK: Final = 250_000
"""Pairs scored at once: what bounds the memory."""
Progress = Callable[[str, int, int], None]
"""(stage, done, total): "read", "compare"."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows that are, or may be, one company: their places in the lists, beginning with 0."""

    left: int
    right: int
    score: float
    reasons: tuple[Reason, ...]

    @property
    def joined(self) -> bool:
        """Whether the two are one without asking."""
        return self.score >= JOIN


@dataclass(frozen=True, slots=True)
class Matches:
    """What came out, highest score first: every pair from the review threshold on, and how many were compared."""

    pairs: tuple[Pair, ...]
    compared: int

    @property
    def joined(self) -> tuple[Pair, ...]:
        """The pairs that are one company."""
        return tuple(pair for pair in self.pairs if pair.joined)

    @property
    def uncertain(self) -> tuple[Pair, ...]:
        """The pairs that a person decides."""
        return tuple(pair for pair in self.pairs if not pair.joined)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def match(
    left: Sequence[Description], right: Sequence[Description] | None = None, *, progress: Progress = _silent
) -> Matches:
    """Pairs of rows that are one company: between two lists, or within one when `right` is None.

    Rows with different registry ids are never joined, neither directly nor by a chain of joined pairs.
    """
    total = len(left) + len(right or ())
    mine, my_keys = prepare_all(left, lambda done: progress("read", done, total))
    if right is None:
        theirs, (at_left, at_right) = mine, pairs_within(my_keys)
    else:
        theirs, their_keys = prepare_all(right, lambda done: progress("read", len(left) + done, total))
        at_left, at_right = pairs_between(my_keys, their_keys)
    codes = Codes()
    one = columns_of(mine, codes)
    other = one if right is None else columns_of(theirs, codes)
    pairs = _scored(one, other, at_left, at_right, progress)
    registries = [row.registry for row in mine] + ([] if right is None else [row.registry for row in theirs])
    kept = _without_chains(pairs, registries, 0 if right is None else len(left))
    return Matches(tuple(sorted(kept, key=lambda pair: (-pair.score, pair.left, pair.right))), len(at_left))


def _scored(one: Columns, other: Columns, at_left: Ints, at_right: Ints, progress: Progress) -> list[Pair]:
    found: list[Pair] = []
    for start in range(0, len(at_left), _CHUNK):
        progress("compare", start, len(at_left))
        some, others = at_left[start : start + _CHUNK], at_right[start : start + _CHUNK]
        scored = score_pairs(one, other, some, others)
        found += [
            Pair(
                int(some[at]), int(others[at]), round(float(scored.scores[at]), 4), reasons_of(int(scored.reasons[at]))
            )
            for at in np.flatnonzero((scored.scores >= REVIEW) & ~scored.barred)
        ]
    progress("compare", len(at_left), len(at_left))
    return found


def _without_chains(pairs: Sequence[Pair], registries: Sequence[str], offset: int) -> list[Pair]:
    """The pairs, strongest first; a join that would bring two registry ids together is left to a person."""
    parent = list(range(len(registries)))
    held = [{one} if one else set() for one in registries] if any(registries) else []

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    out: list[Pair] = []
    for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.left, pair.right)):
        if not held or not pair.joined:
            out.append(pair)
            continue
        one, other = root(pair.left), root(pair.right + offset)
        if one != other and len(held[one] | held[other]) > 1:
            out.append(Pair(pair.left, pair.right, JOIN - 0.01, (*pair.reasons, Reason.CHAIN)))
            continue
        if one != other:
            parent[other] = one
            held[one] |= held[other]
        out.append(pair)
    return out
