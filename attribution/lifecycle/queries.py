"""What can be read about lifecycle. Vendor-only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from attribution.lifecycle.rules import EventKind, Reason
from attribution.revenue.rules import RevenueKind
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission

MOST_LINES: Final = 200
"""Of an event, on its page."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of revenue of an event."""

    id: UUID
    kind: RevenueKind
    source_id: str
    product_name: str
    net: Money
    day: date


@dataclass(frozen=True, slots=True)
class EventView:
    """A lifecycle event as its page shows it."""

    id: UUID
    kind: EventKind
    account_id: UUID
    account_name: str
    occurred_on: date
    occurred_at: datetime
    group_id: UUID | None
    group_name: str
    value: Money
    reason: Reason
    facts: Mapping[str, Any]
    partner_id: UUID | None
    partner_name: str
    term_id: UUID | None
    term_number: str
    derived_at: datetime
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a customer is in its life, for its page."""

    first_on: date | None
    last_on: date | None
    asleep_on: date
    kind: EventKind | None
    """Of the latest event; None when there is none."""
    event_id: UUID | None
    occurred_on: date | None
    events: int

    @staticmethod
    def of(row: Mapping[str, Any]) -> "Stage":
        """From a row of `STAGE`, also one that went through JSON."""
        days = {name: _day(row[name]) for name in ("first_on", "last_on", "asleep_on", "occurred_on")}
        event_id = UUID(str(row["event_id"])) if row["event_id"] else None
        return Stage(**{**row, **days, "kind": EventKind(row["kind"]) if row["kind"] else None, "event_id": event_id})


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


STAGE: Final = (
    "SELECT s.first_on, s.last_on, s.asleep_on, e.kind, e.id AS event_id, e.occurred_on,"
    " (SELECT count(*) FROM attribution_lifecycle_event n WHERE n.account = s.id) AS events"
    " FROM attribution_lifecycle_standing s LEFT JOIN LATERAL (SELECT l.kind, l.id, l.occurred_on"
    " FROM attribution_lifecycle_event l WHERE l.account = s.id ORDER BY l.occurred_on DESC, l.id LIMIT 1) e"
    " ON true WHERE s.id = partners_canonical_account($1)"
)
"""Where the customer `$1` is in its life: one row, or none when nothing was ever derived for it."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of a kind of event in a country (empty: all) in a quarter, and what happened."""

    id: UUID
    kind: EventKind
    country: str
    quarter: date
    value: Money | None
    events: int | None
    actual: Money | None
    """In the target's currency only; losses as they are, below zero."""
    actual_events: int


async def get_event(actor: Actor, event_id: UUID) -> EventView:
    """One event with its lines. Raises NotFound, NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT e.id, e.kind, e.account AS account_id, a.legal_name AS account_name, e.occurred_on, e.occurred_at,"
            " e.product_group AS group_id, coalesce(g.name, '') AS group_name, e.value_minor, e.currency, e.reason,"
            " e.facts, e.partner AS partner_id, coalesce(c.legal_name, '') AS partner_name, e.term AS term_id,"
            " coalesce(x.number, '') AS term_number, e.derived_at FROM attribution_lifecycle_event e"
            " JOIN partners_account a ON a.id = e.account LEFT JOIN partners_product_group g ON g.id = e.product_group"
            " LEFT JOIN partners_company c ON c.id = e.partner LEFT JOIN attribution_term x ON x.id = e.term"
            " WHERE e.id = $1",
            event_id,
        )
        if row is None:
            raise NotFound(_("This lifecycle event does not exist, or no longer follows from revenue and contracts."))
        lines = await db.sql(
            "SELECT r.id, r.kind, r.source_id, p.name AS product_name, r.net_minor, r.currency,"
            " (r.occurred_at AT TIME ZONE $2)::date AS day FROM attribution_lifecycle_line l"
            " JOIN attribution_revenue r ON r.id = l.line JOIN partners_product p ON p.id = r.product"
            " WHERE l.event = $1"
            " ORDER BY coalesce(r.parent, r.id), r.parent IS NOT NULL, r.occurred_at, r.seq LIMIT $3",
            event_id, formats.time_zone().key, MOST_LINES,
        )  # fmt: skip
    value = Money(row.pop("value_minor"), row.pop("currency"))
    read = {"kind": EventKind(row["kind"]), "reason": Reason(row["reason"]), "facts": json.loads(row["facts"])}
    return EventView(**{**row, **read}, value=value, lines=tuple(_line(one) for one in lines))


def _line(row: dict[str, Any]) -> LineView:
    net = Money(row.pop("net_minor"), row.pop("currency"))
    return LineView(**{**row, "kind": RevenueKind(row["kind"])}, net=net)


async def count_by_month(actor: Actor, since: date) -> dict[tuple[date, EventKind], int]:
    """How many events there were in each month from then on, by kind."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT date_trunc('month', occurred_on)::date AS month, kind, count(*) AS events"
            " FROM attribution_lifecycle_event WHERE occurred_on >= $1 GROUP BY 1, 2",
            since,
        )
    return {(row["month"], EventKind(row["kind"])): row["events"] for row in rows}


async def list_countries(actor: Actor) -> list[str]:
    """The countries of customers with lifecycle."""
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT DISTINCT a.country FROM attribution_lifecycle_standing s"
            " JOIN partners_account a ON a.id = s.account WHERE a.country <> '' ORDER BY a.country"
        )
    return [row["country"] for row in rows]


async def list_quarters(actor: Actor) -> list[date]:
    """The quarters that have targets, the latest first."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql("SELECT DISTINCT quarter FROM attribution_lifecycle_target ORDER BY quarter DESC")
    return [row["quarter"] for row in rows]


async def list_targets(actor: Actor, quarters: Sequence[date]) -> list[Target]:
    """The targets of these quarters beside what happened, by quarter, kind and country. Raises NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT t.id, t.kind, t.country, t.quarter, t.value_minor, t.currency, t.events,"
            " coalesce(sum(e.value_minor) FILTER (WHERE e.currency = t.currency), 0)::bigint AS actual_minor,"
            " count(e.id) AS actual_events FROM attribution_lifecycle_target t"
            " LEFT JOIN (attribution_lifecycle_event e JOIN partners_account a ON a.id = e.account)"
            " ON e.kind = t.kind AND e.occurred_on >= t.quarter AND e.occurred_on < t.quarter + interval '3 months'"
            " AND (t.country = '' OR a.country = t.country)"
            " WHERE t.quarter = any($1::date[]) GROUP BY t.id ORDER BY t.quarter DESC, t.kind, t.country, t.id",
            list(quarters),
        )
    return [_target(row) for row in rows]


def _target(row: dict[str, Any]) -> Target:
    currency, wanted, actual = row.pop("currency"), row.pop("value_minor"), row.pop("actual_minor")
    return Target(
        **{**row, "kind": EventKind(row["kind"])},
        value=None if wanted is None else Money(wanted, currency),
        actual=Money(actual, currency) if currency else None,
    )


async def find_name(actor: Actor, table: Literal["partners_account", "partners_company"], chosen: str) -> str:
    """The name of a customer or partner, for the filter that a link has set; empty for an unknown one."""
    async with db.transaction(actor):
        return str(await db.sql_value(f"SELECT legal_name FROM {table} WHERE id = $1", UUID(chosen)) or "")
