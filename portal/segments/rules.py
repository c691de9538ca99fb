"""What is true of segments: how long a name is, and whose they are to change. Pure."""

from typing import Final
from uuid import UUID

from portal.core.i18n import gettext as _
from portal.core.text import fold

LONGEST_NAME: Final = 80
LONGEST_QUERY: Final = 1000


def written(name: str) -> str:
    """The name as it is kept, one space between words."""
    return " ".join(name.split())


def problems_of(name: str, query: str) -> dict[str, str]:
    """What is wrong with a segment, by field."""
    found: dict[str, str] = {}
    if not fold(name):
        found["name"] = _("Give it a name.")
    elif len(name) > LONGEST_NAME or len(fold(name)) > 2 * LONGEST_NAME:
        found["name"] = _("Write at most %(max_length)s characters.") % {"max_length": LONGEST_NAME}
    if not query:
        found["query"] = _("Choose a filter or search for something first: this is the whole list.")
    elif len(query) > LONGEST_QUERY:
        found["query"] = _("This filter is too long to be saved.")
    return found


def may_change(member: UUID, owner: UUID, *, is_shared: bool, owner_is_gone: bool) -> bool:
    """Whether somebody may change a segment: its owner, and anybody a shared one that nobody else can any more."""
    return member == owner or (is_shared and owner_is_gone)
