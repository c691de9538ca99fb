"""Who renewed and who was lost: unpunctual payments do no harm, and what is not known yet does not count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.engine.lifetime import sbg
from attribution.engine.lifetime.contracts import durations_of, renewals_of
from attribution.engine.lifetime.kaplan_meier import kaplan_meier
from tests.attribution.engine.lifetime.published import two


@pytest.mark.parametrize(
    ("recency", "age", "renewals", "lost"),
    [
        (0, 10, 0, 0),  # the first renewal is not due
        (0, 44, 0, 0),  # due, but perhaps late
        (0, 45, 0, 1),  # half a term late: missed
        (31, 45, 1, 0),
        (59, 100, 2, 0),  # 1 January, 1 February, 1 March: months are not equally long
        (59, 105, 2, 1),
        (90, 100, 2, 0),  # the third renewal is paid, but of others it is not known yet
        (90, 105, 3, 0),
    ],
)
def test_renewals_with_a_term_of_30_days(recency: float, age: float, renewals: float, lost: float) -> None:
    found = renewals_of(*two(recency, age), 30)
    assert [column.tolist() for column in found] == [[renewals], [lost]]


@pytest.mark.parametrize(
    ("recency", "age", "duration", "lost"),
    [(0, 10, 0, 0), (0, 44, 29, 0), (0, 45, 30, 1), (59, 103, 88, 0), (59, 104, 89, 1), (90, 100, 85, 0)],
)
def test_durations_with_a_term_of_30_days(recency: float, age: float, duration: float, lost: float) -> None:
    found = durations_of(*two(recency, age), 30)
    assert [column.tolist() for column in found] == [[duration], [lost]]


@given(st.floats(0, 1), st.floats(0, 1000), st.floats(0.1, 100))
def test_nothing_is_known_of_the_last_half_term(share: float, age: float, term: float) -> None:
    duration, _ = durations_of(*two(share * age, age), term)
    assert 0 <= duration[0] <= max(age - term / 2, 0)
    renewals, lost = renewals_of(*two(share * age, age), term)
    assert (renewals[0] + lost[0]) * term <= max(age - term / 2, 0) * (1 + 1e-9)


def test_monthly_payers_with_late_payments_give_back_their_retention() -> None:
    # Each month one in five does not renew; payments come up to 10 days late; customers began within two years.
    chance = np.random.default_rng(1)
    size = 4000
    months = chance.geometric(0.2, size) - 1
    age = chance.uniform(0, 730, size)
    recency = np.zeros(size)
    for at in range(size):
        paid = np.arange(1, months[at] + 1) * 30 + chance.uniform(0, 10, months[at])
        recency[at] = max([0.0, *paid[paid <= age[at]]])
    renewals, lost = renewals_of(recency, age, 30)
    curve = kaplan_meier(renewals + lost, lost)
    assert curve.at(np.arange(1.0, 7.0)) == pytest.approx(0.8 ** np.arange(1, 7), abs=0.03)
    by_model = sbg.survival(np.array([2000.0, 8000.0]), np.arange(1.0, 7.0))
    assert curve.at(np.arange(1.0, 7.0)) == pytest.approx(by_model, abs=0.03)
    in_time = kaplan_meier(*durations_of(recency, age, 30))
    assert in_time.at(np.array([45.0, 75.0, 105.0])) == pytest.approx(0.8 ** np.arange(1, 4), abs=0.03)


@pytest.mark.parametrize("term", [0.0, -1.0, float("nan")])
def test_a_term_that_is_not_positive_is_refused(term: float) -> None:
    for function in (renewals_of, durations_of):
        with pytest.raises(ValueError, match="term must be positive"):
            function(*two(1, 2), term)
