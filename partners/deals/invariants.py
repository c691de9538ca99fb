"""What must always hold of deals and customers, for `tributary verify`."""

from portal.core.invariants import Invariant, register

register(
    Invariant(
        "deals.one_protected",
        "At most one deal is protected per account and product group at any instant.",
        "SELECT a.id FROM partners_deal_protection a JOIN partners_deal_protection b ON b.account = a.account"
        " AND b.product_group = a.product_group AND b.id <> a.id AND tstzrange(a.protected_from, a.protected_until)"
        " && tstzrange(b.protected_from, b.protected_until)",
    ),
    Invariant(
        "deals.protected_where_linked",
        "A running protection lies on the account that the deal's card is linked to.",
        "SELECT x.id FROM partners_deal_protection x JOIN partners_deal d ON d.id = x.deal"
        " LEFT JOIN partners_card_link l ON l.card = d.card"
        " WHERE x.protected_until > now() AND l.account IS DISTINCT FROM x.account",
    ),
    Invariant(
        "deals.protected_when_approved",
        "Only deals that were approved are or were protected, and only those that exclude others.",
        "SELECT x.id FROM partners_deal_protection x JOIN partners_deal d ON d.id = x.deal"
        " WHERE d.state NOT IN ('approved', 'expired', 'revoked') OR d.role <> 'sell' OR d.decided_at IS NULL",
    ),
    Invariant(
        "deals.ended_when_revoked",
        "What was revoked by two people is protected no longer than until then, and says why.",
        "SELECT d.id FROM partners_deal d WHERE d.state = 'revoked' AND (d.revoked_at IS NULL OR d.revoke_code = ''"
        " OR d.protected_until > d.revoked_at) UNION ALL SELECT x.id FROM partners_deal_protection x"
        " JOIN partners_deal d ON d.id = x.deal WHERE d.state = 'revoked'"
        " AND x.protected_until > greatest(d.revoked_at, x.protected_from)"
        " UNION ALL SELECT d.id FROM partners_deal d JOIN partners_deal_revocation r ON r.deal = d.id"
        " WHERE r.state = 'agreed' AND r.decided_by = r.requested_by",
    ),
    Invariant(
        "deals.price_while_protected",
        "A special price is granted only while the approval holds.",
        "SELECT id FROM partners_deal WHERE price_until > protected_until"
        " OR (price_until IS NOT NULL AND state NOT IN ('approved', 'expired', 'revoked'))",
    ),
    Invariant(
        "deals.continues_own",
        "A deal continues a deal of its own partner that was there before.",
        "SELECT d.id FROM partners_deal d LEFT JOIN partners_deal e ON e.id = d.continued_from"
        " WHERE d.continued_from IS NOT NULL AND (e.partner_id IS DISTINCT FROM d.partner_id"
        " OR e.created_at > d.created_at)",
    ),
    Invariant(
        "deals.handed_over",
        "A deal that was handed over is revoked, went to another partner, and its protection ended before the other's.",
        "SELECT h.id FROM partners_deal_handover h JOIN partners_deal d ON d.id = h.deal"
        " LEFT JOIN partners_deal n ON n.id = h.became WHERE h.state = 'agreed' AND (d.state <> 'revoked'"
        " OR n.partner_id IS DISTINCT FROM h.taker OR n.partner_id = d.partner_id OR n.source <> 'handed_over'"
        " OR h.decided_by = h.requested_by OR EXISTS (SELECT FROM partners_deal_protection a"
        " JOIN partners_deal_protection b ON b.deal = n.id WHERE a.deal = d.id AND a.product_group = b.product_group"
        " AND tstzrange(a.protected_from, a.protected_until) && tstzrange(b.protected_from, b.protected_until)))"
        " UNION ALL SELECT d.id FROM partners_deal d WHERE d.source = 'handed_over'"
        " AND NOT EXISTS (SELECT FROM partners_deal_handover h WHERE h.became = d.id)",
    ),
    Invariant(
        "deals.asked_while_running",
        "What waits for an answer about a deal is marked on it, and only while the deal runs.",
        "SELECT d.id FROM partners_deal d WHERE (d.pending = 'extension') <> EXISTS (SELECT"
        " FROM partners_deal_extension x WHERE x.deal = d.id AND x.state = 'pending')"
        " OR (d.pending = 'amendment') <> EXISTS (SELECT FROM partners_deal_amendment x WHERE x.deal = d.id"
        " AND x.state = 'pending') OR (d.pending <> '' AND (d.state <> 'approved' OR d.stage IN ('won', 'lost')))",
    ),
    Invariant(
        "deals.won_when_approved",
        "Only an approved deal is won.",
        "SELECT id FROM partners_deal WHERE stage = 'won' AND state <> 'approved'",
    ),
    Invariant(
        "deals.value_is_sum",
        "The value of a deal is the sum of its lines, each quantity times price.",
        "SELECT d.id FROM partners_deal d LEFT JOIN partners_deal_line l ON l.deal = d.id GROUP BY d.id, d.amount_minor"
        " HAVING d.amount_minor <> coalesce(sum(l.quantity * l.unit_price_minor), 0)"
        " OR coalesce(sum(l.value_minor), 0) <> d.amount_minor",
    ),
    Invariant(
        "deals.times_in_order",
        "A deal was made, submitted and decided in this order.",
        "SELECT id FROM partners_deal WHERE submitted_at < created_at OR decided_at < submitted_at"
        " OR taken_at < submitted_at OR protected_until < decided_at"
        " OR (state <> 'draft' AND state <> 'withdrawn' AND submitted_at IS NULL)",
    ),
    Invariant(
        "deals.one_partner",
        "A deal, its lines, its customer card and the people on that belong to one partner.",
        "SELECT d.id FROM partners_deal d JOIN partners_customer_card c ON c.id = d.card"
        " WHERE c.partner_id <> d.partner_id"
        " UNION ALL SELECT l.id FROM partners_deal_line l JOIN partners_deal d ON d.id = l.deal"
        " WHERE l.partner_id <> d.partner_id UNION ALL SELECT x.id FROM partners_card_contact x"
        " JOIN partners_customer_card c ON c.id = x.card WHERE x.partner_id <> c.partner_id"
        " UNION ALL SELECT x.id FROM partners_deal_protection x JOIN partners_deal d ON d.id = x.deal"
        " WHERE x.partner_id <> d.partner_id",
    ),
    Invariant(
        "deals.of_active",
        "A partner that was terminated has no open deal.",
        "SELECT d.id FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
        " WHERE c.status = 'terminated' AND d.stage NOT IN ('won', 'lost')"
        " AND d.state IN ('submitted', 'in_review', 'info_requested', 'approved')",
    ),
    Invariant(
        "deals.looked_after",
        "No open deal is left with somebody whose access has ended and whose work was handed over.",
        "SELECT d.id FROM partners_deal d JOIN identity_membership m ON m.id = d.owner"
        " WHERE m.ended_at IS NOT NULL AND m.successor IS NOT NULL AND d.closed_at IS NULL"
        " AND d.state NOT IN ('rejected', 'withdrawn', 'revoked')",
    ),
)
