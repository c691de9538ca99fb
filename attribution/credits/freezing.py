"""Freezing: touches and lifecycle events as they are now, into two files whose bytes follow from the rows alone."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import csv

from attribution.credits import store
from attribution.engine.files import Writer
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.money import Money
from portal.rates.queries import get_rates
from portal.rates.rules import MissingRate, Quote, Rates

NO_RATE: Final = "no_rate"
_BLOCK: Final = 1 << 24
_MICROS: Final = pa.timestamp("us", "UTC")

TOUCHES: Final = pa.schema([
    ("touchpoint_id", pa.int64()),
    ("touchpoint", pa.binary(16)),
    ("account_id", pa.string()),
    ("occurred_at", _MICROS),
    ("by_day", pa.bool_()),
    ("counts", pa.bool_()),
    ("party", pa.string()),
    ("channel", pa.string()),
    ("motion", pa.string()),
    ("kind", pa.string()),
])  # fmt: skip
"""`touchpoint_id` is the sequence number, the order of the rows; `touchpoint` the id itself, 16 bytes."""

EVENTS: Final = pa.schema([
    ("event_id", pa.int64()),
    ("event", pa.binary(16)),
    ("account_id", pa.string()),
    ("occurred_at", _MICROS),
    ("period", pa.date32()),
    ("kind", pa.string()),
    ("value_minor", pa.int64()),
    ("currency", pa.string()),
    ("original_minor", pa.int64()),
    ("original_currency", pa.string()),
    ("given_day", pa.date32()),
    ("given_per_euro", pa.string()),
    ("taken_day", pa.date32()),
    ("taken_per_euro", pa.string()),
])  # fmt: skip
"""`event_id` is the place of the row, which is in the order of the ids; rates are null where nothing was exchanged."""

_PLACES: Final = (
    "WITH RECURSIVE tree AS (SELECT id, key AS origin, key AS channel FROM attribution_source_node"
    " WHERE parent IS NULL UNION ALL SELECT n.id, t.origin, CASE n.level WHEN 'channel' THEN n.key ELSE t.channel END"
    " FROM attribution_source_node n JOIN tree t ON n.parent = t.id),"
    " place AS (SELECT n.id, t.origin, t.channel FROM attribution_source_node n"
    " JOIN tree t ON t.id = coalesce(n.maps_to, n.id)),"
    " verdict AS (SELECT DISTINCT ON (touchpoint) touchpoint, state FROM attribution_touchpoint_decision"
    " ORDER BY touchpoint, seq DESC),"
    " known AS (SELECT visitor, account FROM attribution_visitor_link WHERE undone_at IS NULL"
    " UNION ALL SELECT 'card:' || card, account FROM partners_card_link)"
)
"""Each node's origin and channel; the latest decision on a touch; who visitors and cards turned out to be."""

_TOUCHES: Final = (
    f"{_PLACES} SELECT t.seq, replace(t.id::text, '-', ''),"
    # Who was never identified has a journey too, one that ended in nothing; the visitor's id itself stays behind.
    " coalesce(m.canonical::text, t.account::text, k.account::text,"
    " 'visitor:' || encode(sha256(convert_to(t.visitor, 'UTF8')), 'hex')),"
    " (extract(epoch FROM t.occurred_at) * 1000000)::bigint, t.precision = 'day',"
    " coalesce(v.state, 'approved') = 'approved',"
    # A touch that came by "partner" without saying by which one is nobody's in particular.
    " coalesce(t.partner::text, CASE p.origin WHEN 'partner' THEN 'unmapped' ELSE p.origin END),"
    " CASE WHEN t.partner IS NOT NULL THEN 'partner' ELSE p.channel END, t.motion,"
    # What the engine's models know as milestones.
    " CASE t.kind WHEN 'lead' THEN 'lead_created' WHEN 'registration' THEN 'deal_created' ELSE t.kind END"
    " FROM attribution_touchpoint t JOIN place p ON p.id = t.node LEFT JOIN verdict v ON v.touchpoint = t.id"
    " LEFT JOIN known k ON t.account IS NULL AND k.visitor = t.visitor"
    " LEFT JOIN partners_account_alias m ON m.account = coalesce(t.account, k.account) AND m.undone_at IS NULL"
    " WHERE t.occurred_at <= $1 ORDER BY t.seq"
)

_EVENTS: Final = (
    "SELECT e.id, coalesce(m.canonical, e.account) AS account, e.occurred_at, e.kind, e.value_minor, e.currency"
    " FROM attribution_lifecycle_event e"
    " LEFT JOIN partners_account_alias m ON m.account = e.account AND m.undone_at IS NULL"
    " WHERE e.occurred_at <= $1 ORDER BY e.id"
)

_MARKS: Final = (
    "SELECT coalesce((SELECT max(seq) FROM attribution_touchpoint), 0) AS touchpoint_seq,"
    " coalesce((SELECT max(seq) FROM attribution_revenue), 0) AS revenue_seq,"
    " coalesce((SELECT max(seq) FROM attribution_touchpoint_decision), 0) AS decision_seq"
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """Two files in the store, and what they stand for."""

    touches_sha256: str
    events_sha256: str
    touches: int
    events: int
    value_minor: int
    lost_minor: int
    touchpoint_seq: int
    revenue_seq: int
    decision_seq: int


class Unfreezable(Exception):
    """The inputs cannot be frozen; `code` and `facts` say why."""

    def __init__(self, code: str, **facts: str) -> None:
        """Keep what fills the sentence."""
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


async def freeze(place: Path, until: datetime, currency: str) -> Frozen:
    """Write what happened until then into the store, seen at one instant; amounts in one currency.

    Memory does not grow with the touches: PostgreSQL copies them to a file in `place`, which is read piece by piece.
    Raises Unfreezable where a rate is missing.
    """
    listed = place / "touches.csv"
    async with db.transaction(SYSTEM, read_only=True, snapshot=True):
        marks = await db.sql_one(_MARKS) or {}
        await db.open_unit().connection.copy_from_query(_TOUCHES, until, output=listed, format="csv")
        rows = await db.sql(_EVENTS, until)
        rates = await _rates(rows, currency)
    touches = await asyncio.to_thread(_write_touches, listed, place / "touches.parquet")
    values = await asyncio.to_thread(_write_events, rows, rates, currency, place / "events.parquet")
    return Frozen(
        touches_sha256=await asyncio.to_thread(store.keep, place / "touches.parquet"),
        events_sha256=await asyncio.to_thread(store.keep, place / "events.parquet"),
        touches=touches,
        events=len(rows),
        value_minor=sum(value for value in values if value > 0),
        lost_minor=sum(value for value in values if value < 0),
        **marks,
    )


def inputs_hash(frozen: Frozen, settings: dict[str, Any], until: datetime) -> str:
    """One hash of everything that a result depends on."""
    whole = {
        "touches": frozen.touches_sha256,
        "events": frozen.events_sha256,
        "settings": settings,
        "observed_until": until.isoformat(),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _write_touches(listed: Path, path: Path) -> int:
    """The copied rows as Parquet; how many there are."""
    plain = {"touchpoint": pa.string(), "occurred_at": pa.int64()}
    reading = csv.ReadOptions(block_size=_BLOCK, column_names=TOUCHES.names)
    converting = csv.ConvertOptions(
        column_types={field.name: plain.get(field.name, field.type) for field in TOUCHES},
        true_values=["t"], false_values=["f"],
    )  # fmt: skip
    count = 0
    with Writer(path) as writer:
        writer.begin(TOUCHES)
        if listed.stat().st_size:
            with csv.open_csv(listed, read_options=reading, convert_options=converting) as reader:
                for batch in reader:
                    writer.add(_typed(pa.Table.from_batches([batch])))
                    count += len(batch)
    return count


def _typed(table: pa.Table) -> pa.Table:
    """Ids from hexadecimal to bytes, microseconds to times."""
    digits = "".join(table["touchpoint"].to_pylist())
    ids = pa.Array.from_buffers(pa.binary(16), len(table), [None, pa.py_buffer(bytes.fromhex(digits))])
    table = table.set_column(table.column_names.index("touchpoint"), "touchpoint", ids)
    times = pc.cast(table["occurred_at"], _MICROS)
    return table.set_column(table.column_names.index("occurred_at"), "occurred_at", times)


def _day(moment: datetime) -> date:
    return clock.day_of(moment, formats.time_zone().key)


async def _rates(rows: Sequence[dict[str, Any]], currency: str) -> Rates:
    """All rates that these events need."""
    if not rows:
        return Rates({})
    moments = [row["occurred_at"] for row in rows]
    used = {currency, *(row["currency"] for row in rows)}
    return await get_rates(SYSTEM, used, _day(min(moments)), _day(max(moments)))


def _write_events(rows: Sequence[dict[str, Any]], rates: Rates, currency: str, path: Path) -> list[int]:
    """The events as Parquet; their values in the one currency. Raises Unfreezable where a rate is missing."""
    columns: dict[str, list[Any]] = {name: [] for name in EVENTS.names}
    for place, row in enumerate(rows):
        day = _day(row["occurred_at"])
        try:
            found = rates.exchange(Money(row["value_minor"], row["currency"]), currency, day)
        except MissingRate as missing:
            raise Unfreezable(NO_RATE, currency=missing.currency, day=missing.day.isoformat()) from missing
        told = (
            place, row["id"].bytes, str(row["account"]), row["occurred_at"], clock.month_of(day), row["kind"],
            found.money.minor, currency, row["value_minor"], row["currency"],
            *_quoted(found.given), *_quoted(found.taken),
        )  # fmt: skip
        for column, value in zip(columns.values(), told, strict=True):
            column.append(value)
    with Writer(path) as writer:
        writer.begin(EVENTS)
        writer.add(pa.table(columns, schema=EVENTS))
    return columns["value_minor"]


def _quoted(quote: Quote | None) -> tuple[date | None, str | None]:
    if quote is None:
        return None, None
    exact = Decimal(quote.per_euro.numerator) / Decimal(quote.per_euro.denominator)
    return quote.day, format(exact.normalize(), "f")
