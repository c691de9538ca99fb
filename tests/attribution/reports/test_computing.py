"""The figures of a run's report against counting by hand."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from attribution.reports.computing import Task, compute

BOUGHT = datetime(2026, 10, 5, 12, tzinfo=UTC)


class Touch(NamedTuple):
    """Days before the purchase, its channel, and whom it met, if known."""

    days: int
    channel: str
    person: str = ""


def task_of(folder: Path, journeys: list[list[Touch]], kind: str = "new_logo") -> Task:
    """Frozen files of journeys, each of an account of its own in Germany, in no order but that of time within each."""
    numbered = 0
    rows: list[tuple[int, int | None, str, str]] = []
    people: list[tuple[int, str]] = []
    touches: list[tuple[int, datetime]] = []
    for event, journey in enumerate(journeys):
        for one in sorted(journey, key=lambda touch: -touch.days):
            numbered += 1
            touches.append((numbered, BOUGHT - timedelta(days=one.days)))
            rows.append((event, numbered, one.channel, "linear"))
            if one.person:
                people.append((numbered, one.person))
    rows.append((0, None, "(no partner)", "linear"))
    parquet.write_table(
        pa.table({
            "event_id": pa.array(range(len(journeys)), pa.int64()),
            "account_id": [f"a-{number}" for number in range(len(journeys))],
            "occurred_at": pa.array([BOUGHT] * len(journeys), pa.timestamp("us", "UTC")),
            "kind": [kind] * len(journeys),
            "period": pa.array([date(2026, 10, 1)] * len(journeys), pa.date32()),
        }),
        folder / "events.parquet",
    )  # fmt: skip
    parquet.write_table(
        pa.table({
            "touchpoint_id": pa.array([one[0] for one in touches], pa.int64()),
            "occurred_at": pa.array([one[1] for one in touches], pa.timestamp("us", "UTC")),
        }),
        folder / "touches.parquet",
    )  # fmt: skip
    parquet.write_table(
        pa.table({
            "event_id": pa.array([one[0] for one in rows], pa.int64()),
            "touchpoint_id": pa.array([one[1] for one in rows], pa.int64()),
            "key": [one[2] for one in rows],
            "model": [one[3] for one in rows],
        }),
        folder / "channel.parquet",
    )  # fmt: skip
    plain = csv.WriteOptions(include_header=False)
    seq, whom = pa.array([one[0] for one in people], pa.int64()), pa.array([one[1] for one in people], pa.string())
    csv.write_csv(pa.table({"seq": seq, "contact": whom}), folder / "people.csv", plain)
    names = [f"a-{number}" for number in range(len(journeys))]
    csv.write_csv(pa.table({"account": names, "country": ["DE"] * len(names)}), folder / "accounts.csv", plain)
    return Task(
        str(folder / "events.parquet"), str(folder / "touches.parquet"), str(folder / "channel.parquet"),
        str(folder / "people.csv"), str(folder / "accounts.csv"), str(folder),
    )  # fmt: skip


def test_positions_and_the_way_by_hand(tmp_path: Path) -> None:
    journeys = [
        [Touch(30, "email", "p"), Touch(20, "web", "p"), Touch(2, "partner", "q")],
        [Touch(10, "web")],
        *([[Touch(5, "email", "r")]] * 4),
    ]
    found = compute(task_of(tmp_path, journeys))
    told = {row["channel"]: (row["first"], row["middle"], row["last"]) for row in found["positions"]}
    assert told == {"email": (5, 0, 0), "web": (1, 1, 0), "partner": (0, 0, 1)}
    assert {row["quarter"] for row in found["positions"]} == {"2026-Q4"}
    [every, germany] = found["distance"]
    assert (every["country"], germany["country"], every["events"]) == ("", "DE", 6)
    assert (every["touches"], every["people"], every["days"]) == ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [5.0, 5.0, 8.75])


def test_only_first_purchases_have_a_way(tmp_path: Path) -> None:
    found = compute(task_of(tmp_path, [[Touch(3, "web")]], kind="upsell"))
    assert found["distance"] == []
    assert len(found["positions"]) == 1


def test_nothing_at_all_is_nothing(tmp_path: Path) -> None:
    assert compute(task_of(tmp_path, [[]])) == {
        "positions": [], "distance": [], "cohorts": [{"cohort": "2026-Q4", "customers": 1, "active": [1]}],
    }  # fmt: skip


journeys_of = st.lists(
    st.lists(
        st.builds(
            Touch, st.integers(1, 90), st.sampled_from(("web", "email", "partner")), st.sampled_from(("", "p", "q"))
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(journeys=journeys_of)
def test_every_touch_stands_somewhere_once(
    tmp_path_factory: pytest.TempPathFactory, journeys: list[list[Touch]]
) -> None:
    found = compute(task_of(tmp_path_factory.mktemp("report"), journeys))
    counted = Counter({row["channel"]: row["first"] + row["middle"] + row["last"] for row in found["positions"]})
    assert counted == Counter(one.channel for journey in journeys for one in journey)
    assert sum(row["first"] for row in found["positions"]) == sum(1 for journey in journeys if journey)
    assert sum(row["last"] for row in found["positions"]) == sum(1 for journey in journeys if len(journey) > 1)


def test_cohorts_by_hand(tmp_path: Path) -> None:
    """Two customers begin in the first quarter, of whom one comes back in the third; a third begins in the second."""
    task = task_of(tmp_path, [[]] * 5)
    events = parquet.read_table(task.events)
    accounts = pa.array(["a", "b", "a", "c", "a"])
    periods = [date(2026, 1, 1), date(2026, 3, 1), date(2026, 8, 1), date(2026, 4, 1), date(2026, 2, 1)]
    events = events.set_column(1, "account_id", accounts).set_column(4, "period", pa.array(periods, pa.date32()))
    parquet.write_table(events, task.events)
    assert compute(task)["cohorts"] == [
        {"cohort": "2026-Q1", "customers": 2, "active": [2, 0, 1]},
        {"cohort": "2026-Q2", "customers": 1, "active": [1, 0]},
    ]
