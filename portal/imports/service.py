"""What can be done about imports: bring a file, say how it is read, run it, and run it again after a crash."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.core import clock, db, events, formats, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.identity.sessions import actor_of
from portal.imports import mapping as mappings
from portal.imports.cells import CellError
from portal.imports.limits import Unreadable
from portal.imports.mapping import ColumnMapping
from portal.imports.messages import explain_cell, explain_file
from portal.imports.questions import Study, study_columns
from portal.imports.reading import Row, RowKind, inspect_file, read_rows
from portal.imports.registry import Importer, Result, importer_of
from portal.imports.rules import Parsed, parse_rows
from portal.imports.shape import Shape, Wanted
from portal.imports.states import ImportState, RowOutcome
from portal.imports.vocabulary import known_headings

SUBJECT: Final = "import"
RUN: Final = "import"
CHUNK: Final = 500
"""Rows that go in, or fail, in one transaction."""
_NOT_DATA: Final = frozenset({RowKind.ABOVE, RowKind.HEADER, RowKind.BLANK, RowKind.FOOTER})


@dataclass(frozen=True, slots=True)
class Job:
    """An import as it stands."""

    id: UUID
    importer: Importer
    source_system: str
    file_name: str
    state: ImportState
    shape: Shape
    mapping: ColumnMapping
    answers: Mapping[str, str]
    """By `Question.key`."""
    rows_total: int
    rows_done: int
    """The number of the last row that is through."""
    counts: Mapping[str, int]
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None
    problem: str


def require_import(actor: Actor, importer: Importer) -> None:
    """Raise NotAllowed unless the actor may import at all, and this kind."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(importer.permission)


async def bring_file(
    actor: Actor,
    kind: str,
    file_name: str,
    content: bytes,
    *,
    source_system: str,
    wanted: Wanted | None = None,
    now: datetime,
) -> UUID:
    """Keep a file with how it is read and what its columns seem to be. Raises NotAllowed, Invalid."""
    importer = importer_of(kind)
    require_import(actor, importer)
    if not source_system.strip():
        raise Invalid({"source_system": _("Say which system the file comes from, such as erp.")})
    try:
        shape = inspect_file(content, wanted=wanted or Wanted(), known=known_headings(importer.kind))
        total = sum(1 for _row in read_rows(content, shape))
    except Unreadable as problem:
        raise Invalid({"file": explain_file(problem)}) from problem
    guess = mappings.guess_mapping(importer.kind, shape.columns)
    job_id = new_id()
    async with db.transaction(actor):
        await db.sql(
            "INSERT INTO imports_job (id, kind, source_system, file_name, file_sha256, state, shape, mapping,"
            " rows_total, created_by, created_at) VALUES ($1, $2, $3, $4, $5, 'uploaded', $6, $7, $8, $9, $10)",
            job_id, kind, source_system.strip()[:40], file_name[:200], hashlib.sha256(content).hexdigest(),
            json.dumps(shape.to_json()), _mapping_json(mappings.take_guess(guess), {}), total, actor.membership_id, now,
        )  # fmt: skip
        await db.sql("INSERT INTO imports_file (job, content) VALUES ($1, $2)", job_id, content)
        await events.record(actor, "import.uploaded", SUBJECT, job_id, now=now, changes={"kind": [None, kind]})
    return job_id


def _mapping_json(mapping: ColumnMapping, answers: Mapping[str, str]) -> str:
    return json.dumps({"mapping": mapping.to_json(), "answers": dict(answers)})


async def get_job(actor: Actor, job_id: UUID, *, lock: bool = False) -> Job:
    """One import. Raises NotFound."""
    actor.require(Permission.IMPORTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(_JOB_LOCKED if lock else _JOB, job_id)
    if row is None:
        raise NotFound
    return _job(row)


_JOB: Final = "SELECT * FROM imports_job WHERE id = $1"
_JOB_LOCKED: Final = f"{_JOB} FOR UPDATE"


def _job(row: Mapping[str, Any]) -> Job:
    kept = json.loads(row["mapping"])
    return Job(
        id=row["id"],
        importer=importer_of(row["kind"]),
        source_system=row["source_system"],
        file_name=row["file_name"],
        state=ImportState(row["state"]),
        shape=Shape.from_json(json.loads(row["shape"])),
        mapping=ColumnMapping.from_json(kept["mapping"]),
        answers=kept["answers"],
        rows_total=row["rows_total"],
        rows_done=row["rows_done"],
        counts=json.loads(row["counts"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
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


async def set_mapping(
    actor: Actor, job_id: UUID, mapping: ColumnMapping, answers: Mapping[str, str], *, now: datetime
) -> None:
    """Say which column is which, and answer what the cells leave open.

    Raises NotFound, NotAllowed, Invalid, Conflict.
    """
    async with db.transaction(actor):
        job = await get_job(actor, job_id, lock=True)
        require_import(actor, job.importer)
        if job.state not in (ImportState.UPLOADED, ImportState.MAPPED):
            raise Conflict(_("This import has begun already."), code="flow")
        problems = mappings.check_mapping(job.importer.kind, mapping, job.shape.names)
        if problems:
            raise Invalid({one.field: explain_cell(one) for one in problems})
        await db.sql(
            "UPDATE imports_job SET mapping = $2, state = 'mapped' WHERE id = $1",
            job_id,
            _mapping_json(mapping, answers),
        )
        await events.record(actor, "import.mapped", SUBJECT, job_id, now=now)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they would go in, what is still asked, and what keeps the mapping from being used."""

    rows: Sequence[Parsed]
    study: Study
    problems: Sequence[CellError]


async def preview(actor: Actor, job_id: UUID, *, most: int = 20) -> Preview:
    """Read the whole file for what its columns tell, and show the first rows parsed."""
    job = await get_job(actor, job_id)
    problems = mappings.check_mapping(job.importer.kind, job.mapping, job.shape.names)
    content = await content_of(actor, job_id)
    usable = _usable(job.mapping, job.shape.names)
    study = study_columns(job.importer.kind, usable, job.shape.names, read_rows(content, job.shape))
    if problems:
        return Preview((), study, problems)
    return Preview(tuple(islice(_parsed(job, content, study), most)), study, ())


def _usable(mapping: ColumnMapping, names: Sequence[str]) -> ColumnMapping:
    return ColumnMapping({f: c for f, c in mapping.columns.items() if c in names}, mapping.constants)


def _zone() -> ZoneInfo:
    return formats.time_zone()


def _parsed(job: Job, content: bytes, study: Study, rows: Iterator[Row] | None = None) -> Iterator[Parsed]:
    answers = study.answers(job.answers, _zone())
    return parse_rows(job.importer.kind, job.mapping, answers, job.shape.names, rows or read_rows(content, job.shape))


async def start(actor: Actor, job_id: UUID, *, now: datetime) -> None:
    """Let the import run in the background. Raises NotFound, NotAllowed, Invalid for open questions, Conflict."""
    seen = await preview(actor, job_id)
    async with db.transaction(actor):
        job = await get_job(actor, job_id, lock=True)
        require_import(actor, job.importer)
        if job.state not in (ImportState.UPLOADED, ImportState.MAPPED):
            raise Conflict(_("This import has begun already."), code="flow")
        if seen.problems:
            raise Invalid({one.field: explain_cell(one) for one in seen.problems})
        if seen.study.open_questions(job.answers):
            raise Invalid({"": _("Answer what is asked about the columns first.")}, code="questions")
        await db.sql("UPDATE imports_job SET state = 'running', started_at = $2 WHERE id = $1", job_id, now)
        await events.record(actor, "import.started", SUBJECT, job_id, now=now)
        await jobs.enqueue(RUN, job_id)


Progress = Callable[[int, int], None]
"""(rows through, all rows)."""


@jobs.handles(RUN)
async def run_in_background(job_id: UUID) -> None:
    """Run as whoever started it: the rights are asked again. Goes on where a crashed run stopped."""
    job = await get_job(SYSTEM, job_id)
    actor = await actor_of(job.created_by, clock.now())
    if actor is None:
        await _fail(job_id, "left")
        return
    await run(actor, job_id)


async def run(actor: Actor, job_id: UUID, *, progress: Progress | None = None) -> Counter[str]:
    """Take in what is left of the file, chunk by chunk, each in a transaction of its own; the counts by outcome.

    Safe to call again at any time: rows that are through are not taken again. Raises NotFound, NotAllowed.
    """
    job = await get_job(actor, job_id)
    require_import(actor, job.importer)
    content = await content_of(actor, job_id)
    study = study_columns(job.importer.kind, job.mapping, job.shape.names, read_rows(content, job.shape))
    source = (row for row in read_rows(content, job.shape) if row.number > job.rows_done)
    while chunk := list(islice(source, CHUNK)):
        done = await _take_chunk(actor, job, study, content, chunk)
        if progress:
            progress(done, job.rows_total)
    return await _finish(actor, job_id)


async def _take_chunk(actor: Actor, job: Job, study: Study, content: bytes, chunk: list[Row]) -> int:
    """One chunk in one transaction; another run of the same import waits at the lock and skips what is through."""
    async with db.transaction(actor):
        fresh = await get_job(actor, job.id, lock=True)
        rows = [row for row in chunk if row.number > fresh.rows_done]
        if not rows:
            return fresh.rows_done
        results = await _apply(actor, job, list(_parsed(job, content, study, iter(rows))))
        results += [(row.number, RowOutcome.NOT_DATA, []) for row in rows if row.kind in _NOT_DATA]
        raw = {row.number: row.cells for row in rows}
        await _report(job.id, results, raw)
        counts = Counter(fresh.counts) + Counter(outcome.value for _number, outcome, _problems in results)
        await db.sql(
            "UPDATE imports_job SET rows_done = $2, counts = $3 WHERE id = $1",
            job.id, rows[-1].number, json.dumps(counts),
        )  # fmt: skip
    return rows[-1].number


async def _apply(actor: Actor, job: Job, parsed: list[Parsed]) -> list[Result]:
    good = [row for row in parsed if row.ok]
    results: list[Result] = [(row.number, RowOutcome.REFUSED, list(row.errors)) for row in parsed if not row.ok]
    if good:
        results += await job.importer.apply(actor, good, source_system=job.source_system, now=clock.now())
    return results


async def _report(job_id: UUID, results: list[Result], raw: Mapping[int, Sequence[str]]) -> None:
    """What became of each row. The cells are kept of refused rows only: the file itself has all others."""
    rows: list[tuple[object, ...]] = [
        (
            job_id,
            number,
            outcome.value,
            json.dumps([problem.to_json() for problem in problems]),
            json.dumps(raw.get(number, ()) if outcome is RowOutcome.REFUSED else []),
        )
        for number, outcome, problems in results
    ]
    await db.sql(
        "INSERT INTO imports_row (job, number, outcome, problems, raw) SELECT $1, r.number, r.outcome, r.problems,"
        " r.raw FROM unnest($2::int[], $3::text[], $4::jsonb[], $5::jsonb[]) AS r(number, outcome, problems, raw)",
        job_id, *(list(column) for column in list(zip(*rows, strict=True))[1:]),
    )  # fmt: skip


async def _finish(actor: Actor, job_id: UUID) -> Counter[str]:
    now = clock.now()
    async with db.transaction(actor):
        job = await get_job(actor, job_id, lock=True)
        if job.state != ImportState.DONE:
            await db.sql("UPDATE imports_job SET state = 'done', finished_at = $2 WHERE id = $1", job_id, now)
            await events.record(
                actor, job.importer.event, SUBJECT, job_id, now=now, changes={"counts": [None, dict(job.counts)]}
            )
    return Counter(job.counts)


async def _fail(job_id: UUID, problem: str) -> None:
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE imports_job SET state = 'failed', problem = $2, finished_at = $3 WHERE id = $1",
            job_id, problem, clock.now(),
        )  # fmt: skip


async def receipts(kind: str, source_system: str, source_ids: Sequence[str]) -> dict[str, UUID]:
    """Which of our records these rows of another system became, on the open unit."""
    rows = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3)",
        kind, source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: row["target_id"] for row in rows}


async def keep_receipts(kind: str, source_system: str, targets: Mapping[str, UUID], now: datetime) -> None:
    """Remember what these rows became, on the open unit."""
    await db.sql(
        "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, at)"
        " SELECT $1, $2, r.source_id, r.target_id, $5 FROM unnest($3::text[], $4::uuid[]) AS r(source_id, target_id)"
        " ON CONFLICT (kind, source_system, source_id) DO NOTHING",
        kind, source_system, list(targets), list(targets.values()), now,
    )  # fmt: skip
