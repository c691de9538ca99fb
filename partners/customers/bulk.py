"""Many rows in one statement, and what is already here of another system: for imports."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db

_TABLES: Final = frozenset(
    {
        "partners_account", "partners_customer_card", "partners_card_contact", "partners_card_link", "partners_deal",
        "partners_deal_line", "partners_deal_protection", "imports_source_receipt",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a row of another system became, and the hash of what it said."""

    target_id: UUID
    content_sha256: str


async def insert_rows(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert all rows in one statement; each has the same columns. Times and ids are written as text."""
    if table not in _TABLES:
        raise ValueError(table)
    if not rows:
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    await db.sql(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
        as_json(rows),
    )


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as `jsonb_populate_recordset` reads them."""
    return json.dumps([dict(row) for row in rows], default=str)


async def receipts(kind: str, source_system: str, source_ids: Collection[str]) -> dict[str, Receipt]:
    """What is here of these records of another system, by their ids there."""
    rows = await db.sql(
        "SELECT source_id, target_id, content_sha256 FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3::text[])",
        kind, source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: Receipt(row["target_id"], row["content_sha256"]) for row in rows}


async def write_receipts(
    kind: str, source_system: str, made: Sequence[tuple[str, UUID, str]], *, now: datetime
) -> None:
    """Remember what each row became: (its id there, our id, the hash of what it said)."""
    await db.sql(
        "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, content_sha256, at)"
        " SELECT $1, $2, m.source_id, m.target_id, m.hash, $3 FROM unnest($4::text[], $5::uuid[], $6::text[])"
        " AS m (source_id, target_id, hash) ON CONFLICT (kind, source_system, source_id)"
        " DO UPDATE SET content_sha256 = excluded.content_sha256, at = excluded.at",
        kind, source_system, now, [one[0] for one in made], [one[1] for one in made], [one[2] for one in made],
    )  # fmt: skip


async def lock_all(subjects: Collection[str]) -> None:
    """`db.lock_subject` for many at once, always in the same order, so that two imports never wait for each other."""
    await db.sql(
        "SELECT count(pg_advisory_xact_lock(hashtextextended(s.subject, 0)))"
        " FROM (SELECT subject FROM unnest($1::text[]) AS u (subject) ORDER BY hashtextextended(subject, 0)) AS s",
        list(subjects),
    )


def content_hash(values: Mapping[str, Any]) -> str:
    """The hash of what a row says, the same for equal rows."""
    plain = json.dumps(dict(values), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
