"""Days and months of the vendor: each instant in exactly one, through changes of the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import day_of, month_of, next_month, now, previous_month, start_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
ZONES = st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/New_York", "Pacific/Auckland", "UTC"])


@given(DAYS, ZONES)
def test_a_day_begins_when_the_one_before_ends(day: date, zone: str) -> None:
    begins = start_of(day, zone)
    assert day_of(begins, zone) == day
    assert day_of(begins - timedelta(microseconds=1), zone) == day - timedelta(days=1)


@given(DAYS)
def test_months_follow_each_other(day: date) -> None:
    month = month_of(day)
    assert month <= day < next_month(month)
    assert previous_month(next_month(month)) == month
    assert (next_month(month) - month).days in range(28, 32)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    zone = "Europe/Berlin"
    assert start_of(day + timedelta(days=1), zone) - start_of(day, zone) == timedelta(hours=hours)


def test_midnight_of_the_vendor_is_not_midnight_of_the_server() -> None:
    instant = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert (day_of(instant, "Europe/Berlin"), day_of(instant, "UTC")) == (date(2026, 11, 1), date(2026, 10, 31))
    assert now().tzinfo is UTC
