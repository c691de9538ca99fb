"""What is true of working time: which hours of which day count, and arithmetic with them. Pure."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from portal.calendars.published import published
from portal.core.i18n import N_

DAY: Final = 1_440
"""Minutes of a day, by the wall clock."""
LONGEST_DAYS: Final = 3_660
"""How far ahead working time is looked for: ten years. Then there is none worth waiting for."""
MOST_SPANS: Final = 6
"""Spans of working time in one day."""
_HOUR: Final = 60
_ZERO: Final = timedelta(0)


class NoWorkingTime(Exception):
    """A calendar has not so much working time within `LONGEST_DAYS`."""


@dataclass(frozen=True, slots=True)
class Span:
    """Working time within a day, half-open, in minutes of the wall clock: 540 to 1020 is nine to five."""

    begins: int
    ends: int

    def __str__(self) -> str:
        """As people write it: `09:00–17:00`."""
        return f"{_clock(self.begins)}–{_clock(self.ends)}"


Hours = tuple[Span, ...]
"""The working time of one day, in order; nothing on a day off."""
Week = tuple[Hours, ...]
"""Seven of them, Monday first."""
Instants = tuple[tuple[datetime, datetime], ...]

_OFFICE: Final = (Span(9 * _HOUR, 17 * _HOUR),)
OFFICE_WEEK: Final[Week] = (*(_OFFICE,) * 5, (), ())
"""Monday to Friday, nine to five: what holds where nobody has said otherwise."""
WEEKDAY_LABELS: Final = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip


@dataclass(frozen=True)
class Calendar:
    """Working time: the hours of a week in a time zone, a country's public holidays, and changes of one's own.

    A weekend that is worked has its own hours, or where it has none those of the first day of the week that has.
    """

    zone: str
    week: Week = OFFICE_WEEK
    country: str = ""
    """Whose public holidays hold, of a country (`DE`) or a region (`DE-BY`); empty for none."""
    own: Mapping[date, bool] = field(default_factory=dict)
    """Days that are worked (True) or off (False), whatever else says."""
    _known: dict[date, Instants] = field(default_factory=dict, init=False, compare=False, repr=False)

    def works_on(self, day: date) -> bool:
        """Whether the day has working time."""
        own = self.own.get(day)
        if own is not None:
            return own
        year = published(self.country, day.year)
        return day in year.working or (day not in year.holidays and bool(self.week[day.weekday()]))

    def hours_on(self, day: date) -> Hours:
        """The working time of a day, by the wall clock."""
        if not self.works_on(day):
            return ()
        return self.week[day.weekday()] or next((hours for hours in self.week if hours), ())

    def instants_on(self, day: date) -> Instants:
        """The same as instants in UTC, in order and apart from each other, also where the clock is put forward."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = tuple(self._instants(day))
        return known

    def _instants(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        until = datetime.min.replace(tzinfo=UTC)
        for span in self.hours_on(day):
            begins = max(self._instant(day, span.begins), until)
            until = max(self._instant(day, span.ends), begins)
            if begins < until:
                yield begins, until

    def _instant(self, day: date, minute: int) -> datetime:
        days, rest = divmod(minute, DAY)
        wall = datetime.combine(day + timedelta(days=days), time(rest // _HOUR, rest % _HOUR), ZoneInfo(self.zone))
        return wall.astimezone(UTC)

    @property
    def sha256(self) -> str:
        """What tells this calendar from another: its zone, hours, country and own days."""
        written = [self.zone, week_to_json(self.week), self.country, sorted((str(d), w) for d, w in self.own.items())]
        return hashlib.sha256(json.dumps(written).encode()).hexdigest()


def add_working(calendar: Calendar, start: datetime, length: timedelta) -> datetime:
    """The first instant by which so much working time has passed since `start`; `start` itself for none.

    Raises ValueError for a negative length, NoWorkingTime where the calendar has not so much.
    """
    if length < _ZERO:
        message = "working time goes forward"
        raise ValueError(message)
    if not length:
        return start
    first = start.astimezone(ZoneInfo(calendar.zone)).date()
    left = length
    for count in range(LONGEST_DAYS):
        for begins, ends in calendar.instants_on(first + timedelta(days=count)):
            begun = max(begins, start)
            if begun >= ends:
                continue
            if ends - begun >= left:
                return (begun + left).astimezone(start.tzinfo)
            left -= ends - begun
    raise NoWorkingTime


def working_between(calendar: Calendar, begin: datetime, end: datetime) -> timedelta:
    """How much working time lies in [begin, end); negative where `end` is before `begin`."""
    if end < begin:
        return -working_between(calendar, end, begin)
    zone = ZoneInfo(calendar.zone)
    day, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    total = _ZERO
    while day <= last:
        for begins, ends in calendar.instants_on(day):
            total += max(min(ends, end) - max(begins, begin), _ZERO)
        day += timedelta(days=1)
    return total


def _clock(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"


_SPAN: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–—至到~]\s*(\d{1,2})(?::(\d{2}))?")


def read_hours(text: str) -> Hours:
    """The working time of a day as it was typed, `9-12:30, 13:30-18:00`; empty for a day off. Raises ValueError."""
    parts = [part.strip() for part in re.split(r"[,;，；、]", text.replace("：", ":")) if part.strip()]
    return check_hours([_read_span(part) for part in parts])


def _read_span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None or any(int(minutes or 0) >= _HOUR for minutes in (match[2], match[4])):
        raise ValueError(text)
    return Span(int(match[1]) * _HOUR + int(match[2] or 0), int(match[3]) * _HOUR + int(match[4] or 0))


def check_hours(spans: Sequence[Span]) -> Hours:
    """Spans of one day, in order and apart from each other. Raises ValueError."""
    end = 0
    for span in spans:
        if not end <= span.begins < span.ends <= DAY:
            raise ValueError(str(span))
        end = span.ends
    if len(spans) > MOST_SPANS:
        raise ValueError(len(spans))
    return tuple(spans)


def write_hours(hours: Hours) -> str:
    """The working time of a day in one line; nothing for a day off."""
    return ", ".join(str(span) for span in hours)


def week_to_json(week: Week) -> list[list[list[int]]]:
    """The week as it is stored: minutes, day by day."""
    return [[[span.begins, span.ends] for span in hours] for hours in week]


def week_from_json(stored: Sequence[Sequence[Sequence[int]]]) -> Week:
    """The week as it was stored."""
    return tuple(tuple(Span(begins, ends) for begins, ends in hours) for hours in stored)
