"""What the cells of a column tell about how the column writes numbers, dates and currencies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from portal.imports.cells import BadCell, shorten
from portal.imports.dates import DATE_ORDERS, EXCEL_DAYS, is_serial, parse_date, possible_orders
from portal.imports.fields import ValueKind
from portal.imports.numbers import (
    DECIMAL_SIGNS,
    currency_in,
    depends_on_sign,
    parse_number,
    possible_signs,
    split_amount,
)
from portal.imports.records import Exact
from portal.imports.values import clean_text, is_nothing

MOST_SAMPLES: Final = 5
_CLEARLY: Final = 20
"""A way of writing is settled when this many times more cells tell it than tell another."""


class Option(NamedTuple):
    """A way of writing: its code, and what the first cell in doubt reads as under it, in plain characters."""

    value: str
    reads: str


@dataclass(slots=True)
class SignEvidence:
    """What a column of numbers tells: whether the point or the comma is before the decimals."""

    told_by: Counter[str] = field(default_factory=Counter)
    samples: dict[str, None] = field(default_factory=dict)
    """A few cells that are two different numbers."""

    def add(self, text: str) -> None:
        """Take in a cell that is not empty."""
        if isinstance(text, Exact) or text.isdecimal():
            return
        try:
            number, _ = split_amount(text)
        except BadCell:
            return
        signs = possible_signs(number)
        if len(signs) == 1:
            self.told_by.update(signs)
        elif signs and len(self.samples) < MOST_SAMPLES and depends_on_sign(number):
            self.samples[shorten(number)] = None

    def settled(self) -> str:
        """The sign that the cells tell; the point when none of them needs to know; else `""`."""
        if not self.told_by and not self.samples:
            return "."
        (best, most), *others = [*self.told_by.most_common(), ("", 0)]
        return best if most and all(most >= _CLEARLY * times for _, times in others) else ""

    def question(self) -> str:
        """The code of what is left to ask, `""` for nothing."""
        if self.settled():
            return ""
        return "decimal_sign_mixed" if self.told_by else "decimal_sign"

    def options(self) -> tuple[Option, ...]:
        """Both signs."""
        sample = next(iter(self.samples), "")
        return tuple(Option(s, f"{parse_number(sample, s):f}" if sample else "") for s in DECIMAL_SIGNS)


@dataclass(slots=True)
class OrderEvidence:
    """What a column of dates tells: whether the day comes first, the month, or the year."""

    told_by: Counter[frozenset[str]] = field(default_factory=Counter)
    """Cells by the orders under which they are a day, where these are different days."""
    samples: dict[str, None] = field(default_factory=dict)
    """A few cells that are different days under different orders, or spreadsheet day numbers."""
    serials: int = 0
    clear: int = 0
    """Cells that need no order."""

    def add(self, text: str) -> None:
        """Take in a cell that is not empty."""
        if is_serial(text):
            self.serials += 1
            self._sample(text)
            return
        days = {} if isinstance(text, Exact) else possible_orders(text)
        if len(set(days.values())) == len(days) > 0:
            self.told_by[frozenset(days)] += 1
            if len(days) > 1:
                self._sample(text)
        else:
            self.clear += 1

    def _sample(self, text: str) -> None:
        if len(self.samples) < MOST_SAMPLES:
            self.samples[shorten(text)] = None

    def settled(self) -> str:
        """The order that the cells tell; `""` when they tell none or need none."""
        seen = self._seen()
        return next((one for one in seen if all(self._beats(one, other) for other in seen if other != one)), "")

    def question(self) -> str:
        """The code of what is left to ask, `""` for nothing."""
        if not self.told_by:
            return "excel_days" if self.serials and not self.clear else ""
        if self.settled():
            return ""
        contradicting = any(self._tells(one, other) for one in self._seen() for other in self._seen())
        return "date_order_mixed" if contradicting else "date_order"

    def options(self) -> tuple[Option, ...]:
        """The orders that are still possible, or the one reading of day numbers."""
        seen = self._seen()
        orders = [one for one in seen if not any(self._beats(other, one) for other in seen)]
        if not seen and self.serials:
            orders = [EXCEL_DAYS]
        return tuple(Option(order, self._reads(order)) for order in orders)

    def _reads(self, order: str) -> str:
        """The first sample as a day under an order."""
        for sample in self.samples:
            try:
                return parse_date(sample, order).isoformat()
            except BadCell:
                continue
        return ""

    def _seen(self) -> list[str]:
        """The orders under which any cell is a day."""
        return [order for order in DATE_ORDERS if any(order in orders for orders in self.told_by)]

    def _tells(self, one: str, other: str) -> int:
        """How many cells are a day under one order and not under another."""
        return sum(n for orders, n in self.told_by.items() if one in orders and other not in orders)

    def _beats(self, one: str, other: str) -> bool:
        return self._tells(one, other) > _CLEARLY * self._tells(other, one)


@dataclass(slots=True)
class CurrencyEvidence:
    """What a column of amounts tells: whether each has a currency, in the cell or in the column beside it."""

    amounts: int
    """Place of the column of amounts."""
    currencies: int | None
    """Place of the column of currencies, if there is one."""
    samples: dict[str, None] = field(default_factory=dict)
    """A few amounts that have none."""

    def add(self, cells: Sequence[str]) -> None:
        """Take in a row."""
        beside = "" if self.currencies is None else cells[self.currencies]
        if len(self.samples) == MOST_SAMPLES or not is_nothing(beside, ValueKind.CURRENCY):
            return
        text = clean_text(cells[self.amounts])
        if not is_nothing(text, ValueKind.MONEY) and not currency_in(text):
            self.samples[shorten(text)] = None
