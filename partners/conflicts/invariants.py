"""What must always hold of conflicts, for `tributary verify`."""

from portal.core.invariants import Invariant, register

register(
    Invariant(
        "conflicts.undecided_not_approved",
        "No deal was approved while a conflict about it that was found before is undecided.",
        "SELECT k.id FROM partners_conflict_claim k JOIN partners_conflict c ON c.id = k.conflict"
        " JOIN partners_deal d ON d.id = k.subject WHERE k.kind = 'registration' AND k.result = 'waiting'"
        " AND c.state IN ('open', 'appealed') AND d.state = 'approved' AND d.role = 'sell' AND k.stood <> 'approved'",
    ),
    Invariant(
        "conflicts.lost_not_approved",
        "No deal is approved against which its conflict was decided.",
        "SELECT k.id FROM partners_conflict_claim k JOIN partners_deal d ON d.id = k.subject"
        " WHERE k.kind = 'registration' AND k.result = 'lost' AND d.state = 'approved'",
    ),
    Invariant(
        "conflicts.parts_add_up",
        "The part of a claim is what an agreement of its conflict gave it, whose two parts are a hundred.",
        "SELECT k.id FROM partners_conflict_claim k WHERE k.part_percent IS NOT NULL AND NOT EXISTS (SELECT FROM"
        " partners_conflict_agreement g WHERE g.conflict = k.conflict AND g.lead_percent + g.joining_percent = 100"
        " AND (k.id, k.part_percent) IN ((g.lead_claim, g.lead_percent), (g.joining_claim, g.joining_percent)))",
    ),
    Invariant(
        "conflicts.decided_as_written",
        "How a decided conflict stands is what its last decision says, and it has one winner.",
        "SELECT c.id FROM partners_conflict c WHERE c.state = 'decided' AND NOT EXISTS (SELECT FROM"
        " partners_conflict_decision d JOIN partners_conflict_claim k ON k.id = d.winner AND k.conflict = c.id"
        " WHERE d.conflict = c.id AND d.winner = c.winner AND d.ground = c.ground AND k.result = 'won'"
        " AND d.number = (SELECT max(x.number) FROM partners_conflict_decision x WHERE x.conflict = c.id))",
    ),
    Invariant(
        "conflicts.agreements_as_decided",
        "Every decision by agreement has its agreement, with the parts of a whole between two deals of its claims.",
        "SELECT d.id FROM partners_conflict_decision d FULL JOIN partners_conflict_agreement g"
        " ON g.conflict = d.conflict AND g.number = d.number LEFT JOIN partners_conflict_claim w ON w.id = g.lead_claim"
        " LEFT JOIN partners_conflict_claim s ON s.id = g.joining_claim"
        " WHERE (d.ground = 'agreement' OR g.id IS NOT NULL)"
        " AND (d.ground, g.lead_claim, g.decided_at, w.conflict, s.conflict, w.subject, s.subject) IS DISTINCT FROM"
        " ('agreement', d.winner, d.decided_at, d.conflict, d.conflict, g.lead, g.joining)",
    ),
    Invariant(
        "conflicts.waits_for_somebody",
        "An undecided conflict has two or more claims that wait, and a settled one has none.",
        "SELECT c.id FROM partners_conflict c WHERE (c.state IN ('open', 'appealed')) <> (2 <= (SELECT count(*)"
        " FROM partners_conflict_claim k WHERE k.conflict = c.id AND k.result = 'waiting'))",
    ),
    Invariant(
        "conflicts.awarded_by_two",
        "No approval ended by a conflict's decision without a second person, and nobody had a say twice.",
        "SELECT k.id FROM partners_conflict_claim k JOIN partners_deal d ON d.id = k.subject"
        " WHERE k.kind = 'registration' AND k.result = 'lost' AND d.state = 'revoked' AND NOT EXISTS (SELECT FROM"
        " partners_conflict_decision x WHERE x.conflict = k.conflict AND x.agreed_by <> x.decided_by)"
        " AND NOT EXISTS (SELECT FROM partners_deal_revocation r WHERE r.deal = d.id AND r.state = 'agreed')"
        " UNION ALL SELECT a.id FROM partners_conflict_decision a JOIN partners_conflict_decision b"
        " ON b.conflict = a.conflict AND b.number > a.number"
        " AND array[a.decided_by, a.agreed_by] && array[b.decided_by, b.agreed_by]",
    ),
    Invariant(
        "conflicts.asked_while_waiting",
        "What a second person is asked about a conflict waits as a request, and only while the conflict is undecided.",
        "SELECT c.id FROM partners_conflict c WHERE EXISTS (SELECT FROM partners_conflict_award w"
        " WHERE w.conflict = c.id AND w.state = 'pending') <> EXISTS (SELECT FROM approvals_request q"
        " WHERE q.subject_id = c.id AND q.verb = 'award' AND q.decision = 'pending') OR (c.state = 'decided'"
        " AND EXISTS (SELECT FROM partners_conflict_award w WHERE w.conflict = c.id AND w.state = 'pending'))",
    ),
)
