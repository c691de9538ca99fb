"""Who there is to ask, and what is said of a route: the words of the policy that the matrix holds the product to."""

from dataclasses import dataclass
from typing import Final

PARTNER: Final = frozenset({"admin", "sales", "marketing", "finance"})
SELLS: Final = frozenset({"admin", "sales"})
EARNS: Final = frozenset({"admin", "sales", "finance"})
STAFF: Final = frozenset({"MANAGER", "SALES", "SUCCESS", "MARKETING", "FINANCE", "AUDITOR", "ADMIN"})
EVERYBODY: Final = PARTNER | STAFF
PUBLIC: Final = frozenset({"PUBLIC"})


def who(*roles: str) -> frozenset[str]:
    """These roles."""
    return frozenset(roles)


DEALS: Final = EARNS | STAFF
CARDS: Final = PARTNER | who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")
WORKS: Final = STAFF - who("AUDITOR")
LINKS: Final = who("MANAGER")
STEPS: Final = who("MANAGER", "SALES", "FINANCE")
ACCOUNTS: Final = who("MANAGER", "SALES", "SUCCESS")
PROGRAMME: Final = who("MANAGER", "ADMIN")
PEOPLE: Final = PARTNER | who("MANAGER", "AUDITOR", "ADMIN")
MAKES_PEOPLE: Final = who("admin", "ADMIN")
REVENUE: Final = who("MANAGER", "SUCCESS", "FINANCE", "AUDITOR")
TOUCHES: Final = who("MANAGER", "SALES", "SUCCESS", "MARKETING", "FINANCE", "AUDITOR")
COSTS: Final = who("MANAGER", "MARKETING", "FINANCE", "AUDITOR")
CONFLICTS: Final = who("MANAGER", "SALES", "AUDITOR")
SELLS_DIRECT: Final = who("MANAGER", "SALES")
HEALTH: Final = who("MANAGER", "SUCCESS", "FINANCE", "AUDITOR")
RUNS: Final = TOUCHES
RECKONS: Final = who("MANAGER", "FINANCE")
MAPS: Final = who("MANAGER", "MARKETING")
CLAIMS: Final = EARNS | who("MANAGER", "MARKETING", "FINANCE", "AUDITOR")
PAYS: Final = who("MANAGER", "FINANCE", "AUDITOR")
CLOSES: Final = who("FINANCE", "AUDITOR")
RULES: Final = who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")
WRITES_RULES: Final = who("MANAGER", "FINANCE", "ADMIN")
SIGNS: Final = who("MANAGER", "FINANCE")
BRINGS: Final = who("MANAGER", "FINANCE", "ADMIN")
ROBOTS: Final = who("AUDITOR", "ADMIN")
SEES_FILES: Final = who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")


@dataclass(frozen=True, slots=True)
class Row:
    """Who may, and on what. `on` names the kind of object that the path's id is of; empty when there is none."""

    who: frozenset[str]
    on: str = ""
    own_only: bool = False
    """The distributor above sees the object but may not do this to it."""
    shared: bool = False
    """Everybody may know of the object, whoever it is of."""
    refused: frozenset[str] = frozenset()
    """Who passes the guard and is refused by the service, because of what this object holds: roles or callers."""
    other_sites: bool = False
    """Pages of other sites send it on purpose: it acts for nobody, so it needs no token and asks for no session."""
    personal: bool = False
    """The object is one person's, Pia's or Otto's, and nobody else knows of it, not even a colleague or the vendor."""
    query: str = ""
    """What the address needs after the question mark, with kinds of objects in braces."""


_BY_MANAGERS: Final = who("FINANCE", "ADMIN")
"""The file that is asked for brings accounts, which are managers' to write."""
_TIERS: Final = who("FINANCE")
"""The policy that is asked for is no money's, so finance reads it and does not write it."""
_PLAN: Final = who("MANAGER", "faye")
"""What waits is a commission plan of Faye's: another of finance signs it, no manager, and not she."""
_NOT_HERS: Final = who("dora")
"""The customer that is named is a reseller's, which the distributor above it reads."""
_NOT_VERA: Final = STAFF - who("MANAGER")
"""The segment that is asked for is the manager's."""
_NOT_THEIR_ABSENCE: Final = who("SALES", "SUCCESS", "MARKETING", "FINANCE")
"""The absence that is asked for is another's; a manager or an administrator may end it."""
_NOT_THEIR_TURN: Final = who("SALES", "FINANCE")
"""The deal that is asked for waits for a partner manager's word."""
