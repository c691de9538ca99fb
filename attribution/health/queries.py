"""What can be read of health: where customers stand, their months and newest signals. Vendor-only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from attribution.health.rules import Found, Level, Severity, Term
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, all_of, row_of, rows_of

SHOWN: Final = 6
"""Signals of each kind, on a customer's page."""
MONTHS: Final = 24
_LATEST: Final = "NOT EXISTS (SELECT FROM {table} n WHERE n.replaces = s.id)"
_MINE: Final = "s.account = any(partners_accounts_of($1))"


@dataclass(frozen=True, slots=True)
class HealthView:
    """Where a customer stands."""

    account_id: UUID
    account_name: str
    score: int | None
    level: Level
    terms: Mapping[Term, Found]
    as_of: date
    policy_version: UUID | None
    reckoned_at: datetime


@dataclass(frozen=True, slots=True)
class Month:
    """How a customer stood at the end of a month."""

    month: date
    score: int | None
    level: Level
    terms: Mapping[Term, int | None]
    as_of: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What others may build on: the score, None where not enough is known, and the level."""

    score: int | None
    level: Level


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of use."""

    day: date
    product_name: str
    product_name_zh: str
    amount: int
    licensed: int | None


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket."""

    number: str
    severity: Severity
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class SurveyView:
    """An answer."""

    answered_on: date
    score: Decimal
    highest: int
    comment: str


@dataclass(frozen=True, slots=True)
class Signals:
    """The newest of each kind, as they hold now."""

    readings: Sequence[Reading]
    tickets: Sequence[TicketView]
    answers: Sequence[SurveyView]


async def find_health(actor: Actor, account_id: UUID) -> HealthView | None:
    """Where a customer stands; None where it is none, is dormant, or nothing was reckoned yet. Raises NotAllowed."""
    found: HealthView | None = await db.ask_alone(actor, health_of(actor, account_id))
    return found


def health_of(actor: Actor, account_id: UUID) -> Question:
    """The question of `find_health`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.HEALTH_READ)
    return row_of(
        "SELECT h.*, a.legal_name AS account_name FROM attribution_health h"
        " JOIN partners_account a ON a.id = h.account WHERE h.id = partners_canonical_account($1)",
        account_id, account=UUID, level=Level, as_of=date.fromisoformat, policy_version=UUID,
        reckoned_at=datetime.fromisoformat,
    ).then(lambda row: None if row is None else _health(row))  # fmt: skip


def _health(row: Mapping[str, Any]) -> HealthView:
    return HealthView(
        row["account"], row["account_name"], row["score"], row["level"],
        {term: Found(row[term.value], row["facts"].get(term.value, {})) for term in Term},
        row["as_of"], row["policy_version"], row["reckoned_at"],
    )  # fmt: skip


async def get_health(actor: Actor, account_id: UUID) -> HealthView:
    """Where a customer stands. Raises NotFound, NotAllowed."""
    found = await find_health(actor, account_id)
    if found is None:
        raise NotFound
    return found


async def list_months(actor: Actor, account_id: UUID) -> list[Month]:
    """How the customer stood month by month, oldest first, the running one last. Raises NotAllowed."""
    found: list[Month] = await db.ask_alone(actor, months_of(actor, account_id))
    return found


def months_of(actor: Actor, account_id: UUID) -> Question:
    """The question of `list_months`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.HEALTH_READ)
    return rows_of(
        "SELECT * FROM attribution_health_month WHERE account = partners_canonical_account($1)"
        " ORDER BY month DESC LIMIT $2",
        account_id, MONTHS, month=date.fromisoformat, as_of=date.fromisoformat,
    ).then(lambda rows: [_month(row) for row in reversed(rows)])  # fmt: skip


def _month(row: Mapping[str, Any]) -> Month:
    terms = {term: row[term.value] for term in Term}
    return Month(row["month"], row["score"], Level(row["level"]), terms, row["as_of"])


def signals_of(actor: Actor, account_id: UUID) -> Question:
    """The newest readings, tickets (open ones first) and answers: `Signals`. Raises NotAllowed."""
    actor.require(Permission.HEALTH_READ)
    readings = rows_of(
        "SELECT s.day, coalesce(p.name, '') AS product_name, coalesce(p.name_zh, '') AS product_name_zh, s.amount,"
        " s.licensed FROM attribution_usage s LEFT JOIN partners_product p ON p.id = s.product"
        f" WHERE {_MINE} AND {_LATEST.format(table='attribution_usage')} ORDER BY s.day DESC, s.id LIMIT $2",
        account_id, SHOWN, day=date.fromisoformat,
    ).then(lambda rows: [Reading(**row) for row in rows])  # fmt: skip
    tickets = rows_of(
        "SELECT s.source_id AS number, s.severity, s.opened_on, s.closed_on FROM attribution_ticket s"
        f" WHERE {_MINE} AND {_LATEST.format(table='attribution_ticket')}"
        " ORDER BY s.closed_on IS NOT NULL, s.opened_on DESC, s.id LIMIT $2",
        account_id, SHOWN, severity=Severity, opened_on=date.fromisoformat, closed_on=date.fromisoformat,
    ).then(lambda rows: [TicketView(**row) for row in rows])  # fmt: skip
    answers = rows_of(
        "SELECT s.answered_on, s.score::text AS score, s.highest, s.comment FROM attribution_survey s"
        f" WHERE {_MINE} AND {_LATEST.format(table='attribution_survey')}"
        " ORDER BY s.answered_on DESC, s.id LIMIT $2",
        account_id, SHOWN, answered_on=date.fromisoformat, score=Decimal,
    ).then(lambda rows: [SurveyView(**row) for row in rows])  # fmt: skip
    return all_of(readings, tickets, answers).then(lambda found: Signals(*found))


async def list_standings(actor: Actor, account_ids: Iterable[UUID] | None = None) -> dict[UUID, Standing]:
    """Score and level by customer, of these accounts' customers or of all: what reports by partner or tier build on.

    A customer that is not in it is dormant, or none. Raises NotAllowed.
    """
    actor.require(Permission.HEALTH_READ)
    asked = () if account_ids is None else (list(account_ids),)
    only = " WHERE id = any(SELECT partners_canonical_account(x) FROM unnest($1::uuid[]) AS x)" if asked else ""
    async with db.transaction(actor):
        rows = await db.sql(f"SELECT id, score, level FROM attribution_health{only}", *asked)
    return {row["id"]: Standing(row["score"], Level(row["level"])) for row in rows}


async def list_countries(actor: Actor) -> list[str]:
    """The countries of customers with health."""
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT DISTINCT a.country FROM attribution_health h"
            " JOIN partners_account a ON a.id = h.account WHERE a.country <> '' ORDER BY a.country"
        )
    return [row["country"] for row in rows]


async def find_partner_name(actor: Actor, chosen: str) -> str:
    """The name of a partner, for the filter that a link has set; empty for an unknown one."""
    async with db.transaction(actor):
        return str(await db.sql_value("SELECT legal_name FROM partners_company WHERE id = $1", UUID(chosen)) or "")
