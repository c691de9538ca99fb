"""Whom one may try the portal as, told at the door: nobody, unless a demo above registers its people."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from portal.core.permissions import Role


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody made up, in one role."""

    role: Role
    email: str
    name: str
    company: str
    """Empty on the vendor's side."""


@dataclass(frozen=True, slots=True)
class Guests:
    """Everybody made up, and the one password that is no secret."""

    people: list[Guest] = field(default_factory=list)
    password: str = ""

    def password_of(self, email: str) -> str:
        """What to fill in for this address; nothing for anybody real."""
        return self.password if any(one.email == email for one in self.people) else ""


Source = Callable[[], Awaitable[Guests]]


class _Registry:
    source: Source | None = None


def provides_guests(source: Source) -> Source:
    """Register who knows the guests."""
    _Registry.source = source
    return source


async def list_guests(*, demo: bool) -> Guests:
    """The guests, or none where this is no demo."""
    return await _Registry.source() if demo and _Registry.source else Guests()
