"""What a claim may say, what it needs, and every state times every verb."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from attribution.claims.rules import (
    DECISIONS,
    FLOW,
    NEXT,
    STATE_LABELS,
    UNDECIDED,
    ClaimFacts,
    ClaimState,
    is_link,
    missing_of,
    problems_of,
)
from attribution.touchpoints.rules import Decision, Motion, TouchKind
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotAllowed
from portal.core.ids import new_id
from portal.core.permissions import Role, Side
from tests.make import TODAY


def facts(**more: Any) -> ClaimFacts:
    """A workshop of a week ago, with evidence."""
    values: dict[str, Any] = {
        "card": new_id(), "deal": None, "motion": Motion.BUILD, "kind": TouchKind.TRAINING,
        "occurred_on": TODAY - timedelta(days=7), "did": "Two days on site.",
        "evidence_link": "https://files.example/report.pdf",
    }  # fmt: skip
    return ClaimFacts(**values | more)


def actor(role: Role) -> Actor:
    """Somebody in this role."""
    partner = new_id() if role.side == Side.PARTNER else None
    return Actor(new_id(), new_id(), "A", "a@test.example", role.side, frozenset({role}), partner)


SELLER, MANAGER, FINANCE = actor(Role.PARTNER_SALES), actor(Role.PARTNER_MANAGER), actor(Role.FINANCE)
RIGHT = {
    ("draft", "submit"): "submitted", ("submitted", "take"): "in_review", ("in_review", "ask"): "info_requested",
    ("info_requested", "answer"): "in_review", ("in_review", "approve"): "approved",
    ("in_review", "reject"): "rejected", ("draft", "withdraw"): "withdrawn", ("submitted", "withdraw"): "withdrawn",
    ("in_review", "withdraw"): "withdrawn", ("info_requested", "withdraw"): "withdrawn",
}  # fmt: skip


@pytest.mark.parametrize("state", list(ClaimState))
@pytest.mark.parametrize("verb", list(FLOW.moves))
def test_every_state_times_every_verb(state: ClaimState, verb: str) -> None:
    who, other = (MANAGER, SELLER) if verb in {"take", "ask", "approve", "reject"} else (SELLER, MANAGER)
    target = RIGHT.get((state.value, verb))
    if target is None:
        with pytest.raises(Conflict):
            FLOW.move(state, verb, who)
    else:
        assert FLOW.move(state, verb, who).target == target
    for stranger in (other, FINANCE):
        with pytest.raises(NotAllowed):
            FLOW.move(state, verb, stranger)


def test_only_an_approved_claim_counts_and_every_state_has_its_words() -> None:
    assert [state for state, decision in DECISIONS.items() if decision == Decision.APPROVED] == [ClaimState.APPROVED]
    assert {DECISIONS[state] for state in UNDECIDED} == {Decision.CLAIMED}
    assert set(NEXT) == set(STATE_LABELS) == set(ClaimState)


def test_a_good_claim_has_no_problem() -> None:
    assert problems_of(facts(), TODAY) == {}
    assert missing_of(facts(), TODAY, 180) == {}
    assert missing_of(facts(evidence_link="", evidence="Ask Dr. Huber."), TODAY, 180) == {}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"motion": Motion.SELL}, "motion"),
        ({"kind": TouchKind.REGISTRATION}, "kind"),
        ({"kind": TouchKind.WEB_VISIT}, "kind"),
        ({"occurred_on": TODAY + timedelta(days=1)}, "occurred_on"),
        ({"evidence_link": "http://files.example/x"}, "evidence_link"),
        ({"did": "x" * 4001}, "did"),
        ({"evidence": "x" * 4001}, "evidence"),
    ],
)
def test_what_no_claim_may_say(wrong: dict[str, Any], field: str) -> None:
    assert list(problems_of(facts(**wrong), TODAY)) == [field]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"occurred_on": TODAY - timedelta(days=181)}, "occurred_on"),
        ({"did": ""}, "did"),
        ({"evidence_link": ""}, "evidence"),
    ],
)
def test_what_a_claim_needs_to_be_submitted(wrong: dict[str, Any], field: str) -> None:
    assert list(missing_of(facts(**wrong), TODAY, 180)) == [field]


@given(back=integers(0, 1000), look_back=integers(1, 730))
def test_the_window_is_whole_days_both_ends_included(back: int, look_back: int) -> None:
    claimed = facts(occurred_on=TODAY - timedelta(days=back))
    assert ("occurred_on" in missing_of(claimed, TODAY, look_back)) == (back > look_back)
    assert "occurred_on" not in problems_of(claimed, TODAY)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 3, 29), date(2026, 12, 31)])
def test_today_itself_can_be_claimed(day: date) -> None:
    assert problems_of(facts(occurred_on=day), day) == {}


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://files.example/a?b=c", True),
        ("https://例え.example/x", True),
        ("http://files.example", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://name@files.example", False),
        ("https://files.example/a b", False),
        ("https://[bad", False),
        ("//files.example", False),
    ],
)
def test_links(text: str, good: bool) -> None:  # noqa: FBT001 -- a table of cases
    assert is_link(text) is good
