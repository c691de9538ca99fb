"""What can be done about visits: take a message in, forget a visitor, attach it to a customer and undo that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from attribution.visits import queries
from attribution.visits.rules import LinkRule, visitor_name
from attribution.visits.schemas import Message, ToldEvent
from portal.core import bulk, db, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, NotFound
from portal.core.events import record
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.ids import new_id, new_ids, token_hash
from portal.core.permissions import Permission
from portal.history.queries import Subject, Wording, knows, tells

TAKE: Final = "visits"
"""The job that makes touches of a message."""
SUBJECT: Final = "visitor"
_STAGED: Final = {
    "id": "uuid", "event_key": "text", "kind": "text", "page": "text", "medium": "text", "platform": "text",
    "campaign": "text", "content": "text", "keyword": "text", "referrer": "text", "email": "text",
}  # fmt: skip

tells(
    visitor__attached=Wording(N_("said which customer the visitor is"), "link", "good"),
    visitor__detached=Wording(N_("undid which customer the visitor is"), "unlink", "draft"),
)
knows(
    visitor=Subject(
        N_("Visitors"), "/visits/{id}", frozenset({Permission.TOUCHPOINTS_READ}), "world",
        table="attribution_visitor", name="visitor", is_vendors=True, fields={"account": N_("Account")},
    ),
)  # fmt: skip


async def take_message(message: Message, *, now: datetime) -> None:
    """Keep what a page told, once each, and have touches made of it; without consent forget the visitor instead."""
    key = token_hash(message.visitor)
    async with db.transaction(SYSTEM):
        if not message.consent:
            await _forget(key, now)
            return
        if not message.events:
            return
        visitor_id = await _visitor(key, now)
        batch = new_id()
        if await _keep(visitor_id, batch, message.events, now):
            await jobs.enqueue(TAKE, batch)


async def _forget(key: bytes, now: datetime) -> None:
    """No browser leads to this visitor any more; what it did stays, as somebody's whom nobody can find."""
    await db.sql("UPDATE attribution_visitor SET key_sha256 = NULL, withdrawn_at = $2 WHERE key_sha256 = $1", key, now)


async def _visitor(key: bytes, now: datetime) -> UUID:
    """The visitor of this browser, made where it is the first time."""
    visitor_id = new_id()
    found: UUID = await db.sql_value(
        "INSERT INTO attribution_visitor (id, visitor, key_sha256, touches, consented_at, first_seen_at, last_seen_at)"
        " VALUES ($1, $2, $3, 0, $4, $4, $4) ON CONFLICT (key_sha256) DO UPDATE SET last_seen_at = $4 RETURNING id",
        visitor_id, visitor_name(visitor_id), key, now,
    )  # fmt: skip
    return found


async def _keep(visitor_id: UUID, batch: UUID, events: Sequence[ToldEvent], now: datetime) -> int:
    """The receipts of those that were not told before; how many."""
    rows = [
        (
            receipt, one.id, one.kind.value, one.page.partition("?")[0], one.medium, one.source, one.campaign,
            one.content, one.term, one.referrer.lower(), one.email.lower(),
        )
        for receipt, one in zip(new_ids(len(events)), events, strict=True)
    ]  # fmt: skip
    staged = await bulk.stage(_STAGED, rows)
    columns = ", ".join(_STAGED)
    fresh = await db.sql(
        f"INSERT INTO attribution_visit ({columns}, visitor, batch, received_at) SELECT {columns}, $1, $2, $3"
        f" FROM {staged} ON CONFLICT (visitor, event_key) DO NOTHING RETURNING id",
        visitor_id, batch, now,
    )  # fmt: skip
    return len(fresh)


async def attach(actor: Actor, visitor_id: UUID, account_id: UUID, *, now: datetime) -> None:
    """Say which customer a visitor is. Raises NotAllowed, NotFound, Conflict while it is attached already."""
    actor.require(Permission.VISITORS_WRITE)
    async with db.transaction(actor):
        visitor = await queries.get_visitor(actor, visitor_id)
        known = await db.sql_value("SELECT EXISTS (SELECT FROM partners_account WHERE id = $1)", account_id)
        if not known:
            raise NotFound
        attached = await link(visitor.visitor, account_id, None, LinkRule.PERSON, actor.membership_id, now)
        if not attached:
            raise Conflict(_("This visitor is attached already. Undo that first."), code="attached")
        await record(
            actor, "visitor.attached", SUBJECT, visitor_id, now=now, changes={"account": [None, str(account_id)]}
        )


async def detach(actor: Actor, visitor_id: UUID, *, now: datetime) -> None:
    """Undo which customer a visitor is. Raises NotAllowed, NotFound, Conflict while it is attached to none."""
    actor.require(Permission.VISITORS_WRITE)
    async with db.transaction(actor):
        visitor = await queries.get_visitor(actor, visitor_id)
        row = await db.sql_one(
            "UPDATE attribution_visitor_link SET undone_at = $2, undone_by = $3 WHERE visitor = $1"
            " AND undone_at IS NULL RETURNING account",
            visitor.visitor, now, actor.membership_id,
        )  # fmt: skip
        if row is None:
            raise Conflict(_("This visitor is attached to no customer."), code="detached")
        await record(
            actor, "visitor.detached", SUBJECT, visitor_id, now=now, changes={"account": [str(row["account"]), None]}
        )


async def link(
    visitor: str, account: UUID, contact: UUID | None, rule: LinkRule, linked_by: UUID | None, now: datetime
) -> bool:
    """Attach on the open unit; False where the visitor is attached already. Whoever comes second changes nothing."""
    rows = await db.sql(
        "INSERT INTO attribution_visitor_link (id, visitor, account, contact, rule, linked_by, linked_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (visitor) WHERE undone_at IS NULL DO NOTHING RETURNING id",
        new_id(), visitor, account, contact, rule, linked_by, now,
    )  # fmt: skip
    return bool(rows)
