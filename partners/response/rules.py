"""What is true of answers: when a clock runs, rests and stops, when it is due, and what a late answer gives. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.calendars.rules import Calendar, add_working, working_between
from portal.core.i18n import N_

LEAST_DECISIONS: Final = 20
"""From so many decisions on partners are told how fast answers are."""
LEAST_OTHERS: Final = 5
"""And only with so many partners beside the one who asks among them."""
WINDOW_DAYS: Final = 90
"""Decisions of so many days make the programme's figures."""
DAY: Final = timedelta(days=1)
_ZERO: Final = timedelta(0)


class What(StrEnum):
    """What the vendor has to answer."""

    REGISTRATION = "registration"
    APPEAL = "appeal"
    EXTENSION = "extension"
    AMENDMENT = "amendment"


class Standing(StrEnum):
    """How a clock stands at an instant."""

    RUNNING = "running"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"
    IN_TIME = "in_time"
    TOO_LATE = "too_late"
    DROPPED = "dropped"
    """It ended without an answer: the partner withdrew, or time ended what was asked about."""


WHAT_LABELS: Final[Mapping[str, str]] = {
    What.REGISTRATION: N_("Registration"),
    What.APPEAL: N_("Appeal"),
    What.EXTENSION: N_("Extension request"),
    What.AMENDMENT: N_("Amendment"),
}

DONE: Final = "done"
"""The outcome of a step that was taken."""
OTHER: Final = "other"
HELD_LABELS: Final[Mapping[str, str]] = {
    "unlinked": N_("The customer is linked to no account."),
    "conflict": N_("Others claim this customer too."),
    "conflict_lost": N_("The conflict about this customer was decided against it."),
    "steps": N_("Steps of its approval are not agreed."),
    "protected": N_("The customer is protected for another deal."),
    "second_person": N_("Its prices need a second person."),
    "policy": N_("No version of a policy that it needs is in force."),
    "lost": N_("The partner has lost this sale."),
    OTHER: N_("A rule forbids it."),
}
"""Why a registration was not approved by the clock, by the code of what forbade it."""
HELD_SHORT: Final[Mapping[str, str]] = {
    "unlinked": N_("No account"),
    "conflict": N_("Open conflict"),
    "conflict_lost": N_("Conflict lost"),
    "steps": N_("Steps missing"),
    "protected": N_("Protected for another"),
    "second_person": N_("A second person"),
    "policy": N_("No policy"),
    "lost": N_("Sale lost"),
    OTHER: N_("A rule"),
}
"""The same for the cell of a list."""

STARTS: Final[Mapping[str, What]] = {
    "deal.submitted": What.REGISTRATION,
    "deal.appealed": What.APPEAL,
    "deal.extension_requested": What.EXTENSION,
    "deal.amendment_requested": What.AMENDMENT,
}
_DECISION: Final = frozenset({What.REGISTRATION, What.APPEAL})
ANSWERS: Final[Mapping[str, frozenset[What]]] = {
    "deal.approved": _DECISION,
    "deal.rejected": _DECISION,
    "deal.extended": frozenset({What.EXTENSION}),
    "deal.extension_refused": frozenset({What.EXTENSION}),
    "deal.amended": frozenset({What.AMENDMENT}),
    "deal.amendment_refused": frozenset({What.AMENDMENT}),
}
RUNNING: Final = frozenset({What.EXTENSION, What.AMENDMENT})
"""What is asked about a deal while it runs: it needs no answer when the sale is over."""
DROPS: Final[Mapping[str, frozenset[What]]] = {
    **dict.fromkeys(("deal.withdrawn", "deal.expired", "deal.revoked"), frozenset(What)),
    **dict.fromkeys(("deal.won", "deal.lost"), RUNNING),
    "deal.extension_closed": frozenset({What.EXTENSION}),
    "deal.amendment_closed": frozenset({What.AMENDMENT}),
}
"""After what something needs no answer any more."""
PAUSE: Final = "deal.asked"
RESUME: Final = "deal.answered"
FOLLOWED: Final = (*STARTS, *ANSWERS, *DROPS, PAUSE, RESUME)
"""The events that move a clock."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a deal: its name and its instant."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """The partner had to act: half-open."""

    begins: datetime
    ends: datetime


@dataclass(slots=True)
class Run:
    """One thing to answer, from what happened: the `number`-th of its kind on its deal, from 1."""

    what: What
    number: int
    started_at: datetime
    pauses: list[Pause] = field(default_factory=list)
    paused_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    """When it was answered, or needed no answer any more."""

    def _end(self, at: datetime, *, answered: bool) -> None:
        self._resume(at)
        self.ended_at, self.answered_at = at, at if answered else None

    def _resume(self, at: datetime) -> None:
        if self.paused_at is not None:
            self.pauses.append(Pause(self.paused_at, at))
            self.paused_at = None

    def take(self, one: Happened) -> None:
        """Go on from an event after its start."""
        if self.what in DROPS.get(one.name, ()):
            self._end(one.at, answered=False)
        elif self.what in ANSWERS.get(one.name, ()):
            self._end(one.at, answered=True)
        elif self.what in _DECISION and one.name == PAUSE:
            self.paused_at = self.paused_at or one.at
        elif self.what in _DECISION and one.name == RESUME:
            self._resume(one.at)


def runs_of(happened: Iterable[Happened]) -> list[Run]:
    """All that had to be answered on one deal, from its events in the order in which they were recorded.

    A second start while the same is still open is the same question.
    """
    runs: list[Run] = []
    for one in happened:
        for run in runs:
            if run.ended_at is None:
                run.take(one)
        what = STARTS.get(one.name)
        same = [run for run in runs if run.what == what]
        if what is not None and all(run.ended_at is not None for run in same):
            runs.append(Run(what, len(same) + 1, one.at))
    return runs


def remembered(run: Run) -> list[Happened]:
    """The events that would have made this run: for one that began before its deal's events were recorded."""
    start = next(name for name, what in STARTS.items() if what is run.what)
    story = [Happened(start, run.started_at)]
    for pause in run.pauses:
        story += [Happened(PAUSE, pause.begins), Happened(RESUME, pause.ends)]
    if run.paused_at is not None:
        story.append(Happened(PAUSE, run.paused_at))
    if run.ended_at is not None:
        ending = ANSWERS if run.answered_at is not None else DROPS
        story.append(Happened(next(name for name, what in ending.items() if run.what in what), run.ended_at))
    return story


def moved(calendar: Calendar, due: datetime, pause: Pause) -> datetime:
    """When it is due after a pause: as much working time after it as was left before. One that was late stays so.

    Raises NoWorkingTime.
    """
    if pause.begins >= due:
        return due
    return add_working(calendar, pause.ends, working_between(calendar, pause.begins, due))


def is_late(due: datetime, paused_at: datetime | None, until: datetime) -> bool:
    """Whether the answer was due before `until`; one that rested then was not."""
    return due < (until if paused_at is None else min(paused_at, until))


def worked(calendar: Calendar, begin: datetime, pauses: Iterable[Pause], until: datetime) -> timedelta:
    """The working time that the vendor took: without what the partner needed."""
    rested = (
        working_between(calendar, min(one.begins, until), min(one.ends, until)) for one in pauses if one.begins < until
    )
    return working_between(calendar, begin, until) - sum(rested, _ZERO)


def delay(due: datetime, pauses: Iterable[Pause], until: datetime) -> timedelta:
    """How long after the due time the answer came, by the wall clock, without what the partner needed after it."""
    rested = (max(min(one.ends, until) - max(one.begins, due), _ZERO) for one in pauses)
    return max(until - due - sum(rested, _ZERO), _ZERO)


def days_longer(late: timedelta) -> int:
    """By how many days a protection is longer for an answer so late: every day begun counts."""
    return -(-late // DAY)


@dataclass(frozen=True, slots=True)
class Clock:
    """The times of a clock, as they are kept."""

    due_at: datetime
    warn_at: datetime
    paused_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    breached_at: datetime | None


def standing_of(clock: Clock, now: datetime) -> Standing:
    """How it stands."""
    if clock.ended_at is not None:
        if clock.answered_at is None:
            return Standing.DROPPED
        return Standing.TOO_LATE if clock.breached_at is not None else Standing.IN_TIME
    if clock.paused_at is not None:
        return Standing.PAUSED
    if clock.due_at <= now:
        return Standing.LATE
    return Standing.SOON if clock.warn_at <= now else Standing.RUNNING


def may_tell(decisions: int, partners: int, *, asker_is_among: bool) -> bool:
    """Whether a partner may be told how fast answers are: enough of them, and enough others among them."""
    return decisions >= LEAST_DECISIONS and partners - asker_is_among >= LEAST_OTHERS


def steps_due(calendar: Calendar, due: datetime, hours: Sequence[int], done: Iterable[int], now: datetime) -> list[int]:
    """The places of the steps that were not taken and whose time has come: so many working hours after it is due."""
    taken = set(done)
    return [
        place
        for place, after in enumerate(hours)
        if place not in taken and add_working(calendar, due, timedelta(hours=after)) <= now
    ]
