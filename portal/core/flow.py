"""A state machine declared once: the service moves by it, pages draw buttons from it, tests walk it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission

LONGEST_NOTE: Final = 4_000
"""Characters of the words that come with a move."""


@dataclass(frozen=True)
class Move:
    """One verb: from which states, to which, who may, and the event that says it happened."""

    verb: str
    sources: frozenset[StrEnum]
    target: StrEnum
    permission: Permission
    event: str
    label: str
    """The verb on the button, marked for translation with `N_`."""
    tone: str = "quiet"
    """How the button looks: `primary`, `quiet` or `danger`."""
    asks: str = ""
    """What must be given with the move: a field name such as `note`, or nothing."""


class Flow:
    """All moves of one kind of record. A state changes by `move` and in no other way."""

    def __init__(self, name: str, states: type[StrEnum], moves: Iterable[Move]) -> None:
        """Index the moves; one verb has one move."""
        self.name = name
        self.states = states
        self.moves = {move.verb: move for move in moves}

    @property
    def permissions(self) -> frozenset[Permission]:
        """Every right that some move needs: what the route asks; the service asks for the exact one."""
        return frozenset(move.permission for move in self.moves.values())

    def move(self, state: StrEnum, verb: str, actor: Actor, *, right: Permission | None = None) -> Move:
        """The move `verb` from `state`. Raises NotAllowed without the right, then Conflict from elsewhere.

        `right`: the one that is asked for instead, where a rule of ours lets others make the move.
        """
        found = self.moves.get(verb)
        if found is None or not actor.may(right or found.permission):
            raise NotAllowed(_("Your role does not include this."), code="permission")
        if state not in found.sources:
            raise Conflict(_("This has moved on since you opened it. Look again and decide anew."), code="flow")
        return found

    def available(self, state: StrEnum, actor: Actor) -> list[Move]:
        """What this actor can do from here, in the order of declaration."""
        return [m for m in self.moves.values() if state in m.sources and actor.may(m.permission)]


def needed_words(note: str) -> str:
    """The words of a move that needs them. Raises Invalid."""
    words = note.strip()
    if not words:
        raise Invalid({"note": _("Write what the other side has to know.")})
    if len(words) > LONGEST_NOTE:
        raise Invalid({"note": _("Write at most %(max_length)s characters.") % {"max_length": LONGEST_NOTE}})
    return words
