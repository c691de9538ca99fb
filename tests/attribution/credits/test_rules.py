"""Runs as rules: their life, their numbers, and how sure a portion is."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.credits.rules import FLOW, OPEN, STEP_LABELS, RunState, Step, number_of, partner_of, portion
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict


def test_a_run_is_called_by_its_day() -> None:
    assert [number_of(date(2026, 11, 12), place) for place in (1, 2, 10)] == [
        "R-2026-11-12", "R-2026-11-12-2", "R-2026-11-12-10",
    ]  # fmt: skip


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("verb", sorted(FLOW.moves))
def test_every_move_from_every_state(state: RunState, verb: str) -> None:
    allowed = {
        "freeze": {RunState.QUEUED, RunState.FREEZING},
        "compute": {RunState.FREEZING},
        "seal": {RunState.COMPUTING},
        "fail": OPEN,
    }
    if state in allowed[verb]:
        assert FLOW.move(state, verb, SYSTEM).sources
    else:
        with pytest.raises(Conflict):
            FLOW.move(state, verb, SYSTEM)


def test_what_is_sealed_or_failed_stays_so() -> None:
    assert not any({RunState.SEALED, RunState.FAILED} & move.sources for move in FLOW.moves.values())


def test_a_key_is_a_partner_or_an_origin() -> None:
    assert partner_of("6f9d8d5e-6a4c-4f43-9a39-6f9c1c0f7a10") == UUID("6f9d8d5e-6a4c-4f43-9a39-6f9c1c0f7a10")
    assert [partner_of(key) for key in ("marketing", "sales", "unmapped", "")] == [None] * 4


def test_every_step_has_words() -> None:
    assert set(STEP_LABELS) == set(Step)


def test_the_interval_of_a_portion_is_wilsons() -> None:
    """Source of the numbers: Brown, Cai, DasGupta 2001, checked by the closed formula with z = 1.96."""
    found = portion(8, 10)
    assert found
    assert (round(found.share, 4), round(found.low, 4), round(found.high, 4)) == (0.8, 0.4902, 0.9433)
    assert portion(0, 0) is None


@given(st.integers(1, 10**6).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_an_interval_holds_its_portion_and_stays_within_bounds(pair: tuple[int, int]) -> None:
    found = portion(*pair)
    assert found
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1
