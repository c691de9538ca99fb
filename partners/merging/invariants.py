"""What must always hold of merged accounts, for `tributary verify`."""

from portal.core.invariants import Invariant, register

_ENDS = (
    "WITH RECURSIVE way (start, at) AS (SELECT m.account, m.merged_into FROM partners_account_alias m"
    " WHERE m.undone_at IS NULL UNION SELECT w.start, m.merged_into FROM way w JOIN partners_account_alias m"
    " ON m.account = w.at AND m.undone_at IS NULL), ends AS (SELECT w.start, w.at FROM way w WHERE NOT EXISTS"
    " (SELECT FROM partners_account_alias n WHERE n.account = w.at AND n.undone_at IS NULL))"
)

register(
    Invariant(
        "merging.flat",
        "An account is found under one that is not merged itself, and never under itself.",
        "SELECT m.id FROM partners_account_alias m WHERE m.undone_at IS NULL AND (m.canonical = m.account OR EXISTS"
        " (SELECT FROM partners_account_alias n WHERE n.undone_at IS NULL AND n.account = m.canonical))",
    ),
    Invariant(
        "merging.no_cycle",
        "Whoever follows the decisions ends at the account under which all of them are found.",
        f"{_ENDS} SELECT m.id FROM partners_account_alias m WHERE m.undone_at IS NULL"
        " AND (SELECT array_agg(e.at) FROM ends e WHERE e.start = m.account) IS DISTINCT FROM array[m.canonical]",
    ),
    Invariant(
        "merging.protections_placed",
        "A protection counts under the account under which the recorded one is found.",
        "SELECT x.id FROM partners_deal_protection x"
        " WHERE x.canonical_account IS DISTINCT FROM partners_canonical_account(x.account)",
    ),
    Invariant(
        "merging.one_protected",
        "At most one deal is protected per customer and product group at any instant since its accounts were merged.",
        "SELECT a.id FROM partners_deal_protection a JOIN partners_deal_protection b ON b.id <> a.id"
        " AND b.canonical_account = a.canonical_account AND b.product_group = a.product_group"
        " AND tstzrange(least(a.canonical_from, a.protected_until), a.protected_until)"
        " && tstzrange(least(b.canonical_from, b.protected_until), b.protected_until)",
    ),
)
