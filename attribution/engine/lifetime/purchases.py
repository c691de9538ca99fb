"""What the two models of repeat purchases have in common: their shape, expectations, discounting and intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial import chebyshev

from attribution.engine.lifetime.fitting import Fit, FloatArray, NotFittedError, grouped

_NODES: Final = 32


@dataclass(frozen=True)
class PurchaseModel:
    """A model of repeat purchases, as functions of its parameters (k,); columns have one row a customer, (n,).

    `fit(frequency, recency, age)`, `probability_alive(parameters, frequency, recency, age)` and
    `purchases_if_alive(parameters, frequency, age, ahead)`, which broadcasts. `time_parameters` are the places of those
    parameters that have the unit of time.
    """

    name: str
    parameter_names: tuple[str, ...]
    time_parameters: tuple[int, ...]
    fit: Callable[[FloatArray, FloatArray, FloatArray], Fit]
    probability_alive: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
    purchases_if_alive: Callable[[FloatArray, FloatArray, FloatArray, FloatArray | float], FloatArray]


def check_history(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> None:
    """Raises ValueError unless 0 ≤ recency ≤ age, frequencies are whole, and no repeat purchase means recency 0."""
    columns = (frequency, recency, age)
    if not frequency.size:
        message = "there are no customers"
        raise ValueError(message)
    wrong = [
        ("frequency, recency and age must be numbers", ~np.logical_and.reduce([np.isfinite(one) for one in columns])),
        ("frequency must be a whole number from 0", (frequency < 0) | (frequency != np.floor(frequency))),
        ("recency must lie between 0 and age", (recency < 0) | (recency > age)),
        ("recency must be 0 exactly where frequency is", (frequency == 0) != (recency == 0)),
    ]
    for rule, breaks in wrong:
        if breaks.any():
            at = int(np.argmax(breaks))
            message = (
                f"{rule}; row {at + 1} of {int(breaks.sum())} that do not: "
                f"frequency {frequency[at]:g}, recency {recency[at]:g}, age {age[at]:g}"
            )
            raise ValueError(message)


def typical_gap(frequency: FloatArray, age: FloatArray, count: FloatArray) -> float:
    """The time between purchases if all customers were equal and none was ever lost: where a search may start.

    Raises NotFittedError where nobody was observed for any time.
    """
    time = float(count @ age)
    if time <= 0:
        message = "all customers began on the last day of observation: nothing was seen of them"
        raise NotFittedError(message)
    return time / max(float(count @ frequency), 1.0)


def expected_purchases(
    model: PurchaseModel,
    parameters: FloatArray,
    frequency: FloatArray,
    recency: FloatArray,
    age: FloatArray,
    ahead: float,
) -> FloatArray:
    """Expected purchases (n,) of each customer in the time `ahead` after its age: P(alive) times those if alive."""
    if not ahead >= 0:
        message = f"the time ahead must not be negative: {ahead:g}"
        raise ValueError(message)
    alive = model.probability_alive(parameters, frequency, recency, age)
    return alive * model.purchases_if_alive(parameters, frequency, age, ahead)


@dataclass(frozen=True)
class Discounting:
    """How future purchases count: those of the k-th unit ahead, k = 1 … `horizon`, by (1 + `rate`)^−k.

    `rate` is per unit of time. Source of the form: Fader, Hardie and Lee, RFM and CLV, Journal of Marketing Research
    42 (2005), 415-430, discounted at the end of each unit.
    """

    horizon: int
    rate: float

    def __post_init__(self) -> None:
        if self.horizon < 1:
            message = f"the horizon must be at least 1 unit: {self.horizon}"
            raise ValueError(message)
        if not (np.isfinite(self.rate) and self.rate > -1):
            message = f"the discount rate must be above −1: {self.rate:g}"
            raise ValueError(message)

    def weights(self) -> FloatArray:
        """Coefficients (horizon,) of M(1) … M(horizon), the cumulated purchases: the discounted sum by parts."""
        discount = np.exp(-np.log1p(self.rate) * np.arange(1, self.horizon + 1))
        return np.append(discount[:-1] - discount[1:], discount[-1])

    def nodes(self, scale: float) -> tuple[FloatArray, FloatArray]:
        """Few times and coefficients that give the same sum for a smooth M with M(0) = 0: shapes (j,), j at most 32.

        Over long horizons M is interpolated by Chebyshev polynomials in log(1 + t/scale), in which it is analytic in a
        wide strip when `scale` is at most α + T (and β + T): the sum is then exact to about 1e-8.
        """
        times, weights = np.arange(1.0, self.horizon + 1), self.weights()
        if self.horizon <= _NODES:
            return times, weights
        width = np.log1p(self.horizon / scale)
        # 0 is an end of the grid, where M is 0; its coefficient is not needed.
        grid = chebyshev.chebpts2(_NODES + 1)
        at_times = chebyshev.chebvander(2 * np.log1p(times / scale) / width - 1, _NODES)
        coefficients = np.linalg.solve(chebyshev.chebvander(grid, _NODES).T, at_times.T @ weights)
        node_times: FloatArray = scale * np.expm1(width * (grid[1:] + 1) / 2)
        return node_times, np.asarray(coefficients[1:], dtype=np.float64)


def discounted_purchases(
    model: PurchaseModel,
    parameters: FloatArray,
    frequency: FloatArray,
    recency: FloatArray,
    age: FloatArray,
    discounting: Discounting,
) -> FloatArray:
    """Discounted expected purchases (n,) of each customer within the horizon; customers of one history cost once."""
    (x, end), _count, group = grouped(frequency, age)
    times, weights = discounting.nodes(float(parameters[list(model.time_parameters)].min()))
    if_alive = np.zeros(x.size)
    for time, weight in zip(times, weights, strict=True):
        if_alive += weight * model.purchases_if_alive(parameters, x, end, time)
    return model.probability_alive(parameters, frequency, recency, age) * if_alive[group]
