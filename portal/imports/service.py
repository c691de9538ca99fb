"""What can be done about imports: bring a file, say how it is read, start it, and let it go on after a crash."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.core import db, events, jobs
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.imports import mapping as mappings
from portal.imports.limits import Unreadable
from portal.imports.mapping import ColumnMapping
from portal.imports.messages import explain_file
from portal.imports.plans import Plan, check_rows, is_ready, make_trial, study_file, usable
from portal.imports.queries import Job, content_of, find_saved, get_job
from portal.imports.reading import inspect_file
from portal.imports.registry import Importer, Result, importer_of
from portal.imports.running import CHUNK, RUN, SUBJECT, apply_rows, require_import, run
from portal.imports.shape import Shape, Wanted
from portal.imports.states import ImportState
from portal.imports.vocabulary import known_headings

__all__ = ["get_job", "run"]

FILE_BYTES: Final = 50 * 1024 * 1024
"""The largest file that is taken in the browser and by the API; the command line takes what can be read at all."""
_LONGEST_SYSTEM: Final = 40
_LONGEST_NAME: Final = 80
_FOUND: Final = Wanted()
_OPEN: Final = frozenset({ImportState.UPLOADED, ImportState.MAPPED})


async def bring_file(
    actor: Actor,
    kind: str,
    file_name: str,
    content: bytes,
    *,
    source_system: str,
    wanted: Wanted = _FOUND,
    look: bool = True,
    now: datetime,
) -> UUID:
    """Keep a file with how it is read and what its columns seem to be. Raises NotAllowed, Invalid.

    With `look` it is also found out what would become of its first rows, for a person to see.
    """
    importer = _importer(kind)
    require_import(actor, importer)
    source_system = _source_system(source_system)
    shape, plan = await _read(importer, content, wanted)
    job_id = new_id()
    async with db.transaction(actor):
        if look:
            plan = await _try(actor, importer, shape, plan, content, source_system)
        await db.sql(
            "INSERT INTO imports_job (id, kind, source_system, file_name, file_sha256, state, shape, mapping,"
            " rows_total, created_by, created_at) VALUES ($1, $2, $3, $4, $5, 'uploaded', $6, $7, $8, $9, $10)",
            job_id, kind, source_system, file_name[-200:] or kind, hash_of(content), _json(shape), _json(plan),
            sum(plan.kinds.values()), actor.membership_id, now,
        )  # fmt: skip
        await db.sql("INSERT INTO imports_file (job, content) VALUES ($1, $2)", job_id, content)
        await events.record(actor, "import.uploaded", SUBJECT, job_id, now=now, changes={"kind": [None, kind]})
    return job_id


def hash_of(content: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(content).hexdigest()


def _importer(kind: str) -> Importer:
    try:
        return importer_of(kind)
    except KeyError as error:
        raise Invalid({"kind": _("Choose what the file brings.")}) from error


def _source_system(text: str) -> str:
    name = text.strip()
    if not name:
        raise Invalid({"source_system": _("Say which system the file comes from, such as erp.")})
    if len(name) > _LONGEST_SYSTEM:
        message = _("Use at most %(most)s characters.") % {"most": _LONGEST_SYSTEM}
        raise Invalid({"source_system": message})
    return name


def _json(value: Shape | Plan) -> str:
    """As JSON that PostgreSQL can store: it has no zero character."""
    return json.dumps(value.to_json()).replace("\\u0000", "")


async def _read(importer: Importer, content: bytes, wanted: Wanted) -> tuple[Shape, Plan]:
    """How a file is read, with the guess that nobody has corrected. Raises Invalid."""
    try:
        shape = await asyncio.to_thread(inspect_file, content, wanted=wanted, known=known_headings(importer.kind))
        guess = mappings.take_guess(mappings.guess_mapping(importer.kind, shape.columns))
        return shape, await asyncio.to_thread(study_file, importer.kind, shape, Plan(guess), content)
    except Unreadable as problem:
        raise Invalid({"file": explain_file(problem)}, code=problem.code) from problem
    except ValueError as error:
        raise Invalid({"separator": _("This cannot separate columns. Choose another character.")}) from error


class _Undo(Exception):
    """Leaves a savepoint so that nothing of it stays."""


async def _try(actor: Actor, importer: Importer, shape: Shape, plan: Plan, content: bytes, source_system: str) -> Plan:
    """The plan with what would become of the first rows: they are taken in and undone again, on the open unit."""
    if not is_ready(importer.kind, shape, plan):
        return plan
    checked = await asyncio.to_thread(check_rows, importer.kind, shape, plan, content, chunk=CHUNK)
    results: list[Result] = []
    with suppress(_Undo):
        async with db.savepoint():
            results += await apply_rows(actor, importer, checked.first, source_system)
            raise _Undo
    return replace(plan, trial=make_trial(checked, results))


async def set_reading(actor: Actor, job_id: UUID, wanted: Wanted, *, now: datetime) -> None:
    """Read the file in another way than was found; the mapping is guessed anew.

    Raises NotFound, NotAllowed, Invalid, Conflict.
    """
    async with db.transaction(actor):
        job = await _open_job(actor, job_id)
        content = await content_of(actor, job_id)
        shape, plan = await _read(job.importer, content, wanted)
        plan = await _try(actor, job.importer, shape, plan, content, job.source_system)
        await db.sql(
            "UPDATE imports_job SET shape = $2, mapping = $3, rows_total = $4, state = 'uploaded' WHERE id = $1",
            job_id, _json(shape), _json(plan), sum(plan.kinds.values()),
        )  # fmt: skip
        await events.record(actor, "import.read_anew", SUBJECT, job_id, now=now)


async def _open_job(actor: Actor, job_id: UUID) -> Job:
    """The import, locked, whose plan can still be changed."""
    job = await get_job(actor, job_id, lock=True)
    require_import(actor, job.importer)
    if job.state not in _OPEN:
        raise Conflict(_("This import has begun already."), code="flow")
    return job


async def set_mapping(
    actor: Actor,
    job_id: UUID,
    mapping: ColumnMapping,
    answers: Mapping[str, str],
    *,
    look: bool = True,
    now: datetime,
) -> Job:
    """Say which column is which, and answer what the cells leave open; the import as it stands then.

    With `look` as in `bring_file`. Raises NotFound, NotAllowed, Invalid with a sentence by field, Conflict.
    """
    async with db.transaction(actor):
        job = await _open_job(actor, job_id)
        problems = mappings.check_mapping(job.importer.kind, mapping, job.shape.names)
        if problems:
            raise Invalid({one.field: job.importer.explain(one) for one in problems}, code="mapping")
        if job.state == ImportState.MAPPED and (mapping, answers) == (job.plan.mapping, job.plan.answers):
            return job
        content = await content_of(actor, job_id)
        plan = replace(job.plan, mapping=mapping, answers=dict(answers))
        if mapping != job.plan.mapping:
            plan = await asyncio.to_thread(study_file, job.importer.kind, job.shape, plan, content)
        if look:
            plan = await _try(actor, job.importer, job.shape, plan, content, job.source_system)
        await db.sql("UPDATE imports_job SET mapping = $2, state = 'mapped' WHERE id = $1", job_id, _json(plan))
        await events.record(actor, "import.mapped", SUBJECT, job_id, now=now)
        return await get_job(actor, job_id)


async def save_mapping(
    actor: Actor, kind: str, name: str, mapping: ColumnMapping, answers: Mapping[str, str], *, now: datetime
) -> None:
    """Keep a mapping under a name for the next file; the same name is written over. Raises NotAllowed, Invalid."""
    importer = _importer(kind)
    require_import(actor, importer)
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise Invalid({"save_as": _("Give the mapping a short name.")})
    kept = json.dumps({"mapping": mapping.to_json(), "answers": dict(answers)})
    async with db.transaction(actor):
        await db.sql(
            "INSERT INTO imports_saved_mapping (id, kind, name, mapping, created_by, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, name) DO UPDATE SET mapping = excluded.mapping,"
            " created_by = excluded.created_by, created_at = excluded.created_at",
            new_id(), kind, name, kept, actor.membership_id, now,
        )  # fmt: skip
        await events.record(
            actor, "import.mapping_saved", "import_mapping", new_id(), now=now, changes={"name": [None, name]}
        )


async def use_saved(actor: Actor, job_id: UUID, name: str, *, now: datetime) -> Job:
    """Map the columns as somebody saved it, as far as this file has them.

    Raises NotFound, NotAllowed, Invalid for what the file lacks, Conflict.
    """
    async with db.transaction(actor):
        job = await _open_job(actor, job_id)
        saved = await find_saved(actor, job.importer.kind.name, name)
        if saved is None:
            raise Invalid({"saved": _("There is no mapping of this name.")})
        return await set_mapping(actor, job_id, usable(saved.mapping, job.shape.names), saved.answers, now=now)


async def start(actor: Actor, job_id: UUID, *, now: datetime, in_background: bool = True) -> None:
    """Begin; in the background, unless the caller runs it.

    Raises NotFound, NotAllowed, Invalid for what is still open, Conflict.
    """
    async with db.transaction(actor):
        job = await _open_job(actor, job_id)
        _require_ready(job)
        await db.sql("UPDATE imports_job SET state = 'running', started_at = $2 WHERE id = $1", job_id, now)
        await events.record(actor, "import.started", SUBJECT, job_id, now=now)
        if in_background:
            await jobs.enqueue(RUN, job_id)


def _require_ready(job: Job) -> None:
    kind = job.importer.kind
    problems = mappings.check_mapping(kind, job.plan.mapping, job.shape.names)
    if problems:
        raise Invalid({one.field: job.importer.explain(one) for one in problems}, code="mapping")
    if job.plan.study.open_questions(job.plan.answers):
        raise Invalid({"": _("Answer what is asked about the columns first.")}, code="questions")
    if not job.plan.data_rows:
        raise Invalid({"": _("The file has headings, but no rows.")}, code="no_rows")


async def resume(actor: Actor, job_id: UUID, *, now: datetime) -> None:
    """Let an import that stopped go on as this actor; rows that are through are not taken again.

    Raises NotFound, NotAllowed, Conflict.
    """
    async with db.transaction(actor):
        job = await get_job(actor, job_id, lock=True)
        require_import(actor, job.importer)
        if job.state not in (ImportState.RUNNING, ImportState.FAILED):
            raise Conflict(_("This import does not stand still."), code="flow")
        await db.sql("UPDATE imports_job SET state = 'running', problem = '', finished_at = NULL WHERE id = $1", job_id)
        await events.record(actor, "import.resumed", SUBJECT, job_id, now=now)
        await jobs.enqueue(RUN, job_id)


async def receipts(kind: str, source_system: str, source_ids: Sequence[str]) -> dict[str, UUID]:
    """Which of our records these rows of another system became, on the open unit."""
    rows = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3)",
        kind, source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: row["target_id"] for row in rows}
