"""What always holds of sealed runs, as queries for the rows that break it."""

from typing import Final

from attribution.credits.rules import PPB
from portal.core.invariants import Invariant, register

_LOSSES: Final = "('contraction', 'churn')"

INVARIANTS: Final = [
    Invariant(
        "runs.events_are_whole",
        "Every event of a sealed run is credited to one whole by the model that pays.",
        f"SELECT run, event FROM attribution_run_credit GROUP BY 1, 2 HAVING sum(share_ppb) <> {PPB}",
    ),
    Invariant(
        "runs.sums",
        "The sums of a sealed run by its paying model are what its credits say.",
        "SELECT run, key FROM (SELECT run, key, event_kind, period, sum(share_ppb) AS share, sum(value_minor) AS value"
        " FROM attribution_run_credit GROUP BY 1, 2, 3, 4) c FULL JOIN (SELECT s.* FROM attribution_run_sum s"
        " JOIN attribution_run r ON r.id = s.run WHERE s.dimension = 'party' AND s.model = r.paying_model) s"
        " USING (run, key, event_kind, period) WHERE (c.share, c.value) IS DISTINCT FROM (s.share_ppb, s.value_minor)",
    ),
    Invariant(
        "runs.revenue",
        "Under every model, partners' credits, the vendor's own and nobody's add up to the frozen revenue.",
        "SELECT r.id, s.dimension, s.model FROM attribution_run r JOIN attribution_run_sum s ON s.run = r.id"
        " GROUP BY 1, 2, 3 HAVING"
        f" coalesce(sum(s.value_minor) FILTER (WHERE s.event_kind NOT IN {_LOSSES}), 0) <> max(r.value_minor)"
        f" OR coalesce(sum(s.value_minor) FILTER (WHERE s.event_kind IN {_LOSSES}), 0) <> max(r.lost_minor)"
        f" OR sum(s.share_ppb) <> (SELECT count(DISTINCT c.event) FROM attribution_run_credit c WHERE c.run = r.id)"
        f" * {PPB}::numeric",
    ),
    Invariant(
        "runs.sealed",
        "A sealed run has all its models' sums of both dimensions, and rows stand only below a sealed run.",
        "SELECT r.id FROM attribution_run r LEFT JOIN (SELECT run, count(DISTINCT (dimension, model)) AS parts"
        " FROM attribution_run_sum GROUP BY 1) s ON s.run = r.id WHERE CASE WHEN r.state = 'sealed'"
        " AND (r.counts ->> 'events')::int > 0 THEN coalesce(s.parts, 0) <> 2 * cardinality(r.models)"
        " ELSE s.parts IS NOT NULL END",
    ),
    Invariant(
        "runs.touches",
        "Credit is given to touches that exist, and to the partner whose touch it was.",
        "SELECT c.id FROM attribution_run_credit c LEFT JOIN attribution_touchpoint t ON t.id = c.touchpoint"
        " WHERE c.touchpoint IS NOT NULL AND (t.id IS NULL OR t.partner IS DISTINCT FROM c.partner)",
    ),
]

register(*INVARIANTS)
