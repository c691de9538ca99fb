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


async def run_again(name: str) -> None:
    """Run the reactions to the only event of this name once more, as if nobody knew that they ran."""
    async with db.transaction(SYSTEM):
        await db.sql("DELETE FROM core_reaction_done")
        event = await db.sql_value("SELECT id FROM core_event WHERE name = $1", name)
    await reacting.react(event)
