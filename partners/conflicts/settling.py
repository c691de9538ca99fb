"""How a conflict ends: against whom it is decided, the decision's row, and everything that follows from it at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from partners.conflicts import agreements, rules
from partners.conflicts.checking import CONFLICT
from partners.conflicts.queries import ClaimView, Room
from partners.conflicts.rules import GROUND_OF, ClaimKind, Fate, Ground, Parts, Result, Rule
from partners.deals import queries as deal_queries
from partners.deals import service as deals
from partners.deals.agreeing import agree_role
from partners.deals.revoking import end_approval
from partners.deals.rules import is_running
from partners.deals.service import Said
from partners.deals.states import DealRole, DealState, RejectCode, Stage
from partners.opportunities.service import close_opportunity
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Ending:
    """What is decided: who goes on and why, what each of the others reads, what the rules proposed, and by whom."""

    winner: UUID
    ground: Ground
    note: str
    words: str
    own_words: Mapping[UUID, str]
    """By claim: what this one reads instead."""
    parts: Parts | None
    proposed: UUID | None
    proposed_rule: str
    policy_version: UUID | None
    decided_by: UUID
    agreed_by: UUID | None = None
    """The second person, which ending an approval needs."""

    @property
    def followed(self) -> bool:
        """Whether it is what the rules proposed."""
        return (
            self.proposed == self.winner
            and bool(self.proposed_rule)
            and GROUND_OF[Rule(self.proposed_rule)] == self.ground
        )

    @property
    def joining(self) -> UUID | None:
        """The claim that joins by an agreement."""
        return self.parts.joining if self.parts else None

    def words_to(self, claim_id: UUID) -> str:
        """What the partner of this claim reads."""
        return self.own_words.get(claim_id, self.words)


def in_the_way(room: Room, winner: UUID) -> list[ClaimView]:
    """Those that wait and that only one of the two can have."""
    claims = [claim.as_claim() for claim in room.waiting]
    ahead = next((claim for claim in claims if claim.id == winner), None)
    ids = {one.id for one in rules.rivals_of(ahead, claims)} if ahead else set()
    return [claim for claim in room.waiting if claim.id in ids]


def losers_of(room: Room, winner: UUID, joining: UUID | None) -> list[ClaimView]:
    """Those against whom it is decided."""
    return [claim for claim in in_the_way(room, winner) if claim.id != joining]


def needs_second_person(losers: Sequence[ClaimView]) -> bool:
    """Whether an approval ends by it."""
    return any(claim.fate == Fate.REVOKE for claim in losers)


async def settle(actor: Actor, room: Room, ending: Ending, now: datetime, *, note: str) -> None:
    """Write the decision and have everything done that follows from it, on the open unit.

    `note` is what the actor says to it in the history: of two people each has said something of its own.
    Raises Conflict when one of them no longer stands as the room says, and what rejecting, closing and revoking raise.
    """
    losers = losers_of(room, ending.winner, ending.joining)
    winner = room.claim(ending.winner)
    await _hold(room, ending, losers)
    number = len(room.decisions) + 1
    await db.sql(
        "INSERT INTO partners_conflict_decision (id, conflict, number, winner, ground, proposed, proposed_rule, note,"
        " words, own_words, decided_by, agreed_by, decided_at, policy_version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        new_id(), room.id, number, ending.winner, ending.ground.value, ending.proposed,
        ending.proposed_rule, ending.note, ending.words, own_words_json(ending.own_words), ending.decided_by,
        ending.agreed_by, now, ending.policy_version,
    )  # fmt: skip
    if ending.parts:
        await agreements.keep(room.id, number, room.waiting, ending.parts, now=now)
    await _mark(room, ending, losers)
    await _carry_out(actor, room, ending, losers, now)
    await db.sql(
        "UPDATE partners_conflict SET state = 'decided', winner = $2, ground = $3, followed = $4, decided_at = $5,"
        " changed_at = $5, version = version + 1 WHERE id = $1",
        room.id, ending.winner, ending.ground.value, ending.followed, now,
    )  # fmt: skip
    changes: dict[str, Any] = {
        "state": [room.state, "decided"],
        "winner": [None, winner.label if winner else None],
        "ground": [None, ending.ground.value],
        "followed": [None, ending.followed],
    }
    if ending.parts:
        changes["parts"] = [None, [ending.parts.lead_percent, ending.parts.joining_percent]]
    await record(actor, "conflict.decided", CONFLICT, room.id, changes=changes, note=note, now=now)


def own_words_json(own_words: Mapping[UUID, str]) -> str:
    """As it is stored."""
    return json.dumps({str(claim): said for claim, said in own_words.items()}, ensure_ascii=False)


async def _hold(room: Room, ending: Ending, losers: Sequence[ClaimView]) -> None:
    """Lock all that it is decided about, in the order of the ids, so that two at once never wait for each other.

    Raises Conflict for a winner that ended meanwhile, and for a loser to which something else would happen.
    """
    concerned = {claim.subject: claim for claim in room.waiting if claim in losers or claim.id == ending.winner}
    deals_of = [subject for subject, claim in concerned.items() if not claim.is_direct]
    rows = await db.sql(
        "SELECT id, state, stage FROM partners_deal WHERE id = any($1::uuid[]) ORDER BY id FOR UPDATE", deals_of
    )
    sales = await db.sql(
        "SELECT id FROM partners_opportunity WHERE id = any($1::uuid[]) AND closed_at IS NULL ORDER BY id FOR UPDATE",
        [subject for subject, claim in concerned.items() if claim.is_direct],
    )
    now_stands = {row["id"]: _stands(row) for row in rows} | {row["id"]: Fate.CLOSE for row in sales}
    for subject, claim in concerned.items():
        fate = now_stands.get(subject, Fate.GONE)
        if fate == Fate.KEEP and claim in losers:
            raise won(claim)
        if fate == Fate.GONE or (claim in losers and fate != claim.fate):
            raise moved_on()


def _stands(row: Mapping[str, str]) -> Fate:
    """What would happen to a registration by its row; a lost sale excludes nobody any more."""
    if row["stage"] == Stage.LOST:
        return Fate.GONE
    return rules.fate_of(ClaimKind.REGISTRATION, row["state"], is_won=row["stage"] == Stage.WON)


async def _mark(room: Room, ending: Ending, losers: Sequence[ClaimView]) -> None:
    """What became of each claim."""
    for claim in room.waiting:
        part = None
        result = Result.LOST if claim in losers else Result.FREE
        if claim.id == ending.winner:
            result, part = Result.WON, ending.parts.lead_percent if ending.parts else None
        elif ending.parts and claim.id == ending.joining:
            result, part = Result.SHARED, ending.parts.joining_percent
        await db.sql(
            "UPDATE partners_conflict_claim SET result = $2, part_percent = $3 WHERE id = $1",
            claim.id, result.value, part,
        )  # fmt: skip


async def _carry_out(actor: Actor, room: Room, ending: Ending, losers: Sequence[ClaimView], now: datetime) -> None:
    """Reject, revoke, close and let join."""
    winner = room.claim(ending.winner)
    code = RejectCode.DIRECT_OPPORTUNITY if winner and winner.is_direct else RejectCode.DUPLICATE
    for claim in sorted(losers, key=lambda one: one.subject):
        words = ending.words_to(claim.id)
        if claim.is_direct:
            await close_opportunity(actor, claim.subject, Stage.LOST, note=ending.note, now=now)
            continue
        if claim.fate == Fate.REVOKE:
            await _revoke(actor, claim, ending, now)
            continue
        if claim.state == DealState.SUBMITTED:
            await deals.move_deal(actor, claim.subject, "take", now=now)
        await deals.move_deal(actor, claim.subject, "reject", said=Said(words, code), now=now)
    joining = room.claim(ending.joining)
    if joining:
        await agree_role(actor, joining.subject, DealRole.CO_SELL, note=ending.words_to(joining.id), now=now)


async def _revoke(actor: Actor, claim: ClaimView, ending: Ending, now: datetime) -> None:
    """End the approval of a claim that two people decided against. Raises Conflict when it cannot end any more."""
    deal = await deal_queries.get_deal(actor, claim.subject, lock=True)
    if ending.agreed_by is None or not is_running(DealState(deal.state), deal.protected_until, now):
        raise moved_on()
    code = rules.revoke_code(ending.ground)
    await end_approval(actor, deal, code, ending.words_to(claim.id), now)


def won(claim: ClaimView) -> Conflict:
    """Refuses what would take a sale away that was won while it was protected."""
    return Conflict(
        _("%(number)s was won while it was protected, and that stays so: nothing can be decided against it.")
        % {"number": claim.label},
        code="won",
    )


def moved_on() -> Conflict:
    """Refuses what was decided about claims that stand otherwise by now."""
    return Conflict(_("This has moved on since you opened it. Look again and decide anew."), code="version")
