"""What can be read of visitors: one with its touches and whom it was taken for. Vendor-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from attribution.touchpoints.rules import TouchKind
from attribution.visits.policy import DEFAULT, KEY, Website
from attribution.visits.rules import LinkRule
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.policies.queries import in_force

MOST_TOUCHES: Final = 100


@dataclass(frozen=True, slots=True)
class VisitorTouch:
    """A touch of a visitor."""

    id: UUID
    kind: TouchKind
    occurred_at: datetime
    asset: str
    source: str
    source_zh: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """Whom a visitor was taken for, and why."""

    account_id: UUID
    account_name: str
    contact_id: UUID | None
    contact_name: str
    rule: LinkRule
    linked_by: str
    """The name of who said so; empty for a rule."""
    linked_at: datetime
    undone_by: str
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitorView:
    """A visitor as its page shows it."""

    id: UUID
    visitor: str
    source_system: str
    touches: int
    consented_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    withdrawn_at: datetime | None
    latest: Sequence[VisitorTouch]
    links: Sequence[LinkView]
    """Newest first."""

    @property
    def link(self) -> LinkView | None:
        """The one that holds."""
        return next((one for one in self.links if one.undone_at is None), None)


async def get_visitor(actor: Actor, visitor_id: UUID) -> VisitorView:
    """One visitor. Raises NotFound, NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT id, visitor, source_system, touches, consented_at, first_seen_at, last_seen_at, withdrawn_at"
            " FROM attribution_visitor WHERE id = $1",
            visitor_id,
        )
        if row is None:
            raise NotFound
        touches = await db.sql(
            "SELECT t.id, t.kind, t.occurred_at, t.asset, m.path AS source, m.path_zh AS source_zh"
            " FROM attribution_touchpoint t JOIN attribution_source_node n ON n.id = t.node"
            " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id) WHERE t.visitor = $1"
            " ORDER BY t.occurred_at DESC, t.seq DESC LIMIT $2",
            row["visitor"], MOST_TOUCHES,
        )  # fmt: skip
        links = await _links(row["visitor"])
    latest = tuple(VisitorTouch(**one | {"kind": TouchKind(one["kind"])}) for one in touches)
    return VisitorView(**row, latest=latest, links=links)


async def _links(visitor: str) -> tuple[LinkView, ...]:
    rows = await db.sql(
        "SELECT l.account AS account_id, a.legal_name AS account_name, l.contact AS contact_id,"
        " coalesce(k.name, '') AS contact_name, l.rule, coalesce(p.name, '') AS linked_by, l.linked_at,"
        " coalesce(q.name, '') AS undone_by, l.undone_at FROM attribution_visitor_link l"
        " JOIN partners_account a ON a.id = l.account LEFT JOIN partners_contact k ON k.id = l.contact"
        " LEFT JOIN identity_membership m ON m.id = l.linked_by LEFT JOIN identity_person p ON p.id = m.person"
        " LEFT JOIN identity_membership u ON u.id = l.undone_by LEFT JOIN identity_person q ON q.id = u.person"
        " WHERE l.visitor = $1 ORDER BY l.linked_at DESC, l.id",
        visitor,
    )
    return tuple(LinkView(**row | {"rule": LinkRule(row["rule"])}) for row in rows)


async def sites(now: datetime) -> frozenset[str]:
    """The origins whose pages may tell of visitors today."""
    found = await in_force(SYSTEM, KEY, clock.day_of(now, formats.time_zone().key))
    document: Website = found.body if found else DEFAULT
    return frozenset(document.origins)
