"""Adding up credits: whatever does not add up to its event stops the run."""

from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest

from attribution.credits.freezing import EVENTS
from attribution.credits.rules import PPB
from attribution.credits.summing import Credits, Events, Influence, Sums, Unbalanced
from tests.attribution.credits.test_comparing import EVENT

ALPHA = "6f9d8d5e-6a4c-4f43-9a39-6f9c1c0f7a10"
HALF = PPB // 2
ROWS: list[dict[str, Any]] = [
    {"event_id": 0, "touchpoint_id": 1, "key": ALPHA, "model": "first", "share_ppb": PPB, "value_minor": 101},
    {"event_id": 0, "touchpoint_id": 1, "key": ALPHA, "model": "linear", "share_ppb": HALF, "value_minor": 51},
    {"event_id": 0, "touchpoint_id": 2, "key": "marketing", "model": "linear", "share_ppb": HALF, "value_minor": 50},
    {"event_id": 1, "touchpoint_id": None, "key": "(no partner)", "model": "first", "share_ppb": PPB, "value_minor": -7},
    {"event_id": 1, "touchpoint_id": None, "key": "(no partner)", "model": "linear", "share_ppb": PPB, "value_minor": -7},
]  # fmt: skip


def events() -> Events:
    rows = [
        {"event_id": 0, "event": b"0" * 16, **EVENT, "value_minor": 101},
        {"event_id": 1, "event": b"1" * 16, **EVENT, "value_minor": -7, "kind": "churn"},
    ]
    return Events(pa.Table.from_pylist(rows, EVENTS))


def numbers(rows: list[dict[str, Any]]) -> Credits:
    return Credits.of(pa.Table.from_pylist(rows))


def test_sums_are_by_model_key_kind_and_month() -> None:
    sums = Sums(events())
    sums.take(numbers(ROWS))
    table = sums.table(2)
    assert [tuple(row.values())[:3] + tuple(row.values())[4:] for row in table.to_pylist()] == [
        ("first", "", "churn", PPB, -7, 1),
        ("first", ALPHA, "new_logo", PPB, 101, 1),
        ("linear", "", "churn", PPB, -7, 1),
        ("linear", ALPHA, "new_logo", HALF, 51, 1),
        ("linear", "marketing", "new_logo", HALF, 50, 1),
    ]


def test_pieces_give_what_the_whole_gives() -> None:
    whole, pieces = Sums(events()), Sums(events())
    whole.take(numbers(ROWS))
    for some in (ROWS[:3], ROWS[3:]):
        pieces.take(numbers(some))
    assert pieces.table(2).equals(whole.table(2))


@pytest.mark.parametrize(
    ("place", "changed"),
    [(1, {"share_ppb": HALF + 1}), (1, {"value_minor": 52}), (3, {"value_minor": 7}), (4, {"share_ppb": 0})],
)
def test_one_part_too_much_or_one_cent_stops_it(place: int, changed: dict[str, int]) -> None:
    rows = [row | changed if number == place else row for number, row in enumerate(ROWS)]
    with pytest.raises(Unbalanced):
        Sums(events()).take(numbers(rows))


def test_an_event_that_is_missing_or_comes_twice_stops_it() -> None:
    missing, twice = Sums(events()), Sums(events())
    missing.take(numbers(ROWS[:3]))
    with pytest.raises(Unbalanced):
        missing.table(2)
    twice.take(numbers(ROWS))
    twice.take(numbers(ROWS[3:]))
    with pytest.raises(Unbalanced):
        twice.table(2)


def test_influenced_is_what_a_partner_touched_at_all_and_losses_are_neither() -> None:
    found = Influence(events())
    found.take(numbers(ROWS))
    assert found.by_key == {ALPHA: (1, 101), "marketing": (1, 101)}
    assert found.counts == {
        "influenced_events": 1, "influenced_minor": 101, "sourced_events": 1, "sourced_minor": 101,
    }  # fmt: skip
