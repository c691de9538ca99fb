"""Discounting future purchases: few nodes give the sum over all units."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine.lifetime import bgnbd, paretonbd
from attribution.engine.lifetime.fitting import FloatArray
from attribution.engine.lifetime.purchases import Discounting, PurchaseModel, discounted_purchases, expected_purchases
from tests.attribution.engine.lifetime.published import BGNBD, PARETO, History, cdnow, one
from tests.attribution.engine.lifetime.test_bgnbd import parameters

MODELS = [(bgnbd.MODEL, BGNBD), (paretonbd.MODEL, PARETO)]


def written_out(model: PurchaseModel, at: FloatArray, history: History, discounting: Discounting) -> FloatArray:
    """The sum as it is defined: purchases of each unit ahead, each discounted by its number of units."""
    frequency, recency, age = history
    total = np.zeros(frequency.size)
    before = np.zeros(frequency.size)
    for unit in range(1, discounting.horizon + 1):
        until = expected_purchases(model, at, frequency, recency, age, unit)
        total += (until - before) * (1 + discounting.rate) ** -unit
        before = until
    return total


@pytest.mark.parametrize(("model", "at"), MODELS)
@pytest.mark.parametrize("horizon", [1, 32, 33, 52, 520])
def test_few_nodes_give_the_sum_over_all_units(model: PurchaseModel, at: FloatArray, horizon: int) -> None:
    customers = cdnow()
    some = (customers.frequency[::40], customers.recency[::40], customers.age[::40])
    discounting = Discounting(horizon, 0.002)
    found = discounted_purchases(model, at, *some, discounting)
    assert found == pytest.approx(written_out(model, at, some, discounting), rel=1e-8)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([bgnbd.MODEL, paretonbd.MODEL]),
    parameters,
    st.integers(0, 30),
    st.floats(0.1, 100),
    st.integers(33, 400),
    st.floats(0, 0.05),
)
def test_few_nodes_suffice_for_any_parameters(
    model: PurchaseModel, at: FloatArray, x: int, age: float, horizon: int, rate: float
) -> None:
    history = one(x, 0.9 * age * (x > 0), age)
    discounting = Discounting(horizon, rate)
    found = discounted_purchases(model, at, *history, discounting)
    assert found == pytest.approx(written_out(model, at, history, discounting), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("module", [bgnbd, paretonbd])
def test_days_and_weeks_say_the_same(module: ModuleType) -> None:
    customers = cdnow()
    weeks = (customers.frequency, customers.recency, customers.age)
    days = (customers.frequency, customers.recency * 7, customers.age * 7)
    by_week, by_day = module.fit(*weeks), module.fit(*days)
    scale = np.ones(4)
    scale[list(module.MODEL.time_parameters)] = 7
    assert by_day.estimates == pytest.approx(by_week.estimates * scale, rel=1e-6)
    in_days = expected_purchases(module.MODEL, by_day.estimates, *days, 39.0 * 7)
    assert in_days == pytest.approx(expected_purchases(module.MODEL, by_week.estimates, *weeks, 39.0), rel=1e-6)


def test_without_discounting_it_is_the_expectation() -> None:
    history = one(2, 30.43, 38.86)
    found = discounted_purchases(bgnbd.MODEL, BGNBD, *history, Discounting(39, 0.0))
    assert found == pytest.approx(expected_purchases(bgnbd.MODEL, BGNBD, *history, 39))


@pytest.mark.parametrize(("horizon", "rate"), [(0, 0.1), (52, -1.0), (52, float("nan"))])
def test_impossible_discounting_is_refused(horizon: int, rate: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        Discounting(horizon, rate)


def test_time_ahead_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        expected_purchases(bgnbd.MODEL, BGNBD, *one(2, 30.43, 38.86), -1.0)
