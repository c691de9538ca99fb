"""What is true of answers: which clocks a story of events makes, what is late, how much longer; and the policy's sense."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from partners.response.policy import DEFAULT, POLICY, AnswerTimes, CountryCalendar, LateStep, lines, lint, step_words
from partners.response.rules import (
    FOLLOWED,
    HELD_LABELS,
    HELD_SHORT,
    Clock,
    Happened,
    Pause,
    Standing,
    What,
    days_longer,
    delay,
    is_late,
    may_tell,
    moved,
    remembered,
    runs_of,
    standing_of,
    steps_due,
    worked,
)
from portal.calendars.rules import Calendar, add_working, working_between
from portal.core.i18n import gettext as _
from portal.core.i18n import using

CALENDAR = Calendar("Europe/Berlin", country="DE")
START = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STORIES = st.lists(st.tuples(st.sampled_from(FOLLOWED), st.integers(0, 500)), max_size=25).map(
    lambda steps: [
        Happened(name, START + timedelta(hours=sum(hours for _name, hours in steps[: place + 1])))
        for place, (name, _hours) in enumerate(steps)
    ]
)


@given(STORIES)
def test_whatever_happens_one_question_of_a_kind_is_open_at_a_time_and_none_rests_after_its_end(
    story: list[Happened],
) -> None:
    runs = runs_of(story)
    for what in What:
        of_kind = [run for run in runs if run.what is what]
        assert [run.number for run in of_kind] == list(range(1, len(of_kind) + 1))
        assert all(run.ended_at is not None for run in of_kind[:-1])
        assert all(one.ended_at is not None and one.ended_at <= other.started_at for one, other in pairwise(of_kind))
    for run in runs:
        assert run.ended_at is None or run.paused_at is None
        assert run.answered_at in (None, run.ended_at)
        assert all(pause.begins <= pause.ends for pause in run.pauses)
        assert all(one.ends <= other.begins for one, other in pairwise(run.pauses))


@given(STORIES)
def test_a_run_that_is_remembered_is_the_same_run(story: list[Happened]) -> None:
    for run in runs_of(story):
        [again] = runs_of(remembered(run))
        again.number = run.number
        assert again == run


@given(st.timedeltas(timedelta(0), 40 * HOUR), st.timedeltas(timedelta(0), 20 * DAY), st.integers(1, 40))
def test_a_pause_takes_no_working_time_of_the_vendors(until_pause: timedelta, length: timedelta, allowed: int) -> None:
    due = add_working(CALENDAR, START, allowed * HOUR)
    pause = Pause(START + until_pause, START + until_pause + length)
    after = moved(CALENDAR, due, pause)
    assert after >= due
    if pause.begins < due:
        assert worked(CALENDAR, START, [pause], after) == allowed * HOUR
    else:
        assert after == due


@given(st.timedeltas(-2 * DAY, 30 * DAY), st.timedeltas(timedelta(0), 5 * DAY), st.timedeltas(timedelta(0), 5 * DAY))
def test_a_protection_is_longer_by_every_day_begun_and_never_for_the_partners_time(
    late: timedelta, before: timedelta, rest: timedelta
) -> None:
    due, until = START, START + late
    plain, rested = delay(due, [], until), delay(due, [Pause(due + before, due + before + rest)], until)
    assert plain == max(late, timedelta(0))
    assert timedelta(0) <= rested <= plain
    assert days_longer(plain) * DAY >= plain > (days_longer(plain) - 1) * DAY or not plain


def test_a_clock_stands_as_its_times_say() -> None:
    due, warn = START + 4 * HOUR, START + 3 * HOUR
    open_ = Clock(due, warn, None, None, None, None)
    assert [standing_of(open_, START + hours * HOUR) for hours in (2, 3, 4)] == [
        Standing.RUNNING,
        Standing.SOON,
        Standing.LATE,
    ]
    assert standing_of(Clock(due, warn, START, None, None, None), due + DAY) is Standing.PAUSED
    assert standing_of(Clock(due, warn, None, START, START, None), due) is Standing.IN_TIME
    assert standing_of(Clock(due, warn, None, due + HOUR, due + HOUR, due), due) is Standing.TOO_LATE
    assert standing_of(Clock(due, warn, None, None, START, None), due) is Standing.DROPPED
    assert not is_late(due, None, due)
    assert is_late(due, None, due + HOUR)
    assert not is_late(due, START, due + HOUR)


def test_steps_come_when_so_much_working_time_has_passed_since_it_was_due() -> None:
    friday_evening = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert working_between(CALENDAR, friday_evening, friday_evening + 2 * DAY) == timedelta(0)
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert steps_due(CALENDAR, friday_evening, [0, 1, 2], [], monday + HOUR) == [0, 1]
    assert steps_due(CALENDAR, friday_evening, [0, 1, 2], [0], monday + HOUR) == [1]


@pytest.mark.parametrize(
    ("decisions", "partners", "among", "told"),
    [(20, 5, False, True), (19, 9, False, False), (20, 5, True, False), (20, 6, True, True), (20, 4, False, False)],
)
def test_figures_are_told_from_enough_decisions_of_enough_others(
    decisions: int, partners: int, *, among: bool, told: bool
) -> None:
    assert may_tell(decisions, partners, asker_is_among=among) == told


def changed(**more: object) -> AnswerTimes:
    return DEFAULT.model_copy(update=more)


@pytest.mark.parametrize(
    "document",
    [
        changed(tiers=DEFAULT.tiers[:3]),
        changed(tiers=(*DEFAULT.tiers, DEFAULT.tiers[0])),
        changed(calendars=(CountryCalendar(country="de", calendar="a"), CountryCalendar(country="DE", calendar="b"))),
        changed(steps=(LateStep(does="extend"), LateStep(does="extend"))),
        changed(steps=(LateStep(does="approve"), LateStep(does="approve", after_hours=8))),
        changed(steps=(LateStep(does="approve"),), least_hours=17),
    ],
    ids=[
        "a tier is missing",
        "a tier twice",
        "a country twice",
        "longer twice",
        "approved twice",
        "approved too early",
    ],
)
def test_a_policy_that_makes_no_sense_cannot_be_submitted(document: AnswerTimes) -> None:
    assert lint(document)


def test_the_first_policy_makes_sense_and_is_told_line_by_line_in_both_languages() -> None:
    assert lint(DEFAULT) == []
    assert lint(changed(steps=(LateStep(does="approve"),), least_hours=16)) == []
    for locale in ("en", "zh_CN"):
        with using(locale):
            told = lines(changed(calendars=(CountryCalendar(country="cn", calendar="cn"),)))
            assert len({line.key for line in told}) == len(told) == 16 + 1 + 1 + 2 + 2


def test_people_are_named_by_address_and_said_in_the_policys_words() -> None:
    step = LateStep(people=" Ann@vendor.example,bo@vendor.example , ann@vendor.example", to="admin")
    assert step.addresses() == ["ann@vendor.example", "bo@vendor.example"]
    assert step_words(step) == (
        "Tell: ann@vendor.example, bo@vendor.example; for who has left: All administrators, at once"
    )
    with pytest.raises(ValidationError, match="e-mail addresses"):
        LateStep(people="Ann")


def test_a_policy_of_before_answers_amendments_as_fast_as_extensions() -> None:
    old = DEFAULT.model_dump(mode="json")
    for tier in old["tiers"]:
        del tier["amendment"]
    read = POLICY.read(old, 1)
    assert isinstance(read, AnswerTimes)
    assert [tier.amendment for tier in read.tiers] == [tier.extension for tier in read.tiers]


def test_each_reason_that_holds_an_approval_back_has_words() -> None:
    for locale in ("en", "zh_CN"):
        with using(locale):
            for labels in (HELD_LABELS, HELD_SHORT):
                assert len({_(label) for label in labels.values()}) == len(labels)
    assert list(HELD_SHORT) == list(HELD_LABELS)
