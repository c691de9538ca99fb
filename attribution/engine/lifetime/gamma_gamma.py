"""The Gamma-Gamma model: what a customer spends per purchase, drawn towards what all customers spend.

A customer's purchases are worth Gamma(p, ν) each, ν ~ Gamma(q, γ) over customers, independent of how often it buys. γ
has the unit of money, p and q have none. Source: Fader and Hardie, The Gamma-Gamma model of monetary value (2013),
note. The model assumes that frequency and value are independent: look at their correlation first.

Throughout, x is the number of purchases whose mean is z (here the repeat purchases: the first is left out, as there).
"""

from typing import Final

import numpy as np
from scipy import special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import Fit, FloatArray, NotFittedError, grouped, maximise, totals

NAMES: Final = ("p", "q", "gamma")


def log_likelihood(
    parameters: FloatArray, frequency: FloatArray, mean_value: FloatArray, count: FloatArray
) -> tuple[float, FloatArray]:
    """The log-likelihood and its gradient (3,) in (p, q, γ); each row of the columns (m,) stands `count` times.

    Per customer L = Γ(px+q) / (Γ(px) Γ(q)) γ^q z^(px−1) x^(px) / (γ+xz)^(px+q), equation 1a of the note.
    """
    p, q, gamma = parameters
    customers = count.sum()
    x, which = np.unique(frequency, return_inverse=True)
    at_x = totals(which, count)
    log_z, log_x = np.log(mean_value), np.log(frequency)
    log_sum = np.log(gamma + frequency * mean_value)
    shape = p * frequency + q
    value = at_x @ (special.gammaln(p * x + q) - special.gammaln(p * x))
    value += customers * (q * np.log(gamma) - special.gammaln(q))
    value += count @ ((p * frequency - 1) * log_z + p * frequency * log_x - shape * log_sum)
    of_sum = special.digamma(p * x + q)
    gradient = np.array(
        [
            (at_x * x) @ (of_sum - special.digamma(p * x)) + (count * frequency) @ (log_z + log_x - log_sum),
            at_x @ of_sum + customers * (np.log(gamma) - special.digamma(q)) - count @ log_sum,
            customers * q / gamma - count @ (shape / (gamma + frequency * mean_value)),
        ]
    )
    return float(value), gradient


def is_usable(frequency: FloatArray, mean_value: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which customers (n,) tell something about values: those with a repeat purchase that was worth something."""
    return np.asarray((frequency > 0) & (mean_value > 0))


def fit(frequency: FloatArray, mean_value: FloatArray) -> Fit:
    """The estimates of p, q, γ by maximum likelihood from the usable ones of the customers (n,).

    Raises NotFittedError where nobody is usable or the data do not determine the parameters.
    """
    usable = is_usable(frequency, mean_value)
    if not usable.any():
        message = "no customer has a repeat purchase of a positive value"
        raise NotFittedError(message)
    (x, z), count, _group = grouped(frequency[usable], mean_value[usable])
    start = np.array([2.0, 2.0, (count * x) @ z / (count @ x)])
    return maximise(lambda p: log_likelihood(p, x, z, count), NAMES, start, int(count.sum()))


def expected_value(parameters: FloatArray, frequency: FloatArray, mean_value: FloatArray) -> FloatArray:
    """The expected value of a purchase (n,) of each customer: p (γ + xz) / (px + q − 1), equation 5 of the note.

    It lies between the customer's own mean and that of all, pγ/(q−1), which it is for x = 0. Raises NotFittedError
    where that is infinite, q ≤ 1, and somebody has no repeat purchase.
    """
    p, q, gamma = parameters
    x = np.where(is_usable(frequency, mean_value), frequency, 0.0)
    below = p * x + q - 1
    if (below <= 0).any():
        message = f"q is {q:.3g}: values scatter so much that customers without a repeat purchase have no expectation"
        raise NotFittedError(message)
    return np.asarray(p * (gamma + x * mean_value) / below)


def correlation(frequency: FloatArray, mean_value: FloatArray) -> float:
    """Pearson's correlation of frequency and mean value among the usable; the model takes it for 0. NaN below 2."""
    usable = is_usable(frequency, mean_value)
    x, z = frequency[usable], mean_value[usable]
    deviations = (x - x.mean(), z - z.mean()) if x.size else (x, z)
    spread = np.sqrt((deviations[0] @ deviations[0]) * (deviations[1] @ deviations[1]))
    return float(deviations[0] @ deviations[1] / spread) if spread > 0 else float("nan")
