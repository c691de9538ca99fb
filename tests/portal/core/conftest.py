"""Fixtures of the floor's tests: a database with real commits, for what a rolled-back one cannot show."""

from collections.abc import AsyncIterator

import pytest_asyncio

from portal.core import db


@pytest_asyncio.fixture(loop_scope="session")
async def own_db(pool: str, fresh_url: str) -> AsyncIterator[str]:
    """The application's pool on a database of the test's own, where units really commit."""
    await db.disconnect()
    await db.connect(fresh_url)
    try:
        yield fresh_url
    finally:
        await db.disconnect()
        await db.connect(pool)
