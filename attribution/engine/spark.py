"""The distributed runner: the same kernel on Apache Spark, a bucket of accounts at a time, equal to the local one.

PySpark is an optional extra (`tributary[spark]`); nothing else imports this file. Spark does the scheduling, the
shuffle and the retries. Each bucket goes through `applyInArrow` twice: once to be counted (where Markov or
`shapley_rate` look at all of the data first), once to be credited; what comes back are whole-number partial results
that add up.
"""

import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, IntegerType, LongType, StringType, StructField, StructType, TimestampType

from attribution.engine import columns, kernel, models, running, summary
from attribution.engine.columns import Log
from attribution.engine.errors import EngineError, RefusedError
from attribution.engine.files import EVENT_COLUMNS, TOUCH_COLUMNS
from attribution.engine.kernel import Counts, Plan, Totals
from attribution.engine.running import Notes, Result, Weights
from attribution.engine.windows import build

BUCKETS: Final = 64
_BUCKET: Final = "bucket"
_PARTIAL: Final = "partial"
_PLACE: Final = "place"


@dataclass(frozen=True)
class _Task:
    """What every bucket is told: how its log is read, and what is computed."""

    plan: Plan
    by: str
    observed_until: int | None
    keys: tuple[str, ...]

    def log(self, touchpoints: pa.Table, events: pa.Table) -> Log:
        """The bucket's log; raises what `columns.read` raises."""
        keys = pa.array(self.keys, columns.type_of_text)
        tables = (_with_times(touchpoints), _with_times(events))
        return columns.read(*tables, by=self.by, observed_until=self.observed_until, keys=keys)


@dataclass(frozen=True)
class _Credited:
    """What a bucket came to, without its credits in full."""

    totals: Totals
    notes: Notes
    worth: float
    currencies: frozenset[str]


def run(
    touchpoints: DataFrame,
    events: DataFrame,
    plan: Plan,
    *,
    by: str = "key",
    observed_until: int | None = None,
    buckets: int = BUCKETS,
    draws: int = 0,
    seed: int = 0,
    credits_to: str | None = None,
) -> Result:
    """A run over two data frames with the columns of `columns.read`; equal to the local one to the bit.

    `occurred_at` is a timestamp with zone, as Spark's are. Credits in full go to the Parquet folder `credits_to`, with
    the columns `bucket` and `place` in whose order they are those of the local runner. `buckets` changes no result;
    each must fit into the memory of one task. Raises RefusedError for what the table in `columns` refuses,
    TooLargeError beyond the limits stated there.
    """
    touchpoints = _prepared(touchpoints, (*TOUCH_COLUMNS, by), ("touchpoint_id", by), buckets, "touchpoints")
    events = _prepared(events, EVENT_COLUMNS, ("event_id", "kind", "value_minor"), buckets, "events")
    counting = touchpoints.filter("coalesce(counts, false)") if "counts" in touchpoints.columns else touchpoints
    _check_ids(counting, "touchpoint_id", "touchpoints")
    _check_ids(events, "event_id", "events")
    found = {row[0] for row in counting.select(F.col(by).cast("string")).distinct().collect()}
    task = _Task(plan, by, observed_until, tuple(sorted(found - {None, ""})))
    both = touchpoints.groupBy(_BUCKET).cogroup(events.groupBy(_BUCKET))
    counts, weights = None, Weights({}, {})
    if models.needs_all(plan.models):
        schema = StructType([StructField(_PARTIAL, BinaryType())])
        counts = kernel.merged_counts(_collected(both.applyInArrow(partial(_count, task), schema)))
        weights = running.weights_of(counts, seed)
    schema = _credits_schema(touchpoints, events)
    credited = both.applyInArrow(partial(_credit, task, weights, _as_arrow(schema), in_full=bool(credits_to)), schema)
    return _result(credited, task, counts, weights, draws=draws, seed=seed, credits_to=credits_to)


def _result(
    credited: DataFrame,
    task: _Task,
    counts: Counts | None,
    weights: Weights,
    *,
    draws: int,
    seed: int,
    credits_to: str | None,
) -> Result:
    """The buckets together. The credits are kept by Spark meanwhile, so that nothing is computed twice."""
    credited = credited.persist()
    try:
        parts: list[_Credited] = _collected(credited.select(_PARTIAL).filter(F.col(_PARTIAL).isNotNull()))
        if credits_to is not None:
            credited.filter(F.col(_PARTIAL).isNull()).drop(_PARTIAL).write.mode("overwrite").parquet(credits_to)
    finally:
        credited.unpersist()
    notes, totals = Notes(), kernel.empty_totals(task.plan, len(task.keys))
    for part in parts:
        notes, totals = notes.plus(part.notes), totals.plus(part.totals)
    running.check_together(sum(part.worth for part in parts), {one for part in parts for one in part.currencies})
    bounds = running.bounds_of(totals, counts, task.plan, draws, seed) if draws else {}
    return Result(task.plan, pa.array(task.keys, columns.type_of_text), totals, weights, bounds, notes)


def _prepared(frame: DataFrame, wanted: Iterable[str], needed: Iterable[str], buckets: int, what: str) -> DataFrame:
    """The columns that are read, times as whole microseconds, and each row's bucket: that of the local runner."""
    for name in ("account_id", "occurred_at", *needed):
        if name not in frame.columns:
            message = f"The {what} have no column {name}; there are: {', '.join(frame.columns)}."
            raise RefusedError(message)
    if not isinstance(frame.schema["occurred_at"].dataType, TimestampType):
        message = f"occurred_at of the {what} are no times with a zone, such as 2026-03-01T09:00:00Z."
        raise RefusedError(message)
    named = set(wanted)
    chosen: list[Column] = [F.col(name) for name in frame.columns if name in named and name != "occurred_at"]
    code = F.coalesce(F.crc32(F.col("account_id").cast("string").cast("binary")), F.lit(0))
    return frame.select(
        *chosen,
        F.unix_micros("occurred_at").alias("occurred_at"),
        F.shiftright(code * F.lit(buckets), 32).cast("int").alias(_BUCKET),
    )


def _check_ids(frame: DataFrame, name: str, what: str) -> None:
    """Raise RefusedError where an id stands for rows of two accounts; within one account its bucket sees it."""
    accounts = frame.groupBy(name).agg(F.count_distinct("account_id").alias("accounts"))
    if accounts.filter("accounts > 1").take(1):
        message = f"The same id stands for different {what}."
        raise RefusedError(message)


def _credits_schema(touchpoints: DataFrame, events: DataFrame) -> StructType:
    """Credits in full with their order, and one row for each bucket that holds only what it came to."""
    kinds = (("event_id", events), ("touchpoint_id", touchpoints))
    ids = [
        StructField(name, LongType() if frame.schema[name].dataType.typeName() in {"long", "integer"} else StringType())
        for name, frame in kinds
    ]
    rest = (("key", StringType()), ("model", StringType()), ("share_ppb", LongType()), ("value_minor", LongType()))
    order = (StructField(_BUCKET, IntegerType()), StructField(_PLACE, LongType()))
    return StructType([*order, *ids, *(StructField(*one) for one in rest), StructField(_PARTIAL, BinaryType())])


def _as_arrow(schema: StructType) -> pa.Schema:
    """The same in Arrow's words."""
    kinds = {"integer": pa.int32(), "long": pa.int64(), "string": pa.string(), "binary": pa.binary()}
    return pa.schema([(one.name, kinds[one.dataType.typeName()]) for one in schema.fields])


def _collected(partials: DataFrame) -> list[Any]:
    """What the buckets sent, by our own code; raises what one of them raised."""
    found = [pickle.loads(row[0]) for row in partials.collect()]  # noqa: S301 -- written by `_packed` in this run
    for one in found:
        if isinstance(one, EngineError):
            raise one
    return found


# --- in the tasks -----------------------------------------------------------------------------------------------------


def _packed(found: object) -> pa.Table:
    return pa.table({_PARTIAL: pa.array([pickle.dumps(found)], pa.binary())})


def _with_times(table: pa.Table) -> pa.Table:
    """The table with its whole microseconds as times in UTC, and without the bucket."""
    times = table["occurred_at"].cast(pa.timestamp("us", "UTC"))
    return table.set_column(table.column_names.index("occurred_at"), "occurred_at", times).drop_columns(_BUCKET)


def _count(task: _Task, _bucket: tuple[pa.Scalar, ...], touchpoints: pa.Table, events: pa.Table) -> pa.Table:
    """One bucket's counts."""
    try:
        log = task.log(touchpoints, events)
        return _packed(kernel.count(log, build(log, task.plan.policy), task.plan))
    except EngineError as error:
        return _packed(error)


def _padded(table: pa.Table, bucket: int, schema: pa.Schema) -> pa.Table:
    """The table with all columns of the schema: its bucket, its rows' places, and nothing where it has none."""
    count = len(table)
    columns_of = {
        **{name: pa.nulls(count, kind) for name, kind in zip(schema.names, schema.types, strict=True)},
        _BUCKET: pa.array(np.full(count, bucket, np.int32)),
        _PLACE: pa.array(np.arange(count, dtype=np.int64)),
        **{name: table[name] for name in table.column_names},
    }
    return pa.table(columns_of).cast(schema)


def _credit(
    task: _Task,
    weights: Weights,
    schema: pa.Schema,
    group: tuple[pa.Scalar, ...],
    touchpoints: pa.Table,
    events: pa.Table,
    *,
    in_full: bool,
) -> pa.Table:
    """One bucket's credits: a row with what they come to, and if wanted all of them."""
    bucket = group[0].as_py()
    try:
        log = task.log(touchpoints, events)
        journeys = build(log, task.plan.policy)
        totals, rows = kernel.credit(log, journeys, task.plan, weights.by_model, with_rows=in_full)
    except EngineError as error:
        return _padded(_packed(error), bucket, schema)
    worth = float(np.abs(log.events.value_minor).sum(dtype=np.float64))
    currencies = frozenset({log.names.currency} if len(log.events) else ())
    told = _padded(_packed(_Credited(totals, Notes.of(log), worth, currencies)), bucket, schema)
    if rows is None:
        return told
    return pa.concat_tables([told, _padded(summary.credits_in_full(log, journeys, rows, task.plan), bucket, schema)])
