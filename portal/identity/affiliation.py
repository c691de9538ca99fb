"""What identity must know of partner companies, told by the module above that owns them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Affiliation:
    """A company as its people's rights need it."""

    name: str
    active: bool
    """Whether its people may sign in."""
    reads: frozenset[UUID]
    """The partners whose rows they may read: itself, and those below."""


Lookup = Callable[[UUID, date], Awaitable[Affiliation | None]]


class _Registry:
    lookup: Lookup | None = None


def provides_affiliation(lookup: Lookup) -> Lookup:
    """Register the one function that answers; it runs in an authentication unit."""
    _Registry.lookup = lookup
    return lookup


async def affiliation_of(partner_id: UUID, day: date) -> Affiliation | None:
    """The company of a membership on a day, or None when there is none."""
    if _Registry.lookup is None:
        message = "no module has registered with `provides_affiliation`"
        raise RuntimeError(message)
    return await _Registry.lookup(partner_id, day)
