"""Paths already aggregated as input: `path, conversions, value, nulls`, for models that need no times."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above

from attribution.engine import markov, models, shapley
from attribution.engine.columns import Codes, Ints, column_of, keyed, text
from attribution.engine.errors import RefusedError, UnknownModelError
from attribution.engine.kernel import PLACES
from attribution.engine.markov import Floats
from attribution.engine.positions import CURVES
from attribution.engine.summary import Lines


@dataclass(frozen=True)
class Paths:
    """p distinct paths: keys (n,) one path after another, `first` (p + 1,), and what each path brought (p,).

    Conversions, nulls and values may be fractions; they are not rounded.
    """

    keys: Codes
    first: Ints
    conversions: Floats
    nulls: Floats
    values: Floats
    names: pa.Array

    def journeys(self) -> markov.Journeys:
        """The paths as a chain counts them."""
        return markov.Journeys(self.keys, self.first, self.conversions, self.nulls, self.values)


def _numbers(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.zeros(len(table))
    column = table[name]
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or len(column) == 0):
        message = f"{name} of the paths are no numbers."
        raise RefusedError(message)
    found = np.asarray(pc.fill_null(pc.cast(column, pa.float64()), 0.0).to_numpy(), np.float64)
    if not np.isfinite(found).all() or (name != "value" and (found < 0).any()):
        message = f"{name} of the paths must be numbers{'' if name == 'value' else ' from 0'}."
        raise RefusedError(message)
    return found


def read(table: pa.Table) -> Paths:
    """A table `path, conversions, value, nulls` with paths such as `search > email > call`; equal paths are added up.

    `value` and `nulls` may be left out. Raises RefusedError for empty paths or keys and for what is no number.
    """
    written = text(column_of(table, "path", "paths"))
    column_of(table, "conversions", "paths")
    split = pc.split_pattern(pc.fill_null(written, ""), ">")
    flat = pc.utf8_trim_whitespace(split.flatten())
    if pc.any(pc.equal(pc.binary_length(flat), 0)).as_py():
        message = "A path is empty or has an empty place between two >."
        raise RefusedError(message)
    keys, names = keyed(flat)
    offsets = split.offsets.to_numpy().astype(np.int64)
    tidy = pc.replace_substring_regex(pc.utf8_trim_whitespace(written), r"\s*>\s*", " > ")
    distinct, places = np.unique(tidy.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    chosen = np.zeros(len(distinct), np.int64)
    chosen[places] = np.arange(len(places))
    conversions, nulls, values = (
        np.bincount(places, weights=_numbers(table, one), minlength=len(distinct)).astype(np.float64)
        for one in ("conversions", "nulls", "value")
    )
    lengths = np.diff(offsets)[chosen]
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = np.repeat(offsets[:-1][chosen] - first[:-1], lengths) + np.arange(first[-1])
    return Paths(keys[rows], first, conversions, nulls, values, names)


def _lengths(paths: Paths) -> list[tuple[Ints, Codes]]:
    """Paths of equal length together: their numbers, and their keys as a matrix."""
    lengths = np.diff(paths.first)
    return [
        (some, paths.keys[paths.first[some][:, None] + np.arange(length)])
        for length in np.unique(lengths).tolist()
        for some in [np.flatnonzero(lengths == length)]
    ]


def _shared(paths: Paths, model: str) -> tuple[Floats, Floats]:
    """Conversions and values by key and place (keys, 10), of a model that looks at one path only."""
    size = len(paths.names)
    sums = np.zeros((2, size * PLACES))
    for some, keys in _lengths(paths):
        length = keys.shape[1]
        weights = CURVES[model](length) if model in CURVES else shapley.weights(keys)
        shares = np.broadcast_to(weights / weights.sum(axis=-1, keepdims=True), keys.shape)
        code = (keys * PLACES + np.minimum(np.arange(length), PLACES - 1)).ravel()
        for row, column in enumerate((paths.conversions, paths.values)):
            sums[row] += np.bincount(code, (shares * column[some][:, None]).ravel(), size * PLACES)
    return sums[0].reshape(size, PLACES), sums[1].reshape(size, PLACES)


def _in_proportion(total: float, effects: Floats) -> Floats:
    positive = np.maximum(effects, 0)
    whole = positive.sum()
    found: Floats = total * positive / whole if whole > 0 else np.zeros_like(positive)
    return found


def summarise(paths: Paths, names: tuple[str, ...], *, collapse: bool = False, seed: int = 0) -> pa.Table:
    """`key, model, conversions, value, removal_effect, low, high` under each model, nothing rounded.

    Markov and `shapley_rate` give the totals in proportion to their effects; `low` and `high` bound the conversions by
    `shapley_rate` where permutations are sampled. Raises UnknownModelError for models that need more than a path.
    """
    needing = [name for name in names if name in models.NEED_TOUCHES]
    if needing:
        message = f"{', '.join(needing)}: needs touchpoints, not paths; see `tributary engine credit`."
        raise UnknownModelError(message)
    lines = Lines()
    for model in names:
        order = models.order_of(model)
        if order is not None:
            _add_markov(lines, paths, order, collapse=collapse)
        elif model == models.RATE:
            _add_rate(lines, paths, seed)
        else:
            _add_shared(lines, paths, model)
    return lines.table()


def _add_markov(lines: Lines, paths: Paths, order: int, *, collapse: bool) -> None:
    chain = markov.counted(paths.journeys(), len(paths.names), order, collapse=collapse)
    effects = markov.removal_effects(chain)
    conversions = _in_proportion(float(paths.conversions.sum()), effects.of_conversions)
    values = _in_proportion(float(paths.values.sum()), effects.of_values)
    for key, name in enumerate(paths.names.to_pylist()):
        effect = float(effects.of_conversions[key])
        lines.add(name, f"markov:{order}", float(conversions[key]), float(values[key]), effect, None, None)


def _add_rate(lines: Lines, paths: Paths, seed: int) -> None:
    sets = shapley.sets_of(paths.keys, paths.first, len(paths.names))
    game = shapley.gathered(len(paths.names), sets, paths.conversions, paths.nulls, paths.values)
    found = shapley.rates(game, seed)
    total = float(paths.conversions.sum())
    whole = float(np.maximum(found.of_conversions, 0).sum())
    conversions = _in_proportion(total, found.of_conversions)
    values = _in_proportion(float(paths.values.sum()), found.of_values)
    scale = total / whole if whole > 0 else 0.0
    for key, name in enumerate(paths.names.to_pylist()):
        bounds = float(found.low[key]) * scale, float(found.high[key]) * scale
        lines.add(name, models.RATE, float(conversions[key]), float(values[key]), None, *bounds)


def _add_shared(lines: Lines, paths: Paths, model: str) -> None:
    conversions, values = _shared(paths, model)
    for key, name in enumerate(paths.names.to_pylist()):
        if model == "shapley_ordered":
            for place in np.flatnonzero(conversions[key] + np.abs(values[key])).tolist():
                one = float(conversions[key, place]), float(values[key, place])
                lines.add(name, f"{model}:{place + 1}", *one, None, None, None)
        else:
            lines.add(name, model, float(conversions[key].sum()), float(values[key].sum()), None, None, None)
