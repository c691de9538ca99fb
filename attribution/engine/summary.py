"""Results as tables: one line per key and model, and credits in full."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations

from attribution.engine.columns import NO_PARTNER, Ints, Log, type_of_text
from attribution.engine.kernel import GAIN, LOSS, PLACES, Plan, Rows, Totals
from attribution.engine.markov import Floats
from attribution.engine.remainder import PPB
from attribution.engine.windows import Journeys

SCHEMA = pa.schema([
    ("key", pa.string()),
    ("model", pa.string()),
    ("conversions", pa.float64()),
    ("value", pa.float64()),
    ("removal_effect", pa.float64()),
    ("low", pa.float64()),
    ("high", pa.float64()),
])  # fmt: skip


@dataclass
class Lines:
    """Lines of a summary while they are gathered."""

    columns: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in SCHEMA.names})

    def add(self, *values: object) -> None:
        """One more line; the values in the order of `SCHEMA`."""
        for column, value in zip(self.columns.values(), values, strict=True):
            column.append(value)

    def table(self) -> pa.Table:
        """The lines as a table."""
        return pa.table(self.columns, schema=SCHEMA)


def key_names(keys: pa.Array) -> list[str]:
    """The names of all keys, nobody's last."""
    return [*keys.to_pylist(), NO_PARTNER]


def of_totals(
    totals: Totals,
    plan: Plan,
    keys: pa.Array,
    removal: Mapping[str, Floats],
    intervals: Mapping[str, tuple[Floats, Floats]],
    *,
    side: int = GAIN,
) -> pa.Table:
    """`key, model, conversions, value, removal_effect, low, high` of a run; values in minor units.

    A line for each key that got something (or has a removal effect). `low` and `high` bound the value. The ordered
    Shapley has one line per place, `shapley_ordered:1` to `shapley_ordered:10`, the last standing for all later ones.
    """
    lines = Lines()
    names = key_names(keys)
    shares, values = totals.shares[:, side].sum(axis=1), totals.values[:, side].sum(axis=1)
    for number, model in enumerate(plan.models):
        if model == "shapley_ordered":
            _add_places(lines, names, totals.places[:, side])
            continue
        effect = removal.get(model) if side == GAIN else None
        bounds = intervals.get(model) if side == GAIN else None
        for key, name in enumerate(names):
            share, value = int(shares[number, key]), int(values[number, key])
            if share or value or (effect is not None and effect[key] > 0):
                low, high = (None, None) if bounds is None else (float(bounds[0][key]), float(bounds[1][key]))
                shown = None if effect is None else float(effect[key])
                lines.add(name, model, share / PPB, float(value), shown, low, high)
    return lines.table()


def _add_places(lines: Lines, names: list[str], places: Ints) -> None:
    for key, name in enumerate(names):
        for place in range(PLACES):
            share, value = int(places[0, key, place]), int(places[1, key, place])
            if share or value:
                lines.add(name, f"shapley_ordered:{place + 1}", share / PPB, float(value), None, None, None)


def losses(totals: Totals, plan: Plan, keys: pa.Array) -> pa.Table:
    """As `of_totals`, for contraction and churn alone: they are never netted."""
    return of_totals(totals, plan, keys, {}, {}, side=LOSS)


def credits_in_full(log: Log, journeys: Journeys, rows: Rows, plan: Plan) -> pa.Table:
    """`event_id, touchpoint_id, key, model, share_ppb, value_minor`: all credits that are not zero.

    In the order of account (by its hash, then id), event time, event id, model as asked for, touch; `touchpoint_id` is
    empty where credit falls to nobody for want of a touch.
    """
    kept = (rows.shares != 0) | (rows.values != 0)
    model, row = np.nonzero(kept)
    order = np.argsort(rows.event[row] * len(plan.models) + model, kind="stable")
    model, row = model[order], row[order]
    touch = rows.touch[row]
    missing = touch < 0
    touchpoints = log.names.touchpoints.take(pa.array(np.where(missing, 0, touch), mask=missing))
    names = pa.array(key_names(log.names.keys), type_of_text)
    return pa.table({
        "event_id": log.names.events.take(pa.array(journeys.event_rows[rows.event[row]])),
        "touchpoint_id": touchpoints,
        "key": names.take(pa.array(rows.key[row])),
        "model": pa.array(plan.models, pa.string()).take(pa.array(model)),
        "share_ppb": rows.shares[model, row],
        "value_minor": rows.values[model, row],
    })  # fmt: skip
