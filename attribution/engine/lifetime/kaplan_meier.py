"""The Kaplan-Meier curve: how many customers are left after a time, when some are still there."""

from dataclasses import dataclass

import numpy as np
from scipy import special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import FloatArray, totals


@dataclass(frozen=True)
class Curve:
    """Survival after each time at which somebody was lost; all columns have shape (m,), times rise.

    `variance` is Greenwood's; `low` and `high` are the interval of the level asked for, on the scale of ln(−ln S).
    Where nobody is left, variance and interval do not exist: NaN.
    """

    time: FloatArray
    at_risk: FloatArray
    lost: FloatArray
    survival: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray

    def at(self, times: FloatArray) -> FloatArray:
        """S(t) for any times: 1 before the first loss, then flat until the next. Beyond the last time seen it stays."""
        return np.append(1.0, self.survival)[np.searchsorted(self.time, times, side="right")]

    def median(self) -> float | None:
        """The first time by which half or more are lost; None if that was not seen."""
        below = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.time[below[0]]) if below.size else None


def kaplan_meier(duration: FloatArray, lost: FloatArray, level: float = 0.95) -> Curve:
    """The curve of customers (n,) that were lost at `duration` (`lost` 1) or last seen there (`lost` 0).

    S(t) = Π (1 − d/n) over the times of losses up to t; d were lost, n at risk; somebody last seen at a time is still
    at risk in it. Var = S² Σ d/(n(n−d)). Sources: Kaplan and Meier, Journal of the American Statistical Association 53
    (1958), 457-481; Greenwood (1926); interval S^exp(±z √Σ / ln S): Kalbfleisch and Prentice (1980). Raises ValueError
    for negative or missing durations, for `lost` other than 0 and 1, and for no customers.
    """
    if not duration.size or not (duration >= 0).all() or not ((lost == 0) | (lost == 1)).all() or not 0 < level < 1:
        message = "durations must be numbers from 0, lost 0 or 1, the level within 0 and 1, and somebody must be there"
        raise ValueError(message)
    times, which = np.unique(duration, return_inverse=True)
    seen = totals(which, np.ones(which.size))
    left = totals(which, lost)
    at_risk = np.cumsum(seen[::-1])[::-1]
    happens = left > 0
    d, n = left[happens], at_risk[happens]
    survival = np.cumprod(1 - d / n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.cumsum(d / (n * (n - d)))
        variance = np.where(n > d, survival**2 * relative, np.nan)
        reach = special.ndtri((1 + level) / 2) * np.sqrt(relative) / np.abs(np.log(survival))
        low, high = survival ** np.exp(reach), survival ** np.exp(-reach)
    undefined = np.isnan(variance)
    low[undefined] = high[undefined] = np.nan
    return Curve(times[happens], n, d, survival, variance, low, high)
