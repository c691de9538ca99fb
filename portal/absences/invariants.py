"""What must always hold of absences, for `tributary verify`."""

from portal.core.invariants import Invariant, register

register(
    Invariant(
        "absences.of_staff",
        "Only people of the vendor are away here, and only they cover.",
        "SELECT a.id FROM absences_absence a JOIN identity_membership m ON m.id IN (a.membership, a.cover)"
        " WHERE m.side <> 'staff'",
    ),
    Invariant(
        "absences.one_at_a_time",
        "Nobody is away twice on one day.",
        "SELECT a.id FROM absences_absence a JOIN absences_absence b ON b.membership = a.membership AND b.id <> a.id"
        " AND b.cancelled_at IS NULL AND daterange(a.since, a.until) && daterange(b.since, b.until)"
        " WHERE a.cancelled_at IS NULL",
    ),
)
