"""Asking for a second person, and deciding: the one mechanism for everything that needs it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.approvals.queries import Request, get_request, list_pending
from portal.approvals.rules import Decision
from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

__all__ = ["Request", "decide", "decides", "get_request", "list_pending", "request", "withdraw"]

LONGEST_NOTE: Final = 2000

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


async def decide(
    actor: Actor, request_id: UUID, *, approve: bool, content_sha256: str, note: str, now: datetime
) -> Request:
    """Approve or reject exactly the content that was shown (`content_sha256`); the request as it was.

    Raises NotFound, NotAllowed (no right, or it is one's own request), Conflict (decided already, or changed since),
    Invalid for a refusal without words.
    """
    actor.require(Permission.APPROVALS_DECIDE)
    if not approve and not note.strip():
        raise Invalid({"note": _("Say why, so that the author knows what to change.")})
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": _("Write at most %(most)s characters.") % {"most": LONGEST_NOTE}})
    async with db.transaction(actor):
        asked = await get_request(actor, request_id, lock=True)
        actor.require(asked.needs)
        if asked.requested_by == actor.membership_id:
            raise NotAllowed(_("You asked for this yourself; somebody else has to decide."), code="second_person")
        _refuse_decided(asked)
        key = asked.subject_type, asked.verb
        current = await _HASHES[key](actor, asked.subject_id)
        if not asked.content_sha256 == content_sha256 == current:
            message = _(
                "The content is no longer the one that you were shown, so nothing was decided. Open the request again"
                " and read it; if it says that it was changed, its author has to submit it once more."
            )
            raise Conflict(message, code="content")
        decision = Decision.APPROVED if approve else Decision.REJECTED
        await db.sql(
            "UPDATE approvals_request SET decision = $2, decided_by = $3, decided_at = $4, note = $5 WHERE id = $1",
            request_id, decision.value, actor.membership_id, now, note.strip(),
        )  # fmt: skip
        await _HANDLERS[key](actor, asked, approve, note.strip(), now)
    return asked


def _refuse_decided(asked: Request) -> None:
    """Raise Conflict unless the request still waits."""
    if asked.decision == Decision.VOID:
        message = _(
            "This request was withdrawn because the content was changed. It comes back as a new request when the"
            " author submits it again."
        )
        raise Conflict(message, code="void")
    if asked.decision != Decision.PENDING:
        raise Conflict(_("This has been decided already."), code="decided")


async def withdraw(actor: Actor, subject_id: UUID, verb: str) -> None:
    """Void the pending request of a subject whose content is to change."""
    async with db.transaction(actor):
        await db.sql(
            "UPDATE approvals_request SET decision = 'void' WHERE subject_id = $1 AND verb = $2"
            " AND decision = 'pending'",
            subject_id, verb,
        )  # fmt: skip
