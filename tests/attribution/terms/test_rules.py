"""Where a contract is between its days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.terms.rules import LOOKS, SOON, Standing, standing_of

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2024, 12, 31), Standing.AHEAD),
        (FIRST, Standing.RUNNING),
        (LAST - timedelta(days=SOON + 1), Standing.RUNNING),
        (LAST - timedelta(days=SOON), Standing.DUE),
        (LAST, Standing.DUE),
        (date(2026, 1, 1), Standing.ENDED),
    ],
    ids=str,
)
def test_both_its_first_and_its_last_day_belong_to_a_contract(today: date, standing: Standing) -> None:
    assert standing_of(FIRST, LAST, today) is standing


@given(st.dates(), st.integers(0, 4000), st.integers(-9000, 9000))
def test_a_contract_only_moves_on(first: date, days: int, on: int) -> None:
    order = list(Standing)
    try:
        last, today = first + timedelta(days=days), first + timedelta(days=on)
        tomorrow = today + timedelta(days=1)
    except OverflowError:
        return
    now, then = standing_of(first, last, today), standing_of(first, last, tomorrow)
    assert order.index(now) <= order.index(then)


def test_each_standing_has_a_look() -> None:
    assert set(LOOKS) == set(Standing)
