"""Figures of the home page that no slice has by itself: commission by month, registrations decided, deadlines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from portal.core.actor import Actor
from portal.core.clock import next_month, previous_month
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, row_of, rows_of
from portal.core.tenancy import visible_sql

SOON: Final = timedelta(days=14)
MOST_COUNTED: Final = 10_000
"""Open deals beyond this many are not counted."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A deal whose protection ends soon."""

    id: UUID
    customer_name: str
    amount: Money
    until: datetime


def endings_of(actor: Actor, now: datetime, *, most: int = 5) -> Question | None:
    """Own approved deals, not closed, whose protection ends within two weeks: `Ending`s, soonest first."""
    if not actor.is_partner or not actor.may(Permission.DEALS_WRITE):
        return None
    return rows_of(
        "SELECT id, customer_name, amount_minor, currency, protected_until AS until FROM partners_deal"
        " WHERE partner_id = $1 AND state = 'approved' AND closed_at IS NULL"
        " AND protected_until > $2 AND protected_until < $3 ORDER BY protected_until, id LIMIT $4",
        actor.partner_id, now, now + SOON, most, id=UUID, until=datetime.fromisoformat,
    ).then(
        lambda rows: [Ending(amount=Money(row.pop("amount_minor"), row.pop("currency")), **row) for row in rows]
    )  # fmt: skip


def months_back(today: date, count: int) -> list[date]:
    """The first days of the last months, the running one last."""
    months = [today.replace(day=1)]
    while len(months) < count:
        months.append(previous_month(months[-1]))
    return months[::-1]


def months_ahead(today: date, count: int) -> list[date]:
    """The first days of the months from the running one on."""
    months = [today.replace(day=1)]
    while len(months) < count:
        months.append(next_month(months[-1]))
    return months


def earned_of(actor: Actor, since: date) -> Question | None:
    """Minor units of commission, refunds taken off, by currency and period, of all that the actor may see."""
    if not actor.may(Permission.COMMISSIONS_READ):
        return None
    return rows_of(
        "SELECT currency, period, sum(amount_minor)::bigint AS minor FROM attribution_commission"
        f" WHERE {visible_sql(actor, 'partner_id')} AND period >= $1"
        " AND ($2::uuid IS NULL OR partner_id = $2) GROUP BY 1, 2 ORDER BY 1, 2",
        since, actor.partner_id, period=date.fromisoformat,
    ).then(_earned)  # fmt: skip


def _earned(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[date, int]]:
    found: dict[str, dict[date, int]] = {}
    for row in rows:
        found.setdefault(row["currency"], {})[row["period"]] = row["minor"]
    return found


def unpaid_of(actor: Actor, since: date) -> Question | None:
    """How many payments since then earned nothing: pairs of reason and count, the most frequent first."""
    if not actor.may(Permission.COMMISSIONS_READ):
        return None
    return rows_of(
        "SELECT reason, count(*) AS count FROM attribution_commission"
        f" WHERE {visible_sql(actor, 'partner_id')} AND period >= $1 AND outcome = 'zero'"
        " GROUP BY 1 ORDER BY 2 DESC, 1",
        since,
    ).then(lambda rows: [(row["reason"], row["count"]) for row in rows])


def decided_of(actor: Actor, since: date, months: int, zone: str) -> Question:
    """Registrations decided in so many months from one on: triples of month, `approved` or `rejected`, and count."""
    # Month by month, so that an index alone counts each: working out the month of every row took ten times as long.
    return rows_of(
        # How many is written out: of a number that is not known the planner thinks the worst, and plans each time anew.
        "SELECT m.month::date AS month, c.rejected, c.decided FROM (SELECT $1::date + n * interval '1 month' AS month"
        f" FROM generate_series(0, {months - 1}) n) m CROSS JOIN LATERAL (SELECT"
        " count(*) FILTER (WHERE state = 'rejected') AS rejected, count(*) AS decided FROM partners_deal"
        f" WHERE {visible_sql(actor, 'partner_id')} AND state IN ('approved', 'rejected', 'expired', 'revoked')"
        " AND decided_at >= m.month AT TIME ZONE $2"
        " AND decided_at < (m.month + interval '1 month') AT TIME ZONE $2) c",
        since, zone, month=date.fromisoformat,
    ).then(_decided)  # fmt: skip


def _decided(rows: Sequence[Mapping[str, Any]]) -> list[tuple[date, str, int]]:
    counted = [
        (row["month"], outcome, count)
        for row in rows
        for outcome, count in (("approved", row["decided"] - row["rejected"]), ("rejected", row["rejected"]))
    ]
    return [one for one in counted if one[2]]


@dataclass(frozen=True, slots=True)
class Programme:
    """The programme in numbers."""

    active_partners: int
    open_deals: int
    waiting_decisions: int


PROGRAMME: Final = row_of(
    "SELECT (SELECT count(*) FROM partners_company WHERE status = 'active') AS active_partners,"
    " (SELECT count(*) FROM (SELECT FROM partners_deal WHERE closed_at IS NULL AND state IN"
    f" ('submitted', 'in_review', 'info_requested', 'approved') LIMIT {MOST_COUNTED + 1}) o) AS open_deals,"
    " (SELECT count(*) FROM partners_deal WHERE state IN ('submitted', 'in_review')) AS waiting_decisions"
).then(lambda row: Programme(**row))
"""Counts for the vendor's side: `Programme`."""
