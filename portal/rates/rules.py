"""What is true of exchange rates: which one holds on a day, and how an amount is converted. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, NamedTuple

from portal.core.money import Money, exponent, round_half_away

BASE: Final = "EUR"
"""Rates say how much of a currency one of these is worth."""
OLDEST: Final = timedelta(days=7)
"""How long a rate holds after its day: over weekends and holidays, never over a gap in what was imported."""


class Quote(NamedTuple):
    """What one euro was worth on a day."""

    day: date
    per_euro: Fraction


class MissingRate(LookupError):
    """No rate of this currency is of that day or of the seven days before."""

    def __init__(self, currency: str, day: date) -> None:
        """Keep which one is needed."""
        super().__init__(f"no rate of {currency} on {day} or in the seven days before")
        self.currency = currency
        self.day = day


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An amount in another currency, with the rates of the old and the new one; None where nothing was exchanged."""

    money: Money
    given: Quote | None = None
    taken: Quote | None = None


class Rates:
    """Rates by currency, each list in ascending order of days."""

    def __init__(self, quotes: Mapping[str, Sequence[Quote]]) -> None:
        self._quotes = quotes
        self._days = {currency: [quote.day for quote in several] for currency, several in quotes.items()}

    def on(self, currency: str, day: date) -> Quote:
        """The last rate on or before the day, at most seven days old; the euro is worth itself. Raises MissingRate."""
        if currency == BASE:
            return Quote(day, Fraction(1))
        place = bisect_right(self._days.get(currency, []), day)
        found = self._quotes[currency][place - 1] if place else None
        if found is None or day - found.day > OLDEST:
            raise MissingRate(currency, day)
        return found

    def exchange(self, money: Money, to: str, day: date) -> Exchanged:
        """The amount in another currency by the rates of a day, rounded once, half away from zero, to its minor unit.

        Raises MissingRate.
        """
        if money.currency == to:
            return Exchanged(money)
        given, taken = self.on(money.currency, day), self.on(to, day)
        shift = Fraction(10) ** (exponent(to) - exponent(money.currency))
        exact = money.minor * taken.per_euro / given.per_euro * shift
        return Exchanged(Money(round_half_away(exact), to), given, taken)

    def convert(self, money: Money, to: str, day: date) -> Money:
        """The amount of `exchange` alone. Raises MissingRate."""
        return self.exchange(money, to, day).money
