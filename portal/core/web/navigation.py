"""The left navigation: each slice registers its own entry, and a person sees those it has a right to."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from portal.core.actor import Actor
from portal.core.db import ask_together, transaction
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.questions import Question

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
    under: str


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry as the page draws it; `count` is what waits, None where nothing is counted.

    One that `is_below` another is drawn at a desk while it `is_open`: when one of its group is chosen. The entry above
    closed ones counts what waits there too.
    """

    key: str
    label: str
    icon: str
    href: str
    active: bool
    count: int | None
    is_below: bool = False
    is_open: bool = True


_ENTRIES: Final[dict[tuple[str, Side | None], Entry]] = {}
_BELL: Final[list[Callable[[Actor], Question]]] = []


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
    under: str = "",
) -> None:
    """Add an entry for one side, or for both; `label` by `N_`. The same key and side again replaces it.

    `under` is the key of the entry that it stands below; who may not see that one sees it by itself.
    """
    _ENTRIES[(key, side)] = Entry(key, label, icon, href, order, side, permission, count, under)


def rings(count: Callable[[Actor], Question]) -> Callable[[Actor], Question]:
    """Have what this counts stand at the bell of the top bar."""
    _BELL.append(count)
    return count


def _of(actor: Actor) -> list[Entry]:
    """Each entry, those below it after it."""
    mine = [e for e in _ENTRIES.values() if e.side in {None, actor.side} and actor.may(e.permission)]
    orders = {entry.key: entry.order for entry in mine}
    return sorted(mine, key=lambda e: (orders.get(e.under, e.order), e.under or e.key, bool(e.under), e.order, e.key))


def _active(entries: list[Entry], path: str) -> Entry | None:
    """The entry whose address is the longest beginning of the path; home only where it stands itself."""
    under = [e for e in entries if path == e.href or (e.href != "/" and path.startswith(f"{e.href}/"))]
    return max(under, key=lambda entry: len(entry.href), default=None)


async def navigation(actor: Actor | None, path: str) -> tuple[list[NavItem], int]:
    """The entries of this actor, each with what waits there, and the number at the bell: asked for in one statement."""
    if actor is None:
        return [], 0
    asked = {(e.key, e.side): question for e in _of(actor) if e.count and (question := e.count(actor))}
    bells = [count(actor) for count in _BELL]
    if not asked and not bells:
        return navigation_uncounted(actor, path), 0
    async with transaction(actor):
        counts = await ask_together([*asked.values(), *bells])
    waiting = dict(zip(asked, counts, strict=False))
    return navigation_uncounted(actor, path, waiting), sum(counts[len(asked) :])


def navigation_uncounted(
    actor: Actor | None, path: str, waiting: Mapping[tuple[str, Side | None], int] = MappingProxyType({})
) -> list[NavItem]:
    """The entries of this actor without a query: only what is `waiting` has a number."""
    if actor is None:
        return []
    entries = _of(actor)
    active = _active(entries, path)
    above = {entry.key for entry in entries}
    group_of = {entry: entry.under if entry.under in above else entry.key for entry in entries}
    chosen = group_of[active] if active else ""
    hidden: Counter[str] = Counter()
    for entry in entries:
        if group_of[entry] not in {entry.key, chosen}:
            hidden[group_of[entry]] += waiting.get((entry.key, entry.side), 0)
    items = []
    for entry in entries:
        is_below = group_of[entry] != entry.key
        count, below = waiting.get((entry.key, entry.side)), 0 if is_below else hidden[entry.key]
        items.append(
            NavItem(
                key=entry.key,
                label=_(entry.label),
                icon=entry.icon,
                href=entry.href,
                active=entry is active,
                count=(count or 0) + below if below else count,
                is_below=is_below,
                is_open=not is_below or group_of[entry] == chosen,
            )
        )
    return items
