"""Public holidays as countries publish them: by law where a law says it for every year, by notice where it does not.

Only days that hold in the whole country. What a region or a company adds is a change of the calendar itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


@dataclass(frozen=True, slots=True)
class Published:
    """A year of a country: days that are off, and weekends that are worked instead."""

    holidays: frozenset[date]
    working: frozenset[date] = frozenset()


NOTHING: Final = Published(frozenset())


@cache
def published(country: str, year: int) -> Published:
    """What is known of a country's year; nothing where the country or the year is not among ours."""
    found = _BY_NOTICE.get((country, year)) or _UNTIL_NOTICE.get((country, year))
    if found is not None:
        return found
    rule = _BY_LAW.get(country)
    return NOTHING if rule is None else Published(frozenset(rule(year)))


def is_known(country: str, year: int) -> bool:
    """Whether the public holidays of this year are known in full, with the weekends that are worked for them."""
    return country in _BY_LAW or (country, year) in _BY_NOTICE


def countries() -> list[str]:
    """The countries whose public holidays are known."""
    return sorted({*_BY_LAW, *(country for country, _year in _BY_NOTICE)})


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Anonymous Gregorian algorithm, Nature, 20 April 1876)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    leap = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - leap - rest % 4) % 7
    late = (golden + 11 * leap + 22 * weekday) // 451
    month, day = divmod(leap + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _after_easter(year: int, *days: int) -> list[date]:
    return [easter(year) + timedelta(days=count) for count in days]


def _fixed(year: int, *days: tuple[int, int]) -> list[date]:
    return [date(year, month, day) for month, day in days]


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The first, second … such weekday of a month; the last with -1."""
    if number > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _instead(days: list[date]) -> list[date]:
    """Each day, and for one at a weekend the next weekday that is not off already as well."""
    taken = set(days)
    for day in days:
        if day.weekday() >= _SATURDAY:
            moved = day
            while moved.weekday() >= _SATURDAY or moved in taken:
                moved += timedelta(days=1)
            taken.add(moved)
    return sorted(taken)


def _germany(year: int) -> list[date]:
    return [*_fixed(year, (1, 1), (5, 1), (10, 3), (12, 25), (12, 26)), *_after_easter(year, -2, 1, 39, 50)]


def _austria(year: int) -> list[date]:
    fixed = _fixed(year, (1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26))
    return [*fixed, *_after_easter(year, 1, 39, 50, 60)]


def _switzerland(year: int) -> list[date]:
    return [*_fixed(year, (1, 1), (8, 1), (12, 25)), *_after_easter(year, 39)]


def _france(year: int) -> list[date]:
    fixed = _fixed(year, (1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    return [*fixed, *_after_easter(year, 1, 39, 50)]


def _england(year: int) -> list[date]:
    """Of England and Wales; Scotland and Northern Ireland differ."""
    moving = [_nth(year, 5, _MONDAY, 1), _nth(year, 5, _MONDAY, -1), _nth(year, 8, _MONDAY, -1)]
    fixed = _instead(_fixed(year, (1, 1), (12, 25), (12, 26)))
    return [*fixed, *moving, *_after_easter(year, -2, 1)]


def _united_states(year: int) -> list[date]:
    """Federal holidays; one on a Saturday is kept on the Friday before, one on a Sunday on the Monday after."""
    fixed = [*_fixed(year, (1, 1), (6, 19), (7, 4), (11, 11), (12, 25)), date(year + 1, 1, 1)]
    kept = [day + timedelta(days={_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)) for day in fixed]
    moving = [
        _nth(year, 1, _MONDAY, 3), _nth(year, 2, _MONDAY, 3), _nth(year, 5, _MONDAY, -1), _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2), _nth(year, 11, _THURSDAY, 4),
    ]  # fmt: skip
    return [day for day in (*fixed, *kept, *moving) if day.year == year]


def _canada(year: int) -> list[date]:
    """What all provinces keep."""
    fixed = [*_instead(_fixed(year, (1, 1), (12, 25))), *_fixed(year, (7, 1))]
    return [*fixed, _nth(year, 9, _MONDAY, 1), *_after_easter(year, -2)]


def _australia(year: int) -> list[date]:
    """What all states keep."""
    moved = _instead(_fixed(year, (1, 1), (1, 26), (12, 25), (12, 26)))
    return [*moved, *_fixed(year, (4, 25)), *_after_easter(year, -2, 1)]


_BY_LAW: Final[Mapping[str, Callable[[int], list[date]]]] = {
    "AT": _austria,
    "AU": _australia,
    "CA": _canada,
    "CH": _switzerland,
    "DE": _germany,
    "FR": _france,
    "GB": _england,
    "US": _united_states,
}


def _notice(year: int, holidays: str, working: str) -> Published:
    """A year from runs of days, `02-15/02-23`, and single working days."""
    days: set[date] = set()
    for run in holidays.split():
        begin, _slash, end = run.partition("/")
        day, last = date.fromisoformat(f"{year}-{begin}"), date.fromisoformat(f"{year}-{end or begin}")
        days.update(day + timedelta(days=count) for count in range((last - day).days + 1))
    return Published(frozenset(days), frozenset(date.fromisoformat(f"{year}-{one}") for one in working.split()))


_BY_NOTICE: Final[Mapping[tuple[str, int], Published]] = {
    ("CN", 2025): _notice(
        2025, "01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08", "01-26 02-08 04-27 09-28 10-11"
    ),
    ("CN", 2026): _notice(
        2026,
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}
"""China's days off and worked weekends (调休), which the General Office of the State Council publishes each autumn for
the year after: 国办发明电〔2024〕12号 for 2025, 国办发明电〔2025〕7号 for 2026."""
_UNTIL_NOTICE: Final[Mapping[tuple[str, int], Published]] = {
    ("CN", 2027): _notice(2027, "01-01 02-05/02-10 04-05 05-01/05-04 06-09 09-15 10-01/10-05", ""),
}
"""The days that the law gives (全国年节及纪念日放假办法, 2024) for years whose notice was not out yet."""
