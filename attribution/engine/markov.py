"""Attribution by an absorbing Markov chain, exact: counts of transitions, and removal effects in closed form.

The states of order k are the last k keys of a journey (fewer at its beginning); from each the journey goes on to a next
key, or ends in a conversion or in nothing. With Q the transition probabilities between states, N = (I - Q)^-1 the
expected visits, s the start, r the probabilities of converting next (or the value that converting next brings):

    P(conversion) = (N r)_s
    removal effect of key c = 1 - P(conversion with c sent to null) / P(conversion)
                            = h (N r)_C / (N r)_s,   h = N_sC (N_CC)^-1

where C are the states whose last key is c and h are the probabilities that C is first reached in each of them. For
order 1, C is one state and this is N_sc (N r)_c / (N_cc (N r)_s): all removals come from one inverse. Sources: Anderl,
Becker, von Wangenheim, Schumann (2016), "Mapping the customer journey"; Kemeny, Snell (1960), "Finite Markov chains",
for N.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse  # type: ignore[import-untyped]  # it has no annotations
from scipy.sparse import linalg as sparse_linalg  # type: ignore[import-untyped]  # as above

from attribution.engine.columns import Codes, Ints
from attribution.engine.errors import TooLargeError

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.number[Any]]

MOST_DENSE: Final = 3_000
MOST_STATES: Final = 20_000
MOST_ORDER: Final = 3
_DENSE_COUNTS: Final = 1 << 22
_MOST_CODES: Final = 1 << 62
_STACKED: Final = 300
_STACK: Final = 50
_MOST_STACKED: Final = 20_000_000


@dataclass(frozen=True)
class Chain:
    """How often journeys went from state to state, in whole numbers that add up over parts of the data.

    A key is 0 to `keys` - 1; `keys` stands for "before the first". A state is its last `order` keys as digits of base
    `keys` + 1, the newest last; a step is a state and the next key as one more digit. `step_counts` (s,) belong to
    `steps` (s,) ascending; `ends` (e,) are the states in which journeys ended, with how many conversions, nulls and
    which value of conversions. With more than one shard, the shard is one more digit in front of both. Counts are whole
    in int64, or float64 where paths came in aggregated.
    """

    keys: int
    order: int
    shards: int
    steps: Ints
    step_counts: Numbers
    ends: Ints
    conversions: Numbers
    nulls: Numbers
    values: Numbers


def lags(keys: Codes, first: Ints, base: int, order: int) -> Ints:
    """The state after each touch (n,): its key and the `order` - 1 before it in its journey, as digits."""
    starts = np.repeat(first[:-1], np.diff(first))
    places = np.arange(len(keys)) - starts
    state = keys.astype(np.int64)
    for lag in range(1, order):
        earlier = np.full(len(keys), base - 1, np.int64)
        earlier[lag:] = keys[:-lag]
        earlier[places < lag] = base - 1
        state += earlier * base**lag
    return state


def without_neighbours(keys: Codes, first: Ints) -> tuple[Codes, Ints]:
    """The journeys with equal neighbours collapsed into one."""
    keep = np.ones(len(keys), np.bool_)
    keep[1:] = keys[1:] != keys[:-1]
    lengths = np.diff(first)
    keep[first[:-1][lengths > 0]] = True
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    return keys[keep], kept_before[first]


def step_codes(keys: Codes, first: Ints, size: int, order: int) -> tuple[Ints, Ints]:
    """Each touch's step (n,) and each journey's last state (m,); every journey has a touch."""
    base = size + 1
    state = lags(keys, first, base, order)
    begins = np.zeros(len(keys), np.bool_)
    begins[first[:-1]] = True
    before = np.empty(len(keys), np.int64)
    before[1:] = state[:-1]
    before[begins] = base**order - 1
    return before * base + keys, state[first[1:] - 1]


def tally(codes: Ints, weights: Numbers | None, size: int) -> tuple[Ints, Numbers]:
    """The distinct codes below `size` ascending, and the sum of each one's weights (None: how many), exactly."""
    if size <= _DENSE_COUNTS:
        occurring: Ints = np.bincount(codes, minlength=size).astype(np.int64)
        found = np.flatnonzero(occurring).astype(np.int64)
        if weights is None:
            return found, occurring[found]
        sums = np.zeros(size, weights.dtype)
        np.add.at(sums, codes, weights)
        return found, sums[found].astype(weights.dtype)
    distinct, places, times = np.unique(codes, return_inverse=True, return_counts=True)
    if weights is None:
        return distinct, times.astype(np.int64)
    sums = np.zeros(len(distinct), weights.dtype)
    np.add.at(sums, places, weights)
    return distinct, sums.astype(weights.dtype)


@dataclass(frozen=True)
class Journeys:
    """Journeys as a chain counts them: keys (n,) one journey after another, `first` (m + 1,) where each begins.

    With how many conversions, nulls and which value each brings, and its shard; (m,) each.
    """

    keys: Codes
    first: Ints
    conversions: Numbers
    nulls: Numbers
    values: Numbers
    shard: Ints | None = None


def counted(journeys: Journeys, keys: int, order: int, *, shards: int = 1, collapse: bool = False) -> Chain:
    """The chain of these journeys, of `keys` keys; with `collapse`, equal neighbours are one touch.

    Raises TooLargeError where states cannot be counted.
    """
    some = np.diff(journeys.first) > 0
    flat, first = journeys.keys, np.append(journeys.first[:-1][some], journeys.first[-1])
    if collapse:
        flat, first = without_neighbours(flat, first)
    base = keys + 1
    if shards * base ** (order + 1) >= _MOST_CODES:
        message = f"Markov of order {order} is not computed for {keys:,} keys: too many states."
        raise TooLargeError(message)
    steps, ends = step_codes(flat, first, keys, order)
    lengths = np.diff(first)
    weights = None
    if journeys.conversions.dtype != np.int64:
        weights = np.repeat((journeys.conversions + journeys.nulls)[some], lengths)
    if journeys.shard is not None:
        shard = journeys.shard[some]
        steps += np.repeat(shard * base ** (order + 1), lengths)
        ends += shard * base**order
    columns = [getattr(journeys, name)[some] for name in ("conversions", "nulls", "values")]
    return _tallied(keys, order, shards, (steps, weights), ends, columns)


def _tallied(
    keys: int,
    order: int,
    shards: int,
    steps: tuple[Ints, Numbers | None],
    ends: Ints,
    columns: Sequence[Numbers],
) -> Chain:
    size = shards * (keys + 1) ** order
    distinct, counts = tally(*steps, size * (keys + 1))
    by_end = [tally(ends, column, size) for column in columns]
    return Chain(keys, order, shards, distinct, counts, by_end[0][0], *(sums for _, sums in by_end))


def merged(parts: Sequence[Chain]) -> Chain:
    """The chains of several parts of the data as one; all of the same keys, order and shards."""
    if len(parts) == 1:
        return parts[0]
    steps, counts, ends, *columns = (
        np.concatenate([getattr(one, name) for one in parts])
        for name in ("steps", "step_counts", "ends", "conversions", "nulls", "values")
    )
    return _tallied(parts[0].keys, parts[0].order, parts[0].shards, (steps, counts), ends, columns)


def folded(chain: Chain, times: Ints | None = None) -> Chain:
    """The chain without shards, each shard counted so many `times` (shards,); None: once."""
    if chain.shards == 1 and times is None:
        return chain
    size = (chain.keys + 1) ** chain.order
    of_step, steps = np.divmod(chain.steps, size * (chain.keys + 1))
    of_end, ends = np.divmod(chain.ends, size)
    chosen = np.ones(chain.shards, np.int64) if times is None else times
    columns = [column * chosen[of_end] for column in (chain.conversions, chain.nulls, chain.values)]
    return _tallied(chain.keys, chain.order, 1, (steps, chain.step_counts * chosen[of_step]), ends, columns)


@dataclass(frozen=True)
class Effects:
    """What a chain says of each key: P(conversion), and removal effects on conversions and on values, (keys,) each."""

    probability: float
    of_conversions: Floats
    of_values: Floats


@dataclass(frozen=True)
class _System:
    """A chain as matrices over its s states, the start being 0. `last` is each state's newest key, -1 for the start."""

    transitions: sparse.csr_array
    converting: Floats
    value: Floats
    last: Ints


def _system(chain: Chain) -> _System:
    base = chain.keys + 1
    begin = base**chain.order - 1
    from_state, next_key = chain.steps // base, chain.steps % base
    to_state = from_state % base ** (chain.order - 1) * base + next_key
    others = np.unique(np.concatenate([from_state, to_state, chain.ends]))
    states = np.concatenate([[begin], others[others != begin]])
    if len(states) > MOST_STATES:
        message = f"The Markov chain of order {chain.order} has {len(states):,} states; at most {MOST_STATES:,}."
        raise TooLargeError(message)
    by_code = np.argsort(states)
    source = by_code[np.searchsorted(states, from_state, sorter=by_code)]
    target = by_code[np.searchsorted(states, to_state, sorter=by_code)]
    ended = by_code[np.searchsorted(states, chain.ends, sorter=by_code)]
    size = len(states)
    leaving = np.bincount(source, weights=chain.step_counts, minlength=size)
    leaving += np.bincount(ended, weights=chain.conversions, minlength=size)
    leaving += np.bincount(ended, weights=chain.nulls, minlength=size)
    leaving[leaving == 0] = 1.0  # a state that nothing leaves converts never
    probabilities = sparse.csr_array((chain.step_counts / leaving[source], (source, target)), shape=(size, size))
    converting = np.bincount(ended, weights=chain.conversions, minlength=size) / leaving
    value = np.bincount(ended, weights=chain.values, minlength=size) / leaving
    last = states % base
    last[0] = -1
    return _System(probabilities, converting, value, last)


def removal_effects(chain: Chain) -> Effects:
    """The removal effects of all keys, exact; zero where nothing converts.

    Dense up to 3,000 states (one inverse), sparse LU with one column per state beyond. Raises TooLargeError beyond
    20,000 states.
    """
    system = _system(chain)
    size = len(system.last)
    rewards = np.column_stack([system.converting, system.value])
    groups = np.argsort(system.last, kind="stable")[1:]
    keys, begins = np.unique(system.last[groups], return_index=True)
    members = np.split(groups, begins)[1:]
    effects = np.zeros((chain.keys, 2))
    if size <= MOST_DENSE:
        matrix = system.transitions.toarray()
        np.negative(matrix, out=matrix)
        matrix.flat[:: size + 1] += 1.0
        inverse = linalg.inv(matrix, overwrite_a=True, check_finite=False)
        expected = inverse @ rewards
        if chain.order == 1:
            reached = inverse[0, groups] / np.diagonal(inverse)[groups]
            effects[keys] = reached[:, None] * expected[groups]
        else:
            for key, states in zip(keys.tolist(), members, strict=True):
                reached = np.linalg.solve(inverse[np.ix_(states, states)].T, inverse[0, states])
                effects[key] = reached @ expected[states]
    else:
        factors = sparse_linalg.splu(sparse.csc_array(sparse.eye_array(size) - system.transitions))
        expected = factors.solve(rewards)
        start = np.zeros(size)
        start[0] = 1.0
        visits = factors.solve(start, trans="T")
        for key, states in zip(keys.tolist(), members, strict=True):
            columns = np.zeros((size, len(states)))
            columns[states, np.arange(len(states))] = 1.0
            within = factors.solve(columns)[states]
            effects[key] = np.linalg.solve(within.T, visits[states]) @ expected[states]
    whole = expected[0]
    shares = np.divide(effects, whole, out=np.zeros_like(effects), where=whole != 0)
    return Effects(float(whole[0]), np.clip(shares[:, 0], 0, 1), np.clip(shares[:, 1], 0, 1))


def drawn_effects(chain: Chain, times: Ints) -> Floats:
    """Removal effects on conversions where each draw counts each shard so often: (draws, shards) to (draws, keys).

    Small chains of order 1 are solved together, as one stack of matrices; others one after another.
    """
    steps, ends = chain.steps % _size(chain, 2), chain.ends % _size(chain, 1)
    distinct, place = np.unique(steps, return_inverse=True)
    table = chain.shards * len(distinct)
    if chain.order > 1 or chain.keys >= _STACKED or table > _MOST_STACKED:
        return np.stack([removal_effects(folded(chain, one)).of_conversions for one in times])
    by_shard = np.zeros((chain.shards, len(distinct)))
    by_shard[chain.steps // _size(chain, 2), place] = chain.step_counts
    ended = np.zeros((2, chain.shards, chain.keys))
    for row, column in enumerate((chain.conversions, chain.nulls)):
        ended[row, chain.ends // _size(chain, 1), ends] = column
    effects = np.empty((len(times), chain.keys))
    for low in range(0, len(times), _STACK):
        drawn = times[low : low + _STACK].astype(np.float64)
        effects[low : low + _STACK] = _stacked(distinct, drawn @ by_shard, *(drawn @ one for one in ended))
    return effects


def _size(chain: Chain, digits: int) -> int:
    """How many codes there are with one digit less than the order, and so many more."""
    return int((chain.keys + 1) ** (chain.order + digits - 1))


def _stacked(steps: Ints, counts: Floats, conversions: Floats, nulls: Floats) -> Floats:
    """Removal effects of several chains of order 1 with the same steps: counts (draws, steps) to (draws, keys)."""
    draws, keys = conversions.shape
    base = keys + 1  # the start is the last state, as in the codes of steps
    moves = np.zeros((draws, base, base))
    moves[:, steps // base, steps % base] = counts
    leaving = moves.sum(axis=2)
    leaving[:, :keys] += conversions + nulls
    leaving[leaving == 0] = 1.0
    inverse = np.linalg.inv(np.eye(base) - moves / leaving[:, :, None])
    expected = (inverse[:, :, :keys] @ (conversions / leaving[:, :keys])[:, :, None])[:, :, 0]
    reached = inverse[:, keys, :keys] / np.diagonal(inverse, axis1=1, axis2=2)[:, :keys]
    whole = expected[:, keys:]
    effects = reached * expected[:, :keys]
    shares: Floats = np.clip(np.divide(effects, whole, out=np.zeros_like(effects), where=whole != 0), 0, 1)
    return shares
