"""What is true of a valuation: its states, and what it is made of. Pure."""

from enum import StrEnum
from typing import Final

from portal.core.i18n import N_


class FitState(StrEnum):
    """What became of a valuation."""

    FITTED = "fitted"
    UNFIT = "unfit"
    """The purchases do not determine the model, so that nobody's future is reckoned."""


UNITS_A_YEAR: Final = 365.25 / 7
"""Weeks: the unit in which purchases are counted."""

ASSOCIATION: Final = N_("An association, not proof: partners may choose customers that would have stayed anyway.")
"""Stands wherever customers of partners are compared with others."""


def weeks_of(months: int) -> int:
    """So many months in whole weeks."""
    return round(months * UNITS_A_YEAR / 12)
