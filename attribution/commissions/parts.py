"""What an agreement of two partners makes of a sale that one of them registered: each gets its part. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from attribution.commissions.shares import PPB
from attribution.commissions.steps import Operand, Reckoned

PER_PERCENT: Final = PPB // 100


class Side(StrEnum):
    """Which of the two."""

    LEAD = "lead"
    """Its deal protects the sale."""
    JOINING = "joining"


@dataclass(frozen=True, slots=True)
class Part:
    """One partner's part of a sale by an agreement, and nothing of the other one but what is left."""

    agreement_id: UUID
    claim_id: UUID
    """Its own claim in the conflict that the agreement settled."""
    side: Side
    decided_at: datetime
    ppb: int
    """In parts of 1,000,000,000; what is left is the other's."""
    divides: bool = True
    """Whether it divides this order: not before the deal that joins was approved, nor after that ended."""

    @property
    def others_ppb(self) -> int:
        """What is left of the whole."""
        return PPB - self.ppb

    def steps_from(self, whole: Reckoned) -> list[Reckoned]:
        """The steps from the commission on the whole sale to this part of it.

        By largest remainder: the lead's part is rounded, half away from zero, and the one that joins gets what the
        lead would not. So at one rate the two add up to the whole, to the cent.
        """
        if self.side == Side.LEAD:
            return [Reckoned("agreed", (whole.carried, _share("part", self.ppb)))]
        others = Reckoned("agreed_others", (whole.carried, _share("others_part", self.others_ppb)))
        less = Operand("-", "agreed_others", Fraction(others.result))
        return [others, Reckoned("agreed_rest", (whole.carried, less))]


def _share(name: str, ppb: int) -> Operand:
    return Operand("*", name, Fraction(ppb, PPB), f"{ppb}/{PPB}")
