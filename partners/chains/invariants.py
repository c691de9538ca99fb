"""What must always hold of approval chains, for `tributary verify`."""

from portal.core.invariants import Invariant, register

register(
    Invariant(
        "chains.all_agreed",
        "A chain that ended in an approval has all its steps agreed, each by another person.",
        "SELECT c.id FROM partners_deal_chain c JOIN partners_deal_step s ON s.chain = c.id"
        " LEFT JOIN identity_membership m ON m.id = s.decided_by WHERE c.outcome = 'approved' GROUP BY c.id"
        " HAVING count(*) <> count(DISTINCT m.person) OR count(*) <> cardinality(c.asks)",
    ),
    Invariant(
        "chains.counted",
        "What the partner reads of a chain is what its steps say.",
        "SELECT c.id FROM partners_deal_chain c LEFT JOIN partners_deal_step s ON s.chain = c.id GROUP BY c.id"
        " HAVING c.done <> count(s.decided_by) OR cardinality(c.asks) <> count(s.id)",
    ),
    Invariant(
        "chains.not_their_own",
        "Nobody agreed to a deal of a partner whose people they belong to.",
        "SELECT s.id FROM partners_deal_step s JOIN partners_deal_chain c ON c.id = s.chain"
        " JOIN identity_membership m ON m.id = s.decided_by JOIN identity_membership x ON x.person = m.person"
        " AND x.partner_id = c.partner_id",
    ),
    Invariant(
        "chains.one_partner",
        "A chain belongs to the partner of its deal.",
        "SELECT c.id FROM partners_deal_chain c JOIN partners_deal d ON d.id = c.deal"
        " WHERE d.partner_id <> c.partner_id",
    ),
    Invariant(
        "chains.in_order",
        "Nobody agreed to a step before all of a lower number had agreed.",
        "SELECT s.id FROM partners_deal_step s JOIN partners_deal_step b ON b.chain = s.chain AND b.number < s.number"
        " WHERE s.decided_at IS NOT NULL AND (b.decided_at IS NULL OR b.decided_at > s.decided_at)",
    ),
)
