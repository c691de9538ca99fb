"""The largest remainder: whole parts of a total in proportion to weights, exact and without order."""

from typing import Final

import numpy as np

from attribution.engine.columns import Flags, Ints

ONE: Final = 1 << 40
"""Float weights are whole numbers of this part before anything is divided."""
PPB: Final = 1_000_000_000
"""A share of one, in parts of a thousand million."""
_CLASSES: Final = 2
_NEVER: Final = np.iinfo(np.int64).max


def quantise(weights: Ints) -> tuple[Ints, Flags]:
    """Rows of weights (m, n) from 0 in parts of `ONE`, each row adding up to about `ONE`; rows of zeros become linear.

    Also tells which rows were zeros. Rows are summed as whole numbers, so that the order of touches changes no bit.
    """
    total = weights.sum(axis=-1, keepdims=True)
    empty = total[..., 0] == 0
    if empty.any():
        weights = np.where(empty[..., None], 1, weights)
        total = weights.sum(axis=-1, keepdims=True)
    return np.rint(weights * (ONE / total)).astype(np.int64), empty


def allot(totals: Ints, weights: Ints, ties: Ints | None = None) -> Ints:
    """Whole parts (m, n) of the totals (m,) in proportion to whole weights, (m, n) or the same (n,) for every row.

    Each part is the exact quotient rounded down; what is left goes, one each, to the greatest remainders, equal ones by
    `ties` (m, n), ranks from 0 to n - 1 (None: by place). Signs are put back at the end, so reversals mirror.
    |totals| up to 10^15, row sums of weights up to 2^41, n up to 2^21; every row has a positive weight.

    The quotient is estimated in floating point, at most one off, and set right by the remainder. That is computed
    modulo 2^64 and lies within the range of int64, hence exact.
    """
    parts = _alike(np.abs(totals), weights, ties) if weights.ndim == 1 else None
    if parts is None:
        parts = _general(np.abs(totals), weights, ties)
    return parts * np.where(totals < 0, -1, 1)[:, None] if (totals < 0).any() else parts


def _general(sizes: Ints, weights: Ints, ties: Ints | None) -> Ints:
    size = sizes[:, None]
    count = weights.shape[-1]
    whole = weights.sum(axis=-1, keepdims=True)
    parts: Ints = (size * (weights / whole)).astype(np.int64)
    remainders = size * weights - parts * whole
    below = remainders < 0
    if below.any():
        parts -= below
        remainders += below * whole
    above = remainders >= whole
    if above.any():
        parts += above
        remainders -= above * whole
    left = size[:, 0] - parts.sum(axis=-1)
    if left.any():
        parts += _greatest(remainders, left, np.arange(count) if ties is None else ties)
    return parts


def _alike(sizes: Ints, weights: Ints, ties: Ints | None) -> Ints | None:
    """The same where all rows have the same one or two different weights, without sorting; None where it is not so.

    All touches of one weight have one quotient and one remainder, so that a row is four numbers until it is written.
    """
    classes, which = np.unique(weights, return_inverse=True)
    if len(classes) > _CLASSES or int(sizes.max(initial=0)) * int(classes[-1]) > _NEVER:
        return None
    if ties is not None and len(classes) > 1:
        return None
    counts = np.bincount(which)
    quotients, remainders = np.divmod(sizes[:, None] * classes, (classes * counts).sum())
    left = sizes - quotients @ counts
    if len(classes) == 1:
        rank = np.arange(len(weights)) if ties is None else ties
        return quotients + (rank < left[:, None])
    second = remainders[:, 1] > remainders[:, 0]
    of_second = np.minimum(np.where(second, left, np.maximum(left - counts[0], 0)), counts[1])
    granted = np.stack([left - of_second, of_second], axis=1)
    in_class = np.where(which == 1, np.cumsum(which == 1), np.cumsum(which == 0)) - 1
    parts: Ints = quotients[:, which] + (in_class < granted[:, which])
    mixed = np.flatnonzero((remainders[:, 0] == remainders[:, 1]) & (left > 0))
    if mixed.size:  # equal remainders of different weights: by place among both
        parts[mixed] = _general(sizes[mixed], weights, ties)
    return parts


def _greatest(remainders: Ints, chosen: Ints, ties: Ints) -> Flags:
    """Which `chosen` (m,) of each row's remainders are greatest, ties going to the lowest rank."""
    count = remainders.shape[-1]
    bits = max(1, (count - 1).bit_length())
    ranked = (remainders << bits) | (count - 1 - ties)
    ordered = np.empty((len(ranked), count + 1), np.int64)
    ordered[:, :count] = ranked
    ordered[:, :count].sort(axis=-1)
    ordered[:, count] = _NEVER
    least = ordered[np.arange(len(ranked)), count - chosen]
    chosen_ones: Flags = ranked >= least[:, None]
    return chosen_ones
