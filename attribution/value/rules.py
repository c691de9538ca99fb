"""What is true of a valuation: its states, what it is made of, and how customers are grouped. Pure."""

from collections.abc import Collection
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


class Dimension(StrEnum):
    """By what customers are grouped: by who touched them before their first purchase."""

    ALL = "all"
    PARTNER = "partner"
    TIER = "tier"
    """Of such a partner, as it is when they are valued."""
    MOTION = "motion"
    PATTERN = "pattern"
    """Which sides touched them together; each customer has one."""


FEWEST: Final = 5
"""Customers that a group must have to be told of alone."""
FEW: Final = "few"
"""The key of all groups of a dimension that have fewer, together."""
KEPT_WITHIN_DAYS: Final = 365
"""A customer that buys again so soon after its first purchase is kept; those who had no time for it are not asked."""
_SIDES: Final = ("partners", "marketing", "sales")
_UNMAPPED: Final = "unmapped"
_NOBODY: Final = "nobody"

PATTERN_LABELS: Final = {
    "partners": N_("Partners alone"),
    "partners+marketing": N_("Partners and marketing"),
    "partners+sales": N_("Partners and direct sales"),
    "partners+marketing+sales": N_("Partners, marketing and direct sales"),
    "marketing": N_("Marketing alone"),
    "sales": N_("Direct sales alone"),
    "marketing+sales": N_("Marketing and direct sales"),
    _UNMAPPED: N_("Only sources not mapped yet"),
    _NOBODY: N_("No touch in the window"),
}


def pattern_of(sides: Collection[str]) -> str:
    """Who touched a customer together, as a key of `PATTERN_LABELS`. Sources not mapped yet tell no side."""
    known = "+".join(side for side in _SIDES if side in sides)
    return known or (_UNMAPPED if sides else _NOBODY)


def is_partner(key: str) -> bool:
    """Partners are called by their ids, the vendor's own sides by shorter words."""
    return len(key) == 36 and key.count("-") == 4  # noqa: PLR2004 -- as a UUID is written
