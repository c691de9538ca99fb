"""Lifetime value: its parts add up, money scales, and intervals are of the sum where they say so."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine.lifetime import bgnbd, gamma_gamma, paretonbd
from attribution.engine.lifetime.intervals import errors_of, with_jacobian
from attribution.engine.lifetime.purchases import Discounting, PurchaseModel, discounted_purchases
from attribution.engine.lifetime.summary import Summary
from attribution.engine.lifetime.value import LifetimeValues, Terms, lifetime_values, rate_of_days
from tests.attribution.engine.lifetime.published import cdnow

TERMS = Terms(0.3, Discounting(156, rate_of_days(0.1, 7)))
COLUMNS = ("purchases", "purchase_value", "future", "future_low", "future_high", "value", "low", "high")


def some(count: int = 300) -> Summary:
    """Every so many of the customers of CDNOW, so that rows of all kinds are in."""
    customers = cdnow()
    step = customers.frequency.size // count
    columns = ("customer_id", "frequency", "recency", "age", "mean_value", "net_to_date", "first_year_value")
    return dataclasses.replace(customers, **{name: getattr(customers, name)[::step] for name in columns})


def values_of(customers: Summary, terms: Terms = TERMS, model: PurchaseModel = bgnbd.MODEL) -> LifetimeValues:
    purchase_fit = model.fit(customers.frequency, customers.recency, customers.age)
    value_fit = gamma_gamma.fit(customers.frequency, customers.mean_value)
    return lifetime_values(model, purchase_fit, value_fit, customers, terms)


def test_value_is_what_came_and_what_is_expected_to_come() -> None:
    customers = cdnow()
    found = values_of(customers)
    assert customers.net_to_date is not None
    assert found.net is not None
    assert found.value is not None
    at = bgnbd.fit(customers.frequency, customers.recency, customers.age).estimates
    history = (customers.frequency, customers.recency, customers.age)
    assert found.purchases == pytest.approx(discounted_purchases(bgnbd.MODEL, at, *history, TERMS.discounting))
    assert found.net == pytest.approx(0.3 * customers.net_to_date)
    assert found.future == pytest.approx(0.3 * found.purchases * found.purchase_value)
    assert found.value == pytest.approx(found.net + found.future)
    assert found.total_future.value == pytest.approx(found.future.sum())


@pytest.mark.parametrize(("model", "count"), [(bgnbd.MODEL, 300), (paretonbd.MODEL, 800)])
def test_intervals_hold_the_value_and_the_sums_is_narrower_than_the_sum_of_them(
    model: PurchaseModel, count: int
) -> None:
    found = values_of(some(count), model=model)
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert (found.low < found.value).all()
    assert (found.value < found.high).all()
    total = found.total_future
    assert found.future_low.sum() < total.low < total.value < total.high < found.future_high.sum()


def test_the_error_is_that_of_purchases_and_of_their_value() -> None:
    customers = some()
    history = (customers.frequency, customers.recency, customers.age)
    purchase_fit, value_fit = bgnbd.fit(*history), gamma_gamma.fit(customers.frequency, customers.mean_value)
    parts = [
        (lambda p: discounted_purchases(bgnbd.MODEL, p, *history, TERMS.discounting), purchase_fit),
        (lambda p: gamma_gamma.expected_value(p, customers.frequency, customers.mean_value), value_fit),
    ]
    variances = []
    for function, fit in parts:
        value, jacobian = with_jacobian(function, fit.estimates)
        variances.append((errors_of(jacobian, fit.log_covariance) / value) ** 2)
    found = values_of(customers)
    assert (variances[0] > 0).all()
    assert (variances[1] > 0).all()
    # 1.959964 of a normal distribution for 95 per cent, on the scale of logarithms.
    relative = np.log(found.future_high / found.future) / 1.959964
    assert relative == pytest.approx(np.sqrt(variances[0] + variances[1]), rel=1e-5)


@settings(deadline=None, max_examples=10)
@given(st.floats(1e-2, 1e4))
def test_another_currency_scales_every_amount(scale: float) -> None:
    customers = some()
    assert customers.net_to_date is not None
    other = dataclasses.replace(
        customers, mean_value=customers.mean_value * scale, net_to_date=customers.net_to_date * scale
    )
    found, scaled = values_of(customers), values_of(other)
    assert scaled.purchases == pytest.approx(found.purchases)
    for name in COLUMNS[1:]:
        assert getattr(scaled, name) == pytest.approx(getattr(found, name) * scale, rel=1e-5)


def test_the_order_of_customers_changes_nothing_but_the_order() -> None:
    customers = some()
    mixed = np.random.default_rng(5).permutation(customers.frequency.size)
    names = ("customer_id", "frequency", "recency", "age", "mean_value", "net_to_date", "first_year_value")
    found = values_of(customers)
    again = values_of(dataclasses.replace(customers, **{name: getattr(customers, name)[mixed] for name in names}))
    for name in COLUMNS:
        assert getattr(again, name).tobytes() == getattr(found, name)[mixed].tobytes()


def test_margin_horizon_and_rate_say_what_counts() -> None:
    customers = some()
    usual = values_of(customers)
    assert values_of(customers, dataclasses.replace(TERMS, margin=0.6)).future == pytest.approx(2 * usual.future)
    longer = values_of(customers, Terms(0.3, Discounting(312, TERMS.discounting.rate)))
    assert (longer.future > usual.future).all()
    dearer = values_of(customers, Terms(0.3, Discounting(156, 0.01)))
    assert (dearer.future < usual.future).all()


def test_refunds_lower_what_is_expected_to_come() -> None:
    customers = some()
    returned = values_of(dataclasses.replace(customers, refund_share=0.2))
    assert returned.future == pytest.approx(0.8 * values_of(customers).future)


def test_a_summary_without_net_has_a_future_only() -> None:
    found = values_of(dataclasses.replace(some(), net_to_date=None))
    assert (found.value, found.low, found.high, found.net) == (None, None, None, None)
    assert found.future.size


@pytest.mark.parametrize("days", [1.0, 7.0, 30.4375, 365.25])
def test_the_rate_of_some_days_compounds_to_the_yearly_one(days: float) -> None:
    assert (1 + rate_of_days(0.1, days)) ** (365.25 / days) == pytest.approx(1.1)


@pytest.mark.parametrize("yearly", [-1.0, -2.0, float("nan")])
def test_a_rate_that_takes_all_is_refused(yearly: float) -> None:
    with pytest.raises(ValueError, match="must be above"):
        rate_of_days(yearly, 7)


@pytest.mark.parametrize("margin", [0.0, -0.1, float("nan")])
def test_a_margin_that_is_not_positive_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin must be positive"):
        Terms(margin, TERMS.discounting)


def test_groups_of_customers_have_the_interval_of_their_sum_and_all_together_that_of_all() -> None:
    found = values_of(some())
    everybody = np.arange(found.future.size)
    value, low, high = found.together(everybody, np.zeros(everybody.size, np.int64))
    total = found.total_future
    assert (value[0], low[0], high[0]) == pytest.approx((total.value, total.low, total.high))
    # Of one alone it is its own; who is in two groups counts in both.
    value, low, high = found.together(np.array([3, 3, 7]), np.array([0, 1, 1]))
    assert (value[0], low[0], high[0]) == pytest.approx((found.future[3], found.future_low[3], found.future_high[3]))
    assert value[1] == pytest.approx(found.future[3] + found.future[7])
