"""What always holds of commissions and quotes, as queries for the rows that break it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from attribution.commissions import proof
from attribution.commissions.due import STANDING
from attribution.commissions.plan import KEY
from attribution.commissions.quoting import Quote, quote_again
from attribution.commissions.shares import PPB
from attribution.commissions.trace import canonical, seal
from portal.core.invariants import Invariant, register
from portal.policies.kinds import kind_of
from portal.policies.queries import InForce


def _is_unsealed(row: Mapping[str, Any]) -> bool:
    return bool(seal(canonical(json.loads(row["trace"]))) != row["trace_sha256"])


def _does_not_recompute(row: Mapping[str, Any]) -> bool:
    trace = json.loads(row["trace"])
    return bool(proof.check(trace)) or proof.recompute(trace) != row["amount_minor"]


def _quote_does_not_recompute(row: Mapping[str, Any]) -> bool:
    """Whether the plan's version, as it is stored, and the quote's own inputs give anything else than it says."""
    quote = Quote.model_validate_json(row["document"])
    plan = None
    if row["body"] is not None:
        body = kind_of(KEY).read(json.loads(row["body"]), row["schema_version"])
        plan = InForce(row["id"], row["number"], row["effective_from"], body)
    return quote_again(quote, plan) != quote or seal(quote.document) != row["sha256"]


INVARIANTS: Final = [
    Invariant(
        "commissions.sealed",
        "Every trace is what its seal says.",
        "SELECT trace, trace_sha256 FROM attribution_commission",
        _is_unsealed,
    ),
    Invariant(
        "commissions.recompute",
        "Every commission is what its stored inputs give, step by step.",
        "SELECT trace, amount_minor FROM attribution_commission",
        _does_not_recompute,
    ),
    Invariant(
        "commissions.row_is_trace",
        "What lists show of a commission is what its trace says.",
        "SELECT id FROM attribution_commission WHERE (trace ->> 'commission_id')::uuid <> id"
        " OR (trace -> 'partner' ->> 'id')::uuid <> partner_id OR trace ->> 'currency' <> currency"
        " OR (trace -> 'cash' ->> 'id')::uuid <> source_id OR (trace -> 'invoice' ->> 'id')::uuid <> invoice_id"
        " OR (trace ->> 'period')::date <> period OR trace ->> 'outcome' <> outcome"
        " OR coalesce(trace -> 'why' ->> 'reason', '') <> reason",
    ),
    Invariant(
        "commissions.whole",
        "Each partner's results of a sale add up to its clause's rate on its share of all cash, however it was paid.",
        "WITH s AS (SELECT c.invoice_id, c.partner_id, c.source_id, c.amount_minor, c.cash_minor,"
        " rtrim(c.trace -> 'plan' ->> 'rate', '%')::numeric AS percent,"
        " (c.trace -> 'credit' ->> 'share_ppb')::numeric AS ppb, (a.agreement ->> 'share_ppb')::numeric AS part,"
        " a.agreement ->> 'side' = 'joining' AS joins FROM attribution_commission c CROSS JOIN LATERAL (SELECT"
        " CASE WHEN (c.trace -> 'agreement' ->> 'divides')::boolean THEN c.trace -> 'agreement' END AS agreement) a"
        f" WHERE {STANDING}), cash AS (SELECT invoice_id, sum(minor) AS minor"
        " FROM (SELECT DISTINCT invoice_id, source_id, cash_minor AS minor FROM s) d GROUP BY invoice_id),"
        " paid AS (SELECT s.invoice_id, sum(s.amount_minor) AS minor, max(s.part) AS part, bool_or(s.joins) AS joins,"
        " count(DISTINCT s.percent) > 1 OR count(DISTINCT s.ppb) > 1 OR count(DISTINCT s.part) > 1 AS mixed,"
        f" coalesce(round(round(greatest(k.minor, 0) * coalesce(max(s.ppb), {PPB}) / {PPB})"
        " * max(s.percent) * 0.01), 0) AS whole"
        " FROM s JOIN cash k USING (invoice_id) GROUP BY s.invoice_id, s.partner_id, k.minor)"
        " SELECT invoice_id FROM paid WHERE mixed OR minor <> CASE WHEN part IS NULL THEN whole"
        f" WHEN joins THEN whole - round(whole * ({PPB} - part) / {PPB}) ELSE round(whole * part / {PPB}) END",
    ),
    Invariant(
        "commissions.ledger",
        "Every commission stands in the ledger with its amount, in its month, and nothing else does.",
        "SELECT c.id, e.id AS entry FROM attribution_commission c"
        " FULL JOIN (SELECT e.id, e.cause_id, e.partner_id, e.period, p.currency,"
        " sum(CASE a.code WHEN 'partner_payable' THEN p.amount_minor ELSE -p.amount_minor END) AS minor"
        " FROM ledger_entry e JOIN ledger_posting p ON p.entry = e.id JOIN ledger_account a ON a.id = p.credit_account"
        " WHERE e.cause_type = 'commission' GROUP BY e.id, p.currency) e ON e.cause_id = c.id"
        " WHERE (c.id IS NULL OR c.amount_minor <> 0 OR e.id IS NOT NULL) AND (c.entry_id, c.partner_id, c.period,"
        " c.currency, c.amount_minor::numeric) IS DISTINCT FROM (e.id, e.partner_id, e.period, e.currency, e.minor)",
    ),
    Invariant(
        "commissions.report",
        "A month's report adds up to what the ledger moved to each partner in it.",
        "SELECT partner_id, period, currency FROM (SELECT partner_id, period, currency, sum(amount_minor) AS minor"
        " FROM attribution_commission GROUP BY 1, 2, 3 HAVING sum(amount_minor) <> 0) c"
        " FULL JOIN (SELECT e.partner_id, e.period, p.currency,"
        " sum(CASE a.code WHEN 'partner_payable' THEN p.amount_minor ELSE -p.amount_minor END) AS minor"
        " FROM ledger_entry e JOIN ledger_posting p ON p.entry = e.id JOIN ledger_account a ON a.id = p.credit_account"
        " WHERE e.cause_type = 'commission' GROUP BY 1, 2, 3) l USING (partner_id, period, currency)"
        " WHERE coalesce(c.minor, 0) <> coalesce(l.minor, 0)",
    ),
    Invariant(
        "commissions.never_below_zero",
        "Never more is taken back from a sale than was earned there.",
        "SELECT invoice_id, partner_id FROM attribution_commission"
        " GROUP BY invoice_id, partner_id, currency HAVING sum(amount_minor) < 0",
    ),
    Invariant(
        "commissions.cash_only",
        "Every result is about a payment or refund of its invoice line, with its amount and currency.",
        "SELECT c.id FROM attribution_commission c LEFT JOIN attribution_revenue r ON r.id = c.source_id"
        " WHERE r.id IS NULL OR r.kind NOT IN ('payment', 'refund') OR r.parent <> c.invoice_id"
        " OR r.currency <> c.currency OR abs(r.net_minor) <> abs(c.cash_minor)",
    ),
    Invariant(
        "commissions.undone",
        "What was undone has its exact mirror.",
        "SELECT u.id FROM attribution_commission u JOIN attribution_commission c ON c.id = u.reverses"
        " WHERE (u.amount_minor, u.cash_minor, u.partner_id, u.source_id, u.currency, u.clause)"
        " <> (-c.amount_minor, -c.cash_minor, c.partner_id, c.source_id, c.currency, c.clause)",
    ),
    Invariant(
        "commissions.one_earns",
        "One partner is paid for having registered a sale, or the two of an agreement; nobody twice for one payment.",
        "SELECT c.invoice_id FROM (SELECT c.invoice_id, c.partner_id, c.source_id, c.trace -> 'credit' AS credit,"
        " coalesce(c.trace -> 'agreement' ->> 'side', 'lead') AS side"
        f" FROM attribution_commission c WHERE c.clause <> '' AND {STANDING}) c GROUP BY c.invoice_id"
        " HAVING count(DISTINCT c.partner_id) FILTER (WHERE c.credit IS NULL AND c.side = 'lead') > 1"
        " OR count(DISTINCT c.partner_id) FILTER (WHERE c.credit IS NULL AND c.side = 'joining') > 1"
        " OR count(*) > count(DISTINCT (c.source_id, c.partner_id))",
    ),
    Invariant(
        "commissions.agreement",
        "A sale is divided by one agreement, as it was decided by the day of the order, and both partners by the same.",
        "SELECT c.invoice_id FROM (SELECT c.invoice_id, c.deal_id, c.clause, c.trace -> 'agreement' AS agreement,"
        " (c.trace -> 'invoice' ->> 'ordered_on')::date AS ordered_on FROM attribution_commission c"
        f" WHERE c.trace -> 'agreement' IS NOT NULL AND {STANDING}) c LEFT JOIN partners_conflict_agreement g"
        " ON g.id = (c.agreement ->> 'agreement_id')::uuid"
        " AND g.decided_at = (c.agreement ->> 'decided_at')::timestamptz"
        " AND (c.agreement ->> 'decided_on')::date <= c.ordered_on AND (c.deal_id, (c.agreement ->> 'claim_id')::uuid,"
        f" (c.agreement ->> 'share_ppb')::bigint * 100 / {PPB}) = CASE c.agreement ->> 'side' WHEN 'lead'"
        " THEN (g.lead, g.lead_claim, g.lead_percent::bigint)"
        " ELSE (g.joining, g.joining_claim, g.joining_percent::bigint) END"
        " GROUP BY c.invoice_id HAVING count(*) > count(g.id) OR count(DISTINCT g.id) > 1"
        " OR count(DISTINCT c.agreement ->> 'divides') > 1 OR bool_or(c.clause <> ''"
        " AND c.agreement ->> 'side' = 'joining' AND NOT (c.agreement ->> 'divides')::boolean)",
    ),
    Invariant(
        "commissions.credit",
        "Shares of a sale that are paid by credit are those of a sealed run, and together never more than the whole.",
        "SELECT c.invoice_id FROM (SELECT DISTINCT c.invoice_id, c.partner_id, c.trace -> 'credit' AS credit"
        f" FROM attribution_commission c WHERE c.trace -> 'credit' IS NOT NULL AND {STANDING}) c"
        " LEFT JOIN attribution_run r ON r.id = (c.credit ->> 'run_id')::uuid AND r.state = 'sealed'"
        f" GROUP BY c.invoice_id HAVING sum((c.credit ->> 'share_ppb')::bigint) > {PPB}"
        " OR count(DISTINCT c.credit ->> 'run_id') > 1 OR count(*) > count(r.id)",
    ),
    Invariant(
        "commissions.plan",
        "Every commission names a plan version that was approved and in force on the day of the order.",
        "SELECT c.id FROM attribution_commission c LEFT JOIN policies_version v ON v.id = c.policy_version"
        " WHERE c.clause <> '' AND (v.id IS NULL OR v.state <> 'approved'"
        " OR v.effective_from > (c.trace -> 'invoice' ->> 'ordered_on')::date)",
    ),
    Invariant(
        "commissions.quotes_recompute",
        "Every quote is sealed, and is what the plan's version and its own inputs give.",
        "SELECT q.document, q.sha256, v.id, v.number, v.effective_from, v.body, v.schema_version"
        " FROM attribution_quote q LEFT JOIN policies_version v ON v.id = q.policy_version AND v.state = 'approved'",
        _quote_does_not_recompute,
    ),
    Invariant(
        "commissions.quote_is_document",
        "What lists show of a quote is what its document says, and the deal is its partner's.",
        "SELECT q.id FROM attribution_quote q JOIN partners_deal d ON d.id = q.deal WHERE q.partner_id <> d.partner_id"
        " OR (q.document ->> 'deal_id')::uuid <> q.deal OR (q.document ->> 'total_minor')::bigint <> q.amount_minor"
        " OR q.document ->> 'currency' <> q.currency OR coalesce(q.document -> 'why' ->> 'reason', '') <> q.reason"
        " OR (q.document ->> 'in_force')::uuid IS DISTINCT FROM q.policy_version",
    ),
    Invariant(
        "commissions.own_deal",
        "The deal that a commission names belongs to its partner.",
        "SELECT c.id FROM attribution_commission c JOIN partners_deal d ON d.id = c.deal_id"
        " WHERE d.partner_id <> c.partner_id",
    ),
]

register(*INVARIANTS)
