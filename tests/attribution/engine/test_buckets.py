"""The local runner: results do not depend on buckets, order or the kind of file."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from attribution.engine import buckets, files, models
from attribution.engine.buckets import Files, buckets_for
from attribution.engine.errors import OptionError, RefusedError, TooLargeError
from attribution.engine.kernel import Plan
from attribution.engine.running import Result
from tests.attribution.engine.make import Event, Touch, event_table, touch_table

PLAN = Plan(models.ALL, shards=200)


def world(size: int, seed: int) -> tuple[list[Touch], list[Event]]:
    random = np.random.default_rng(seed)
    touches = [
        Touch(f"t{number}", f"A{random.integers(0, size // 5 + 1)}", float(random.integers(0, 300)),
              f"k{random.integers(0, 6)}", ("sell", "service")[random.integers(0, 2)])
        for number in range(size)
    ]  # fmt: skip
    events = [
        Event(f"e{number}", f"A{random.integers(0, size // 5 + 2)}", float(random.integers(0, 300)),
              int(random.integers(0, 10**6)), ("new_logo", "upsell", "renewal")[random.integers(0, 3)])
        for number in range(size // 4)
    ]  # fmt: skip
    return touches, events


def run(folder: Path, tables: tuple[pa.Table, pa.Table], count: int | None, **plan: Any) -> tuple[Result, bytes, bytes]:
    """The result, and the bytes of its credits and its summary."""
    parquet.write_table(tables[0], folder / "t.parquet", row_group_size=17)
    parquet.write_table(tables[1], folder / "e.parquet")
    with files.Writer(folder / "credits.parquet") as writer:
        read = Files(folder / "t.parquet", folder / "e.parquet", buckets=count)
        result = buckets.run(read, plan.pop("plan", PLAN), rows_to=writer.add, **plan)
    files.write_table(folder / "summary.csv", result.summary())
    return result, (folder / "credits.parquet").read_bytes(), (folder / "summary.csv").read_bytes()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000), count=st.integers(2, 9))
def test_the_number_of_buckets_and_the_order_of_rows_change_no_byte(tmp_path: Path, seed: int, count: int) -> None:
    touches, events = world(80, seed)
    straight = run(tmp_path, (touch_table(touches), event_table(events)), 1, draws=20, seed=3)
    turned = touch_table([*touches[40:], *touches[:45]]), event_table(events[::-1])
    cut = run(tmp_path, turned, count, draws=20, seed=3)
    assert cut[1:] == straight[1:]
    assert cut[0].notes.repeated_touches == 5


def test_csv_and_parquet_are_the_same(tmp_path: Path) -> None:
    touches, events = world(60, 1)
    tables = touch_table(touches), event_table(events)
    expected = run(tmp_path, tables, 1)[1:]
    for name, table in zip("te", tables, strict=True):
        csv.write_csv(table, tmp_path / f"{name}.csv")
    for count in (1, 3):
        with files.Writer(tmp_path / "credits.parquet") as writer:
            read = Files(tmp_path / "t.csv", tmp_path / "e.csv", buckets=count)
            result = buckets.run(read, PLAN, rows_to=writer.add)
        files.write_table(tmp_path / "summary.csv", result.summary())
        assert ((tmp_path / "credits.parquet").read_bytes(), (tmp_path / "summary.csv").read_bytes()) == expected


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    ("touches", "events"),
    [
        ([Touch("t1", "A", 1, "p"), Touch("t1", "B", 1, "p")], [Event("e1", "A", 5)]),
        ([Touch("t1", "A", 1, "p")], [Event("e1", "A", 5), Event("e1", "B", 5)]),
        ([Touch("t1", "A", 1, "p")], [Event("e1", "A", 5), Event("e2", "B", 5, currency="USD")]),
        ([Touch("", "A", 1, "p")], [Event("e1", "A", 5)]),
    ],
)
def test_what_contradicts_itself_is_refused_however_it_is_cut(
    tmp_path: Path, touches: list[Touch], events: list[Event], count: int
) -> None:
    with pytest.raises(RefusedError):
        run(tmp_path, (touch_table(touches), event_table(events)), count)
    assert not (tmp_path / "credits.parquet").exists()


def test_values_that_do_not_fit_together_are_too_large_however_they_are_cut(tmp_path: Path) -> None:
    events = event_table([Event(f"e{number}", f"A{number}", 5, 10**15) for number in range(9_100)])
    with pytest.raises(TooLargeError):
        run(tmp_path, (touch_table([]), events), 3, plan=Plan(("first",)))


@pytest.mark.parametrize("count", [1, 3])
def test_empty_files_give_empty_results(tmp_path: Path, count: int) -> None:
    result, *_ = run(tmp_path, (touch_table([]), event_table([])), count, draws=3)
    assert len(result.summary()) == 0
    assert len(parquet.read_table(tmp_path / "credits.parquet")) == 0


def test_what_does_not_count_changes_nothing_however_it_is_cut(tmp_path: Path) -> None:
    touches, events = world(40, 2)
    with_others = touch_table([*touches, Touch("t0", "Z", 1, "nobody"), Touch("x", "A1", 1, "other")])
    flags = pa.array([True] * 40 + [False, None])
    expected = run(tmp_path, (touch_table(touches), event_table(events)), 1)
    for count in (1, 3):
        found = run(tmp_path, (with_others.append_column("counts", flags), event_table(events)), count)
        assert found[1:] == expected[1:]
        assert found[0].notes.uncounted == 2


def test_buckets_grow_with_the_data_up_to_what_can_be_open() -> None:
    assert [buckets_for(rows) for rows in (0, 2_000_000, 2_000_001, 10**12)] == [1, 1, 2, 400]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    touches, events = world(40, 2)
    run(tmp_path, (touch_table(touches), event_table(events)), 3, draws=2, tell=lambda what, *_: told.append(what))
    assert set(told) == {"cutting into buckets", "counting", "removal effects", "crediting", "intervals"}


def test_pieces_of_any_size_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROW_GROUP", 10)
    table = pa.table({"a": range(35)})
    written = set()
    for size in (1, 7, 10, 35):
        with files.Writer(tmp_path / "out.parquet") as writer:
            for low in range(0, 35, size):
                writer.add(table.slice(low, size))
        written.add((tmp_path / "out.parquet").read_bytes())
    assert len(written) == 1
    assert parquet.read_table(tmp_path / "out.parquet").equals(table)
    assert parquet.read_metadata(tmp_path / "out.parquet").num_row_groups == 4


@pytest.mark.parametrize("name", ["x.xlsx", "x"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="neither"):
        files.Source(tmp_path / name, ())


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\x01" if name == "x.parquet" else b"")
    with pytest.raises(RefusedError, match="cannot be read"):
        files.Source(tmp_path / name, ())
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(RefusedError, match="cannot be read"):
        files.Source(tmp_path / "ragged.csv", ("a", "b")).table()
