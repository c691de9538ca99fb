"""Public holidays as countries and their regions publish them, and weekends worked instead: what `holidays` knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from holidays import HolidayBase

COUNTRIES: Final = ("AT", "AU", "CA", "CH", "CN", "DE", "FR", "GB", "JP", "US")
"""The countries that are offered: those whose days have names in our languages."""
_BY_REGION: Final = frozenset({"AU", "CA", "CH", "DE", "GB"})
"""Those of whose regions a calendar may be, too."""
_ITSELF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"GB": ("ENG", "WLS")})
"""The regions whose days stand for the country's where it has none of its own: England and Wales have the same."""
_KEPT_EVERYWHERE: Final = frozenset({"AU"})
"""Where days that are kept instead of weekends are the states' to set, though all of them do."""
_SATURDAY: Final = 5
_LONGEST_CODE: Final = 3
"""Letters of a region's code; what is longer is a city or a district."""
WEEKEND: Final = "Weekend between holidays"
"""What a weekend day is called that is off by the notice of China's government, because days beside it are."""


@dataclass(frozen=True, slots=True)
class Published:
    """A year of a place: days that are off, each with its English name, and weekends that are worked instead."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    working: frozenset[date] = frozenset()


NOTHING: Final = Published()


@cache
def published(place: str, year: int) -> Published:
    """What is known of a year of a country (`DE`) or region (`DE-BY`); nothing where the place is not among ours."""
    if not place or place not in places():
        return NOTHING
    country, _hyphen, region = place.partition("-")
    found = _read(country, region or _ITSELF.get(country, (None,))[0], year)
    days = {day: name for day, name in found.items() if day.year == year}
    if country in _KEPT_EVERYWHERE and not region:
        days = {**_everywhere(country, year), **days}
    working = frozenset(day for day in found.weekend_workdays if day.year == year)
    return Published(_with_weekends(days, working) if country == "CN" and working else days, working)


def is_known(place: str, year: int) -> bool:
    """Whether the days off of this year are known in full, with the weekends that are worked for them.

    China's government publishes them each autumn for the year after; before, only the days of the law are known.
    """
    if place == "CN":
        return year in _read("CN", None, None).special_public_holidays
    return place in places()


@cache
def places() -> Mapping[str, str]:
    """The countries and regions that are offered: what a region calls itself, nothing for a whole country."""
    found: dict[str, str] = {}
    for country in COUNTRIES:
        found[country] = ""
        if country in _BY_REGION:
            own = _ITSELF.get(country, ())
            found |= {f"{country}-{code}": name for code, name in _regions(country) if code not in own}
    return MappingProxyType(found)


def _regions(country: str) -> Iterable[tuple[str, str]]:
    """The regions that have a code, with what they call themselves."""
    for code, names in _read(country, None, None).get_subdivision_aliases().items():
        if names and len(code) <= _LONGEST_CODE:
            yield code, names[0]


def _read(country: str, region: str | None, year: int | None) -> HolidayBase:
    import holidays  # noqa: PLC0415 -- half a second and 45 MB, which only whoever reckons needs

    return holidays.country_holidays(country, subdiv=region, years=year, language="en_US")


def _everywhere(country: str, year: int) -> dict[date, str]:
    """The days that all regions of a country keep."""
    every = [_read(country, code, year) for code, _name in _regions(country)]
    return {day: name for day, name in every[0].items() if day.year == year and all(day in one for one in every)}


def _with_weekends(days: Mapping[date, str], working: frozenset[date]) -> dict[date, str]:
    """The same with the weekend days that touch them: a notice names runs of days, the package no weekends in them."""
    found = dict(days)
    for step in (timedelta(days=1), timedelta(days=-1)):
        for day in days:
            beside = day + step
            while beside.year == day.year and beside.weekday() >= _SATURDAY and beside not in {*found, *working}:
                found[beside] = WEEKEND
                beside += step
    return found
