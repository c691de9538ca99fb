"""What always holds of contribution claims, as queries for the rows that break it."""

from typing import Final

from portal.core.invariants import Invariant, register

INVARIANTS: Final = [
    Invariant(
        "claims.unapproved_earns_nothing",
        "The touch of a claim counts only if the claim is approved.",
        "SELECT t.id FROM attribution_touchpoint t JOIN attribution_claim c ON t.source_id = 'claim/' || c.id"
        " WHERE t.source_system = 'tributary' AND c.state <> 'approved' AND coalesce((SELECT d.state"
        " FROM attribution_touchpoint_decision d WHERE d.touchpoint = t.id ORDER BY d.seq DESC LIMIT 1), 'approved')"
        " = 'approved'",
    ),
    Invariant(
        "claims.one_partner",
        "A claim, its customer card and its deal belong to one partner, and the deal is with that customer.",
        "SELECT c.id FROM attribution_claim c JOIN partners_customer_card k ON k.id = c.card"
        " LEFT JOIN partners_deal d ON d.id = c.deal WHERE k.partner_id <> c.partner_id"
        " OR d.partner_id <> c.partner_id OR d.card <> c.card",
    ),
]
register(*INVARIANTS)
