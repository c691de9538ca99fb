"""How long a protection runs, and what may be asked about a deal while it runs. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from partners.deals.rules import last_protected_day, protected_until
from partners.deals.states import AmendmentState, ExtensionState
from portal.core.flow import Flow, Move
from portal.core.i18n import N_
from portal.core.permissions import Permission

_PENDING: Final = frozenset({ExtensionState.PENDING})
_DECIDE: Final = Permission.DEALS_DECIDE

EXTENSIONS: Final = Flow(
    "extension",
    ExtensionState,
    [
        Move("grant", _PENDING, ExtensionState.GRANTED, _DECIDE, "deal.extended", N_("Grant"), tone="primary",
             asks="days"),
        Move("refuse", _PENDING, ExtensionState.REFUSED, _DECIDE, "deal.extension_refused", N_("Refuse"),
             tone="danger", asks="note"),
        Move("take_back", _PENDING, ExtensionState.CLOSED, Permission.DEALS_WRITE, "deal.extension_closed",
             N_("Take the request back")),
    ],
)  # fmt: skip
"""A request for a longer protection: the vendor decides it, the partner may take it back. It is closed undecided when
the protection or the sale ends first."""

_PROPOSED: Final = frozenset({AmendmentState.PENDING})
AMENDMENTS: Final = Flow(
    "amendment",
    AmendmentState,
    [
        Move("accept", _PROPOSED, AmendmentState.ACCEPTED, _DECIDE, "deal.amended", N_("Accept"), tone="primary"),
        Move("refuse", _PROPOSED, AmendmentState.REFUSED, _DECIDE, "deal.amendment_refused", N_("Refuse"),
             tone="danger", asks="note"),
        Move("take_back", _PROPOSED, AmendmentState.CLOSED, Permission.DEALS_WRITE, "deal.amendment_closed",
             N_("Take the proposal back")),
    ],
)  # fmt: skip
"""A proposal to change lines, values or the expected close of an approved deal; never its customer."""

EXTENSION_BY_NO_MOVE: Final = ((ExtensionState.PENDING, ExtensionState.CLOSED, "the approval or the sale ends"),)
AMENDMENT_BY_NO_MOVE: Final = ((AmendmentState.PENDING, AmendmentState.CLOSED, "the approval or the sale ends"),)
"""As `rules.BY_NO_MOVE`."""


@dataclass(frozen=True, slots=True)
class Half:
    """A part of the time of a protection: half-open; without an end for roles that exclude nobody."""

    begin: datetime
    end: datetime | None


def halves(since: datetime, until: datetime | None, now: datetime) -> tuple[Half, Half]:
    """What of a protection stays with who had it, and what goes to who takes it over now: together the whole."""
    cut = max(since, now) if until is None else min(max(since, now), until)
    return Half(since, cut), Half(cut, until)


AMENDMENT_LABELS: Final[dict[str, str]] = {
    AmendmentState.PENDING: N_("Waits for a decision"),
    AmendmentState.ACCEPTED: N_("Accepted"),
    AmendmentState.REFUSED: N_("Refused"),
    AmendmentState.CLOSED: N_("Closed undecided"),
}

EXTENSION_LABELS: Final[dict[str, str]] = {
    ExtensionState.PENDING: N_("Waits for a decision"),
    ExtensionState.GRANTED: N_("Extended"),
    ExtensionState.REFUSED: N_("Refused"),
    ExtensionState.CLOSED: N_("Closed undecided"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """A protection seen from a day: half-open in days of the vendor, its last day included."""

    since: date
    last: date
    days: int
    gone: int
    """How many of the days are over; never more than there are."""

    @property
    def left(self) -> int:
        """How many days it still holds, today among them; 0 when it is over."""
        return self.days - self.gone


def window_of(since: datetime, until: datetime, now: datetime, zone: str) -> Window:
    """The protection in whole days of the vendor's calendar."""
    first, last = since.astimezone(ZoneInfo(zone)).date(), last_protected_day(until, zone)
    days = max((last - first).days + 1, 1)
    gone = (now.astimezone(ZoneInfo(zone)).date() - first).days if now < until else days
    return Window(first, last, days, max(0, min(gone, days)))


def extended_until(until: datetime, days: int, zone: str) -> datetime:
    """The end, exclusive, after so many further whole days: protected through 17 February and 30 days, 19 March."""
    return protected_until(until - timedelta(microseconds=1), days, zone)


def extensions_left(granted: int, most: int) -> int:
    """How many further extensions the tier allows. A tier that was lowered takes none back."""
    return max(most - granted, 0)
