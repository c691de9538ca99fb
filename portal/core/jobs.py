"""Jobs: queued in the transaction of the change, run by pgqueuer in the web process or a worker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule
from pgqueuer.queries import Queries

from portal.core import db

REACT: Final = "react"
MOST_ATTEMPTS: Final = 8
"""A job that failed this often, about four minutes in all, is held for a person to look at."""
_LOOKS_EVERY: Final = timedelta(seconds=5)
"""How often the queue is looked at without being told: a job that failed is queued again silently."""
_LOG: Final = structlog.get_logger()
_HANDLERS: Final[dict[str, Callable[[UUID], Awaitable[None]]]] = {}
_SCHEDULES: Final[list[tuple[str, str, Callable[[], Awaitable[None]]]]] = []


def handles(entrypoint: str) -> Callable[[Callable[[UUID], Awaitable[None]]], Callable[[UUID], Awaitable[None]]]:
    """Have the function run for each job of this name; it gets the job's one id and must bear running twice."""

    def register(handler: Callable[[UUID], Awaitable[None]]) -> Callable[[UUID], Awaitable[None]]:
        _HANDLERS[entrypoint] = handler
        return handler

    return register


def handler_of(entrypoint: str) -> Callable[[UUID], Awaitable[None]]:
    """The function that runs these jobs."""
    return _HANDLERS[entrypoint]


def scheduled(name: str, cron: str) -> Callable[[Callable[[], Awaitable[None]]], Callable[[], Awaitable[None]]]:
    """Have the function run on a cron expression; it must bear running twice or late."""

    def register(handler: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        _SCHEDULES.append((name, cron, handler))
        return handler

    return register


async def enqueue(entrypoint: str, subject: UUID, *, after_seconds: float = 0) -> None:
    """Queue a job on the open unit: it exists if and only if the change is committed."""
    queries = Queries(AsyncpgDriver(db.open_unit().connection))
    wait = timedelta(seconds=after_seconds) if after_seconds else None
    await queries.enqueue(entrypoint, subject.bytes, execute_after=wait)


def _runner(connection: Any) -> PgQueuer:
    """A pgqueuer with all registered handlers; each runs in a fresh unit of its own."""
    queue = PgQueuer(AsyncpgDriver(connection))
    for name, handler in _HANDLERS.items():
        _add_handler(queue, name, handler)
    for name, cron, timer in _SCHEDULES:
        _add_schedule(queue, name, cron, timer)
    return queue


def _add_handler(queue: PgQueuer, name: str, handler: Callable[[UUID], Awaitable[None]]) -> None:
    @queue.entrypoint(name, on_failure="hold")
    async def run(job: Job) -> None:
        subject = UUID(bytes=job.payload or b"")
        async with db.detached():
            try:
                await handler(subject)
            except Exception as error:
                _LOG.exception("job failed", job=name, subject=str(subject), attempt=job.attempts)
                if job.attempts >= MOST_ATTEMPTS:
                    raise
                raise RetryRequested(timedelta(seconds=2**job.attempts)) from error


def _add_schedule(queue: PgQueuer, name: str, cron: str, timer: Callable[[], Awaitable[None]]) -> None:
    @queue.schedule(name, cron)
    async def run(_schedule: Schedule) -> None:
        async with db.detached():
            await timer()


@contextlib.asynccontextmanager
async def running(url: str) -> AsyncIterator[None]:
    """Work through the queue in the background until the block ends; reconnects when the database went away."""
    stop = asyncio.Event()
    task = asyncio.create_task(_keep_running(url, stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_running(url: str, stop: asyncio.Event) -> None:
    wait = 0.5
    while not stop.is_set():
        connection = None
        try:
            connection = await asyncpg.connect(url, server_settings={"role": "tributary_worker"})
            wait = 0.5
            await _runner(connection).run(dequeue_timeout=_LOOKS_EVERY)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ExceptionGroup) as error:
            _LOG.warning("jobs paused", reason=type(error).__name__)
        finally:
            if connection is not None:
                connection.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
        wait = min(wait * 2, 30)


async def drain(url: str) -> None:
    """Run what is queued now, and what that queues, then return: for the demo, the command line and tests."""
    from pgqueuer.types import QueueExecutionMode  # noqa: PLC0415 -- only here

    connection = await asyncpg.connect(url, server_settings={"role": "tributary_worker"})
    try:
        await _runner(connection).qm.run(mode=QueueExecutionMode.drain, dequeue_timeout=timedelta(seconds=0.1))
    finally:
        await connection.close()
