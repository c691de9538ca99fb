"""Invariants: statements about the data that must always hold, each a query for the rows that break it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.core import db
from portal.core.actor import Actor
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, and how to find where it does not."""

    name: str
    """Short and stable, with the module first: `ledger.postings`."""
    says: str
    """The truth in one sentence, for the person who runs `tributary verify`."""
    sql: str
    """Gives the rows that break it; with `breaks`, the rows to look at."""
    breaks: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether a row breaks it, where SQL cannot tell (hashes, recomputation). Pure."""


_REGISTERED: Final[dict[str, Invariant]] = {}


def register(*invariants: Invariant) -> None:
    """Have these checked by `run_all`. Raises ValueError for a name that is taken by another."""
    for invariant in invariants:
        if _REGISTERED.setdefault(invariant.name, invariant) != invariant:
            message = f"there are two invariants called {invariant.name}"
            raise ValueError(message)


def registered() -> list[Invariant]:
    """All of them, by name."""
    return sorted(_REGISTERED.values(), key=lambda invariant: invariant.name)


async def run_all(actor: Actor) -> list[tuple[Invariant, int]]:
    """Each invariant with the number of rows that break it; all zero is good. Raises NotAllowed."""
    actor.require(Permission.VERIFY_READ)
    found: list[tuple[Invariant, int]] = []
    for invariant in registered():
        async with db.transaction(actor):
            found.append((invariant, await count_breaks(invariant)))
    return found


async def count_breaks(invariant: Invariant) -> int:
    """How many rows break this one, on the open unit."""
    if invariant.breaks is None:
        return int(await db.sql_value(f"SELECT count(*) FROM ({invariant.sql}) AS broken"))  # noqa: S608 -- our own words
    count = 0
    async for row in db.stream(invariant.sql):
        count += invariant.breaks(row)
    return count
