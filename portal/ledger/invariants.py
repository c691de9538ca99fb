"""What always holds in the ledger, as queries for the rows that break it."""

from typing import Final

from portal.core.invariants import Invariant, register

INVARIANTS: Final = [
    Invariant(
        "ledger.entries",
        "Every entry moves something.",
        "SELECT id FROM ledger_entry e WHERE NOT EXISTS (SELECT FROM ledger_posting p WHERE p.entry = e.id)",
    ),
    Invariant(
        "ledger.one_partner",
        "Entry, postings and partner's accounts belong to one partner, postings and accounts to one currency.",
        "SELECT p.id FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry"
        " JOIN ledger_account a ON a.id IN (p.debit_account, p.credit_account)"
        " WHERE p.partner_id <> e.partner_id OR a.partner_id <> e.partner_id OR a.currency <> p.currency",
    ),
    Invariant(
        "ledger.accounts",
        "Every partner account names its partner, and the vendor's own accounts none.",
        "SELECT id FROM ledger_account WHERE (code = 'partner_payable') <> (partner_id IS NOT NULL)",
    ),
    Invariant(
        "ledger.closed",
        "Nothing was posted into a month after it was closed.",
        "SELECT e.id FROM ledger_entry e WHERE EXISTS"
        " (SELECT FROM ledger_period c WHERE c.period >= e.period AND c.closed_at < e.at)",
    ),
    Invariant(
        "ledger.in_order",
        "Months are closed in order, without a gap.",
        "SELECT period FROM (SELECT period, lag(period) OVER (ORDER BY period) AS before FROM ledger_period) c"
        " WHERE before + interval '1 month' <> period",
    ),
    Invariant(
        "ledger.closing_event",
        "Every closed month has its event.",
        "SELECT period FROM ledger_period c WHERE NOT EXISTS (SELECT FROM core_event v"
        " WHERE v.name = 'period.closed' AND v.changes -> 'period' ->> 1 = c.period::text)",
    ),
    Invariant(
        "ledger.reversals",
        "An entry that undoes another one mirrors it, posting by posting.",
        "SELECT r.id FROM ledger_entry r JOIN ledger_entry o ON o.id = r.reverses"
        " WHERE r.partner_id <> o.partner_id"
        " OR (SELECT array_agg((debit_account, credit_account, amount_minor, currency)::text"
        " ORDER BY debit_account, credit_account, amount_minor, currency) FROM ledger_posting WHERE entry = r.id)"
        " IS DISTINCT FROM (SELECT array_agg((credit_account, debit_account, amount_minor, currency)::text"
        " ORDER BY credit_account, debit_account, amount_minor, currency) FROM ledger_posting WHERE entry = o.id)",
    ),
    Invariant(
        "ledger.append_only",
        "Triggers refuse any change or deletion in the ledger, for everybody.",
        "SELECT t.name FROM unnest(array['ledger_account', 'ledger_entry', 'ledger_posting', 'ledger_period'])"
        " AS t (name) WHERE (SELECT count(*) FROM pg_trigger WHERE tgrelid = t.name::regclass"
        " AND tgname IN ('append_only', 'append_only_truncate') AND tgenabled IN ('O', 'A')) <> 2",
    ),
]

register(*INVARIANTS)
