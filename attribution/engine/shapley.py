"""Attribution by the Shapley value, in two games: how many conversions a set of keys brings, and at which rate.

`shapley`: the worth of a set is the number (or value) of conversions of the journeys whose keys all lie in it. That
game is a sum of one unanimity game per journey, so the Shapley value is exact and linear: each journey's conversion in
equal parts over its distinct keys. Source: Zhao, Mahboobi, Bagheri (2018), "Shapley value methods for attribution
modeling in online advertising".

`shapley_rate`: the worth of a set is the conversion rate of those journeys, nulls included; exact over all subsets up
to 15 keys, by sampled permutations beyond. Source: Shapley (1953), "A value for n-person games".
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from attribution.engine.columns import Codes, Ints
from attribution.engine.errors import TooLargeError
from attribution.engine.markov import Floats, Numbers
from attribution.engine.remainder import ONE

MOST_EXACT: Final = 15
MOST_KEYS: Final = 62
"""Keys of `shapley_rate`: a set of keys is the bits of one whole number."""
PERMUTATIONS: Final = 2_000
_MOST_REPEATS: Final = 20
_NORMAL_95: Final = 1.959963984540054


def occurrences(keys: Codes) -> Ints:
    """How often each touch's key occurs in its journey: (m, n) to (m, n)."""
    journeys, length = keys.shape
    bits = max(1, (length - 1).bit_length())
    packed = (keys.astype(np.int64) << bits) | np.arange(length)
    packed.sort(axis=1)
    ordered, places = packed >> bits, packed & ((1 << bits) - 1)
    begins = np.ones((journeys, length), np.bool_)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    runs = np.cumsum(begins.ravel()) - 1
    counts = np.bincount(runs)[runs].reshape(journeys, length)
    found = np.empty((journeys, length), np.int64)
    np.put_along_axis(found, places, counts, axis=1)
    return found


def weights(keys: Codes) -> Ints:
    """Equal parts over the distinct keys of a journey, a key's part in equal parts over its touches: (m, n).

    In whole parts of the least common multiple of 1 to 20; where a key occurs more often, in parts of 1/2^40.
    """
    repeats = occurrences(keys)
    greatest = int(repeats.max())
    if greatest <= _MOST_REPEATS:
        exact: Ints = np.int64(math.lcm(*range(1, greatest + 1))) // repeats
        return exact
    parts: Ints = np.rint(ONE / repeats).astype(np.int64)
    return parts


@dataclass(frozen=True)
class Coalitions:
    """Journeys by the set of their keys, in whole numbers that add up over parts of the data.

    Bit c of `sets` (s,) ascending is key c; with conversions, nulls and the value of conversions of each set.
    """

    keys: int
    sets: Ints
    conversions: Numbers
    nulls: Numbers
    values: Numbers


def sets_of(keys: Codes, first: Ints, size: int) -> Ints:
    """The set of keys of each journey (m,) as bits; raises TooLargeError beyond 62 keys."""
    if size > MOST_KEYS:
        message = f"shapley_rate is computed for at most {MOST_KEYS} keys, not {size:,}; `shapley` has no limit."
        raise TooLargeError(message)
    return np.bitwise_or.reduceat(np.int64(1) << keys.astype(np.int64), first[:-1])


def gathered(keys: int, sets: Ints, *columns: Numbers) -> Coalitions:
    """Rows of sets with their conversions, nulls and values, each set once."""
    distinct, places = np.unique(sets, return_inverse=True)
    sums = []
    for column in columns:
        total = np.zeros(len(distinct), column.dtype)
        np.add.at(total, places, column)
        sums.append(total)
    return Coalitions(keys, distinct, *sums)


def merged(parts: list[Coalitions]) -> Coalitions:
    """The coalitions of several parts of the data as one."""
    names = ("sets", "conversions", "nulls", "values")
    return gathered(parts[0].keys, *(np.concatenate([getattr(one, name) for one in parts]) for name in names))


@dataclass(frozen=True)
class Rates:
    """Shapley values of the rate game (keys,), of conversions and of values per journey, with a 95 % interval.

    The interval is that of sampling permutations; exact values have none (low = high).
    """

    of_conversions: Floats
    of_values: Floats
    low: Floats
    high: Floats


def rates(game: Coalitions, seed: int = 0, permutations: int = PERMUTATIONS) -> Rates:
    """The Shapley value of each key where the worth of a set is its journeys' conversion rate (empty set: 0)."""
    present = np.flatnonzero([bool((game.sets & (1 << key)).any()) for key in range(game.keys)])
    place = np.zeros(len(game.sets), np.int64)
    for dense, key in enumerate(present.tolist()):
        place |= ((game.sets >> key) & 1) << dense
    count = len(present)
    found, error = np.zeros((game.keys, 2)), np.zeros(game.keys)
    if count and count <= MOST_EXACT:
        found[present] = _exact(game, place, count)
    elif count:
        sampled = _sampled(game, place, count, seed, permutations)
        found[present] = sampled.mean(axis=0)
        error[present] = _NORMAL_95 * sampled[:, :, 0].std(axis=0, ddof=1) / math.sqrt(len(sampled))
    return Rates(found[:, 0], found[:, 1], found[:, 0] - error, found[:, 0] + error)


def _worth(converted: Numbers, journeys: Numbers) -> Floats:
    return np.divide(converted, journeys, out=np.zeros(converted.shape), where=journeys > 0)


def _exact(game: Coalitions, sets: Ints, count: int) -> Floats:
    """Over all 2^count subsets: sums over subsets by one sweep per key, then each key's weighted marginals."""
    inside = np.zeros((3, 1 << count))
    for row, column in enumerate((game.conversions, game.values, game.conversions + game.nulls)):
        np.add.at(inside[row], sets, column.astype(np.float64))
    for key in range(count):
        pairs = inside.reshape(3, -1, 2, 1 << key)
        pairs[:, :, 1] += pairs[:, :, 0]
    worth = np.stack([_worth(inside[0], inside[2]), _worth(inside[1], inside[2])])
    sizes = np.bitwise_count(np.arange(1 << count))
    share = np.array([1 / (count * math.comb(count - 1, size)) for size in range(count)])
    found = np.empty((count, 2))
    for key in range(count):
        pairs = worth.reshape(2, -1, 2, 1 << key)
        without = sizes.reshape(-1, 2, 1 << key)[:, 0]
        found[key] = ((pairs[:, :, 1] - pairs[:, :, 0]) * share[without]).sum(axis=(1, 2))
    return found


def _sampled(game: Coalitions, sets: Ints, count: int, seed: int, permutations: int) -> Floats:
    """Marginals of half as many random orders and their reverses, each pair averaged: (permutations / 2, count, 2)."""
    random = np.random.Generator(np.random.PCG64(seed))
    member = ((sets[:, None] >> np.arange(count)) & 1).astype(np.bool_)
    journeys = (game.conversions + game.nulls).astype(np.float64)
    columns = (game.conversions.astype(np.float64), game.values.astype(np.float64), journeys)
    found = np.zeros((permutations // 2, count, 2))
    for draw in range(len(found)):
        order = random.permutation(count)
        for one in (order, order[::-1]):
            rank = np.empty(count, np.int64)
            rank[one] = np.arange(count)
            complete = np.where(member, rank, 0).max(axis=1)
            sums = [np.cumsum(np.bincount(complete, weights=column, minlength=count)) for column in columns]
            worth = np.stack([_worth(sums[0], sums[2]), _worth(sums[1], sums[2])], axis=1)
            found[draw, one] += np.diff(worth, axis=0, prepend=0.0) / 2
    return found
