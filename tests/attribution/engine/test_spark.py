"""The distributed runner on a real local Spark: the same bytes as the local runner, and the same refusals."""

import io
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from pyarrow import csv, parquet

from attribution.engine import buckets
from attribution.engine.buckets import Files
from attribution.engine.errors import RefusedError
from attribution.engine.kernel import Plan
from attribution.engine.models import ALL
from attribution.engine.running import Result

pytest.importorskip("pyspark", reason="PySpark is an extra: make spark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java 17", allow_module_level=True)

from pyspark.sql import SparkSession

from attribution.engine import spark

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]
DAY = 86_400_000_000
START = 1_767_225_600_000_000
KINDS = ("new_logo", "renewal", "upsell", "churn", "lost")
BUCKETS = 5


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    logging.getLogger("py4j").setLevel(logging.WARNING)  # it says good-bye when the tests' output is closed
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local[2]").appName("tributary")
        .config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.session.timeZone", "Asia/Shanghai")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )  # fmt: skip
    yield made
    made.stop()


def write_world(folder: Path, *, touches: int, accounts: int, seed: int = 7) -> Files:
    """Two Parquet files of made-up touchpoints and events, in no order."""
    random = np.random.default_rng(seed)
    events = touches // 8
    kinds = np.array(KINDS)[random.choice(len(KINDS), events, p=[0.5, 0.2, 0.15, 0.1, 0.05])]
    values = np.where(kinds == "lost", 0, random.integers(1, 10_000_000, events)) * np.where(kinds == "churn", -1, 1)
    motions = np.array(["sell", "influence", "service", "manage", ""])
    keys = np.array([*(f"P-{number:02}" for number in range(6)), None], object)
    tables = {
        "touchpoints": {
            "touchpoint_id": pa.array([f"T-{number}" for number in random.permutation(touches)]),
            "account_id": pa.array([f"账户 {number}" for number in random.integers(0, accounts, touches)]),
            "occurred_at": _times(random.integers(0, 700 * DAY, touches)),
            "partner": pa.array(keys[random.integers(0, len(keys), touches)], pa.string()),
            "motion": pa.array(motions[random.integers(0, len(motions), touches)]),
            "kind": pa.array(np.array(["call", "lead_created", "deal_created"])[random.integers(0, 3, touches)]),
            "counts": pa.array(random.random(touches) < 0.95),
        },
        "events": {
            "event_id": pa.array(random.permutation(events)),
            "account_id": pa.array([f"账户 {number}" for number in random.integers(0, accounts, events)]),
            "occurred_at": _times(random.integers(100 * DAY, 800 * DAY, events)),
            "kind": pa.array(kinds),
            "value_minor": pa.array(values),
            "currency": pa.array(["EUR"] * events),
        },
    }
    for name, columns in tables.items():
        parquet.write_table(pa.table(columns), folder / f"{name}.parquet")
    return Files(folder / "touchpoints.parquet", folder / "events.parquet", by="partner", buckets=3)


def _times(micros: Any) -> pa.Array:
    return pa.array(START + micros, pa.int64()).cast(pa.timestamp("us", "UTC"))


def on_spark(session: SparkSession, files: Files, plan: Plan, **options: Any) -> Result:
    touchpoints, events = (session.read.parquet(str(path)) for path in (files.touchpoints, files.events))
    return spark.run(touchpoints, events, plan, by=files.by, buckets=BUCKETS, **options)


def as_bytes(table: pa.Table) -> bytes:
    """A table as the command writes it."""
    written = io.BytesIO()
    csv.write_csv(table, written)
    return written.getvalue()


def in_full(folder: Path) -> pa.Table:
    """The credits that Spark wrote, in the order of the local ones."""
    table = parquet.read_table(folder)
    return table.sort_by([("bucket", "ascending"), ("place", "ascending")]).drop_columns(["bucket", "place"])


def test_local_and_spark_give_the_same_bytes(session: SparkSession, tmp_path: Path) -> None:
    files = write_world(tmp_path, touches=20_000, accounts=900)
    plan = Plan(tuple(name for name in ALL if name != "shapley_rate"), shards=200)
    tables: list[pa.Table] = []
    local = buckets.run(files, plan, draws=10, seed=3, rows_to=tables.append)
    theirs = on_spark(session, files, plan, draws=10, seed=3, credits_to=str(tmp_path / "credits"))
    assert as_bytes(theirs.summary()) == as_bytes(local.summary())
    assert as_bytes(theirs.losses()) == as_bytes(local.losses())
    assert theirs.notes == local.notes
    found, expected = in_full(tmp_path / "credits"), pa.concat_tables(tables, promote_options="permissive")
    assert len(found) > 20_000
    assert as_bytes(found) == as_bytes(expected)


def test_the_rate_game_is_the_same_without_credits_in_full(session: SparkSession, tmp_path: Path) -> None:
    files = write_world(tmp_path, touches=2_000, accounts=150)
    plan = Plan(("shapley_rate", "linear"))
    assert as_bytes(on_spark(session, files, plan, seed=1).summary()) == as_bytes(
        buckets.run(files, plan, seed=1).summary()
    )


def test_what_a_bucket_refuses_is_refused_in_the_same_words(session: SparkSession, tmp_path: Path) -> None:
    files = write_world(tmp_path, touches=2_000, accounts=150)
    events = parquet.read_table(files.events)
    unknown = pa.array(["marriage", *events["kind"].to_pylist()[1:]])
    parquet.write_table(events.set_column(events.column_names.index("kind"), "kind", unknown), files.events)
    with pytest.raises(RefusedError) as local:
        buckets.run(files, Plan(("linear",)))
    with pytest.raises(RefusedError) as theirs:
        on_spark(session, files, Plan(("linear",)))
    assert "marriage" in str(local.value)
    assert "marriage" in str(theirs.value)


def test_an_id_on_two_accounts_is_refused(session: SparkSession, tmp_path: Path) -> None:
    files = write_world(tmp_path, touches=2_000, accounts=150)
    touches = parquet.read_table(files.touchpoints)
    first = touches.slice(0, 1)
    elsewhere = first.set_column(1, "account_id", pa.array(["somebody else"]))
    elsewhere = elsewhere.set_column(6, "counts", pa.array([True]))
    counted = touches.slice(1)
    both = pa.concat_tables([first.set_column(6, "counts", pa.array([True])), counted, elsewhere])
    parquet.write_table(both, files.touchpoints)
    with pytest.raises(RefusedError, match="same id"):
        on_spark(session, files, Plan(("linear",)))


def test_times_without_zone_are_refused(session: SparkSession, tmp_path: Path) -> None:
    files = write_world(tmp_path, touches=200, accounts=15)
    events = parquet.read_table(files.events)
    bare = events["occurred_at"].cast(pa.timestamp("us"))
    parquet.write_table(events.set_column(2, "occurred_at", bare), files.events)
    with pytest.raises(RefusedError, match="zone"):
        on_spark(session, files, Plan(("linear",)))


@pytest.mark.parametrize(
    ("name", "column"), [("touchpoints", "touchpoint_id"), ("touchpoints", "partner"), ("events", "kind")]
)
def test_a_missing_column_is_named(session: SparkSession, tmp_path: Path, name: str, column: str) -> None:
    files = write_world(tmp_path, touches=200, accounts=15)
    path = tmp_path / f"{name}.parquet"
    parquet.write_table(parquet.read_table(path).drop_columns([column]), path)
    with pytest.raises(RefusedError, match=f"The {name} have no column {column}"):
        on_spark(session, files, Plan(("linear",)))
