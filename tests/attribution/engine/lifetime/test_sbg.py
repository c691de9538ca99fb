"""The shifted-beta-geometric model: the paper's figures on the paper's tables, and sums written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine.lifetime import sbg
from attribution.engine.lifetime.fitting import FloatArray, NotFittedError

# Fader and Hardie (2007), table 1: of 1,000 customers, those left after each of the seven years that are fitted.
HIGH_END = np.array([1000.0, 869, 743, 653, 593, 551, 517, 491])
REGULAR = np.array([1000.0, 631, 468, 382, 326, 289, 262, 241])
parameters = st.tuples(st.floats(0.1, 20), st.floats(0.1, 20)).map(np.array)


@pytest.mark.parametrize(
    ("survivors", "estimates", "log_likelihood"),
    [(HIGH_END, [0.668, 3.806], -1611.2), (REGULAR, [0.704, 1.182], -1680.3)],
)
def test_the_papers_estimates_on_the_papers_tables(
    survivors: FloatArray, estimates: list[float], log_likelihood: float
) -> None:
    found = sbg.fit_cohort(survivors)
    assert found.count == 1000
    assert found.estimates.round(3).tolist() == estimates
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=0.05)


def test_the_papers_projection() -> None:
    # Figure 5 of the paper; the years 8 to 12 of the High End cohort, which were not fitted: 46.8, 44.5, 42.7, 40.9,
    # 39.4 per cent were really left.
    at = sbg.fit_cohort(HIGH_END).estimates
    found = sbg.survival(at, np.arange(8.0, 13.0))
    assert found == pytest.approx([0.460, 0.436, 0.414, 0.395, 0.378], abs=5e-4)
    assert found == pytest.approx([0.468, 0.445, 0.427, 0.409, 0.394], abs=0.02)


def test_a_cohort_is_its_customers() -> None:
    lost = -np.diff(REGULAR).astype(int)
    renewals = np.concatenate([np.repeat(np.arange(7), lost), np.full(241, 7)]).astype(float)
    is_lost = np.repeat([1.0, 0.0], [759, 241])
    order = np.random.default_rng(1).permutation(1000)
    found = sbg.fit(renewals[order], is_lost[order])
    assert found.estimates.tobytes() == sbg.fit_cohort(REGULAR).estimates.tobytes()


@settings(deadline=None, max_examples=60)
@given(parameters, st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=8))
def test_the_gradient_is_that_of_finite_differences(at: FloatArray, rows: list[tuple[int, bool]]) -> None:
    renewals, lost = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    count = np.arange(1.0, lost.size + 1)
    _, gradient = sbg.log_likelihood(at, renewals, lost, count)
    for place, found in enumerate(gradient):
        step = np.zeros(2)
        step[place] = 1e-5 * at[place]
        above, below = (sbg.log_likelihood(at + way * step, renewals, lost, count)[0] for way in (1, -1))
        assert found == pytest.approx((above - below) / (2 * step[place]), rel=1e-4, abs=1e-4)


@given(parameters)
def test_survival_falls_from_1_and_is_the_product_of_retention(at: FloatArray) -> None:
    times = np.arange(0.0, 60.0)
    found, kept = sbg.survival(at, times), sbg.retention(at, times)
    assert found[0] == pytest.approx(1)
    assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    assert (np.diff(found) < 0).all()
    assert (np.diff(kept) > 0).all()
    assert np.append(1.0, np.cumprod(kept[:-1])) == pytest.approx(found, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(parameters, st.integers(0, 20), st.floats(0.02, 0.5))
def test_residual_lifetime_is_the_sum_written_out(at: FloatArray, k: int, rate: float) -> None:
    ahead = np.arange(1, 3000)
    terms = (
        sbg.survival(at, k + ahead.astype(float)) / sbg.survival(at, np.array(float(k))) * (1 + rate) ** (1.0 - ahead)
    )
    assert sbg.residual_lifetime(at, np.array([float(k)]), rate) == pytest.approx([terms.sum()], rel=1e-8)


def test_without_discounting_residual_lifetime_is_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        sbg.residual_lifetime(np.array([0.7, 1.2]), np.zeros(1), 0.0)


@pytest.mark.parametrize("survivors", [[5.0], [5.0, 6.0], [5.0, -1.0]])
def test_a_cohort_that_grows_is_refused(survivors: list[float]) -> None:
    with pytest.raises(ValueError, match="never rise"):
        sbg.fit_cohort(np.array(survivors))


@pytest.mark.parametrize(("renewals", "lost"), [(-1, 1), (0.5, 1), (1, 2), (np.nan, 0)])
def test_impossible_rows_are_refused(renewals: float, lost: float) -> None:
    with pytest.raises(ValueError, match="renewals must be whole numbers"):
        sbg.fit(np.array([renewals]), np.array([lost]))


def test_a_cohort_of_which_nobody_left_is_refused() -> None:
    with pytest.raises(NotFittedError, match="do not determine"):
        sbg.fit_cohort(np.array([100.0, 100.0, 100.0]))
