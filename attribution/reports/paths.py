"""How journeys flow over channels to a purchase, and how far those that begin in a channel come: counts. Pure."""

from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations

from attribution.credits.columns import Ints, flat, ints, micros
from attribution.credits.journeys import of_touches
from attribution.reports.columns import Steps, quarter_of

OTHERS: Final = "(others)"
"""All channels that are too seldom to be drawn alone."""
STAYED: Final = "(none)"
"""Where a journey should change its channel and did not."""
QUARTERS: Final = 4
"""The newest quarters that are shown."""
MOST: Final = 6
"""Channels that are drawn alone."""
_STAGES: Final = {"lead": "lead_created", "registration": "deal_created"}
"""What a journey may reach on its way, and as which kind of touch it is frozen."""


def flows(steps: Steps, gains: pa.Table) -> dict[str, Any]:
    """How many purchases of the newest quarters, and of which value, went from step to step; empty without any.

    Four steps: the channel of the first touch, the first other channel after it, the channel of the last touch, the
    kind of event. What enters a step leaves it, up to the last. A journey of one channel stays; `untouched` counts the
    purchases that had no touch and so no way.
    """
    quarter = np.array([one.year * 4 + (one.month - 1) // 3 for one in gains["period"].to_pylist()], np.int64)
    newest = np.unique(quarter)[-QUARTERS:]
    recent = gains.filter(pa.array(np.isin(quarter, newest)))
    ids = ints(recent["event_id"])
    begins = steps.begins
    chosen = np.isin(steps.event[begins], ids)
    if not chosen.any():
        return {}
    order = np.argsort(ids)
    at = order[np.searchsorted(ids[order], steps.event[begins][chosen])]
    kinds = flat(recent["kind"]).dictionary_encode()
    channels, names = _folded(_ways(steps)[:, chosen], steps.channels)
    path = np.vstack([channels, ints(kinds.indices)[at] + len(names)])
    days = recent["period"].to_pylist()
    return {
        "from": quarter_of(min(days)),
        "to": quarter_of(max(days)),
        "untouched": len(ids) - len(at),
        "links": _links(path, ints(recent["value_minor"])[at], [*names, *kinds.dictionary.to_pylist()]),
    }


def _ways(steps: Steps) -> Ints:
    """The first channel, the first other one and the last of each event (3, e); -1 where there is no other."""
    begins, count = steps.begins, len(steps.event)
    ends = np.append(begins[1:], count)
    first = steps.channel[begins]
    place = np.where(steps.channel != np.repeat(first, ends - begins), np.arange(count), count)
    then = np.minimum.reduceat(place, begins)
    other = np.where(then < count, steps.channel[np.minimum(then, count - 1)], -1)
    return np.stack([first, other, steps.channel[ends - 1]])


def _folded(ways: Ints, channels: list[str]) -> tuple[Ints, list[str]]:
    """The ways with seldom channels as one, and what their numbers mean. A single seldom channel keeps its name."""
    stood = np.array([(ways == one).any(axis=0).sum() for one in range(len(channels))], np.int64)
    often = np.argsort(-stood, kind="stable")
    kept = often[: MOST if (stood > 0).sum() > MOST + 1 else MOST + 1]
    number = np.full(len(channels) + 1, len(kept), np.int64)
    number[kept] = np.arange(len(kept))
    number[-1] = len(kept) + 1
    return number[ways], [*(channels[one] for one in kept.tolist()), OTHERS, STAYED]


def _links(path: Ints, value: Ints, names: list[str]) -> list[dict[str, Any]]:
    """Journeys and their value by step and by where they come from and go to."""
    found = []
    for step in range(len(path) - 1):
        pairs, which = np.unique(path[step] * len(names) + path[step + 1], return_inverse=True)
        total = np.zeros(len(pairs), np.int64)
        np.add.at(total, which, value)
        for pair, count, minor in zip(pairs.tolist(), np.bincount(which).tolist(), total.tolist(), strict=True):
            source, target = divmod(pair, len(names))
            found.append({
                "step": step, "source": names[source], "target": names[target], "journeys": count, "value_minor": minor,
            })  # fmt: skip
    return found


def funnel(touches: pa.Table, events: pa.Table) -> list[dict[str, Any]]:
    """By the channel of their first touch: how many journeys began, reached a lead, a registration, and a purchase.

    `registered_bought` are those with both a registration and a purchase. A journey here knows no window: it is what
    `of_touches` says. One that still runs has not bought so far.
    """
    touches = touches.filter(touches["counts"])
    if not len(touches):
        return []
    journey, bought_in = of_touches(touches, events)
    order = np.lexsort((ints(touches["touchpoint_id"]), micros(touches["occurred_at"]), journey))
    numbers, first, place = np.unique(journey[order], return_index=True, return_inverse=True)
    channels = flat(touches["channel"]).dictionary_encode()
    begun = ints(channels.indices)[order][first]
    kind = np.array(touches["kind"].to_pylist(), np.str_)[order]
    reached = {name: np.bincount(place, weights=kind == known) > 0 for name, known in _STAGES.items()}
    reached["purchase"] = numbers < bought_in
    reached["registered_bought"] = reached["registration"] & reached["purchase"]
    count = len(channels.dictionary)
    counts = {"journeys": np.bincount(begun, minlength=count).tolist()} | {
        name: np.bincount(begun[those], minlength=count).tolist() for name, those in reached.items()
    }
    rows = [
        {"channel": channel, **{name: numbers_[at] for name, numbers_ in counts.items()}}
        for at, channel in enumerate(channels.dictionary.to_pylist())
    ]
    return sorted((one for one in rows if one["journeys"]), key=lambda one: -one["journeys"])
