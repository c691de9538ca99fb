"""What can be read of the journey to one lifecycle event. Vendor-only."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from attribution.credits import queries as runs
from attribution.credits.queries import RunView
from attribution.credits.rules import RunState
from attribution.lifecycle.rules import EventKind
from attribution.reports.frozen import EventCredit, credits_of
from attribution.touchpoints.rules import TouchKind
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import rows_of


@dataclass(frozen=True, slots=True)
class Event:
    """The lifecycle event that a journey led to."""

    id: UUID
    kind: EventKind
    occurred_at: datetime
    account_id: UUID
    account_name: str
    city: str
    country: str
    value: Money
    product_group: str
    reason: str


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch of the journey, with whom and by whom."""

    id: UUID
    occurred_at: datetime
    kind: TouchKind
    partner_id: UUID | None
    partner_name: str
    contact_id: UUID | None
    contact_name: str
    persona: str
    source: str
    source_zh: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Earned:
    """What a partner has earned on the event's lines in one currency."""

    partner_id: UUID
    partner_name: str
    amount: Money
    commission_id: UUID
    """The newest of them."""


@dataclass(frozen=True, slots=True)
class Journey:
    """All that its page shows."""

    event: Event
    run: RunView | None
    """None while no sealed run covers the event."""
    credits: Sequence[EventCredit]
    touches: Sequence[Touch]
    paid: Sequence[Money]
    first_paid_at: datetime | None
    earned: Sequence[Earned]


_EVENT: Final = (
    "SELECT e.id, e.kind, e.occurred_at, e.account AS account_id, a.legal_name AS account_name, a.city, a.country,"
    " e.value_minor, e.currency, coalesce(g.name, '') AS product_group, e.reason"
    " FROM attribution_lifecycle_event e JOIN partners_account a ON a.id = e.account"
    " LEFT JOIN partners_product_group g ON g.id = e.product_group WHERE e.id = $1"
)
_TOUCHES: Final = (
    "SELECT t.id, t.occurred_at, t.kind, t.partner AS partner_id, coalesce(c.legal_name, '') AS partner_name,"
    " t.contact AS contact_id, coalesce(k.name, '') AS contact_name,"
    " coalesce(k.persona, '') AS persona, m.path AS source, m.path_zh AS source_zh, t.evidence"
    " FROM attribution_touchpoint t JOIN attribution_source_node n ON n.id = t.node"
    " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id)"
    " LEFT JOIN partners_contact k ON k.id = t.contact LEFT JOIN partners_company c ON c.id = t.partner"
    " WHERE t.id = any($1::uuid[]) ORDER BY t.occurred_at, t.id"
)
_PAID: Final = (
    "SELECT r.currency, sum(r.net_minor)::bigint AS minor, min(r.occurred_at) AS first"
    " FROM attribution_lifecycle_line l JOIN attribution_revenue r ON r.id = l.line"
    " WHERE l.event = $1 AND r.kind IN ('payment', 'refund')"
    " GROUP BY r.currency ORDER BY r.currency"
)
_EARNED: Final = (
    "SELECT c.partner_id, p.legal_name AS partner_name, sum(c.amount_minor)::bigint AS minor, c.currency,"
    " (array_agg(c.id ORDER BY c.seq DESC))[1] AS commission_id"
    " FROM attribution_lifecycle_line l JOIN attribution_commission c ON c.source_id = l.line"
    " JOIN partners_company p ON p.id = c.partner_id WHERE l.event = $1"
    " GROUP BY 1, 2, 4 HAVING sum(c.amount_minor) <> 0 ORDER BY 3 DESC, 1"
)


async def get_journey(actor: Actor, event_id: UUID, run_id: UUID | None = None) -> Journey:
    """The journey as a sealed run has frozen it: the named one, else the newest. Raises NotFound, NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(_EVENT, event_id)
        if row is None:
            raise NotFound
        run = await _run(actor, run_id)
        credits_ = await asyncio.to_thread(credits_of, run, event_id) if run else []
        touched = list({one.touchpoint_id for one in credits_ if one.touchpoint_id is not None})
        touches, paid, earned = await db.ask_together([
            rows_of(_TOUCHES, touched, kind=TouchKind, occurred_at=datetime.fromisoformat,
                    **dict.fromkeys(("id", "partner_id", "contact_id"), UUID)) if touched else None,
            rows_of(_PAID, event_id, first=datetime.fromisoformat) if actor.may(Permission.REVENUE_READ) else None,
            rows_of(_EARNED, event_id, partner_id=UUID, commission_id=UUID)
            if actor.may(Permission.COMMISSIONS_READ) else None,
        ])  # fmt: skip
    paid = paid or []
    return Journey(
        _event(row),
        run if credits_ else None,
        credits_,
        [Touch(**one) for one in touches or []],
        [Money(one["minor"], one["currency"]) for one in paid],
        min((one["first"] for one in paid), default=None),
        [_earned(one) for one in earned or []],
    )


async def _run(actor: Actor, run_id: UUID | None) -> RunView | None:
    """The sealed run that is asked for, else the newest; None where there is none yet. Raises NotFound."""
    if run_id is None:
        newest = await runs.list_runs(actor, sealed=True, most=1)
        return newest[0] if newest else None
    run = await runs.get_run(actor, run_id)
    if run.state != RunState.SEALED:
        raise NotFound
    return run


def _earned(row: dict[str, Any]) -> Earned:
    return Earned(row["partner_id"], row["partner_name"], Money(row["minor"], row["currency"]), row["commission_id"])


def _event(row: dict[str, Any]) -> Event:
    value = Money(row.pop("value_minor"), row.pop("currency"))
    return Event(**{**row, "kind": EventKind(row["kind"]), "value": value})
