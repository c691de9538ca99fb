"""What is true of contacts: their roles in a purchase, and names put together from their parts. Pure."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from portal.core.i18n import N_


class BuyingRole(StrEnum):
    """What somebody is to a purchase."""

    DECISION_MAKER = "decision_maker"
    BUDGET_HOLDER = "budget_holder"
    CHAMPION = "champion"
    INFLUENCER = "influencer"
    EVALUATOR = "evaluator"
    USER = "user"
    LEGAL = "legal"
    BLOCKER = "blocker"
    OTHER = "other"


BUYING_ROLE_LABELS: Final[Mapping[BuyingRole, str]] = {
    BuyingRole.DECISION_MAKER: N_("Decision maker"),
    BuyingRole.BUDGET_HOLDER: N_("Budget holder"),
    BuyingRole.CHAMPION: N_("Champion"),
    BuyingRole.INFLUENCER: N_("Influencer"),
    BuyingRole.EVALUATOR: N_("Evaluator"),
    BuyingRole.USER: N_("User"),
    BuyingRole.LEGAL: N_("Legal and purchasing"),
    BuyingRole.BLOCKER: N_("Blocker"),
    BuyingRole.OTHER: N_("Other role"),
}

LONGEST_NAME: Final = 120


def full_name(name: str, first: str, last: str, email: str) -> str:
    """The whole name if it is told, else its parts, else the address; the family name first where that is written so.

    Chinese, Japanese and Korean names have no space between their parts.
    """
    if name:
        return name[:LONGEST_NAME]
    joined = f"{last}{first}" if _is_han(last) and _is_han(first) else f"{first} {last}".strip()
    return (joined or email)[:LONGEST_NAME]


def _is_han(text: str) -> bool:
    return bool(text) and unicodedata.name(text[0], "").startswith(("CJK", "HANGUL"))
