"""Maximum likelihood for positive parameters: what every model of lifetime value shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.errors import EngineError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Likelihood = Callable[[FloatArray], tuple[float, FloatArray]]
"""Parameters to the log-likelihood and its gradient in the parameters themselves."""

STEP: Final = 1e-4
"""Of a central difference in log-parameters: its error is about STEP squared and 1e-16 over STEP."""
_BOUND: Final = 25.0
"""Log-parameters are looked for within this distance of their start."""
_LOOSEST: Final = 5.0
"""A standard error of a log-parameter above this means that the data say nothing about it."""
_SHARE: Final = 0.3
"""A parameter is named as loose when its part in the open direction, of length 1, is above this."""
_TOLERANCE: Final = 1e-9
"""Of the gradient of the mean log-likelihood in log-parameters."""


class NotFittedError(EngineError):
    """The data do not determine the model's parameters; the message says which or why. The command ends with 5."""

    exit_code = 5


@dataclass(frozen=True)
class Fit:
    """Estimated parameters, all positive, with what is known of their error.

    `estimates` has shape (k,), `log_covariance` (k, k) and is that of the logarithms of the estimates: the inverse of
    the observed information. `count` is the number of customers (or other independent units) that were fitted.
    """

    names: tuple[str, ...]
    estimates: FloatArray
    log_covariance: FloatArray
    log_likelihood: float
    count: int

    @property
    def covariance(self) -> FloatArray:
        """Of the estimates themselves, shape (k, k): the log-covariance by the delta method."""
        return np.asarray(np.outer(self.estimates, self.estimates) * self.log_covariance)

    @property
    def standard_errors(self) -> FloatArray:
        """Of the estimates themselves, shape (k,)."""
        return np.sqrt(np.diag(self.covariance))


def maximise(likelihood: Likelihood, names: tuple[str, ...], start: FloatArray, count: int) -> Fit:
    """The parameters with the greatest likelihood, found over their logarithms.

    L-BFGS-B comes near, then Newton's method with central differences of the analytic gradient finishes; the last such
    matrix is the observed information. Raises NotFittedError where the likelihood is flat or rises without end.
    """
    origin = np.log(start)

    def loss(logs: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(logs)
        value, gradient = likelihood(parameters)
        return -value / count, -gradient * parameters / count

    bounds = [(centre - _BOUND, centre + _BOUND) for centre in origin]
    options = {"maxiter": 2000, "maxfun": 5000, "ftol": 1e-13, "gtol": 1e-6}
    found = optimize.minimize(loss, origin, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    logs = np.asarray(found.x, dtype=np.float64)
    information = _refuse_runaways(_hessian(loss, logs), logs, origin, names, count)
    for _ in range(8):
        gradient = loss(logs)[1]
        if np.abs(gradient).max() < _TOLERANCE:
            break
        step = np.linalg.solve(information, gradient)
        logs = logs - step * min(1.0, 1.0 / max(np.abs(step).max(), 1e-300))
        information = _refuse_runaways(_hessian(loss, logs), logs, origin, names, count)
    else:
        if np.abs(loss(logs)[1]).max() > 1e3 * _TOLERANCE:
            message = f"the search for {', '.join(names)} did not come to rest"
            raise NotFittedError(message)
    return Fit(names, np.exp(logs), np.linalg.inv(information) / count, -count * loss(logs)[0], count)


def _hessian(loss: Likelihood, logs: FloatArray) -> FloatArray:
    """Second derivatives of the loss, shape (k, k), by central differences of its gradient."""
    steps = STEP * np.eye(logs.size)
    rows = [(loss(logs + step)[1] - loss(logs - step)[1]) / (2 * STEP) for step in steps]
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2)


def _refuse_runaways(
    information: FloatArray, logs: FloatArray, origin: FloatArray, names: tuple[str, ...], count: int
) -> FloatArray:
    """The information itself. Raises NotFittedError when it leaves a direction open or a bound was reached."""
    at_bound = np.abs(logs - origin) > _BOUND - 1e-3
    if np.isfinite(information).all():
        values, vectors = np.linalg.eigh(information)
        open_direction = vectors[:, 0] if values[0] * count < _LOOSEST**-2 else np.zeros(logs.size)
    else:
        open_direction = np.ones(logs.size)
    loose = at_bound | (np.abs(open_direction) > _SHARE)
    if loose.any():
        which = ", ".join(name for name, is_loose in zip(names, loose, strict=True) if is_loose)
        message = (
            f"the data do not determine {which}: the likelihood is flat there or rises without end;"
            " more customers or a longer time are needed"
        )
        raise NotFittedError(message)
    return information


def grouped(*columns: npt.NDArray[np.float64] | IntArray) -> tuple[list[FloatArray], FloatArray, IntArray]:
    """Equal rows once: their columns in ascending order, how many there are of each, and which row belongs to which.

    Each column has shape (n,). Gives the columns of shape (m,), the counts (m,) and the group of each row (n,). The
    result does not depend on the order of the rows but for the last, and a sum over groups is the sum over rows.
    """
    arrays = [np.ascontiguousarray(column, dtype=np.float64) for column in columns]
    size = arrays[0].size
    order = np.lexsort(arrays[::-1])
    is_new = np.zeros(size, dtype=bool)
    is_new[:1] = True
    for array in arrays:
        ordered = array[order]
        is_new[1:] |= ordered[1:] != ordered[:-1]
    first = np.flatnonzero(is_new)
    group = np.empty(size, dtype=np.int64)
    group[order] = np.cumsum(is_new) - 1
    counts = np.diff(np.append(first, size)).astype(np.float64)
    return [array[order[first]] for array in arrays], counts, group


def totals(group: IntArray, weights: FloatArray, size: int = 0) -> FloatArray:
    """The sum of the weights (n,) of each group, shape (m,), m at least `size`; added in the order of the rows."""
    return np.bincount(group, weights=weights, minlength=size).astype(np.float64)
