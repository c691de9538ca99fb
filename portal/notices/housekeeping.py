"""Sweeping notices that have served their time, and links of mails that act no more."""

from datetime import datetime

from portal.core import clock, db, jobs
from portal.core.actor import SYSTEM
from portal.notices.rules import KEPT, LINK_KEPT


@jobs.scheduled("sweep_notices", "41 3 * * *")
async def sweep_notices() -> None:
    """Once a night; running twice or late does no harm."""
    await sweep(clock.now())


async def sweep(now: datetime) -> None:
    """Delete notices and links that are older than they are kept."""
    async with db.transaction(SYSTEM):
        await db.sql("DELETE FROM notices_notice WHERE made_at < $1", now - KEPT)
        await db.sql("DELETE FROM notices_link WHERE expires_at < $1", now - LINK_KEPT)
