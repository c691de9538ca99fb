"""Intervals by the delta method: known errors come out, and they hold the truth as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.engine.lifetime import bgnbd, intervals
from tests.attribution.engine.lifetime.published import buyers, two


def test_derivatives_are_those_in_the_logarithm() -> None:
    values, jacobian = intervals.with_jacobian(lambda p: np.array([p[0] * p[1], p[1] ** 2]), np.array([2.0, 3.0]))
    assert values.tolist() == [6, 9]
    assert jacobian == pytest.approx(np.array([[6, 6], [0, 18]]), rel=1e-7, abs=1e-9)


def test_the_error_of_a_product_is_that_of_the_sum_of_logarithms() -> None:
    _, jacobian = intervals.with_jacobian(lambda p: np.array([p[0] * p[1]]), np.array([2.0, 3.0]))
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    assert intervals.errors_of(jacobian, covariance) == pytest.approx([6 * np.sqrt(0.04 + 0.09 + 0.02)])


def test_the_error_of_the_parameters_themselves_is_the_fits() -> None:
    fit = bgnbd.fit(*buyers(800, seed=4))
    values, jacobian = intervals.with_jacobian(lambda p: p, fit.estimates)
    error = intervals.errors_of(jacobian, fit.log_covariance)
    assert values == pytest.approx(fit.estimates)
    assert error == pytest.approx(fit.standard_errors, rel=1e-6)


@given(st.floats(0, 1e6), st.floats(0, 1e3), st.floats(0.5, 0.99))
def test_positive_intervals_stay_positive(value: float, error: float, level: float) -> None:
    low, high = intervals.positive_interval(*two(value, min(error, value * 10)), level)
    assert 0 <= low[0] <= value <= high[0]


@given(st.floats(0, 1), st.floats(0, 0.5), st.floats(0.5, 0.99))
def test_intervals_of_probabilities_are_probabilities(value: float, error: float, level: float) -> None:
    low, high = intervals.probability_interval(*two(value, error * value * (1 - value)), level)
    assert 0 <= low[0] <= value + 1e-12
    assert value - 1e-12 <= high[0] <= 1


def test_95_per_cent_reach_196_standard_errors() -> None:
    assert intervals.normal_quantile(0.95) == pytest.approx(1.959964, abs=1e-6)
    low, high = intervals.positive_interval(*two(8.0, 0.8), 0.95)
    assert np.log([8.0 / low[0], high[0] / 8.0]) == pytest.approx([0.1959964] * 2)
    low, high = intervals.probability_interval(*two(0.5, 0.025), 0.95)
    assert [low[0], high[0]] == pytest.approx([1 / (1 + np.exp(0.1959964)), 1 / (1 + np.exp(-0.1959964))])


def test_a_level_outside_of_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="must lie within 0 and 1"):
        intervals.normal_quantile(1.0)


def test_nine_to_ten_of_ten_intervals_hold_the_truth() -> None:
    # 95 per cent of intervals hold the truth, by the theory of large samples; of 60 at least 51 (a chance below 1 in
    # 100 to miss that where the theory holds, and the seeds are fixed).
    truth = np.array([0.8, 6.0, 0.9, 3.0])
    new = two(0, 0)
    expected = bgnbd.purchases_if_alive(truth, *new, 52.0)[0]
    held = 0
    for seed in range(60):
        fit = bgnbd.fit(*buyers(500, seed=seed, parameters=truth))
        value, jacobian = intervals.with_jacobian(lambda p: bgnbd.purchases_if_alive(p, *new, 52.0), fit.estimates)
        low, high = intervals.positive_interval(value, intervals.errors_of(jacobian, fit.log_covariance), 0.95)
        held += bool(low[0] <= expected <= high[0])
    assert held >= 51
    assert held < 60
