"""Intervals by bootstrap over shards of accounts: whole shards are drawn again, from their partial sums alone."""

from typing import Final

import numpy as np

from attribution.engine import markov
from attribution.engine.columns import Ints
from attribution.engine.markov import Chain, Floats, Numbers

SHARDS: Final = 200
DRAWS: Final = 500
LEVEL: Final = 0.95


def drawn(shards: int, draws: int, seed: int) -> Ints:
    """How often each draw takes each shard (draws, shards): as many as there are, with replacement."""
    random = np.random.Generator(np.random.PCG64(seed))
    return random.multinomial(shards, np.full(shards, 1 / shards), size=draws).astype(np.int64)


def of_sums(sums: Numbers, times: Ints) -> tuple[Floats, Floats]:
    """The 95 % percentile interval (low, high), (keys,) each, of sums by shard (shards, keys) under draws."""
    return _percentiles(times.astype(np.float64) @ sums.astype(np.float64))


def of_effects(chain: Chain, total: Numbers, times: Ints) -> tuple[Floats, Floats]:
    """Low and high factors (keys,) by which a draw changes what Markov gives a key.

    What it gives is the draw's total (of `total` by shard, (shards,)) in proportion to the draw's removal effects; the
    factor is against the same of all shards, 1 where a key has no effect.
    """
    effects = markov.drawn_effects(chain, np.concatenate([np.ones((1, chain.shards), np.int64), times]))
    sums = np.concatenate([total.sum(keepdims=True), times @ total])
    whole = effects.sum(axis=1, keepdims=True)
    given = np.divide(effects * sums[:, None], whole, out=np.zeros_like(effects), where=whole > 0)
    factors = np.divide(given[1:], given[0], out=np.ones_like(given[1:]), where=given[0] > 0)
    return _percentiles(factors)


def _percentiles(results: Floats) -> tuple[Floats, Floats]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(results, [tail, 1 - tail], axis=0)
    return low, high
