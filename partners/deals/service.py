"""What can be done about deals: write a draft, change what is open, and move the registration by its flow."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.deals import appealing, continuing, doors, pricing, protection, rules, running, writing
from partners.deals.locks import ASKABLE, DealField, why_locked
from partners.deals.rules import FLOW, Registration
from partners.deals.running import DEAL
from partners.deals.states import DealState, RejectCode, Stage
from partners.deals.tables import Deal
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.events import record
from portal.core.flow import LONGEST_NOTE, Move, needed_words
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.identity.handover import hands_over

_EXPIRED_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a move: words, the code of a rejection, the fields that a question opens."""

    note: str = ""
    code: str = ""
    asked: Sequence[str] = ()


NOTHING: Final = Said()


async def create_draft(actor: Actor, registration: Registration, *, now: datetime) -> UUID:
    """A draft of the actor's partner; a customer that is typed becomes a card. Raises NotAllowed, NotFound, Invalid."""
    actor.require(Permission.DEALS_WRITE)
    if actor.partner_id is None:
        raise NotAllowed(_("Only partners register deals."), code="permission")
    async with db.transaction(actor):
        earlier = await continuing.find_earlier(actor, registration)
        deal = await writing.insert_draft(actor, actor.partner_id, registration, now)
        await record(
            actor, "deal.drafted", DEAL, deal.id, partner_id=deal.partner_id,
            changes={"state": [None, DealState.DRAFT], "amount_minor": [None, deal.amount_minor],
                     "currency": [None, deal.currency]},
            now=now,
        )  # fmt: skip
        if earlier is not None:
            await running.record_of(
                actor, earlier, "deal.renewed", {"continued_by": [None, deal.number]}, "", now
            )  # fmt: skip
    return deal.id


async def register_deal(actor: Actor, registration: Registration, *, now: datetime) -> UUID:
    """Draft and submit at once: the one page that takes under a minute.

    Raises what either raises; nothing is kept then.
    """
    async with db.transaction(actor):
        deal_id = await create_draft(actor, registration, now=now)
        await move_deal(actor, deal_id, "submit", now=now)
    return deal_id


async def edit_deal(
    actor: Actor, deal_id: UUID, wanted: Registration, *, now: datetime, version: int | None = None
) -> None:
    """Make the registration say this; what is locked must say what it said before.

    Raises NotFound, NotAllowed, Invalid, and Conflict for a locked field or a version that is not the editor's.
    """
    actor.require(Permission.DEALS_WRITE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        running.check_version(deal, version)
        change = await writing.compare(deal, wanted)
        for field in change.fields:
            _check_lock(actor, deal, field)
        if not change.fields:
            return
        await writing.apply(actor, deal, change, now)
        await running.save(deal, now)
        await record(
            actor, "deal.edited", DEAL, deal_id, partner_id=deal.partner_id, changes=change.facts,
            personal=change.personal or None, now=now,
        )  # fmt: skip


async def move_deal(
    actor: Actor,
    deal_id: UUID,
    verb: str,
    *,
    now: datetime,
    said: Said = NOTHING,
    version: int | None = None,
    right: Permission | None = None,
) -> Deal:
    """Whatever `FLOW` allows from where the registration stands.

    `right`: the right that is asked for instead of the move's own, when a module above has the actor decide.
    Raises NotFound, NotAllowed, Conflict from a wrong state or version or by a rule, Invalid when words are missing.
    """
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        move = FLOW.move(DealState(deal.state), verb, actor, right=right)
        running.check_version(deal, version)
        before = deal.state
        await _EFFECTS[verb](actor, deal, said, now)
        deal.state = move.target
        await running.save(deal, now)
        changes: dict[str, Any] = {"state": [before, deal.state]}
        if move.target == DealState.APPROVED:
            changes["protected_until"] = [None, deal.protected_until]
        if move.target == DealState.REJECTED:
            changes["reject_code"] = ["", deal.reject_code]
        await running.record_of(actor, deal, move.event, changes, said.note, now)
    return deal


async def set_stage(
    actor: Actor, deal_id: UUID, verb: str, *, now: datetime, said: Said = NOTHING, version: int | None = None
) -> Deal:
    """Move the sale by `rules.STAGES`. Winning needs a running approval, losing a reason (`said.code`).

    Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        move = rules.STAGES.move(Stage(deal.stage), verb, actor)
        running.check_version(deal, version)
        _check_stage_move(deal, move, now)
        before = deal.stage
        deal.stage = move.target
        deal.closed_at = None if rules.is_open(Stage(deal.stage)) else now
        changes: dict[str, Any] = {"stage": [before, deal.stage]}
        if move.target == Stage.LOST:
            deal.lost_reason = _known_code(said.code, list(rules.LOST_LABELS))
            changes["lost_reason"] = ["", deal.lost_reason]
        if not rules.is_open(Stage(deal.stage)):
            await running.close_on(deal, now)
        await running.save(deal, now)
        await running.record_of(actor, deal, move.event, changes, said.note, now)
    return deal


async def expire_due(*, now: datetime) -> int:
    """Expire every approved deal whose protection is over and that is not won; how many. Running twice does no harm."""
    expired = 0
    while True:
        async with db.transaction(SYSTEM):
            rows = await db.sql(
                "UPDATE partners_deal SET state = 'expired', pending = '', changed_at = $1, version = version + 1"
                " WHERE id IN (SELECT id FROM partners_deal WHERE state = 'approved' AND stage <> 'won'"
                " AND protected_until <= $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id, partner_id",
                now, _EXPIRED_AT_ONCE,
            )  # fmt: skip
            await running.close_all([row["id"] for row in rows], now)
            for row in rows:
                await record(
                    SYSTEM, rules.EXPIRED_EVENT, DEAL, row["id"], partner_id=row["partner_id"],
                    changes={"state": [DealState.APPROVED, DealState.EXPIRED]}, now=now,
                )  # fmt: skip
        expired += len(rows)
        if len(rows) < _EXPIRED_AT_ONCE:
            return expired


@hands_over("deals")
async def hand_over_deals(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """Give the leaver's deals that are not closed to the successor, and its reviews; how many. Each says so."""
    rows = await db.sql(
        "UPDATE partners_deal SET owner = CASE WHEN owner = $1 THEN $2 ELSE owner END,"
        " reviewer = CASE WHEN reviewer = $1 THEN $2 ELSE reviewer END, changed_at = $3, version = version + 1"
        " WHERE (owner = $1 AND closed_at IS NULL AND state NOT IN ('rejected', 'withdrawn', 'revoked'))"
        " OR (reviewer = $1 AND state IN ('in_review', 'info_requested')) RETURNING id, partner_id",
        leaver, successor, now,
    )  # fmt: skip
    for row in rows:
        await record(
            actor, "deal.handed_over", DEAL, row["id"], partner_id=row["partner_id"],
            changes={"membership": [str(leaver), str(successor)]}, now=now,
        )  # fmt: skip
    return len(rows)


async def _submit(actor: Actor, deal: Deal, _said: Said, now: datetime) -> None:
    missing = {}
    if not await db.sql_value("SELECT EXISTS (SELECT FROM partners_deal_line WHERE deal = $1)", deal.id):
        missing["lines"] = _("Add at least one product.")
    if deal.expected_close_on is None:
        missing["expected_close_on"] = _("Say when you expect to close it.")
    missing |= await pricing.missing(deal, now)
    if missing:
        raise Invalid(missing)
    await protection.check_limit(actor, deal.partner_id, now)
    await doors.check_submission(actor, deal, now)
    deal.submitted_at = now


async def _answer(_actor: Actor, deal: Deal, said: Said, now: datetime) -> None:
    # Only what the question opened can have changed since it was submitted.
    if {"lines", "price"} & set(deal.asked_fields) and (missing := await pricing.missing(deal, now)):
        raise Invalid(missing)
    deal.answer = needed_words(said.note)


async def _take(actor: Actor, deal: Deal, _said: Said, now: datetime) -> None:
    deal.reviewer, deal.taken_at = actor.membership_id, now


async def _ask(actor: Actor, deal: Deal, said: Said, _now: datetime) -> None:
    unknown = set(said.asked) - set(ASKABLE)
    if unknown:
        raise Invalid({"asked": _("Choose one of the values offered.")})
    await appealing.check_judge(actor, deal)
    deal.reviewer = actor.membership_id
    deal.question, deal.answer = needed_words(said.note), ""
    deal.asked_fields = [field.value for field in ASKABLE if field in said.asked]


async def _approve(actor: Actor, deal: Deal, said: Said, now: datetime) -> None:
    if deal.stage == Stage.LOST:
        raise Conflict(_("The partner has lost this sale, so there is nothing to protect."), code="lost")
    await appealing.check_judge(actor, deal)
    await doors.check_approval(actor, deal, now)
    await protection.protect(actor, deal, now=now)
    await pricing.grant(actor, deal, now)
    deal.reject_code = ""
    deal.reviewer, deal.decided_at = actor.membership_id, now
    deal.decision_note = said.note.strip()[:LONGEST_NOTE]


async def _reject(actor: Actor, deal: Deal, said: Said, now: datetime) -> None:
    await appealing.check_judge(actor, deal)
    deal.reject_code = _known_code(said.code, list(RejectCode))
    deal.reviewer = deal.rejected_by = actor.membership_id
    deal.decided_at = now
    deal.decision_note = needed_words(said.note)


async def _appeal(actor: Actor, deal: Deal, said: Said, now: datetime) -> None:
    await appealing.appeal(actor, deal, said.note, now)


async def _withdraw(_actor: Actor, _deal: Deal, _said: Said, _now: datetime) -> None:
    """Nothing but the state changes; the words go to the event."""


_Effect = Callable[[Actor, Deal, Said, datetime], Awaitable[None]]
_EFFECTS: Final[dict[str, _Effect]] = {
    "submit": _submit,
    "answer": _answer,
    "take": _take,
    "ask": _ask,
    "approve": _approve,
    "reject": _reject,
    "appeal": _appeal,
    "withdraw": _withdraw,
}


def _known_code(code: str, known: Sequence[str]) -> str:
    """The code, if it is one of ours. Raises Invalid."""
    if code not in known:
        raise Invalid({"code": _("Choose a reason.")})
    return str(code)


def _check_stage_move(deal: Deal, move: Move, now: datetime) -> None:
    """Raise Conflict where the registration forbids this move of the sale."""
    if DealState(deal.state) not in rules.STAGE_STATES:
        raise Conflict(
            _("The sale is followed once the registration is submitted, and until it is refused."), code="flow"
        )
    if move.target == Stage.WON and not rules.is_running(DealState(deal.state), deal.protected_until, now):
        raise Conflict(_("A deal can be won while its approval runs, so that the win counts for you."), code="flow")


def _check_lock(actor: Actor, deal: Deal, field: DealField) -> None:
    """Raise Conflict that says why the field is locked."""
    why = why_locked(field, DealState(deal.state), deal.partner_id, actor, deal.asked_fields)
    if why:
        raise Conflict(why, code="locked")
