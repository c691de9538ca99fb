"""Gamma-Gamma: the note's figures on the note's data, the gradient, and where the expectation lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine.lifetime import gamma_gamma
from attribution.engine.lifetime.fitting import FloatArray, NotFittedError
from tests.attribution.engine.lifetime.published import GAMMA_GAMMA, cdnow, two

parameters = st.tuples(st.floats(0.5, 20), st.floats(1.1, 20), st.floats(0.5, 50)).map(np.array)
values = st.lists(st.tuples(st.integers(1, 50), st.floats(0.01, 1000)), min_size=1, max_size=10).map(
    lambda rows: (np.array([float(x) for x, _ in rows]), np.array([z for _, z in rows]))
)


def test_the_notes_estimates_on_the_notes_data() -> None:
    # Fader and Hardie (2013): p 6.25, q 3.74, γ 15.44 from the 946 customers with a repeat purchase.
    customers = cdnow()
    found = gamma_gamma.fit(customers.frequency, customers.mean_value)
    assert found.count == 946
    assert found.estimates.round(2).tolist() == GAMMA_GAMMA.tolist()


def test_the_correlation_that_the_note_looks_at_first_is_small() -> None:
    # Fader and Hardie (2013) and (2005b, p. 421): 0.11 among the 946.
    customers = cdnow()
    assert gamma_gamma.correlation(customers.frequency, customers.mean_value) == pytest.approx(0.11, abs=0.005)


@settings(deadline=None, max_examples=60)
@given(parameters, values)
def test_the_gradient_is_that_of_finite_differences(at: FloatArray, rows: tuple[FloatArray, FloatArray]) -> None:
    count = np.arange(1.0, rows[0].size + 1)
    _, gradient = gamma_gamma.log_likelihood(at, *rows, count)
    for place, found in enumerate(gradient):
        step = np.zeros(3)
        step[place] = 1e-5 * at[place]
        above, below = (gamma_gamma.log_likelihood(at + way * step, *rows, count)[0] for way in (1, -1))
        assert found == pytest.approx((above - below) / (2 * step[place]), rel=1e-4, abs=1e-2)


@given(parameters, values)
def test_the_expectation_lies_between_the_own_mean_and_that_of_all(
    at: FloatArray, rows: tuple[FloatArray, FloatArray]
) -> None:
    p, q, gamma = at
    of_all = p * gamma / (q - 1)
    found = gamma_gamma.expected_value(at, *rows)
    assert (found >= np.minimum(rows[1], of_all) * (1 - 1e-9)).all()
    assert (found <= np.maximum(rows[1], of_all) * (1 + 1e-9)).all()
    assert gamma_gamma.expected_value(at, *two(0, 0)) == pytest.approx([of_all])


@settings(deadline=None, max_examples=15)
@given(st.floats(1e-3, 1e6))
def test_another_currency_changes_the_scale_and_nothing_else(scale: float) -> None:
    customers = cdnow()
    found = gamma_gamma.fit(customers.frequency, customers.mean_value).estimates
    scaled = gamma_gamma.fit(customers.frequency, customers.mean_value * scale).estimates
    assert scaled == pytest.approx(found * [1, 1, scale], rel=1e-6)


def test_customers_without_a_value_are_taken_for_the_mean_of_all() -> None:
    found = gamma_gamma.expected_value(GAMMA_GAMMA, np.array([0.0, 2.0]), np.array([0.0, 0.0]))
    assert found == pytest.approx([6.25 * 15.44 / 2.74] * 2)


def test_nobody_with_a_repeat_purchase_is_refused() -> None:
    with pytest.raises(NotFittedError, match="no customer has a repeat purchase"):
        gamma_gamma.fit(np.array([0.0, 2.0]), np.array([0.0, 0.0]))


def test_an_infinite_expectation_is_refused() -> None:
    with pytest.raises(NotFittedError, match="have no expectation"):
        gamma_gamma.expected_value(np.array([2.0, 0.9, 10.0]), *two(0, 0))
