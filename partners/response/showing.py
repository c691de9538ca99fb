"""What pages show of answers: the due time on a deal's page with its reasons, the desk, and its chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from markupsafe import Markup

from partners.deals.doors import Panel, Place, adds_panel
from partners.deals.queries import DealRecord
from partners.response import queries, rules
from partners.response.lists import STANDINGS
from partners.response.policy import hours_words
from partners.response.queries import Answer, Answers, Desk, Figure, Week
from partners.response.rules import HELD_LABELS, OTHER, WHAT_LABELS, Standing, What
from portal.calendars.rules import Calendar, working_between
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.permissions import Permission
from portal.core.questions import Question

PANEL: Final = "partners/response/pages/panel.html"
CLOCKS: Final = "/partners/response/clocks"
_HOUR: Final = 60
_MINUTE: Final = timedelta(minutes=1)
Fact = tuple[str, str | Markup]


def working_words(minutes: int) -> str:
    """Working time for people: `6 working hours`, `5.5 working hours`, `40 working minutes`."""
    if minutes < _HOUR:
        return ngettext("%(count)s working minute", "%(count)s working minutes", minutes) % {
            "count": formats.number(minutes)
        }
    if minutes % _HOUR:
        return _("%(number)s working hours") % {"number": formats.number(Fraction(minutes, _HOUR), 1)}
    return hours_words(minutes // _HOUR)


@dataclass(frozen=True, slots=True)
class Shown:
    """A clock as the page of its deal shows it."""

    title: str
    tone: str
    icon: str
    words: str
    note: str
    facts: list[Fact]


@adds_panel
def answer_panel(actor: Actor, record: DealRecord, now: datetime) -> Question:
    """Until when the vendor answers: on top while it has to, at the side once it has."""
    return queries.answers_of(actor, record.id).then(lambda answers: _panel(actor, answers, now))


def _panel(actor: Actor, answers: Answers, now: datetime) -> Panel | None:
    if not answers.found:
        return None
    waiting = [one for one in answers.found if one.times.ended_at is None]
    if waiting:
        shown = [_waiting(actor, one, answers, now) for one in waiting]
        return Panel(PANEL, {"waiting": shown, "ended": None, "figure": ""}, Place.TOP, order=10)
    last = answers.found[-1]
    return Panel(
        PANEL, {"waiting": [], "ended": _ended(actor, last, answers, now), "figure": figure_words(answers.figure)},
        Place.ASIDE, order=40,
    )  # fmt: skip


def _waiting(actor: Actor, one: Answer, answers: Answers, now: datetime) -> Shown:
    standing = one.standing(now)
    state, time = STANDINGS[standing.value], formats.datetime_(one.times.due_at)
    note = ""
    if standing is Standing.PAUSED:
        left = working_words(_between(one.calendar, one.times.paused_at or now, one.times.due_at))
        words = _("The clock rests while you answer; after that %(hours)s are left.")
        if not actor.is_partner:
            words = _("The clock rests while the partner answers; after that %(hours)s are left.")
        words %= {"hours": left}
    elif standing is Standing.LATE:
        words = _("The answer was due on %(time)s, %(hours)s ago.") % {
            "time": time,
            "hours": working_words(_between(one.calendar, one.times.due_at, now)),
        }
        notes = [_("Once it is approved, it is protected longer by the delay.")] if one.lengthens else []
        if one.held:
            held = _("It was not approved by itself, and is tried again: %(why)s")
            notes.append(held % {"why": _(HELD_LABELS.get(one.held, HELD_LABELS[OTHER]))})
        note = " ".join(notes)
    else:
        words = _("Answer due on %(time)s, in %(hours)s.") % {
            "time": time,
            "hours": working_words(_between(one.calendar, now, one.times.due_at)),
        }
    if one.what is not What.REGISTRATION:
        words = f"{_(WHAT_LABELS[one.what])}: {words}"
    return Shown(_("Why then"), state.tone, state.icon, words, note, _facts(actor, one, answers))


def _ended(actor: Actor, one: Answer, answers: Answers, now: datetime) -> Shown:
    state = STANDINGS[one.standing(now).value]
    words = ""
    if one.worked_minutes is not None:
        words = _("Answered in %(hours)s, of %(allowed)s.") % {
            "hours": working_words(one.worked_minutes),
            "allowed": working_words(one.allowed_minutes),
        }
    days = sum(other.lengthened_days for other in answers.found)
    note = ""
    if days:
        note = ngettext(
            "Protected %(count)s day longer, because the answer came late.",
            "Protected %(count)s days longer, because the answer came late.",
            days,
        ) % {"count": formats.number(days)}
    return Shown(_(state.label), state.tone, state.icon, words, note, _facts(actor, one, answers))


def _between(calendar: Calendar, begin: datetime, end: datetime) -> int:
    return max(working_between(calendar, begin, end) // _MINUTE, 0)


def _facts(actor: Actor, one: Answer, answers: Answers) -> list[Fact]:
    """Of what the due time follows."""
    due = one.times.due_at
    facts: list[Fact] = [
        (_("Clock started"), formats.datetime_(one.started_at)),
        (_("Time to answer"), working_words(one.allowed_minutes)),
        (_("Calendar"), one.calendar_name or _("Monday to Friday, nine to five")),
        (_("Hours on that day"), ", ".join(str(span) for span in one.calendar.hours_on(_day(one, due))) or "–"),
    ]
    if one.calendar.zone != formats.time_zone().key:
        facts.append((_("Time zone"), one.calendar.zone))
    facts += [
        (_("Paused"), f"{formats.datetime_(pause.begins)} – {formats.datetime_(pause.ends)}") for pause in one.pauses
    ]
    if one.times.paused_at is None:
        facts.append((_("Due"), formats.datetime_(due)))
    else:
        facts.append((_("Paused since"), formats.datetime_(one.times.paused_at)))
    facts.append((_("Usually"), figure_words(answers.figure)))
    if actor.may(Permission.POLICIES_READ) and one.policy_version is not None:
        link = Markup('<a href="/settings/policies/versions/{}">{}</a>').format(one.policy_version, _("Answer times"))
        facts.append((_("Policy"), link))
    return facts


def _day(one: Answer, at: datetime) -> date:
    """The calendar's own day on which an instant falls; a due time at a day's end is still that day."""
    return clock.day_of(at - _MINUTE, one.calendar.zone)


def figure_words(figure: Figure | None) -> str:
    """How fast answers are, in one line."""
    if figure is None:
        return _("not enough decisions yet")
    return _("half within %(median)s, nine of ten within %(high)s") % {
        "median": working_words(figure.median_minutes),
        "high": working_words(figure.high_minutes),
    }


def href(**narrowed: object) -> str:
    """The rows behind a number."""
    params = "&".join(f"{key}={value}" for key, value in narrowed.items() if value is not None)
    return f"{CLOCKS}?{params}" if params else CLOCKS


def chart(desk: Desk) -> dict[str, Any]:
    """Median and 90th percentile by week beside what was allowed, and the table beneath with its rows' links."""
    head = [_("Week from"), _("Half within"), _("Nine of ten within"), _("Allowed, the middle one"), _("Answered")]
    series = [
        {"name": _("Half within"), "colour": 1, "values": [_hours(one.median_minutes) for one in desk.weeks]},
        {"name": _("Nine of ten within"), "colour": 3, "values": [_hours(one.high_minutes) for one in desk.weeks]},
        {"name": _("Allowed"), "colour": 5, "values": [_hours(one.allowed_minutes) for one in desk.weeks]},
    ]
    option = {
        "categories": [formats.date(one.monday) for one in desk.weeks],
        "panels": [
            {"title": _("Time to answer"), "unit": _("working hours"), "kind": "line", "format": {"style": "number"},
             "series": series}
        ],
    }  # fmt: skip
    return {"option": option, "table": {"head": head, "rows": _rows(desk.weeks)}}


def _rows(weeks: Sequence[Week]) -> list[list[str | Markup]]:
    return [
        [
            formats.date(one.monday), working_words(one.median_minutes), working_words(one.high_minutes),
            working_words(one.allowed_minutes),
            Markup('<a href="{}">{}</a>').format(href(tab="answered", week=one.monday), formats.number(one.answered)),
        ]
        for one in weeks
    ]  # fmt: skip


def _hours(minutes: int) -> float:
    """In hours, for drawing only."""
    return round(minutes / _HOUR, 1)


def desk_context(desk: Desk) -> dict[str, Any]:
    """All that the vendor's desk shows."""
    answered = sum(load.answered for load in desk.loads)
    late = sum(week.late for week in desk.weeks)
    return {
        "desk": desk,
        "href": href,
        "hours": working_words,
        "chart": chart(desk),
        "answered": answered,
        "in_time": Fraction(1) - Fraction(late, total) if (total := sum(one.answered for one in desk.weeks)) else None,
    }


def public_figure(figure: Figure | None) -> dict[str, int] | None:
    """The same for programs."""
    if figure is None:
        return None
    return {
        "decisions": figure.decisions,
        "median_minutes": figure.median_minutes,
        "high_minutes": figure.high_minutes,
        "window_days": rules.WINDOW_DAYS,
    }
