"""Made-up touchpoints and events as tables, and their credits as plain Python."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine import columns, kernel, running
from attribution.engine.kernel import Plan

DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC)


class Touch(NamedTuple):
    """A touch on a day of 2026; days may be fractions."""

    id: str
    account: str
    day: float
    key: str | None
    motion: str = "sell"
    kind: str = "call"


class Event(NamedTuple):
    """An event on a day of 2026."""

    id: str
    account: str
    day: float
    value: int = 100
    kind: str = "new_logo"
    currency: str = "EUR"


def at(day: float) -> datetime:
    """The moment so many days into 2026."""
    return DAY_ZERO + timedelta(days=day)


def touch_table(touches: Iterable[Touch]) -> pa.Table:
    """Touches as the engine reads them."""
    rows = list(touches)
    return pa.table(
        {
            "touchpoint_id": pa.array([one.id for one in rows], pa.string()),
            "account_id": pa.array([one.account for one in rows], pa.string()),
            "occurred_at": pa.array([at(one.day) for one in rows], pa.timestamp("us", "UTC")),
            "key": pa.array([one.key for one in rows], pa.string()),
            "motion": pa.array([one.motion for one in rows], pa.string()),
            "kind": pa.array([one.kind for one in rows], pa.string()),
        }
    )


def event_table(events: Iterable[Event]) -> pa.Table:
    """Events as the engine reads them."""
    rows = list(events)
    return pa.table(
        {
            "event_id": pa.array([one.id for one in rows], pa.string()),
            "account_id": pa.array([one.account for one in rows], pa.string()),
            "occurred_at": pa.array([at(one.day) for one in rows], pa.timestamp("us", "UTC")),
            "kind": pa.array([one.kind for one in rows], pa.string()),
            "value_minor": pa.array([one.value for one in rows], pa.int64()),
            "currency": pa.array([one.currency for one in rows], pa.string()),
        }
    )


def log_of(touches: Iterable[Touch], events: Iterable[Event]) -> columns.Log:
    """Both as columns."""
    return columns.read(touch_table(touches), event_table(events))


def run(
    touches: Iterable[Touch], events: Iterable[Event], plan: Plan, **options: Any
) -> tuple[running.Result, list[dict[str, Any]]]:
    """A run over one part, with its credits in full as dictionaries."""
    tables: list[pa.Table] = []
    result = running.run(*running.logs([log_of(touches, events)]), plan, rows_to=tables.append, **options)
    return result, [row for table in tables for row in table.to_pylist()]


Credit = tuple[str | None, int, int]


def credits_of(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[Credit]]:
    """Touch, share in parts of a thousand million and value, by event and model."""
    found = defaultdict(list)
    for row in rows:
        found[row["event_id"], row["model"]].append((row["touchpoint_id"], row["share_ppb"], row["value_minor"]))
    return dict(found)


def credited(
    touches: Iterable[Touch], events: Iterable[Event], *models: str, **plan: Any
) -> dict[tuple[str, str], list[Credit]]:
    """Credits by event and model."""
    return credits_of(run(touches, events, Plan(models, **plan))[1])


def shares_of(log: columns.Log, *models: str, **plan: Any) -> kernel.Totals:
    """The sums of a log's credits."""
    return running.run(*running.logs([log]), Plan(models, **plan)).totals
