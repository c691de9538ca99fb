"""The Pareto/NBD model: purchases at a customer's own rate until an unseen end of its own.

Purchases follow a Poisson process with rate λ, λ ~ Gamma(r, α) over customers; a customer's lifetime is exponential
with rate μ, μ ~ Gamma(s, β); λ and μ are independent. Time is in any one unit; α and β have that unit. Sources:
Schmittlein, Morrison and Colombo, Counting your customers, Management Science 33 (1987), 1-24; Fader and Hardie, A note
on deriving the Pareto/NBD model and related expressions (2005).

Throughout, x is the frequency (repeat purchases), t_x the recency (age at the last purchase), T the age.
"""

from typing import Final

import numpy as np
from scipy import special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import Fit, FloatArray, grouped, maximise, totals
from attribution.engine.lifetime.purchases import PurchaseModel, check_history, typical_gap

NAMES: Final = ("r", "alpha", "s", "beta")
_NODES: Final = 24
_REACH: Final = 40.0
"""Where the integrand has fallen by e^−40, what follows does not show in 16 digits."""
_BLOCK: Final = 1024
"""Rows that are integrated at once: their nodes stay in the processor's cache."""
_GAUSS: Final = np.polynomial.legendre.leggauss(_NODES)


def lost_integral(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The logarithm (m,) of J = ∫ (α+u)^−(r+x) (β+u)^−(s+1) du from t_x to T, and its gradient (m, 4) in (r, α, s, β).

    The likelihood of being lost at some time u after the last purchase is s J times what J shares with the likelihood
    of being alive. The papers write J as a difference of two ₂F₁, which loses all digits where t_x is near T and has no
    simple derivatives. Here it is a Gauss-Legendre sum over v = ln((c+u)/(c+t_x)), c the lesser of α and β, in which
    the integrand is a smooth exponential; its derivatives are sums over the same nodes. Where t_x = T, ln J is −∞.
    """
    blocks = [slice(first, first + _BLOCK) for first in range(0, frequency.size, _BLOCK)]
    parts = [_integrate(parameters, frequency[block], recency[block], age[block]) for block in blocks]
    return np.concatenate([value for value, _ in parts]), np.concatenate([gradient for _, gradient in parts])


def _integrate(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> tuple[FloatArray, FloatArray]:
    r, alpha, s, beta = parameters
    near = min(alpha, beta)
    falls = ((r + frequency) / (alpha + recency) + (s + 1) / (beta + recency)) * (near + recency) - 1
    whole = np.log1p((age - recency) / (near + recency))
    width = np.minimum(whole, _REACH / np.maximum(falls, 1e-9))
    points, weights = _GAUSS
    v = width[:, None] * ((points + 1) / 2)
    ahead = (near + recency)[:, None] * np.expm1(v)
    log_alpha = np.log1p(ahead / (alpha + recency)[:, None])
    log_beta = np.log1p(ahead / (beta + recency)[:, None])
    # Divided by the integrand at t_x, so that nothing under- or overflows.
    mass = np.exp(v - (r + frequency)[:, None] * log_alpha - (s + 1) * log_beta) * weights
    total = mass.sum(axis=1)
    at_last_alpha, at_last_beta = np.log(alpha + recency), np.log(beta + recency)
    with np.errstate(divide="ignore"):
        value = np.log(width / 2) + np.log(total) + np.log(near + recency)
    value -= (r + frequency) * at_last_alpha + (s + 1) * at_last_beta
    mean = mass / total[:, None]
    time = recency[:, None] + ahead
    gradient = np.stack(
        [
            -at_last_alpha - (mean * log_alpha).sum(axis=1),
            -(r + frequency) * (mean / (alpha + time)).sum(axis=1),
            -at_last_beta - (mean * log_beta).sum(axis=1),
            -(s + 1) * (mean / (beta + time)).sum(axis=1),
        ],
        axis=1,
    )
    return value, gradient


def _log_odds_lost(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The logarithm (m,) of the odds of being lost, s (α+T)^(r+x) (β+T)^s J, and its gradient (m, 4)."""
    r, alpha, s, beta = parameters
    value, gradient = lost_integral(parameters, frequency, recency, age)
    log_alpha, log_beta = np.log(alpha + age), np.log(beta + age)
    odds = np.log(s) + (r + frequency) * log_alpha + s * log_beta + value
    own = [log_alpha, (r + frequency) / (alpha + age), 1 / s + log_beta, s / (beta + age)]
    return odds, gradient + np.stack(own, axis=1)


def log_likelihood(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray, count: FloatArray
) -> tuple[float, FloatArray]:
    """The log-likelihood and its gradient (4,) in (r, α, s, β); each row of the columns (m,) stands `count` times.

    Per customer L = Γ(r+x) α^r β^s / Γ(r) [ (α+T)^−(r+x) (β+T)^−s + s J ], see `lost_integral`.
    """
    r, alpha, s, beta = parameters
    customers = count.sum()
    x, which = np.unique(frequency, return_inverse=True)
    at_x = totals(which, count)
    log_alpha, log_beta = np.log(alpha + age), np.log(beta + age)
    odds, odds_gradient = _log_odds_lost(parameters, frequency, recency, age)
    value = at_x @ special.gammaln(r + x) - customers * special.gammaln(r)
    value += customers * (r * np.log(alpha) + s * np.log(beta))
    value += count @ (np.logaddexp(0.0, odds) - (r + frequency) * log_alpha - s * log_beta)
    gradient = (count * special.expit(odds)) @ odds_gradient
    gradient += [
        at_x @ special.digamma(r + x) + customers * (np.log(alpha) - special.digamma(r)) - count @ log_alpha,
        customers * r / alpha - count @ ((r + frequency) / (alpha + age)),
        customers * np.log(beta) - count @ log_beta,
        customers * s / beta - count @ (s / (beta + age)),
    ]
    return float(value), gradient


def fit(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Fit:
    """The estimates of r, α, s, β by maximum likelihood from columns of shape (n,), one row a customer.

    Raises ValueError for an impossible history, NotFittedError where the data do not determine the parameters.
    """
    check_history(frequency, recency, age)
    (x, last, end), count, _group = grouped(frequency, recency, age)
    start = np.array([1.0, typical_gap(x, end, count), 1.0, float(count @ end / count.sum())])
    return maximise(lambda p: log_likelihood(p, x, last, end, count), NAMES, start, int(count.sum()))


def probability_alive(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """The probability (n,) that a customer is still there at its age: 1 / (1 + s (α+T)^(r+x) (β+T)^s J)."""
    (x, last, end), _count, group = grouped(frequency, recency, age)
    odds, _gradient = _log_odds_lost(parameters, x, last, end)
    alive: FloatArray = special.expit(-odds)
    return alive[group]


def purchases_if_alive(
    parameters: FloatArray, frequency: FloatArray, age: FloatArray, ahead: FloatArray | float
) -> FloatArray:
    """Expected purchases in the time `ahead` from now of customers that are still there; all shapes broadcast.

    (r+x)(β+T) / ((α+T)(s−1)) [1 − ((β+T)/(β+T+t))^(s−1)], equation 41 of the note, written so that s = 1 is no
    exception. With x = 0 and T = 0 it is a new customer's purchases.
    """
    r, alpha, s, beta = parameters
    log_stretch = np.log1p(ahead / (beta + age))
    return np.asarray(
        (r + frequency) * (beta + age) / (alpha + age) * log_stretch * special.exprel((1 - s) * log_stretch)
    )


MODEL: Final = PurchaseModel("pareto", NAMES, (1, 3), fit, probability_alive, purchases_if_alive)
