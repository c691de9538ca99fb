"""Jobs and the pool outlive a restart of the database, without a restart of ours."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import asyncpg
import psutil
import pytest
import pytest_asyncio

from portal.core import db, jobs
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.migrate import migrate
from portal.core.postgres import embedded
from tests.portal.core.test_postgres import postmaster, short_dir

T = TypeVar("T")
SECONDS = 60
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """What the test's own job has been run for."""
    seen: list[UUID] = []

    async def note(subject: UUID) -> None:
        async with db.transaction(SYSTEM):
            assert await db.sql_value("SELECT current_user") == "tributary_worker"
        seen.append(subject)

    monkeypatch.setattr(jobs, "_HANDLERS", {"note": note})
    monkeypatch.setattr(jobs, "_SCHEDULES", [])
    return seen


class House:
    """A database of the test's own that can be restarted under its users."""

    def __init__(self, url: str, process: Callable[[], psutil.Process | None]) -> None:
        self.url, self._process = url, process

    async def restart(self, *, kill: bool) -> None:
        """End the server, orderly or not; whoever uses it starts it again."""
        old = self._process()
        assert old is not None
        old.send_signal(signal.SIGKILL if kill else signal.SIGINT)
        await until(lambda: answered(self._is_another(old)), "the server is back")

    async def _is_another(self, old: psutil.Process) -> bool:
        new = self._process()
        return new is not None and new.pid != old.pid


async def answered(asked: Awaitable[T]) -> T | None:
    """The answer, or None while the database is away."""
    with contextlib.suppress(*AWAY):
        return await asked
    return None


async def until(holds: Callable[[], Awaitable[T | None]], what: str) -> T:
    """The first answer that is one."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := await holds():
            return found
        await asyncio.sleep(0.05)
    pytest.fail(f"waited {SECONDS} s: {what}")


@pytest_asyncio.fixture(loop_scope="session")
async def house(pool: str) -> AsyncIterator[House]:
    """The pool on a server of the test's own."""
    await db.disconnect()
    with short_dir() as made, embedded(made / "data", fsync=False) as url:
        await migrate(url)
        await db.connect(url)
        try:
            yield House(url, lambda: postmaster(made / "data"))
        finally:
            await db.disconnect()
            await db.connect(pool)


async def queue_one() -> UUID:
    """Queue a job; its subject."""
    subject = new_id()
    async with db.transaction(SYSTEM):
        await jobs.enqueue("note", subject)
    return subject


async def has(ran: list[UUID], subject: UUID) -> bool:
    return subject in ran


@pytest.mark.slow
@pytest.mark.security
async def test_jobs_and_pool_outlive_the_database(house: House, ran: list[UUID]) -> None:
    left_behind = await queue_one()
    await house.restart(kill=False)
    async with jobs.running(house.url):
        await until(lambda: has(ran, left_behind), "what was queued before the restart runs after it")
        await house.restart(kill=True)
        after = await until(lambda: answered(queue_one()), "the pool gives working connections again")
        await until(lambda: has(ran, after), "the same runner goes on")
    assert set(ran) == {left_behind, after}, "nothing is lost; one whose end could not be noted may run twice"


async def test_a_job_exists_if_and_only_if_the_change_does(own_db: str, ran: list[UUID]) -> None:
    kept = await queue_one()

    async def queue_and_fail() -> None:
        async with db.transaction(SYSTEM):
            await jobs.enqueue("note", new_id())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await queue_and_fail()
    await jobs.drain(own_db)
    assert ran == [kept]


async def test_a_job_for_later_waits(own_db: str, ran: list[UUID]) -> None:
    async with db.transaction(SYSTEM):
        await jobs.enqueue("note", new_id(), after_seconds=3600)
    async with jobs.running(own_db):
        now = await queue_one()
        await until(lambda: has(ran, now), "what is due runs")
    assert ran == [now]


@pytest.mark.usefixtures("own_db")
async def test_a_running_job_is_no_part_of_the_unit_that_queued_it(ran: list[UUID], own_db: str) -> None:
    async with jobs.running(own_db):
        async with db.transaction(SYSTEM):
            await jobs.enqueue("note", new_id())
            await asyncio.sleep(0.2)
            assert ran == []
        await until(lambda: answered(_any(ran)), "it runs after the commit")


async def _any(ran: list[UUID]) -> bool:
    return bool(ran)
