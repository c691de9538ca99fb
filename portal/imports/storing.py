"""Rows of another system into a table of ours, once each: new, changed, or the same as before. For importers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.imports.cells import CellError
from portal.imports.registry import REPEATED, Result
from portal.imports.states import RowOutcome

PROBLEMS: Final[Mapping[str, str]] = {REPEATED: N_("Another row of this file has the same id.")}


@dataclass(frozen=True, slots=True)
class Told:
    """What a row of another system says: the columns of our table by name, or all that is wrong with it."""

    number: int
    source_id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[CellError] = ()


async def store_rows(kind: str, table: str, source_system: str, rows: Sequence[Told], *, now: datetime) -> list[Result]:
    """Insert what is new and write anew what has changed, on the open unit; the results are in the order of the rows.

    The table has the columns `id`, `created_at` and `changed_at`; `values` have all others, the same in each row.
    """
    await db.lock_subject(f"{kind} of {source_system}")
    known = await _receipts(kind, source_system, [row.source_id for row in rows])
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    made: list[tuple[str, UUID, str]] = []
    results: list[Result] = []
    seen: set[str] = set()
    for row in rows:
        problems = [CellError(REPEATED, "", {}, "source_id")] if row.source_id in seen else list(row.problems)
        seen.add(row.source_id)
        if problems:
            results.append((row.number, RowOutcome.REFUSED, problems))
            continue
        digest = _digest(row.values)
        target, before = known.get(row.source_id, (new_id(), None))
        results.append((row.number, _outcome(before, digest), []))
        if before != digest:
            made.append((row.source_id, target, digest))
            one = {"id": target, **row.values, "created_at": now, "changed_at": now}
            (fresh if before is None else changed).append(one)
    await _insert(table, fresh)
    await _update(table, changed)
    await _remember(kind, source_system, made, now)
    return results


def _outcome(before: str | None, digest: str) -> RowOutcome:
    if before is None:
        return RowOutcome.IMPORTED
    return RowOutcome.SAME if before == digest else RowOutcome.CHANGED


def _digest(values: Mapping[str, Any]) -> str:
    """The hash of what a row says, the same for equal rows."""
    plain = json.dumps(dict(values), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


async def _receipts(kind: str, source_system: str, source_ids: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    rows = await db.sql(
        "SELECT source_id, target_id, content_sha256 FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3::text[])",
        kind, source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: (row["target_id"], row["content_sha256"]) for row in rows}


async def _insert(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = ", ".join(f'"{name}"' for name in rows[0])
        await db.sql(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
            _as_json(rows),
        )


async def _update(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        changes = ", ".join(f'"{name}" = x."{name}"' for name in rows[0] if name not in {"id", "created_at"})
        await db.sql(
            f"UPDATE {table} t SET {changes} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb) AS x"
            " WHERE t.id = x.id",
            _as_json(rows),
        )


def _as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as `jsonb_populate_recordset` reads them."""
    return json.dumps([dict(row) for row in rows], default=str)


async def _remember(kind: str, source_system: str, made: Sequence[tuple[str, UUID, str]], now: datetime) -> None:
    await db.sql(
        "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, content_sha256, at)"
        " SELECT $1, $2, m.source_id, m.target_id, m.hash, $3 FROM unnest($4::text[], $5::uuid[], $6::text[])"
        " AS m (source_id, target_id, hash) ON CONFLICT (kind, source_system, source_id)"
        " DO UPDATE SET content_sha256 = excluded.content_sha256, at = excluded.at",
        kind, source_system, now, [one[0] for one in made], [one[1] for one in made], [one[2] for one in made],
    )  # fmt: skip
