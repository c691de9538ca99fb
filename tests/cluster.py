"""One throw-away PostgreSQL per test run, shared by its workers, with databases for whoever asks."""

import asyncio
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from portal.core.postgres import PostgresError, embedded
from portal.core.postgres.locks import is_free
from portal.core.postgres.places import locks_of

Result = TypeVar("Result")

PREFIX: Final = f"tributary-test-{os.getuid()}-"
TEMPLATE: Final = "migrated_template"
TEMPLATE_LOCK: Final = 5_140_077_263
"""Any number, the same for all workers."""

_dsn: str | None = None


@contextmanager
def running() -> Iterator[str]:
    """Runs the cluster while the block runs; yields its own database's address. The last worker removes it.

    Blocks may stand within each other: the cluster runs until the outer one ends.
    """
    global _dsn  # noqa: PLW0603 -- one cluster per process, known to the functions below
    outer = _dsn
    data_dir = Path(tempfile.gettempdir(), PREFIX + _run_id())
    shared = embedded(data_dir, fsync=False)
    with _entrance():
        _sweep()
        _dsn = shared.__enter__()
    try:
        yield _dsn
    finally:
        _dsn = outer
        with _entrance():
            shared.__exit__(None, None, None)
            if is_free(locks_of(data_dir).users):
                _remove(data_dir)


def create_database(template: str | None = None) -> str:
    """The address of a new database: a copy of `template` (a database's name), else an empty one."""
    name = f"test_{uuid4().hex}"
    _run(_execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
    return _address(name)


def drop_database(url: str) -> None:
    """Drops the database at this address, whoever is still connected to it."""
    _run(_drop(urlsplit(url).path[1:]))


def migrated_template(migrate: Callable[[str], Awaitable[object]]) -> str:
    """The name of a database that `migrate` was run on: by one worker, while the others wait."""
    return _run(_migrated_template(migrate))


async def _migrated_template(migrate: Callable[[str], Awaitable[object]]) -> str:
    connection = await asyncpg.connect(_address())
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", TEMPLATE):
            half = f"half_{uuid4().hex}"  # gets its name when it is whole: a killed worker leaves no half template
            await connection.execute(f"CREATE DATABASE {half}")
            await migrate(_address(half))
            await connection.execute(f"ALTER DATABASE {half} RENAME TO {TEMPLATE}")
    finally:
        await connection.close()
    return TEMPLATE


async def _drop(name: str) -> None:
    connection = await asyncpg.connect(_address())
    try:
        if await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            # Not WITH (FORCE): that is refused while the server's own vacuum works in it, which a plain drop sends away.
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = $1 AND backend_type = 'client backend'",
                name,
            )
            await connection.execute(f"DROP DATABASE {name}")
    finally:
        await connection.close()


async def _execute(statement: str) -> None:
    connection = await asyncpg.connect(_address())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _address(database: str | None = None) -> str:
    if _dsn is None:
        message = "the cluster runs only inside `with running()`"
        raise RuntimeError(message)
    return _dsn if database is None else urlsplit(_dsn)._replace(path=f"/{database}").geturl()


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs it on a thread of its own, so that it does not matter whether an event loop runs here."""
    done: list[Result] = []
    failed: list[BaseException] = []

    def target() -> None:
        try:
            done.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 -- raised again below, in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def _run_id() -> str:
    """The same for all workers of one run, and for no other run."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}-{uuid4().hex[:8]}"


@contextmanager
def _entrance() -> Iterator[None]:
    """Only one comes, goes or cleans at a time, over all runs: a directory is never removed under a newcomer."""
    with Path(tempfile.gettempdir(), f"{PREFIX}entrance.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """Stops and removes what killed runs left."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/"):
        if is_free(locks_of(left).users):
            with suppress(PostgresError), embedded(left, fsync=False):
                pass
            _remove(left)


def _remove(data_dir: Path) -> None:
    shutil.rmtree((data_dir / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)
