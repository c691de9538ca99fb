"""The one kernel of all runners: a log in, whole-number partial results out that add up over parts of the data.

Journeys are handled in blocks of one length, as matrices that fit into the processor's cache; no object is made per
journey. `count` gives what Markov and the rate game need of all data, `credit` the credits themselves.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from attribution.engine import markov, models, positions, shapley
from attribution.engine.columns import Codes, Flags, Ints, Log
from attribution.engine.policy import DEFAULT, KindRule, Policy
from attribution.engine.positions import Part, Settings
from attribution.engine.remainder import ONE, PPB, allot
from attribution.engine.windows import Journeys, flat_ranges, rules_of

BLOCK: Final = 65_536
"""Touches per block: a few columns of it stay in the second-level cache."""
CHUNK: Final = 2_000_000
"""Touches that are counted at once."""
PLACES: Final = 10
"""Places that the ordered Shapley tells apart; the last one is "this or later"."""
GAIN, LOSS = 0, 1
_FIRST_ID, _LAST_ID = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True)
class Plan:
    """What is computed: models by name (`models.parse` knows them), under which policy, over how many shards.

    `collapse`: equal neighbours are one touch for Markov.
    """

    models: tuple[str, ...]
    policy: Policy = field(default_factory=lambda: DEFAULT)
    settings: Settings = field(default_factory=Settings)
    shards: int = 1
    collapse: bool = False


@dataclass(frozen=True)
class Totals:
    """Sums of credits, whole numbers: (models, 2, shards, keys + 1) for gains and losses, nobody's key last.

    `shares` in parts of 1,000,000,000, `values` in minor units. `places` (2, 2, keys + 1, 10) are shares and values of
    the ordered Shapley by place. `linear` (models,) counts events whose weights were all zero and became linear,
    `events` (2,) all that earn.
    """

    shares: Ints
    values: Ints
    places: Ints
    linear: Ints
    events: Ints

    def plus(self, other: "Totals") -> "Totals":
        """The sums of both."""
        return Totals(*(getattr(self, name) + getattr(other, name) for name in Totals.__annotations__))


@dataclass(frozen=True)
class Rows:
    """Credits in full: r touches of events, one event after another; `shares`, `values` are (models, r).

    `event` (r,) numbers journeys, `touch` (r,) rows of the touches, -1 for nobody's; `key` as in `Touches`.
    """

    event: Ints
    touch: Codes
    key: Codes
    shares: Ints
    values: Ints


@dataclass(frozen=True)
class Counts:
    """What Markov (by order) and the rate game need of all data; adds up over parts of the data."""

    chains: Mapping[int, markov.Chain]
    coalitions: shapley.Coalitions | None


# --- counting ---------------------------------------------------------------------------------------------------------


def shards_of(log: Log, shards: int) -> Ints:
    """The shard of each account, by its fixed hash."""
    return (log.account_hash % np.uint32(shards)).astype(np.int64)


def _counted_journeys(log: Log, journeys: Journeys, plan: Plan) -> Iterator[markov.Journeys]:
    """Gains as conversions; journeys that were lost or end in nothing as nulls. Losses of revenue are neither."""
    signs = np.array([rule.sign for rule in rules_of(log.names, plan.policy)], np.int64)[journeys.events.kind]
    shard = shards_of(log, plan.shards)
    ends = np.zeros(len(journeys.open_account), np.int64)
    for rows, first, converted, null, value, account in (
        (
            journeys.rows,
            journeys.first,
            (signs > 0).astype(np.int64),
            (signs == 0).astype(np.int64),
            np.where(signs > 0, journeys.events.value_minor, 0),
            journeys.events.account,
        ),
        (journeys.open_rows, journeys.open_first, ends, ends + 1, ends, journeys.open_account),
    ):
        cuts = [0, *np.searchsorted(first[:-1], np.arange(CHUNK, int(first[-1]), CHUNK)).tolist(), len(account)]
        for low, high in itertools.pairwise(cuts):
            some = slice(low, high)
            kept = np.flatnonzero((converted + null)[some] > 0) + low
            if len(kept) == high - low:
                chosen, begins = rows[first[low] : first[high]], first[low : high + 1] - first[low]
            else:
                flat, begins = flat_ranges(first[kept], first[kept + 1])
                chosen = rows[flat]
            keys = log.touches.key[chosen]
            of_shard = shard[account[kept]] if plan.shards > 1 else None
            yield markov.Journeys(keys, begins, converted[kept], null[kept], value[kept], of_shard)


def count(log: Log, journeys: Journeys, plan: Plan) -> Counts:
    """Transitions for each order of Markov and coalitions of the rate game, over the shards of the plan.

    Raises TooLargeError beyond the limits of `markov` and `shapley`.
    """
    size = len(log.names.keys) + 1
    orders = [order for name in plan.models if (order := models.order_of(name))]
    chains: dict[int, list[markov.Chain]] = {order: [] for order in orders}
    games = []
    for some in _counted_journeys(log, journeys, plan):
        for order in orders:
            chains[order].append(markov.counted(some, size, order, shards=plan.shards, collapse=plan.collapse))
        if models.RATE in plan.models:
            filled = np.diff(some.first) > 0
            first = np.append(some.first[:-1][filled], some.first[-1])
            columns = [column[filled] for column in (some.conversions, some.nulls, some.values)]
            games.append(shapley.gathered(size, shapley.sets_of(some.keys, first, size), *columns))
    return Counts(
        {order: markov.merged(parts) for order, parts in chains.items()},
        shapley.merged(games) if models.RATE in plan.models else None,
    )


def merged_counts(parts: Sequence[Counts]) -> Counts:
    """The counts of several parts of the data as one."""
    games = [one.coalitions for one in parts if one.coalitions is not None]
    return Counts(
        {order: markov.merged([one.chains[order] for one in parts]) for order in parts[0].chains},
        shapley.merged(games) if games else None,
    )


# --- crediting --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """m journeys alike in length: their numbers (m,), and what of their own (and of an acquisition) they draw on.

    `parts` are matrices with the per cent of the credit that goes to each; together they have n touches a journey.
    """

    journeys: Ints
    parts: tuple[tuple[Part, int], ...]
    ties: Ints | None

    @property
    def keys(self) -> Codes:
        """The key of each touch (m, n)."""
        return self.parts[0][0].keys if len(self.parts) == 1 else np.hstack([part.keys for part, _ in self.parts])

    @property
    def touches(self) -> Codes:
        """The row of each touch (m, n), -1 for nobody's."""
        return np.hstack([np.full_like(part.rows, -1) if part.is_empty else part.rows for part, _ in self.parts])


class Blocks:
    """The blocks of all journeys that earn."""

    def __init__(self, log: Log, journeys: Journeys, rules: list[KindRule]) -> None:
        self.log, self.journeys = log, journeys
        kinds = journeys.events.kind
        self.signs = np.array([rule.sign for rule in rules], np.int64)[kinds]
        motions = log.names.motions
        self.weights = np.array([[rule.weight_of(motion) for motion in motions] for rule in rules], np.int64)
        self.lengths = np.diff(journeys.first)
        carried = np.array([rule.carry_over_percent for rule in rules], np.int64)[kinds]
        self.percent = np.where(journeys.acquisition >= 0, carried, 0)

    def __iter__(self) -> Iterator[Block]:
        earning = np.flatnonzero(self.signs)
        code = self._shape(earning) * 2 + self.journeys.weighted[earning]
        carrying = self.percent[earning] > 0
        if carrying.any():
            source = np.where(carrying, self.journeys.acquisition[earning], 0)
            other = np.where(carrying, self._shape(source) * 2 + self.journeys.weighted[source] + 1, 0)
            span = int(code.max()) + 1
            code = (other * 101 + self.percent[earning]) * span + code
        alike = np.argsort(code.astype(np.uint16) if code.max(initial=0) < 1 << 16 else code, kind="stable")
        cuts = np.flatnonzero(np.diff(code[alike])) + 1
        for group in np.split(earning[alike], cuts):
            if not len(group):
                continue
            journey = group[:1]
            length = int(self._shape(journey)[0])
            if self.percent[journey[0]]:
                length += int(self._shape(self.journeys.acquisition[journey])[0])
            step = max(1, BLOCK // max(1, length))
            for low in range(0, len(group), step):
                yield self._block(group[low : low + step])

    def _shape(self, journeys: Ints) -> Ints:
        return self.lengths[journeys]

    def _part(self, journeys: Ints) -> Part:
        length = int(self.lengths[journeys[0]])
        if length == 0:
            return Part(self.log, np.zeros((len(journeys), 1), np.int32), is_empty=True)
        rows = self.journeys.rows[self.journeys.first[journeys][:, None] + np.arange(length)]
        weights = None
        if self.journeys.weighted[journeys[0]]:
            kinds = self.journeys.events.kind[journeys]
            weights = self.weights[kinds[:, None], self.log.touches.motion[rows]]
        return Part(self.log, rows, weights=weights)

    def _block(self, journeys: Ints) -> Block:
        percent = int(self.percent[journeys[0]])
        own = self._part(journeys)
        if percent == 0:
            return Block(journeys, ((own, 100),), self._ties([own]))
        acquired = self._part(self.journeys.acquisition[journeys])
        return Block(journeys, ((acquired, percent), (own, 100 - percent)), self._ties([acquired, own]))

    def _ties(self, parts: list[Part]) -> Ints | None:
        """Ranks of the touchpoint ids; nobody's place goes first before other touches and last after them."""
        if self.journeys.ids_follow_time:
            return None
        ids = [self.log.touches.touchpoint[part.rows] for part in parts]
        for part, found, edge in zip(parts, ids, (_FIRST_ID, _LAST_ID), strict=False):
            if part.is_empty:
                found[:] = edge
        return np.argsort(np.argsort(np.hstack(ids), axis=1), axis=1)


def _part_weights(model: str, part: Part, plan: Plan, effects: Mapping[str, Ints]) -> tuple[Ints, Flags | None]:
    if model in models.SHAPLEY:
        return positions.finished(shapley.weights(part.keys), part)
    if model in effects:
        return positions.finished(effects[model][part.keys], part)
    return positions.weights(model, part, plan.settings)


def block_weights(model: str, block: Block, plan: Plan, effects: Mapping[str, Ints]) -> tuple[Ints, Flags | None]:
    """A model's weights for a block, (n,) or (m, n), and which journeys fell back to linear."""
    if len(block.parts) == 1:
        return _part_weights(model, block.parts[0][0], plan, effects)
    pieces, flags = [], []
    for part, percent in block.parts:
        found, empty = _part_weights(model, part, plan, effects)
        share = found * (percent / 100 * ONE / found.sum(axis=-1, keepdims=True))
        pieces.append(np.broadcast_to(np.rint(share).astype(np.int64), part.rows.shape))
        if empty is not None:
            flags.append(empty)
    return np.hstack(pieces), np.logical_or.reduce(flags) if flags else None


class Crediting:
    """Totals and rows while they grow."""

    def __init__(self, log: Log, journeys: Journeys, plan: Plan, *, with_rows: bool) -> None:
        self.plan, self.journeys = plan, journeys
        keys = len(log.names.keys) + 1
        shape = (len(plan.models), 2, plan.shards, keys)
        self.shares, self.values = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.places = np.zeros((2, 2, keys, PLACES if "shapley_ordered" in plan.models else 0), np.int64)
        self.linear = np.zeros(len(plan.models), np.int64)
        self.blocks = Blocks(log, journeys, rules_of(log.names, plan.policy))
        side = np.where(self.blocks.signs < 0, LOSS, GAIN)
        self.offset = (side * plan.shards + shards_of(log, plan.shards)[journeys.events.account]) * keys
        self.side = side * keys
        self.rows = self._empty_rows() if with_rows else None

    def _empty_rows(self) -> Rows:
        lengths = np.maximum(self.blocks.lengths, 1)
        source = np.where(self.blocks.percent > 0, lengths[self.journeys.acquisition], 0)
        self.starts = np.concatenate([[0], np.cumsum(np.where(self.blocks.signs != 0, lengths + source, 0))])
        size = int(self.starts[-1])
        event = np.repeat(np.arange(len(self.journeys)), np.diff(self.starts))
        full = (len(self.plan.models), size)
        return Rows(event, np.empty(size, np.int32), np.empty(size, np.int32), np.zeros(full, np.int64),
                    np.zeros(full, np.int64))  # fmt: skip

    def add(self, block: Block, effects: Mapping[str, Ints]) -> None:
        """Credit one block under all models."""
        keys, values = block.keys, self.journeys.events.value_minor[block.journeys]
        code = keys + self.offset[block.journeys][:, None]
        at = None
        if self.rows is not None:
            at = self.starts[block.journeys][:, None] + np.arange(keys.shape[1])
            self.rows.touch[at], self.rows.key[at] = block.touches, keys
        for number, model in enumerate(self.plan.models):
            weights, empty = block_weights(model, block, self.plan, effects)
            self.linear[number] += 0 if empty is None else int(empty.sum())
            totals = self.shares[number].reshape(-1), self.values[number].reshape(-1)
            only = sole(weights)
            if only is not None and at is None:
                np.add.at(totals[0], code[:, only], PPB)
                np.add.at(totals[1], code[:, only], values)
                continue
            share, value = shared_out(values, weights, block.ties)
            np.add.at(totals[0], code.ravel(), np.broadcast_to(share, code.shape).ravel())
            np.add.at(totals[1], code.ravel(), value.ravel())
            if model == "shapley_ordered":
                self._add_places(block, share, value)
            if self.rows is not None and at is not None:
                self.rows.shares[number][at], self.rows.values[number][at] = share, value

    def _add_places(self, block: Block, share: Ints, value: Ints) -> None:
        place = np.concatenate([np.minimum(np.arange(part.length), PLACES - 1) for part, _ in block.parts])
        code = (block.keys + self.side[block.journeys][:, None]) * PLACES + place
        np.add.at(self.places[0].reshape(-1), code, np.broadcast_to(share, code.shape))
        np.add.at(self.places[1].reshape(-1), code, value)


def sole(weights: Ints) -> int | None:
    """The one place of journeys that gets everything, if it is the same for all of them."""
    if weights.ndim > 1 or np.count_nonzero(weights) != 1:
        return None
    return int(weights.argmax())


def shared_out(values: Ints, weights: Ints, ties: Ints | None) -> tuple[Ints, Ints]:
    """Shares in parts of 1,000,000,000, (m, n) or (1, n) for all alike, and values (m, n), of values (m,)."""
    alike = weights.ndim == 1 and ties is None
    share = allot(np.full(1 if alike else len(values), PPB), weights, ties)
    return share, allot(values, weights, ties)


def credit(
    log: Log, journeys: Journeys, plan: Plan, effects: Mapping[str, Ints], *, with_rows: bool = False
) -> tuple[Totals, Rows | None]:
    """The credits of all events under all models, as sums and, where wanted, in full.

    `effects` gives for each Markov and rate model the weight of each key (keys + 1,) in parts of 1/2^40.
    """
    work = Crediting(log, journeys, plan, with_rows=with_rows)
    for block in work.blocks:
        work.add(block, effects)
    events = np.array([(work.blocks.signs > 0).sum(), (work.blocks.signs < 0).sum()], np.int64)
    return Totals(work.shares, work.values, work.places, work.linear, events), work.rows


def empty_totals(plan: Plan, keys: int) -> Totals:
    """Sums of nothing, for `keys` keys besides nobody's."""
    shape = (len(plan.models), 2, plan.shards, keys + 1)
    places = PLACES if "shapley_ordered" in plan.models else 0
    return Totals(
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros((2, 2, keys + 1, places), np.int64),
        np.zeros(len(plan.models), np.int64),
        np.zeros(2, np.int64),
    )
