"""Markov removal effects: equal to removing each key by hand, at every order, dense and sparse."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine import markov
from attribution.engine.errors import TooLargeError
from attribution.engine.markov import Chain, Floats, Journeys, counted, folded, merged, removal_effects

Path = tuple[tuple[int, ...], int, int, int]
"""Keys, conversions, nulls, value."""
path = st.tuples(
    st.lists(st.integers(0, 4), min_size=1, max_size=6).map(tuple),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 100),
)
paths = st.lists(path, min_size=1, max_size=12).filter(lambda some: any(one[1] for one in some))


def journeys(some: list[Path], shard: list[int] | None = None) -> Journeys:
    keys = np.array(list(itertools.chain(*(one[0] for one in some))), np.int32)
    first = np.concatenate([[0], np.cumsum([len(one[0]) for one in some])])
    # Whole counts weigh one journey each; paths that stand for several are floats, as aggregated paths are.
    conversions, nulls, values = (np.array([one[place] for one in some], np.float64) for place in (1, 2, 3))
    return Journeys(keys, first, conversions, nulls, values, np.array(shard) if shard else None)


def chain(some: list[Path], order: int, **options: bool) -> Chain:
    return counted(journeys(some), 5, order, **options)


def by_hand(some: list[Path], order: int, removed: int | None = None, *, of_value: bool = False) -> float:
    """P(conversion), or expected value, with the key sent to null: the chain as dictionaries, solved by its equations."""
    moves: dict[tuple[int, ...], dict[object, float]] = {}
    gains: dict[tuple[int, ...], float] = {}
    for keys, conversions, nulls, value in some:
        weight = conversions + nulls
        if not weight:
            continue
        state: tuple[int, ...] = ()
        for key in keys:
            following = (*state, key)[-order:]
            leaving = moves.setdefault(state, {})
            leaving[following] = leaving.get(following, 0) + weight
            state = following
        leaving = moves.setdefault(state, {})
        leaving["conversion"] = leaving.get("conversion", 0) + conversions
        leaving["null"] = leaving.get("null", 0) + nulls
        gains[state] = gains.get(state, 0) + value
    states = sorted({(), *moves}, key=lambda one: (len(one), one))
    place = {state: number for number, state in enumerate(states)}
    matrix, reward = np.eye(len(states)), np.zeros(len(states))
    for state, leaving in moves.items():
        if state and state[-1] == removed:
            continue
        total = sum(leaving.values())
        reward[place[state]] = (gains.get(state, 0) if of_value else leaving.get("conversion", 0)) / total
        for target, times in leaving.items():
            if isinstance(target, tuple):
                matrix[place[state], place[target]] -= times / total
    return float(np.linalg.solve(matrix, reward)[place[()]])


def some_value(one: Path) -> Path:
    """Value only where something converts."""
    return (one[0], one[1], one[2], one[3] if one[1] else 0)


@pytest.mark.parametrize("order", [1, 2, 3])
@settings(max_examples=40)
@given(some=paths)
def test_every_removal_is_that_by_hand(order: int, some: list[Path]) -> None:
    some = [some_value(one) for one in some if one[1] + one[2]]
    found = removal_effects(chain(some, order))
    whole, value = by_hand(some, order), by_hand(some, order, of_value=True)
    assert found.probability == pytest.approx(whole)
    for key in range(5):
        assert found.of_conversions[key] == pytest.approx(1 - by_hand(some, order, key) / whole, abs=1e-9)
        if value:
            effect = 1 - by_hand(some, order, key, of_value=True) / value
            assert found.of_values[key] == pytest.approx(effect, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2])
@settings(max_examples=40)
@given(some=paths)
def test_dense_and_sparse_agree(order: int, some: list[Path]) -> None:
    dense = removal_effects(chain(some, order))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "MOST_DENSE", 0)
        sparse = removal_effects(chain(some, order))
    assert sparse.of_conversions == pytest.approx(dense.of_conversions, abs=1e-9)
    assert sparse.of_values == pytest.approx(dense.of_values, abs=1e-9)


@settings(max_examples=40)
@given(some=paths)
def test_equal_neighbours_change_nothing_at_order_1(some: list[Path]) -> None:
    straight = removal_effects(chain(some, 1))
    collapsed = removal_effects(chain(some, 1, collapse=True))
    assert collapsed.of_conversions == pytest.approx(straight.of_conversions, abs=1e-9)


def test_equal_neighbours_change_order_2() -> None:
    some: list[Path] = [((0, 1, 1), 0, 1, 0), ((1, 1), 1, 0, 1)]
    straight, collapsed = (removal_effects(chain(some, 2, collapse=one)).of_conversions for one in (False, True))
    assert straight[:2] == pytest.approx([0.5, 1])
    assert collapsed[:2] == pytest.approx([0, 1])


@settings(max_examples=40)
@given(some=paths, factor=st.integers(2, 9))
def test_scaling_values_changes_no_effect(some: list[Path], factor: int) -> None:
    some = [some_value(one) for one in some]
    scaled = [(keys, conversions, nulls, value * factor) for keys, conversions, nulls, value in some]
    one, other = removal_effects(chain(some, 1)), removal_effects(chain(scaled, 1))
    assert one.of_values == pytest.approx(other.of_values, abs=1e-9)
    assert (one.of_conversions == other.of_conversions).all()


@settings(max_examples=40)
@given(some=paths, cut=st.integers(0, 12), order=st.sampled_from([1, 2, 3]))
def test_parts_add_up_to_the_whole(some: list[Path], cut: int, order: int) -> None:
    pieces = [piece for piece in (some[:cut], some[cut:]) if piece]
    together = merged([counted(journeys(piece), 5, order) for piece in pieces])
    _same(together, chain(some, order))


@settings(max_examples=40)
@given(some=paths, data=st.data())
def test_shards_fold_to_the_whole_and_count_as_often_as_drawn(some: list[Path], data: st.DataObject) -> None:
    shard = data.draw(st.lists(st.integers(0, 2), min_size=len(some), max_size=len(some)))
    sharded = counted(journeys(some, shard), 5, 2, shards=3)
    _same(folded(sharded), chain(some, 2))
    times = np.array([2, 0, 1])
    repeated = [one for one, of in zip(some, shard, strict=True) for _ in range(int(times[of]))]
    if any(one[1] for one in repeated):
        drawn = removal_effects(folded(sharded, times)).of_conversions
        assert drawn == pytest.approx(removal_effects(chain(repeated, 2)).of_conversions, abs=1e-9)


def _same(one: Chain, other: Chain) -> None:
    for name in ("steps", "step_counts", "ends", "conversions", "nulls", "values"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


@settings(max_examples=40)
@given(some=paths)
def test_many_states_are_counted_by_sorting_as_by_tables(some: list[Path]) -> None:
    straight = chain(some, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "_DENSE_COUNTS", 0)
        _same(straight, chain(some, 2))


def test_nothing_converts_nothing_matters() -> None:
    found = removal_effects(chain([((0, 1), 0, 3, 0)], 1))
    assert found.of_conversions.tolist() == [0.0] * 5


def test_a_worked_example() -> None:
    """A > b converts, a alone does not, b converts twice out of three: P = 1/5 · 1/2 … by hand in docs/engine."""
    some: list[Path] = [((0, 1), 1, 0, 10), ((0,), 0, 1, 0), ((1,), 2, 1, 20)]
    found = removal_effects(chain(some, 1))
    # Start goes to a 2/5, to b 3/5; a goes to b 1/2, to null 1/2; b converts 3/4.
    assert found.probability == pytest.approx(3 / 4 * (3 / 5 + 2 / 5 / 2))
    assert found.of_conversions[:2] == pytest.approx([1 - 0.45 / 0.6, 1.0])


def test_the_limits_are_said() -> None:
    with pytest.raises(TooLargeError, match="too many states"):
        counted(journeys([((0,), 1, 0, 0)]), 1_000_000, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "MOST_STATES", 2)
        with pytest.raises(TooLargeError, match=re.escape("has 3 states; at most 2")):
            removal_effects(chain([((0, 1), 1, 0, 0)], 1))


def test_a_thousand_keys_sparse() -> None:
    random = np.random.default_rng(3)
    some: list[Path] = [
        (tuple(int(key) for key in random.integers(0, 300, 4)), int(random.random() < 0.5), 1, 1) for _ in range(900)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "MOST_DENSE", 100)
        sparse: Floats = removal_effects(counted(journeys(some), 300, 1)).of_conversions
    assert sparse == pytest.approx(removal_effects(counted(journeys(some), 300, 1)).of_conversions, abs=1e-9)


@settings(max_examples=40)
@given(some=paths, order=st.sampled_from([1, 2]), data=st.data())
def test_draws_solved_together_are_those_solved_alone(some: list[Path], order: int, data: st.DataObject) -> None:
    shard = data.draw(st.lists(st.integers(0, 2), min_size=len(some), max_size=len(some)))
    sharded = counted(journeys(some, shard), 5, order, shards=3)
    times = np.array([[1, 1, 1], [3, 0, 0], [0, 1, 2], [1, 2, 0]])
    found = markov.drawn_effects(sharded, times)
    for one, effects in zip(times, found, strict=True):
        assert effects == pytest.approx(removal_effects(folded(sharded, one)).of_conversions, abs=1e-9)
