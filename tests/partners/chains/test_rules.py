"""Which steps a deal needs, in which order, and who may agree: tables and properties."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from partners.chains.policy import CHOOSABLE, DEFAULT, ChainRule, Chains, lines, lint
from partners.chains.rules import (
    Approver,
    Colleague,
    Facts,
    Step,
    carried,
    find_turn,
    fits,
    holders_of,
    is_complete,
    open_steps,
    steps_for,
    still_counts,
)
from portal.core.money import Money
from portal.core.permissions import Role

LARGE = Facts(Money(150_000_00, "EUR"), frozenset({"insight"}), "DE", "Bayern", "gold", Fraction(0))
MOMENT = datetime(2026, 11, 18, tzinfo=UTC)


def same(amount: Money, to: str) -> Money | None:
    """Only the own currency is known."""
    return amount if amount.currency == to else None


def rule(**more: Any) -> ChainRule:
    return ChainRule(**({"name": "R", "second": ("finance",)} | more))


def asked(*rules: ChainRule, facts: Facts = LARGE) -> list[tuple[int, str]]:
    return [(step.number, step.person or step.approver.value) for step in steps_for(facts, rules, same)]


def test_without_a_rule_that_fits_a_manager_alone_decides() -> None:
    assert asked() == []
    assert asked(rule(currency="EUR", value_from="150000.01")) == []


@pytest.mark.parametrize(
    ("condition", "fit"),
    [
        ({}, True),
        ({"currency": "EUR", "value_from": "150000"}, True),
        ({"currency": "EUR", "value_from": "150000.01"}, False),
        ({"currency": "USD", "value_from": "1"}, None),
        ({"groups": ("insight", "other")}, True),
        ({"groups": ("other",)}, False),
        ({"places": "AT, DE"}, True),
        ({"places": "de/bayern"}, True),
        ({"places": "DE/Berlin, AT"}, False),
        ({"tiers": ("gold",)}, True),
        ({"tiers": ("silver",)}, False),
        ({"below_list_percent": "25"}, False),
        # What is not known never outweighs what is known not to fit.
        ({"currency": "USD", "value_from": "1", "tiers": ("silver",)}, False),
    ],
)
def test_each_condition_fits_or_not(condition: dict[str, Any], *, fit: bool | None) -> None:
    assert fits(rule(**condition), LARGE, same) is fit


@pytest.mark.parametrize(("below", "fit"), [("1/4", True), ("24/100", False), (None, None)])
def test_below_the_list_price_begins_at_its_percentage(below: str | None, *, fit: bool | None) -> None:
    facts = replace(LARGE, below_list=None if below is None else Fraction(below))
    assert fits(rule(below_list_percent="25"), facts, same) is fit


def test_a_manager_has_the_first_word_unless_a_rule_names_one_there() -> None:
    assert asked(rule()) == [(1, "partner_manager"), (2, "finance")]
    assert asked(rule(first=("own_manager",))) == [(1, "own_manager"), (2, "finance")]
    assert asked(rule(first=("sales",))) == [(1, "partner_manager"), (1, "sales"), (2, "finance")]


def test_rules_add_up_and_each_step_is_asked_once() -> None:
    found = steps_for(LARGE, [rule(name="A"), rule(name="B", third=("sales",))], same)
    assert [(step.number, step.approver, step.rules) for step in found] == [
        (1, "partner_manager", ()), (2, "finance", ("A", "B")), (3, "sales", ("B",)),
    ]  # fmt: skip


def test_one_human_being_is_asked_once_at_the_earliest_place() -> None:
    twice = rule(name="A", second=(), second_person="anna@x.example"), rule(name="B", third_person="Anna@x.example")
    assert asked(*twice) == [(1, "partner_manager"), (2, "finance"), (2, "anna@x.example")]


def test_what_cannot_be_known_asks_and_says_so() -> None:
    maybe = rule(name="A", currency="USD", value_from="1")
    assert [(s.number, s.unsure) for s in steps_for(LARGE, [maybe], same)] == [(1, False), (2, True)]
    assert [(s.number, s.unsure) for s in steps_for(LARGE, [maybe, rule(name="B")], same)] == [(1, False), (2, False)]


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
ASKED = st.lists(st.sampled_from(CHOOSABLE), unique=True, max_size=3).map(tuple)
PEOPLE = st.sampled_from(["", "", "anna@x.example", "bert@x.example"])
RULES = st.lists(
    st.builds(
        ChainRule, name=NAMES, tiers=st.sampled_from([(), ("gold",), ("silver",)]), first=ASKED, second=ASKED,
        third=ASKED, first_person=PEOPLE, second_person=PEOPLE, third_person=PEOPLE,
        currency=st.just("EUR"), value_from=st.sampled_from(["", "150000", "150001"]),
    ),
    max_size=5,
)  # fmt: skip


@given(RULES)
def test_steps_are_in_order_once_each_and_begin_with_a_manager(rules: list[ChainRule]) -> None:
    found = steps_for(LARGE, rules, same)
    keys = [(step.number, step.approver, step.person) for step in found]
    assert [key[0] for key in keys] == sorted(key[0] for key in keys)
    assert len(set(keys)) == len(keys)
    alone = [key[1:] for key in keys if key[1] in {Approver.PERSON, Approver.OWN_MANAGER}]
    assert len(set(alone)) == len(alone)
    fitting = [one for one in rules if fits(one, LARGE, same) and list(one.asked())]
    assert bool(found) is bool(fitting)
    if found:
        assert any(key[0] == 1 and key[1] in {Approver.PARTNER_MANAGER, Approver.OWN_MANAGER} for key in keys)
    for one in fitting:
        for number, approver, person in one.asked():
            assert any(k[1:] == (approver, person) and k[0] <= number for k in keys)


MARA, VERA, FAYE, FINN, SAM = (UUID(int=number) for number in range(1, 6))
STAFF = (
    Colleague(MARA, "Mara", frozenset({Role.PARTNER_MANAGER})),
    Colleague(VERA, "Vera", frozenset({Role.PARTNER_MANAGER, Role.FINANCE})),
    Colleague(FAYE, "Faye", frozenset({Role.FINANCE})),
    Colleague(FINN, "Finn", frozenset({Role.FINANCE})),
    Colleague(SAM, "Sam", frozenset({Role.SALES})),
)


def step(number: int, approver: str, person: UUID | None = None, by: UUID | None = None, **more: Any) -> Step:
    key = UUID(int=1000 + 10 * number + list(Approver).index(Approver(approver)))
    return Step(key, number, Approver(approver), person, decided_by=by, decided_at=MOMENT if by else None, **more)


def turn(me: UUID, *steps: Step, covers: dict[UUID, UUID] | None = None, own: bool = False) -> Any:
    holders = {one.id: holders_of(one, steps, STAFF, MARA) for one in steps}
    found = find_turn(me, steps, holders, covers or {}, is_registrants=own)
    return (found.step.number, found.step.approver.value, found.on_behalf_of) if found else None


def test_a_later_step_waits_for_all_of_the_earlier_number() -> None:
    steps = step(1, "partner_manager"), step(1, "sales"), step(2, "finance")
    assert turn(FAYE, *steps) is None
    assert turn(SAM, *steps) == (1, "sales", None)
    half = step(1, "partner_manager", by=MARA), steps[1], steps[2]
    assert turn(FAYE, *half) is None
    done = half[0], step(1, "sales", by=SAM), steps[2]
    assert turn(FAYE, *done) == (2, "finance", None)


def test_nobody_agrees_twice_where_two_people_are_needed() -> None:
    steps = step(1, "partner_manager", by=VERA), step(2, "finance")
    assert turn(VERA, *steps) is None
    assert turn(FAYE, *steps) == (2, "finance", None)


def test_the_partners_own_people_never_agree() -> None:
    assert turn(MARA, step(1, "own_manager"), own=True) is None


def test_a_cover_acts_for_who_is_away_and_only_once() -> None:
    steps = step(1, "own_manager"), step(2, "finance")
    assert turn(SAM, *steps, covers={MARA: SAM}) == (1, "own_manager", MARA)
    assert turn(SAM, *steps) is None
    agreed = step(1, "own_manager", by=SAM, on_behalf_of=MARA), step(2, "finance")
    assert turn(SAM, *agreed, covers={FAYE: SAM}) is None
    # Whose word was given by another has given it.
    assert turn(MARA, step(1, "own_manager", by=SAM, on_behalf_of=MARA), step(2, "partner_manager")) is None


def test_somebody_who_is_gone_or_has_agreed_is_stood_in_for_by_any_manager() -> None:
    gone = UUID(int=99)
    assert holders_of(step(2, "person", gone), (), STAFF, MARA) == {MARA, VERA}
    assert holders_of(step(2, "person", FAYE), (), STAFF, MARA) == {FAYE}
    assert holders_of(step(2, "own_manager"), (), STAFF, None) == {MARA, VERA}
    agreed = step(1, "partner_manager", by=MARA)
    assert holders_of(step(2, "person", MARA), (agreed,), STAFF, MARA) == {MARA, VERA}


@given(RULES.filter(bool), st.data())
def test_whoever_acts_a_chain_is_in_order_by_different_people(rules: list[ChainRule], data: st.DataObject) -> None:
    people = {"anna@x.example": FAYE, "bert@x.example": SAM}
    steps = [
        Step(UUID(int=5000 + place), one.number, one.approver, people.get(one.person))
        for place, one in enumerate(steps_for(LARGE, rules, same))
    ]
    covers = data.draw(st.dictionaries(st.sampled_from([MARA, FAYE, SAM]), st.sampled_from([VERA, FINN]), max_size=2))
    while not is_complete(steps):
        holders = {one.id: holders_of(one, steps, STAFF, MARA) for one in steps}
        turns = {
            one.id: found for one in STAFF if (found := find_turn(one.id, steps, holders, covers, is_registrants=False))
        }
        if not turns:
            break
        me = data.draw(st.sampled_from(sorted(turns, key=str)))
        chosen = turns[me]
        assert all(one.is_done for one in steps if one.number < chosen.step.number)
        assert (chosen.on_behalf_of or me) in holders[chosen.step.id]
        place = steps.index(chosen.step)
        steps[place] = replace(chosen.step, decided_by=me, on_behalf_of=chosen.on_behalf_of, decided_at=MOMENT)
    agreed = [one.decided_by for one in steps if one.is_done]
    for_whom = [one.on_behalf_of or one.decided_by for one in steps if one.is_done]
    assert len(set(agreed)) == len(agreed)
    assert len(set(for_whom)) == len(for_whom)
    assert not open_steps(steps) or not is_complete(steps)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"amount": Money(149_000_00, "EUR")}, True),
        ({"amount": Money(150_000_01, "EUR")}, False),
        ({"amount": Money(1_00, "USD")}, False),
        ({"groups": frozenset()}, True),
        ({"groups": frozenset({"insight", "more"})}, False),
        ({"below_list": Fraction(1, 100)}, False),
        ({"below_list": None}, False),
        ({"country": "AT"}, False),
        ({"tier": "silver"}, False),
    ],
)
def test_what_was_agreed_for_less_is_asked_again(change: dict[str, Any], *, counts: bool) -> None:
    after = replace(LARGE, **change)
    assert still_counts(LARGE, after) is counts
    agreed = [step(2, "finance", by=FAYE)]
    kept = carried(agreed, LARGE, after, (2, Approver.FINANCE, None))
    assert (kept is not None) is counts
    assert carried(agreed, LARGE, after, (3, Approver.FINANCE, None)) is None


@given(below=st.none() | st.fractions(0, 1), minor=st.integers(0, 10**13))
def test_facts_are_kept_whole(below: Fraction | None, minor: int) -> None:
    facts = replace(LARGE, below_list=below, amount=Money(minor, "JPY"))
    assert Facts.from_json(facts.as_json()) == facts


@pytest.mark.parametrize(
    "broken",
    [
        {"value_from": "100"},
        {"value_from": "100", "currency": "XXQ"},
        {"value_from": "1.5", "currency": "JPY"},
        {"value_from": "-1", "currency": "EUR"},
        {"places": "Germany"},
        {"below_list_percent": "0"},
        {"below_list_percent": "100"},
    ],
)
def test_a_rule_that_cannot_be_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        rule(**broken)


def test_the_linter_names_what_must_be_mended() -> None:
    assert lint(DEFAULT) == []
    assert "asks nobody" in lint(Chains(rules=(rule(second=()),)))[0]
    assert "twice in one step" in lint(Chains(rules=(rule(second=("finance", "finance")),)))[0]
    two = rule(second_person="anna@x.example", third_person="ANNA@x.example")
    assert "nobody agrees twice" in lint(Chains(rules=(two,)))[0]
    assert "Two rules" in lint(Chains(rules=(rule(), rule())))[0]


def test_a_document_says_itself_line_by_line() -> None:
    said = {(line.part, line.label): line.value for line in lines(DEFAULT)}
    assert said["Large deals", "Which deals"] == "from €100,000.00"
    assert said["Large deals", "Step 2"] == "Finance"
    assert said["Far below the list price", "Which deals"] == "25.0% or more below the list price"
