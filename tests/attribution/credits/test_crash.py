"""A run survives kill -9 at any point: carried out again it gives what an undisturbed one gives, once."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from attribution.credits import queries, running, service
from attribution.credits.queries import RunView
from attribution.credits.rules import RunState
from portal.core import db, jobs
from portal.core.actor import SYSTEM
from tests import make
from tests.attribution.credits import world
from tests.make import NOON
from tests.standalone import database

ROOT: Final = Path(__file__).parents[3]
RUNNER: Final = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from attribution.credits import running, store
from portal.core import db

async def main(url, folder, run):
    store.use_folder(Path(folder))
    await db.connect(url, pool_size=2)
    await running.carry_out(UUID(run), tell=lambda step, done, total: print(step, done, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


async def started(url: str, folder: Path, run_id: UUID) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUNNER, url, str(folder), str(run_id), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def asked() -> UUID:
    return await service.request_run(SYSTEM, now=NOON, observed_until=NOON, in_background=False)


async def rows_of(run: RunView) -> tuple[int, ...]:
    tables = ("sum", "effect", "credit")
    async with db.transaction(SYSTEM):
        counts = [
            await db.sql_value(f"SELECT count(*) FROM attribution_run_{name} WHERE run = $1", run.id) for name in tables
        ]
    return tuple(counts)


@pytest.mark.slow
async def test_killed_at_any_point_it_ends_as_an_undisturbed_run(fresh_url: str, tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)
    async with database(fresh_url):
        await world.story(await make.cast())
        quiet_id = await asked()
        await running.carry_out(quiet_id)
        quiet = await queries.get_run(SYSTEM, quiet_id)
        loud_id, kills, seed = await asked(), 0, random.Random(5)  # noqa: S311 -- when to kill
        steps: set[str] = set()
        while (loud := await queries.get_run(SYSTEM, loud_id)).state is not RunState.SEALED:
            runner = await started(fresh_url, tmp_path, loud_id)
            assert runner.stdout
            for _line in range(min(kills + 1, 12)):
                if not (line := await runner.stdout.readline()):
                    break
                steps.add(line.decode().split()[0])
            await asyncio.sleep(seed.random() / 100)
            with contextlib.suppress(ProcessLookupError):
                runner.send_signal(signal.SIGKILL)
                kills += 1
            await runner.communicate()
            assert kills < 40
        assert kills >= 4
        assert {"touches", "party"} <= steps
        assert (loud.inputs_sha256, loud.outputs_sha256) == (quiet.inputs_sha256, quiet.outputs_sha256)
        assert await rows_of(loud) == await rows_of(quiet)
        async with db.transaction(SYSTEM):
            sealed = await db.sql_value(
                "SELECT count(*) FROM core_event WHERE subject_id = $1 AND name = 'run.sealed'", loud_id
            )
        assert sealed == 1


@pytest.mark.slow
async def test_two_jobs_for_one_run_seal_it_once(fresh_url: str, tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)
    async with database(fresh_url):
        await world.story(await make.cast())
        run_id = await asked()
        await asyncio.gather(running.carry_out(run_id), running.carry_out(run_id))
        run = await queries.get_run(SYSTEM, run_id)
        assert run.state is RunState.SEALED
        async with db.transaction(SYSTEM):
            names = await db.sql("SELECT name FROM core_event WHERE subject_id = $1 ORDER BY seq", run_id)
        assert [row["name"] for row in names].count("run.sealed") == 1
        assert (await running.reproduce(run_id)).same


@pytest.mark.slow
async def test_it_is_carried_out_and_reproduced_by_the_queue(fresh_url: str, tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)
    async with database(fresh_url):
        cast = await make.cast()
        await world.story(cast)
        run_id = await service.request_run(cast.faye, now=NOON)
        await jobs.drain(fresh_url)
        assert (await queries.get_run(SYSTEM, run_id)).state is RunState.SEALED
        await service.request_reproduction(cast.vera, run_id, now=NOON)
        await jobs.drain(fresh_url)
        async with db.transaction(SYSTEM):
            names = await db.sql("SELECT name FROM core_event WHERE subject_id = $1 ORDER BY seq", run_id)
        assert [row["name"] for row in names] == [
            "run.requested", "run.begun", "run.frozen", "run.sealed", "run.reproduction_requested", "run.reproduced",
        ]  # fmt: skip
