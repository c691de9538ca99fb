"""Sums over deals for charts: the pipeline by month and stage, and how many sales are won."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from partners.deals.rules import OPEN_STAGES, PROBABILITY
from partners.deals.states import Stage
from portal.core import db
from portal.core.actor import Actor
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, row_of, rows_of
from portal.core.tenancy import visible_sql

_FOLLOWED: Final = "state IN ('submitted', 'in_review', 'info_requested', 'approved', 'expired')"
"""`rules.STAGE_STATES`, for the database."""


@dataclass(frozen=True, slots=True)
class PipelineCell:
    """Open sales that are expected to close in one month, at one stage, in one currency."""

    month: date
    """Its first day. Sales without an expected day are in the month they were registered."""
    stage: Stage
    count: int
    amount: Money

    @property
    def weighted(self) -> Money:
        """The amount times the stage's probability."""
        return self.amount.times(PROBABILITY[self.stage])


@dataclass(frozen=True, slots=True)
class WinRate:
    """Sales that were closed in a time: won of all closed."""

    won: int
    lost: int

    @property
    def rate(self) -> Fraction | None:
        """The share that was won; None while nothing has been closed."""
        closed = self.won + self.lost
        return Fraction(self.won, closed) if closed else None


def _given(partner_id: UUID | None, manager: UUID | None) -> list[UUID]:
    """The values of `_narrowed`, which begin at $3."""
    return [one for one in (partner_id, manager) if one is not None]


def _narrowed(partner_id: UUID | None, manager: UUID | None) -> str:
    """The conditions that narrow to one partner and to one portfolio: only those that are asked for, for the index."""
    out = " AND d.partner_id = $3" if partner_id is not None else ""
    if manager is not None:
        place = f"${3 + (partner_id is not None)}"
        out += f" AND d.partner_id = any(array(SELECT c.id FROM partners_company c WHERE c.manager = {place}))"
    return out


async def list_pipeline(
    actor: Actor, *, since: date, until: date, partner_id: UUID | None = None, manager: UUID | None = None
) -> list[PipelineCell]:
    """Open sales by month of expected close (half-open), stage and currency, of all that the actor may see.

    `partner_id` narrows to one partner, `manager` to the portfolio of one of the vendor's people.
    """
    question = pipeline_of(actor, since=since, until=until, partner_id=partner_id, manager=manager)
    found: list[PipelineCell] = await db.ask_alone(actor, question)
    return found


def pipeline_of(
    actor: Actor, *, since: date, until: date, partner_id: UUID | None = None, manager: UUID | None = None
) -> Question:
    """The question of `list_pipeline`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.DEALS_READ)
    return rows_of(
        "SELECT date_trunc('month', coalesce(d.expected_close_on, d.created_at::date))::date AS month, d.stage,"
        " d.currency, count(*) AS count, sum(d.amount_minor)::bigint AS amount FROM partners_deal d"
        f" WHERE {visible_sql(actor, 'd.partner_id')} AND {_FOLLOWED.replace('state', 'd.state')}"
        " AND d.closed_at IS NULL AND coalesce(d.expected_close_on, d.created_at::date) >= $1"
        " AND coalesce(d.expected_close_on, d.created_at::date) < $2"
        f"{_narrowed(partner_id, manager)} GROUP BY 1, 2, 3",
        since, until, *_given(partner_id, manager), month=date.fromisoformat,
    ).then(_cells)  # fmt: skip


def _cells(rows: Sequence[Mapping[str, Any]]) -> list[PipelineCell]:
    cells = [
        PipelineCell(row["month"], Stage(row["stage"]), row["count"], Money(row["amount"], row["currency"]))
        for row in rows
    ]
    return sorted(cells, key=lambda cell: (cell.month, OPEN_STAGES.index(cell.stage), cell.amount.currency))


async def get_win_rate(
    actor: Actor, *, now: datetime, days: int = 365, partner_id: UUID | None = None, manager: UUID | None = None
) -> WinRate:
    """Sales won and lost in the last days, of all that the actor may see, narrowed as in `list_pipeline`."""
    question = win_rate_of(actor, now=now, days=days, partner_id=partner_id, manager=manager)
    found: WinRate = await db.ask_alone(actor, question)
    return found


def win_rate_of(
    actor: Actor, *, now: datetime, days: int = 365, partner_id: UUID | None = None, manager: UUID | None = None
) -> Question:
    """The question of `get_win_rate`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.DEALS_READ)
    return row_of(
        "SELECT count(*) FILTER (WHERE d.stage = 'won') AS won, count(*) FILTER (WHERE d.stage = 'lost') AS lost"
        f" FROM partners_deal d WHERE {visible_sql(actor, 'd.partner_id')}"
        f" AND d.closed_at > $1 AND d.closed_at <= $2{_narrowed(partner_id, manager)}",
        now - timedelta(days=days), now, *_given(partner_id, manager),
    ).then(lambda row: WinRate(row["won"], row["lost"]))  # fmt: skip
