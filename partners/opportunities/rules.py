"""What is true of the vendor's own opportunities: what one says, and what is missing in it. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from partners.deals.states import Stage
from portal.core.i18n import gettext as _
from portal.core.money import Money

LONGEST_NAME: Final = 200
LONGEST_SOURCE: Final = 120
LONGEST_NOTES: Final = 10_000
MOST_MINOR: Final = 10**13
"""A value beyond it is a slip of the keyboard."""
ENDS: Final = frozenset({Stage.WON, Stage.LOST})


@dataclass(frozen=True, slots=True)
class OpportunityFacts:
    """What somebody of the vendor writes down about a sale that it works directly."""

    account: UUID
    name: str
    amount: Money
    product: UUID | None = None
    """Without one it stands in no registration's way."""
    stage: Stage = Stage.PROSPECT
    expected_close_on: date | None = None
    source: str = ""
    notes: str = ""


def problems_of(facts: OpportunityFacts) -> dict[str, str]:
    """What is wrong with it, by field."""
    found = {}
    if not facts.name.strip():
        found["name"] = _("Give it a name.")
    if not 0 <= facts.amount.minor <= MOST_MINOR:
        found["amount"] = _("An opportunity is worth nothing or more.")
    if facts.stage in ENDS:
        found["stage"] = _("Close it as won or lost instead.")
    return found
