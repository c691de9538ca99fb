"""The largest remainder: exact at every size, mirrored, by ties where remainders are equal."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.engine.remainder import ONE, PPB, allot, quantise

totals = st.integers(-(10**15), 10**15)
weights = st.lists(st.one_of(st.integers(0, 9), st.integers(0, ONE)), min_size=1, max_size=12).filter(any)


def by_hand(total: int, parts: list[int], ties: list[int]) -> list[int]:
    """The definition, one at a time, in exact fractions."""
    whole = sum(parts)
    quotas = [Fraction(abs(total) * part, whole) for part in parts]
    found = [int(quota) for quota in quotas]
    order = sorted(range(len(parts)), key=lambda place: (-(quotas[place] - found[place]), ties[place]))
    for place in order[: abs(total) - sum(found)]:
        found[place] += 1
    return [-part if total < 0 else part for part in found]


@given(total=totals, parts=weights, data=st.data())
def test_it_is_the_definition(total: int, parts: list[int], data: st.DataObject) -> None:
    if sum(parts) > ONE * 2:
        parts = [part >> 4 or 1 for part in parts]
    ties = data.draw(st.permutations(range(len(parts))))
    found = allot(np.array([total]), np.array([parts]), np.array([ties]))
    assert found[0].tolist() == by_hand(total, parts, list(ties))
    assert allot(np.array([total]), np.array(parts))[0].tolist() == by_hand(total, parts, list(range(len(parts))))


@given(total=totals, parts=weights)
def test_a_reversal_mirrors(total: int, parts: list[int]) -> None:
    parts = [part >> 4 or 1 for part in parts]
    both = allot(np.array([total, -total]), np.array(parts))
    assert (both[0] == -both[1]).all()
    assert int(both[0].sum()) == total


def test_a_third_of_one() -> None:
    assert allot(np.array([PPB]), np.ones(3, np.int64)).tolist() == [[333_333_334, 333_333_333, 333_333_333]]
    ties = np.array([[2, 0, 1]])
    assert allot(np.array([PPB]), np.ones(3, np.int64), ties).tolist() == [[333_333_333, 333_333_334, 333_333_333]]


def test_equal_remainders_of_different_weights_go_by_place() -> None:
    """4 in the proportion 3 : 1 : 1 : 3 is 1½, ½, ½, 1½: four equal remainders for two units."""
    assert allot(np.array([4]), np.array([3, 1, 1, 3])).tolist() == [[2, 1, 0, 1]]


def test_a_quotient_that_floating_point_rounds_up_is_set_right() -> None:
    total, parts = 724_115_863_760_925, [175_086_695_414, 74_158_407_201, 11_262_716_500]
    assert int(total * (parts[2] / sum(parts))) * sum(parts) > total * parts[2]
    assert allot(np.array([total]), np.array([parts]))[0].tolist() == by_hand(total, parts, [0, 1, 2])


def test_nothing_goes_to_a_weight_of_zero() -> None:
    assert allot(np.array([7]), np.array([[0, 3, 0, 3]])).tolist() == [[0, 4, 0, 3]]


def test_a_journey_of_two_million_touches_adds_up() -> None:
    parts = np.full((1, 2_097_152), ONE >> 21)
    found = allot(np.array([10**15 - 1]), parts)
    assert int(found.sum()) == 10**15 - 1
    assert int(found.max() - found.min()) == 1


@pytest.mark.parametrize("raw", [[0, 0, 0], [1, 1, 1], [5, 0, 0]])
def test_quantised_weights_add_up_to_about_one(raw: list[int]) -> None:
    found, empty = quantise(np.array([raw]))
    assert empty.tolist() == [not any(raw)]
    assert abs(int(found.sum()) - ONE) <= len(raw)
    assert (found > 0).any()


@given(st.lists(st.integers(0, ONE), min_size=2, max_size=9))
def test_the_order_of_touches_changes_no_bit_of_a_weight(raw: list[int]) -> None:
    order = sorted(range(len(raw)), key=lambda place: (place * 7919) % 13)
    straight, _ = quantise(np.array([raw]))
    turned, _ = quantise(np.array([[raw[place] for place in order]]))
    assert straight[0][order].tolist() == turned[0].tolist()
