"""Decisions that end an approval: one person asks, another agrees to exactly that, and nothing changes before."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.conflicts import queries
from partners.conflicts.checking import CONFLICT
from partners.conflicts.judging import check_judge, hold_room, judges_of, owners_of
from partners.conflicts.queries import AwardView, Room
from partners.conflicts.rules import FATE_LABELS, GROUND_LABELS, AwardState
from partners.conflicts.settling import Ending, losers_of, own_words_json, settle
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

AWARD: Final = "award"
_TEMPLATE: Final = "partners/conflicts/pages/award.html"


async def ask(actor: Actor, room: Room, ending: Ending, now: datetime) -> UUID:
    """Put a decision to a second person, on the open unit that holds the room; the request's id."""
    award_id = new_id()
    content = _sha256(replace(room, version=room.version + 1), award_id, ending)
    request_id = await approvals.request(
        actor, CONFLICT, room.id, AWARD, content_sha256=content, summary=room.account_name,
        needs=Permission.DEALS_DECIDE, now=now,
    )  # fmt: skip
    parts = ending.parts
    await db.sql(
        "INSERT INTO partners_conflict_award (id, conflict, number, state, winner, ground, note, words, own_words,"
        " joining, lead_percent, joining_percent, proposed, proposed_rule, policy_version, content_sha256,"
        " requested_by, requested_at, decision_note)"
        " VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '')",
        award_id, room.id, len(room.decisions) + 1, ending.winner, ending.ground.value, ending.note, ending.words,
        own_words_json(ending.own_words), ending.joining, parts.lead_percent if parts else None,
        parts.joining_percent if parts else None, ending.proposed, ending.proposed_rule, ending.policy_version,
        content, actor.membership_id, now,
    )  # fmt: skip
    # Whoever has an older page open reads again what was asked before deciding.
    await db.sql("UPDATE partners_conflict SET version = version + 1, changed_at = $2 WHERE id = $1", room.id, now)
    return request_id


async def withdraw(actor: Actor, conflict_id: UUID, *, now: datetime) -> None:
    """Take back what one asked a second person. Raises NotFound, NotAllowed for another's, Conflict when none waits."""
    async with db.transaction(actor):
        await _hold_request(conflict_id)
        room = await hold_room(actor, conflict_id)
        if room.asked is None:
            raise Conflict(_("Nothing waits for a second person here any more."), code="decided")
        if room.asked.requested_by != actor.membership_id:
            raise NotAllowed(_("Somebody else asked for this, and only that person takes it back."), code="other")
        await _end(actor, room.asked, conflict_id, AwardState.WITHDRAWN, now)


async def lapse(conflict_id: UUID, *, now: datetime) -> None:
    """End what was asked when the claims are no longer those that it was asked about. Running twice does no harm."""
    async with db.transaction(SYSTEM):
        if not await _hold_request(conflict_id):
            return
        room = await hold_room(SYSTEM, conflict_id)
        if room.asked is not None and not is_same(room, room.asked):
            await _end(SYSTEM, room.asked, conflict_id, AwardState.LAPSED, now)


async def _hold_request(conflict_id: UUID) -> bool:
    """Lock what waits, before the room as whoever decides does, so that two at once never wait for each other."""
    return bool(
        await db.sql(
            "SELECT id FROM approvals_request WHERE subject_id = $1 AND verb = $2 AND decision = 'pending' FOR UPDATE",
            conflict_id, AWARD,
        )
    )  # fmt: skip


async def _end(actor: Actor, award: AwardView, conflict_id: UUID, state: AwardState, now: datetime) -> None:
    """Void the request without anybody's answer, and say so."""
    await approvals.withdraw(actor, conflict_id, AWARD)
    await db.sql(
        "UPDATE partners_conflict_award SET state = $2, decided_at = $3 WHERE id = $1", award.id, state.value, now
    )
    await record(actor, f"conflict.award_{state}", CONFLICT, conflict_id, now=now)


async def _content_hash(actor: Actor, conflict_id: UUID) -> str:
    """Of the award, and of those it is made against as they stand now. Raises Conflict when nothing waits."""
    room = await hold_room(actor, conflict_id)
    return _current(room, _waiting(room))


@approvals.decides(CONFLICT, AWARD, _content_hash)
async def _decided(actor: Actor, asked: approvals.Request, approved: bool, note: str, now: datetime) -> None:  # noqa: FBT001 -- the shape of every handler
    """Settle the conflict as was asked, or leave it as it is and say so. Raises Conflict for who has no say in it."""
    room = await hold_room(actor, asked.subject_id)
    award = _waiting(room)
    check_judge(actor, room)
    await db.sql(
        "UPDATE partners_conflict_award SET state = $2, decided_by = $3, decided_at = $4, decision_note = $5"
        " WHERE id = $1",
        award.id, (AwardState.AGREED if approved else AwardState.REFUSED).value, actor.membership_id, now, note,
    )  # fmt: skip
    if not approved:
        await record(actor, "conflict.award_refused", CONFLICT, room.id, now=now, note=note)
        return
    await settle(actor, room, replace(_ending(award), agreed_by=actor.membership_id), now, note=note)


@requests.presents(CONFLICT, AWARD, lambda summary: _("Who goes on with %(customer)s") % {"customer": summary})
async def _content(actor: Actor, conflict_id: UUID) -> requests.Content:
    """What whoever agrees has to see: who goes on and why, who loses what, and what each of them reads."""
    room = await queries.get_room(actor, conflict_id)
    award = room.award
    if award is None:
        raise NotFound
    joining = room.claim(award.parts.joining) if award.parts else None
    context: dict[str, Any] = {
        "room": room,
        "award": award,
        "winner": room.claim(award.winner),
        "joining": joining,
        "ground": _(GROUND_LABELS[award.ground]),
        "proposed": room.claim(award.proposed),
        "proposed_by": _(GROUND_LABELS[award.proposed_rule]) if award.proposed_rule else "",
        "losers": [
            (one, _(FATE_LABELS[one.fate])) for one in losers_of(room, award.winner, joining.id if joining else None)
        ],
    }
    path = f"/partners/conflicts/{conflict_id}"
    if room.asked is None:
        return requests.Content(award.content_sha256, _TEMPLATE, context, path)
    barred = frozenset(owners_of(room) | judges_of(room))
    return requests.Content(_current(room, award), _TEMPLATE, context, path, barred)


def is_same(room: Room, award: AwardView) -> bool:
    """Whether what was asked can still be agreed to: the claims are those that it was asked about."""
    return room.is_waiting and _current(room, award) == award.content_sha256


def _waiting(room: Room) -> AwardView:
    """What waits for a second person. Raises Conflict without it."""
    if room.asked is None:
        raise Conflict(_("This has been decided already."), code="decided")
    return room.asked


def _ending(award: AwardView) -> Ending:
    """The decision as it was asked."""
    return Ending(
        award.winner, award.ground, award.note, award.words, award.own_words, award.parts, award.proposed,
        award.proposed_rule, award.policy_version, award.requested_by,
    )  # fmt: skip


def _current(room: Room, award: AwardView) -> str:
    return _sha256(room, award.id, _ending(award))


def _sha256(room: Room, award_id: UUID, ending: Ending) -> str:
    """Of all that was decided, the room's version, and how each stands that goes on or that it is decided against."""
    parts = [ending.parts.lead_percent, ending.parts.joining_percent] if ending.parts else []
    content = [
        str(room.id), room.version, str(award_id), str(ending.winner), ending.ground, ending.note, ending.words,
        sorted((str(claim), said) for claim, said in ending.own_words.items()), str(ending.joining), parts,
        sorted((str(one.id), one.fate) for one in losers_of(room, ending.winner, ending.joining)),
        [one.fate for one in room.claims if one.id in {ending.winner, ending.joining}],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
