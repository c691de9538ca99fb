"""The application's pool on a database of a test's own, with real commits; other tests find theirs again."""

import contextlib
from collections.abc import AsyncIterator

from portal.core import db


@contextlib.asynccontextmanager
async def database(url: str) -> AsyncIterator[None]:
    """Everything in the block happens on the database at this address."""
    kept, glances, config = db.ENGINE.pool, db.ENGINE.glances, db.ENGINE.config
    await db.connect(url)
    try:
        yield
    finally:
        await db.disconnect()
        db.ENGINE.pool, db.ENGINE.glances, db.ENGINE.config = kept, glances, config
