"""Running what the outbox holds, inside a test's own rolled-back unit."""

from uuid import UUID

from portal.core import db, reacting
from portal.core.actor import SYSTEM
from portal.core.jobs import handler_of

__all__ = ["reacting", "settle"]


async def settle() -> int:
    """Run every queued job, and those that these queue, oldest first; how many ran."""
    ran = 0
    while True:
        async with db.transaction(SYSTEM):
            row = await db.sql_one(
                "DELETE FROM pgqueuer WHERE id = (SELECT min(id) FROM pgqueuer) RETURNING entrypoint, payload"
            )
        if row is None:
            return ran
        await handler_of(row["entrypoint"])(UUID(bytes=row["payload"]))
        ran += 1
