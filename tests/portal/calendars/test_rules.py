"""Working time: what counts, across clock changes, worked weekends, leap days and years; and that sums come out."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.calendars.rules import (
    OFFICE_WEEK,
    Calendar,
    NoWorkingTime,
    Span,
    add_working,
    read_hours,
    week_from_json,
    week_to_json,
    working_between,
    write_hours,
)

BERLIN = Calendar("Europe/Berlin", country="DE")
CHINA = Calendar("Asia/Shanghai", country="CN")
ROUND_THE_CLOCK = Calendar("Europe/Berlin", ((Span(0, 1440),),) * 7)
HOUR = timedelta(hours=1)


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        (BERLIN, "2026-11-18T12:00", 4, "2026-11-18T16:00"),
        (BERLIN, "2026-11-18T12:00", 5, "2026-11-18T17:00"),
        (BERLIN, "2026-11-18T12:00", 6, "2026-11-19T10:00"),
        (BERLIN, "2026-11-20T18:30", 8, "2026-11-23T17:00"),
        (BERLIN, "2026-12-24T16:00", 2, "2026-12-28T10:00"),
        (BERLIN, "2026-12-31T16:00", 2, "2027-01-04T10:00"),
        (BERLIN, "2028-02-28T16:00", 8, "2028-02-29T16:00"),
        (BERLIN, "2028-02-29T16:00", 2, "2028-03-01T10:00"),
        (BERLIN, "2026-03-27T16:00", 2, "2026-03-30T10:00"),
        (BERLIN, "2026-10-23T16:00", 2, "2026-10-26T10:00"),
        (ROUND_THE_CLOCK, "2026-03-28T12:00", 24, "2026-03-29T13:00"),
        (ROUND_THE_CLOCK, "2026-10-24T12:00", 24, "2026-10-25T11:00"),
    ],
    ids=str,
)
def test_it_is_due_when_so_much_working_time_has_passed(calendar: Calendar, start: str, hours: int, due: str) -> None:
    assert add_working(calendar, at(start), hours * HOUR) == at(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-09-18T16:00", 2, "2026-09-20T10:00"),
        ("2026-09-24T16:00", 2, "2026-09-28T10:00"),
        ("2026-09-30T16:00", 2, "2026-10-08T10:00"),
        ("2026-10-09T16:00", 9, "2026-10-10T17:00"),
        ("2026-02-13T16:00", 17, "2026-02-24T17:00"),
    ],
)
def test_in_china_worked_weekends_count_and_the_holidays_they_pay_for_do_not(start: str, hours: int, due: str) -> None:
    assert add_working(CHINA, at(start, "Asia/Shanghai"), hours * HOUR) == at(due, "Asia/Shanghai")


def test_ones_own_days_go_before_everything_else() -> None:
    own = Calendar(
        "Europe/Berlin",
        country="DE",
        own={date(2026, 11, 19): False, date(2026, 12, 25): True, date(2026, 11, 21): True},
    )
    assert not own.works_on(date(2026, 11, 19))
    assert own.hours_on(date(2026, 11, 21)) == (Span(540, 1020),)
    assert own.works_on(date(2026, 12, 25))
    assert add_working(own, at("2026-11-18T16:00"), 2 * HOUR) == at("2026-11-20T10:00")


def test_a_day_may_have_several_spans_and_an_odd_weekday() -> None:
    week = (*(read_hours("9-12:30, 13:30-18"),) * 4, read_hours("09:00–13:00"), (), ())
    calendar = Calendar("Europe/Berlin", week)
    assert add_working(calendar, at("2026-11-18T12:00"), HOUR) == at("2026-11-18T14:00")
    assert add_working(calendar, at("2026-11-20T12:00"), 2 * HOUR) == at("2026-11-23T10:00")


def test_a_span_in_the_hour_that_is_left_out_neither_counts_twice_nor_overlaps() -> None:
    calendar = Calendar("Europe/Berlin", ((Span(60, 150), Span(165, 240)),) * 7)
    spans = calendar.instants_on(date(2026, 3, 29))
    assert all(begin < end for begin, end in spans)
    assert all(spans[one][1] <= spans[one + 1][0] for one in range(len(spans) - 1))


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar("Europe/Berlin", ((),) * 7),
        Calendar("Europe/Berlin", own={date(2026, 1, 1) + timedelta(days=day): False for day in range(5_000)}),
    ],
)
def test_where_nobody_works_there_is_a_clear_answer_and_no_endless_search(calendar: Calendar) -> None:
    with pytest.raises(NoWorkingTime):
        add_working(calendar, at("2026-11-18T12:00"), HOUR)


def test_working_time_is_not_added_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working(BERLIN, at("2026-11-18T12:00"), -HOUR)


@pytest.mark.parametrize("text", ["17-9", "9-12, 11-15", "25-26", "9:61-10", "nine to five", "9-9", "0-24, 24-25"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the form says it in the reader's words
        read_hours(text)


def test_hours_are_written_as_they_are_read() -> None:
    hours = read_hours("9-12:30；13：30-18：00")
    assert write_hours(hours) == "09:00–12:30, 13:30–18:00"
    assert read_hours(write_hours(hours)) == hours
    assert read_hours("") == ()
    assert week_from_json(week_to_json(OFFICE_WEEK)) == OFFICE_WEEK


def test_the_hash_tells_calendars_apart_and_is_the_same_for_the_same() -> None:
    same = Calendar("Europe/Berlin", country="DE")
    assert same.sha256 == BERLIN.sha256
    others = [
        CHINA,
        Calendar("Europe/Berlin"),
        Calendar("Europe/Berlin", country="DE", own={date(2026, 11, 19): False}),
    ]
    assert len({BERLIN.sha256, *(one.sha256 for one in others)}) == 4


SPANS = st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(
    lambda cuts: tuple(Span(b, e) for b, e in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
)
CALENDARS = st.builds(
    lambda zone, week, country, off: Calendar(
        zone, tuple(week), country, {date(2026, 1, 1) + timedelta(days=day): works for day, works in off.items()}
    ),
    st.sampled_from(
        ["Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC"]
    ),
    st.lists(SPANS, min_size=7, max_size=7).filter(
        lambda week: sum(s.ends - s.begins for day in week for s in day) >= 300
    ),
    st.sampled_from(["", "DE", "CN", "US"]),
    st.dictionaries(st.integers(0, 730), st.booleans(), max_size=30),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants them so
LENGTHS = st.timedeltas(timedelta(0), timedelta(hours=200))


@settings(max_examples=60)
@given(CALENDARS, INSTANTS, LENGTHS)
def test_what_is_added_lies_between(calendar: Calendar, start: datetime, length: timedelta) -> None:
    due = add_working(calendar, start, length)
    assert due >= start
    assert working_between(calendar, start, due) == length


@settings(max_examples=50)
@given(CALENDARS, INSTANTS, LENGTHS, LENGTHS)
def test_more_is_never_sooner_and_parts_make_the_whole(
    calendar: Calendar, start: datetime, one: timedelta, more: timedelta
) -> None:
    first = add_working(calendar, start, one)
    assert add_working(calendar, first, more) == add_working(calendar, start, one + more) or not more
    assert add_working(calendar, start, one + more) >= first


@settings(max_examples=40)
@given(
    CALENDARS,
    INSTANTS,
    st.timedeltas(timedelta(0), timedelta(days=60)),
    st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_time_between_adds_up(calendar: Calendar, start: datetime, one: timedelta, more: timedelta) -> None:
    middle, end = start + one, start + one + more
    assert working_between(calendar, start, middle) + working_between(calendar, middle, end) == working_between(
        calendar, start, end
    )
    assert working_between(calendar, end, start) == -working_between(calendar, start, end)
    assert working_between(calendar, start, end) <= end - start


def test_a_whole_day_is_counted_as_long_as_it_lasts() -> None:
    midnight = datetime.combine(date(2026, 3, 29), time.min, ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert working_between(ROUND_THE_CLOCK, midnight, midnight + timedelta(days=1)) == timedelta(days=1)
    assert sum(((e - b) for b, e in ROUND_THE_CLOCK.instants_on(date(2026, 3, 29))), timedelta()) == 23 * HOUR
    assert sum(((e - b) for b, e in ROUND_THE_CLOCK.instants_on(date(2026, 10, 25))), timedelta()) == 25 * HOUR
