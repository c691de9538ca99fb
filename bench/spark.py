"""Whether the local runner and Apache Spark give the same bytes, at full size, and how long each takes.

python -m bench.spark --touches 1000000

Needs PySpark and Java 17 (`make spark`). Both read the same Parquet files and give credits in full under each model.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet
from pyspark.sql import SparkSession

from attribution.engine import buckets, spark
from attribution.engine.buckets import Files
from attribution.engine.kernel import Plan

_SEED: Final = 20_261_122
_DAY: Final = 86_400_000_000
_START: Final = 1_767_225_600_000_000
_MODELS: Final = ("first", "last", "linear", "u_shaped", "decay", "markov:1", "shapley")


def make_files(folder: Path, touches: int) -> Files:
    """So many touches of 50 partners on a fifteenth as many accounts, and an event for every tenth touch."""
    chance = np.random.default_rng(_SEED)
    accounts, events = max(1, touches // 15), touches // 10
    parquet.write_table(
        pa.table({
            "touchpoint_id": pa.array(np.arange(touches)),
            "account_id": pa.array([f"A-{number}" for number in chance.integers(0, accounts, touches)]),
            "occurred_at": pa.array(_START + chance.integers(0, 300 * _DAY, touches)).cast(pa.timestamp("us", "UTC")),
            "partner": pa.array([f"P-{number:02}" for number in chance.integers(0, 50, touches)]),
        }),
        folder / "touchpoints.parquet",
    )  # fmt: skip
    parquet.write_table(
        pa.table({
            "event_id": pa.array(np.arange(events)),
            "account_id": pa.array([f"A-{number}" for number in chance.integers(0, accounts, events)]),
            "occurred_at": pa.array(_START + chance.integers(0, 330 * _DAY, events)).cast(pa.timestamp("us", "UTC")),
            "kind": pa.array(np.array(["new_logo", "upsell", "renewal"])[chance.integers(0, 3, events)]),
            "value_minor": pa.array(chance.integers(100, 10_000_000, events)),
            "currency": pa.array(["EUR"] * events),
        }),
        folder / "events.parquet",
    )  # fmt: skip
    return Files(folder / "touchpoints.parquet", folder / "events.parquet", by="partner", buckets=8)


def digest(table: pa.Table) -> str:
    """The hash of the table as CSV, the beginning of it."""
    written = pa.BufferOutputStream()
    csv.write_csv(table, written)
    return hashlib.sha256(written.getvalue()).hexdigest()[:16]


def open_session() -> SparkSession:
    """A Spark of this machine with two tasks at once."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    return (
        SparkSession.builder.master("local[2]").appName("tributary")
        .config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", "8").getOrCreate()
    )  # fmt: skip


def main() -> None:
    """Print both runs and whether they are equal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touches", type=int, default=1_000_000)
    asked = parser.parse_args()
    plan = Plan(_MODELS, shards=200)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_files(folder, asked.touches)
        tables: list[pa.Table] = []
        began = time.perf_counter()
        here = buckets.run(files, plan, draws=200, seed=1, rows_to=tables.append)
        local = time.perf_counter() - began
        session = open_session()
        frames = [session.read.parquet(str(path)) for path in (files.touchpoints, files.events)]
        began = time.perf_counter()
        there = spark.run(*frames, plan, by="partner", buckets=8, draws=200, seed=1, credits_to=str(folder / "credits"))
        distributed = time.perf_counter() - began
        session.stop()
        credits_ = parquet.read_table(folder / "credits").sort_by([("bucket", "ascending"), ("place", "ascending")])
        pairs = (
            ("summary", here.summary(), there.summary()),
            ("credits", pa.concat_tables(tables), credits_.drop_columns(["bucket", "place"])),
        )
        print(f"{asked.touches:,} touches, {len(credits_):,} credits; local {local:.1f} s, Spark {distributed:.1f} s")
        for what, one, other in pairs:
            mine, theirs = digest(one), digest(other)
            print(f"{what}: local {mine}, Spark {theirs}: {'equal' if mine == theirs else 'DIFFERENT'}")


if __name__ == "__main__":
    main()
