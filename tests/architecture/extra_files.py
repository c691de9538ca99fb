"""Files of slices beyond the usual ones: each where a usual one would be too long or do two things."""

from typing import Final

ANY: Final = frozenset({"portal/imports", "partners/matching", "attribution/engine"})
"""Slices that are libraries: reading files of all kinds, telling companies apart, or the arithmetic of attribution
takes many small pure parts, each tested alone."""

EXTRA: Final = {
    "portal/identity": {
        "devices",
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
    "portal/absences": {"invariants"},
    "portal/mail": {"sending"},
    "portal/notices": {"acting", "brake", "digest", "housekeeping", "invariants", "kinds"},
    "portal/ledger": {"invariants"},
    "portal/home": {
        "account",
        "account_queries",
        "blocks",
        "news",
        "scorecard",
        "scorecard_queries",
        "search",
        "waits",
    },
    "partners/merging": {"api", "invariants", "pairs"},
    "partners/chains": {
        "acting",
        "invariants",
        "limiting",
        "lists",
        "policy",
        "settings",
        "showing",
        "telling",
        "trying",
    },
    "partners/companies": {"intake", "affiliation", "entitlements", "lists"},
    "partners/contacts": {"importing", "lists"},
    "partners/conflicts": {
        *("checking", "evidence", "figures", "invariants", "lists", "policy", "showing"),
        *("agreements", "announcing", "asking", "judging", "settling"),
    },
    "partners/customers": {"bulk", "doors", "importing", "linking", "mentions", "naming", "tags"},
    "partners/deals": {
        *("states", "locks", "protection", "writing"),
        *("intake", "importing", "choosing", "historic", "figures", "lists", "story"),
        *("paste", "paste_routes", "doors", "announcing", "reminding", "appealing", "asked", "acting", "agreeing"),
        *("running", "windows", "letters", "extending", "revoking", "amending", "continuing", "vendor", "prices"),
        *(
            "pictures",
            "pricing",
            "policy",
            "asking",
            "asking_routes",
            "handing",
            "handing_routes",
            "handed",
            "taking_over",
        ),
    },
    "attribution/value": {"grouping", "lists", "reckoning", "running", "settings", "showing"},
    "attribution/reports": {
        *("columns", "computing", "contribution", "flowing", "frozen", "overview", "paths", "running", "showing"),
    },
    "attribution/commissions": {
        *("plan", "terms", "gathering", "crediting", "shares", "reckoning", "trace", "proof", "invariants"),
        *("explain", "showing", "lists", "quoting", "quotes", "quoted", "due", "steps", "parts", "agreeing"),
    },
    "partners/opportunities": {"importing", "lists", "showing"},
    "partners/forecast": {"lists", "showing", "invariants", "command"},
    "partners/response": {"invariants", "lists", "past", "policy", "showing", "telling", "watching"},
    "attribution/lifecycle": {
        *("continuing", "settings", "gathering", "showing", "command"),
        *("importing", "invariants", "lists"),
    },
    "attribution/health": {"gathering", "importing", "lists", "running", "settings", "showing"},
    "attribution/revenue": {"importing", "lists"},
    "attribution/terms": {"importing", "lists"},
    "attribution/credits": {
        *("settings", "store", "freezing", "journeys", "summing", "reckoning", "running", "storing", "comparing"),
        *("columns", "contrast", "wording", "showing", "lists", "invariants", "command", "terminal"),
    },
    "portal/rates": {"importing", "lists"},
    "portal/calendars": {"names", "published"},
    "portal/robots": {"doors", "sending", "wording"},
    "attribution/touchpoints": {"costing", "importing", "invariants", "lists", "sources", "vocabulary"},
    "attribution/claims": {"invariants", "lists", "policy", "showing"},
    "attribution/visits": {"lists", "policy"},
}
"""The modules of each slice, without their ending."""


def extra_of(inside: str) -> frozenset[str]:
    """The names of a slice's further files."""
    return frozenset(f"{name}.py" for name in EXTRA.get(inside, ()))
