"""What is true of a customer's life: which lifecycle events follow from its revenue and contracts. Pure."""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from attribution.lifecycle.continuing import Contracts, Settings, Term
from attribution.revenue.rules import RevenueKind
from portal.core.i18n import N_

_NAMES: Final = UUID("0d3c9a52-8a0e-4f2b-9d51-5f7c2f1f6e11")
_ONE_DAY: Final = timedelta(days=1)
_YEAR_MONTHS: Final = 12


class EventKind(StrEnum):
    """What happened in a customer's life."""

    NEW_LOGO = "new_logo"
    CROSS_SELL = "cross_sell"
    UPSELL = "upsell"
    RENEWAL = "renewal"
    REACTIVATION = "reactivation"
    CONTRACTION = "contraction"
    CHURN = "churn"


LOSSES: Final = frozenset({EventKind.CONTRACTION, EventKind.CHURN})
"""Kinds without lines, whose value is an estimate of what is lost a year, and never above zero."""

KIND_LABELS: Final[Mapping[EventKind, str]] = {
    EventKind.NEW_LOGO: N_("New customer"),
    EventKind.CROSS_SELL: N_("Cross-sell"),
    EventKind.UPSELL: N_("Upsell"),
    EventKind.RENEWAL: N_("Renewal"),
    EventKind.REACTIVATION: N_("Reactivation"),
    EventKind.CONTRACTION: N_("Contraction"),
    EventKind.CHURN: N_("Churn"),
}


class Reason(StrEnum):
    """Why an event is of its kind."""

    FIRST_ORDER = "first_order"
    NEW_GROUP = "new_group"
    BOUGHT_AGAIN = "bought_again"
    RENEWS_TERM = "renews_term"
    CAME_BACK = "came_back"
    RENEWED_FOR_LESS = "renewed_for_less"
    NOT_CONTINUED = "not_continued"
    NO_PAYMENT = "no_payment"
    TERM_ENDED = "term_ended"


class Line(NamedTuple):
    """A line of revenue, as far as it matters here."""

    id: UUID
    kind: str
    """One of `RevenueKind`."""
    parent: UUID | None
    """The invoice line it belongs to; None for an invoice line."""
    group: UUID
    """Of the product."""
    partner: UUID | None
    currency: str
    net_minor: int
    ordered_on: date
    day: date
    """Of the invoice, payment, refund or credit note, on the vendor's calendar."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as it is derived; its id follows from what it is, so that the same event keeps it."""

    id: UUID
    account: UUID
    kind: EventKind
    day: date
    group: UUID | None
    currency: str
    value_minor: int
    reason: Reason
    facts: Mapping[str, str | int]
    """What fills the sentence of the reason; days as ISO text."""
    partner: UUID | None
    term: UUID | None
    lines: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer is in its life."""

    first_on: date | None
    """Its first order; None for one that has contracts only."""
    last_on: date | None
    """The last day of a payment or order."""
    asleep_on: date
    """The day from which it is dormant: gone by, or to come if nothing happens until then."""
    due_on: date | None
    """The next day on which time alone makes an event; None when there is none."""


@dataclass(frozen=True, slots=True)
class Derived:
    """All that follows for one customer; events by day."""

    events: tuple[NewEvent, ...]
    standing: Standing | None
    """None for a customer without orders and contracts."""


@dataclass(slots=True)
class _Order:
    """What was ordered on one day in one product group and currency."""

    day: date
    group: UUID
    currency: str
    value: int = 0
    by_partner: dict[UUID | None, int] = field(default_factory=lambda: defaultdict(int))
    lines: list[UUID] = field(default_factory=list)

    @property
    def partner(self) -> UUID | None:
        """Who invoiced most of it."""
        named = [(net, str(partner), partner) for partner, net in self.by_partner.items() if partner is not None]
        return max(named)[2] if named else None


def add_months(day: date, months: int) -> date:
    """The same day of a month so many months later (or earlier), at most the last of that month."""
    place = day.year * _YEAR_MONTHS + day.month - 1 + months
    year, month = divmod(place, _YEAR_MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def worth(net: int, credited: int, refunded: int) -> int:
    """What is left of an invoice line: its net less the larger of what was credited and what was refunded.

    A refund settles a credit note, so the two are not added up. Never below zero.
    """
    return max(net + min(credited, refunded), 0)


def derive(account: UUID, lines: Iterable[Line], terms: Iterable[Term], settings: Settings, today: date) -> Derived:
    """The events of one customer, from all lines and contracts of it and of the accounts merged into it.

    Neither order of the arguments' items changes anything. docs/attribution/lifecycle.md has the definitions.
    """
    lines, contracts = list(lines), Contracts(terms, settings)
    by_day: dict[date, list[_Order]] = defaultdict(list)
    for order in _orders_of(lines):
        by_day[order.day].append(order)
    # A payment dated after today has not been made: it keeps nobody before its day.
    paid = {line.day for line in lines if line.kind == RevenueKind.PAYMENT and line.net_minor > 0 and line.day <= today}
    life = _Life(account, contracts, settings, today)
    for day in sorted({*by_day, *paid}):
        life.go_on(day)
        if day in by_day:
            life.order(day, by_day[day])
        else:
            life.pay(day)
    life.go_on(None)
    events = life.events + _contractions(account, contracts, life, today)
    return Derived(tuple(sorted(events, key=lambda one: (one.day, one.id))), life.standing())


def _orders_of(lines: Sequence[Line]) -> list[_Order]:
    """Lines by order, each payment, refund and credit note with its invoice line; by day, group and currency."""
    taken: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    children: dict[UUID, list[UUID]] = defaultdict(list)
    for line in lines:
        if line.parent is not None:
            taken[line.parent][line.kind] += line.net_minor
            children[line.parent].append(line.id)
    orders: dict[tuple[date, UUID, str], _Order] = {}
    for line in sorted(line for line in lines if line.parent is None):
        key = (line.ordered_on, line.group, line.currency)
        order = orders.get(key)
        if order is None:
            order = orders[key] = _Order(*key)
        back = taken.get(line.id, {})
        order.value += worth(line.net_minor, back.get(RevenueKind.CREDIT_NOTE, 0), back.get(RevenueKind.REFUND, 0))
        order.by_partner[line.partner] += line.net_minor
        order.lines += [line.id, *sorted(children.get(line.id, ()))]
    return [orders[key] for key in sorted(orders)]


class _Life:
    """A customer's life, gone through day by day."""

    def __init__(self, account: UUID, contracts: Contracts, settings: Settings, today: date) -> None:
        self.events: list[NewEvent] = []
        self._account = account
        self._contracts = contracts
        self._settings = settings
        self._today = today
        self._orders: list[_Order] = []
        self._bought: dict[UUID, date] = {}
        """Groups with the day on which each was bought last."""
        self._last: date | None = None
        self._churned: date | None = None
        """Since when it has been away; None while it is a customer."""
        self._away: list[tuple[date, date | None]] = []
        """From the day of each churn to the day on which it came back."""

    def go_on(self, day: date | None) -> None:
        """Up to a day with an order or payment, or to today: the clock may run out before."""
        if self._last is None or self._churned is not None:
            return
        asleep, ended = self._contracts.rests_from(self._clock())
        if asleep <= self._today and (day is None or asleep < day):
            self._churn(asleep, ended)

    def pay(self, day: date) -> None:
        """A payment keeps a customer; one for an old order does not bring it back."""
        if self._last is not None:
            self._last = day

    def order(self, day: date, orders: Sequence[_Order]) -> None:
        """All that was ordered on one day."""
        for order in orders:
            self.events.append(self._gain(order))
        for order in orders:
            self._bought[order.group] = day
        if self._churned is not None:
            self._away[-1] = (self._churned, day)
        self._orders += orders
        self._last, self._churned = day, None

    def was_away(self, day: date) -> bool:
        """Whether it had churned by then and was not back."""
        return any(since <= day and (back is None or day < back) for since, back in self._away)

    def standing(self) -> Standing | None:
        """Where it is now."""
        contracts, today = self._contracts, self._today
        if self._last is None:
            end = contracts.last_end
            return None if end is None else Standing(None, None, end + _ONE_DAY, contracts.due_after(today))
        due = contracts.due_after(today)
        if self._churned is not None:
            # A paid contract that began after the churn and runs is no order, but such a customer is not dormant.
            asleep = max([self._churned, *contracts.ends_of_begun(today)])
        else:
            asleep, _ended = contracts.rests_from(self._clock())
            due = asleep if due is None else min(asleep, due)
        return Standing(self._orders[0].day, self._last, asleep, due)

    def _clock(self) -> date:
        """When the customer would be dormant if no contract ran."""
        return add_months(self._last or self._today, self._settings.dormant_months)

    def _gain(self, order: _Order) -> NewEvent:
        first = self._orders[0].day if self._orders else None
        term = self._contracts.renewed_by(order.group, order.day)
        facts: dict[str, str | int] = {}
        kind, reason = EventKind.UPSELL, Reason.BOUGHT_AGAIN
        if first is None:
            kind, reason, term = EventKind.NEW_LOGO, Reason.FIRST_ORDER, None
        elif self._churned is not None:
            kind, reason, term = EventKind.REACTIVATION, Reason.CAME_BACK, None
            facts = {"churned_on": self._churned.isoformat(), "last_on": str(self._last)}
        elif term is not None:
            kind, reason = EventKind.RENEWAL, Reason.RENEWS_TERM
            facts = {"term": term.number, "starts_on": term.starts_on.isoformat()}
        elif order.group not in self._bought:
            kind, reason, facts = EventKind.CROSS_SELL, Reason.NEW_GROUP, {"first_on": first.isoformat()}
        else:
            facts = {"before_on": self._bought[order.group].isoformat()}
        return NewEvent(
            event_id(self._account, kind, order.day, order.group, order.currency),
            self._account, kind, order.day, order.group, order.currency, order.value, reason, facts, order.partner,
            term.id if term else None, tuple(order.lines),
        )  # fmt: skip

    def _churn(self, day: date, ended: date | None) -> None:
        """One event for each currency in which the customer bought in the year before."""
        last = self._last or day
        since = add_months(last, -_YEAR_MONTHS)
        lost: dict[str, int] = defaultdict(int)
        for order in self._orders:
            if since < order.day <= last:
                lost[order.currency] += order.value
        facts: dict[str, str | int] = {"last_on": last.isoformat(), "months": self._settings.dormant_months}
        if ended is not None:
            facts["ended_on"] = ended.isoformat()
        latest = max(self._orders, key=lambda one: (one.day, one.value, one.currency, str(one.group)))
        for currency in sorted(key for key, minor in lost.items() if minor) or [latest.currency]:
            self.events.append(
                NewEvent(
                    event_id(self._account, EventKind.CHURN, day, None, currency), self._account, EventKind.CHURN,
                    day, None, currency, -lost[currency],
                    Reason.NO_PAYMENT if ended is None else Reason.TERM_ENDED, facts, latest.partner, None,
                )
            )  # fmt: skip
        self._churned = day
        self._away.append((day, None))


def event_id(
    account: UUID, kind: EventKind, day: date, group: UUID | None, currency: str, term: UUID | None = None
) -> UUID:
    """The id of an event: the same whenever it is derived."""
    return uuid5(_NAMES, f"{kind}|{account}|{day}|{group or ''}|{currency}|{term or ''}")


def _contractions(account: UUID, contracts: Contracts, life: _Life, today: date) -> list[NewEvent]:
    """Contracts renewed for less, and those that nothing continued while the customer stayed."""
    found = []
    for one in contracts.shrunk(today):
        if not one.is_renewed and life.was_away(one.day):
            continue  # the churn says it
        kind, term = EventKind.CONTRACTION, one.term
        reason = Reason.RENEWED_FOR_LESS if one.is_renewed else Reason.NOT_CONTINUED
        found.append(
            NewEvent(
                event_id(account, kind, one.day, term.group, term.currency, term.id), account, kind, one.day,
                term.group, term.currency, -one.lost_minor, reason, one.facts, term.partner, term.id,
            )
        )  # fmt: skip
    return found
