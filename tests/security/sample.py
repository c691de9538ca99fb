"""What a right request to a route is: what it sends, what it records, and which tables it is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.security.objects import Ids
from tests.security.rights import SELLS, who


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a request is made out, and about whose object."""

    role: str
    ids: Ids
    owner: str

    @property
    def is_partner(self) -> bool:
        """Whether it is a partner's person."""
        return self.role.islower()


Fields = Mapping[str, Any]
Make = Callable[[Asker], Fields]


@dataclass(frozen=True, slots=True)
class Sample:
    """One right request."""

    make: Make
    events: tuple[str, ...] = ()
    """What it records, in order; nothing only where no record changes that has a history."""
    tables: tuple[str, ...] = ()
    """Whose columns it must not let through beyond its own fields."""
    who: frozenset[str] | None = None
    """Who may send exactly this, where the route takes several things that need different rights."""
    on: str = ""
    """The kind of object it can be done to, where it is another than the row's."""
    words: Mapping[str, str] | None = None
    refused: frozenset[str] = frozenset()
    name: str = ""


def _is(**fields: Any) -> Make:
    return lambda _asker: fields


_VENDOR, _SELLS = who("MANAGER"), SELLS
