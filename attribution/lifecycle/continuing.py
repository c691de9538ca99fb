"""Which contract continues which, from when nothing runs any more, and what a year is worth less. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, NamedTuple
from uuid import UUID

from portal.core.money import round_half_away

_ONE_DAY: Final = timedelta(days=1)
_YEAR: Final = 365
"""Days by which what a contract is worth a day becomes what it is worth a year."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the vendor decides about the life of customers."""

    dormant_months: int = 18
    """Without a payment for so long, and without a running paid contract, a customer is dormant."""
    continue_days: int = 90
    """A contract continues another that ends at most so many days before or after it starts."""
    order_days: int = 30
    """An order at most so many days before or after a continuing contract's start is its renewal."""


class Term(NamedTuple):
    """A contract, as far as it matters here; its last day belongs to it."""

    id: UUID
    number: str
    group: UUID
    """Of the product."""
    product: UUID
    partner: UUID | None
    currency: str
    starts_on: date
    ends_on: date
    value_minor: int
    """Of the whole contract."""

    @property
    def a_day(self) -> Fraction:
        """What it is worth a day, in minor units."""
        return Fraction(self.value_minor, (self.ends_on - self.starts_on).days + 1)


@dataclass(slots=True)
class _Renewal:
    """Contracts that ended, and those that took their place; the first of these is the main one."""

    before: list[Term] = field(default_factory=list)
    after: list[Term] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shrinking:
    """That a contract was renewed for less, or by nothing."""

    day: date
    term: Term
    """The one that came, or the one that ended."""
    lost_minor: int
    """A year, above zero."""
    is_renewed: bool
    """Whether it was renewed, for less; otherwise nothing continued it."""
    facts: Mapping[str, str | int]


class Contracts:
    """All contracts of one customer."""

    def __init__(self, terms: Iterable[Term], settings: Settings) -> None:
        self._settings = settings
        self._terms = sorted(terms, key=_in_order)
        by_group: dict[UUID, list[Term]] = defaultdict(list)
        for term in self._terms:
            by_group[term.group].append(term)
        self._renewals = [one for some in by_group.values() for one in self._link(some)]
        self._continued = {term.id: renewal for renewal in self._renewals for term in renewal.before}
        self._continuing: dict[UUID, list[Term]] = defaultdict(list)
        for renewal in self._renewals:
            for term in renewal.after:
                self._continuing[term.group].append(term)
        self._runs = [(term.starts_on, self._runs_until(term)) for term in self._terms if term.value_minor > 0]

    @property
    def last_end(self) -> date | None:
        """The last day of all; None without contracts."""
        return max((term.ends_on for term in self._terms), default=None)

    def rests_from(self, day: date) -> tuple[date, date | None]:
        """The first day from then on without a running paid contract, and the last day of the one that ran until it.

        A contract that is continued runs on until its continuation starts.
        """
        ended = None
        for starts, ends in self._runs:
            if starts <= day <= ends:
                ended = ends
                day = ends + _ONE_DAY
        return day, ended

    def ends_of_begun(self, today: date) -> list[date]:
        """The day after the end of each paid contract that has begun."""
        return [ends + _ONE_DAY for starts, ends in self._runs if starts <= today]

    def renewed_by(self, group: UUID, day: date) -> Term | None:
        """The continuing contract whose renewal an order of that group and day is, the nearest if several."""
        near = [
            (abs((term.starts_on - day).days), _in_order(term), term)
            for term in self._continuing.get(group, ())
            if abs((term.starts_on - day).days) <= self._settings.order_days
        ]
        return min(near)[2] if near else None

    def shrunk(self, today: date) -> list[Shrinking]:
        """All that had shrunk by that day."""
        return [one for one in self._shrinking() if one.day <= today]

    def due_after(self, today: date) -> date | None:
        """The next day on which something shrinks by time alone."""
        return min((one.day for one in self._shrinking() if one.day > today), default=None)

    def _shrinking(self) -> Iterator[Shrinking]:
        for renewal in self._renewals:
            main = renewal.after[0]
            if len({term.currency for term in (*renewal.before, *renewal.after)}) > 1:
                continue  # without a rate of exchange nobody can say which is less
            was, now = (sum((term.a_day for term in some), Fraction(0)) for some in (renewal.before, renewal.after))
            lost = round_half_away((was - now) * _YEAR)
            if lost > 0:
                facts: dict[str, str | int] = {
                    "term": main.number,
                    "was_minor": round_half_away(was * _YEAR),
                    "is_minor": round_half_away(now * _YEAR),
                }
                yield Shrinking(main.starts_on, main, lost, is_renewed=True, facts=facts)
        for term in self._terms:
            lost = round_half_away(term.a_day * _YEAR)
            if term.id not in self._continued and lost > 0:
                days = self._settings.continue_days
                facts = {"term": term.number, "ended_on": term.ends_on.isoformat(), "days": days}
                # Only now it is certain; an earlier day would change what reports said of it.
                yield Shrinking(term.ends_on + timedelta(days=days + 1), term, lost, is_renewed=False, facts=facts)

    def _runs_until(self, term: Term) -> date:
        renewal = self._continued.get(term.id)
        return term.ends_on if renewal is None else max(term.ends_on, renewal.after[0].starts_on - _ONE_DAY)

    def _link(self, terms: Sequence[Term]) -> list[_Renewal]:
        """Who continues whom in one product group: one for one, the same product first; what is left joins in.

        Two contracts that become one, or one that becomes two, are one renewal.
        """
        made: list[_Renewal] = []
        of_before: dict[UUID, _Renewal] = {}
        of_after: dict[UUID, _Renewal] = {}
        for same_product in (True, False):
            for new in terms:
                free = [old for old in terms if old.id not in of_before and self._continues(new, old)]
                if same_product:
                    free = [old for old in free if old.product == new.product]
                if new.id not in of_after and free:
                    old = min(free, key=lambda one: _distance(new, one))
                    renewal = _Renewal([old], [new])
                    made.append(renewal)
                    of_before[old.id] = of_after[new.id] = renewal
        for old in terms:
            takers = [new for new in terms if new.id in of_after and self._continues(new, old)]
            if old.id not in of_before and takers:
                renewal = of_after[min(takers, key=lambda one: _distance(one, old)).id]
                renewal.before.append(old)
                of_before[old.id] = renewal
        for new in terms:
            givers = [old for old in terms if old.id in of_before and self._continues(new, old)]
            if new.id not in of_after and givers:
                renewal = of_before[min(givers, key=lambda one: _distance(new, one)).id]
                renewal.after.append(new)
                of_after[new.id] = renewal
        return made

    def _continues(self, new: Term, old: Term) -> bool:
        if old.starts_on >= new.starts_on:
            return False
        return abs((new.starts_on - old.ends_on).days) <= self._settings.continue_days


def _in_order(term: Term) -> tuple[date, date, UUID]:
    return (term.starts_on, term.ends_on, term.id)


def _distance(new: Term, old: Term) -> tuple[int, date, date, UUID, date, date, UUID]:
    """How well two follow each other, the best first; never the same for two pairs."""
    return (abs((new.starts_on - old.ends_on).days), *_in_order(old), *_in_order(new))
