"""Running an import: chunk by chunk, each in a transaction of its own, so that a crash loses and doubles nothing."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final
from uuid import UUID

import asyncpg

from portal.core import bulk, clock, db, events, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, NotAllowed
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.identity.sessions import actor_of
from portal.imports.cells import CellError
from portal.imports.plans import DATA, parse
from portal.imports.queries import Job, content_of, get_job
from portal.imports.reading import Row, read_rows
from portal.imports.registry import NOT_STORED, Importer, Result
from portal.imports.repeats import Repeats
from portal.imports.rules import Parsed
from portal.imports.states import ImportState, RowOutcome

SUBJECT: Final = "import"
RUN: Final = "import"
CHUNK: Final = 500
"""Rows of the file that go in, or fail, in one transaction, unless their importer says another number."""
_TRIES: Final = 5
"""How often a chunk is taken when the database asks to run its transaction again."""

LEFT, MAY_NOT, BROKEN = "left", "not_allowed", "broken"
PROBLEMS: Final[Mapping[str, str]] = {
    LEFT: N_("Whoever started it has no access any more. Somebody else can let it go on."),
    MAY_NOT: N_("Whoever started it may no longer import this. Somebody who may can let it go on."),
    BROKEN: N_("Something broke on our side. It is tried again by itself; nothing that is in comes in twice."),
}
"""Why an import stopped, by the code that is kept with it."""

Progress = Callable[[int, int], None]
"""(rows through, all rows)."""


def require_import(actor: Actor, importer: Importer) -> None:
    """Raise NotAllowed unless the actor may import at all, and this kind."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(importer.permission)


@jobs.handles(RUN)
async def run_in_background(job_id: UUID) -> None:
    """Run as whoever started it last: the rights are asked again. Goes on where a crashed run stopped."""
    actor = await _starter(job_id)
    if actor is None:
        await _stop(job_id, LEFT)
        return
    try:
        await run(actor, job_id)
    except NotAllowed:
        await _stop(job_id, MAY_NOT)
    except Conflict:
        return  # it was stopped, or another run is through with it
    except Exception:
        await _note(job_id, BROKEN)
        raise


async def _starter(job_id: UUID) -> Actor | None:
    async with db.transaction(SYSTEM):
        member = await db.sql_value(
            "SELECT actor_id FROM core_event WHERE subject_id = $1"
            " AND name IN ('import.started', 'import.resumed') ORDER BY seq DESC LIMIT 1",
            job_id,
        )
    if member == SYSTEM.membership_id:
        return SYSTEM
    return await actor_of(member, clock.now()) if member else None


async def run(actor: Actor, job_id: UUID, *, progress: Progress | None = None) -> Counter[str]:
    """Take in what is left of the file; the counts by outcome.

    Safe to call again at any time, also twice at once: rows that are through are not taken again. Raises NotFound,
    NotAllowed, Conflict when it has not been started.
    """
    job = await get_job(actor, job_id)
    require_import(actor, job.importer)
    if job.state == ImportState.DONE:
        return Counter(job.counts)
    if job.state != ImportState.RUNNING:
        raise Conflict(_("This import has not been started."), code="flow")
    content = await content_of(actor, job_id)
    reader = _Reader(job, content)
    chunk = await asyncio.to_thread(reader.read)
    while chunk:
        # The next rows are read while the database takes these in.
        ahead = asyncio.create_task(asyncio.to_thread(reader.read))
        try:
            done = await _take_chunk(actor, job, *chunk)
        finally:
            await asyncio.wait({ahead})
        if progress:
            progress(done, job.rows_total)
        chunk = ahead.result()
    return await _finish(actor, job_id)


class _Reader:
    """The rows of a file that are not through, with their values; those before them are read for their ids."""

    def __init__(self, job: Job, content: bytes) -> None:
        self._job = job
        self._rows: Iterator[Row] = iter(read_rows(content, job.shape))
        self._repeats = Repeats(job.importer.kind.source_id, job.importer.kind.within)

    def read(self) -> tuple[list[Row], list[Parsed]] | None:
        """The next rows, read in a thread: the server goes on meanwhile. None at the end."""
        job, done = self._job, self._job.rows_done
        while rows := list(islice(self._rows, job.importer.chunk or CHUNK)):
            parsed = list(self._repeats.mark(parse(job.importer.kind, job.shape, job.plan, rows)))
            if rows[-1].number > done:
                return [row for row in rows if row.number > done], [row for row in parsed if row.number > done]
        return None


async def _take_chunk(actor: Actor, job: Job, rows: list[Row], parsed: list[Parsed]) -> int:
    """One chunk, tried again where two transactions stood in each other's way; the number of the last row through."""
    for _attempt in range(_TRIES - 1):
        try:
            return await _take_once(actor, job, rows, parsed)
        except asyncpg.TransactionRollbackError:
            await asyncio.sleep(0.05)
    return await _take_once(actor, job, rows, parsed)


async def _take_once(actor: Actor, job: Job, rows: list[Row], parsed: list[Parsed]) -> int:
    """One chunk in one transaction; another run of the same import waits at the lock and skips what is through."""
    async with db.transaction(actor):
        now = await db.sql_one("SELECT state, rows_done, counts FROM imports_job WHERE id = $1 FOR UPDATE", job.id)
        if now is None or now["state"] == ImportState.FAILED:
            raise Conflict(_("This import was stopped."), code="flow")
        done: int = now["rows_done"]
        fresh = [row for row in rows if row.number > done]
        if not fresh:
            return done
        results = await apply_rows(actor, job.importer, [row for row in parsed if row.number > done], job.source_system)
        results += [(row.number, RowOutcome.NOT_DATA, []) for row in fresh if row.kind not in DATA]
        await _report(job, results, {row.number: row.cells for row in fresh})
        counts = Counter(json.loads(now["counts"])) + Counter(outcome.value for _number, outcome, _why in results)
        await db.sql(
            "UPDATE imports_job SET rows_done = $2, counts = $3, problem = '' WHERE id = $1",
            job.id, fresh[-1].number, json.dumps(counts),
        )  # fmt: skip
    return fresh[-1].number


async def apply_rows(actor: Actor, importer: Importer, parsed: Sequence[Parsed], source_system: str) -> list[Result]:
    """What becomes of these rows, on the open unit: those with errors are refused, the others taken in."""
    results: list[Result] = [(row.number, RowOutcome.REFUSED, list(row.errors)) for row in parsed if not row.ok]
    good = [row for row in parsed if row.ok]
    if good:
        results += await _apply(actor, importer, good, source_system)
    return results


async def _apply(actor: Actor, importer: Importer, rows: Sequence[Parsed], source_system: str) -> list[Result]:
    """Take in rows; what the database refuses although all rules let it pass is found by halves and refused alone."""
    try:
        async with db.savepoint():
            return await importer.apply(actor, rows, source_system=source_system, now=clock.now())
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        if len(rows) == 1:
            return [(rows[0].number, RowOutcome.REFUSED, [CellError(NOT_STORED, "", {})])]
    half = len(rows) // 2
    first = await _apply(actor, importer, rows[:half], source_system)
    return first + await _apply(actor, importer, rows[half:], source_system)


async def _report(job: Job, results: Sequence[Result], cells: Mapping[int, Sequence[str]]) -> None:
    """Keep what became of each row."""
    place = _place_of_name(job)
    staged = await bulk.stage(
        {"number": "int", "outcome": "text", "problems": "jsonb", "raw": "jsonb"},
        [
            (
                number,
                outcome.value,
                json.dumps([one.to_json() for one in problems]) if problems else "[]",
                json.dumps(cells[number] if outcome is RowOutcome.REFUSED else _name_of(place, outcome, cells[number])),
            )
            for number, outcome, problems in results
        ],
    )
    await db.sql(
        "INSERT INTO imports_row (job, number, outcome, problems, raw)"
        f" SELECT $1, number, outcome, problems, raw FROM {staged}",
        job.id,
    )


def _place_of_name(job: Job) -> int | None:
    """In which column the id in the source system is, if any."""
    column = job.plan.mapping.columns.get(job.importer.kind.source_id)
    return None if column is None else job.shape.names.index(column)


def _name_of(place: int | None, outcome: RowOutcome, cells: Sequence[str]) -> list[str]:
    """The id in the source system, by which a person finds a row again; the file itself has the other cells."""
    if outcome is RowOutcome.NOT_DATA or place is None:
        return []
    return [cells[place][:200]]


async def _finish(actor: Actor, job_id: UUID) -> Counter[str]:
    """Done: the one event of the whole import, on which others react."""
    now = clock.now()
    async with db.transaction(actor):
        job = await get_job(actor, job_id, lock=True)
        if job.state == ImportState.RUNNING:
            await db.sql("UPDATE imports_job SET state = 'done', finished_at = $2 WHERE id = $1", job_id, now)
            await events.record(
                actor, job.importer.event, SUBJECT, job_id, now=now, changes={"counts": [None, dict(job.counts)]}
            )
    return Counter(job.counts)


async def _stop(job_id: UUID, problem: str) -> None:
    now = clock.now()
    async with db.transaction(SYSTEM):
        stopped = await db.sql(
            "UPDATE imports_job SET state = 'failed', problem = $2, finished_at = $3"
            " WHERE id = $1 AND state = 'running' RETURNING id",
            job_id, problem, now,
        )  # fmt: skip
        if stopped:
            await events.record(SYSTEM, "import.failed", SUBJECT, job_id, now=now)


async def _note(job_id: UUID, problem: str) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE imports_job SET problem = $2 WHERE id = $1 AND state = 'running'", job_id, problem)
