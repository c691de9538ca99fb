"""Health's terms and score: what each promises at its ends and between, and that nothing unknown counts as zero."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.health.rules import (
    Answer,
    Facts,
    Found,
    Level,
    Open,
    Settings,
    Severity,
    Term,
    Touches,
    Use,
    engagement,
    issues,
    level_of,
    recency,
    reckon,
    sentiment,
    usage,
    weight_of,
)

DAY = date(2026, 11, 18)
BY = Settings()


def ordered(*days_ago: int) -> tuple[date, ...]:
    return tuple(sorted(DAY - timedelta(days=ago) for ago in days_ago))


def silent(since: int, *gaps: int) -> Facts:
    """The last order so long ago, and gaps before it, latest first."""
    ago = [since]
    for gap in gaps:
        ago.append(ago[-1] + gap)
    return Facts(order_days=ordered(*ago), last_on=DAY - timedelta(days=since))


@pytest.mark.parametrize(
    ("since", "gaps", "score"),
    [
        (0, (100, 100), 100),
        (100, (100, 100), 100),  # as long as usual
        (200, (100, 100), 50),  # twice as long
        (300, (100, 100), 0),  # three times: gone
        (4_000, (100, 100), 0),
        (150, (100, 100, 400), 75),  # the median: one long gap changes nothing
        (150, (100, 200), 100),  # of an even number the middle of the two
        (151, (100, 200), 100),
        (10, (100,), None),  # one gap is no rhythm
    ],
)
def test_recency_is_held_against_the_customers_own_rhythm(since: int, gaps: tuple[int, ...], score: int | None) -> None:
    assert recency(silent(since, *gaps), BY, DAY).score == score


def test_a_payment_after_the_last_order_breaks_the_silence() -> None:
    quiet = silent(250, 100, 100)
    paid = Facts(order_days=quiet.order_days, last_on=DAY - timedelta(days=100))
    assert (recency(quiet, BY, DAY).score, recency(paid, BY, DAY).score) == (25, 100)


@pytest.mark.parametrize(
    ("uses", "score"),
    [
        ((), None),
        ((Use(recent=30, recent_count=1),), None),  # nothing before, and no licence: nothing to hold it against
        ((Use(recent=60, recent_count=3, before=60, before_count=2),), 67),  # 20 a reading after 30
        ((Use(recent=90, recent_count=3, before=60, before_count=3),), 100),  # growth is not more than good
        ((Use(recent=0, recent_count=3, before=0, before_count=3),), 0),  # never used
        ((Use(recent=9, recent_count=3, before=0, before_count=3),), 100),  # used for the first time
        ((Use(recent=40, recent_count=1, licensed_use=40, licensed=80, licensed_count=1),), 50),
        ((Use(40, 1, 40, 1, 40, 80, 1),), 50),  # steady, but half of what is paid for
        ((Use(20, 1, 40, 1, 20, 20, 1),), 50),  # all of what is paid for, but half of before
        ((Use(20, 1, 40, 1), Use(40, 1, 40, 1)), 75),  # products together
        ((Use(20, 1, 40, 1), Use(before=40, before_count=1)), 50),  # one that is fed no more does not count as a fall
    ],
)
def test_use_is_held_against_before_and_against_what_is_paid_for(uses: tuple[Use, ...], score: int | None) -> None:
    assert usage(uses).score == score


@pytest.mark.parametrize(
    ("touches", "score"),
    [
        (None, None),
        (Touches(4, 2, 0, 360), None),  # nothing is usual
        (Touches(4, 2, 16, 89), None),  # known for less than a window
        (Touches(4, 2, 16, 360), 100),
        (Touches(2, 1, 16, 360), 50),
        (Touches(0, 0, 16, 360), 0),
        (Touches(2, 1, 8, 180), 50),  # a younger customer: four in each of two windows
        (Touches(9, 2, 16, 360), 100),
    ],
)
def test_engagement_is_held_against_what_is_usual(touches: Touches | None, score: int | None) -> None:
    assert engagement(touches, BY).score == score


@pytest.mark.parametrize(
    ("tickets", "score"),
    [
        (None, None),
        ((), 100),
        ((Open(Severity.NORMAL, 0),), 90),
        ((Open(Severity.NORMAL, 15),), 85),
        ((Open(Severity.NORMAL, 30),), 80),
        ((Open(Severity.NORMAL, 900),), 80),
        ((Open(Severity.LOW, 0), Open(Severity.HIGH, 30)), 55),
        ((Open(Severity.CRITICAL, 30), Open(Severity.HIGH, 30)), 0),
    ],
)
def test_open_tickets_take_points_by_severity_and_age(tickets: tuple[Open, ...] | None, score: int | None) -> None:
    assert issues(tickets, BY).score == score


def test_newer_answers_weigh_more_and_too_old_ones_nothing() -> None:
    assert sentiment((), BY) == Found(None)
    good, bad = Fraction(1), Fraction(0)
    assert sentiment([Answer(good, 0), Answer(bad, 180)], BY).score == 67
    assert sentiment([Answer(bad, 0), Answer(good, 180)], BY).score == 33
    assert sentiment([Answer(good, 0), Answer(bad, 731)], BY).score == 100
    assert sentiment([Answer(bad, 731)], BY).score is None
    assert [weight_of(age, 180) for age in (0, 90, 180, 270, 360)] == [
        1, Fraction(3, 4), Fraction(1, 2), Fraction(3, 8), Fraction(1, 4),
    ]  # fmt: skip


def test_the_score_is_the_weighted_mean_of_what_is_known() -> None:
    facts = Facts(order_days=silent(200, 100, 100).order_days, last_on=DAY - timedelta(days=200), tickets=())
    found = reckon(facts, BY, DAY)
    assert {term: one.score for term, one in found.terms.items() if one.score is not None} == {
        Term.RECENCY: 50, Term.ISSUES: 100,
    }  # fmt: skip
    assert (found.score, found.level) == (67, Level.WATCH)  # (30·50 + 15·100) / 45 = 66.7


def test_too_little_known_is_no_score_at_all() -> None:
    bad = Facts(tickets=[Open(Severity.CRITICAL, 99)] * 9)
    found = reckon(bad, BY, DAY)
    assert (found.score, found.level, found.terms[Term.ISSUES].score) == (None, Level.UNKNOWN, 0)
    assert reckon(Facts(), Settings(least_weight=1), DAY).score is None
    assert reckon(bad, Settings(least_weight=15), DAY).score == 0


def test_levels_begin_at_their_thresholds() -> None:
    assert [level_of(score, BY) for score in (100, 70, 69, 40, 39, 0)] == [
        Level.GOOD, Level.GOOD, Level.WATCH, Level.WATCH, Level.AT_RISK, Level.AT_RISK,
    ]  # fmt: skip


FACTS = st.builds(
    Facts,
    order_days=st.lists(st.dates(date(2020, 1, 1), DAY), unique=True, max_size=9).map(sorted),
    last_on=st.just(DAY - timedelta(days=3)) | st.none(),
    uses=st.lists(st.builds(Use, *[st.integers(0, 99), st.integers(0, 3)] * 2), max_size=3),
    touches=st.none() | st.builds(Touches, *[st.integers(0, 99)] * 3, st.integers(0, 360)),
    tickets=st.none() | st.lists(st.builds(Open, st.sampled_from(Severity), st.integers(0, 999)), max_size=9),
    answers=st.lists(
        st.builds(Answer, st.fractions(0, 1, max_denominator=10), st.integers(0, 2_000)), max_size=9
    ),
)  # fmt: skip
WEIGHTS = st.fixed_dictionaries({term: st.integers(0, 100) for term in Term})


@given(facts=FACTS, weights=WEIGHTS)
def test_the_score_lies_between_its_terms_and_follows_from_what_is_shown(facts: Any, weights: Any) -> None:
    by = Settings(weights=weights, least_weight=1)
    found = reckon(facts, by, DAY)
    known = {term: one.score for term, one in found.terms.items() if one.score is not None and weights[term]}
    if not known:
        assert (found.score, found.level) == (None, Level.UNKNOWN)
        return
    assert found.score is not None
    assert 0 <= min(known.values()) <= found.score <= max(known.values()) <= 100
    total = sum(weights[term] for term in known)
    exact = Fraction(sum(weights[term] * score for term, score in known.items()), total)
    assert abs(found.score - exact) <= Fraction(1, 2)


@given(facts=FACTS, days=st.integers(0, 400))
def test_silence_never_makes_a_customer_healthier(facts: Facts, days: int) -> None:
    now, later = recency(facts, BY, DAY).score, recency(facts, BY, DAY + timedelta(days=days)).score
    assert (now is None) == (later is None)
    assert now is None or later is None or later <= now
