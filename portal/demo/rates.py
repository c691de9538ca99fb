"""The European Central Bank's reference rates, amounts in US dollars exchanged by them, and the rates as a file."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from portal.core.money import round_half_away
from portal.demo.timeline import written

BASE = "EUR"
"""The ECB quotes every currency for one euro."""
HOME = "USD"
"""The currency of the source data."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Units of each currency for one euro, by banking day in ascending order."""

    days: Sequence[date]
    quotes: Sequence[Mapping[str, Fraction]]

    def on(self, day: date) -> Mapping[str, Fraction]:
        """The rates of that day; on a weekend or holiday the last before it. LookupError before the first."""
        index = bisect_right(self.days, day)
        if index == 0:
            message = f"no reference rate on or before {day}"
            raise LookupError(message)
        return self.quotes[index - 1]

    def exchange(self, cents: int, currency: str, day: date) -> int:
        """US cents in cents of `currency` at the day's rates, rounded half away from zero.

        Every currency here has two decimals, like the dollar, so that cents stay cents.
        """
        if currency == HOME:
            return cents
        quotes = self.on(day)
        units = Fraction(1) if currency == BASE else quotes[currency]
        return round_half_away(cents * units / quotes[HOME])


def rate_rows(rates: Rates, move: timedelta, today: date) -> Iterator[dict[str, str]]:
    """The rates before today as the importer reads them, moved as the orders are: a column for each currency."""
    for day, quotes in zip(rates.days, rates.quotes, strict=True):
        if day + move < today:
            named = {code: str(Decimal(rate.numerator) / Decimal(rate.denominator)) for code, rate in quotes.items()}
            yield {"Date": written(day + move), **named}


def decimal_text(cents: int) -> str:
    """Cents as a decimal amount: `-1234.05`."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02}"
