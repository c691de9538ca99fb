"""Which invoice lines are due to be reckoned: for the first time, again, or by another run. For the vendor's units."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from attribution.commissions.plan import KEY, CommissionPlan
from partners.conflicts.agreements import find_of_deals
from portal.core import db
from portal.core.actor import Actor
from portal.policies.queries import InForce, approved_versions

STANDING: Final = "c.reverses IS NULL AND NOT EXISTS (SELECT FROM attribution_commission u WHERE u.reverses = c.id)"
"""Of rows `c`: results that were not undone."""


async def find_pending(revenue_ids: Sequence[UUID] | None) -> list[UUID]:
    """Invoice lines with cash that has no result, oldest first; only those of these lines of revenue when given."""
    rows = await db.sql(
        "SELECT r.parent AS id FROM attribution_revenue r WHERE r.kind IN ('payment', 'refund')"
        " AND ($1::uuid[] IS NULL OR r.id = any($1) OR r.parent = any($1))"
        f" AND NOT EXISTS (SELECT FROM attribution_commission c WHERE c.source_id = r.id AND {STANDING})"
        " GROUP BY r.parent ORDER BY min(r.seq)",
        list(revenue_ids) if revenue_ids is not None else None,
    )
    return [row["id"] for row in rows]


def pay_by_credit(plans: Sequence[InForce]) -> bool:
    """Whether any version of the plan needs runs."""
    return any(isinstance(plan.body, CommissionPlan) and plan.body.pays_by_credit for plan in plans)


async def find_waiting_for(deal_id: UUID, zone: str) -> list[UUID]:
    """Invoice lines that earned nothing because this deal, which they name, was not decided yet.

    Of a deal that joins another by an agreement also those of orders since its approval that were not divided: on its
    day they can have been paid before it.
    """
    leads = [one.lead.deal_id for one in await find_of_deals([deal_id]) if one.joining.deal_id == deal_id]
    rows = await db.sql(
        "SELECT c.invoice_id FROM attribution_commission c"
        f" WHERE c.deal_id = $1 AND c.reason = 'deal_undecided' AND {STANDING}"
        " UNION SELECT c.invoice_id FROM attribution_commission c JOIN partners_deal d ON d.id = $1"
        " AND d.state = 'approved' WHERE c.deal_id = any($2::uuid[])"
        " AND (c.trace -> 'invoice' ->> 'ordered_on')::date >= (d.decided_at AT TIME ZONE $3)::date"
        f" AND (c.trace -> 'agreement' ->> 'divides') IS DISTINCT FROM 'true' AND {STANDING}",
        deal_id, leads, zone,
    )  # fmt: skip
    return [row["invoice_id"] for row in rows]


async def find_uncovered() -> list[UUID]:
    """Invoice lines that wait for a run and are covered by a sealed one now, oldest first."""
    rows = await db.sql(
        "SELECT c.invoice_id FROM attribution_commission c JOIN attribution_lifecycle_line l ON l.line = c.invoice_id"
        f" WHERE c.reason = 'waits_for_run' AND {STANDING} AND EXISTS (SELECT FROM attribution_run_credit x"
        " JOIN attribution_run r ON r.id = x.run AND r.state = 'sealed' WHERE x.event = l.event)"
        " GROUP BY c.invoice_id ORDER BY min(c.seq)"
    )
    return [row["invoice_id"] for row in rows]


async def find_credited_beside(actor: Actor) -> list[UUID]:
    """Invoice lines with cash of which a sealed run credits partners that have no result of it, oldest first.

    Lines that a run has paid are not among them: they stay with it. Nor is any while no plan pays by credit.
    """
    if not pay_by_credit(await approved_versions(actor, KEY)):
        return []
    rows = await db.sql(
        "SELECT r.parent AS id FROM attribution_revenue r JOIN attribution_lifecycle_line l ON l.line = r.parent"
        " WHERE r.kind IN ('payment', 'refund') AND EXISTS (SELECT FROM attribution_run_credit x"
        " JOIN attribution_run q ON q.id = x.run AND q.state = 'sealed' WHERE x.event = l.event"
        " AND x.partner IS NOT NULL AND NOT EXISTS (SELECT FROM attribution_commission c WHERE c.source_id = r.id"
        f" AND c.partner_id = x.partner AND {STANDING}))"
        " AND NOT EXISTS (SELECT FROM attribution_commission c WHERE c.invoice_id = r.parent"
        f" AND c.trace -> 'credit' IS NOT NULL AND {STANDING}) GROUP BY r.parent ORDER BY min(r.seq)"
    )
    return [row["id"] for row in rows]


async def find_runs(invoice_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """By invoice line the run that its standing results were reckoned by; those reckoned without one are not there."""
    rows = await db.sql(
        "SELECT c.invoice_id, (array_agg((c.trace -> 'credit' ->> 'run_id')::uuid ORDER BY c.seq DESC))[1] AS run"
        f" FROM attribution_commission c WHERE c.invoice_id = any($1::uuid[]) AND {STANDING}"
        " AND c.trace -> 'credit' IS NOT NULL GROUP BY c.invoice_id",
        list(invoice_ids),
    )
    return {row["invoice_id"]: row["run"] for row in rows}


_CHANGED: Final = (
    " FROM attribution_commission c JOIN attribution_lifecycle_line l ON l.line = c.invoice_id"
    f" WHERE c.trace -> 'credit' ->> 'run_id' <> $1::uuid::text AND {STANDING}"
    " AND EXISTS (SELECT FROM attribution_run_credit x WHERE x.run = $1 AND x.event = l.event)"
)
"""Results by another run than this one, which covers their lines too."""


ADOPTED: Final = "run.adopted"
"""The event of a run that shall pay what others pay."""


async def find_adopted() -> UUID | None:
    """The run that was adopted last, if ever one was."""
    found: UUID | None = await db.sql_value(
        "SELECT subject_id FROM core_event WHERE name = $1 ORDER BY seq DESC LIMIT 1", ADOPTED
    )
    return found


async def find_changed_by(run_id: UUID) -> list[UUID]:
    """Invoice lines that are reckoned by another run than this one, which covers them too, oldest first."""
    rows = await db.sql(f"SELECT c.invoice_id{_CHANGED} GROUP BY c.invoice_id ORDER BY min(c.seq)", run_id)
    return [row["invoice_id"] for row in rows]


async def count_changed_by(run_id: UUID) -> tuple[int, list[tuple[str, int]]]:
    """How many lines `find_changed_by` finds, and how many each run has reckoned, in one pass over the traces."""
    number = "c.trace -> 'credit' ->> 'run_number'"
    rows = await db.sql(
        f"SELECT {number} AS number, grouping({number}) AS whole, count(DISTINCT c.invoice_id)::int AS lines{_CHANGED}"
        f" GROUP BY GROUPING SETS (({number}), ()) ORDER BY 1",
        run_id,
    )
    return sum(row["lines"] for row in rows if row["whole"]), [
        (row["number"], row["lines"]) for row in rows if not row["whole"]
    ]
