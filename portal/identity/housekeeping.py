"""Sweeping what has served its time: old tries to sign in, used links, ended sessions, spent form keys."""

from datetime import datetime, timedelta
from typing import Final

from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.jobs import scheduled
from portal.core.web.idempotency import purge_keys
from portal.identity.rules import ATTEMPT_WINDOW

KEEP_SESSIONS: Final = timedelta(days=30)
"""An ended session is kept this long, for the person who asks where they were signed in."""


@scheduled("sweep", "23 * * * *")
async def sweep_now() -> None:
    """Once an hour; running twice or late does no harm."""
    now = clock.now()
    await sweep(now)
    await purge_keys(now=now)


async def sweep(now: datetime) -> None:
    """Delete tries that no limit counts any more, links that work no more and sessions long ended."""
    async with db.auth_transaction():
        await db.sql("DELETE FROM identity_sign_in_attempt WHERE at < $1", now - ATTEMPT_WINDOW * 2)
    async with db.transaction(SYSTEM):
        await db.sql("DELETE FROM identity_one_time_link WHERE expires_at < $1", now - KEEP_SESSIONS)
        await db.sql("DELETE FROM identity_session WHERE expires_at < $1 OR ended_at < $1", now - KEEP_SESSIONS)
