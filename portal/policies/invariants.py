"""What always holds of policies and of the second person, as queries for the rows that break it."""

from typing import Final

from portal.core.invariants import Invariant, register

INVARIANTS: Final = [
    Invariant(
        "policies.second_person",
        "Nobody decided what the same person asked for, under whatever role.",
        "SELECT r.id FROM approvals_request r JOIN identity_membership a ON a.id = r.requested_by"
        " JOIN identity_membership b ON b.id = r.decided_by WHERE a.person = b.person",
    ),
    Invariant(
        "policies.decided_is_done",
        "What was approved is in force as approved, by the person who decided.",
        "SELECT r.id FROM approvals_request r JOIN policies_version v ON v.id = r.subject_id"
        " WHERE r.decision = 'approved' AND (v.state, v.approver) IS DISTINCT FROM ('approved', r.decided_by)",
    ),
    Invariant(
        "policies.immutable",
        "A trigger refuses any change to an approved version, for everybody.",
        "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'policies_version'::regclass"
        " AND tgname = 'immutable' AND tgenabled IN ('O', 'A'))",
    ),
]

register(*INVARIANTS)
