"""Carrying out a run: freeze, reckon in a process of its own, store, seal. It bears being killed and done again."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attribution.credits import freezing, store, storing
from attribution.credits.freezing import Unfreezable
from attribution.credits.queries import RunView, get_run
from attribution.credits.reckoning import EXIT_REFUSED, RESULT, Task
from attribution.credits.rules import FLOW, OPEN, Dimension, RunState, Step
from attribution.credits.storing import SUBJECT, outputs_hash
from portal import __version__
from portal.core import clock, db, events, jobs
from portal.core.actor import SYSTEM
from portal.core.beside import BesideError, run_beside

RUN: Final = "run"
REPRODUCE: Final = "run-again"
BROKEN: Final = "broken"
REFUSED: Final = "refused"
_STEPS: Final = {Dimension.PARTY: Step.PARTY, Dimension.CHANNEL: Step.CHANNEL}

Progress = Callable[[Step, int, int], None]
"""(step, parts done, parts in all)."""


def quiet(_step: Step, _done: int, _total: int) -> None:
    """Tells nobody."""


class Refused(Exception):
    """The engine does not compute this; the message is its sentence."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """Whether reckoning again from the frozen inputs gave the same, and what differs if not."""

    same: bool
    outputs_sha256: str
    differing: tuple[str, ...] = ()


def code_version() -> str:
    """What the bits of a result depend on besides the inputs."""
    return f"{__version__}, numpy {version('numpy')}, arrow {version('pyarrow')}"


@jobs.handles(RUN)
async def run_in_background(run_id: UUID) -> None:
    """Carry it out; what cannot be done is written down, what broke is tried again."""
    try:
        await carry_out(run_id)
    except Exception:
        await _note(run_id, BROKEN)
        raise


@jobs.handles(REPRODUCE)
async def reproduce_in_background(run_id: UUID) -> None:
    """Reckon a sealed run again and write down whether it gave the same."""
    found = await reproduce(run_id)
    now = clock.now()
    facts = {"outputs_sha256": [None, found.outputs_sha256], "differing": [None, ", ".join(found.differing)]}
    async with db.transaction(SYSTEM):
        name = "run.reproduced" if found.same else "run.not_reproduced"
        await events.record(SYSTEM, name, SUBJECT, run_id, now=now, changes=facts)


async def carry_out(run_id: UUID, *, tell: Progress = quiet) -> None:
    """From where it stands to sealed or failed. Nothing happens to a run that is through.

    What was frozen already is reckoned as it was frozen. Raises Unbalanced for a mistake of ours.
    """
    run = await get_run(SYSTEM, run_id)
    if run.state not in OPEN:
        return
    try:
        with store.workshop() as place:
            if run.state is not RunState.COMPUTING:
                await _freeze(run, place, tell)
                run = await get_run(SYSTEM, run_id)
            found = await _reckon(run, place, lambda step, done, total: _told(run.id, tell, step, done, total))
            await _told(run.id, tell, Step.STORING, 0, 1)
            await storing.seal(run.id, run.inputs_sha256, place, found, now=clock.now())
    except Unfreezable as problem:
        await _fail(run_id, problem.code, problem.facts)
    except Refused as problem:
        await _fail(run_id, REFUSED, {"text": str(problem)})
    except store.MissingFile as problem:
        await _fail(run_id, "missing_file", {"text": problem.digest})


async def _freeze(run: RunView, place: Path, tell: Progress) -> None:
    await _move(run.id, "freeze")
    await _told(run.id, tell, Step.TOUCHES, 0, 1)
    frozen = await freezing.freeze(place, run.observed_until, run.currency)
    digest = freezing.inputs_hash(frozen, run.settings.model_dump(mode="json"), run.observed_until)
    async with db.transaction(SYSTEM):
        if not await _move(run.id, "compute"):
            return
        await db.sql(
            "UPDATE attribution_run SET touches_sha256 = $2, events_sha256 = $3, inputs_sha256 = $4, value_minor = $5,"
            " lost_minor = $6, touchpoint_seq = $7, revenue_seq = $8, decision_seq = $9, code_version = $10,"
            " counts = $11 WHERE id = $1",
            run.id, frozen.touches_sha256, frozen.events_sha256, digest, frozen.value_minor, frozen.lost_minor,
            frozen.touchpoint_seq, frozen.revenue_seq, frozen.decision_seq, code_version(),
            json.dumps({"touches": frozen.touches}),
        )  # fmt: skip


async def _move(run_id: UUID, verb: str) -> bool:
    """What `FLOW` allows, with its event; False where another job has gone on with the run meanwhile."""
    move = FLOW.moves[verb]
    async with db.transaction(SYSTEM):
        moved = await db.sql(
            "UPDATE attribution_run SET state = $2 WHERE id = $1 AND state = any($3::text[]) RETURNING id",
            run_id, move.target, [state.value for state in move.sources],
        )  # fmt: skip
        if moved:
            await events.record(SYSTEM, move.event, SUBJECT, run_id, now=clock.now())
    return bool(moved)


async def _told(run_id: UUID, tell: Progress, step: Step, done: int, total: int) -> None:
    """Write down how far it is, for the page, and say it."""
    tell(step, done, total)
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE attribution_run SET step = $2, done = $3, total = $4 WHERE id = $1 AND state = any($5::text[])",
            run_id, step, done, total, [state.value for state in OPEN],
        )  # fmt: skip


async def _reckon(run: RunView, place: Path, tell: Callable[[Step, int, int], Any]) -> dict[str, Any]:
    """Have another process reckon the frozen files into the folder. Raises Refused, MissingFile."""
    touches = await asyncio.to_thread(store.find, run.touches_sha256)
    frozen_events = await asyncio.to_thread(store.find, run.events_sha256)
    task = Task(touches, frozen_events, place, run.settings, _micros(run.observed_until))

    async def hears(line: str) -> None:
        dimension, done, total = line.split()
        await tell(_STEPS[Dimension(dimension)], int(done), int(total))

    try:
        await run_beside("attribution.credits.reckoning", task.to_json(), hears=hears)
    except BesideError as error:
        if error.code == EXIT_REFUSED:
            raise Refused(str(error).strip()) from error
        raise
    found: dict[str, Any] = json.loads((place / RESULT).read_text(encoding="utf-8"))
    return found


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


async def reproduce(run_id: UUID, *, tell: Progress = quiet) -> Reproduced:
    """Reckon a sealed run again from its frozen inputs, and compare every file by its hash.

    Raises NotFound, Refused, MissingFile; ValueError unless the run is sealed.
    """
    run = await get_run(SYSTEM, run_id)
    if run.state is not RunState.SEALED:
        message = f"{run.number} is not sealed"
        raise ValueError(message)

    async def told(step: Step, done: int, total: int) -> None:
        tell(step, done, total)

    with store.workshop() as place:
        found = await _reckon(run, place, told)
    digest = outputs_hash(found["files"])
    stored = {"party": run.party_sha256, "channel": run.channel_sha256}
    differing = tuple(name for name, before in stored.items() if found["files"][f"{name}.parquet"] != before)
    same = digest == run.outputs_sha256
    return Reproduced(same, digest, differing or (() if same else ("sums",)))


async def _fail(run_id: UUID, code: str, facts: dict[str, str]) -> None:
    now = clock.now()
    async with db.transaction(SYSTEM):
        if await _move(run_id, "fail"):
            await db.sql(
                "UPDATE attribution_run SET failed_at = $2, failure = $3 WHERE id = $1",
                run_id, now, json.dumps({"code": code, **facts}),
            )  # fmt: skip


async def _note(run_id: UUID, code: str) -> None:
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE attribution_run SET failure = $2 WHERE id = $1 AND state = any($3::text[])",
            run_id, json.dumps({"code": code}), [state.value for state in OPEN],
        )  # fmt: skip
