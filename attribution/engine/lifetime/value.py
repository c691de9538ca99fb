"""What a customer is worth: what it brought so far, and what it can be expected to bring, discounted.

lifetime value = margin · (net to date + (1 − refund share) · E[value of a purchase] · discounted expected purchases)

The discounted purchases come from BG/NBD or Pareto/NBD, the value of a purchase from Gamma-Gamma; the models take the
two for independent, so their estimates' errors are too. Money stays unrounded: round what is shown, and never add what
was rounded.
"""

from dataclasses import dataclass

import numpy as np

from attribution.engine.lifetime import gamma_gamma
from attribution.engine.lifetime.fitting import Fit, FloatArray, IntArray, grouped, totals
from attribution.engine.lifetime.intervals import errors_of, positive_interval, with_jacobian
from attribution.engine.lifetime.purchases import Discounting, PurchaseModel, discounted_purchases
from attribution.engine.lifetime.summary import Summary

_DAYS_OF_YEAR = 365.25


@dataclass(frozen=True)
class Terms:
    """How purchases become value: `margin` is the part of an amount that is earned, such as 0.3; may be 1."""

    margin: float
    discounting: Discounting

    def __post_init__(self) -> None:
        if not (np.isfinite(self.margin) and self.margin > 0):
            message = f"the margin must be positive: {self.margin:g}"
            raise ValueError(message)


def rate_of_days(yearly: float, days: float) -> float:
    """The discount rate of so many days that compounds to the yearly one: (1+d)^(days/365.25) − 1.

    Raises ValueError for a rate of −1 or less.
    """
    if not (np.isfinite(yearly) and yearly > -1):
        message = f"the discount rate must be above −1: {yearly:g}"
        raise ValueError(message)
    return float(np.expm1(np.log1p(yearly) * days / _DAYS_OF_YEAR))


@dataclass(frozen=True)
class Total:
    """The sum over all customers, with the interval of the sum, which is no sum of intervals."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LifetimeValues:
    """One row a customer (n,), in the order of the summary; money in major units, unrounded.

    `purchases` are discounted, `purchase_value` is that of one, `future` what they will bring with its interval.
    `net` is the margin of what was brought so far; `value` is net and future, or None with `net` where only a summary
    came in. The intervals of `value` are those of `future` moved by `net`.
    """

    purchases: FloatArray
    purchase_value: FloatArray
    future: FloatArray
    future_low: FloatArray
    future_high: FloatArray
    total_future: Total
    net: FloatArray | None
    jacobian: FloatArray
    """Of `future` in the logarithms of both models' parameters (n, k)."""
    covariance: FloatArray
    """Of these logarithms (k, k)."""
    level: float

    @property
    def value(self) -> FloatArray | None:
        """Net to date and the future."""
        return None if self.net is None else self.net + self.future

    def together(self, customer: IntArray, group: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What the customers of each group (g,) will bring together: value, low, high of the sum.

        `customer` and `group` (m,) name places; a customer may be in several groups. Within a group errors do not
        cancel, as all follow from the same few parameters: the derivatives are added up before the interval is made.
        """
        future = totals(group, self.future[customer])
        columns = [totals(group, column) for column in self.jacobian[customer].T]
        low, high = positive_interval(future, errors_of(np.stack(columns, axis=-1), self.covariance), self.level)
        return future, low, high

    @property
    def low(self) -> FloatArray | None:
        """The lower end of the interval of `value`."""
        return None if self.net is None else self.net + self.future_low

    @property
    def high(self) -> FloatArray | None:
        """The upper end of the interval of `value`."""
        return None if self.net is None else self.net + self.future_high


def lifetime_values(
    model: PurchaseModel, purchase_fit: Fit, value_fit: Fit, customers: Summary, terms: Terms, level: float = 0.95
) -> LifetimeValues:
    """The value of each customer with an interval by the delta method, from both models' estimates and their errors.

    Raises NotFittedError where Gamma-Gamma gives no expectation, ValueError for a level outside of 0 to 1.
    """
    (x, recency, age), _count, group = grouped(customers.frequency, customers.recency, customers.age)
    per_history, history_jacobian = with_jacobian(
        lambda p: discounted_purchases(model, p, x, recency, age, terms.discounting), purchase_fit.estimates
    )
    purchases = per_history[group]
    worth, worth_jacobian = with_jacobian(
        lambda p: gamma_gamma.expected_value(p, customers.frequency, customers.mean_value), value_fit.estimates
    )
    kept = terms.margin * (1 - customers.refund_share)
    future = kept * purchases * worth
    jacobian = kept * np.hstack([history_jacobian[group] * worth[:, None], worth_jacobian * purchases[:, None]])
    covariance = _side_by_side(purchase_fit.log_covariance, value_fit.log_covariance)
    low, high = positive_interval(future, errors_of(jacobian, covariance), level)
    total = np.array([future.sum()])
    total_low, total_high = positive_interval(total, errors_of(jacobian.sum(axis=0)[None, :], covariance), level)
    net = None if customers.net_to_date is None else terms.margin * customers.net_to_date
    sums = Total(float(total[0]), float(total_low[0]), float(total_high[0]))
    return LifetimeValues(purchases, worth, future, low, high, sums, net, jacobian, covariance, level)


def _side_by_side(one: FloatArray, other: FloatArray) -> FloatArray:
    """The covariance of independent parts."""
    size = one.shape[0] + other.shape[0]
    joined = np.zeros((size, size))
    joined[: one.shape[0], : one.shape[0]] = one
    joined[one.shape[0] :, one.shape[0] :] = other
    return joined
