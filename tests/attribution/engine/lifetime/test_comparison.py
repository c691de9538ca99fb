"""Matched comparison: pairs are as described, effects that were planted are found, and it says what it is."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine.errors import RefusedError
from attribution.engine.lifetime.comparison import ASSOCIATION, Cohort, compare, match


def cohort(*rows: tuple[str, bool, str, float]) -> Cohort:
    names, treated, strata, values = zip(*rows, strict=True)
    size = len(rows)
    return Cohort(
        np.array(names, dtype=object),
        np.array(treated),
        np.array(strata, dtype=object),
        np.array(values, dtype=float),
        np.ones(size),
        np.array(values, dtype=float) * 2,
    )


def made_up(size: int, seed: int, effect: float, retained: float = 0.0) -> Cohort:
    """Customers of whom the larger are treated more often, and are worth more anyway."""
    chance = np.random.default_rng(seed)
    stratum = chance.integers(0, 4, size)
    value = chance.gamma(2.0, 50.0, size) * (1 + stratum)
    treated = chance.random(size) < 0.1 + 0.3 * value / (value + 200)
    stays = chance.random(size) < 0.5 + retained * treated
    worth = 3 * value + effect * treated + chance.normal(0, 60, size)
    names = np.array([f"c{at:05}" for at in range(size)], dtype=object)
    return Cohort(names, treated, stratum.astype(object), value, stays.astype(float), worth)


def pairs_of(some: Cohort, caliper: float = np.inf) -> list[tuple[str, str]]:
    treated, control = match(some, caliper)
    return list(zip(some.customer_id[treated], some.customer_id[control], strict=True))


def test_pairs_are_of_one_stratum_and_nearest_each_control_once() -> None:
    some = cohort(
        ("t1", True, "a", 10),
        ("t2", True, "a", 11),
        ("t3", True, "b", 10),
        ("n1", False, "a", 10.5),
        ("n2", False, "a", 14),
        ("n3", False, "b", 90),
        ("n4", False, "c", 10),
    )
    # t2 chooses first, as its value is greater, and takes n1; n2 is left for t1.
    assert pairs_of(some) == [("t1", "n2"), ("t2", "n1"), ("t3", "n3")]
    assert pairs_of(some, caliper=4) == [("t1", "n2"), ("t2", "n1")]
    assert pairs_of(some, caliper=1) == [("t2", "n1")]


def test_ties_go_to_the_lesser_value_then_to_the_first_id() -> None:
    some = cohort(("t1", True, "a", 10), ("n2", False, "a", 9), ("n1", False, "a", 11), ("n3", False, "a", 9))
    assert pairs_of(some) == [("t1", "n3")]
    equal = cohort(("t1", True, "a", 10), ("t0", True, "a", 10), ("n2", False, "a", 10), ("n1", False, "a", 10))
    assert pairs_of(equal) == [("t0", "n1"), ("t1", "n2")]


rows = st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.integers(0, 12)), min_size=2, max_size=30).map(
    lambda found: [(f"c{at:02}", *row) for at, row in enumerate(found)]
)


@settings(deadline=None)
@given(rows, st.integers(0, 12))
def test_each_choice_is_the_nearest_that_was_left(some: list[tuple[str, bool, str, int]], caliper: int) -> None:
    found = dict(pairs_of(cohort(*some), caliper))
    free = {name: (stratum, value) for name, treated, stratum, value in some if not treated}
    for name, treated, stratum, value in sorted(some, key=lambda row: (row[2], -row[3], row[0])):
        if not treated:
            continue
        apart = {other: abs(value - worth) for other, (kind, worth) in free.items() if kind == stratum}
        if not apart or min(apart.values()) > caliper:
            assert name not in found
        else:
            assert apart[found[name]] == min(apart.values())
            del free[found[name]]


@settings(deadline=None)
@given(rows, st.randoms())
def test_the_order_of_rows_changes_nothing(some: list[tuple[str, bool, str, int]], chance: object) -> None:
    mixed = sorted(some, key=lambda _row: chance.random())  # type: ignore[attr-defined]  # hypothesis hides its class
    assert pairs_of(cohort(*some)) == pairs_of(cohort(*mixed))


def test_a_planted_effect_is_found_where_plain_means_mislead() -> None:
    some = made_up(6000, seed=1, effect=80.0, retained=0.2)
    plain = some.lifetime_value[some.treated].mean() - some.lifetime_value[~some.treated].mean()
    found = compare(some, seed=7)
    assert plain > 150
    assert found.lifetime_value.low < 80 < found.lifetime_value.high
    assert found.retention.low < 0.2 < found.retention.high
    assert found.lifetime_value.low > 0
    assert found.imbalance_before > 0.2
    assert abs(found.imbalance_after) < 0.02
    assert found.pairs + found.unmatched == some.treated.sum()


def test_without_an_effect_intervals_hold_0_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(100):
        effect = compare(made_up(300, seed=seed, effect=0.0), seed=1, draws=200).lifetime_value
        held += effect.low <= 0 <= effect.high
    assert held >= 87


def test_the_same_seed_gives_the_same_interval_in_any_order_of_rows() -> None:
    some = made_up(400, seed=2, effect=10.0)
    mixed = np.random.default_rng(3).permutation(400)
    again = Cohort(*(getattr(some, field.name)[mixed] for field in dataclasses.fields(Cohort)))
    assert compare(some, seed=5) == compare(again, seed=5)
    assert compare(some, seed=5).lifetime_value.low != compare(some, seed=6).lifetime_value.low


def test_it_says_what_it_is() -> None:
    assert ASSOCIATION == "association, not proof"
    found = compare(made_up(300, seed=1, effect=0.0), seed=1, draws=50)
    assert found.note == ASSOCIATION
    assert (found.seed, found.draws, found.level) == (1, 50, 0.95)


def test_too_few_to_compare_are_refused() -> None:
    with pytest.raises(RefusedError, match="1 treated and 2 other customers"):
        compare(cohort(("t1", True, "a", 1), ("n1", False, "a", 1), ("n2", False, "a", 2)), seed=1)
    apart = cohort(("t1", True, "a", 1), ("t2", True, "a", 2), ("n1", False, "b", 1), ("n2", False, "b", 2))
    with pytest.raises(RefusedError, match="0 of 2 treated customers have a match"):
        compare(apart, seed=1)


def test_a_missing_number_is_refused() -> None:
    some = made_up(300, seed=1, effect=0.0)
    some.lifetime_value[5] = np.nan
    with pytest.raises(RefusedError, match="must be there for every customer"):
        compare(some, seed=1)


@pytest.mark.parametrize(("level", "draws"), [(1.0, 500), (0.95, 0)])
def test_impossible_options_are_refused(level: float, draws: int) -> None:
    with pytest.raises(ValueError, match="level must lie within"):
        compare(made_up(300, seed=1, effect=0.0), seed=1, level=level, draws=draws)
