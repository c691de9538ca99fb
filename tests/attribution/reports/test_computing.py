"""The figures of a run's report against counting by hand."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from attribution.reports.computing import Task, compute
from attribution.reports.paths import MOST, OTHERS, STAYED

BOUGHT = datetime(2026, 10, 5, 12, tzinfo=UTC)
VALUE = 100_01
"""Of every purchase, in minor units."""


class Touch(NamedTuple):
    """Days before the purchase, its channel, whom it met, if known, and of which kind it was."""

    days: int
    channel: str
    person: str = ""
    kind: str = "email"


def task_of(folder: Path, journeys: list[list[Touch]], kind: str = "new_logo") -> Task:
    """Frozen files of journeys, each of an account of its own in Germany, in no order but that of time within each."""
    numbered = 0
    rows: list[tuple[int, int | None, str, str]] = []
    people: list[tuple[int, str]] = []
    touches: list[tuple[int, datetime, str, str, str]] = []
    for event, journey in enumerate(journeys):
        for one in sorted(journey, key=lambda touch: -touch.days):
            numbered += 1
            touches.append((numbered, BOUGHT - timedelta(days=one.days), f"a-{event}", one.channel, one.kind))
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
            "value_minor": pa.array([VALUE] * len(journeys), pa.int64()),
        }),
        folder / "events.parquet",
    )  # fmt: skip
    parquet.write_table(
        pa.table({
            "touchpoint_id": pa.array([one[0] for one in touches], pa.int64()),
            "account_id": pa.array([one[2] for one in touches], pa.string()),
            "occurred_at": pa.array([one[1] for one in touches], pa.timestamp("us", "UTC")),
            "counts": pa.array([True] * len(touches), pa.bool_()),
            "channel": pa.array([one[3] for one in touches], pa.string()),
            "kind": pa.array([one[4] for one in touches], pa.string()),
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
        "flows": {}, "funnel": [],
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


def links_of(found: dict[str, Any]) -> dict[tuple[int, str, str], tuple[int, int]]:
    return {
        (one["step"], one["source"], one["target"]): (one["journeys"], one["value_minor"])
        for one in found["flows"]["links"]
    }


def test_flows_by_hand(tmp_path: Path) -> None:
    """Two go from mail over the web to a partner, one stays in the mail, one is a single touch, one has none."""
    way = [Touch(30, "email"), Touch(20, "email"), Touch(10, "web"), Touch(2, "partner")]
    found = compute(task_of(tmp_path, [way, way, [Touch(9, "email"), Touch(8, "email")], [Touch(7, "web")], []]))
    assert links_of(found) == {
        (0, "email", "web"): (2, 2 * VALUE), (0, "email", STAYED): (1, VALUE), (0, "web", STAYED): (1, VALUE),
        (1, "web", "partner"): (2, 2 * VALUE), (1, STAYED, "email"): (1, VALUE), (1, STAYED, "web"): (1, VALUE),
        (2, "partner", "new_logo"): (2, 2 * VALUE), (2, "email", "new_logo"): (1, VALUE),
        (2, "web", "new_logo"): (1, VALUE),
    }  # fmt: skip
    assert {name: found["flows"][name] for name in ("from", "to", "untouched")} == {
        "from": "2026-Q4", "to": "2026-Q4", "untouched": 1,
    }  # fmt: skip


def test_losses_and_older_years_do_not_flow(tmp_path: Path) -> None:
    assert compute(task_of(tmp_path, [[Touch(3, "web")]], kind="churn"))["flows"] == {}
    task = task_of(tmp_path, [[Touch(3, "web")]] * 5)
    events = parquet.read_table(task.events)
    days = [date(2026 - back, 10, 1) for back in range(5)]
    parquet.write_table(events.set_column(4, "period", pa.array(days, pa.date32())), task.events)
    found = compute(task)
    assert (found["flows"]["from"], found["flows"]["to"]) == ("2023-Q4", "2026-Q4")
    assert sum(count for (step, *_way), (count, _value) in links_of(found).items() if step == 0) == 4


def test_seldom_channels_are_one(tmp_path: Path) -> None:
    often = [[Touch(3, f"c{number}")] * 2 for number in range(MOST) for _twice in range(2)]
    assert OTHERS not in str(compute(task_of(tmp_path, [*often, [Touch(3, "x")]]))["flows"])
    found = links_of(compute(task_of(tmp_path, [*often, [Touch(3, "x"), Touch(2, "y")], [Touch(3, "y")]])))
    assert found[0, OTHERS, OTHERS] == (1, VALUE)
    assert found[0, OTHERS, STAYED] == (1, VALUE)
    assert not {"x", "y"} & {name for _step, *names in found for name in names}


channels_of = st.lists(st.lists(st.sampled_from("abcdefghijk"), max_size=5), min_size=1, max_size=25)


@settings(max_examples=25)
@given(journeys=channels_of)
def test_what_enters_a_step_leaves_it(tmp_path_factory: pytest.TempPathFactory, journeys: list[list[str]]) -> None:
    """Journeys and money alike, up to the last step, where every touched purchase arrives."""
    touched = [[Touch(9 - place, one) for place, one in enumerate(journey)] for journey in journeys]
    flows = compute(task_of(tmp_path_factory.mktemp("report"), touched))["flows"]
    count = sum(1 for journey in journeys if journey)
    if not count:
        assert flows == {}
        return
    for what, each in (("journeys", 1), ("value_minor", VALUE)):
        for step in range(3):
            came, went = (Counter[str]() for _side in range(2))
            for one in flows["links"]:
                if one["step"] == step:
                    came[one["target"]] += one[what]
                if one["step"] == step + 1:
                    went[one["source"]] += one[what]
            assert sum(came.values()) == count * each
            if step < 2:
                assert came == went
    assert flows["untouched"] == len(journeys) - count


def test_the_funnel_by_hand(tmp_path: Path) -> None:
    """Of two begun in the mail one registers and buys; what comes after a purchase is a journey that did not buy yet."""
    found = compute(task_of(tmp_path, [
        [Touch(30, "email", kind="lead_created"), Touch(3, "partner", kind="deal_created")],
        [Touch(9, "web")],
        [Touch(8, "email"), Touch(-5, "web", kind="deal_created")],
    ]))  # fmt: skip
    assert found["funnel"] == [
        {"channel": "email", "journeys": 2, "lead": 1, "registration": 1, "purchase": 2, "registered_bought": 1},
        {"channel": "web", "journeys": 2, "lead": 0, "registration": 1, "purchase": 1, "registered_bought": 0},
    ]
