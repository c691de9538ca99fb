"""What the page of a deal shows of its window and of what is asked about it while it runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from partners.companies.rules import TIER_LABELS, Tier
from partners.deals import rules
from partners.deals.asked import Amendment, Extension
from partners.deals.protection import Terms
from partners.deals.queries import DealRecord
from partners.deals.states import AmendmentState, DealState, ExtensionState
from partners.deals.windows import (
    AMENDMENT_LABELS,
    AMENDMENTS,
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
from portal.core.i18n import current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money

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


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A product, or the expected close, before and after; words, empty where it is not there."""

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class ShownAmendment:
    """A proposal side by side with what it would change."""

    state: str
    label: str
    rows: tuple[ShownRow, ...]
    words: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_note: str


@dataclass(frozen=True, slots=True)
class ShownAmendments:
    """What waits, with the answers there are, and what was decided, newest first."""

    pending: ShownAmendment | None
    moves: tuple[ShownMove, ...]
    decided: tuple[ShownAmendment, ...]
    may_propose: bool


def amendments_of(actor: Actor, record: DealRecord, now: datetime, *, own: bool) -> ShownAmendments:
    """What is and was proposed about the deal. `own`: the actor sells for its partner."""
    shown = [_amendment(one, record.amount.currency) for one in record.amendments]
    waiting = [one for one in shown if one.state == AmendmentState.PENDING]
    moves = AMENDMENTS.available(AmendmentState.PENDING, actor) if rules.is_own(record.partner_id, actor) else []
    runs = rules.is_running(record.state, record.protected_until, now) and rules.is_open(record.stage)
    return ShownAmendments(
        pending=waiting[0] if waiting else None,
        moves=shown_moves(moves) if waiting else (),
        decided=tuple(one for one in reversed(shown) if one.state != AmendmentState.PENDING),
        may_propose=own and runs and not record.pending,
    )


def _amendment(one: Amendment, currency: str) -> ShownAmendment:
    label = AMENDMENT_LABELS[one.state]
    return ShownAmendment(
        one.state, _(label), tuple(_rows(one, currency)), one.words, one.asked_at, one.decided_by, one.decided_at,
        one.decision_note,
    )  # fmt: skip


def _rows(one: Amendment, currency: str) -> Iterator[ShownRow]:
    """Each product of either side, the value and the close. A product on several lines has several entries."""
    before, after = _by_product(one.before, currency), _by_product(one.after, currency)
    chinese = current_locale() == "zh_CN"
    names = {
        # What was proposed before names were kept in both languages has the one name.
        line["product"]: (chinese and line.get("name_zh")) or line["name"]
        for side in (one.before, one.after)
        for line in side["lines"]
    }
    for product, name in names.items():
        yield ShownRow(name, before.get(product, ""), after.get(product, ""))
    yield ShownRow(_("Value, net"), _value(one.before, currency), _value(one.after, currency))
    yield ShownRow(_("Expected close"), _close(one.before), _close(one.after))


def _by_product(side: dict[str, Any], currency: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for line in side["lines"]:
        words = f"{formats.number(line['quantity'])} × {formats.money(Money(line['price'], currency))}"
        found.setdefault(line["product"], []).append(words)
    return {product: ", ".join(each) for product, each in found.items()}


def _value(side: dict[str, Any], currency: str) -> str:
    total = rules.deal_value((line["quantity"], line["price"]) for line in side["lines"])
    return formats.money(Money(total, currency))


def _close(side: dict[str, Any]) -> str:
    return formats.date(date.fromisoformat(side["expected_close_on"])) if side["expected_close_on"] else ""
