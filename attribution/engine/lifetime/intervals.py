"""Intervals of what follows from estimated parameters: the delta method on scales that keep the bounds.

They say what estimation leaves open about an expectation, if the model holds. What a single customer then really does
scatters far more.
"""

from collections.abc import Callable

import numpy as np
from scipy import special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import STEP, FloatArray


def with_jacobian(function: Callable[[FloatArray], FloatArray], estimates: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The function's values (n,) at the estimates (k,) and its derivatives (n, k) in their logarithms.

    Central differences: relative error about 1e-8 for smooth functions.
    """
    steps = STEP * np.eye(estimates.size)
    columns = [(function(estimates * np.exp(s)) - function(estimates * np.exp(-s))) / (2 * STEP) for s in steps]
    return function(estimates), np.stack(columns, axis=-1)


def errors_of(jacobian: FloatArray, log_covariance: FloatArray) -> FloatArray:
    """Standard errors (n,) from derivatives in log-parameters (n, k) and the covariance of these (k, k)."""
    variance = np.einsum("ni,ij,nj->n", jacobian, log_covariance, jacobian)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95. Raises ValueError for a level outside of 0 to 1."""
    if not 0 < level < 1:
        message = f"the level of an interval must lie within 0 and 1: {level:g}"
        raise ValueError(message)
    return float(special.ndtri((1 + level) / 2))


def positive_interval(value: FloatArray, error: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Low and high (n,) of positive values with these standard errors: value · exp(±z · error/value); 0 stays 0."""
    relative = np.divide(error, value, out=np.zeros_like(value), where=value > 0)
    reach = np.exp(normal_quantile(level) * relative)
    return value / reach, value * reach


def probability_interval(value: FloatArray, error: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Low and high (n,) of probabilities with these standard errors, on the scale of log-odds; 0 and 1 stay."""
    spread = value * (1 - value)
    scaled = np.divide(error, spread, out=np.zeros_like(value), where=spread > 0)
    reach = normal_quantile(level) * scaled
    odds = special.logit(value)
    return np.asarray(special.expit(odds - reach)), np.asarray(special.expit(odds + reach))
