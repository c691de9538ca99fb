"""What is true of forecasts: what a deal weighs, when a snapshot is due, what moved since one, and how near it came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from partners.deals.rules import OPEN_STAGES, PROBABILITY, STAGE_STATES
from partners.deals.states import DealState, Stage
from portal.core.i18n import N_
from portal.core.money import round_half_away

STATES: Final = STAGE_STATES - {DealState.EXPIRED}
"""Registrations whose sale is forecast while it is open: undecided or approved. An expired one cannot be won."""
BEFORE: Final = timedelta(days=28)
"""How long before a month is over its forecast is held against what was won in it."""
WEEK: Final = timedelta(days=7)
AHEAD: Final = 5
"""Months after the running one that are shown by themselves."""
JUDGED: Final = 6
"""Months gone by whose forecast is compared with what was won."""


def is_forecast(state: DealState, stage: Stage) -> bool:
    """Whether a deal is part of the forecast."""
    return state in STATES and stage in OPEN_STAGES


def weighted_minor(amount_minor: int, stage: Stage) -> int:
    """The amount times the stage's probability, in minor units, rounded once, half away from zero."""
    return round_half_away(amount_minor * PROBABILITY[stage])


def monday_of(day: date) -> date:
    """The first day of the week."""
    return day - timedelta(days=day.weekday())


def is_due(newest: date | None, today: date) -> bool:
    """Whether this week has no snapshot yet. Late in the week is better than not at all."""
    return newest is None or newest < monday_of(today)


def chosen_day(days: Sequence[date], today: date) -> date | None:
    """The snapshot that is compared with unless another is asked for: the newest of four weeks ago, else the oldest.

    None where there is none.
    """
    old = [day for day in days if day <= today - BEFORE]
    return max(old) if old else min(days, default=None)


class Became(StrEnum):
    """What has become of a deal of the snapshot, or where one that is not in it comes from."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Deals of one currency that share all that decides how they moved; sums over them, in minor units."""

    became: Became
    stage_then: Stage | None = None
    stage_now: Stage | None = None
    month_then: date | None = None
    month_now: date | None = None
    is_other_amount: bool = False
    count: int = 0
    amount_then: int = 0
    amount_now: int = 0
    weighted_then: int = 0
    weighted_between: int = 0
    """What is expected now of it, had it stayed at the stage of the snapshot."""
    weighted_now: int = 0


class Move(StrEnum):
    """One line of the way from a snapshot to now."""

    THEN = "then"
    NEW = "new"
    WON = "won"
    LOST = "lost"
    GONE = "gone"
    STAGE = "stage"
    AMOUNT = "amount"
    WEIGHT = "weight"
    NOW = "now"
    LATER = "later"
    SOONER = "sooner"


MOVES: Final = (Move.NEW, Move.WON, Move.LOST, Move.GONE, Move.STAGE, Move.AMOUNT, Move.WEIGHT)
"""What adds up from then to now."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many deals moved in one way, and what that did to the sums, in minor units."""

    count: int
    amount_minor: int
    weighted_minor: int


def moves_of(groups: Iterable[Group]) -> dict[Move, Moved]:
    """The way from the snapshot to now: THEN and all of MOVES add up to NOW, amounts and weighted amounts alike.

    An open deal that changed both stage and value first changes its value, at the stage it had, then its stage.
    LATER and SOONER are open deals whose month has moved, with what they stand at now: they change no sum.
    """
    sums: dict[Move, list[int]] = {move: [0, 0, 0] for move in Move}

    def add(move: Move, count: int, amount: int, weighted: int) -> None:
        for place, value in enumerate((count, amount, weighted)):
            sums[move][place] += value

    for one in groups:
        if one.became is not Became.NEW:
            add(Move.THEN, one.count, one.amount_then, one.weighted_then)
        if one.became in (Became.NEW, Became.OPEN):
            add(Move.NOW, one.count, one.amount_now, one.weighted_now)
        if one.became is Became.NEW:
            add(Move.NEW, one.count, one.amount_now, one.weighted_now)
        elif one.became is not Became.OPEN:
            add(Move(one.became.value), one.count, -one.amount_then, -one.weighted_then)
        else:
            for move, change in _changes(one):
                add(move, *change)
    return {move: Moved(*values) for move, values in sums.items()}


def _changes(one: Group) -> Iterable[tuple[Move, tuple[int, int, int]]]:
    """How open deals that were in the snapshot changed."""
    revalued = (one.amount_now - one.amount_then, one.weighted_between - one.weighted_then)
    if one.is_other_amount:
        yield Move.AMOUNT, (one.count, *revalued)
    elif revalued[1]:
        yield Move.WEIGHT, (one.count, *revalued)
    if one.stage_now != one.stage_then:
        yield Move.STAGE, (one.count, 0, one.weighted_now - one.weighted_between)
    if one.month_then and one.month_now and one.month_then != one.month_now:
        move = Move.LATER if one.month_now > one.month_then else Move.SOONER
        yield move, (one.count, one.amount_now, one.weighted_now)


@dataclass(frozen=True, slots=True)
class MonthKept:
    """A month: what was forecast for it four weeks before it was over, and what was won in it, in minor units."""

    month: date
    taken_on: date | None
    """Of the snapshot four to five weeks before it was over; None where none was taken then."""
    forecast_minor: int | None
    won_minor: int

    @property
    def off(self) -> Fraction | None:
        """By how much the forecast was above (or below) what was won, as a part of that; None where it has none."""
        if self.forecast_minor is None or not self.won_minor:
            return None
        return Fraction(self.forecast_minor - self.won_minor, self.won_minor)


MOVE_LABELS: Final[dict[Move, str]] = {
    Move.THEN: N_("In the snapshot"),
    Move.NEW: N_("New since then"),
    Move.WON: N_("Won"),
    Move.LOST: N_("Lost"),
    Move.GONE: N_("No longer followed"),
    Move.STAGE: N_("Moved to another stage"),
    Move.AMOUNT: N_("Changed in value"),
    Move.WEIGHT: N_("Stages weigh something else now"),
    Move.NOW: N_("Now"),
    Move.LATER: N_("Expected later than then"),
    Move.SOONER: N_("Expected sooner than then"),
}
