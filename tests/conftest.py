"""Fixtures of the whole suite: a real PostgreSQL, a rolled-back unit for each test, and the cast."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest
import pytest_asyncio
from litestar import Litestar

from portal.core import db as database
from portal.core.logs import configure_logs
from portal.core.migrate import migrate
from tests import cluster, make
from tests.make import Cast
from tests.web import make_app

# The machine may be busy: how long an example takes is no property of the code. What decides whether a commit lands
# draws the same examples each time; a run at a desk looks for new ones.
hypothesis.settings.register_profile("tributary", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("tributary")


_LONGEST = ("canary_crawl", "authz_matrix", "slow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the longest tests first, so that no worker is left alone with one of them at the end."""
    long = {item.path for item in items if any(item.get_closest_marker(name) for name in _LONGEST)}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """The name of a database at this version, made once per run and shared by all workers."""
    with cluster.running():
        yield cluster.migrated_template(migrate)


@pytest.fixture(scope="session")
def worker_url(template: str) -> Iterator[str]:
    """The worker's own database; tests leave it as they found it."""
    url = cluster.create_database(template)
    yield url
    cluster.drop_database(url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pool(worker_url: str) -> AsyncIterator[str]:
    """The application's pool on the worker's database."""
    await database.connect(worker_url)
    yield worker_url
    await database.disconnect()


@pytest_asyncio.fixture(loop_scope="session")
async def db(pool: str) -> AsyncIterator[str]:
    """All that a test does on the database is undone at its end; one connection, so no races here."""
    async with database.rehearsal():
        yield pool


@pytest.fixture
def fresh_url(template: str) -> Iterator[str]:
    """A database of the test's own with real commits, for races and servers."""
    url = cluster.create_database(template)
    yield url
    with contextlib.suppress(OSError):
        cluster.drop_database(url)


@pytest_asyncio.fixture(loop_scope="session")
async def cast(db: str) -> Cast:  # noqa: ARG001 -- the rows live in its unit
    """Everybody of the cast, with their companies, on the rolled-back database."""
    return await make.cast()


@pytest.fixture(autouse=True, scope="session")
def _quiet_environment() -> None:
    """The suite never reads the developer's own settings, and logs as the product does."""
    configure_logs()
    for name in ("DATABASE_URL", "TRIBUTARY_DATA_DIR", "TRIBUTARY_SMTP_URL", "PORT"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def app() -> Litestar:
    """The whole application, without its start: `db` holds the database."""
    return make_app()
