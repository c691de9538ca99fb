"""What is true of versions: which one holds, what each is today, and what two differ in."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.policies.rules import (
    Change,
    Line,
    Standing,
    VersionState,
    body_hash,
    compare,
    day_problem,
    in_force_before,
    in_force_on,
    standing_of,
)

TODAY = date(2026, 11, 18)
DAYS = st.dates(date(2025, 1, 1), date(2028, 1, 1))


class Approved(NamedTuple):
    effective_from: date


@given(days=st.sets(DAYS, max_size=8), day=DAYS)
def test_the_latest_that_has_begun_holds(days: set[date], day: date) -> None:
    versions = [Approved(one) for one in days]
    held = in_force_on(versions, day)
    assert (held.effective_from if held else None) == max((one for one in days if one <= day), default=None)
    before = in_force_before(versions, day)
    assert (before.effective_from if before else None) == max((one for one in days if one < day), default=None)


@given(days=st.sets(DAYS, min_size=1, max_size=8), today=DAYS)
def test_exactly_one_approved_version_is_in_force_once_any_has_begun(days: set[date], today: date) -> None:
    standings = {day: standing_of(VersionState.APPROVED, day, days, today) for day in days}
    held = [day for day, standing in standings.items() if standing is Standing.IN_FORCE]
    assert held == [max(day for day in days if day <= today)] if min(days) <= today else not held
    assert all((standing is Standing.TO_COME) == (day > today) for day, standing in standings.items())


@pytest.mark.parametrize("state", [VersionState.DRAFT, VersionState.SUBMITTED, VersionState.REJECTED])
def test_what_is_not_approved_is_what_its_state_says(state: VersionState) -> None:
    assert standing_of(state, TODAY, [], TODAY) == state.value


@pytest.mark.parametrize(
    ("day", "latest", "problem"),
    [
        (None, None, "missing"),
        (TODAY - timedelta(days=1), None, ""),
        (TODAY - timedelta(days=1), TODAY - timedelta(days=9), "past"),
        (TODAY, None, ""),
        (TODAY, TODAY, "order"),
        (TODAY + timedelta(days=1), TODAY, ""),
        (TODAY + timedelta(days=1), TODAY + timedelta(days=2), "order"),
    ],
)
def test_the_day_must_lie_ahead_and_after_all_approved(day: date | None, latest: date | None, problem: str) -> None:
    assert day_problem(day, TODAY, latest) == problem


def test_the_hash_covers_the_body_and_the_day() -> None:
    assert body_hash({"a": 1, "b": "2"}, TODAY) == body_hash({"b": "2", "a": 1}, TODAY)
    assert (
        len(
            {
                body_hash({"a": 1}, TODAY),
                body_hash({"a": 2}, TODAY),
                body_hash({"a": 1}, None),
                body_hash({"a": 1}, TODAY + timedelta(days=1)),
            }
        )
        == 4
    )


LINES = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["1", "2"])), max_size=8, unique_by=lambda one: one[0]
)


def lines(pairs: list[tuple[str, str]]) -> list[Line]:
    return [Line(key, "", key, value) for key, value in pairs]


@given(before=LINES, after=LINES)
def test_a_comparison_says_everything_once(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    found = compare(lines(before), lines(after))
    old, new = dict(before), dict(after)
    assert sorted(one.label for one in found) == sorted({*old, *new})
    for one in found:
        assert (one.before, one.after) == (old.get(one.label, ""), new.get(one.label, ""))
        expected = (
            Change.ADDED
            if one.label not in old
            else Change.REMOVED
            if one.label not in new
            else Change.SAME
            if old[one.label] == new[one.label]
            else Change.CHANGED
        )
        assert one.change is expected
    assert [one.label for one in found if one.label in new] == list(new)


def test_what_was_dropped_stands_where_it_stood() -> None:
    found = compare(lines([("a", "1"), ("b", "1"), ("c", "1")]), lines([("a", "1"), ("c", "1"), ("d", "1")]))
    assert [(one.label, one.change.value) for one in found] == [
        ("a", "same"),
        ("b", "removed"),
        ("c", "same"),
        ("d", "added"),
    ]
