"""What can be read of forecasts: which snapshots there are, how deals moved since one, and what months brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from partners.deals.rules import OPEN_STAGES, PROBABILITY
from partners.deals.states import Stage
from partners.forecast.rules import BEFORE, STATES, WEEK, Became, Group, MonthKept
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.tenancy import visible_sql

MOST_SNAPSHOTS: Final = 53
"""That are offered for comparison: those of a year."""
MOST_PARTNERS: Final = 10
"""That are listed by name: those that are expected to bring most."""

_STATES: Final = ", ".join(f"'{state}'" for state in sorted(STATES))


def in_forecast(of: str) -> str:
    """The condition for a deal of the forecast (`rules.is_forecast`); `of` names the table."""
    return f"{of}.state IN ({_STATES}) AND {of}.closed_at IS NULL"


def weighted_sql(amount: str, stage: str) -> str:
    """`rules.weighted_minor` for the database: whole numbers throughout, exact for amounts that are not negative."""
    cases = " ".join(
        f"WHEN '{one}' THEN ({2 * PROBABILITY[one].numerator} * {amount} + {PROBABILITY[one].denominator})"
        f" / {2 * PROBABILITY[one].denominator}"
        for one in OPEN_STAGES
    )
    return f"CASE {stage} {cases} END"


WEIGHTED: Final = weighted_sql("{of}.amount_minor", "{of}.stage")
"""What a deal weighs now; `{of}` names the table."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen: snapshots, the newest first, and the currencies of deals, the most frequent first."""

    days: Sequence[date]
    currencies: Sequence[str]
    partner_name: str
    """Of the one partner whose deals are asked for; empty for all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which deals: one currency, perhaps one partner, beside the snapshot of a day if there is one."""

    currency: str
    since: date | None
    partner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PartnerSum:
    """What one partner's open deals weigh, in minor units."""

    partner_id: UUID
    name: str
    count: int
    weighted_then: int
    weighted_now: int


@dataclass(frozen=True, slots=True)
class Movement:
    """How deals moved, in groups; and by partner for the vendor, the largest first."""

    groups: Sequence[Group]
    partners: Sequence[PartnerSum]


async def get_offered(actor: Actor, partner_id: UUID | None = None) -> Offered:
    """What the page can be asked for. Raises NotAllowed."""
    actor.require(Permission.DEALS_READ)
    seen = visible_sql(actor, "d.partner_id")
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT array(SELECT taken_on FROM partners_forecast_snapshot ORDER BY taken_on DESC LIMIT $1) AS days,"
            f" array(SELECT d.currency FROM (SELECT d.currency FROM partners_deal d WHERE {seen} AND {in_forecast('d')}"
            f" UNION ALL SELECT d.currency FROM partners_forecast_deal d WHERE {seen} AND d.snapshot ="
            " (SELECT s.id FROM partners_forecast_snapshot s ORDER BY s.taken_on DESC LIMIT 1)) d"
            " GROUP BY 1 ORDER BY count(*) DESC, 1) AS currencies,"
            " (SELECT c.legal_name FROM partners_company c WHERE c.id = $2) AS partner_name",
            MOST_SNAPSHOTS, partner_id,
        )  # fmt: skip
    return Offered(row["days"], row["currencies"], row["partner_name"] or "") if row else Offered((), (), "")


_MONTH: Final = "date_trunc('month', {of}.expected_close_on)::date"
_MOVEMENT: Final = (
    "WITH past AS (SELECT f.deal, f.partner_id, f.stage, f.amount_minor, f.weighted_minor,"
    f" {_MONTH.format(of='f')} AS month FROM partners_forecast_deal f"
    " JOIN partners_forecast_snapshot s ON s.id = f.snapshot WHERE {seen_past} AND s.taken_on = $2 AND f.currency = $1"
    " AND ($3::uuid IS NULL OR f.partner_id = $3)),"
    f" present AS (SELECT d.id AS deal, d.partner_id, d.stage, d.amount_minor, {WEIGHTED.format(of='d')} AS weighted,"
    f" {_MONTH.format(of='d')} AS month FROM partners_deal d WHERE {{seen_now}} AND {in_forecast('d')}"
    " AND d.currency = $1 AND ($3::uuid IS NULL OR d.partner_id = $3)),"
    " moved AS (SELECT coalesce(n.partner_id, p.partner_id) AS partner_id,"
    " CASE WHEN p.deal IS NULL THEN 'new' WHEN n.deal IS NOT NULL THEN 'open' WHEN x.currency <> $1 THEN 'gone'"
    " WHEN x.stage = 'won' THEN 'won' WHEN x.stage = 'lost' THEN 'lost' ELSE 'gone' END AS became,"
    " p.stage AS stage_then, n.stage AS stage_now, p.month AS month_then, n.month AS month_now,"
    " coalesce(n.amount_minor <> p.amount_minor, false) AS is_other_amount, p.amount_minor AS amount_then,"
    " n.amount_minor AS amount_now, p.weighted_minor AS weighted_then,"
    f" {weighted_sql('n.amount_minor', 'p.stage')} AS weighted_between, n.weighted AS weighted_now"
    " FROM past p FULL JOIN present n ON n.deal = p.deal"
    # Looked up one by one: a join would read all deals there are for the few that have left the forecast.
    " LEFT JOIN LATERAL (SELECT y.currency, y.stage FROM partners_deal y WHERE y.id = p.deal AND n.deal IS NULL"
    " OFFSET 0) x ON true)"
    " SELECT g.*, c.legal_name AS name FROM (SELECT grouping(partner_id) = 0 AS is_partner, partner_id, became,"
    " stage_then, stage_now, month_then, month_now, is_other_amount, count(*) AS count, count(weighted_now) AS open,"
    " coalesce(sum(amount_then), 0)::bigint AS amount_then, coalesce(sum(amount_now), 0)::bigint AS amount_now,"
    " coalesce(sum(weighted_then), 0)::bigint AS weighted_then,"
    " coalesce(sum(weighted_between), 0)::bigint AS weighted_between,"
    " coalesce(sum(weighted_now), 0)::bigint AS weighted_now FROM moved GROUP BY GROUPING SETS"
    " ((became, stage_then, stage_now, month_then, month_now, is_other_amount), (partner_id))) g"
    " LEFT JOIN partners_company c ON c.id = g.partner_id"
)
"""One statement for both: $1 the currency, $2 the day of the snapshot, $3 the partner or null."""


async def get_movement(actor: Actor, asked: Asked) -> Movement:
    """How deals moved since the snapshot, of all that the actor may see. Without a snapshot all are new.

    Raises NotAllowed.
    """
    actor.require(Permission.DEALS_READ)
    statement = _MOVEMENT.format(
        seen_past=visible_sql(actor, "f.partner_id"),
        seen_now=visible_sql(actor, "d.partner_id"),
    )
    async with db.transaction(actor):
        rows = await db.sql(statement, asked.currency, asked.since, asked.partner_id)
    partners = [
        PartnerSum(row["partner_id"], row["name"], row["open"], row["weighted_then"], row["weighted_now"])
        for row in rows
        if row["is_partner"] and not actor.is_partner
    ]
    partners.sort(key=lambda one: (-one.weighted_now, -one.weighted_then, one.name))
    return Movement([_group(row) for row in rows if not row["is_partner"]], partners[:MOST_PARTNERS])


def _group(row: Mapping[str, Any]) -> Group:
    then, now = row["stage_then"], row["stage_now"]
    return Group(
        became=Became(row["became"]),
        stage_then=Stage(then) if then else None,
        stage_now=Stage(now) if now else None,
        month_then=row["month_then"],
        month_now=row["month_now"],
        is_other_amount=row["is_other_amount"],
        count=row["count"],
        amount_then=row["amount_then"],
        amount_now=row["amount_now"],
        weighted_then=row["weighted_then"],
        weighted_between=row["weighted_between"],
        weighted_now=row["weighted_now"],
    )


async def list_months(actor: Actor, asked: Asked, first: date, last: date) -> list[MonthKept]:
    """What was won in each month from one to another, and what was forecast for it four weeks before it was over.

    Won is what its deals are worth, by the day they were won on the vendor's calendar. Raises NotAllowed.
    """
    actor.require(Permission.DEALS_READ)
    narrowed = "AND ($4::uuid IS NULL OR {of}.partner_id = $4)"
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT m.month::date AS month, s.taken_on, CASE WHEN s.id IS NOT NULL THEN"
            " (SELECT coalesce(sum(f.weighted_minor), 0)::bigint FROM partners_forecast_deal f"
            f" WHERE {visible_sql(actor, 'f.partner_id')} AND f.snapshot = s.id AND f.currency = $1"
            " AND f.expected_close_on >= m.month AND f.expected_close_on < m.month + interval '1 month'"
            f" {narrowed.format(of='f')}) END AS forecast,"
            " (SELECT coalesce(sum(d.amount_minor), 0)::bigint FROM partners_deal d"
            f" WHERE {visible_sql(actor, 'd.partner_id')} AND d.stage = 'won' AND d.currency = $1"
            " AND d.closed_at >= m.month AT TIME ZONE $5"
            f" AND d.closed_at < (m.month + interval '1 month') AT TIME ZONE $5 {narrowed.format(of='d')}) AS won"
            " FROM generate_series($2::date::timestamp, $3::date::timestamp, interval '1 month') AS m(month)"
            " CROSS JOIN LATERAL (SELECT (m.month + interval '1 month')::date AS over) e"
            " LEFT JOIN LATERAL (SELECT id, taken_on FROM partners_forecast_snapshot"
            f" WHERE taken_on <= e.over - {BEFORE.days} AND taken_on > e.over - {(BEFORE + WEEK).days}"
            " ORDER BY taken_on DESC LIMIT 1) s ON true ORDER BY m.month",
            asked.currency, first, last, asked.partner_id, formats.time_zone().key,
        )  # fmt: skip
    return [MonthKept(row["month"], row["taken_on"], row["forecast"], row["won"]) for row in rows]
