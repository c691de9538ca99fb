"""Bringing a database to this version: roles, tables, row-level security, under one lock."""

import contextlib
import importlib
import io
from typing import Any, Final

import asyncpg
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.engine.postgres import PostgresTransaction

from portal.core.db import ENGINE
from portal.core.tenancy import ROLES

APPS: Final = ("portal", "partners", "attribution")
_LOCK: Final = 7_210_533_118
"""Any number, the same for all who migrate."""


class NeedsAdministrator(RuntimeError):
    """The login may not make roles; `statements` is what a database administrator has to run."""

    def __init__(self, statements: list[str]) -> None:
        """Keep the exact SQL."""
        super().__init__("this login may not create database roles")
        self.statements = statements


def role_statements(login: str) -> list[str]:
    """The SQL that makes the four roles, owning nothing, and lets the login become them."""
    create = [f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS" for role in ROLES]
    return [*create, f'GRANT {", ".join(ROLES)} TO "{login}" WITH INHERIT FALSE, SET TRUE']


async def run_statements(statements: list[str]) -> None:
    """Run each on the open migration transaction."""
    transaction: PostgresTransaction | None = ENGINE.current_transaction.get()
    if transaction is not None:
        for statement in statements:
            await transaction.connection.execute(statement)
        return
    connection = await ENGINE.get_new_connection()
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    finally:
        await connection.close()


async def ensure_roles(connection: Any) -> None:
    """Make the roles that are missing. Raises NeedsAdministrator where the login may not."""
    login = await connection.fetchval("SELECT session_user")
    have = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    missing = [role for role in ROLES if role not in have]
    for role in missing:
        with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            try:
                await connection.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS")
            except asyncpg.InsufficientPrivilegeError as error:
                raise NeedsAdministrator(role_statements(login)) from error
    member = "SELECT bool_and(pg_has_role(session_user, r, 'SET')) FROM unnest($1::text[]) r"
    if not await connection.fetchval(member, list(ROLES)):
        try:
            await connection.execute(f'GRANT {", ".join(ROLES)} TO "{login}" WITH INHERIT FALSE, SET TRUE')
        except asyncpg.InsufficientPrivilegeError as error:
            raise NeedsAdministrator(role_statements(login)[-1:]) from error


async def check_login(connection: Any) -> None:
    """Refuse to serve when becoming a role leaves more rights than the role's own. Raises RuntimeError."""
    for role in ROLES:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL ROLE {role}")
            bad = await connection.fetchval(
                "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)"
                " FROM pg_roles r WHERE rolname = current_user"
            )
        if bad:
            message = f"the database role {role} owns tables or bypasses row-level security"
            raise RuntimeError(message)


async def migrate(url: str) -> list[str]:
    """Bring the database at `url` to this version; the names of the migrations that ran.

    Several processes may call it at once: one works, the others wait and find nothing to do.
    """
    importlib.import_module("piccolo_conf")
    connection = await asyncpg.connect(url)
    # Piccolo would ask an open pool, which may be of another database, which migrations have run.
    kept, ENGINE.pool, ENGINE.config = ENGINE.pool, None, {"dsn": url}
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await ensure_roles(connection)
        ENGINE.migrating = True
        before = await _done(connection)
        with contextlib.redirect_stdout(io.StringIO()):
            for app in APPS:
                result = await ForwardsMigrationManager(app_name=app).run()
                if not result.success:
                    raise RuntimeError(result.message)
        await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        return sorted(await _done(connection) - before)
    finally:
        ENGINE.migrating, ENGINE.pool = False, kept
        await connection.close()


async def pending(url: str) -> bool:
    """Whether some migration of this version has not run."""
    connection = await asyncpg.connect(url)
    try:
        done = await _done(connection)
    finally:
        await connection.close()
    manager = ForwardsMigrationManager(app_name="all")
    known: set[str] = set()
    for app in APPS:
        folder = manager.get_app_config(app_name=app).resolved_migrations_folder_path
        known |= set(manager.get_migration_ids(manager.get_migration_modules(folder)))
    return not known <= done


async def _done(connection: Any) -> set[str]:
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        return set()
    return {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
