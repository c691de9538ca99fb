"""Fixtures of the web floor's tests."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
import structlog

from portal.core import formats
from portal.core.web import cursors, navigation
from tests.portal.core.web.list_samples import make_table


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged, as it would be written."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


@pytest.fixture(autouse=True)
def _nothing_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many of these tests have no database: what other modules registered to be counted is left out."""
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    monkeypatch.setattr(navigation, "_BELL", [])


@pytest_asyncio.fixture
async def things(db: str) -> None:  # noqa: ARG001 -- that it is rolled back is what counts
    """The table of the lists' tests, empty."""
    await make_table()


@pytest.fixture(scope="module")
def installation() -> Iterator[None]:
    """An installation in Berlin, whose cursors are signed."""
    cursors.use_secret("a secret for tests")
    formats.use_time_zone("Europe/Berlin")
    yield
    formats.use_time_zone("UTC")
