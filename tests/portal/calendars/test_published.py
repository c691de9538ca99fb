"""Public holidays: as laws and notices have them, of countries and regions, each with a name in every language."""

from datetime import date, timedelta

import pytest

from portal.calendars.names import NAMES, name_of
from portal.calendars.published import COUNTRIES, NOTHING, is_known, places, published
from portal.core.i18n import using

NOTICES = {
    2025: (
        "01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    2026: (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}
"""What the General Office of China's State Council published: 国办发明电〔2024〕12号 and 〔2025〕7号."""


def days(year: int, runs: str) -> set[date]:
    found = set()
    for run in runs.split():
        begin, _slash, end = run.partition("/")
        first, last = date.fromisoformat(f"{year}-{begin}"), date.fromisoformat(f"{year}-{end or begin}")
        found |= {first + timedelta(days=count) for count in range((last - first).days + 1)}
    return found


@pytest.mark.parametrize("year", NOTICES)
def test_china_is_off_and_works_as_its_government_announced(year: int) -> None:
    off, working = NOTICES[year]
    assert set(published("CN", year).holidays) == days(year, off)
    assert published("CN", year).working == days(year, working)


def test_before_the_notice_only_the_days_of_the_law_are_off_and_that_is_said() -> None:
    assert [is_known("CN", year) for year in (2025, 2026, 2027)] == [True, True, False]
    assert set(published("CN", 2027).holidays) == days(
        2027, "01-01 02-05/02-10 04-05 05-01/05-04 06-09 09-15 10-01/10-05"
    )
    assert published("CN", 2027).working == frozenset()
    assert is_known("DE", 2040)


@pytest.mark.parametrize(
    ("place", "off"),
    [
        ("AT", "01-01 01-06 04-06 05-01 05-14 05-25 06-04 08-15 10-26 11-01 12-08 12-25 12-26"),
        ("AU", "01-01 01-26 04-03 04-06 04-25 12-25 12-26 12-28"),
        ("CA", "01-01 04-03 07-01 09-07 12-25"),
        ("CH", "01-01 05-14 08-01 12-25"),
        ("DE", "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"),
        ("DE-BY", "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26"),
        ("DE-BE", "01-01 03-08 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"),
        ("FR", "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"),
        ("GB", "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"),
        ("GB-SCT", "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-26 12-28"),
        ("JP", "01-01 01-12 02-11 02-23 03-20 04-29 05-03/05-06 07-20 08-11 09-21/09-23 10-12 11-03 11-23"),
        ("US", "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
    ],
)
def test_a_year_of_each_place(place: str, off: str) -> None:
    year = published(place, 2026)
    assert set(year.holidays) == days(2026, off)
    assert year.working == frozenset()


@pytest.mark.parametrize(
    ("place", "day"),
    [("GB", "2027-12-28"), ("US", "2027-12-31"), ("AU", "2027-12-28"), ("CA", "2027-12-27"), ("AU-NSW", "2026-06-08")],
)
def test_days_that_are_kept_instead_of_weekends_are_off(place: str, day: str) -> None:
    assert date.fromisoformat(day) in published(place, int(day[:4])).holidays


@pytest.mark.parametrize("place", ["", "XX", "FR-57", "IT"])
def test_nothing_is_known_of_places_that_are_not_offered(place: str) -> None:
    assert place not in places()
    assert not is_known(place, 2026)
    assert published(place, 2026) is NOTHING


def test_every_country_is_offered_and_regions_have_names() -> None:
    assert set(COUNTRIES) <= set(places())
    assert places()["DE-BY"] == "Bayern"
    assert "GB-WLS" not in places()
    assert all(name for place, name in places().items() if "-" in place)


def test_every_day_has_a_name_in_both_languages() -> None:
    written = {
        part.removesuffix(" (observed)")
        for place in places()
        for year in range(2026, 2037)
        for name in published(place, year).holidays.values()
        for part in name.split("; ")
        if not part.startswith("Day off (")
    }
    assert written <= NAMES
    with using("zh_CN"):
        assert {name for name in NAMES if name_of(name) == name} == set()


def test_a_name_says_what_is_kept_on_another_day_or_in_exchange() -> None:
    china, england = published("CN", 2026).holidays, published("GB", 2026).holidays
    assert name_of(england[date(2026, 12, 28)]) == "Boxing Day, kept on this day"
    assert name_of(china[date(2026, 10, 6)]) == "In exchange for 20 Sep 2026"
    with using("zh_CN"):
        assert name_of(china[date(2026, 4, 6)]) == "清明节（补假）"
        assert name_of(china[date(2026, 10, 6)]) == "与 2026年9月20日 调休"
        assert name_of(china[date(2026, 2, 15)]) == "假期内的周末"
