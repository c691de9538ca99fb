"""What the days of a contract mean on a given day. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from portal.core.i18n import N_

SOON: Final = 90
"""Days before its end from which on a contract is due for renewal."""


class Standing(StrEnum):
    """Where a contract is between its first and its last day, both of which belong to it."""

    AHEAD = "ahead"
    RUNNING = "running"
    DUE = "due"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Look:
    """How a standing is shown."""

    tone: str
    icon: str
    label: str


LOOKS: Final = {
    Standing.AHEAD: Look("draft", "hourglass", N_("Not begun")),
    Standing.RUNNING: Look("good", "check", N_("In force")),
    Standing.DUE: Look("you", "clock", N_("Due for renewal")),
    Standing.ENDED: Look("draft", "clock", N_("Ended")),
}


def standing_of(starts_on: date, ends_on: date, today: date) -> Standing:
    """Where a contract is on this day."""
    if today > ends_on:
        return Standing.ENDED
    if today < starts_on:
        return Standing.AHEAD
    return Standing.DUE if (ends_on - today).days <= SOON else Standing.RUNNING
