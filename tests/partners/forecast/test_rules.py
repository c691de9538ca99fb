"""What is true of forecasts: what a deal weighs, when a snapshot is due, and that the way from then to now adds up."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.deals.rules import OPEN_STAGES, PROBABILITY
from partners.deals.states import DealState, Stage
from partners.forecast import rules
from partners.forecast.rules import MOVES, Became, Group, MonthKept, Move, Moved

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
MONDAY = date(2026, 11, 16)
amounts = st.integers(0, 10**13)
stages = st.sampled_from(OPEN_STAGES)
months = st.sampled_from([None, JULY, AUGUST, date(2026, 9, 1)])


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """One deal, as it may have moved; what it weighed then may follow other weights than today's."""
    became = draw(st.sampled_from(Became))
    then, now = draw(stages), draw(stages)
    before = draw(amounts)
    after = draw(st.one_of(st.just(before), amounts))
    was_in, is_in = became is not Became.NEW, became in (Became.NEW, Became.OPEN)
    both = was_in and is_in
    return Group(
        became=became, stage_then=then if was_in else None, stage_now=now if is_in else None,
        month_then=draw(months) if was_in else None, month_now=draw(months) if is_in else None,
        is_other_amount=both and before != after, count=1,
        amount_then=before if was_in else 0, amount_now=after if is_in else 0,
        weighted_then=draw(st.one_of(st.just(rules.weighted_minor(before, then)), amounts)) if was_in else 0,
        weighted_between=rules.weighted_minor(after, then) if both else 0,
        weighted_now=rules.weighted_minor(after, now) if is_in else 0,
    )  # fmt: skip


@given(st.lists(groups()))
def test_the_way_from_then_to_now_adds_up(deals: list[Group]) -> None:
    moved = rules.moves_of(deals)
    for sum_of in ("amount_minor", "weighted_minor"):
        whole = getattr(moved[Move.THEN], sum_of) + sum(getattr(moved[move], sum_of) for move in MOVES)
        assert whole == getattr(moved[Move.NOW], sum_of)
    arrived, left = moved[Move.NEW].count, sum(moved[move].count for move in (Move.WON, Move.LOST, Move.GONE))
    assert moved[Move.THEN].count + arrived - left == moved[Move.NOW].count


def test_a_deal_that_changed_in_everything_is_counted_under_each() -> None:
    """50,000 at a quarter in July became 60,000 at a half in August: 2,500 by the value, 15,000 by the stage."""
    moved = rules.moves_of(
        [
            Group(
                became=Became.OPEN, stage_then=Stage.QUALIFIED, stage_now=Stage.PROPOSAL, month_then=JULY,
                month_now=AUGUST, is_other_amount=True, count=1, amount_then=50_000, amount_now=60_000,
                weighted_then=12_500, weighted_between=15_000, weighted_now=30_000,
            )
        ]
    )  # fmt: skip
    assert moved[Move.AMOUNT] == Moved(1, 10_000, 2_500)
    assert moved[Move.STAGE] == Moved(1, 0, 15_000)
    assert moved[Move.LATER] == Moved(1, 60_000, 30_000)
    assert moved[Move.SOONER].count == moved[Move.WEIGHT].count == 0


def test_who_was_in_the_snapshot_and_is_won_takes_away_what_it_weighed_then() -> None:
    won = Group(became=Became.WON, stage_then=Stage.PROPOSAL, count=2, amount_then=100, weighted_then=50)
    assert rules.moves_of([won])[Move.WON] == Moved(2, -100, -50)


@given(amounts, stages)
def test_a_deal_weighs_its_value_times_the_probability_of_its_stage(amount: int, stage: Stage) -> None:
    exact = amount * PROBABILITY[stage]
    assert abs(rules.weighted_minor(amount, stage) - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(("amount", "weighted"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3)])
def test_a_half_is_rounded_away_from_zero(amount: int, weighted: int) -> None:
    assert rules.weighted_minor(amount, Stage.PROPOSAL) == weighted


@pytest.mark.parametrize("state", list(DealState))
@pytest.mark.parametrize("stage", list(Stage))
def test_only_deals_that_can_still_be_won_are_forecast(state: DealState, stage: Stage) -> None:
    undecided_or_approved = state in {"submitted", "in_review", "info_requested", "approved"}
    assert rules.is_forecast(state, stage) == (undecided_or_approved and stage not in {"won", "lost"})


def test_a_week_has_one_snapshot_however_late_it_is_taken() -> None:
    assert rules.is_due(None, MONDAY)
    assert rules.is_due(MONDAY - timedelta(days=1), MONDAY)
    for later in range(7):
        assert not rules.is_due(MONDAY, MONDAY + timedelta(days=later))
    assert rules.is_due(MONDAY - timedelta(days=4), MONDAY + timedelta(days=5))
    assert rules.is_due(MONDAY, MONDAY + timedelta(days=7))


def test_compared_is_with_the_newest_of_four_weeks_ago_else_with_the_oldest() -> None:
    weekly = [MONDAY - timedelta(days=7 * weeks) for weeks in range(10)]
    assert rules.chosen_day(weekly, MONDAY) == MONDAY - timedelta(days=28)
    assert rules.chosen_day(weekly, MONDAY + timedelta(days=6)) == MONDAY - timedelta(days=28) + timedelta(days=0)
    assert rules.chosen_day(weekly[:3], MONDAY) == weekly[2]
    assert rules.chosen_day([], MONDAY) is None


def test_how_far_off_a_forecast_was_is_a_part_of_what_was_won() -> None:
    assert MonthKept(JULY, JULY, 80, 100).off == Fraction(-1, 5)
    assert MonthKept(JULY, JULY, 120, 100).off == Fraction(1, 5)
    assert MonthKept(JULY, None, None, 100).off is None
    assert MonthKept(JULY, JULY, 80, 0).off is None
