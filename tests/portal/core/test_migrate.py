"""Bringing a database to this version: again, by several at once, and by a login that may make no roles."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit

import asyncpg
import pytest

from portal.core.db import ENGINE
from portal.core.migrate import NeedsAdministrator, check_login, migrate, pending, role_statements
from portal.core.postgres import embedded
from portal.core.tenancy import ROLES
from tests import cluster
from tests.portal.core.test_postgres import short_dir


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[str]:
    """A server on which nobody has made the roles yet; the address of its database."""
    with short_dir() as made, embedded(made / "data", fsync=False) as url:
        yield url


@pytest.fixture
def empty_url(template: str) -> Iterator[str]:
    """An empty database on the shared server, on which the roles are."""
    assert template
    url = cluster.create_database()
    yield url
    cluster.drop_database(url)


@pytest.fixture(autouse=True)
def _keep_engine() -> Iterator[None]:
    """Migrating tells the engine where; the suite's own place comes back."""
    before = ENGINE.config
    yield
    ENGINE.config = before


def tributary(url: str, *arguments: str) -> subprocess.Popen[str]:
    """The installed command in a process of its own, and in a folder that is not the project's."""
    command = Path(sys.executable).with_name("tributary")
    environment = {**os.environ, "DATABASE_URL": url, "TRIBUTARY_SECRET_KEY": "s" * 43}
    return subprocess.Popen(
        [command, *arguments],
        env=environment, cwd=gettempdir(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.slow
async def test_several_start_at_once_where_nothing_was_and_it_happens_once(own_cluster: str) -> None:
    started = [tributary(own_cluster, "migrate") for _ in range(2)]
    answers = [await asyncio.to_thread(one.communicate) for one in started]
    assert [one.returncode for one in started] == [0, 0], answers
    printed = sorted(out.strip().split("\n") for out, _err in answers)
    assert len(printed[0]) >= 6
    assert printed[1] == ["Nothing to do."]
    assert not await pending(own_cluster)


async def test_the_second_time_does_nothing(empty_url: str) -> None:
    ran = await migrate(empty_url)
    assert len(ran) >= 6
    assert not await pending(empty_url)
    assert await migrate(empty_url) == []


async def test_what_has_not_run_is_pending(empty_url: str) -> None:
    assert await pending(empty_url)


async def test_nobody_may_create_tables_beside_ours(fresh_url: str) -> None:
    connection = await asyncpg.connect(fresh_url)
    try:
        for role in ROLES:
            assert not await connection.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", role)
    finally:
        await connection.close()


@pytest.mark.security
async def test_a_login_that_may_make_no_roles_is_told_exactly_what_to_have_run() -> None:
    """The statements that are printed, run by an administrator, are all that was missing."""
    with short_dir() as made, embedded(made / "data", fsync=False) as admin:
        await run(admin, "CREATE ROLE plain LOGIN", "CREATE DATABASE portal OWNER plain")
        plain = urlsplit(admin)._replace(path="/portal").geturl().replace("//tributary@", "//plain@")
        refused = tributary(plain, "migrate")
        _out, said = await asyncio.to_thread(refused.communicate)
        assert refused.returncode == 3, said
        statements = [one.strip() for one in said.split("run:", 1)[1].split(";") if one.strip()]
        assert statements == role_statements("plain")
        await run(admin, *statements)
        assert await migrate(plain)
        connection = await asyncpg.connect(plain)
        try:
            await check_login(connection)
        finally:
            await connection.close()


async def test_roles_that_exist_are_only_granted(empty_url: str) -> None:
    await run(empty_url, "DROP ROLE IF EXISTS newcomer", "CREATE ROLE newcomer LOGIN")
    with pytest.raises(NeedsAdministrator) as refusal:
        await migrate(empty_url.replace("//tributary@", "//newcomer@"))
    assert refusal.value.statements == role_statements("newcomer")[-1:]


@pytest.mark.security
@pytest.mark.parametrize("spoil", ["ALTER TABLE core_setting OWNER TO tributary_staff"])
async def test_a_role_that_owns_tables_is_not_served_with(fresh_url: str, spoil: str) -> None:
    connection = await asyncpg.connect(fresh_url)
    try:
        await check_login(connection)
        await connection.execute("GRANT CREATE ON SCHEMA public TO tributary_staff")
        await connection.execute(spoil)
        with pytest.raises(RuntimeError, match="tributary_staff owns tables"):
            await check_login(connection)
    finally:
        await connection.close()
