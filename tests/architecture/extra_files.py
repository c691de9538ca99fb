"""Files of slices beyond the usual ones. A file comes here when one of the usual would be too long or do two things."""

from typing import Final

ANY: Final = frozenset({"portal/imports"})
"""Slices that are libraries: reading files of all kinds takes many small pure parts, each tested alone."""

EXTRA: Final = {
    "portal/identity": frozenset(
        {"passwords.py", "sessions.py", "handover.py", "affiliation.py", "links.py", "people.py"}
    ),
    "portal/policies": frozenset({"kinds.py"}),
    "portal/mail": frozenset({"sending.py"}),
    "portal/ledger": frozenset({"invariants.py"}),
    "partners/companies": frozenset({"affiliation.py", "entitlements.py", "lists.py"}),
    "partners/customers": frozenset({"doors.py", "linking.py"}),
    "partners/deals": frozenset({"states.py", "locks.py", "protection.py", "writing.py"}),
    "attribution/commissions": frozenset({"gathering.py", "plan.py", "proof.py", "terms.py", "trace.py"}),
    "attribution/revenue": frozenset({"importing.py"}),
}
