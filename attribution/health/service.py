"""What can be done about signals: rows of another system are added, once each; what it changes is a row more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import bulk, db
from portal.core.ids import new_id
from portal.imports.cells import CellError
from portal.imports.registry import REPEATED, Result
from portal.imports.states import RowOutcome
from portal.imports.storing import Told

_FRAME: Final = {"id": "uuid", "source_id": "text", "replaces": "uuid"}


async def add_signals(
    table: str, columns: Mapping[str, str], source_system: str, rows: Sequence[Told], *, now: datetime
) -> list[Result]:
    """Add what is new or other than before, on the open unit; the results are in the order of the rows.

    `columns` are the names of `Told.values` with their types. Three statements, however many rows.
    """
    await db.lock_subject(f"{table} of {source_system}")
    known = await _latest(table, columns, source_system, [row.source_id for row in rows])
    added: list[tuple[Any, ...]] = []
    results: list[Result] = []
    seen: set[str] = set()
    for row in rows:
        problems = [CellError(REPEATED, "", {}, "source_id")] if row.source_id in seen else list(row.problems)
        seen.add(row.source_id)
        if problems:
            results.append((row.number, RowOutcome.REFUSED, problems))
            continue
        values = tuple(row.values[name] for name in columns)
        before_id, before = known.get(row.source_id, (None, None))
        if before == values:
            results.append((row.number, RowOutcome.SAME, []))
            continue
        added.append((new_id(), row.source_id, before_id, *values))
        results.append((row.number, RowOutcome.CHANGED if before_id else RowOutcome.IMPORTED, []))
    if added:
        listed = ", ".join((*_FRAME, *columns))
        staged = await bulk.stage({**_FRAME, **columns}, added)
        await db.sql(
            f"INSERT INTO {table} (source_system, recorded_at, {listed}) SELECT $1, $2, {listed} FROM {staged}",
            source_system, now,
        )  # fmt: skip
    return results


async def _latest(
    table: str, columns: Mapping[str, str], source_system: str, source_ids: Sequence[str]
) -> dict[str, tuple[UUID, tuple[Any, ...]]]:
    """The row of each that no other replaces: its id and what it says."""
    listed = ", ".join(f"s.{name}" for name in columns)
    rows = await db.sql(
        f"SELECT s.id, s.source_id, {listed} FROM {table} s WHERE s.source_system = $1"
        f" AND s.source_id = any($2::text[]) AND NOT EXISTS (SELECT FROM {table} n WHERE n.replaces = s.id)",
        source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: (row["id"], tuple(row[name] for name in columns)) for row in rows}
