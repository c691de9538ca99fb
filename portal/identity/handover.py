"""Handing over somebody's open work when their membership ends: each module moves what it owns."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.core.actor import Actor

Mover = Callable[[Actor, UUID, UUID, datetime], Awaitable[int]]
"""(actor, from membership, to membership, now) -> how many things moved."""
_MOVERS: Final[dict[str, Mover]] = {}


def hands_over(what: str) -> Callable[[Mover], Mover]:
    """Register how one kind of thing (`deals`, `companies`) moves; it runs in the unit that ends the membership."""

    def register(mover: Mover) -> Mover:
        _MOVERS[what] = mover
        return mover

    return register


async def move_everything(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> dict[str, int]:
    """Move all open work of the leaver to the successor; how many of each kind."""
    return {what: await mover(actor, leaver, successor, now) for what, mover in _MOVERS.items()}
