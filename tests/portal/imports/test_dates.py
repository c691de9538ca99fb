"""Days and moments: every way of writing, and the order of day and month never guessed."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.cells import BadCell
from portal.imports.dates import Moment, is_serial, parse_date, parse_moment, possible_orders

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
days = st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31))


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except BadCell as problem:
        return problem.code


@given(
    day=days,
    style=st.sampled_from(
        [
            "%Y-%m-%d",
            "%Y/%m/%d",
            "%Y.%m.%d",
            "%Y%m%d",
            "%Y年%m月%d日",
            "%d %b %Y",
            "%d-%B-%Y",
            "%b %d, %Y",
            "%B %d %Y",
            "%a, %d %b %Y",
            "%Y-%b-%d",
        ]
    ),
)
def test_styles_that_need_no_order(day: Any, style: Any) -> None:
    text = day.strftime(style)
    assert parse_date(text, None) == day
    assert parse_moment(text + " 00:00", None, dt.UTC).at.date() == day
    assert possible_orders(text) == {}


@given(
    day=days,
    style=st.sampled_from(
        [("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y"), ("dmy", "%d.%m.%y"), ("mdy", "%m-%d-%y"), ("ymd", "%y/%m/%d")]
    ),
)
def test_styles_that_need_an_order(day: Any, style: Any) -> None:
    order, pattern = style
    text = day.strftime(pattern)
    assert parse_date(text, order) == day
    readings = possible_orders(text)
    assert readings[order] == day
    assert outcome(parse_date, text, None) == ("ambiguous_date" if len(set(readings.values())) > 1 else day)


@given(at=st.builds(dt.datetime.combine, days, st.times()), offset=st.integers(-12 * 60, 14 * 60))
def test_instants_come_back(at: dt.datetime, offset: int) -> None:
    instant = at.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset)))
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    for zone in (
        f"{sign}{minutes // 60:02}:{minutes % 60:02}",
        f"{sign}{minutes // 60:02}{minutes % 60:02}",
        f"Z{sign}{minutes // 60:02}{minutes % 60:02}",
    ):
        assert parse_moment(f"{at.isoformat()}{zone}", None, BERLIN) == Moment(instant.astimezone(dt.UTC), "second")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-10-14T12:00:00.000Z", "2010-10-14T12:00:00+00:00"),
        ("2010-10-14T12:00:00.000Z-0300", "2010-10-14T15:00:00+00:00"),
        ("2009\\7\\14 22:14:45+0800", "2009-07-14T14:14:45+00:00"),
        ("2006-06-15 20:47", "2006-06-15T12:47:00+00:00"),
        ("2024/1/5 下午 3:04", "2024-01-05T07:04:00+00:00"),
        ("2024/1/5 下午3:04", "2024-01-05T07:04:00+00:00"),
        ("Jan 5, 2024 12:30 AM", "2024-01-04T16:30:00+00:00"),
        ("2024-01-05 12:30 p.m.", "2024-01-05T04:30:00+00:00"),
        ("Fri, 14 Jul 2009 10:00:00 GMT", "2009-07-14T10:00:00+00:00"),
        ("2025-09-11 11:15:07.4971234", "2025-09-11T03:15:07.497123+00:00"),
    ],
)
def test_moments(text: str, expected: Any) -> None:
    moment = parse_moment(text, None, SHANGHAI)
    assert (moment.at.isoformat(), moment.precision) == (expected, "second")


@given(
    st.datetimes(dt.datetime(1890, 1, 1), dt.datetime(2210, 1, 1)),  # noqa: DTZ001 -- the zone is drawn apart
    st.sampled_from(["", "Z", "+08:00", "-03:30"]),
    st.sampled_from(["T", " "]),
    st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
    st.sampled_from([SHANGHAI, BERLIN, dt.UTC]),
)
def test_the_quick_way_of_reading_moments_says_what_the_other_says(
    at: dt.datetime, zone: str, between: str, exact: str, vendor: dt.tzinfo
) -> None:
    written = at.isoformat(between, exact)
    slow = written.replace("T", "  ").replace(" ", "  ")  # two blanks are not how programs write
    assert outcome(parse_moment, written + zone, None, vendor) == outcome(parse_moment, slow + zone, None, vendor)


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00Z", "2026-13-01 10:00", "2026-01-01T25:00", "1850-01-01T10:00Z"])
def test_moments_that_are_none_are_refused_the_quick_way_too(text: str) -> None:
    with pytest.raises(BadCell):
        parse_moment(text, None, SHANGHAI)


def test_a_day_alone_is_its_start_in_the_vendors_zone() -> None:
    assert parse_moment("2026-07-01", None, BERLIN) == Moment(dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC), "day")


def test_clocks_that_are_put_back_or_forward() -> None:
    assert parse_moment("2026-10-25 02:30", None, BERLIN).at.isoformat() == "2026-10-25T00:30:00+00:00"
    assert parse_moment("2026-03-29 02:30", None, BERLIN).at.isoformat() == "2026-03-29T01:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("14. Juli 2009", "2009-07-14"),
        ("3 März 2021", "2021-03-03"),
        ("1 août 2020", "2020-08-01"),
        ("14-Sept-2009", "2009-09-14"),
        ("1st Jan 2020", "2020-01-01"),
        ("05/05/2024", "2024-05-05"),
        ("31/12/2024", "2024-12-31"),
        ("2026-01-31 25:00", "2026-01-31"),
    ],
)
def test_days_that_are_clear(text: str, day: Any) -> None:
    assert parse_date(text, None).isoformat() == day


@pytest.mark.parametrize(
    ("text", "order", "code"),
    [
        ("05/11/2009", None, "ambiguous_date"), ("05/11/09", None, "ambiguous_date"), ("31/06/2024", None, "no_such_date"),
        ("31/06/2024", "dmy", "no_such_date"), ("13/01/2024", "mdy", "date_other_order"), ("2024-02-30", None, "no_such_date"),
        ("2009-07/14", None, "not_a_date"), ("hello", None, "not_a_date"), ("12 May", None, "not_a_date"), ("5 Foo 2020", None, "not_a_date"),
        ("45292", None, "not_a_date"), ("31.12.9999", None, "date_out_of_range"), ("1/1/1800", None, "date_out_of_range"), ("x" * 99, None, "not_a_date"),
    ],
)  # fmt: skip
def test_days_that_are_refused(text: str, order: Any, code: str) -> None:
    assert outcome(parse_date, text, order) == code


@pytest.mark.parametrize(
    "text",
    ["2024-01-05 25:00", "2024-01-05 10:61", "2024-01-05 13:00 PM", "2024-01-05 0:10 AM", "2024-01-05T10:00+99:00"],
)
def test_times_that_do_not_exist(text: str) -> None:
    assert outcome(parse_moment, text, None, dt.UTC) == "not_a_time"


def test_day_numbers_of_spreadsheets_are_read_when_a_person_said_so() -> None:
    assert parse_date("45292", "excel") == dt.date(2024, 1, 1)
    assert parse_date("45292.75", "excel") == dt.date(2024, 1, 1)
    assert parse_date("2024-01-01", "excel") == dt.date(2024, 1, 1)
    assert [is_serial(text) for text in ("45292", "1234", "2024", "012345", "123456")] == [
        True,
        False,
        False,
        False,
        False,
    ]


@given(text=st.text(max_size=30))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    for order in (None, "dmy", "mdy", "ymd", "excel"):
        assert isinstance(outcome(parse_date, text, order), dt.date | str)
        assert isinstance(outcome(parse_moment, text, order, BERLIN), Moment | str)
