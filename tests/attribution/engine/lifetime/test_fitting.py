"""What the search for the greatest likelihood promises: it comes to rest at the top, or says why it cannot."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.engine.lifetime.fitting import FloatArray, NotFittedError, grouped, maximise


def test_a_rate_is_found_with_its_error() -> None:
    def likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
        (rate,) = parameters
        return 100 * (np.log(rate) - rate * 4), np.array([100 * (1 / rate - 4)])

    # 100 waiting times with mean 4: the estimate is 1/4, and its logarithm has the error 1/√100.
    found = maximise(likelihood, ("rate",), np.array([17.0]), 100)
    assert found.estimates == pytest.approx([0.25], rel=1e-9)
    assert found.standard_errors == pytest.approx([0.025], rel=1e-6)
    assert found.log_likelihood == pytest.approx(100 * (np.log(0.25) - 1))


def test_what_the_data_say_nothing_about_is_named() -> None:
    def likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
        rate, _nothing = parameters
        return 100 * (np.log(rate) - rate), np.array([100 * (1 / rate - 1), 0.0])

    with pytest.raises(NotFittedError, match="do not determine nothing:"):
        maximise(likelihood, ("rate", "nothing"), np.array([2.0, 2.0]), 100)


def test_a_likelihood_that_rises_without_end_is_refused() -> None:
    def likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
        (size,) = parameters
        return -100 / size, np.array([100 / size**2])

    with pytest.raises(NotFittedError, match="do not determine size"):
        maximise(likelihood, ("size",), np.array([1.0]), 100)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_groups_hold_all_rows_and_only_equal_ones(rows: list[tuple[int, int]]) -> None:
    first, second = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    (one, two), count, group = grouped(first, second)
    assert (one[group] == first).all()
    assert (two[group] == second).all()
    assert list(zip(one, two, strict=True)) == sorted(set(rows))
    assert count.sum() == len(rows)
    assert (np.bincount(group) == count).all()
