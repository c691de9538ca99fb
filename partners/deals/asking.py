"""What the page of a deal shows of its window and of what is asked about it while it runs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from partners.companies.rules import TIER_LABELS, Tier
from partners.deals import rules
from partners.deals.asked import Extension
from partners.deals.protection import Terms
from partners.deals.queries import DealRecord
from partners.deals.states import DealState, ExtensionState
from partners.deals.windows import (
    EXTENSION_LABELS,
    EXTENSIONS,
    Window,
    extended_until,
    extensions_left,
)
from partners.deals.windows import (
    window_of as window_in,
)
from portal.core import formats
from portal.core.actor import Actor
from portal.core.flow import Move
from portal.core.i18n import gettext as _

_WITH_WINDOW: Final = frozenset({DealState.APPROVED, DealState.EXPIRED, DealState.REVOKED})


@dataclass(frozen=True, slots=True)
class ShownMove:
    """A move as the page draws it, its label in the person's language."""

    verb: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownWindow:
    """The window of a deal: how much of it is over, what waits, what was decided, and what may still be asked."""

    exclusive: bool
    days: int
    gone: int
    left: int
    since: date
    last: date
    pending: Extension | None
    would_last: date | None
    """The last day if what waits is granted as asked."""
    moves: tuple[ShownMove, ...]
    decided: tuple[Extension, ...]
    labels: dict[str, str]
    may_ask: bool
    left_to_ask: int
    most: int
    most_days: int
    granted: int
    tier: str


def shown_moves(moves: list[Move]) -> tuple[ShownMove, ...]:
    """Moves in the person's language."""
    return tuple(ShownMove(move.verb, _(move.label), move.tone) for move in moves)


def window_of(actor: Actor, record: DealRecord, terms: Terms | None, now: datetime) -> ShownWindow | None:
    """The window of a deal that was approved for a time; None without one. `terms`: of an own deal that runs."""
    until = record.protected_until
    if record.state not in _WITH_WINDOW or until is None or record.decided_at is None:
        return None
    zone = formats.time_zone().key
    window: Window = window_in(record.decided_at, until, now, zone)
    waiting = [one for one in record.extensions if one.state == ExtensionState.PENDING]
    granted = sum(one.state == ExtensionState.GRANTED for one in record.extensions)
    pending = waiting[0] if waiting else None
    would_end = extended_until(until, pending.wanted_days, zone) if pending else None
    moves = EXTENSIONS.available(ExtensionState.PENDING, actor) if rules.is_own(record.partner_id, actor) else []
    return ShownWindow(
        exclusive=record.role in rules.EXCLUSIVE_ROLES,
        days=window.days,
        gone=window.gone,
        left=window.left,
        since=window.since,
        last=window.last,
        pending=pending,
        would_last=rules.last_protected_day(would_end, zone) if would_end else None,
        moves=shown_moves(moves) if pending else (),
        decided=tuple(one for one in reversed(record.extensions) if one.state != ExtensionState.PENDING),
        labels={key: _(label) for key, label in EXTENSION_LABELS.items()},
        may_ask=terms is not None and not record.pending,
        left_to_ask=extensions_left(granted, terms.extensions) if terms else 0,
        most=terms.extensions if terms else 0,
        most_days=terms.extension_days if terms else 0,
        granted=granted,
        tier=_(TIER_LABELS[Tier(record.partner_tier)]),
    )
