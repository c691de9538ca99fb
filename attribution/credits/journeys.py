"""How often journeys that a key touched ended in a purchase: counts on frozen columns. Pure."""

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations

from attribution.credits.columns import Ints, flat, gains_of, micros


def purchases(touches: pa.Table, events: pa.Table) -> dict[str, tuple[int, int]]:
    """By party: of the journeys that it touched, how many ended in a purchase, and how many there were.

    Unlike credit this knows no window and no carrying over.
    """
    touches = touches.filter(touches["counts"])
    journey, bought_in = of_touches(touches, events)
    keys = flat(touches["party"]).dictionary_encode()
    pairs = np.unique(keys.indices.to_numpy(zero_copy_only=False).astype(np.int64) * _span(journey) + journey)
    key, ended = np.divmod(pairs, _span(journey))
    count = len(keys.dictionary)
    touched = np.bincount(key, minlength=count)
    bought = np.bincount(key[ended < bought_in], minlength=count)
    pairs_of = zip(bought.tolist(), touched.tolist(), strict=True)
    return dict(zip(keys.dictionary.to_pylist(), pairs_of, strict=True))


def of_touches(touches: pa.Table, events: pa.Table) -> tuple[Ints, int]:
    """The number of each touch's journey (t,), and below which number journeys ended in a purchase.

    A journey is an account's touches up to its next purchase (all that it bought at one instant is one); those after
    the last purchase, or of somebody who never bought, are one journey that ended in nothing.
    """
    gains = gains_of(events)
    accounts = pa.concat_arrays([flat(touches["account_id"]), flat(gains["account_id"])]).dictionary_encode()
    codes = accounts.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    whose, of_gains = codes[: len(touches)], codes[len(touches) :]
    account, time = _by_account(of_gains, micros(gains["occurred_at"]))
    begins = np.searchsorted(account, np.arange(len(accounts.dictionary) + 1))
    ends = _next(time, begins[whose], begins[whose + 1], micros(touches["occurred_at"]))
    # A purchase is its own journey; what came to nothing is one journey of each account.
    return np.where(ends < begins[whose + 1], ends, len(time) + whose), len(time)


def _span(journey: Ints) -> int:
    return int(journey.max(initial=0)) + 1


def _by_account(account: Ints, time: Ints) -> tuple[Ints, Ints]:
    """Accounts and instants of purchases, each once, in order: (p,) each."""
    order = np.lexsort((time, account))
    account, time = account[order], time[order]
    first = np.ones(len(account), np.bool_)
    first[1:] = (account[1:] != account[:-1]) | (time[1:] != time[:-1])
    return account[first], time[first]


def _next(times: Ints, low: Ints, high: Ints, wanted: Ints) -> Ints:
    """For each range [low, high) of ascending times, the first place that is not before what is wanted; else high."""
    low, high = low.copy(), high.copy()
    while (active := np.flatnonzero(low < high)).size:
        middle = (low[active] + high[active]) >> 1
        before = times[middle] < wanted[active]
        low[active[before]] = middle[before] + 1
        high[active[~before]] = middle[~before]
    return low
