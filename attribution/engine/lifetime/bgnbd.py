"""The BG/NBD model: purchases at a customer's own rate, and after each of them perhaps no more.

Purchases follow a Poisson process with rate λ, λ ~ Gamma(r, α) over customers; after each repeat purchase the customer
is lost with probability p, p ~ Beta(a, b); λ and p are independent. Time is in any one unit; α has that unit, the
others have none. Source: Fader, Hardie and Lee, "Counting your customers" the easy way: an alternative to the
Pareto/NBD model, Marketing Science 24 (2005), 275-284. A customer without a repeat purchase counts as not lost.

Throughout, x is the frequency (repeat purchases), t_x the recency (age at the last purchase), T the age.
"""

from typing import Final

import numpy as np
from scipy import special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime.fitting import Fit, FloatArray, grouped, maximise, totals
from attribution.engine.lifetime.purchases import PurchaseModel, check_history, typical_gap

NAMES: Final = ("r", "alpha", "a", "b")
_MOST_TERMS: Final = 10_000
_NEAR_ONE: Final = 1e-4


def log_likelihood(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray, count: FloatArray
) -> tuple[float, FloatArray]:
    """The log-likelihood and its gradient (4,) in (r, α, a, b); each row of the columns (m,) stands `count` times.

    Per customer, equation 6 of the paper:
    L = B(a, b+x)/B(a, b) Γ(r+x)α^r / (Γ(r)(α+T)^(r+x)) + [x>0] B(a+1, b+x−1)/B(a, b) Γ(r+x)α^r / (Γ(r)(α+t_x)^(r+x)).
    """
    r, alpha, a, b = parameters
    customers = count.sum()
    # What depends on the frequency alone is worked out once for each that occurs.
    x, which = np.unique(frequency, return_inverse=True)
    at_x = totals(which, count)
    log_end, log_last = np.log(alpha + age), np.log(alpha + recency)
    repeated = np.maximum(b + frequency - 1, np.finfo(float).tiny)
    log_odds = np.log(a) - np.log(repeated) + (r + frequency) * (log_end - log_last)
    log_odds = np.where(frequency > 0, log_odds, -np.inf)
    lost = special.expit(log_odds)
    by_x = special.gammaln(r + x) + special.gammaln(b + x) - special.gammaln(a + b + x)
    constant = r * np.log(alpha) - special.gammaln(r) + special.gammaln(a + b) - special.gammaln(b)
    value = customers * constant + at_x @ by_x
    value += count @ (np.logaddexp(0.0, log_odds) - (r + frequency) * log_end)

    in_all = at_x @ special.digamma(a + b + x)
    base = special.digamma(a + b) * customers
    weighted_lost = count * lost
    gradient = np.array(
        [
            at_x @ special.digamma(r + x)
            + customers * (np.log(alpha) - special.digamma(r))
            - count @ (log_end - lost * (log_end - log_last)),
            customers * r / alpha - count @ ((r + frequency) * ((1 - lost) / (alpha + age) + lost / (alpha + recency))),
            base - in_all + weighted_lost.sum() / a,
            base
            - in_all
            + at_x @ special.digamma(b + x)
            - customers * special.digamma(b)
            - weighted_lost @ (1 / repeated),
        ]
    )
    return float(value), gradient


def fit(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Fit:
    """The estimates of r, α, a, b by maximum likelihood from columns of shape (n,), one row a customer.

    Raises ValueError for an impossible history, NotFittedError where the data do not determine the parameters.
    """
    check_history(frequency, recency, age)
    (x, last, end), count, _group = grouped(frequency, recency, age)
    start = np.array([1.0, typical_gap(x, end, count), 1.0, 2.0])
    return maximise(lambda p: log_likelihood(p, x, last, end, count), NAMES, start, int(count.sum()))


def probability_alive(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """The probability (n,) that a customer is not lost at its age: 1 / (1 + [x>0] a/(b+x−1) ((α+T)/(α+t_x))^(r+x)).

    Source: Fader, Hardie and Lee, Computing P(alive) using the BG/NBD model (2008), note.
    """
    r, alpha, a, b = parameters
    stretch = np.log1p((age - recency) / (alpha + recency))
    repeated = np.maximum(b + frequency - 1, np.finfo(float).tiny)
    log_odds = np.log(a) - np.log(repeated) + (r + frequency) * stretch
    return np.where(frequency > 0, special.expit(-log_odds), 1.0)


def purchases_if_alive(
    parameters: FloatArray, frequency: FloatArray, age: FloatArray, ahead: FloatArray | float
) -> FloatArray:
    """Expected purchases in the time `ahead` from now of customers that are not lost; all shapes broadcast.

    (a+b+x−1)/(a−1) [1 − (1−z)^(a−1) ₂F₁(a−1, a+b−r−1; a+b+x−1; z)] with z = t/(α+T+t): equation 10 of the paper after
    Euler's transformation, which neither overflows for frequent buyers nor loses digits. At a = 1, where it is 0/0 and
    smooth, it is the mean of both sides. With x = 0 and T = 0 it is equation 9, a new customer's purchases.
    """
    r, alpha, a, b = parameters
    if abs(a - 1) < _NEAR_ONE:
        sides = [np.array([r, alpha, a + side, b]) for side in (-2 * _NEAR_ONE, 2 * _NEAR_ONE)]
        low, high = (purchases_if_alive(side, frequency, age, ahead) for side in sides)
        return (low + high) / 2
    share = ahead / (alpha + age + ahead)
    rest = a + b + frequency - 1
    kept = np.exp((a - 1) * np.log1p(-share)) * _hypergeometric(a - 1, a + b - r - 1, rest, share)
    return np.asarray(rest / (a - 1) * (1 - kept))


def _hypergeometric(a: float, b: float, c: FloatArray, z: FloatArray) -> FloatArray:
    """₂F₁(a, b; c; z) for c > b and 0 ≤ z < 1, of the shape of c and z together.

    SciPy's gives no number where c − a − b is whole and beyond about 98 and z near 1. There the terms of the series
    shrink as fast as n^(a+b−c−1), so that it is summed.
    """
    found = np.atleast_1d(special.hyp2f1(a, b, c, z))
    lacking = ~np.isfinite(found)
    if lacking.any():
        lower, at = (np.broadcast_to(one, found.shape)[lacking] for one in (c, z))
        term, total, place = np.ones_like(at), np.ones_like(at), 0
        while (np.abs(term) > np.finfo(float).eps * np.abs(total)).any() and place < _MOST_TERMS:
            term = term * (a + place) * (b + place) / ((lower + place) * (place + 1)) * at
            total, place = total + term, place + 1
        found[lacking] = total
    return found


MODEL: Final = PurchaseModel("bgnbd", NAMES, (1,), fit, probability_alive, purchases_if_alive)
