"""The left navigation: each slice registers its own entry, and a person sees those it has a right to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from portal.core.actor import Actor
from portal.core.db import Question, ask_together, transaction
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side

Count = Callable[[Actor], Question | None]
"""What to ask for the number beside an entry; None where nothing is counted for this actor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered entry; `label` is marked for translation."""

    key: str
    label: str
    icon: str
    href: str
    order: int
    side: Side | None
    permission: Permission
    count: Count | None


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry as the page draws it; `count` is what waits, None where nothing is counted."""

    key: str
    label: str
    icon: str
    href: str
    active: bool
    count: int | None


_ENTRIES: Final[dict[tuple[str, Side | None], Entry]] = {}


def register(
    key: str,
    *,
    label: str,
    icon: str,
    href: str,
    order: int,
    permission: Permission,
    side: Side | None = None,
    count: Count | None = None,
) -> None:
    """Add an entry for one side, or for both; `label` by `N_`. The same key and side again replaces it."""
    _ENTRIES[(key, side)] = Entry(key, label, icon, href, order, side, permission, count)


def _of(actor: Actor) -> list[Entry]:
    mine = [e for e in _ENTRIES.values() if e.side in {None, actor.side} and actor.may(e.permission)]
    return sorted(mine, key=lambda entry: (entry.order, entry.key))


def _active(entries: list[Entry], path: str) -> Entry | None:
    """The entry whose address is the longest beginning of the path; home only where it stands itself."""
    under = [e for e in entries if path == e.href or (e.href != "/" and path.startswith(f"{e.href}/"))]
    return max(under, key=lambda entry: len(entry.href), default=None)


async def navigation(actor: Actor | None, path: str) -> list[NavItem]:
    """The entries of this actor, each with what waits there: all asked for in one statement."""
    if actor is None:
        return []
    asked = {(e.key, e.side): question for e in _of(actor) if e.count and (question := e.count(actor))}
    if not asked:
        return navigation_uncounted(actor, path)
    async with transaction(actor):
        counts = await ask_together(list(asked.values()))
    return navigation_uncounted(actor, path, dict(zip(asked, counts, strict=True)))


def navigation_uncounted(
    actor: Actor | None, path: str, waiting: Mapping[tuple[str, Side | None], int] = MappingProxyType({})
) -> list[NavItem]:
    """The entries of this actor without a query: only what is `waiting` has a number."""
    if actor is None:
        return []
    entries = _of(actor)
    active = _active(entries, path)
    return [
        NavItem(
            key=entry.key,
            label=_(entry.label),
            icon=entry.icon,
            href=entry.href,
            active=entry is active,
            count=waiting.get((entry.key, entry.side)),
        )
        for entry in entries
    ]
