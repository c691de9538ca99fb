"""Running reactions: each once per event, marked as done in its own transaction."""

from uuid import UUID

from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.events import Reaction, Recorded, reactions_to
from portal.core.jobs import REACT, handles


@handles(REACT)
async def react(event_id: UUID) -> None:
    """Run every reaction to this event that has not run yet. Raises what a reaction raises: the job is kept."""
    async with db.transaction(SYSTEM):
        row = await db.sql_one(
            "SELECT id, name, at, actor_id, partner_id, subject_type, subject_id FROM core_event WHERE id = $1",
            event_id,
        )
    if row is None:
        return
    event = Recorded(**row)
    for key, reaction in reactions_to(event.name):
        await _once(event, key, reaction)


async def _once(event: Recorded, key: str, reaction: Reaction) -> None:
    async with db.transaction(SYSTEM):
        fresh = await db.sql(
            "INSERT INTO core_reaction_done (event_id, reaction, at) VALUES ($1, $2, $3)"
            " ON CONFLICT (event_id, reaction) DO NOTHING RETURNING event_id",
            event.id, key, clock.now(),
        )  # fmt: skip
        if fresh:
            await reaction(event)
