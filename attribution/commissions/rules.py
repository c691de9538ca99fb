"""What is true of commissions. Pure."""

from enum import StrEnum


class Outcome(StrEnum):
    """What came of a cash event for a partner."""

    ACCRUED = "accrued"
    REVERSED = "reversed"
    """Taken back because of a refund."""
    ZERO = "zero"
    """Nothing, with the reason why not."""
