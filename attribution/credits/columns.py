"""Frozen columns in one piece, as whole numbers, and what brought something. Pure."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above

from attribution.lifecycle.rules import LOSSES

Ints = npt.NDArray[np.int64]


def gains_of(events: pa.Table) -> pa.Table:
    """The events that brought something."""
    return events.filter(pc.invert(pc.is_in(events["kind"], pa.array(sorted(LOSSES), pa.string()))))


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece."""
    if isinstance(column, pa.Array):
        return column
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def ints(column: pa.ChunkedArray | pa.Array) -> Ints:
    """Whole numbers (n,)."""
    return np.asarray(flat(column).to_numpy(zero_copy_only=False), np.int64)


def micros(column: pa.ChunkedArray) -> Ints:
    """Instants in microseconds since 1970 (n,)."""
    return np.asarray(pc.cast(column, pa.int64()).to_numpy(), np.int64)
