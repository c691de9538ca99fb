"""What always holds of imports, as queries for the rows that break it."""

from typing import Final

from portal.core.invariants import Invariant, register

INVARIANTS: Final = [
    Invariant(
        "imports.counted",
        "What an import says that it took in, and refused, is what its rows say.",
        "SELECT j.id FROM imports_job j LEFT JOIN (SELECT job, jsonb_object_agg(outcome, rows) AS counts"
        " FROM (SELECT job, outcome, count(*) AS rows FROM imports_row GROUP BY 1, 2) o GROUP BY job) r ON r.job = j.id"
        " WHERE j.finished_at IS NOT NULL AND j.counts <> coalesce(r.counts, '{}')",
    ),
]

register(*INVARIANTS)
