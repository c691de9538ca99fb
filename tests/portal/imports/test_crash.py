"""An import survives kill -9 and company: real processes on a database of their own, compared with a quiet run."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from partners.customers import importing as accounts
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.permissions import Role, Side
from portal.imports import queries, service
from portal.imports.states import ImportState
from tests import make
from tests.make import NOON
from tests.standalone import database

REGISTERED = accounts.IMPORTER

ROOT: Final = Path(__file__).parents[3]
ROWS: Final = 2_500
REFUSED: Final = range(0, ROWS, 40)
REPEATED: Final = range(601, ROWS, 270)
"""Rows with the id of one that came 600 rows, and several chunks, before."""
BAD: Final = len({*REFUSED, *REPEATED})
RUNNER: Final = """
import asyncio, sys
from uuid import UUID
from partners.companies import affiliation
from partners.customers import importing
from portal.core import clock, db
from portal.identity.sessions import actor_of
from portal.imports import running

async def main(url, member, job):
    running.CHUNK = 100
    await db.connect(url, pool_size=2)
    actor = await actor_of(UUID(member), clock.now())
    await running.run(actor, UUID(job), progress=lambda done, total: print(done, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


def content() -> bytes:
    lines = [
        f"A-{n - 600 if n in REPEATED else n},Account {n},{'Narnia' if n in REFUSED else 'DE'},Ulm" for n in range(ROWS)
    ]
    return "\n".join(["Account ID,Company,Country,City", *lines]).encode()


async def started(actor: Actor, system: str) -> UUID:
    job_id = await service.bring_file(actor, "accounts", "a.csv", content(), source_system=system, now=NOON)
    await service.start(actor, job_id, now=NOON, in_background=False)
    return job_id


async def process(url: str, actor: Actor, job_id: UUID) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUNNER, url, str(actor.membership_id), str(job_id), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def end_state(actor: Actor, job_id: UUID, system: str) -> dict[str, Any]:
    """All that an import leaves, without ids and times."""
    job = await queries.get_job(actor, job_id)
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT number, outcome, problems, raw FROM imports_row WHERE job = $1 ORDER BY number, id", job_id
        )
        found = await db.sql(
            "SELECT r.source_id, a.legal_name, a.country, a.city, r.content_sha256 FROM imports_source_receipt r"
            " JOIN partners_account a ON a.id = r.target_id WHERE r.source_system = $1 ORDER BY r.source_id",
            system,
        )
        told = await db.sql_value(
            "SELECT count(*) FROM core_event WHERE subject_id = $1 AND name = 'accounts.imported'", job_id
        )
    return {
        "state": (job.state, job.rows_done, job.rows_total, dict(job.counts), told),
        "rows": [tuple(row.values()) for row in rows],
        "accounts": [tuple(row.values()) for row in found],
    }


@pytest.mark.slow
async def test_killed_at_any_point_it_ends_as_an_undisturbed_run(fresh_url: str) -> None:
    async with database(fresh_url):
        actor = await make.person("Vera Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
        quiet = await started(actor, "quiet")
        await service.run(actor, quiet)
        expected = await end_state(actor, quiet, "quiet")
        assert expected["state"] == (
            ImportState.DONE, ROWS + 1, ROWS + 1,
            {"imported": ROWS - BAD, "refused": BAD, "not_data": 1}, 1,
        )  # fmt: skip
        job_id = await started(actor, "loud")
        kills, seed = 0, random.Random(7)  # noqa: S311 -- when to kill
        while (await queries.get_job(actor, job_id)).state != ImportState.DONE:
            runner = await process(fresh_url, actor, job_id)
            assert runner.stdout
            for _chunk in range(seed.randint(2, 6)):
                if not await runner.stdout.readline():
                    break
            await asyncio.sleep(seed.random() / 50)
            with contextlib.suppress(ProcessLookupError):
                runner.send_signal(signal.SIGKILL)
                kills += 1
            await runner.communicate()
        assert kills >= 4
        assert await end_state(actor, job_id, "loud") == expected
        async with db.transaction(SYSTEM):
            assert await db.sql_value("SELECT count(*) FROM partners_account") == 2 * (ROWS - BAD)


@pytest.mark.slow
async def test_killed_half_way_it_goes_on_and_ends_as_an_undisturbed_run(fresh_url: str) -> None:
    async with database(fresh_url):
        actor = await make.person("Vera Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
        quiet = await started(actor, "quiet")
        await service.run(actor, quiet)
        job_id = await started(actor, "loud")
        runner = await process(fresh_url, actor, job_id)
        assert runner.stdout
        while int(await runner.stdout.readline()) < ROWS // 2:
            pass
        runner.send_signal(signal.SIGKILL)
        await runner.communicate()
        half = await queries.get_job(actor, job_id)
        assert half.state == ImportState.RUNNING
        assert ROWS // 2 <= half.rows_done < ROWS
        assert half.rows_done == sum(half.counts.values())
        assert await (await process(fresh_url, actor, job_id)).wait() == 0
        assert await end_state(actor, job_id, "loud") == await end_state(actor, quiet, "quiet")


@pytest.mark.slow
async def test_two_runs_at_once_do_no_harm(fresh_url: str) -> None:
    async with database(fresh_url):
        actor = await make.person("Vera Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
        job_id = await started(actor, "crm")
        runners = [await process(fresh_url, actor, job_id) for _number in range(3)]
        codes = [await runner.wait() for runner in runners]
        assert codes == [0, 0, 0]
        state = await end_state(actor, job_id, "crm")
        assert state["state"][:3] == (ImportState.DONE, ROWS + 1, ROWS + 1)
        assert Counter(row[0] for row in state["rows"]) == Counter(range(1, ROWS + 2))
        assert len(state["accounts"]) == ROWS - BAD
