"""What differs between two pairs of frozen files, one change at a time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from pyarrow import parquet

from attribution.credits import comparing
from attribution.credits.comparing import Change, Difference, Inputs, compare_inputs
from attribution.credits.freezing import EVENTS, TOUCHES

NOON = datetime(2026, 11, 18, 11, tzinfo=UTC)
TOUCH: dict[str, Any] = {
    "touchpoint": b"t" * 16, "account_id": "a", "occurred_at": NOON, "by_day": False, "counts": True, "party": "marketing",
    "channel": "marketing/search", "motion": "", "kind": "call",
}  # fmt: skip
EVENT: dict[str, Any] = {
    "account_id": "a", "occurred_at": NOON, "period": NOON.date().replace(day=1), "kind": "new_logo", "value_minor": 100,
    "currency": "EUR", "original_minor": 100, "original_currency": "EUR", "given_day": None, "given_per_euro": None,
    "taken_day": None, "taken_per_euro": None,
}  # fmt: skip


def inputs(path: Path, touches: dict[int, dict[str, Any]], events: dict[int, dict[str, Any]]) -> Inputs:
    path.mkdir()
    rows = [{"touchpoint_id": number, **TOUCH, **more} for number, more in sorted(touches.items())]
    parquet.write_table(pa.Table.from_pylist(rows, TOUCHES), path / "touches.parquet")
    listed = [
        {"event_id": place, "event": bytes([number]) * 16, **EVENT, **more}
        for place, (number, more) in enumerate(sorted(events.items()))
    ]
    parquet.write_table(pa.Table.from_pylist(listed, EVENTS), path / "events.parquet")
    return Inputs(path / "touches.parquet", path / "events.parquet")


TOUCHED = {1: {}, 2: {"party": "sales"}, 5: {}}
HAPPENED = {1: {}, 2: {"value_minor": 50}}


@pytest.mark.parametrize(
    ("touches", "events", "found"),
    [
        (TOUCHED, HAPPENED, Difference()),
        (TOUCHED | {9: {}}, HAPPENED, Difference({"added": 1}, {}, {"marketing": {"added": 1}})),
        ({1: {}, 5: {}}, HAPPENED, Difference({"removed": 1}, {}, {"sales": {"removed": 1}})),
        (TOUCHED | {1: {"counts": False}}, HAPPENED, Difference({"decided": 1}, {}, {"marketing": {"decided": 1}})),
        (TOUCHED | {1: {"account_id": "b"}}, HAPPENED, Difference({"moved": 1}, {}, {"marketing": {"moved": 1}})),
        (
            TOUCHED | {1: {"channel": "marketing/email"}}, HAPPENED,
            Difference({"other_key": 1}, {}, {"marketing": {"other_key": 1}}),
        ),
        (TOUCHED, {**HAPPENED, 3: {}}, Difference({}, {"added": Change(1, 100)})),
        (TOUCHED, {2: {"value_minor": 50}}, Difference({}, {"removed": Change(1, -100)})),
        (TOUCHED, {**HAPPENED, 1: {"value_minor": 70}}, Difference({}, {"revalued": Change(1, -30)})),
        (TOUCHED, {**HAPPENED, 1: {"kind": "upsell"}}, Difference({}, {"renamed": Change(1)})),
        (TOUCHED, {**HAPPENED, 1: {"account_id": "b"}}, Difference({}, {"moved": Change(1)})),
        ({}, {}, Difference({"removed": 3}, {"removed": Change(2, -150)}, {"marketing": {"removed": 2},
                                                                          "sales": {"removed": 1}})),
    ],
)  # fmt: skip
def test_each_change_is_told_apart(tmp_path: Path, touches: Any, events: Any, found: Difference) -> None:
    before, after = inputs(tmp_path / "a", TOUCHED, HAPPENED), inputs(tmp_path / "b", touches, events)
    assert compare_inputs(before, after) == found
    assert compare_inputs(before, after).is_none == (found == Difference())


def test_every_change_has_words() -> None:
    from attribution.credits.wording import EVENT_CHANGES, SHORT_CHANGES, TOUCH_CHANGES  # noqa: PLC0415 -- only here

    touched = {comparing.ADDED, comparing.REMOVED, comparing.DECIDED, comparing.MOVED, comparing.OTHER_KEY}
    assert set(TOUCH_CHANGES) == set(SHORT_CHANGES) == touched | {comparing.RENAMED}
    happened = {comparing.ADDED, comparing.REMOVED, comparing.REVALUED, comparing.MOVED, comparing.RENAMED}
    assert set(EVENT_CHANGES) == happened
