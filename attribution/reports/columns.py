"""The touches that count for each event in their order, and what a quarter is called. Pure."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from attribution.credits.columns import Ints


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


def quarter_of(day: date) -> str:
    """The quarter of a day, as it is shown."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
