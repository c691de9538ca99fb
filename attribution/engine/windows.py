"""Journeys: which touches each event draws on, as whole-number columns without an object per journey."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.columns import Codes, Events, Flags, Ints, Log, Names, Touches
from attribution.engine.errors import RefusedError, TooLargeError
from attribution.engine.policy import ACQUISITIONS, ANY, MICROS_PER_DAY, KindRule, Policy

LONGEST_JOURNEY = 2_097_152
"""Touches in one journey; more would leave the range in which ties are broken exactly."""
MOST_ROWS = 2_000_000_000
"""Touches in all journeys of one bucket together."""
_FOREVER = 1 << 62


@dataclass(frozen=True)
class Journeys:
    """m journeys, one per event, in the order of (account, time, event id).

    The touches of journey j are `rows[first[j]:first[j + 1]]`, rows of `touches` in the order of (time, touchpoint id).
    `acquisition` is the journey whose shares are carried over, or -1. `ids_follow_time`: touchpoint ids ascend along
    every journey. `open_rows`, `open_first`: touches after an account's last event, one journey each that ended in
    nothing.
    """

    touches: Touches
    events: Events
    event_rows: Ints
    rows: Codes
    first: Ints
    acquisition: Ints
    weighted: Flags
    ids_follow_time: bool
    open_rows: Codes
    open_first: Ints
    open_account: Codes

    def __len__(self) -> int:
        return len(self.events)


def counting_sort(codes: Codes, size: int) -> tuple[Codes, Ints]:
    """The stable order of codes from 0 to size - 1, and where each begins: (n,) and (size + 1,).

    SciPy turns columns into rows by counting, in time proportional to n; comparing would take several times as long.
    """
    count = len(codes)
    columns = sparse.csc_array(
        (np.ones(count, np.int8), codes, np.arange(count + 1, dtype=np.int32)), shape=(size, count)
    )
    by_code = columns.tocsr()
    return by_code.indices.astype(np.int32, copy=False), by_code.indptr.astype(np.int64)


def sorted_by_account(account: Codes, times: Ints, ids: Ints, accounts: int) -> tuple[Codes, Ints, bool]:
    """The order of (account, time, id), where each account begins, and whether ids ascend along every account."""
    ids_ascend = bool((ids[1:] > ids[:-1]).all())
    in_order = bool((times[1:] >= times[:-1]).all())
    if in_order and not ids_ascend:
        in_order = not bool(((times[1:] == times[:-1]) & (ids[1:] < ids[:-1])).any())
    if in_order and ids_ascend:
        return *counting_sort(account, accounts), True
    if in_order:
        order, begins = counting_sort(account, accounts)
    else:
        by_time = np.lexsort((ids, times)).astype(np.int32)
        order, begins = counting_sort(account[by_time], accounts)
        order = by_time[order]
    ordered, of_account = ids[order], account[order]
    ids_ascend = bool(((ordered[1:] > ordered[:-1]) | (of_account[1:] != of_account[:-1])).all())
    return order, begins, ids_ascend


def bisect(order: Codes, times: Ints, low: Ints, high: Ints, passes: Callable[[Ints, Ints], Flags]) -> Ints:
    """For each range [low, high) of the sorted touches, its first place that does not pass.

    `passes(times, which)` tells of times and the numbers of their ranges whether they lie before; all (m,).
    """
    low, high = low.copy(), high.copy()
    active = np.flatnonzero(low < high)
    # Most windows hold all touches of their account: ask the ends first.
    whole = passes(times[order[high[active] - 1]], active)
    low[active[whole]] = high[active[whole]]
    active = active[~whole]
    none = ~passes(times[order[low[active]]], active)
    high[active[none]] = low[active[none]]
    active = active[~none]
    while active.size:
        middle = (low[active] + high[active]) >> 1
        before = passes(times[order[middle]], active)
        low[active[before]] = middle[before] + 1
        high[active[~before]] = middle[~before]
        active = active[low[active] < high[active]]
    return low


def latest_earlier(events: Events, chosen: Flags) -> Ints:
    """For each event its account's latest chosen event at an earlier instant, or -1; events by account and time."""
    count = len(events)
    places = np.arange(count)
    new_account = np.ones(count, np.bool_)
    new_account[1:] = events.account[1:] != events.account[:-1]
    new_instant = new_account.copy()
    new_instant[1:] |= events.occurred_at[1:] != events.occurred_at[:-1]
    account_begins = np.maximum.accumulate(np.where(new_account, places, 0))
    instant_begins = np.maximum.accumulate(np.where(new_instant, places, 0))
    latest = np.concatenate([[-1], np.maximum.accumulate(np.where(chosen, places, -1))])[instant_begins]
    return np.where(latest >= account_begins, latest, -1)


def rules_of(names: Names, policy: Policy) -> list[KindRule]:
    """The rule of each kind of event that occurs. Raises RefusedError for a kind without rule."""
    unknown = [kind for kind in names.event_kinds if kind not in policy]
    if unknown:
        message = f"Events of unknown kind: {', '.join(unknown)}. The policy knows: {', '.join(sorted(policy))}."
        raise RefusedError(message)
    return [policy[kind] for kind in names.event_kinds]


def _kind_flags(log: Log, wanted: frozenset[str]) -> Flags:
    return np.array([ANY in wanted or kind in wanted for kind in log.names.event_kinds], np.bool_)


def _windows(events: Events, log: Log, rules: list[KindRule]) -> tuple[Ints, Ints]:
    """Each event's window: touches later than the first time and not before the second."""
    opened = np.full(len(events), -_FOREVER)
    earliest = np.full(len(events), -_FOREVER)
    for since in {rule.since for rule in rules}:
        concerned = np.array([rule.since == since for rule in rules])[events.kind]
        latest = latest_earlier(events, _kind_flags(log, since)[events.kind])
        known = concerned & (latest >= 0)
        opened[known] = events.occurred_at[latest[known]]
    for code, rule in enumerate(rules):
        if rule.lookback_days is not None:
            concerned = events.kind == code
            earliest[concerned] = events.occurred_at[concerned] - rule.lookback_days * MICROS_PER_DAY
    return opened, earliest


def flat_ranges(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """All whole numbers of the ranges [start, stop) one range after another, and where each range begins: (m + 1,)."""
    lengths = stop - start
    first = np.concatenate([[0], np.cumsum(lengths)])
    if first[-1] > MOST_ROWS:
        message = f"The journeys have {int(first[-1]):,} touches together; at most {MOST_ROWS:,} in one bucket."
        raise TooLargeError(message)
    kind = np.int32 if len(lengths) == 0 or int(stop.max()) < 1 << 31 else np.int64
    flat = np.arange(first[-1], dtype=kind)
    flat += np.repeat((start - first[:-1]).astype(kind), lengths)
    return flat, first


def _eligible(log: Log, events: Events, rows: Codes, first: Ints, rules: list[KindRule]) -> tuple[Codes, Ints, Flags]:
    """Without the rows whose motion earns nothing, and which journeys weigh motions differently."""
    motions = log.names.motions
    shape = (len(rules), len(motions))
    weights = np.array([[rule.weight_of(motion) for motion in motions] for rule in rules], np.int64).reshape(shape)
    back = [[rule.lookback_of(motion) for motion in motions] for rule in rules]
    limits = [[_FOREVER if days is None else days * MICROS_PER_DAY for days in one] for one in back]
    allowed = np.array(limits, np.int64).reshape(shape)
    narrower = np.array([bool(rule.lookback_by_motion) for rule in rules], np.bool_)
    uneven = np.array([len({weight for weight in one if weight}) > 1 for one in weights.tolist()], np.bool_)
    partial = ((weights == 0).any(axis=1) | narrower)[events.kind]
    lengths = np.diff(first)
    if partial.any():
        looked_at = np.flatnonzero(np.repeat(partial, lengths))
        journey = np.repeat(np.arange(len(events)), np.where(partial, lengths, 0))
        kind, row = events.kind[journey], rows[looked_at]
        motion = log.touches.motion[row]
        age = events.occurred_at[journey] - log.touches.occurred_at[row]
        keep = np.ones(len(rows), np.bool_)
        keep[looked_at] = (weights[kind, motion] > 0) & (age <= allowed[kind, motion])
        gone = np.bincount(journey[~keep[looked_at]], minlength=len(events))
        rows, first = rows[keep], np.concatenate([[0], np.cumsum(lengths - gone)])
    return rows, first, uneven[events.kind] if len(rules) else np.zeros(len(events), np.bool_)


def build(log: Log, policy: Policy) -> Journeys:
    """The journeys of a log under a policy.

    Raises RefusedError for kinds without rule and values against their sign, TooLargeError beyond the stated limits.
    """
    rules = rules_of(log.names, policy)
    touches = log.touches
    by_time, _, _ = sorted_by_account(log.events.account, log.events.occurred_at, log.events.event,
                                      len(log.names.accounts))  # fmt: skip
    events = Events(*(getattr(log.events, name)[by_time] for name in Events.__annotations__))
    _check_signs(events, rules, log.names)
    order, begins, ids_follow_time = sorted_by_account(
        touches.account, touches.occurred_at, touches.touchpoint, len(log.names.accounts)
    )
    opened, earliest = _windows(events, log, rules)
    account_begins, account_ends = begins[events.account], begins[events.account + 1]
    times = touches.occurred_at
    stop = bisect(order, times, account_begins, account_ends, lambda at, j: at <= events.occurred_at[j])
    start = bisect(order, times, account_begins, stop, lambda at, j: (at <= opened[j]) | (at < earliest[j]))
    flat, first = flat_ranges(start, stop)
    rows, first, weighted = _eligible(log, events, order[flat], first, rules)
    if len(events) and int(np.diff(first).max()) > LONGEST_JOURNEY:
        message = f"A journey has {int(np.diff(first).max()):,} touches; at most {LONGEST_JOURNEY:,}."
        raise TooLargeError(message)
    carried = np.array([rule.carry_over_percent > 0 for rule in rules], np.bool_)
    acquired = latest_earlier(events, _kind_flags(log, ACQUISITIONS)[events.kind]) if carried.any() else None
    acquisition = np.where(carried[events.kind], acquired, -1) if acquired is not None else np.full(len(events), -1)
    last_stop = begins[:-1].copy()
    np.maximum.at(last_stop, events.account, stop)
    open_account = np.flatnonzero(last_stop < begins[1:])
    open_flat, open_first = flat_ranges(last_stop[open_account], begins[1:][open_account])
    return Journeys(
        touches=touches,
        events=events,
        event_rows=by_time.astype(np.int64),
        rows=rows,
        first=first,
        acquisition=acquisition,
        weighted=weighted,
        ids_follow_time=ids_follow_time,
        open_rows=order[open_flat],
        open_first=open_first,
        open_account=open_account.astype(np.int32),
    )


def _check_signs(events: Events, rules: list[KindRule], names: Names) -> None:
    signs = np.array([rule.sign for rule in rules], np.int64)[events.kind]
    wrong = (np.sign(events.value_minor) * signs < 0) | ((signs == 0) & (events.value_minor != 0))
    if wrong.any():
        kinds = sorted({names.event_kinds[code] for code in events.kind[wrong].tolist()})
        message = (
            f"{int(wrong.sum())} values have a sign that does not fit their kind ({', '.join(kinds)}): gains are not "
            "negative, contraction and churn not positive, and what earns nothing has the value 0."
        )
        raise RefusedError(message)
