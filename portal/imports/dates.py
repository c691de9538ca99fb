"""Days and moments as people and programs write them, the order of day and month never guessed."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple

from babel import Locale

from portal.imports.cells import BadCell
from portal.imports.codes import CellCode
from portal.imports.words import fold_word

DATE_ORDERS: Final = ("dmy", "mdy", "ymd")
EXCEL_DAYS: Final = "excel"
"""Not an order: the column holds spreadsheet day numbers, 45292 for 2024-01-01."""

_MONTH_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl")
_LONGEST: Final = 80
_YEARS: Final = range(1900, 2200)
_CENTURY_TURN: Final = 69
"""Two-digit years below are of this century, as POSIX has it."""
_EXCEL_ZERO: Final = dt.date(1899, 12, 30)
_SERIAL: Final = re.compile(r"[1-9]\d{4}(\.\d+)?")

_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:([-/.\\ ])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")
_IN_DOUBT: Final = re.compile(r"(\d{1,2})([-/.\\ ])(\d{1,2})\2(\d{4}|\d\d)")
_DAY_NAME: Final = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_DAY_FIRST: Final = re.compile(
    rf"{_DAY_NAME}(\d{{1,2}})(?:st|nd|rd|th|\.)?[-/ ]*([^\W\d_]{{3,12}})\.?[-/, ]*(\d{{4}}|\d\d)"
)
_MONTH_FIRST: Final = re.compile(rf"{_DAY_NAME}([^\W\d_]{{3,12}})\.?[-/ ]*(\d{{1,2}})(?:st|nd|rd|th)?[-/, ]+(\d{{4}})")
_YEAR_NAMED: Final = re.compile(r"(\d{4})[-/ ]([^\W\d_]{3,12})[-/ ](\d{1,2})")

_CLOCK: Final = re.compile(
    r"""(?:T|\s+|\s*(?P<before>上午|下午)\s*)
        (?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?
        (?:\s*(?P<after>AM|PM|A\.M\.|P\.M\.))?
        \s*(?P<zone>Z?[+-]\d\d(?::?\d\d)?|Z|UTC|GMT)?""",
    re.IGNORECASE | re.VERBOSE,
)
_NOON: Final = 12
_USUAL: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{6}|\.\d{3})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
"""How programs write moments, which is read a good deal faster than what people write."""


class Moment(NamedTuple):
    """An instant in UTC. `precision` is `"day"` when only a day was given: then it is that day's start."""

    at: dt.datetime
    precision: str


def parse_date(text: str, order: str | None) -> dt.date:
    """The day that a text says; a time after it is let be. `order` is that of its column, None when not known.

    Raises BadCell: `not_a_date`, `no_such_date` (31 June), `date_out_of_range`, `ambiguous_date` when it depends on
    the order and that is not known.
    """
    return _split(text, order)[0]


def parse_moment(text: str, order: str | None, zone: dt.tzinfo) -> Moment:
    """The instant that a text says. Without a zone of its own it is the clock in `zone`; without a time, day's start.

    A time that the clock skips or shows twice is taken with the offset before the change. Raises BadCell as
    `parse_date`, and `not_a_time`.
    """
    if (usual := _usual(text, zone)) is not None:
        return Moment(usual, "second")
    day, clock = _split(text, order)
    if clock is None:
        return Moment(dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC), "day")
    return Moment(_at(text, day, clock, zone).astimezone(dt.UTC), "second")


def _usual(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    """The instant of a text that is written as programs do it and is right; None for every other."""
    if not _USUAL.fullmatch(text):
        return None
    try:
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(dt.UTC) if at.year in _YEARS else None
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def possible_orders(text: str) -> Mapping[str, dt.date]:
    """What a text says under each order in which it is a day; empty when no order is needed to read it."""
    if text[:4].isdecimal() or len(text) > _LONGEST:
        return {}
    match = _IN_DOUBT.fullmatch(_without_clock(_plain(text))[0])
    if match is None:
        return {}
    found = {order: _ordered(match, order) for order in DATE_ORDERS}
    return {order: day for order, day in found.items() if day is not None}


def is_serial(text: str) -> bool:
    """Whether a text could be a spreadsheet's number of a day (1927 to 2173)."""
    return bool(_SERIAL.fullmatch(text.strip()))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _without_clock(plain: str) -> tuple[str, re.Match[str] | None]:
    """A text without the time at its end, and that time."""
    for clock in _CLOCK.finditer(plain):
        if clock.end() == len(plain):
            return plain[: clock.start()].rstrip(), clock
    return plain, None


def _split(text: str, order: str | None) -> tuple[dt.date, re.Match[str] | None]:
    """The day and, if there is one, the time."""
    if len(text) > _LONGEST:
        raise BadCell(CellCode.NOT_A_DATE, text)
    if order == EXCEL_DAYS and is_serial(text):
        return _EXCEL_ZERO + dt.timedelta(days=int(text.strip().partition(".")[0])), None
    written, clock = _without_clock(_plain(text))
    day = _read_day(text, written, order)
    if day.year not in _YEARS:
        raise BadCell(CellCode.DATE_OUT_OF_RANGE, text)
    return day, clock


def _read_day(text: str, written: str, order: str | None) -> dt.date:
    """The day, by the first way of writing that fits."""
    if match := _YEAR_FIRST.fullmatch(written) or _COMPACT.fullmatch(written):
        return _day(text, *(int(part) for part in match.groups() if part and part.isdecimal()))
    if match := _IN_DOUBT.fullmatch(written):
        return _in_doubt(text, match, order)
    if match := _DAY_FIRST.fullmatch(written):
        return _day(text, _year(match[3]), _month(text, match[2]), int(match[1]))
    if match := _MONTH_FIRST.fullmatch(written):
        return _day(text, int(match[3]), _month(text, match[1]), int(match[2]))
    if match := _YEAR_NAMED.fullmatch(written):
        return _day(text, int(match[1]), _month(text, match[2]), int(match[3]))
    raise BadCell(CellCode.NOT_A_DATE, text)


def _in_doubt(text: str, match: re.Match[str], order: str | None) -> dt.date:
    """A day whose parts could stand in several orders."""
    days = {known: day for known in DATE_ORDERS if (day := _ordered(match, known)) is not None}
    if not days:
        raise BadCell(CellCode.NO_SUCH_DATE, text)
    if order in DATE_ORDERS:
        if order not in days:
            raise BadCell(CellCode.DATE_OTHER_ORDER, text)
        return days[order]
    if len(set(days.values())) > 1:
        raise BadCell(CellCode.AMBIGUOUS_DATE, text)
    return next(iter(days.values()))


def _ordered(match: re.Match[str], order: str) -> dt.date | None:
    """The day under an order; None when there is none."""
    first, second, last = match[1], match[3], match[4]
    parts = {"dmy": (last, second, first), "mdy": (last, first, second), "ymd": (first, second, last)}[order]
    if order == "ymd" and (len(last) > len("00") or len(first) < len("00")):
        return None
    try:
        return dt.date(_year(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def _day(text: str, year: int, month: int, day: int) -> dt.date:
    """The day, if the calendar has it."""
    try:
        return dt.date(year, month, day)
    except ValueError as problem:
        raise BadCell(CellCode.NO_SUCH_DATE, text) from problem


def _year(digits: str) -> int:
    """A year of four digits, or of two."""
    year = int(digits)
    if len(digits) > len("00"):
        return year
    return year + (2000 if year < _CENTURY_TURN else 1900)


def _month(text: str, name: str) -> int:
    """The number of a month from its name, long or short, in one of seven languages."""
    number = _months().get(fold_word(name))
    if number is None:
        raise BadCell(CellCode.NOT_A_DATE, text)
    return number


@cache
def _months() -> dict[str, int]:
    """Names of months, folded; a name that means two months in two languages is left out."""
    found: dict[str, set[int]] = {"sept": {9}}
    for language in _MONTH_LANGUAGES:
        months = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    found.setdefault(fold_word(name), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def _at(text: str, day: dt.date, clock: re.Match[str], zone: dt.tzinfo) -> dt.datetime:
    """Day and time together, in the zone written with them or in `zone`."""
    hour, half = int(clock["hour"]), (clock["before"] or clock["after"] or "").upper().replace(".", "")
    if half and not 1 <= hour <= _NOON:
        raise BadCell(CellCode.NOT_A_TIME, text)
    if half:
        hour = hour % _NOON + (_NOON if half in {"PM", "下午"} else 0)
    micro = int((clock["part"] or "").ljust(6, "0")[:6])
    try:
        time = dt.time(hour, int(clock["minute"]), int(clock["second"] or 0), micro)
        return dt.datetime.combine(day, time, _zone(clock["zone"] or "") or zone)
    except ValueError as problem:
        raise BadCell(CellCode.NOT_A_TIME, text) from problem


def _zone(written: str) -> dt.tzinfo | None:
    """The zone of `Z`, `+0800`, `+08:00`, `-03` or `Z-0300`; ValueError beyond a day."""
    if not written:
        return None
    digits = re.sub(r"\D", "", written).ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-offset if "-" in written else offset)
