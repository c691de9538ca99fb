"""How a journey is drawn: lanes by persona, marks in time, labels that do not cover one another. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

WIDTH: Final = 1100
"""Of the drawing, in its own units."""
LEFT: Final = 132
"""Where time begins; the names of the lanes stand before it."""
_RIGHT: Final = 20
_TOP: Final = 44
LANE: Final = 44
_FOOT: Final = 24
_MOST_TICKS: Final = 10
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
"""Months between two ticks."""
_LETTER: Final = 5.9
"""Width of a Latin letter at the labels' size; a Chinese character is twice as wide."""
_GAP: Final = 6.0
Places = Callable[[datetime], float]
"""Tells where an instant stands."""
SHAPES: Final = ("circle", "square", "diamond", "triangle")
"""Of parties in their order, so that nobody is told by colour alone."""
SERIES: Final = 8
"""Colours there are; the last is for all others."""


@dataclass(frozen=True, slots=True)
class Met:
    """One touch to be drawn: when, in which lane, by which party (its place in the legend), and what it is called."""

    id: str
    at: datetime
    lane: str
    party: int
    label: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant to be drawn across all lanes."""

    at: datetime
    label: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A touch where it is drawn; `label` is empty where there is no room for it."""

    id: str
    x: float
    y: float
    series: int
    shape: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Line:
    """A moment where it is drawn; its label stands on the side where it has room."""

    x: float
    label: str
    anchor: str
    tone: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The beginning of a month."""

    x: float
    month: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """Touches of one party at one time with several people."""

    x: float
    top: float
    bottom: float
    series: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A journey as it is drawn, in units of its own."""

    height: float
    lanes: tuple[tuple[str, float], ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    links: tuple[Link, ...]
    lines: tuple[Line, ...]

    @property
    def bottom(self) -> float:
        """Where the lanes end."""
        return self.height - _FOOT


def wide(text: str) -> float:
    """The width of a label, reckoned by its characters."""
    return sum(_LETTER * (2 if unicodedata.east_asian_width(one) in "WF" else 1) for one in text)


def series_of(party: int) -> int:
    """The colour of a party by its place in the legend, from 1; all beyond share the last one."""
    return min(party + 1, SERIES)


def shape_of(party: int) -> str:
    """The shape of a party."""
    return SHAPES[party % len(SHAPES)]


def draw(touches: Sequence[Met], moments: Sequence[Moment], lanes: Sequence[str], zone: str) -> Picture:
    """Where everything stands: time runs from the first month to the last instant, lanes in the order given.

    There is at least one touch or moment.
    """
    instants = [*(one.at for one in touches), *(one.at for one in moments)]
    months = _months(min(instants), max(instants), zone)
    begins, ends = months[0], max(instants)
    span = max((ends - begins).total_seconds(), 1.0)

    def x_of(at: datetime) -> float:
        return float(round(LEFT + (WIDTH - LEFT - _RIGHT) * (at - begins).total_seconds() / span, 1))

    middle = {lane: _TOP + LANE * place + LANE / 2 - 5 for place, lane in enumerate(lanes)}
    marks = _labelled([(one, x_of(one.at), middle[one.lane]) for one in touches])
    return Picture(
        height=_TOP + LANE * len(lanes) + _FOOT,
        lanes=tuple((lane, float(_TOP + LANE * place)) for place, lane in enumerate(lanes)),
        ticks=tuple(Tick(x_of(month), month) for month in _thinned(months) if month <= ends),
        marks=tuple(marks),
        links=tuple(_links(touches, x_of, middle)),
        lines=tuple(_lines(moments, x_of)),
    )


def _months(first: datetime, last: datetime, zone: str) -> list[datetime]:
    """The beginnings of all months from that of `first` up to `last`, in the vendor's time zone."""
    local = first.astimezone(ZoneInfo(zone))
    year, month = local.year, local.month
    found: list[datetime] = []
    while True:
        begins = datetime(year, month, 1, tzinfo=ZoneInfo(zone))
        if found and begins > last:
            return found
        found.append(begins)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 -- December


def _thinned(months: list[datetime]) -> list[datetime]:
    """As many months as there is room for."""
    step = next((one for one in _STEPS if len(months) <= one * _MOST_TICKS), _STEPS[-1])
    return months[::step]


def _labelled(placed: Iterable[tuple[Met, float, float]]) -> list[Mark]:
    """Marks with their labels; of labels that would cover an earlier one, none is drawn."""
    marks = []
    for _y, some in groupby(sorted(placed, key=lambda one: (one[2], one[1])), key=lambda one: one[2]):
        taken = float("-inf")
        for met, x, y in some:
            half = wide(met.label) / 2
            anchor, begins = ("end", x - 2 * half) if x + half > WIDTH else ("middle", x - half)
            fits = begins >= taken + _GAP and begins >= LEFT - half
            if fits:
                taken = begins + 2 * half
            label = met.label if fits else ""
            marks.append(Mark(met.id, x, y, series_of(met.party), shape_of(met.party), label, anchor))
    return marks


def _links(touches: Iterable[Met], x_of: Places, middle: dict[str, float]) -> Iterable[Link]:
    """A line between the lanes of what one party did at one time under one name."""

    def same(one: Met) -> tuple[datetime, int, str]:
        return one.at, one.party, one.label

    for (at, party, _label), some in groupby(sorted(touches, key=same), key=same):
        heights = {middle[one.lane] for one in some}
        if len(heights) > 1:
            yield Link(x_of(at), min(heights), max(heights), series_of(party))


def _lines(moments: Iterable[Moment], x_of: Places) -> Iterable[Line]:
    """Labels grow to the left in the right half of the drawing; of those that would cover one another, none."""
    taken: list[tuple[float, float]] = []
    # Those with a tone are the ones that matter: they choose first.
    for one in sorted(moments, key=lambda one: (not one.tone, one.at)):
        x, size = x_of(one.at), wide(one.label) * 1.1
        anchor = "end" if x > (WIDTH + LEFT) / 2 else "start"
        span = (x - size, x) if anchor == "end" else (x, x + size)
        is_free = all(span[1] + _GAP < low or high + _GAP < span[0] for low, high in taken)
        if is_free:
            taken.append(span)
        yield Line(x, one.label if is_free else "", anchor, one.tone)
