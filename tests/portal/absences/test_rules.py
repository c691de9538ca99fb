"""Who is away, who acts for them, and what cannot be noted."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.absences.rules import LONGEST, Absence, after, covers_on, ended_on, last_day, problem_of

ANN, BOB, CAT, DAN = (UUID(int=number) for number in range(1, 5))
MONDAY = date(2026, 11, 16)
DAY = timedelta(days=1)
ROLES = {ANN: frozenset({"finance"}), BOB: frozenset({"finance", "sales"}), CAT: frozenset({"sales"})}


def away(who: UUID, cover: UUID, since: date = MONDAY, days: int = 5) -> Absence:
    return Absence(who, cover, since, since + days * DAY)


def test_a_cover_acts_from_the_first_day_until_before_the_day_back() -> None:
    one = away(ANN, BOB)
    assert covers_on([one], MONDAY - DAY) == {}
    assert covers_on([one], MONDAY) == {ANN: BOB}
    assert covers_on([one], MONDAY + 4 * DAY) == {ANN: BOB}
    assert covers_on([one], MONDAY + 5 * DAY) == {}


def test_a_cover_who_is_away_is_covered_once_and_then_nobody_acts() -> None:
    assert covers_on([away(ANN, BOB), away(BOB, CAT)], MONDAY) == {ANN: CAT, BOB: CAT}
    assert covers_on([away(ANN, BOB), away(BOB, ANN)], MONDAY) == {}
    chain = [away(ANN, BOB), away(BOB, CAT), away(CAT, DAN)]
    assert covers_on(chain, MONDAY) == {BOB: DAN, CAT: DAN}


PEOPLE = st.sampled_from([ANN, BOB, CAT, DAN])


@given(st.dictionaries(PEOPLE, PEOPLE))
def test_whoever_acts_is_there_and_is_somebody_else(pairs: dict[UUID, UUID]) -> None:
    found = covers_on([away(who, cover) for who, cover in pairs.items() if who != cover], MONDAY)
    gone = {who for who, cover in pairs.items() if who != cover}
    assert all(who in gone and acting not in gone and acting != who for who, acting in found.items())


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (away(ANN, BOB), ""),
        (away(ANN, ANN), "self"),
        (away(ANN, BOB, days=0), "order"),
        (away(ANN, BOB, days=LONGEST.days + 1), "long"),
        (away(ANN, BOB, MONDAY - 5 * DAY), "past"),
        (away(ANN, BOB, MONDAY - 4 * DAY), ""),
        (away(ANN, BOB, MONDAY + 19 * DAY), "overlap"),
        (away(ANN, BOB, MONDAY + 15 * DAY), ""),
        (away(ANN, CAT), "cover"),
        (away(ANN, DAN), "cover"),
        (away(DAN, ANN), "cover"),
    ],
)
def test_what_cannot_be_noted(wanted: Absence, problem: str) -> None:
    known = [away(ANN, BOB, MONDAY + 20 * DAY)]
    assert problem_of(wanted, known, ROLES, MONDAY) == problem


@given(first=st.integers(0, 40), days=st.integers(1, 20), second=st.integers(0, 40), more=st.integers(1, 20))
def test_two_absences_overlap_exactly_when_they_share_a_day(first: int, days: int, second: int, more: int) -> None:
    one, other = away(ANN, BOB, MONDAY + first * DAY, days), away(ANN, BOB, MONDAY + second * DAY, more)
    shared = any(one.holds_on(MONDAY + n * DAY) and other.holds_on(MONDAY + n * DAY) for n in range(70))
    assert (problem_of(other, [one], ROLES, MONDAY) == "overlap") is shared


def test_who_is_back_keeps_what_has_passed() -> None:
    one = away(ANN, BOB)
    assert ended_on(one, MONDAY) is None
    assert ended_on(one, MONDAY - DAY) is None
    assert ended_on(one, MONDAY + DAY) == away(ANN, BOB, days=1)
    assert last_day(after(MONDAY)) == MONDAY
