"""The rules of conflicts: who stands in whose way, the first rule that is clear proposes, and no rival is named."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.conflicts import rules
from partners.conflicts.policy import DEFAULT
from partners.conflicts.rules import Answer, Asked, Claim, ClaimKind, Parts, Rule
from partners.customers.mentions import names_in

NOON = datetime(2026, 11, 18, 11, tzinfo=UTC)
DAY = date(2026, 11, 18)
GROUP, OTHER = UUID(int=901), UUID(int=902)
REGISTRATION, OPPORTUNITY = ClaimKind.REGISTRATION, ClaimKind.OPPORTUNITY
ORDER = DEFAULT.asked()


def claim(number: int, *, days_ago: int = 0, **more: Any) -> Claim:
    """A registration of a partner of its own for one product group."""
    at = NOON - timedelta(days=days_ago)
    one = Claim(UUID(int=number), UUID(int=100 + number), REGISTRATION, frozenset({GROUP}), at, at.date())
    return replace(one, **more)


def sale(number: int, *, days_ago: int = 0, **more: Any) -> Claim:
    """A direct opportunity."""
    return claim(number, days_ago=days_ago, owner=None, kind=OPPORTUNITY, **more)


@st.composite
def several(draw: st.DrawFn) -> list[Claim]:
    """Two to five claims of several owners with all kinds of evidence."""
    made = []
    for number in range(1, draw(st.integers(2, 5)) + 1):
        is_direct = draw(st.booleans()) and number > 1
        one = (sale if is_direct else claim)(number, days_ago=draw(st.integers(0, 60)))
        made.append(
            replace(
                one,
                owner=None if is_direct else UUID(int=100 + draw(st.integers(1, 3))),
                groups=frozenset(draw(st.sets(st.sampled_from([GROUP, OTHER]), min_size=1))),
                touch_days=tuple(DAY - timedelta(days=n) for n in draw(st.lists(st.integers(0, 200), max_size=3))),
                is_of_record=draw(st.booleans()) and draw(st.booleans()),
                protected_until=NOON + timedelta(days=draw(st.integers(-5, 5))) if draw(st.booleans()) else None,
            )
        )
    return made


@given(several(), st.randoms(use_true_random=False))
def test_the_order_of_the_claims_changes_no_proposal(claims: list[Claim], chance: Random) -> None:
    before = rules.propose(claims, ORDER, None, NOON)
    mixed = sorted(claims, key=lambda _one: chance.random())
    assert rules.propose(mixed, ORDER, None, NOON) == before


@given(several())
def test_the_first_clear_answer_is_proposed_and_all_before_it_are_told(claims: list[Claim]) -> None:
    found = rules.propose(claims, ORDER, None, NOON)
    assert [step.rule for step in found.steps] == [one.rule for one in ORDER][: len(found.steps)]
    assert all(step.answer != Answer.CLEAR and step.winner is None for step in found.steps[:-1])
    assert (found.steps[-1].answer == Answer.CLEAR) == (found.rule is not None) == (found.winner is not None)
    assert found.winner is None or found.winner in {one.id for one in claims}


@given(several())
def test_conflicts_are_apart_and_nobody_in_the_way_is_left_out(claims: list[Claim]) -> None:
    groups = rules.conflicts_among(claims)
    ids = [one.id for group in groups for one in group]
    assert len(ids) == len(set(ids))
    assert all(len(group) > 1 for group in groups)
    assert set(ids) == {one.id for one in claims if rules.rivals_of(one, claims)}
    for group in groups:
        outside = [one for one in claims if one not in group]
        assert not any(rules.stand_in_way(one, other) for one in group for other in outside)


@given(several())
def test_whoever_stands_in_somebodys_way_has_that_one_in_its_own(claims: list[Claim]) -> None:
    for one in claims:
        assert not rules.stand_in_way(one, one)
        assert all(one in rules.rivals_of(other, claims) for other in rules.rivals_of(one, claims))


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 100))
def test_a_direct_sale_goes_first_exactly_when_it_is_older_by_the_days(opened: int, registered: int, days: int) -> None:
    one, other = sale(1, days_ago=opened), claim(2, days_ago=registered)
    found = rules.propose([one, other], [Asked(Rule.EARLIER_DIRECT, days)], None, NOON)
    assert found.winner == (one.id if opened - registered >= days else other.id)


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        ({"protected_until": NOON + timedelta(seconds=1)}, {"is_of_record": True, "days_ago": 9}, Rule.PROTECTION),
        ({"is_of_record": True}, {"touch_days": (DAY - timedelta(days=5),), "days_ago": 9}, Rule.RECORD),
        ({"touch_days": (DAY - timedelta(days=5),)}, {"days_ago": 1}, Rule.FIRST_TOUCH),
        ({"days_ago": 1}, {}, Rule.FIRST_REGISTRATION),
    ],
)
def test_each_rule_decides_where_those_before_it_do_not(one: dict[str, Any], other: dict[str, Any], by: Rule) -> None:
    found = rules.propose([claim(2, **other), claim(1, **one)], ORDER, None, NOON)
    assert (found.winner, found.rule) == (UUID(int=1), by)


def test_the_customers_choice_decides_after_a_running_protection_and_before_all_else() -> None:
    claims = [claim(1, days_ago=9, is_of_record=True), claim(2)]
    assert rules.propose(claims, ORDER, UUID(int=2), NOON).rule == Rule.CUSTOMER
    held = [replace(claims[0], protected_until=NOON + timedelta(days=1)), claims[1]]
    assert rules.propose(held, ORDER, UUID(int=2), NOON).winner == UUID(int=1)


def test_a_touch_before_the_window_or_after_the_first_claim_is_no_first_touch() -> None:
    old, late = DAY - timedelta(days=91), DAY + timedelta(days=1)
    claims = [claim(1, touch_days=(old, late)), claim(2, touch_days=(DAY - timedelta(days=90),))]
    assert rules.propose(claims, ORDER, None, NOON).winner == UUID(int=2)


def test_what_is_equal_is_left_to_a_person() -> None:
    found = rules.propose([claim(1), claim(2)], ORDER, None, NOON)
    assert (found.winner, found.steps[-2].answer) == (None, Answer.SEVERAL)


@given(st.integers(-200, 200), st.integers(-200, 200))
def test_parts_add_up_exactly(one: int, other: int) -> None:
    fits = rules.adds_up(Parts(UUID(int=1), UUID(int=2), one, other))
    assert fits == (0 < one < 100 and one + other == 100)


RIVALS = ["Alpha Systemhaus GmbH", "深圳华强科技有限公司", "Jo Möller", "AS-2026-014"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("ALPHA systemhaus was first", True),
        ("Alpha was first.", True),
        ("Registered by Ａｌｐｈａ", True),
        ("客户已由华强科技报备", False),
        ("客户已由深圳华强科技报备", True),
        ("Ask Jo Moller", True),
        ("See AS-2026-014.", True),
        ("An alphabet of reasons", False),
        ("This customer is registered already for these products.", False),
        ("", False),
    ],
)
def test_words_that_name_a_rival_are_seen(words: str, named: bool) -> None:  # noqa: FBT001 -- a table of cases
    assert bool(names_in(words, RIVALS)) is named
