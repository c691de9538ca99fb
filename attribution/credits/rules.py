"""What is true of runs: their life, their numbers, to what credit is given, and how sure a share is. Pure."""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.core.flow import Flow, Move
from portal.core.i18n import N_
from portal.core.permissions import Permission

PPB: Final = 1_000_000_000
"""A whole: shares are in parts of it."""
EVERY: Final = "linear"
"""The model that gives every eligible touch a part; a run always has it."""
NOBODY: Final = ""
"""The key of what falls to nobody, for want of an eligible touch."""
INFLUENCED: Final = "influenced"
"""Stands beside the models among the effects: the value of events that a partner touched at all."""
_Z95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: an interval of 95 %."""


MODEL_LABELS: Final = {
    "first": N_("First touch"),
    "last": N_("Last touch"),
    "first_last": N_("First and last touch"),
    "linear": N_("Linear"),
    "u_shaped": N_("U-shaped"),
    "w_shaped": N_("W-shaped"),
    "full_path": N_("Full path"),
    "decay": N_("Time decay"),
    "markov:1": N_("Markov, order 1"),
    "markov:2": N_("Markov, order 2"),
    "markov:3": N_("Markov, order 3"),
    "shapley": N_("Shapley"),
}
"""The models that a run can reckon. `shapley_rate` takes at most 62 keys and `custom` its own table: on files only."""
PARTY_LABELS: Final = {
    "marketing": N_("Marketing"),
    "sales": N_("Direct sales"),
    "unmapped": N_("Not mapped yet"),
    NOBODY: N_("No touch in the window"),
}
"""Who is credited beside partners: the origins of the vendor's own touches, and nobody."""


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    FREEZING = "freezing"
    """Its inputs are being written."""
    COMPUTING = "computing"
    """Its inputs are frozen; the models are being reckoned."""
    SEALED = "sealed"
    """It never changes again."""
    FAILED = "failed"


OPEN: Final = frozenset({RunState.QUEUED, RunState.FREEZING, RunState.COMPUTING})
"""A run that is still worked on."""


class Dimension(StrEnum):
    """To what credit is given."""

    PARTY = "party"
    """A partner by its id, or the origin of a touch of the vendor's own: marketing, sales, unmapped."""
    CHANNEL = "channel"
    """The channel of the source tree, or `partner`."""


class Step(StrEnum):
    """What is being done for a run."""

    NONE = ""
    TOUCHES = "touches"
    EVENTS = "events"
    PARTY = "party"
    CHANNEL = "channel"
    STORING = "storing"


STEP_LABELS: Final = {
    Step.NONE: N_("Waits for its turn"),
    Step.TOUCHES: N_("Freezing touchpoints"),
    Step.EVENTS: N_("Freezing lifecycle events"),
    Step.PARTY: N_("Reckoning by partner"),
    Step.CHANNEL: N_("Reckoning by channel"),
    Step.STORING: N_("Storing and checking"),
}


def _move(verb: str, sources: set[RunState], target: RunState, event: str) -> Move:
    return Move(verb, frozenset(sources), target, Permission.RUNS_WRITE, event, "")


FLOW: Final = Flow(
    "run",
    RunState,
    [
        _move("freeze", {RunState.QUEUED, RunState.FREEZING}, RunState.FREEZING, "run.begun"),
        _move("compute", {RunState.FREEZING}, RunState.COMPUTING, "run.frozen"),
        _move("seal", {RunState.COMPUTING}, RunState.SEALED, "run.sealed"),
        _move("fail", set(OPEN), RunState.FAILED, "run.failed"),
    ],
)
"""Made by the job alone; a person asks for a run and reads it."""


def number_of(day: date, place: int) -> str:
    """What a run is called: the day it was asked for, with its place on that day from the second on."""
    return f"R-{day.isoformat()}" if place <= 1 else f"R-{day.isoformat()}-{place}"


def partner_of(key: str) -> UUID | None:
    """The partner that a key of the dimension `party` stands for, or None."""
    try:
        return UUID(key)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Portion:
    """How many of a whole, with the interval that 95 of 100 samples like this would cover the truth by."""

    count: int
    whole: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The portion itself, from 0 to 1."""
        return self.count / self.whole


def portion(count: int, whole: int) -> Portion | None:
    """A portion with its Wilson interval, which is right for few cases too; None of nothing.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
    """
    if whole <= 0:
        return None
    share, square = count / whole, _Z95 * _Z95
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = _Z95 / (1 + square / whole) * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    return Portion(count, whole, max(0.0, middle - half), min(1.0, middle + half))
