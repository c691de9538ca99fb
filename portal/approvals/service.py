"""Asking for a second person, and deciding: the one mechanism for everything that needs it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.approvals.rules import Decision
from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands."""

    id: UUID
    subject_type: str
    subject_id: UUID
    verb: str
    content_sha256: str
    summary: str
    needs: Permission
    requested_by: UUID
    requested_at: datetime
    decision: Decision


_ONE: Final = (
    "SELECT id, subject_type, subject_id, verb, content_sha256, summary, needs, requested_by, requested_at, decision"
    " FROM approvals_request WHERE id = $1"
)
_ONE_LOCKED: Final = f"{_ONE} FOR UPDATE"

Handler = Callable[[Actor, Request, bool, str, datetime], Awaitable[None]]
"""(actor, request, approved, note, now): does what was decided, in the same transaction."""
_HANDLERS: Final[dict[tuple[str, str], Handler]] = {}
ContentHash = Callable[[Actor, UUID], Awaitable[str]]
_HASHES: Final[dict[tuple[str, str], ContentHash]] = {}


def decides(subject_type: str, verb: str, content_hash: ContentHash) -> Callable[[Handler], Handler]:
    """Register what happens on a decision, and how to hash the content as it is now."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[subject_type, verb] = handler
        _HASHES[subject_type, verb] = content_hash
        return handler

    return register


async def request(
    actor: Actor,
    subject_type: str,
    subject_id: UUID,
    verb: str,
    *,
    content_sha256: str,
    summary: str,
    needs: Permission,
    now: datetime,
) -> UUID:
    """Ask for a second person. Raises Conflict when one is asked already."""
    async with db.transaction(actor):
        request_id = new_id()
        made = await db.sql(
            "INSERT INTO approvals_request (id, subject_type, subject_id, verb, content_sha256, summary, needs,"
            " requested_by, requested_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (subject_id, verb) WHERE decision = 'pending' DO NOTHING RETURNING id",
            request_id, subject_type, subject_id, verb, content_sha256, summary[:300], needs.value,
            actor.membership_id, now,
        )  # fmt: skip
        if not made:
            raise Conflict(_("A second person has been asked already."), code="pending")
        await events.record(actor, "approval.requested", subject_type, subject_id, now=now, command_id=request_id)
    return request_id


async def get_request(actor: Actor, request_id: UUID, *, lock: bool = False) -> Request:
    """One request. Raises NotFound."""
    actor.require(Permission.APPROVALS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            _ONE_LOCKED if lock else _ONE, request_id
        )
    if row is None:
        raise NotFound
    return _request(row)


async def decide(
    actor: Actor, request_id: UUID, *, approve: bool, content_sha256: str, note: str, now: datetime
) -> Request:
    """Approve or reject exactly the content that was shown (`content_sha256`).

    Raises NotFound, NotAllowed (no right, or it is one's own request), Conflict (decided already, or changed since).
    """
    actor.require(Permission.APPROVALS_DECIDE)
    async with db.transaction(actor):
        asked = await get_request(actor, request_id, lock=True)
        actor.require(asked.needs)
        if asked.requested_by == actor.membership_id:
            raise NotAllowed(_("You asked for this yourself; somebody else has to decide."), code="second_person")
        if asked.decision != Decision.PENDING:
            raise Conflict(_("This has been decided already."), code="decided")
        key = asked.subject_type, asked.verb
        current = await _HASHES[key](actor, asked.subject_id)
        if not asked.content_sha256 == content_sha256 == current:
            raise Conflict(_("The content has changed since it was submitted. Look again."), code="content")
        decision = Decision.APPROVED if approve else Decision.REJECTED
        await db.sql(
            "UPDATE approvals_request SET decision = $2, decided_by = $3, decided_at = $4, note = $5 WHERE id = $1",
            request_id, decision.value, actor.membership_id, now, note,
        )  # fmt: skip
        await _HANDLERS[key](actor, asked, approve, note, now)
    return asked


async def withdraw(actor: Actor, subject_id: UUID, verb: str) -> None:
    """Void the pending request of a subject whose content is to change."""
    async with db.transaction(actor):
        await db.sql(
            "UPDATE approvals_request SET decision = 'void' WHERE subject_id = $1 AND verb = $2"
            " AND decision = 'pending'",
            subject_id, verb,
        )  # fmt: skip


async def list_pending(actor: Actor) -> list[Request]:
    """What waits for a decision that this actor may make, oldest first."""
    if not actor.may(Permission.APPROVALS_DECIDE):
        return []
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, subject_type, subject_id, verb, content_sha256, summary, needs, requested_by, requested_at,"
            " decision FROM approvals_request WHERE decision = 'pending' AND requested_by <> $1 ORDER BY requested_at",
            actor.membership_id,
        )
    return [one for row in rows if actor.may((one := _request(row)).needs)]


def _request(row: dict[str, Any]) -> Request:
    return Request(**{**row, "needs": Permission(row["needs"]), "decision": Decision(row["decision"])})
