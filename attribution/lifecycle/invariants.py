"""What always holds of lifecycle events, as queries for the rows that break it."""

from typing import Final

from portal.core.invariants import Invariant, register

_REACTIONS: Final = "attribution.lifecycle.reactions"
_WAITS: Final = (
    "EXISTS (SELECT FROM core_event e WHERE e.name = any('{{{names}}}') AND e.at > now() - interval '1 hour'"
    f" AND NOT EXISTS (SELECT FROM core_reaction_done d WHERE d.event_id = e.id AND d.reaction LIKE '{_REACTIONS}.%'))"
)
"""Whether derivation is still to follow an event of these names."""
_DERIVED_SINCE: Final = (
    f"EXISTS (SELECT FROM core_reaction_done d WHERE d.reaction = '{_REACTIONS}.derive_imported'"
    " AND d.at > r.recorded_at)"
    " AND NOT EXISTS (SELECT FROM imports_job j WHERE j.kind = 'revenue' AND j.state = 'running')"
    f" AND NOT {_WAITS.format(names='revenue.imported')}"
)
"""Whether a line of revenue was here when lifecycle was derived last, and no other import is on its way."""
_LEFT: Final = (
    "greatest(i.net_minor + least(coalesce(sum(c.net_minor) FILTER (WHERE c.kind = 'credit_note'), 0),"
    " coalesce(sum(c.net_minor) FILTER (WHERE c.kind = 'refund'), 0)), 0)"
)
"""What is left of an invoice line: its net less the larger of what was credited and what was refunded."""
_TURNS: Final = (
    "SELECT account, kind, lag(kind) OVER (PARTITION BY account ORDER BY occurred_on, kind = 'reactivation') AS before"
    " FROM (SELECT DISTINCT account, occurred_on, kind FROM attribution_lifecycle_event"
    " WHERE kind IN ('churn', 'reactivation', 'new_logo')) AS turns"
)

INVARIANTS: Final = [
    Invariant(
        "lifecycle.each_line_once",
        "Every line of revenue belongs to exactly one lifecycle event, that of its invoice line.",
        "SELECT r.id FROM attribution_revenue r LEFT JOIN attribution_lifecycle_line l ON l.line = r.id"
        " LEFT JOIN attribution_lifecycle_line i ON i.line = coalesce(r.parent, r.id)"
        f" WHERE CASE WHEN l.event IS NULL THEN {_DERIVED_SINCE} ELSE l.event IS DISTINCT FROM i.event END",
    ),
    Invariant(
        "lifecycle.value",
        "An event with lines is worth what is left of its invoice lines, in their currency.",
        "SELECT e.id FROM attribution_lifecycle_event e LEFT JOIN (SELECT l.event, i.currency, sum(i.worth) AS worth"
        f" FROM (SELECT i.id, i.currency, {_LEFT} AS worth FROM attribution_revenue i"
        " LEFT JOIN (attribution_revenue c JOIN attribution_lifecycle_line x ON x.line = c.id) ON c.parent = i.id"
        " WHERE i.parent IS NULL GROUP BY i.id) AS i"
        " JOIN attribution_lifecycle_line l ON l.line = i.id GROUP BY 1, 2) AS w ON w.event = e.id"
        " WHERE e.kind NOT IN ('contraction', 'churn')"
        " AND (e.value_minor, e.currency) IS DISTINCT FROM (w.worth, w.currency)",
    ),
    Invariant(
        "lifecycle.turns",
        "A customer is new once, first of all; churn and reactivation alternate after that.",
        f"SELECT account FROM ({_TURNS}) AS t WHERE kind IS DISTINCT FROM CASE coalesce(before, '')"
        " WHEN '' THEN 'new_logo' WHEN 'churn' THEN 'reactivation' ELSE 'churn' END",
    ),
    Invariant(
        "lifecycle.signs",
        "Contraction and churn are worth nothing or less and have no lines; every other event is worth nothing or more"
        " and has lines.",
        "SELECT e.id FROM attribution_lifecycle_event e WHERE (e.kind IN ('contraction', 'churn'))"
        " = EXISTS (SELECT FROM attribution_lifecycle_line l WHERE l.event = e.id)"
        " OR CASE WHEN e.kind IN ('contraction', 'churn') THEN e.value_minor > 0 ELSE e.value_minor < 0 END",
    ),
    Invariant(
        "lifecycle.own_lines",
        "The lines of an event are its customer's, also those of accounts that were merged into it.",
        "SELECT l.line FROM attribution_lifecycle_line l JOIN attribution_lifecycle_event e ON e.id = l.event"
        " JOIN attribution_revenue r ON r.id = l.line"
        " LEFT JOIN partners_account_alias m ON m.account = r.account AND m.undone_at IS NULL"
        " WHERE coalesce(m.canonical, r.account) <> e.account"
        f" AND NOT {_WAITS.format(names='account.merged,account.merge_undone')}",
    ),
]
register(*INVARIANTS)
