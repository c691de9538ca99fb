"""A run over parts of the data, whoever hands them over: count, weigh, credit, add up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine import intervals, kernel, markov, models, shapley, summary
from attribution.engine.columns import GREATEST_SUM, Ints, Log
from attribution.engine.errors import RefusedError, TooLargeError
from attribution.engine.kernel import Counts, Plan, Totals
from attribution.engine.markov import Floats
from attribution.engine.remainder import ONE
from attribution.engine.windows import build

Numbered = Callable[[int], Log]
"""Gives part number i of the data."""
Told = Callable[[str, int, int], None]
"""Is told what is being done, how many parts are done and how many there are."""


@dataclass(frozen=True)
class Weights:
    """What Markov and the rate game found: weights per key to credit by (keys + 1,), and what they measured."""

    by_model: Mapping[str, Ints]
    measured: Mapping[str, Floats]


@dataclass(frozen=True)
class Notes:
    """What was left out on the way in, and what fell back."""

    touches: int = 0
    events: int = 0
    repeated_touches: int = 0
    repeated_events: int = 0
    uncounted: int = 0

    @classmethod
    def of(cls, log: Log) -> "Notes":
        """What one log says."""
        return cls(len(log.touches), len(log.events), log.repeated_touches, log.repeated_events, log.uncounted)

    def plus(self, other: "Notes") -> "Notes":
        """The sums of both."""
        return Notes(*(getattr(self, name) + getattr(other, name) for name in Notes.__annotations__))


@dataclass(frozen=True)
class Result:
    """All of a run but the credits in full: sums, what was measured, intervals of values by model, notes."""

    plan: Plan
    keys: pa.Array
    totals: Totals
    weights: Weights
    bounds: Mapping[str, tuple[Floats, Floats]]
    notes: Notes

    def summary(self) -> pa.Table:
        """The lines of gains."""
        return summary.of_totals(self.totals, self.plan, self.keys, self._removal(), self.bounds)

    def losses(self) -> pa.Table:
        """The lines of contraction and churn."""
        return summary.losses(self.totals, self.plan, self.keys)

    def _removal(self) -> dict[str, Floats]:
        return {name: found for name, found in self.weights.measured.items() if models.order_of(name)}


def weights_of(counts: Counts, seed: int) -> Weights:
    """The weights by which Markov and the rate game credit: effects cut off at zero, in parts of 1/2^40."""
    measured: dict[str, Floats] = {}
    for order, chain in counts.chains.items():
        measured[f"markov:{order}"] = markov.removal_effects(markov.folded(chain)).of_conversions
    if counts.coalitions is not None:
        measured[models.RATE] = shapley.rates(counts.coalitions, seed).of_conversions
    return Weights({name: np.rint(np.maximum(found, 0) * ONE).astype(np.int64) for name, found in measured.items()},
                   measured)  # fmt: skip


def bounds_of(
    totals: Totals, counts: Counts | None, plan: Plan, draws: int, seed: int
) -> dict[str, tuple[Floats, Floats]]:
    """Intervals of each model's gains in value, by key (keys + 1,).

    For Markov, what was paid is moved as the draws move total times share of removal effects. For `shapley_rate` the
    weights are held and the events drawn.
    """
    times = intervals.drawn(plan.shards, draws, seed)
    found = {}
    for number, model in enumerate(plan.models):
        sums = totals.values[number, kernel.GAIN]
        order = models.order_of(model)
        if order is None or counts is None:
            found[model] = intervals.of_sums(sums, times)
        else:
            low, high = intervals.of_effects(counts.chains[order], sums.sum(axis=1), times)
            found[model] = (low * sums.sum(axis=0), high * sums.sum(axis=0))
    return found


def run(
    part: Numbered,
    parts: int,
    plan: Plan,
    *,
    draws: int = 0,
    seed: int = 0,
    rows_to: Callable[[pa.Table], None] | None = None,
    tell: Told = lambda *_: None,
) -> Result:
    """Credit all parts of the data, which must agree on their keys; full credits go to `rows_to`, part after part.

    Every part is read once, twice where Markov or `shapley_rate` look at all of it first (and there are several).
    Raises the errors of `windows.build`, `markov` and `shapley`.
    """
    held = None
    counts, weights = None, Weights({}, {})
    if models.needs_all(plan.models):
        counted = []
        for number in range(parts):
            tell("counting", number, parts)
            log = part(number)
            held = (log, build(log, plan.policy))
            counted.append(kernel.count(*held, plan))
        counts = kernel.merged_counts(counted)
        tell("removal effects", 0, 1)
        weights = weights_of(counts, seed)
    notes, worth, currencies = Notes(), 0.0, set()
    totals: Totals | None = None
    keys = pa.array([], pa.string())
    for number in range(parts):
        tell("crediting", number, parts)
        if held is None or parts > 1:
            log = part(number)
            held = (log, build(log, plan.policy))
        log, journeys = held
        notes, keys = notes.plus(Notes.of(log)), log.names.keys
        worth += float(np.abs(log.events.value_minor).sum(dtype=np.float64))
        currencies |= {log.names.currency} if len(log.events) else set()
        check_together(worth, currencies)
        found, rows = kernel.credit(log, journeys, plan, weights.by_model, with_rows=rows_to is not None)
        totals = found if totals is None else totals.plus(found)
        if rows_to is not None and rows is not None:
            rows_to(summary.credits_in_full(log, journeys, rows, plan))
    totals = kernel.empty_totals(plan, len(keys)) if totals is None else totals
    bounds = {}
    if draws:
        tell("intervals", 0, 1)
        bounds = bounds_of(totals, counts, plan, draws, seed)
    return Result(plan, keys, totals, weights, bounds, notes)


def check_together(worth: float, currencies: set[str]) -> None:
    """What each log was asked about itself, asked of all of them."""
    if len(currencies) > 1:
        message = f"The events are in more than one currency ({', '.join(sorted(currencies))})."
        raise RefusedError(message)
    if worth > GREATEST_SUM:
        message = f"The values together are beyond {GREATEST_SUM:,} minor units."
        raise TooLargeError(message)


def logs(one: Sequence[Log]) -> tuple[Numbered, int]:
    """Logs at hand as the parts of a run."""
    return one.__getitem__, len(one)
