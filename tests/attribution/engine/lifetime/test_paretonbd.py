"""Pareto/NBD: the published figures on the published data, the gradient, and the integral against others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime import paretonbd
from attribution.engine.lifetime.fitting import FloatArray, NotFittedError
from attribution.engine.lifetime.purchases import expected_purchases
from tests.attribution.engine.lifetime.published import PARETO, History, buyers, cdnow, one, two
from tests.attribution.engine.lifetime.test_bgnbd import histories, parameters


def test_the_papers_estimates_on_the_papers_data() -> None:
    # Fader, Hardie and Lee (2005), table 2, and Fader and Hardie, A note on implementing the Pareto/NBD model in
    # MATLAB (2005): r 0.5533, α 10.5776 to 10.578, s 0.6061 to 0.6062, β 11.6670 to 11.669 by software.
    customers = cdnow()
    found = paretonbd.fit(customers.frequency, customers.recency, customers.age)
    assert found.count == 2357
    assert found.estimates == pytest.approx(PARETO, rel=3e-4)
    assert found.log_likelihood == pytest.approx(-9595.0, abs=0.05)


def test_figures_of_others_for_single_customers() -> None:
    # The R package BTYD on the same data: its manual gives P(alive) 0.2941633 of a customer that never came back, its
    # walk-through 1.473 purchases of a new customer in a year, and for customer 1516 0.9979 and 25.46.
    customers = cdnow()
    at = paretonbd.fit(customers.frequency, customers.recency, customers.age).estimates
    assert paretonbd.probability_alive(at, *one(0, 0, 39)) == pytest.approx([0.2941633], abs=2e-4)
    assert paretonbd.purchases_if_alive(at, *two(0, 0), 52) == pytest.approx([1.473], abs=1e-3)
    frequent = one(26, 30.86, 31)
    assert paretonbd.probability_alive(at, *frequent) == pytest.approx([0.9979], abs=1e-4)
    assert expected_purchases(paretonbd.MODEL, at, *frequent, 52) == pytest.approx([25.46], abs=0.01)


@settings(deadline=None, max_examples=60)
@given(parameters, histories)
def test_the_gradient_is_that_of_finite_differences(at: FloatArray, history: History) -> None:
    count = np.arange(1.0, history[0].size + 1)
    _, gradient = paretonbd.log_likelihood(at, *history, count)
    for place, found in enumerate(gradient):
        step = np.zeros(4)
        step[place] = 1e-5 * at[place]
        above, below = (paretonbd.log_likelihood(at + way * step, *history, count)[0] for way in (1, -1))
        assert found == pytest.approx((above - below) / (2 * step[place]), rel=1e-4, abs=1e-3)


@settings(deadline=None, max_examples=100)
@given(parameters, st.integers(0, 300), st.floats(0, 100), st.floats(1e-6, 200))
def test_the_integral_is_that_of_a_general_method(at: FloatArray, x: int, last: float, ahead: float) -> None:
    r, alpha, s, beta = at

    def integrand(u: float) -> float:
        return float(np.exp(-(r + x) * np.log1p(u / (alpha + last)) - (s + 1) * np.log1p(u / (beta + last))))

    places = [ahead * share for share in (1e-5, 1e-4, 1e-3, 1e-2, 0.1)]
    by_quad = integrate.quad(integrand, 0, ahead, points=places, epsabs=0, epsrel=1e-12, limit=400)[0]
    expected = np.log(by_quad) - (r + x) * np.log(alpha + last) - (s + 1) * np.log(beta + last)
    found, _ = paretonbd.lost_integral(at, *one(x, last, last + ahead))
    assert found == pytest.approx([expected], abs=1e-8)


@pytest.mark.parametrize("at", [[0.55, 10.6, 0.61, 11.7], [0.55, 11.7, 0.61, 10.6], [0.7, 8.0, 0.6, 8.0]])
def test_the_likelihood_is_that_of_the_note(at: list[float]) -> None:
    # With the two hypergeometric functions of the note, for α ≥ β and α ≤ β.
    r, alpha, s, beta = at
    x, last, age = 3.0, 20.0, 35.0
    greater, order = max(alpha, beta), s + 1 if alpha >= beta else r + x

    def term(u: float) -> float:
        z = abs(alpha - beta) / (greater + u)
        return float(special.hyp2f1(r + s + x, order, r + s + x + 1, z) / (greater + u) ** (r + s + x))

    lost = s / (r + s + x) * (term(last) - term(age))
    alive = (alpha + age) ** -(r + x) * (beta + age) ** -s
    expected = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    found, _ = paretonbd.log_likelihood(np.array(at), *one(x, last, age), np.ones(1))
    assert found == pytest.approx(expected + np.log(alive + lost), rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(parameters, histories)
def test_probabilities_lie_between_0_and_1(at: FloatArray, history: History) -> None:
    alive = paretonbd.probability_alive(at, *history)
    assert ((alive >= 0) & (alive <= 1)).all()


def test_who_bought_at_the_very_end_is_there() -> None:
    assert paretonbd.probability_alive(PARETO, *one(4, 30, 30)) == pytest.approx([1.0])


@pytest.mark.parametrize("s", [0.999, 1.0, 1.001])
def test_s_equal_to_1_is_no_exception(s: float) -> None:
    at = np.array([0.5, 10.0, s, 12.0])
    found = paretonbd.purchases_if_alive(at, *two(2, 30), 50.0)[0]
    rate = integrate.quad(lambda u: ((12 + 30) / (12 + 30 + u)) ** s, 0, 50)[0] * (0.5 + 2) / (10 + 30)
    assert found == pytest.approx(rate, rel=1e-9)


def test_the_order_of_rows_changes_nothing() -> None:
    history = buyers(800, seed=1)
    shuffled = np.random.default_rng(2).permutation(800)
    found = paretonbd.fit(*history)
    again = paretonbd.fit(history[0][shuffled], history[1][shuffled], history[2][shuffled])
    assert found.estimates.tobytes() == again.estimates.tobytes()


def test_too_few_customers_are_refused_in_words() -> None:
    with pytest.raises(NotFittedError, match="do not determine"):
        paretonbd.fit(*one(2, 30.43, 38.86))
