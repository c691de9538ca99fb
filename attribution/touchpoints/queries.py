"""What can be read of touchpoints, sources and costs. Vendor-only."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from attribution.touchpoints.rules import OWN_SYSTEM, CostKind, Decision, TouchKind
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission

_ONE_DAY: Final = timedelta(days=1)


_OWN_PAGES: Final = {"deal": "/partners/deals/", "claim": "/claims/"}
"""Where that is found which a touch of the product itself was told by, by the beginning of its source id."""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision on a touch."""

    state: Decision
    reason: str
    note: str
    decided_by: str
    """The name of who decided; empty for the system."""
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class TouchpointView:
    """A touch as its page shows it."""

    id: UUID
    kind: TouchKind
    occurred_at: datetime
    precision: str
    account_id: UUID | None
    account_name: str
    contact_id: UUID | None
    contact_name: str
    persona: str
    visitor: str
    partner_id: UUID | None
    partner_name: str
    motion: str
    node_id: UUID
    source: str
    source_zh: str
    is_mapped: bool
    asset: str
    evidence: str
    cost: Money | None
    source_system: str
    source_id: str
    recorded_at: datetime
    decisions: tuple[DecisionView, ...]
    """Newest first: the first holds."""

    @property
    def told_by(self) -> str:
        """The page of the deal or claim that a touch of the product itself was told by; empty for others."""
        kind, _slash, key = self.source_id.partition("/")
        return _OWN_PAGES[kind] + key if self.source_system == OWN_SYSTEM and kind in _OWN_PAGES else ""


@dataclass(frozen=True, slots=True)
class CostView:
    """A cost as its page shows it."""

    id: UUID
    kind: CostKind
    amount: Money
    starts_on: date
    before: date
    node_id: UUID
    source: str
    source_zh: str
    note: str
    number: str
    source_system: str
    created_at: datetime
    changed_at: datetime

    @property
    def ends_on(self) -> date:
        """The last day that is in it."""
        return self.before - _ONE_DAY


@dataclass(frozen=True, slots=True)
class SourceView:
    """A node of the source tree."""

    id: UUID
    parent_id: UUID | None
    level: str
    key: str
    name: str
    name_zh: str


async def get_touchpoint(actor: Actor, touchpoint_id: UUID) -> TouchpointView:
    """One touch. Raises NotFound, NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT t.id, t.kind, t.occurred_at, t.precision, t.account AS account_id,"
            " coalesce(a.legal_name, '') AS account_name, t.contact AS contact_id,"
            " coalesce(k.name, '') AS contact_name,"
            " coalesce(k.persona, '') AS persona, t.visitor, t.partner AS partner_id,"
            " coalesce(c.legal_name, '') AS partner_name, t.motion, m.id AS node_id, m.path AS source,"
            " m.path_zh AS source_zh, m.level NOT IN ('words', 'unmapped') AS is_mapped, t.asset, t.evidence,"
            " t.cost_minor, t.currency, t.source_system, t.source_id, t.recorded_at FROM attribution_touchpoint t"
            " JOIN attribution_source_node n ON n.id = t.node"
            " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id)"
            " LEFT JOIN partners_account a ON a.id = t.account LEFT JOIN partners_contact k ON k.id = t.contact"
            " LEFT JOIN partners_company c ON c.id = t.partner WHERE t.id = $1",
            touchpoint_id,
        )
        decisions = await _decisions(touchpoint_id)
    if row is None:
        raise NotFound
    minor, currency = row.pop("cost_minor"), row.pop("currency")
    cost = None if minor is None else Money(minor, currency)
    return TouchpointView(**{**row, "kind": TouchKind(row["kind"]), "cost": cost, "decisions": decisions})


async def _decisions(touchpoint_id: UUID) -> tuple[DecisionView, ...]:
    rows = await db.sql(
        "SELECT d.state, d.reason, d.note, coalesce(p.name, '') AS decided_by, d.decided_at"
        " FROM attribution_touchpoint_decision d LEFT JOIN identity_membership m ON m.id = d.decided_by"
        " LEFT JOIN identity_person p ON p.id = m.person WHERE d.touchpoint = $1 ORDER BY d.seq DESC",
        touchpoint_id,
    )
    return tuple(DecisionView(**row | {"state": Decision(row["state"])}) for row in rows)


async def get_cost(actor: Actor, cost_id: UUID) -> CostView:
    """One cost. Raises NotFound, NotAllowed."""
    actor.require(Permission.COSTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT k.id, k.kind, k.amount_minor, k.currency, k.starts_on, k.before, m.id AS node_id,"
            " m.path AS source, m.path_zh AS source_zh, k.note, k.number, k.source_system, k.created_at, k.changed_at"
            " FROM attribution_cost k JOIN attribution_source_node n ON n.id = k.node"
            " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id) WHERE k.id = $1",
            cost_id,
        )
    if row is None:
        raise NotFound
    amount = Money(row.pop("amount_minor"), row.pop("currency"))
    return CostView(**{**row, "kind": CostKind(row["kind"]), "amount": amount})


async def list_vocabulary(actor: Actor) -> list[SourceView]:
    """The governed part of the source tree, each node after the one above it. Raises NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, parent AS parent_id, level, key, name, name_zh FROM attribution_source_node"
            " WHERE level IN ('origin', 'channel', 'platform', 'unmapped') ORDER BY level = 'unmapped', key"
        )
    return [SourceView(**row) for row in rows]


async def find_name(
    actor: Actor, table: Literal["partners_account", "partners_company", "attribution_source_node"], chosen: str
) -> str:
    """What something is called, for the filter that a link has set; empty for an unknown one."""
    column: Any = "path" if table == "attribution_source_node" else "legal_name"
    async with db.transaction(actor):
        return str(await db.sql_value(f"SELECT {column} FROM {table} WHERE id = $1", UUID(chosen)) or "")
