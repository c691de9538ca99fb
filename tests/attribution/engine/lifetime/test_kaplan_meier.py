"""The Kaplan-Meier curve: a textbook's table, and what must hold of every curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.engine.lifetime.kaplan_meier import kaplan_meier

# Weeks in remission of the 21 patients on 6-MP: Freireich et al., Blood 21 (1963), 699-716; 9 relapsed.
RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_WELL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
DURATION = np.array(RELAPSED + STILL_WELL, dtype=float)
LOST = np.repeat([1.0, 0.0], [len(RELAPSED), len(STILL_WELL)])
# The table in textbooks (Cox and Oakes 1984; Klein and Moeschberger 2003, section 4.2) and of statistics programs, with
# the interval on the scale of ln(−ln S): week, at risk, lost, S, standard error, low, high.
TABLE = np.array(
    [
        [6, 21, 3, 0.8571, 0.0764, 0.6197, 0.9516],
        [7, 17, 1, 0.8067, 0.0869, 0.5631, 0.9228],
        [10, 15, 1, 0.7529, 0.0963, 0.5032, 0.8894],
        [13, 12, 1, 0.6902, 0.1068, 0.4316, 0.8491],
        [16, 11, 1, 0.6275, 0.1141, 0.3675, 0.8049],
        [22, 7, 1, 0.5378, 0.1282, 0.2678, 0.7468],
        [23, 6, 1, 0.4482, 0.1346, 0.1881, 0.6801],
    ]
)
times = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def test_the_table_of_the_textbook() -> None:
    curve = kaplan_meier(DURATION, LOST)
    columns = [curve.time, curve.at_risk, curve.lost, curve.survival, np.sqrt(curve.variance), curve.low, curve.high]
    assert np.column_stack(columns) == pytest.approx(TABLE, abs=5e-5)
    assert curve.median() == 23


@given(times)
def test_a_curve_falls_from_1_to_0_at_the_most(rows: list[tuple[int, bool]]) -> None:
    duration, lost = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    curve = kaplan_meier(duration, lost)
    assert ((curve.survival >= 0) & (curve.survival < 1)).all()
    assert (np.diff(curve.survival) < 0).all()
    known = ~np.isnan(curve.variance)
    assert (curve.variance[known] >= 0).all()
    assert (curve.low[known] <= curve.survival[known]).all()
    assert (curve.survival[known] <= curve.high[known]).all()
    assert ((curve.low[known] >= 0) & (curve.high[known] <= 1)).all()
    assert known.all() or curve.survival[-1] == 0


@given(times, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, bool]], chance: object) -> None:
    mixed = sorted(rows, key=lambda _row: chance.random())  # type: ignore[attr-defined]  # hypothesis hides its class
    one, other = (np.array(some, dtype=float) for some in (rows, mixed))
    curve, again = kaplan_meier(one[:, 0], one[:, 1]), kaplan_meier(other[:, 0], other[:, 1])
    assert curve.survival.tobytes() == again.survival.tobytes()
    assert curve.low.tobytes() == again.low.tobytes()


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_when_all_are_seen_to_the_end_it_is_the_share_that_is_left(durations: list[int]) -> None:
    duration = np.array(durations, dtype=float)
    curve = kaplan_meier(duration, np.ones(duration.size))
    at = np.arange(0.0, 14.0)
    assert curve.at(at) == pytest.approx([(duration > time).mean() for time in at], abs=1e-12)


def test_where_nobody_is_lost_the_curve_is_1() -> None:
    curve = kaplan_meier(np.array([3.0, 4.0]), np.zeros(2))
    assert curve.time.size == 0
    assert curve.at(np.array([0.0, 3.0, 100.0])).tolist() == [1.0, 1.0, 1.0]
    assert curve.median() is None


def test_somebody_last_seen_at_a_time_is_at_risk_in_it() -> None:
    curve = kaplan_meier(np.array([5.0, 5.0]), np.array([1.0, 0.0]))
    assert curve.at_risk.tolist() == [2]
    assert curve.survival.tolist() == [0.5]


@pytest.mark.parametrize(
    ("duration", "lost"), [([], []), ([-1.0], [1.0]), ([np.nan], [1.0]), ([1.0], [0.5]), ([1.0], [np.nan])]
)
def test_impossible_rows_are_refused(duration: list[float], lost: list[float]) -> None:
    with pytest.raises(ValueError, match="durations must be"):
        kaplan_meier(np.array(duration), np.array(lost))
