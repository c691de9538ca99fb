"""What identity must know of partner companies, told by the module above that owns them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Affiliation:
    """A company as its people's rights need it."""

    name: str
    active: bool
    """Whether its people may sign in."""
    reads: frozenset[UUID]
    """The partners whose rows they may read: itself, and those below."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where affiliations are read: SQL that gives one row for the UUID `{partner}` on the date `{day}`."""

    sql: str
    read: Callable[[Mapping[str, Any]], Affiliation]


class _Registry:
    source: Source | None = None


def provides_affiliation(source: Source) -> None:
    """Register the one source; it is read in authentication units."""
    _Registry.source = source


def affiliation_source() -> Source:
    """The source. RuntimeError while no module has registered one."""
    if _Registry.source is None:
        message = "no module has registered with `provides_affiliation`"
        raise RuntimeError(message)
    return _Registry.source
