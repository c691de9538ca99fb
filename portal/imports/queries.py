"""What can be read of imports: how far each is, what became of its rows, and mappings that somebody saved."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of
from portal.imports.cells import CellError
from portal.imports.mapping import ColumnMapping
from portal.imports.plans import Plan
from portal.imports.registry import Importer, importer_of, kinds_read_by
from portal.imports.shape import Shape
from portal.imports.states import ImportState, RowOutcome

PAGE_ROWS: Final = 50
TAKEN: Final = frozenset({RowOutcome.IMPORTED, RowOutcome.CHANGED, RowOutcome.SAME})
"""What became of rows that are in."""


@dataclass(frozen=True, slots=True)
class Job:
    """An import as it stands."""

    id: UUID
    importer: Importer
    source_system: str
    file_name: str
    file_sha256: str
    state: ImportState
    shape: Shape
    plan: Plan
    rows_total: int
    """All rows of the file, of any kind."""
    rows_done: int
    """The number of the last row that is through."""
    counts: Mapping[str, int]
    """How many rows there are of each outcome."""
    created_by: UUID
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: str
    """Why it stopped: a code, or nothing."""

    @property
    def taken(self) -> int:
        """Rows that are in, new or not."""
        return sum(self.counts.get(outcome, 0) for outcome in TAKEN)

    @property
    def refused(self) -> int:
        """Rows that are not in."""
        return self.counts.get(RowOutcome.REFUSED, 0)


_JOB: Final = "SELECT * FROM imports_job WHERE id = $1"


async def get_job(actor: Actor, job_id: UUID, *, lock: bool = False) -> Job:
    """One import; locked until the end of the unit if asked. Raises NotFound."""
    actor.require(Permission.IMPORTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_JOB} FOR UPDATE" if lock else _JOB, job_id)
    job = _job(row) if row else None
    if job is None or not actor.may(job.importer.reading):
        raise NotFound
    return job


async def find_unfinished(actor: Actor, kind: str, source_system: str, file_sha256: str) -> Job | None:
    """The latest import of this very file that was begun and is not through, if there is one. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT * FROM imports_job WHERE kind = $1 AND source_system = $2 AND file_sha256 = $3"
            " AND state = 'running' ORDER BY created_at DESC LIMIT 1",
            kind, source_system, file_sha256,
        )  # fmt: skip
    return _job(row) if row and kind in kinds_read_by(actor) else None


async def find_finished(actor: Actor, kind: str, source_system: str, file_sha256: str) -> datetime | None:
    """When this very file was taken in last, if it was. Raises NotAllowed."""
    found: datetime | None = await db.ask_alone(actor, finished_of(actor, kind, source_system, file_sha256))
    return found


def finished_of(actor: Actor, kind: str, source_system: str, file_sha256: str) -> Question:
    """The question of `find_finished`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_READ)
    return Question(
        "SELECT max(finished_at) FROM imports_job WHERE kind = $1 AND source_system = $2 AND file_sha256 = $3"
        " AND state = 'done'",
        (kind, source_system, file_sha256),
    )


def _job(row: Mapping[str, Any]) -> Job:
    return Job(
        id=row["id"],
        importer=importer_of(row["kind"]),
        source_system=row["source_system"],
        file_name=row["file_name"],
        file_sha256=row["file_sha256"],
        state=ImportState(row["state"]),
        shape=Shape.from_json(json.loads(row["shape"])),
        plan=Plan.from_json(json.loads(row["mapping"])),
        rows_total=row["rows_total"],
        rows_done=row["rows_done"],
        counts=json.loads(row["counts"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        problem=row["problem"],
    )


async def content_of(actor: Actor, job_id: UUID) -> bytes:
    """The bytes as they came. Raises NotFound."""
    async with db.transaction(actor):
        content = await db.sql_value("SELECT content FROM imports_file WHERE job = $1", job_id)
    if content is None:
        raise NotFound
    return bytes(content)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What became of one row of the file."""

    number: int
    outcome: RowOutcome
    problems: tuple[CellError, ...]
    cells: tuple[str, ...]
    """All of a refused row, as they came; of any other row its id in the source system, if it has one."""


_ROWS: Final = (
    "SELECT number, outcome, problems, raw FROM imports_row WHERE job = $1 AND ($2::text IS NULL OR outcome = $2)"
)


async def list_rows(
    actor: Actor, job: Job, outcome: RowOutcome | None = None, *, after: int = 0, most: int = PAGE_ROWS
) -> list[ReportRow]:
    """What became of the rows after that number, in their order, of one outcome if asked."""
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_ROWS} AND number > $3 ORDER BY number LIMIT $4", job.id, outcome and outcome.value, after, most
        )
    return [_report_row(row) for row in rows]


async def stream_report(actor: Actor, job: Job, outcome: RowOutcome | None = None) -> AsyncIterator[ReportRow]:
    """The same, all of it, by a server-side cursor on the open unit; for files."""
    actor.require(Permission.IMPORTS_READ)
    async for row in db.stream(f"{_ROWS} ORDER BY number", job.id, outcome and outcome.value):
        yield _report_row(row)


def _report_row(row: Mapping[str, Any]) -> ReportRow:
    problems = tuple(CellError.from_json(plain) for plain in json.loads(row["problems"]))
    return ReportRow(row["number"], RowOutcome(row["outcome"]), problems, tuple(json.loads(row["raw"])))


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A mapping under a name, with the answers that were given with it."""

    id: UUID
    name: str
    mapping: ColumnMapping
    answers: Mapping[str, str]

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a file with these columns has all that it names."""
        return set(self.mapping.columns.values()) <= set(names)


async def list_saved(actor: Actor, kind: str) -> list[SavedMapping]:
    """The mappings that were saved for a kind of import, by name."""
    found: list[SavedMapping] = await db.ask_alone(actor, saved_of(actor, kind))
    return found


def saved_of(actor: Actor, kind: str) -> Question:
    """The question of `list_saved`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_READ)
    return rows_of(
        'SELECT id, name, mapping FROM imports_saved_mapping WHERE kind = $1 ORDER BY name COLLATE "C"', kind, id=UUID
    ).then(lambda rows: [_saved(row) for row in rows])


async def find_saved(actor: Actor, kind: str, name: str) -> SavedMapping | None:
    """The mapping of that name."""
    return next((one for one in await list_saved(actor, kind) if one.name == name), None)


def _saved(row: Mapping[str, Any]) -> SavedMapping:
    kept = row["mapping"]
    return SavedMapping(row["id"], row["name"], ColumnMapping.from_json(kept["mapping"]), kept["answers"])


async def list_source_systems(actor: Actor) -> list[str]:
    """What people called the systems that files came from, the latest first: the same name means the same ids."""
    actor.require(Permission.IMPORTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT source_system FROM imports_job GROUP BY source_system ORDER BY max(created_at) DESC LIMIT 20"
        )
    return [row["source_system"] for row in rows]
