"""Valuations as arithmetic on columns: what customers brought, what falls to whom, and what cannot be said."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import UUID, uuid5

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from attribution.value.reckoning import CUSTOMERS, PARTIES, Task, reckon
from attribution.value.settings import ValueSettings

UNTIL = date(2026, 11, 18)
NAMES = UUID("3d1a7a4e-6a57-4a59-8f43-3e3f0a1a9a11")
PARTNER = str(uuid5(NAMES, "partner"))
Order = tuple[str, int, int, str]
"""Of an account, so many days ago, in minor units, and its kind."""


Touched = tuple[int, str, str]
"""The event that a touch was eligible for, by which party, and what was done."""


def task_of(
    folder: Path,
    orders: Sequence[Order],
    credits_: Sequence[tuple[int, str, int]],
    *,
    touched: Sequence[Touched] = (),
    tiers: Mapping[str, str] = MappingProxyType({}),
    **chosen: str,
) -> Task:
    """The files as a run freezes them: events by number, credits of the paying model and of two others."""
    at = [datetime(2026, 11, 18, 12, tzinfo=UTC) - timedelta(days=days) for _account, days, _minor, _kind in orders]
    parquet.write_table(
        pa.table({
            "event_id": pa.array(range(len(orders)), pa.int64()),
            "account_id": pa.array([one[0] for one in orders], pa.string()),
            "occurred_at": pa.array(at, pa.timestamp("us", "UTC")),
            "kind": pa.array([one[3] for one in orders], pa.string()),
            "value_minor": pa.array([one[2] for one in orders], pa.int64()),
        }),
        folder / "events.parquet",
    )  # fmt: skip
    rows = [
        *((event, None, key, "shapley", minor) for event, key, minor in credits_),
        *((event, number, key, "linear", 1) for number, (event, key, _motion) in enumerate(touched)),
        (0, None, "noise", "first", 1),
    ]
    columns = list(zip(*rows, strict=True))
    parquet.write_table(
        pa.table({
            "event_id": pa.array(columns[0], pa.int64()),
            "touchpoint_id": pa.array(columns[1], pa.int64()),
            "key": pa.array(columns[2], pa.string()),
            "model": pa.array(columns[3], pa.string()),
            "value_minor": pa.array(columns[4], pa.int64()),
        }),
        folder / "credits.parquet",
    )  # fmt: skip
    parquet.write_table(
        pa.table({
            "touchpoint_id": pa.array(range(len(touched)), pa.int64()),
            "motion": pa.array([motion for _event, _key, motion in touched], pa.string()),
        }),
        folder / "touches.parquet",
    )  # fmt: skip
    csv.write_csv(pa.table({"company": list(tiers), "tier": list(tiers.values())}), folder / "tiers.csv")
    accounts = sorted({one[0] for one in orders})
    csv.write_csv(
        pa.table({"account": accounts, **{name: ["x"] * len(accounts) for name in ("country", "industry", "size")}}),
        folder / "accounts.csv",
    )
    return Task(
        folder / "events.parquet", folder / "credits.parquet", folder / "touches.parquet", folder / "accounts.csv",
        folder / "tiers.csv", folder, "shapley", "EUR", "Europe/Berlin", UNTIL, ValueSettings.model_validate(chosen),
    )  # fmt: skip


def written(task: Task, name: str) -> list[list[str]]:
    return [line.split(",") for line in (task.place / name).read_text(encoding="utf-8").replace('"', "").splitlines()]


def many(count: int, chance: np.random.Generator) -> list[Order]:
    """Customers as BG/NBD has them: each buys at its own rate for as long as it stays."""
    orders = []
    for number in range(count):
        begun, rate = int(chance.integers(200, 700)), float(chance.gamma(1.5, 0.02))
        usual = 20_000 / chance.gamma(3.0)
        lasts = begun if chance.random() < 0.6 else int(chance.integers(0, begun))
        day = begun
        while day > begun - lasts - 1 and day > 0:
            orders.append((f"A-{number:04}", day, 1 + int(usual * chance.gamma(4.0)), "upsell"))
            day -= max(1, int(chance.exponential(1 / rate)))
    return orders


def test_what_was_brought_is_what_events_say_and_losses_are_left_out(tmp_path: Path) -> None:
    orders = [
        ("a", 40, 100_00, "new_logo"),
        ("a", 10, 20_00, "upsell"),
        ("b", 5, 7_00, "new_logo"),
        ("b", 1, -5_00, "churn"),
    ]
    task = task_of(tmp_path, orders, [(0, PARTNER, 100_00), (1, "marketing", 20_00), (2, "", 7_00)])
    found = reckon(task)
    assert (found["customers"], found["net_minor"]) == (2, 127_00)
    (a, b) = written(task, CUSTOMERS)
    assert (a[0], a[1], a[4], a[10]) == ("a", "2", "12000", str(round(10**9 * 100 / 120)))
    assert (b[0], b[1], b[4], b[10]) == ("b", "1", "700", "0")
    parties = {row[0]: (row[1], row[2]) for row in written(task, PARTIES)}
    assert parties == {PARTNER: ("1", "10000"), "marketing": ("1", "2000"), "": ("1", "700")}


def test_purchases_that_do_not_determine_the_model_say_so_and_value_stays_what_was_brought(tmp_path: Path) -> None:
    task = task_of(tmp_path, [("a", 40, 100_00, "new_logo")], [(0, PARTNER, 100_00)])
    found = reckon(task)
    assert found["failure"]
    assert "expected_minor" not in found
    assert found["comparison"] == {"why": "no future"}
    [row] = written(task, CUSTOMERS)
    assert row[5:9] == ["", "", "", ""]
    assert row[9] == row[4] == "10000"


def test_a_day_is_the_vendors(tmp_path: Path) -> None:
    """Half past eleven at night in UTC is the next day in Berlin: two purchases, on two days."""
    task = task_of(tmp_path, [("a", 3, 1_00, "new_logo"), ("a", 3, 1_00, "upsell")], [(0, "", 1_00), (1, "", 1_00)])
    table = parquet.read_table(task.events)
    late = [datetime(2026, 11, 15, 12, tzinfo=UTC), datetime(2026, 11, 15, 23, 30, tzinfo=UTC)]
    parquet.write_table(table.set_column(2, "occurred_at", pa.array(late, pa.timestamp("us", "UTC"))), task.events)
    reckon(task)
    [row] = written(task, CUSTOMERS)
    assert row[1:4] == ["2", "2026-11-15", "2026-11-16"]


def test_a_fitted_valuation_adds_up(tmp_path: Path) -> None:
    orders = many(400, np.random.default_rng(7))
    credits_ = [(number, PARTNER if number % 3 else "", minor) for number, (_a, _d, minor, _k) in enumerate(orders)]
    task = task_of(tmp_path, orders, credits_, margin_percent="40")
    found = reckon(task)
    assert found["failure"] == ""
    assert found["low_minor"] < found["expected_minor"] < found["high_minor"]
    rows = written(task, CUSTOMERS)
    assert abs(sum(int(row[5]) for row in rows) - found["expected_minor"]) <= len(rows)
    assert all(int(row[6]) <= int(row[5]) <= int(row[7]) and 0 <= float(row[8]) <= 1 for row in rows)
    assert all(int(row[9]) == int(row[4]) + int(row[5]) for row in rows)
    # What parties are given of the future is all of the future, but for rounding: credit of each customer is whole.
    assert abs(sum(int(row[3]) for row in written(task, PARTIES)) - found["expected_minor"]) <= 2 + len(rows)
    weeks = [one["week"] for one in found["curve"]]
    assert weeks == sorted(weeks)
    observed = [one["was"] for one in found["curve"]]
    assert observed == sorted(observed)
    days = {(account, day) for account, day, _minor, _kind in orders}
    assert observed[-1] == len(days) - len({account for account, _day in days})
    assert found["curve"][-1]["expected"] == pytest.approx(observed[-1], rel=0.2)


@settings(max_examples=15)
@given(
    orders=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 400), st.integers(1, 10**7), st.just("upsell")),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_no_unit_of_revenue_is_lost(tmp_path_factory: pytest.TempPathFactory, orders: list[Order]) -> None:
    folder = tmp_path_factory.mktemp("value")
    task = task_of(folder, orders, [(number, PARTNER, one[2]) for number, one in enumerate(orders)])
    found = reckon(task)
    whole = sum(minor for _account, _days, minor, _kind in orders)
    assert found["net_minor"] == whole == sum(int(row[4]) for row in written(task, CUSTOMERS))
    assert [int(row[2]) for row in written(task, PARTIES)] == [whole]
    assert all(row[10] == str(10**9) for row in written(task, CUSTOMERS))


def test_a_task_survives_its_journey_to_the_process(tmp_path: Path) -> None:
    task = task_of(tmp_path, [("a", 1, 1, "upsell")], [(0, "", 1)], discount_percent="7.5")
    assert Task.from_json(task.to_json()) == task
