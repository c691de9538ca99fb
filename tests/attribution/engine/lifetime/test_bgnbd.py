"""BG/NBD: the paper's figures on the paper's data, the gradient, and expectations against integrals."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.lifetime import bgnbd
from attribution.engine.lifetime.fitting import FloatArray, NotFittedError, grouped
from attribution.engine.lifetime.purchases import expected_purchases
from tests.attribution.engine.lifetime.published import BGNBD, History, buyers, cdnow, one, two

parameter = st.floats(0.05, 20.0)
parameters = st.tuples(parameter, parameter, parameter, parameter).map(np.array)
histories = st.lists(
    st.tuples(st.integers(0, 60), st.floats(0.01, 1), st.floats(0.1, 100)), min_size=1, max_size=10
).map(
    lambda rows: (
        np.array([float(x) for x, _, _ in rows]),
        np.array([share * age * (x > 0) for x, share, age in rows]),
        np.array([age for _, _, age in rows]),
    )
)


def test_the_papers_estimates_on_the_papers_data() -> None:
    # Fader, Hardie and Lee (2005), table 2: 2,357 customers, 39 weeks.
    customers = cdnow()
    found = bgnbd.fit(customers.frequency, customers.recency, customers.age)
    assert found.count == 2357
    assert found.estimates.round(4).tolist() == BGNBD.tolist()
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_the_papers_prediction_for_one_customer() -> None:
    # Fader, Hardie and Lee, Implementing the BG/NBD model in Excel (2005): customer 0001 in the next 39 weeks.
    found = expected_purchases(bgnbd.MODEL, BGNBD, *one(2, 30.43, 38.86), 39)
    assert found == pytest.approx([1.226], abs=5e-4)


@settings(deadline=None, max_examples=60)
@given(parameters, histories)
def test_the_gradient_is_that_of_finite_differences(at: FloatArray, history: History) -> None:
    count = np.arange(1.0, history[0].size + 1)
    _, gradient = bgnbd.log_likelihood(at, *history, count)
    for place, found in enumerate(gradient):
        step = np.zeros(4)
        step[place] = 1e-5 * at[place]
        above, below = (bgnbd.log_likelihood(at + way * step, *history, count)[0] for way in (1, -1))
        assert found == pytest.approx((above - below) / (2 * step[place]), rel=1e-4, abs=1e-3)


@settings(deadline=None, max_examples=60)
@given(parameters, histories)
def test_the_likelihood_is_the_papers(at: FloatArray, history: History) -> None:
    r, alpha, a, b = at
    expected = 0.0
    for x, last, age in zip(*history, strict=True):
        # Equation 6, with the logarithms of its two terms.
        shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - special.betaln(a, b)
        terms = [special.betaln(a, b + x) - (r + x) * np.log(alpha + age)]
        if x > 0:
            terms.append(special.betaln(a + 1, b + x - 1) - (r + x) * np.log(alpha + last))
        expected += shared + special.logsumexp(terms)
    assert bgnbd.log_likelihood(at, *history, np.ones(history[0].size))[0] == pytest.approx(expected, rel=1e-9)


def test_neither_the_order_of_rows_nor_grouping_changes_anything() -> None:
    history = buyers(800, seed=1)
    shuffled = np.random.default_rng(2).permutation(800)
    found = bgnbd.fit(*history)
    again = bgnbd.fit(history[0][shuffled], history[1][shuffled], history[2][shuffled])
    assert found.estimates.tobytes() == again.estimates.tobytes()
    (frequency, recency, age), count, _ = grouped(*history)
    whole, _ = bgnbd.log_likelihood(BGNBD, *history, np.ones(800))
    assert bgnbd.log_likelihood(BGNBD, frequency, recency, age, count)[0] == pytest.approx(whole, rel=1e-12)


def test_made_up_customers_give_back_what_made_them() -> None:
    truth = np.array([0.8, 6.0, 0.9, 3.0])
    found = bgnbd.fit(*buyers(6000, seed=3, parameters=truth))
    apart = np.log(found.estimates / truth)
    assert (np.abs(apart) < 3 * np.sqrt(np.diag(found.log_covariance))).all()


@settings(deadline=None, max_examples=60)
@given(parameters, histories)
def test_probabilities_lie_between_0_and_1(at: FloatArray, history: History) -> None:
    alive = bgnbd.probability_alive(at, *history)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (alive[history[0] == 0] == 1).all()


def integrated(at: FloatArray, x: int, age: float, ahead: float) -> float:
    """Purchases of the living: λ ~ Gamma(r+x, α+T), p ~ Beta(a, b+x); given both, (1 − e^(−λpt))/p are expected."""
    r, alpha, a, b = at
    beta = stats.beta(a, b + x)

    def over_log_p(log_p: float) -> float:
        p = np.exp(log_p)
        return float(-np.expm1(-(r + x) * np.log1p(p * ahead / (alpha + age))) * beta.pdf(p))

    edges = np.log([max(beta.ppf(share), 1e-300) for share in (1e-13, 0.01, 0.5, 0.99, 1 - 1e-13)])
    return float(sum(integrate.quad(over_log_p, *edge, limit=200)[0] for edge in itertools.pairwise(edges)))


@settings(deadline=None, max_examples=60)
@given(parameters, st.integers(0, 400), st.floats(0.1, 100), st.floats(0.1, 200))
def test_purchases_of_the_living_are_the_integral(at: FloatArray, x: int, age: float, ahead: float) -> None:
    found = bgnbd.purchases_if_alive(at, *two(x, age), ahead)
    assert found == pytest.approx([integrated(at, x, age, ahead)], rel=2e-5)


@pytest.mark.parametrize(("x", "ahead"), [(99, 19.0), (148, 300.0), (400, 5_000.0)])
def test_whole_parameters_and_many_purchases_have_an_expectation(x: int, ahead: float) -> None:
    at = np.array([1.0, 1.0, 2.0, 1.0])
    assert bgnbd.purchases_if_alive(at, *two(x, 1.0), ahead)[0] == pytest.approx(integrated(at, x, 1, ahead), rel=2e-5)


@pytest.mark.parametrize("a", [0.9998, 0.99991, 1.0, 1.00009, 1.0002])
def test_a_equal_to_1_is_no_exception(a: float) -> None:
    at = np.array([0.5, 5.0, a, 2.0])
    assert bgnbd.purchases_if_alive(at, *two(3, 30), 50.0)[0] == pytest.approx(integrated(at, 3, 30, 50), rel=1e-7)


@pytest.mark.parametrize(
    ("history", "why"),
    [
        (one(1.5, 2, 3), "whole number"),
        (one(-1, 2, 3), "whole number"),
        (one(1, 4, 3), "between 0 and age"),
        (one(0, 1, 3), "recency must be 0"),
        (one(1, np.nan, 3), "must be numbers"),
        ((np.zeros(0), np.zeros(0), np.zeros(0)), "no customers"),
    ],
)
def test_a_history_that_cannot_be_is_refused(history: History, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bgnbd.fit(*history)


def test_too_few_customers_are_refused_in_words() -> None:
    with pytest.raises(NotFittedError, match="do not determine"):
        bgnbd.fit(*one(2, 30.43, 38.86))
    with pytest.raises(NotFittedError, match="last day of observation"):
        bgnbd.fit(*one(0, 0, 0))
