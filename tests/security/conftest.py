"""Fixtures of the security suites: a frozen clock, so that what is allowed never depends on the day, and one stage."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from litestar import Litestar

from portal.core import clock
from portal.core import db as database
from tests import make
from tests.make import NOON, Cast
from tests.security.objects import make_objects
from tests.security.wire import undone


@pytest.fixture(scope="module", autouse=True)
def _noon() -> Iterator[None]:
    """It is always noon of the day on which tests play, and no number of failures stops anybody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOON)
        patch.setattr("portal.identity.rules.FAILURES_PER_NETWORK", 10**9)
        patch.setattr("portal.identity.rules.FAILURES_PER_ACCOUNT", 10**9)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(pool: str, _noon: None, app: Litestar) -> AsyncIterator[Cast]:  # noqa: ARG001 -- the rows live there
    """Everybody, and everything that is asked for: made once for a file, as its runs take seconds.

    After the application, which says where frozen files are: those of these runs are elsewhere.
    """
    async with database.rehearsal():
        cast = await make.cast()
        await make_objects(cast)
        yield cast


@pytest_asyncio.fixture(loop_scope="session")
async def db(pool: str, stage: Cast) -> AsyncIterator[str]:  # noqa: ARG001 -- it stands on the stage
    """All that a test does on the stage is undone at its end."""
    async with undone():
        yield pool


@pytest_asyncio.fixture(loop_scope="session")
async def cast(db: str, stage: Cast) -> Cast:  # noqa: ARG001 -- the rows live in its unit
    """Everybody on the stage."""
    return stage
