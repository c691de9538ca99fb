"""Models that look at one journey only: whole-number weights of its touches by position, time, kind and motion."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from attribution.engine.columns import Codes, Flags, Ints, Log, Touches
from attribution.engine.errors import UnknownModelError
from attribution.engine.policy import MICROS_PER_DAY, Custom
from attribution.engine.remainder import ONE, quantise

MILESTONES: Final = ("lead_created", "deal_created", "deal_closed")
"""Kinds of touches that are milestones; a journey's first touch of a kind is the milestone."""
_EXACT: Final = 1 << 38
"""Greatest row sum of weights that are divided as they are; greater ones are quantised."""


@dataclass(frozen=True)
class Part:
    """m journeys of n touches each, as rows of the touches (m, n); `is_empty`: of none, n = 1 stands for nobody's.

    `weights` (m, n) are those of the policy, None where all are alike.
    """

    log: Log
    rows: Codes
    is_empty: bool = False
    weights: Ints | None = None

    @property
    def touches(self) -> Touches:
        """The columns that `rows` point into."""
        return self.log.touches

    @property
    def length(self) -> int:
        """n: touches of each journey."""
        return int(self.rows.shape[1])

    @cached_property
    def keys(self) -> Codes:
        """The key of each touch (m, n); nobody's is one past the last."""
        nobody = np.int32(len(self.log.names.keys))
        return np.full(self.rows.shape, nobody, np.int32) if self.is_empty else self.touches.key[self.rows]

    @cached_property
    def age(self) -> Ints:
        """Microseconds from each touch to the newest of its journey (m, n)."""
        times = self.touches.occurred_at[self.rows]
        age: Ints = times[:, -1:] - times
        return age

    def of_kind(self, kind: str) -> Flags:
        """Which touches are of this kind (m, n)."""
        kinds = self.log.names.kinds
        if kind not in kinds:
            return np.zeros(self.rows.shape, np.bool_)
        found: Flags = self.touches.kind[self.rows] == kinds.index(kind)
        return found


def first(length: int) -> Ints:
    """1 for the first touch of n."""
    weights = np.zeros(length, np.int64)
    weights[0] = 1
    return weights


def last(length: int) -> Ints:
    """1 for the last touch of n."""
    return first(length)[::-1]


def first_last(length: int) -> Ints:
    """1/2 for the first and the last of n touches; all of it where they are one."""
    weights = np.zeros(length, np.int64)
    weights[0] = weights[-1] = 1
    return weights


def linear(length: int) -> Ints:
    """1/n for each of n touches."""
    return np.ones(length, np.int64)


def u_shaped(length: int) -> Ints:
    """0.4 for the first and the last of n touches, 0.2 in equal parts between; n = 2: 1/2 each.

    In whole parts of 5 (n - 2): 2 (n - 2) for each end, 1 for each other. Source: Google Analytics, "position based".
    """
    if length <= 2:  # noqa: PLR2004 - no middle
        return linear(length)
    weights = np.ones(length, np.int64)
    weights[0] = weights[-1] = 2 * (length - 2)
    return weights


CURVES: Final[dict[str, Callable[[int], Ints]]] = {
    "first": first,
    "last": last,
    "first_last": first_last,
    "linear": linear,
    "u_shaped": u_shaped,
}
"""Models that know only how many touches a journey has: n to weights (n,)."""


def _milestones(part: Part, kinds: tuple[str, ...]) -> Ints:
    """How many milestones each touch is (m, n): the first touch is one, and the first of each kind."""
    counts = np.zeros(part.rows.shape, np.int64)
    counts[:, 0] = 1
    for kind in kinds:
        of_kind = part.of_kind(kind)
        journeys = np.flatnonzero(of_kind.any(axis=1))
        counts[journeys, of_kind[journeys].argmax(axis=1)] += 1
    return counts


def _milestone_weights(part: Part, kinds: tuple[str, ...], milestone: int, rest: int) -> Ints:
    """`milestone` parts per milestone, `rest` parts over the other touches; missing milestones renormalised."""
    counts = _milestones(part, kinds)
    others = (counts == 0).sum(axis=1, keepdims=True)
    return np.where(counts > 0, counts * milestone * np.maximum(others, 1), rest)


def w_shaped(part: Part) -> Ints:
    """0.3 each for first, lead created and deal created, 0.1 over the other touches: weights (m, n).

    In whole parts of 10 k with k other touches: 3 k per milestone, 1 for each other. A touch that is two milestones
    gets both; missing milestones and a missing rest are renormalised away. Source: Marketo Measure, "W-shaped".
    """
    return _milestone_weights(part, MILESTONES[:2], 3, 1)


def full_path(part: Part) -> Ints:
    """0.225 each for first, lead created, deal created and closed, 0.1 over the other touches: weights (m, n).

    In whole parts of 40 k with k other touches: 9 k per milestone, 4 for each other; otherwise as `w_shaped`. Source:
    Marketo Measure, "Full path".
    """
    return _milestone_weights(part, MILESTONES, 9, 4)


def decay(part: Part, half_life_days: float) -> Ints:
    """2^(-age / half-life) in parts of 1/2^40, to be normalised: weights (m, n).

    Age counts from the journey's newest touch; counting it from the event multiplies all weights by the same factor.
    Source: Google Analytics, "time decay".
    """
    if part.is_empty:
        return np.full(part.rows.shape, ONE)
    halvings = part.age * (-1.0 / (half_life_days * MICROS_PER_DAY))
    found: Ints = np.rint(np.exp2(halvings) * ONE).astype(np.int64)
    return found


def custom(part: Part, model: Custom) -> Ints:
    """Weight by kind times weight by motion times a curve of positions: weights (m, n), to be normalised."""
    if model.curve not in CURVES:
        message = f"A custom model's curve is one of {', '.join(CURVES)}, not {model.curve}."
        raise UnknownModelError(message)
    curve = CURVES[model.curve](part.length)
    if part.is_empty:
        return curve
    names, touches = part.log.names, part.touches
    kinds = np.array([model.kinds.get(name, model.kinds.get("", 1)) for name in names.kinds], np.int64)
    motions = np.array([model.motions.get(name, model.motions.get("", 1)) for name in names.motions], np.int64)
    product = kinds[touches.kind[part.rows]] * motions[touches.motion[part.rows]]
    largest = product.max(axis=1, keepdims=True, initial=1)
    # Products reach 10^12: as parts of the greatest they leave room for the curve.
    scaled = product if int(largest.max()) < 1 << 20 else np.rint(product * ((1 << 20) / largest)).astype(np.int64)
    return scaled * curve


@dataclass(frozen=True)
class Settings:
    """What the models of position take besides the journey."""

    half_life_days: float = 7.0
    custom: Custom = field(default_factory=Custom)


def weights(model: str, part: Part, settings: Settings) -> tuple[Ints, Flags | None]:
    """A model's weights for a part: (n,) where all journeys have the same, else (m, n); row sums up to about 2^40.

    Also tells which journeys had only zeros and became linear (None: none). Raises UnknownModelError.
    """
    if model in CURVES:
        found = CURVES[model](part.length)
    elif model == "w_shaped":
        found = w_shaped(part)
    elif model == "full_path":
        found = full_path(part)
    elif model == "decay":
        found = decay(part, settings.half_life_days)
    elif model == "custom":
        found = custom(part, settings.custom)
    else:
        message = f"There is no model {model}."
        raise UnknownModelError(message)
    return finished(found, part)


def finished(found: Ints, part: Part) -> tuple[Ints, Flags | None]:
    """Weights times those of the policy, quantised where they are too great to be divided exactly as they are."""
    if part.weights is not None:
        if int(found.sum(axis=-1).max()) > ONE:  # those of the policy reach 2^20 and must find room in 64 bits
            found = quantise(np.atleast_2d(found))[0]
        found = found * part.weights
    if found.ndim == 1:
        return found, None
    total = found.sum(axis=1)
    if int(total.min()) > 0 and int(total.max()) < _EXACT:
        return found, None
    quantised, empty = quantise(found)
    return quantised, empty if empty.any() else None
