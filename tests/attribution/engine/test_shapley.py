"""Shapley values: those of the definition, over all subsets, in both games."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine import shapley
from attribution.engine.errors import TooLargeError
from attribution.engine.kernel import Plan
from attribution.engine.shapley import gathered, merged, occurrences, rates, sets_of, weights
from tests.attribution.engine.make import Event, Touch, credited, run

Journey = tuple[frozenset[int], int, int, int]
journey = st.tuples(
    st.frozensets(st.integers(0, 9), min_size=1, max_size=5), st.integers(0, 3), st.integers(0, 3), st.integers(0, 99)
)
journeys = st.lists(journey, min_size=1, max_size=15)


def by_definition(count: int, worth: Callable[[frozenset[int]], float]) -> list[float]:
    """Each player's marginal over all subsets of the others."""
    found = []
    for player in range(count):
        others = [one for one in range(count) if one != player]
        value = 0.0
        for size in range(count):
            share = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for some in itertools.combinations(others, size):
                value += share * (worth(frozenset((*some, player))) - worth(frozenset(some)))
        found.append(value)
    return found


def game(some: list[Journey]) -> shapley.Coalitions:
    sets = np.array([sum(1 << key for key in one[0]) for one in some])
    return gathered(10, sets, *(np.array([one[place] for one in some]) for place in (1, 2, 3)))


@settings(max_examples=15)
@given(some=journeys)
def test_the_sum_game_over_all_subsets_is_equal_parts_over_distinct_keys(some: list[Journey]) -> None:
    keys = sorted({key for one in some for key in one[0]})
    place = {key: number for number, key in enumerate(keys)}
    held = [(frozenset(place[key] for key in one[0]), one[1]) for one in some]
    expected = by_definition(len(keys), lambda coalition: sum(times for one, times in held if one <= coalition))
    parts = [0.0] * len(keys)
    for one, times in held:
        for key in one:
            parts[key] += times / len(one)
    assert parts == pytest.approx(expected, abs=1e-9)


def rate(some: list[Journey], coalition: frozenset[int], place: int) -> float:
    inside = [one for one in some if one[0] <= coalition]
    total = sum(one[1] + one[2] for one in inside)
    return sum((one[1], one[3])[place] for one in inside) / total if total else 0.0


@settings(max_examples=15)
@given(some=journeys)
def test_the_rate_game_over_all_subsets(some: list[Journey]) -> None:
    found = rates(game(some))
    assert found.of_conversions == pytest.approx(by_definition(10, lambda one: rate(some, one, 0)), abs=1e-9)
    assert found.of_values == pytest.approx(by_definition(10, lambda one: rate(some, one, 1)), abs=1e-7)
    assert (found.low == found.high).all()


def test_sampled_permutations_come_near_and_their_seed_is_kept() -> None:
    random = np.random.default_rng(5)
    some: list[Journey] = [
        (frozenset(int(key) for key in random.integers(0, 10, 4)), int(random.random() < 0.4), 1, 1) for _ in range(200)
    ]
    exact = rates(game(some))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapley, "MOST_EXACT", 5)
        sampled, again, other = rates(game(some), 7), rates(game(some), 7), rates(game(some), 8)
    assert sampled.of_conversions.tolist() == again.of_conversions.tolist() != other.of_conversions.tolist()
    assert sampled.of_conversions == pytest.approx(exact.of_conversions, abs=0.02)
    inside = (sampled.low <= exact.of_conversions) & (exact.of_conversions <= sampled.high)
    assert inside.sum() >= 8
    assert sampled.of_conversions.sum() == pytest.approx(exact.of_conversions.sum())


@given(some=journeys, cut=st.integers(0, 15))
def test_parts_of_the_data_add_up(some: list[Journey], cut: int) -> None:
    pieces = [game(piece) for piece in (some[:cut], some[cut:]) if piece]
    together, whole = merged(pieces), game(some)
    assert together.sets.tolist() == whole.sets.tolist()
    assert together.conversions.tolist() == whole.conversions.tolist()


def test_more_keys_than_bits_are_refused() -> None:
    with pytest.raises(TooLargeError, match="at most 62 keys"):
        sets_of(np.zeros(1, np.int32), np.array([0, 1]), 63)


def test_how_often_keys_occur() -> None:
    keys = np.array([[3, 1, 3, 2], [0, 0, 0, 0], [1, 2, 3, 4]], np.int32)
    assert occurrences(keys).tolist() == [[2, 1, 2, 1], [4, 4, 4, 4], [1, 1, 1, 1]]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_a_key_gets_one_part_however_often_it_occurs(keys: list[int]) -> None:
    found = weights(np.array([keys], np.int32))[0]
    sums = [int(found[np.array(keys) == key].sum()) for key in sorted(set(keys))]
    assert sums == pytest.approx([sums[0]] * len(sums), rel=1e-10)


def test_three_touches_of_two_keys() -> None:
    touches = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 2, "p"), Touch("t3", "A", 3, "q")]
    assert credited(touches, [Event("e", "A", 9, 1000)], "shapley")["e", "shapley"] == [
        ("t1", 250_000_000, 250), ("t2", 250_000_000, 250), ("t3", 500_000_000, 500),
    ]  # fmt: skip


def test_the_ordered_value_tells_places_apart_and_adds_up_to_the_other() -> None:
    touches = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 2, "q"), Touch("t3", "B", 1, "q"), Touch("t4", "B", 2, "p")]
    events = [Event("e", "A", 9, 1000), Event("f", "B", 9, 500)]
    result, _ = run(touches, events, Plan(("shapley_ordered",)))
    lines = {(row["key"], row["model"]): row["value"] for row in result.summary().to_pylist()}
    assert lines == {
        ("p", "shapley_ordered:1"): 500, ("p", "shapley_ordered:2"): 250,
        ("q", "shapley_ordered:1"): 250, ("q", "shapley_ordered:2"): 500,
    }  # fmt: skip
