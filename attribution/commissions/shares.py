"""What a partner is credited with of one sale, as a clause by credit pays it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

PPB: Final = 1_000_000_000
"""A whole: shares are in parts of it."""


@dataclass(frozen=True, slots=True)
class OwnTouch:
    """One touch of the partner's own, as its trace tells it."""

    id: UUID
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Share:
    """What a sealed run credits to one partner for the lifecycle event that a sale belongs to."""

    run_id: UUID
    run_number: str
    event_kind: str
    event_on: date
    ppb: int
    """The partner's share in parts of 1,000,000,000; what is left is all others', whoever they are."""
    touches: tuple[OwnTouch, ...]
    """Its own, oldest first."""
    commitment: str
    """SHA-256 of all credits of the event, which only the vendor and its auditor can open."""

    @property
    def fraction(self) -> Fraction:
        """The share of one."""
        return Fraction(self.ppb, PPB)

    @property
    def text(self) -> str:
        """As it is stored in a step."""
        return f"{self.ppb}/{PPB}"
