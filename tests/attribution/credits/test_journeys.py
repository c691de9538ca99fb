"""How often what a key touched ended in a purchase: the columns against a plain loop."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from hypothesis import given
from hypothesis import strategies as st

from attribution.credits.journeys import purchases

START = datetime(2026, 1, 1, tzinfo=UTC)
Touch = tuple[str, int, str, bool]
Event = tuple[str, int, str]


def tables(touches: Sequence[Touch], events: Sequence[Event]) -> tuple[pa.Table, pa.Table]:
    times = pa.timestamp("us", "UTC")
    one = pa.table({
        "account_id": pa.array([a for a, _t, _k, _c in touches], pa.string()),
        "occurred_at": pa.array([START + timedelta(days=t) for _a, t, _k, _c in touches], times),
        "party": pa.array([k for _a, _t, k, _c in touches], pa.string()),
        "counts": pa.array([c for _a, _t, _k, c in touches], pa.bool_()),
    })  # fmt: skip
    other = pa.table({
        "account_id": pa.array([a for a, _t, _k in events], pa.string()),
        "occurred_at": pa.array([START + timedelta(days=t) for _a, t, _k in events], times),
        "kind": pa.array([k for _a, _t, k in events], pa.string()),
    })  # fmt: skip
    return one, other


def plainly(touches: Sequence[Touch], events: Sequence[Event]) -> dict[str, tuple[int, int]]:
    journeys: dict[str, set[tuple[str, int | None]]] = {}
    for account, at, key, counts in touches:
        if counts:
            later = [t for a, t, kind in events if a == account and t >= at and kind not in {"churn", "contraction"}]
            journeys.setdefault(key, set()).add((account, min(later, default=None)))
    return {key: (sum(end is not None for _a, end in found), len(found)) for key, found in journeys.items()}


accounts, days = st.sampled_from("abc"), st.integers(0, 12)


@given(
    st.lists(st.tuples(accounts, days, st.sampled_from(["x", "y", "marketing"]), st.booleans()), max_size=25),
    st.lists(st.tuples(accounts, days, st.sampled_from(["new_logo", "upsell", "churn"])), max_size=8),
)
def test_as_a_plain_loop_says(touches: list[Touch], events: list[Event]) -> None:
    assert purchases(*tables(touches, events)) == plainly(touches, events)


def test_lines_of_one_order_are_one_purchase() -> None:
    touches = [("a", 1, "x", True), ("a", 2, "x", True), ("a", 6, "x", True), ("b", 1, "x", True)]
    events = [("a", 3, "new_logo"), ("a", 3, "cross_sell")]
    assert purchases(*tables(touches, events)) == {"x": (1, 3)}
