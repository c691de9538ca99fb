"""Figures of the home page that no slice has by itself: commission by month, registrations decided, deadlines."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from portal.core import clock, db
from portal.core.actor import Actor
from portal.core.clock import next_month, previous_month
from portal.core.money import Money
from portal.core.permissions import Permission
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


async def list_endings(actor: Actor, now: datetime, *, most: int = 5) -> list[Ending]:
    """Own approved deals, not closed, whose protection ends within two weeks, soonest first."""
    if not actor.is_partner or not actor.may(Permission.DEALS_WRITE):
        return []
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, customer_name, amount_minor, currency, protected_until FROM partners_deal"
            " WHERE partner_id = $1 AND state = 'approved' AND closed_at IS NULL"
            " AND protected_until > $2 AND protected_until < $3 ORDER BY protected_until, id LIMIT $4",
            actor.partner_id, now, now + SOON, most,
        )  # fmt: skip
    return [
        Ending(row["id"], row["customer_name"], Money(row["amount_minor"], row["currency"]), row["protected_until"])
        for row in rows
    ]


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


async def commission_by_month(actor: Actor, since: date) -> dict[str, dict[date, int]]:
    """Minor units of commission, refunds taken off, by currency and period, of all that the actor may see."""
    if not actor.may(Permission.COMMISSIONS_READ):
        return {}
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT currency, period, sum(amount_minor)::bigint AS minor FROM attribution_commission"
            f" WHERE {visible_sql(actor, 'partner_id')} AND period >= $1"
            " AND ($2::uuid IS NULL OR partner_id = $2) GROUP BY 1, 2 ORDER BY 1, 2",
            since, actor.partner_id,
        )  # fmt: skip
    found: dict[str, dict[date, int]] = {}
    for row in rows:
        found.setdefault(row["currency"], {})[row["period"]] = row["minor"]
    return found


async def unpaid_reasons(actor: Actor, since: date) -> list[tuple[str, int]]:
    """How many payments since then earned nothing, by reason, the most frequent first."""
    if not actor.may(Permission.COMMISSIONS_READ):
        return []
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT reason, count(*) AS count FROM attribution_commission"
            f" WHERE {visible_sql(actor, 'partner_id')} AND period >= $1 AND outcome = 'zero'"
            " GROUP BY 1 ORDER BY 2 DESC, 1",
            since,
        )
    return [(row["reason"], row["count"]) for row in rows]


async def decided_by_month(actor: Actor, since: date, zone: str) -> list[tuple[date, str, int]]:
    """Registrations decided, by month and outcome (`approved`, `rejected`)."""
    async with db.transaction(actor):
        # Month by month, so that an index alone counts each: working out the month of every row took ten times as long.
        rows = await db.sql(
            "SELECT m.month::date AS month, c.rejected, c.decided FROM generate_series($1::date::timestamp,"
            " $3::timestamptz AT TIME ZONE $2, interval '1 month') AS m(month) CROSS JOIN LATERAL (SELECT"
            " count(*) FILTER (WHERE state = 'rejected') AS rejected, count(*) AS decided FROM partners_deal"
            f" WHERE {visible_sql(actor, 'partner_id')} AND state IN ('approved', 'rejected', 'expired', 'revoked')"
            " AND decided_at >= m.month AT TIME ZONE $2"
            " AND decided_at < (m.month + interval '1 month') AT TIME ZONE $2) c",
            since, zone, clock.now(),
        )  # fmt: skip
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


async def programme(actor: Actor) -> Programme:
    """Counts for the vendor's side."""
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT (SELECT count(*) FROM partners_company WHERE status = 'active') AS partners,"
            " (SELECT count(*) FROM (SELECT FROM partners_deal WHERE closed_at IS NULL AND state IN"
            f" ('submitted', 'in_review', 'info_requested', 'approved') LIMIT {MOST_COUNTED + 1}) o) AS deals,"
            " (SELECT count(*) FROM partners_deal WHERE state IN ('submitted', 'in_review')) AS waiting"
        )
    return Programme(row["partners"], row["deals"], row["waiting"]) if row else Programme(0, 0, 0)
