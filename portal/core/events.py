"""Events: one insert-only row per thing that happened, in the transaction of the change."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db, jobs
from portal.core.actor import Actor
from portal.core.ids import new_id
from portal.core.types import Audience


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as a reaction gets it. Reactions read the current rows, never trust `changes`."""

    id: UUID
    name: str
    at: datetime
    actor_id: UUID
    partner_id: UUID | None
    subject_type: str
    subject_id: UUID


Reaction = Callable[[Recorded], Awaitable[None]]
_REACTIONS: Final[dict[str, list[tuple[str, Reaction]]]] = {}


def reacts_to(*names: str) -> Callable[[Reaction], Reaction]:
    """Have the function run once, later, for each event of these names, in a worker's unit of work."""

    def register(reaction: Reaction) -> Reaction:
        key = f"{reaction.__module__}.{getattr(reaction, '__name__', 'reaction')}"
        for name in names:
            _REACTIONS.setdefault(name, []).append((key, reaction))
        return reaction

    return register


def reactions_to(name: str) -> list[tuple[str, Reaction]]:
    """The registered reactions of an event, with the key under which each is marked as done."""
    return list(_REACTIONS.get(name, []))


async def record(
    actor: Actor,
    name: str,
    subject_type: str,
    subject_id: UUID,
    *,
    now: datetime,
    partner_id: UUID | None = None,
    audience: Audience = Audience.PARTNER,
    changes: dict[str, Any] | None = None,
    note: str = "",
    personal: dict[str, Any] | None = None,
    command_id: UUID | None = None,
) -> UUID:
    """Write what happened, on the open unit, and queue the reactions to it in the same transaction.

    `changes` is `{field: [before, after]}` and holds ids and facts, never personal values: those go to `personal`.
    An event without a partner is for the vendor only.
    """
    event_id = new_id()
    seen_by = audience if partner_id is not None else Audience.VENDOR
    await db.sql(
        "INSERT INTO core_event (id, name, at, actor_id, partner_id, audience, subject_type, subject_id,"
        " command_id, changes, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        event_id, name, now, actor.membership_id, partner_id, seen_by.value, subject_type, subject_id,
        command_id or event_id, json.dumps(changes or {}, default=str), note,
    )  # fmt: skip
    if personal:
        await db.sql(
            "INSERT INTO core_event_personal (event_id, partner_id, data) VALUES ($1, $2, $3)",
            event_id, partner_id, json.dumps(personal, default=str),
        )  # fmt: skip
    if _REACTIONS.get(name):
        await jobs.enqueue(jobs.REACT, event_id)
    return event_id
