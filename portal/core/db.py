"""The database: one pool, and units of work that run as the actor's database role."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from portal.core.actor import Actor
from portal.core.permissions import Side
from portal.core.questions import Question, beside

AUTH_ROLE: Final = "tributary_auth"
POOL_SIZE: Final = 10
GLANCES: Final = 2
ACQUIRE_SECONDS: Final = 5.0
WEB_SECONDS: Final = 5
"""How long one statement of a web request may take; jobs have no limit."""


class _Connection(asyncpg.Connection):
    """A pooled connection. All that a unit sets is LOCAL, so nothing needs a reset between units."""

    def get_reset_query(self) -> str:
        return ""


@dataclass
class _Unit:
    """The open unit of work; Piccolo looks only at `connection`."""

    connection: Any
    role: str
    actor: Actor | None
    savepoints: int = field(default=0)
    end: Callable[[], Awaitable[None]] | None = None
    """Commits and gives the connection back early; a unit that may change something has none."""
    ended: bool = False


class _Engine(PostgresEngine):
    """Piccolo's engine, which connects when told and runs nothing outside a unit of work."""

    migrating = False
    held: Any = None
    """The one connection of a rehearsal; None otherwise."""
    glances: Any = None
    """A second pool, whose connections are the authentication role for good and only read (`glance`)."""

    async def check_version(self) -> None:
        """Piccolo would connect at import; `connect` checks the version instead."""

    async def prep_database(self) -> None:
        """Extensions are made by the migrations."""

    async def run_querystring(self, querystring: Any, in_pool: bool = True) -> Any:  # noqa: FBT001, FBT002 -- Piccolo's
        """Run on the open unit; a query outside one would run as nobody in particular."""
        self._require_unit()
        return await super().run_querystring(querystring, in_pool)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: FBT001, FBT002 -- Piccolo's
        """Run on the open unit."""
        self._require_unit()
        return await super().run_ddl(ddl, in_pool)

    def _require_unit(self) -> None:
        if not self.migrating and self.current_transaction.get() is None:
            message = "a query needs `async with transaction(actor)`"
            raise RuntimeError(message)


ENGINE: Final = _Engine(config={})
_UNIT: ContextVar[_Unit | None] = ContextVar("unit", default=None)


async def connect(url: str, *, pool_size: int = POOL_SIZE) -> None:
    """Open the pool. Raises RuntimeError for a server older than PostgreSQL 16."""
    ENGINE.config = {"dsn": url}
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=pool_size,
        connection_class=_Connection,
        command_timeout=None,
        server_settings={"application_name": "tributary", "timezone": "UTC"},
    )
    ENGINE.pool = pool
    ENGINE.glances = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=GLANCES,
        connection_class=_Connection,
        server_settings={
            "application_name": "tributary",
            "timezone": "UTC",
            "role": AUTH_ROLE,
            "default_transaction_read_only": "on",
            "statement_timeout": f"{WEB_SECONDS}s",
        },
    )
    async with pool.acquire() as connection:
        version = connection.get_server_version()
    if version.major < 16:  # noqa: PLR2004 -- the oldest release with the role options we rely on
        await disconnect()
        message = f"PostgreSQL 16 or newer is needed, this is {version.major}"
        raise RuntimeError(message)


async def disconnect() -> None:
    """Close the pools, if there are any."""
    if ENGINE.glances is not None:
        glances, ENGINE.glances = ENGINE.glances, None
        await glances.close()
    if ENGINE.pool is not None:
        pool, ENGINE.pool = ENGINE.pool, None
        await pool.close()


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a unit of work may do besides its role's rights."""

    limit: bool = True
    """Whether its statements have to end within `WEB_SECONDS`."""
    read_only: bool = False
    snapshot: bool = False
    """Whether all its statements see the database as it is at the first."""


def _opening(role: str, actor: Actor | None, kind: _Kind) -> str:
    """One round trip: begin, become the role, and say for whom. Only our own words and UUIDs go in."""
    reads = ",".join(sorted(str(one) for one in actor.reads)) if actor else ""
    acts = str(actor.partner_id) if actor and actor.partner_id else ""
    member = str(actor.membership_id) if actor else ""
    return (
        f"BEGIN; {'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ' if kind.snapshot else ''}"
        f"{'SET TRANSACTION READ ONLY; ' if kind.read_only else ''}"
        f"SET LOCAL ROLE {role}; SET LOCAL statement_timeout = '{WEB_SECONDS if kind.limit else 0}s'; "
        f"SELECT set_config('app.partner_ids', '{{{reads}}}', true), set_config('app.partner_id', '{acts}', true), "
        f"set_config('app.membership_id', '{member}', true)"
    )


@contextlib.asynccontextmanager
async def rehearsal() -> AsyncIterator[None]:
    """Everything until the end of the block happens on one connection and is then undone.

    Units of work become savepoints in it. One at a time: for dry runs on the command line, and for tests.
    """
    pool = _pool()
    connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
    ENGINE.held = connection
    try:
        await connection.execute("BEGIN")
        yield
    finally:
        ENGINE.held = None
        await asyncio.shield(_give_back(pool, connection, done=False))


@contextlib.asynccontextmanager
async def _unit_of_rehearsal(role: str, actor: Actor | None, kind: _Kind) -> AsyncIterator[_Unit]:
    connection = ENGINE.held
    unit = _Unit(connection, role, actor)
    mine, piccolo = _enter(unit)
    # Within a transaction it is too late for a snapshot of its own; nobody else writes into a rehearsal.
    opening = _opening(role, actor, replace(kind, snapshot=False)).replace("BEGIN;", "SAVEPOINT unit;", 1)
    try:
        await connection.execute(opening)
        yield unit
        await connection.execute("SET LOCAL ROLE NONE; RELEASE SAVEPOINT unit")
    except BaseException:
        await connection.execute("ROLLBACK TO SAVEPOINT unit; RELEASE SAVEPOINT unit")
        raise
    finally:
        _leave(mine, piccolo)


def _enter(unit: _Unit) -> tuple[Any, Any]:
    return _UNIT.set(unit), ENGINE.current_transaction.set(cast("PostgresTransaction", unit))


def _leave(mine: Any, piccolo: Any) -> None:
    ENGINE.current_transaction.reset(piccolo)
    _UNIT.reset(mine)


def _pool() -> Any:
    if ENGINE.pool is None:
        message = "the database is not connected"
        raise RuntimeError(message)
    return ENGINE.pool


@contextlib.asynccontextmanager
async def _unit(role: str, actor: Actor | None, kind: _Kind) -> AsyncIterator[_Unit]:
    """A transaction under `role`: committed at the end, rolled back by any exception, always released."""
    if ENGINE.held is not None:
        async with _unit_of_rehearsal(role, actor, kind) as unit:
            yield unit
        return
    pool = _pool()
    connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
    unit = _Unit(connection, role, actor)
    done = False

    async def end() -> None:
        if not unit.ended:
            unit.ended = True
            await asyncio.shield(_give_back(pool, connection, done=False))

    unit.end = end if kind.read_only else None
    mine, piccolo = _enter(unit)
    try:
        await connection.execute(_opening(role, actor, kind))
        yield unit
        if not unit.ended:
            await asyncio.shield(connection.execute("COMMIT"))
            done = True
    finally:
        _leave(mine, piccolo)
        if not unit.ended:
            await asyncio.shield(_give_back(pool, connection, done=done))


async def _give_back(pool: Any, connection: Any, *, done: bool) -> None:
    """Return the connection clean; one that cannot roll back is dropped instead."""
    if not done:
        try:
            await connection.execute("ROLLBACK")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            connection.terminate()
    await pool.release(connection)


@contextlib.asynccontextmanager
async def transaction(actor: Actor, *, read_only: bool = False, snapshot: bool = False) -> AsyncIterator[None]:
    """One unit of work as `actor`, one that changes nothing if asked. Inside another of the same actor it joins it.

    With `snapshot` all its statements see the database as it is at the first.
    Raises RuntimeError when another actor's unit is open: rights are never mixed in one transaction.
    """
    current = _UNIT.get()
    if current is not None:
        if current.actor != actor:
            message = "another actor's unit of work is open"
            raise RuntimeError(message)
        yield
        return
    async with _unit(
        actor.db_role, actor, _Kind(limit=actor.side != Side.SYSTEM, read_only=read_only, snapshot=snapshot)
    ):
        yield


@contextlib.asynccontextmanager
async def auth_transaction() -> AsyncIterator[None]:
    """A unit of work that sees the identity tables and nothing else: signing in, sessions, links."""
    current = _UNIT.get()
    if current is not None and current.role == AUTH_ROLE:
        yield
        return
    if current is not None:
        message = "another actor's unit of work is open"
        raise RuntimeError(message)
    async with _unit(AUTH_ROLE, None, _Kind()):
        yield


async def glance(query: str, *args: object) -> dict[str, Any] | None:
    """The first row of one reading statement under the authentication role, outside of any unit of work.

    Every request asks so who comes: on a connection that is that role for good it is one round trip, not three.
    Raises RuntimeError inside a unit of work.
    """
    if _UNIT.get() is not None:
        message = "another actor's unit of work is open"
        raise RuntimeError(message)
    if ENGINE.held is not None or ENGINE.glances is None:
        async with auth_transaction():
            return await sql_one(query, *args)
    async with ENGINE.glances.acquire(timeout=ACQUIRE_SECONDS) as connection:
        row = await connection.fetchrow(query, *args)
    return None if row is None else dict(row)


@contextlib.asynccontextmanager
async def detached() -> AsyncIterator[None]:
    """Step out of the open unit, so that a new one of its own can be opened (jobs, sign-in failures)."""
    mine, piccolo = _UNIT.set(None), ENGINE.current_transaction.set(None)
    try:
        yield
    finally:
        _leave(mine, piccolo)


@contextlib.asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of the unit that can fail alone: an exception undoes only what happened inside."""
    unit = open_unit()
    unit.savepoints += 1
    name = f"part_{unit.savepoints}"
    await unit.connection.execute(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException:
        await unit.connection.execute(f"ROLLBACK TO SAVEPOINT {name}")
        raise
    await unit.connection.execute(f"RELEASE SAVEPOINT {name}")


def open_unit() -> _Unit:
    """The open unit; RuntimeError when there is none."""
    unit = _UNIT.get()
    if unit is None or unit.ended:
        message = "a query needs `async with transaction(actor)`"
        raise RuntimeError(message)
    return unit


async def end_reading() -> None:
    """Give the connection of a unit that only reads back now: its answer is complete and may be sent slowly.

    No query can follow in this unit. In one that may change something, and outside of any, nothing happens.
    """
    unit = _UNIT.get()
    if unit is not None and unit.end is not None:
        await unit.end()


def in_transaction() -> bool:
    """Whether a unit of work is open here."""
    unit = _UNIT.get()
    return unit is not None and not unit.ended


async def sql(query: str, *args: object) -> list[dict[str, Any]]:
    """Rows of a hand-written query with numbered parameters, on the open unit."""
    return [dict(row) for row in await open_unit().connection.fetch(query, *args)]


async def sql_one(query: str, *args: object) -> dict[str, Any] | None:
    """The first row, or None."""
    row = await open_unit().connection.fetchrow(query, *args)
    return None if row is None else dict(row)


async def sql_value(query: str, *args: object) -> Any:
    """The first column of the first row, or None."""
    return await open_unit().connection.fetchval(query, *args)


async def ask(question: Question) -> Any:
    """What one question gives, on the open unit."""
    return question.read(await sql_value(question.text, *question.values))


async def ask_alone(actor: Actor, question: Question | None) -> Any:
    """What one question gives, in the actor's unit of work; None for None."""
    if question is None:
        return None
    async with transaction(actor):
        return await ask(question)


async def ask_by_name(questions: Mapping[str, Question | None]) -> dict[str, Any]:
    """`ask_together` for a page with many: each answer under its question's name."""
    return dict(zip(questions, await ask_together(list(questions.values())), strict=True))


async def ask_together(questions: Sequence[Question | None]) -> list[Any]:
    """What several questions give, in one statement; None for each that is None."""
    put = [question for question in questions if question is not None]
    if not put:
        return [None] * len(questions)
    texts, values = beside(put)
    row = await open_unit().connection.fetchrow(f"SELECT {texts}", *values)
    answers = iter(row.values())
    return [None if question is None else question.read(next(answers)) for question in questions]


async def sql_many(query: str, rows: list[tuple[object, ...]]) -> None:
    """One statement for many rows of parameters, pipelined."""
    await open_unit().connection.executemany(query, rows)


async def stream(query: str, *args: object, batch: int = 500) -> AsyncIterator[dict[str, Any]]:
    """Rows by a server-side cursor, so that memory does not grow with the result."""
    async for row in open_unit().connection.cursor(query, *args, prefetch=batch):
        yield dict(row)


async def lock_subject(subject: object) -> None:
    """Wait until nobody else works on `subject`; held to the end of the unit."""
    await sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(subject))
