"""Customers by who touched them before their first purchase, and what each group brought, will bring and kept. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import csv, parquet

from attribution.credits.columns import Ints, flat, ints
from attribution.credits.rules import EVERY, Portion, portion
from attribution.engine.columns import NO_PARTNER
from attribution.engine.lifetime.value import LifetimeValues
from attribution.value.rules import FEW, FEWEST, KEPT_WITHIN_DAYS, Dimension, is_partner, pattern_of

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Firsts:
    """The events of first purchases: their numbers and their customers' places, two columns (f,)."""

    event: pa.Array
    customer: Ints


@dataclass(frozen=True, slots=True)
class Groups:
    """Who is in which group: places of customers and groups (m,); the name of each group, how many were folded (g,)."""

    customer: Ints
    group: Ints
    names: Sequence[str]
    """`partner:3f2a…`, `tier:gold`, `motion:sell`, `pattern:partners+marketing`, `all:`."""
    folded: Sequence[int]
    """0 for a group of its own; else how many that are too small to say anything are in it together."""
    pairs: Sequence[tuple[int, str]]
    """Customers' places and all names that lead to them: those of groups, and of what was folded into one."""


@dataclass(frozen=True, slots=True)
class Worth:
    """Of each customer (n,): margin of what it brought, in minor units, and the days of its first two purchases."""

    net: Ints
    first: Ints
    second: Ints
    """At least `NEVER` where there was none."""


NEVER: Final = 10**9
"""A day that does not come."""


def group(firsts: Firsts, credits_: Path, touches: Path, tiers: Path, customers: int) -> Groups:
    """All customers by the touches that were eligible for their first purchase; each is in one pattern and in `all`.

    A customer that two partners touched is in both groups. Groups of fewer than FEWEST customers are one together.
    """
    rows = _first_touches(firsts, credits_)
    whom, keys = ints(rows["customer"]), flat(rows["key"]).dictionary_encode()
    key, known = ints(keys.indices), keys.dictionary.to_pylist()
    by_partner = np.array([is_partner(one) for one in known] or [False])[key]
    tier_of = _tiers(tiers)
    motions = _motions(rows, touches)
    partners = np.array([*known, ""], object)[key[by_partner]].tolist()
    named: list[tuple[Ints, Sequence[str]]] = [
        (np.arange(customers), [f"{Dimension.ALL}:"] * customers),
        (np.arange(customers), _patterns(whom, key, known, customers)),
    ]
    for place, dimension in ((0, Dimension.PARTNER), (1, Dimension.TIER), (2, Dimension.MOTION)):
        words = [
            (partner, tier_of.get(partner, ""), motion)[place]
            for partner, motion in zip(partners, motions[by_partner].tolist(), strict=True)
        ]
        told = np.array([bool(word) for word in words], bool)
        named.append((whom[by_partner][told], [f"{dimension}:{word}" for word in words if word]))
    return _folded(np.concatenate([one for one, _names in named]), [name for _one, names in named for name in names])


def figures(groups: Groups, worth: Worth, until: date, values: LifetimeValues | None, scale: int) -> pa.Table:
    """A row a group: money is that of one customer on average, in minor units, unless it says otherwise.

    `values` None: nobody's future is known. `scale`: minor units of a major one. Retention counts customers whose first
    purchase was at least KEPT_WITHIN_DAYS ago, with Wilson's interval.
    """
    count = np.bincount(groups.group, minlength=len(groups.names))
    net = np.bincount(groups.group, worth.net[groups.customer], len(groups.names)) / np.maximum(count, 1)
    expected, low, high = _expected(groups, count, values, scale)
    due = (worth.first + KEPT_WITHIN_DAYS <= (until - _EPOCH).days)[groups.customer]
    again = due & (worth.second - worth.first <= KEPT_WITHIN_DAYS)[groups.customer]
    kept = _portions(groups.group[again], groups.group[due], len(groups.names))
    ahead = 0 if values is None else np.array(expected)
    table = {
        "dimension": [name.partition(":")[0] for name in groups.names],
        "key": [name.partition(":")[2] for name in groups.names],
        "folded": groups.folded,
        "customers": count,
        "net_minor": _whole(net),
        "median_minor": _whole(np.array(_medians(groups, worth.net))),
        "expected_minor": expected,
        "low_minor": low,
        "high_minor": high,
        "value_minor": _whole(net) + ahead,
        "due": np.bincount(groups.group[due], minlength=len(groups.names)),
        "kept": pa.array([one.share if one else None for one in kept], pa.float64()),
        "kept_low": pa.array([one.low if one else None for one in kept], pa.float64()),
        "kept_high": pa.array([one.high if one else None for one in kept], pa.float64()),
    }
    return pa.table(table)


def literals(groups: Groups, customers: int) -> pa.Array:
    """The names that lead to each customer (n,), as PostgreSQL reads a list of texts."""
    names: list[list[str]] = [[] for _customer in range(customers)]
    for customer, name in groups.pairs:
        names[customer].append(name)
    return pa.array(["{" + ",".join(one) + "}" for one in names], pa.string())


def _first_touches(firsts: Firsts, credits_: Path) -> pa.Table:
    """Touches that were eligible for first purchases: touchpoint, key and the customer's place."""
    filters = [("model", "=", EVERY), ("key", "!=", NO_PARTNER)]
    rows = parquet.read_table(credits_, columns=["event_id", "touchpoint_id", "key"], filters=filters)
    place = flat(pc.index_in(rows["event_id"], value_set=firsts.event))
    rows = rows.filter(pc.is_valid(place))
    return rows.append_column("customer", pa.array(firsts.customer[ints(place.drop_null())], pa.int64()))


def _motions(rows: pa.Table, touches: Path) -> npt.NDArray[np.object_]:
    """What was done at each touch; empty where nobody said."""
    wanted = [("touchpoint_id", "in", pc.unique(rows["touchpoint_id"]))]
    known = parquet.read_table(touches, columns=["touchpoint_id", "motion"], filters=wanted)
    place = pc.index_in(rows["touchpoint_id"], value_set=flat(known["touchpoint_id"]))
    found = pc.fill_null(pc.take(known["motion"], place), "")
    return np.array(found.to_pylist(), object)


def _tiers(path: Path) -> dict[str, str]:
    texts = {"company": pa.string(), "tier": pa.string()}
    table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=texts))
    return dict(zip(table["company"].to_pylist(), table["tier"].to_pylist(), strict=True))


def _patterns(whom: Ints, key: Ints, known: Sequence[str], customers: int) -> list[str]:
    """Who touched each customer, as one word."""
    sides: list[set[str]] = [set() for _customer in range(customers)]
    for customer, which in zip(whom.tolist(), key.tolist(), strict=True):
        sides[customer].add("partners" if is_partner(known[which]) else known[which])
    return [f"{Dimension.PATTERN}:{pattern_of(one)}" for one in sides]


def _folded(customer: Ints, names: Sequence[str]) -> Groups:
    """The pairs, each once; small groups of a dimension under one name."""
    pairs = sorted(set(zip(customer.tolist(), names, strict=True)))
    sizes: dict[str, int] = {}
    for _customer, name in pairs:
        sizes[name] = sizes.get(name, 0) + 1
    called = {name: name if _stands(name, size) else f"{name.partition(':')[0]}:{FEW}" for name, size in sizes.items()}
    kept = sorted({(one, called[name]) for one, name in pairs})
    listed = sorted(set(called.values()))
    place = {name: number for number, name in enumerate(listed)}
    return Groups(
        np.array([one for one, _name in kept], np.int64),
        np.array([place[name] for _one, name in kept], np.int64),
        listed,
        [sum(new == name and old != name for old, new in called.items()) for name in listed],
        sorted({*pairs, *kept}),
    )


def _stands(name: str, size: int) -> bool:
    return size >= FEWEST or name.startswith(f"{Dimension.ALL}:")


def _expected(groups: Groups, count: Ints, values: LifetimeValues | None, scale: int) -> tuple[Any, Any, Any]:
    """What a customer of each group will bring on average, and the interval of that, in minor units."""
    if values is None:
        none = pa.nulls(len(groups.names), pa.int64())
        return none, none, none
    value, low, high = (
        _whole(one * scale / np.maximum(count, 1)) for one in values.together(groups.customer, groups.group)
    )
    return value, low, high


def _medians(groups: Groups, net: Ints) -> list[float]:
    order = np.lexsort((net[groups.customer], groups.group))
    sorted_net = net[groups.customer][order]
    ends = np.searchsorted(groups.group[order], np.arange(len(groups.names) + 1))
    return [float(np.median(sorted_net[low:high])) for low, high in pairwise(ends.tolist())]


def _portions(again: Ints, due: Ints, size: int) -> list[Portion | None]:
    """How many came back, of those who had the time to; None where they are too few to say."""
    counts = zip(np.bincount(again, minlength=size).tolist(), np.bincount(due, minlength=size).tolist(), strict=True)
    return [portion(count, whole) if whole >= FEWEST else None for count, whole in counts]


def _whole(values: npt.NDArray[np.float64]) -> Ints:
    return np.rint(values).astype(np.int64)
