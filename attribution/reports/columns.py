"""Frozen columns as whole numbers, and the touches that count for each event in their order. Pure."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above

from attribution.lifecycle.rules import LOSSES

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Steps:
    """Eligible touches of all events, event after event, in the order of time within each: columns (m,)."""

    event: Ints
    touch: Ints
    channel: Ints
    channels: list[str]

    @property
    def begins(self) -> Ints:
        """Where each event begins (e,)."""
        return np.flatnonzero(np.append(True, self.event[1:] != self.event[:-1])) if len(self.event) else self.event


def gains_of(events: pa.Table) -> pa.Table:
    """The events that brought something."""
    return events.filter(pc.invert(pc.is_in(events["kind"], pa.array(sorted(LOSSES), pa.string()))))


def quarter_of(day: date) -> str:
    """The quarter of a day, as it is shown."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


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
