"""Tables with a column for each month: every month of a row becomes a row of its own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

from portal.imports.words import fold_word

KEY, MONTH, VALUE = "Row and month", "Month", "Value"
"""The columns that take the place of the months'; `vocabulary` knows them."""
FEWEST: Final = 3
"""Fewer columns that are named like months are left as they are."""

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "zh")
_YEARS: Final = frozenset(
    {"year", "calendaryear", "fiscalyear", "calyear", "jahr", "annee", "ano", "anno", "jaar", "年", "年度", "年份"}
)
_YEAR_FIRST: Final = re.compile(r"((?:19|20)\d\d)\s*(?:[-/. ]|年)?\s*(0?[1-9]|1[0-2])月?")
_MONTH_FIRST: Final = re.compile(r"(0?[1-9]|1[0-2])[-/. ]((?:19|20)\d\d)")
_NUMBERED: Final = re.compile(r"(?:m|month |月)?\s*-?(0[1-9]|1[0-2]|[1-9])月?", re.IGNORECASE)
_NAMED: Final = re.compile(r"([^\W\d_]{3,12})\.?(?:[-/ ']+((?:19|20)?\d\d))?|((?:19|20)\d\d)[-/ ]([^\W\d_]{3,12})\.?")
_MONTHS: Final = range(1, 13)


@dataclass(frozen=True, slots=True)
class Months:
    """Which columns are months (by place: `"2026-03"`, or `"03"` when a column of the row has the year)."""

    columns: Mapping[int, str]
    year: int | None
    width: int
    """How many columns the file itself has."""

    @property
    def kept(self) -> tuple[int, ...]:
        """The places of the other columns."""
        return tuple(place for place in range(self.width) if place not in self.columns)

    def names(self, names: Sequence[str]) -> tuple[str, ...]:
        """The columns of the rows that come out: what is kept, and three in place of the months."""
        kept = [names[place] for place in self.kept]
        return (*kept, *(name if name not in kept else f"{name} (2)" for name in (KEY, MONTH, VALUE)))

    def split(self, cells: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """A row's months in the order of their columns: what is kept, a key, the first day of the month, the cell.

        The key is made of the cells that are kept, so that the same row of a later file has it again.
        """
        kept = tuple(cells[place] for place in self.kept)
        told = "/".join(cell.strip() for place, cell in zip(self.kept, kept, strict=True) if place != self.year)
        for place, month in self.columns.items():
            named = month if self.year is None else f"{cells[self.year].strip()}-{month}"
            yield (*kept, f"{told}/{named}".lstrip("/"), f"{named}-01", cells[place])


def find_months(headings: Sequence[str]) -> Months | None:
    """The months among the headings of a table; None when there are too few, or nothing tells their year."""
    found = {place: month for place, heading in enumerate(headings) if (month := _month(heading.strip()))}
    dated = {place: f"{year}-{number:02}" for place, (year, number) in found.items() if year}
    if len(set(dated.values())) == len(dated) >= FEWEST:
        return Months(dated, None, len(headings))
    bare = {place: f"{number:02}" for place, (year, number) in found.items() if not year}
    years = [place for place, heading in enumerate(headings) if fold_word(heading) in _YEARS]
    if len(set(bare.values())) == len(bare) >= FEWEST and len(years) == 1:
        return Months(bare, years[0], len(headings))
    return None


def _month(heading: str) -> tuple[int, int] | None:
    """The year (0 when it is not said) and month that a heading names."""
    if len(heading) > 30:  # noqa: PLR2004 -- no month's name is that long
        return None
    if match := _YEAR_FIRST.fullmatch(heading):
        return int(match[1]), int(match[2])
    if match := _MONTH_FIRST.fullmatch(heading):
        return int(match[2]), int(match[1])
    if (match := _NUMBERED.fullmatch(heading)) and not heading.isdecimal():
        return 0, int(match[1])
    if match := _NAMED.fullmatch(heading):
        number = _numbers().get(fold_word(match[1] or match[4]))
        year = match[2] or match[3] or "0"
        return (int(year) + (2000 if len(year) == 2 else 0), number) if number else None  # noqa: PLR2004 -- '26 is 2026
    return None


@cache
def _numbers() -> dict[str, int]:
    """Months by name, long and short, in many languages."""
    words: dict[str, int] = {"sept": 9}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            names = Locale.parse(language).months["format"][width]
            words |= {fold_word(names[number]): number for number in _MONTHS}
    return {word: number for word, number in words.items() if not word.isdecimal()}
