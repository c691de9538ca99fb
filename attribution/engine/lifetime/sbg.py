"""The shifted-beta-geometric model: contracts that are renewed or not, each customer with its own chance.

At each renewal a customer leaves with probability θ, the same at each of its renewals; θ ~ Beta(α, β) over customers.
Time is whole renewals: T = t means lost at the t-th, t = 1, 2, … Sources: Fader and Hardie, How to project customer
retention, Journal of Interactive Marketing 21 (2007), 76-90; for the residual lifetime the same, Customer-base
valuation in a contractual setting: the perils of ignoring heterogeneity, Marketing Science 29 (2010), 85-93.
"""

from typing import Final

import numpy as np
from scipy import special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import Fit, FloatArray, grouped, maximise, totals

NAMES: Final = ("alpha", "beta")


def log_likelihood(
    parameters: FloatArray, renewals: FloatArray, lost: FloatArray, count: FloatArray
) -> tuple[float, FloatArray]:
    """The log-likelihood and its gradient (2,) in (α, β); each row of the columns (m,) stands `count` times.

    A customer that renewed k times and was then lost at renewal k+1 (`lost` 1) has P(T=k+1) = B(α+1, β+k)/B(α, β), one
    that renewed k times and is still there (`lost` 0) has S(k) = B(α, β+k)/B(α, β).
    """
    alpha, beta = parameters
    end = alpha + beta + renewals + lost
    value = count @ (special.betaln(alpha + lost, beta + renewals) - special.betaln(alpha, beta))
    shared = special.digamma(alpha + beta) - special.digamma(end)
    gradient = np.array(
        [
            count @ (lost / alpha + shared),
            count @ (special.digamma(beta + renewals) - special.digamma(beta) + shared),
        ]
    )
    return float(value), gradient


def fit(renewals: FloatArray, lost: FloatArray, count: FloatArray | None = None) -> Fit:
    """The estimates of α and β by maximum likelihood from renewals (n,), lost (n,) 0 or 1, and how many of each row.

    Raises ValueError for impossible rows, NotFittedError where the data do not determine the parameters.
    """
    counted = np.ones(renewals.size) if count is None else count
    usual = (renewals >= 0) & (renewals == np.floor(renewals)) & ((lost == 0) | (lost == 1)) & (counted >= 0)
    if not usual.all() or not counted.sum() > 0:
        message = "renewals must be whole numbers from 0, lost 0 or 1, counts from 0 and not all 0"
        raise ValueError(message)
    (k, left), _count, group = grouped(renewals, lost)
    total = totals(group, counted)
    return maximise(lambda p: log_likelihood(p, k, left, total), NAMES, np.array([1.0, 1.0]), int(counted.sum()))


def fit_cohort(survivors: FloatArray) -> Fit:
    """As `fit`, from one cohort: how many were there at the start and after each renewal, shape (n+1,), n ≥ 1.

    Raises ValueError unless the numbers never rise.
    """
    lost = -np.diff(survivors)
    if lost.size < 1 or (lost < 0).any() or (survivors < 0).any():
        message = "survivors must be at least two numbers that never rise"
        raise ValueError(message)
    renewals = np.arange(lost.size, dtype=np.float64)
    return fit(
        np.append(renewals, float(lost.size)), np.append(np.ones(lost.size), 0.0), np.append(lost, survivors[-1])
    )


def survival(parameters: FloatArray, renewals: FloatArray) -> FloatArray:
    """The probability S(t) of renewing at least t times, B(α, β+t)/B(α, β); any shape."""
    alpha, beta = parameters
    return np.asarray(np.exp(special.betaln(alpha, beta + renewals) - special.betaln(alpha, beta)))


def retention(parameters: FloatArray, renewals: FloatArray) -> FloatArray:
    """The probability of the next renewal after k of them, (β+k)/(α+β+k): rises with k, as the loyal ones are left."""
    alpha, beta = parameters
    return np.asarray((beta + renewals) / (alpha + beta + renewals))


def residual_lifetime(parameters: FloatArray, renewals: FloatArray, rate: float) -> FloatArray:
    """Discounted expected residual lifetime in renewals, of a customer with k of them just before its next decision.

    Σ_{t>k} S(t)/S(k) (1+rate)^−(t−k−1) = (β+k)/(α+β+k) ₂F₁(1, β+k+1; α+β+k+1; 1/(1+rate)), equation 6 of the paper of
    2010 with n = k+1: the renewal that is due now counts in full. `rate` is per renewal period. Raises ValueError
    unless it is positive: without discounting the sum need not end.
    """
    if not rate > 0:
        message = f"the discount rate must be positive: {rate:g}"
        raise ValueError(message)
    alpha, beta = parameters
    series = special.hyp2f1(1, beta + renewals + 1, alpha + beta + renewals + 1, 1 / (1 + rate))
    return np.asarray(retention(parameters, renewals) * series)
