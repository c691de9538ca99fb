"""Snapshots of the demo: within each deal's life, through its stages in order, the same on the same day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.public import OPEN_STAGES, Stage
from portal.demo.forecasts import WEEKS, Life, life_of, mondays_before, stood_at
from portal.demo.seeded import Seeded

SEEDED = Seeded("a seed")
BEGIN = datetime(2026, 6, 1, 9, tzinfo=UTC)
TODAY = datetime(2026, 11, 18, tzinfo=UTC)
CLOSED = BEGIN + timedelta(days=40)
DEAL: dict[str, Any] = {
    "id": UUID(int=1), "partner_id": UUID(int=2), "number": "AS-2026-001", "state": "approved", "stage": "proposal",
    "amount_minor": 1_000, "currency": "EUR", "expected_close_on": date(2026, 7, 10), "submitted_at": BEGIN,
    "decided_at": BEGIN + timedelta(days=4), "protected_until": BEGIN + timedelta(days=90), "closed_at": None,
    "revoked_at": None,
}  # fmt: skip


def life(**more: Any) -> Life:
    return life_of(DEAL | more, SEEDED, TODAY)


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ({}, TODAY),
        ({"stage": "won", "closed_at": CLOSED}, CLOSED),
        ({"stage": "lost", "closed_at": CLOSED}, CLOSED),
        ({"state": "expired"}, BEGIN + timedelta(days=90)),
        ({"state": "expired", "stage": "lost", "closed_at": CLOSED}, CLOSED),
        ({"state": "rejected"}, BEGIN + timedelta(days=4)),
        ({"state": "withdrawn"}, BEGIN + timedelta(days=3)),
        ({"state": "revoked", "revoked_at": BEGIN + timedelta(days=20)}, BEGIN + timedelta(days=20)),
    ],
)
def test_a_deal_is_kept_from_its_submission_to_its_end(more: dict[str, Any], end: datetime) -> None:
    found = life(**more)
    assert (found.begin, found.end) == (BEGIN, end)
    assert stood_at(found, BEGIN - timedelta(seconds=1), SEEDED) is None
    assert stood_at(found, BEGIN, SEEDED) is not None
    assert stood_at(found, end - timedelta(seconds=1), SEEDED) is not None
    assert stood_at(found, end, SEEDED) is None


@given(st.text("0123456789", min_size=1), st.sampled_from([*OPEN_STAGES, Stage.WON, Stage.LOST]))
def test_stages_only_rise_and_end_where_the_deal_stands(number: str, stage: Stage) -> None:
    closed = None if stage in OPEN_STAGES else CLOSED
    found = life(number=number, stage=stage.value, closed_at=closed)
    days = [found.begin + timedelta(days=day) for day in range((found.end - found.begin).days)]
    places = [OPEN_STAGES.index(one.stage) for at in days if (one := stood_at(found, at, SEEDED)) is not None]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, found.last)
    if stage in OPEN_STAGES:
        assert OPEN_STAGES[found.last] == stage


@given(st.text("0123456789", min_size=1))
def test_value_and_day_are_those_of_today_in_the_second_half(number: str) -> None:
    found = life(number=number)
    middle = found.begin + (found.end - found.begin) / 2
    stood = stood_at(found, middle + timedelta(hours=1), SEEDED)
    assert stood is not None
    assert (stood.amount_minor, stood.expected_close_on) == (1_000, DEAL["expected_close_on"])


@pytest.mark.parametrize("day", range(16, 23))
def test_they_are_of_mondays_before_today(day: int) -> None:
    today = date(2026, 11, day)
    taken = list(mondays_before(today, "Europe/Berlin"))
    assert len(taken) == WEEKS + 1
    assert {at.weekday() for at in taken} == {0}
    assert timedelta(0) < today - taken[-1].date() <= timedelta(days=7)
