"""What must always hold of answers, for `tributary verify`."""

from portal.core.invariants import Invariant, register

register(
    Invariant(
        "response.one_partner",
        "A clock belongs to the partner whose deal it is of, and so do its pauses.",
        "SELECT r.id FROM partners_response r JOIN partners_deal d ON d.id = r.deal WHERE r.partner_id <> d.partner_id"
        " UNION ALL SELECT x.id FROM partners_response_pause x JOIN partners_response r ON r.id = x.response"
        " WHERE x.partner_id <> r.partner_id",
    ),
    Invariant(
        "response.late_is_said",
        "An answer that came after it was due is marked as late, and no other.",
        "SELECT id FROM partners_response WHERE (ended_at > due_at AND breached_at IS NULL)"
        " OR (ended_at IS NOT NULL AND breached_at IS NOT NULL AND ended_at < due_at)",
    ),
    Invariant(
        "response.pauses_move_it",
        "What is due was moved by its pauses and by nothing else: each begins where the one before left it.",
        "SELECT r.id FROM partners_response r WHERE EXISTS (SELECT FROM (SELECT due_before, due_after,"
        " lead(due_before, 1, r.due_at) OVER (ORDER BY paused_at) AS next_before FROM partners_response_pause x"
        " WHERE x.response = r.id) p WHERE p.due_after <> p.next_before)",
    ),
    Invariant(
        "response.longer_when_late",
        "Only an answer that was late makes a protection longer.",
        "SELECT id FROM partners_response WHERE lengthened_days > 0 AND NOT (lengthens AND breached_at IS NOT NULL)",
    ),
)
