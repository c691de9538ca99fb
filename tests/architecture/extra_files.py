"""Files of slices beyond the usual ones: each where a usual one would be too long or do two things."""

from typing import Final

ANY: Final = frozenset({"portal/imports"})
"""Slices that are libraries: reading files of all kinds takes many small pure parts, each tested alone."""

EXTRA: Final = {
    "portal/identity": {
        "housekeeping",
        "passwords",
        "sessions",
        "handover",
        "affiliation",
        "links",
        "people",
        "guests",
    },
    "portal/policies": {"kinds"},
    "portal/mail": {"sending"},
    "portal/ledger": {"invariants"},
    "portal/home": {"blocks", "news", "search"},
    "partners/companies": {"intake", "affiliation", "entitlements", "lists"},
    "partners/customers": {"bulk", "doors", "importing", "linking"},
    "partners/deals": {
        *("states", "locks", "protection", "writing"),
        *("intake", "importing", "choosing", "historic", "figures", "lists", "story"),
    },
    "attribution/commissions": {
        *("plan", "terms", "gathering", "reckoning", "trace", "proof", "invariants"),
        *("explain", "showing", "lists"),
    },
    "attribution/revenue": {"importing", "lists"},
}
"""The modules of each slice, without their ending."""


def extra_of(inside: str) -> frozenset[str]:
    """The names of a slice's further files."""
    return frozenset(f"{name}.py" for name in EXTRA.get(inside, ()))
