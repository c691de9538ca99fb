"""An import on the command line: the same steps as in the browser, in lines of text and an exit code."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Invalid, NotAllowed
from portal.core.formats import number
from portal.core.permissions import Permission
from portal.identity.sessions import find_actor
from portal.imports import messages, queries, reports, running, screens, service
from portal.imports.mapping import ColumnMapping
from portal.imports.plans import usable
from portal.imports.queries import Job
from portal.imports.registry import all_importers
from portal.imports.schemas import FILE, TypedPlan
from portal.imports.states import ImportState, RowOutcome

FINE, REFUSED, UNUSABLE, QUESTIONS, UNMAPPED = 0, 1, 2, 4, 5
"""Exit codes: all rows are in; some were refused; file, name or person cannot be used; something is asked; a required
field has no column. With the last three nothing was kept."""
SHOWN: Final = 20
"""Refused rows that are printed; all of them are in the file beside."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    kind: str
    file: Path
    source: str
    dry_run: bool = False
    saved: str = ""
    """The name of a saved mapping."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column by field, over what was guessed or saved."""
    values: Mapping[str, str] = field(default_factory=dict)
    """One value for all rows, by field."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """By field; `file` for the currency of the whole file."""
    email: str = ""
    """As whom; empty for the system itself."""

    @property
    def refused_file(self) -> Path:
        """Where the refused rows go."""
        return self.file.with_name(f"{self.file.name}.refused.csv")


class _Stop(Exception):
    """Leaves the unit of work so that nothing is kept."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


async def import_file(options: Options, *, say: Say, progress: running.Progress | None = None) -> int:
    """Take in a file and say what became of it; the exit code.

    An import of the very same file that was interrupted goes on. A dry run keeps nothing but the file of refused rows.
    """
    try:
        async with contextlib.AsyncExitStack() as stack:
            if options.dry_run:
                await stack.enter_async_context(db.rehearsal())
            return await _import(options, say, progress)
    except _Stop as stop:
        return stop.code
    except Invalid as refusal:
        for name, sentence in refusal.errors.items():
            say(f"{name}: {sentence}" if name else sentence)
        return UNMAPPED if refusal.code == "mapping" else UNUSABLE
    except NotAllowed as refusal:
        say(refusal.message)
        return UNUSABLE


async def _import(options: Options, say: Say, progress: running.Progress | None) -> int:
    actor = await _actor(options, say)
    kinds = [one.kind.name for one in all_importers()]
    if options.kind not in kinds:
        say(f"There is no import of {options.kind}. There are: {', '.join(kinds)}.")
        raise _Stop(UNUSABLE)
    content = options.file.read_bytes()
    digest = service.hash_of(content)
    job = await queries.find_unfinished(actor, options.kind, options.source.strip(), digest)
    if job:
        say(f"This import was interrupted after row {number(job.rows_done)}. It goes on.")
    else:
        job = await _begin(actor, options, content, say)
    await running.run(actor, job.id, progress=progress)
    return await _tell(actor, options, await queries.get_job(actor, job.id), say)


async def _actor(options: Options, say: Say) -> Actor:
    """Whose rights count. Raises _Stop for nobody, NotAllowed for who may not import."""
    actor = await find_actor(options.email, clock.now()) if options.email else SYSTEM
    if actor is None:
        say(f"Nobody who may sign in has the address {options.email}.")
        raise _Stop(UNUSABLE)
    actor.require(Permission.IMPORTS_WRITE)
    return actor


async def _begin(actor: Actor, options: Options, content: bytes, say: Say) -> Job:
    """Bring the file, map it and start it, in one transaction: where something is open, nothing of it is kept."""
    now = clock.now()
    async with db.transaction(actor):
        job_id = await service.bring_file(
            actor, options.kind, options.file.name, content, source_system=options.source, look=False, now=now
        )
        job = await queries.get_job(actor, job_id)
        mapping, answers = await _wanted(actor, options, job)
        _describe(job, TypedPlan(mapping, answers), say)
        job = await service.set_mapping(actor, job_id, mapping, answers, look=False, now=now)
        _ask(job, say)
        await service.start(actor, job_id, now=now, in_background=False)
        return await queries.get_job(actor, job_id)


async def _wanted(actor: Actor, options: Options, job: Job) -> tuple[ColumnMapping, dict[str, str]]:
    """The mapping: saved or guessed, and over it what was said on the command line. Raises Invalid."""
    mapping, answers = job.plan.mapping, {}
    if options.saved:
        saved = await queries.find_saved(actor, options.kind, options.saved)
        if saved is None:
            raise Invalid({"mapping": f"There is no saved mapping {options.saved} of {options.kind}."})
        mapping, answers = usable(saved.mapping, job.shape.names), dict(saved.answers)
    columns = {**mapping.columns, **options.columns}
    constants = {**mapping.constants, **options.values}
    columns = {name: column for name, column in columns.items() if name not in constants or name in options.columns}
    answers |= {("*" if name == FILE else name): value for name, value in options.answers.items()}
    return ColumnMapping(columns, constants), answers


def _describe(job: Job, wanted: TypedPlan, say: Say) -> None:
    """How the file was read, and which column brings what and why."""
    say(
        f"{job.file_name}: "
        + ", ".join(f"{label.lower()} {value}" for label, value, _why in screens.reading_words(job))
    )
    say(
        f"{number(job.rows_total)} rows: "
        + ", ".join(f"{label.lower()} {count}" for label, count in screens.row_kinds(job))
    )
    screen = screens.plan_screen(job, wanted)
    width = max(len(line.name) for line in screen.lines)
    for line in screen.lines:
        brought = f"= {line.constant}" if line.constant else f"< {line.column}" if line.column else "nothing brings it"
        why = line.reason or ("required" if line.is_missing else "as you said")
        say(f"  {line.name:<{width}}  {brought:<28.28}  {why:<34}  {' | '.join(line.samples[:2])[:50]}".rstrip())
    if screen.unused:
        say(f"  not used: {', '.join(screen.unused)}")


def _ask(job: Job, say: Say) -> None:
    """Print what is open. Raises _Stop when anything is."""
    questions = job.plan.study.open_questions(job.plan.answers)
    for one in questions:
        name = one.field or FILE
        say(f"{messages.ask(one.code, one.column)} For example: {', '.join(one.samples)}")
        for option in one.options:
            reads = f"  ({one.samples[0]} is {option.reads})" if option.reads else ""
            say(f"  --answer {name}={option.value}  {messages.label(option.value)}{reads}")
        if not one.options:
            say(f"  --answer {name}=EUR, or another currency")
    if questions:
        raise _Stop(QUESTIONS)


async def _tell(actor: Actor, options: Options, job: Job, say: Say) -> int:
    """The counts, and the refused rows with their reasons, the first of them here and all in a file."""
    for line in screens.count_lines(job):
        say(f"{number(line.count):>10}  {line.label.lower()}")
    if options.dry_run:
        say("Dry run: nothing was kept.")
    elif job.state != ImportState.DONE:
        return REFUSED
    if not job.refused:
        return FINE
    await _write_refused(actor, options.refused_file, job)
    shown = await queries.list_rows(actor, job, RowOutcome.REFUSED, most=SHOWN)
    for row in shown:
        say(f"row {row.number}: {' '.join(screens.explain_in(job, problem) for problem in row.problems)}")
    rest = job.refused - len(shown)
    say(f"{f'And {number(rest)} more. ' if rest else ''}All refused rows are in {options.refused_file}.")
    return REFUSED


async def _write_refused(actor: Actor, path: Path, job: Job) -> None:
    lines: Sequence[str] = [line async for line in reports.refused_lines(actor, job)]
    await asyncio.to_thread(path.write_text, "".join(lines), encoding="utf-8-sig", newline="")
