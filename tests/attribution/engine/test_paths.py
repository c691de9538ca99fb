"""Aggregated paths, and the tables that Snowplow's fractribution publishes as expected."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest

from attribution.engine import columns, markov, models, paths, running, windows
from attribution.engine.errors import RefusedError, UnknownModelError
from attribution.engine.kernel import Plan
from attribution.engine.policy import DEFAULT, with_lookback

PUBLISHED: Final = Path(__file__).resolve().parents[2] / "vendor" / "snowplow-fractribution"


def table(*rows: tuple[str, float, float, float]) -> pa.Table:
    return pa.table(dict(zip(("path", "conversions", "value", "nulls"), zip(*rows, strict=True), strict=True)))


def lines(found: pa.Table, model: str, column: str = "conversions") -> dict[str, Any]:
    return {row["key"]: row[column] for row in found.to_pylist() if row["model"] == model}


def published(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"{name}_expected.csv").open(encoding="utf-8", newline="") as file:
        return [{column.lower(): value for column, value in row.items()} for row in csv.DictReader(file)]


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def sessions() -> columns.Log:
    """Their sessions as touchpoints and their conversions as events, in cents."""
    rows = published("sessions_by_customer_id")
    touches = pa.table({
        "touchpoint_id": pa.array(range(len(rows))),
        "account_id": [row["customer_id"] for row in rows],
        "occurred_at": pa.array([moment(row["visit_start_tstamp"]) for row in rows], pa.timestamp("us", "UTC")),
        "key": [row["channel"] for row in rows],
    })  # fmt: skip
    rows = published("conversions_by_customer_id")
    events = pa.table({
        "event_id": [f"e{number}" for number in range(len(rows))],
        "account_id": [row["customer_id"] for row in rows],
        "occurred_at": pa.array([moment(row["conversion_tstamp"]) for row in rows], pa.timestamp("us", "UTC")),
        "kind": ["new_logo"] * len(rows),
        "value_minor": [round(float(row["revenue"]) * 100) for row in rows],
    })  # fmt: skip
    return columns.read(touches, events)


def walks(log: columns.Log, rows: Any, first: Any, accounts: Any) -> Iterator[tuple[str, str]]:
    """Account and path of each journey, in words."""
    keys = log.names.keys.to_pylist()
    for number, account in enumerate(accounts):
        walk = [keys[log.touches.key[row]] for row in rows[first[number] : first[number + 1]]]
        yield log.names.accounts[int(account)].as_py(), " > ".join(walk)


def test_snowplow_paths(sessions: columns.Log) -> None:
    journeys = windows.build(sessions, with_lookback(DEFAULT, 30))
    found = dict(walks(sessions, journeys.rows, journeys.first, journeys.events.account))
    assert found == {row["customer_id"]: row["path"] for row in published("paths_to_conversion")}
    nulls = dict(walks(sessions, journeys.open_rows, journeys.open_first, journeys.open_account))
    # Their null paths are those of customers without any conversion; ours also what follows a conversion.
    never = {account: path for account, path in nulls.items() if account not in found}
    assert never == {row["customer_id"]: row["path"] for row in published("paths_to_non_conversion")}


def test_snowplow_last_touch(sessions: columns.Log) -> None:
    plan = Plan(("last",), with_lookback(DEFAULT, 30))
    found = running.run(*running.logs([sessions]), plan).summary()
    expected = [row for row in published("channel_attribution") if row["attribution_type"] == "last_touch"]
    assert expected
    for row in expected:
        assert lines(found, "last").get(row["channel"], 0) == float(row["conversions"])
        assert lines(found, "last", "value").get(row["channel"], 0) == pytest.approx(float(row["revenue"]) * 100)


@pytest.fixture(scope="module")
def path_summary() -> pa.Table:
    """Their aggregated paths."""
    return table(*(
        (row["transformed_path"], float(row["conversions"]), float(row["revenue"] or 0), float(row["non_conversions"]))
        for row in published("path_summary")
    ))  # fmt: skip


def test_snowplow_last_touch_of_aggregated_paths(path_summary: pa.Table) -> None:
    found = paths.summarise(paths.read(path_summary), ("last",))
    for row in published("channel_attribution"):
        if row["attribution_type"] == "last_touch" and row["channel"] in lines(found, "last"):
            assert lines(found, "last")[row["channel"]] == float(row["conversions"])
            assert lines(found, "last", "value")[row["channel"]] == pytest.approx(float(row["revenue"]))


def test_snowplow_fractions_come_out_of_the_same_paths(path_summary: pa.Table) -> None:
    """What they call Shapley is no model of ours: within a path, shares by how much each key's removal lowers its rate.

    It needs nothing but the rates of paths, so that it checks those: 0.459 and 0.541 of `Organic_Search > Direct`.
    """
    read = paths.read(path_summary)
    names = read.names.to_pylist()
    rate, converted = {}, {}
    for number in range(len(read.conversions)):
        path = tuple(names[key] for key in read.keys[read.first[number] : read.first[number + 1]])
        rate[path] = read.conversions[number] / (read.conversions[number] + read.nulls[number])
        converted[path] = read.conversions[number]
    given = dict.fromkeys(names, 0.0)
    for path, conversions in converted.items():
        drops = {
            key: max(0.0, rate[path] - rate.get(tuple(one for one in path if one != key), 0.0)) for key in set(path)
        }
        for key, drop in drops.items():
            given[key] += conversions * drop / (sum(drops.values()) or 1)
    for row in published("channel_attribution"):
        if row["attribution_type"] == "shapley" and row["channel"] in given:
            assert given[row["channel"]] == pytest.approx(float(row["conversions"]), abs=1e-9)


PATHS = table(("a > b", 1, 10, 0), ("a", 0, 0, 1), ("b", 2, 20, 1))


def test_the_models_on_three_paths() -> None:
    found = paths.summarise(paths.read(PATHS), models.parse("first,last,linear,markov,shapley,shapley_rate"))
    assert lines(found, "first") == {"a": 1, "b": 2}
    assert lines(found, "last") == {"a": 0, "b": 3}
    assert lines(found, "linear") == {"a": 0.5, "b": 2.5}
    assert lines(found, "shapley", "value") == {"a": 5, "b": 25}
    assert lines(found, "markov:1", "removal_effect") == pytest.approx({"a": 0.25, "b": 1})
    assert lines(found, "markov:1") == pytest.approx({"a": 3 * 0.25 / 1.25, "b": 3 / 1.25})
    # Worth of {a} 0/1, of {b} 2/3, of both 3/5: a (0 + (3/5 - 2/3)) / 2 < 0, and below nought is nought.
    assert lines(found, "shapley_rate") == pytest.approx({"a": 0, "b": 3})
    assert lines(found, "markov:1", "low") == {"a": None, "b": None}


def test_equal_paths_and_their_order_change_nothing() -> None:
    names = tuple(name for name in models.ALL if name not in models.NEED_TOUCHES)
    straight = paths.summarise(paths.read(PATHS), names)
    halves = table(("b", 1, 10, 1), ("a>b", 0.5, 5, 0), ("a", 0, 0, 1), ("b", 1, 10, 0), (" a  > b ", 0.5, 5, 0))
    assert paths.summarise(paths.read(halves), names).equals(straight)


def test_ordered_places() -> None:
    found = paths.summarise(paths.read(PATHS), ("shapley_ordered",))
    assert {(row["key"], row["model"]): row["conversions"] for row in found.to_pylist()} == {
        ("a", "shapley_ordered:1"): 0.5, ("b", "shapley_ordered:1"): 2, ("b", "shapley_ordered:2"): 0.5,
    }  # fmt: skip


def test_nulls_and_value_may_be_left_out() -> None:
    found = paths.summarise(paths.read(PATHS.select(["path", "conversions"])), ("linear", "markov:1"))
    assert lines(found, "linear", "value") == {"a": 0, "b": 0}


def test_conversions_add_up_under_every_model() -> None:
    names = tuple(name for name in models.ALL if name not in models.NEED_TOUCHES)
    found = paths.summarise(paths.read(PATHS), names)
    for name in names:
        rows = [row for row in found.to_pylist() if row["model"] in {name, f"{name}:1", f"{name}:2"}]
        assert sum(row["conversions"] for row in rows) == pytest.approx(3), name


@pytest.mark.parametrize("rows", [[("", 1, 1, 1)], [("a >  > b", 1, 1, 1)], [("a", -1, 1, 1)], [("a", 1, 1, -1)],
                                  [("a", float("nan"), 1, 1)]])  # fmt: skip
def test_bad_paths_are_refused(rows: list[tuple[str, float, float, float]]) -> None:
    with pytest.raises(RefusedError):
        paths.read(table(*rows))


@pytest.mark.parametrize("missing", ["path", "conversions"])
def test_a_missing_column_is_refused(missing: str) -> None:
    with pytest.raises(RefusedError, match=missing):
        paths.read(PATHS.drop_columns([missing]))


def test_words_are_no_numbers() -> None:
    with pytest.raises(RefusedError, match="no numbers"):
        paths.read(pa.table({"path": ["a"], "conversions": ["one"]}))


@pytest.mark.parametrize("model", sorted(models.NEED_TOUCHES))
def test_models_of_touches_are_refused(model: str) -> None:
    with pytest.raises(UnknownModelError, match="needs touchpoints"):
        paths.summarise(paths.read(PATHS), (model,))


def test_aggregated_paths_give_the_effects_of_their_journeys() -> None:
    """Two conversions and one null of one path are three journeys."""
    read = paths.read(PATHS)
    alone = table(("a > b", 1, 10, 0), ("a", 0, 0, 1), ("b", 1, 10, 0), ("b", 1, 10, 0), ("b", 0, 0, 1))
    one, other = (
        markov.removal_effects(markov.counted(some.journeys(), 2, 2)).of_conversions
        for some in (read, paths.read(alone))
    )
    assert one.tolist() == other.tolist()
