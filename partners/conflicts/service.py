"""What can be done about a conflict: note the customer's own choice, decide it, or keep what two partners agreed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from partners.conflicts import queries, rules
from partners.conflicts.checking import CONFLICT, canonical_of, lock_customer
from partners.conflicts.queries import ClaimView, Room
from partners.conflicts.rules import GROUND_OF, Ground, Parts, Result
from partners.customers.mentions import names_in
from partners.deals import doors, handing
from partners.deals import service as deals
from partners.deals.agreeing import agree_role
from partners.deals.service import Said
from partners.deals.states import DealRole, DealState, RejectCode, Stage
from partners.deals.tables import Deal
from partners.opportunities.service import close_opportunity
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Award:
    """Who goes on, on what ground, why, and what those read who do not."""

    winner: UUID
    ground: Ground
    note: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two partners agreed on; the words go to the one that joins and to whoever else loses."""

    parts: Parts
    note: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Ending:
    """What is written of a decision."""

    winner: ClaimView
    losers: Sequence[ClaimView]
    ground: Ground
    note: str
    words: str
    parts: Parts | None = None


async def record_choice(
    actor: Actor, conflict_id: UUID, claim_id: UUID, *, words: str, evidence: str = "", now: datetime
) -> None:
    """Note whom the customer wants, in whose words and by what evidence; the rules then ask it.

    Raises NotFound, NotAllowed, Invalid, and Conflict when nothing is to be decided any more.
    """
    async with db.transaction(actor):
        room = await _room_to_decide(actor, conflict_id, None)
        chosen = _waiting_claim(room, claim_id, "claim")
        said = words.strip()
        if not said:
            raise Invalid({"words": _("Write what the customer said, and who said it.")})
        await db.sql(
            "UPDATE partners_conflict SET chosen = $2, choice_words = $3, choice_evidence = $4, chosen_by = $5,"
            " chosen_at = $6, changed_at = $6, version = version + 1 WHERE id = $1",
            conflict_id, chosen.id, said, evidence.strip(), actor.membership_id, now,
        )  # fmt: skip
        await record(
            actor, "conflict.choice_recorded", CONFLICT, conflict_id, changes={"chosen": [None, chosen.label]},
            note=said, now=now,
        )  # fmt: skip


async def decide(actor: Actor, conflict_id: UUID, award: Award, *, now: datetime, version: int | None = None) -> None:
    """Let one go on: registrations in its way are rejected with these words, direct sales in its way are closed.

    The winner is left to be approved. Raises NotFound, NotAllowed, Invalid for words that are missing or name a
    rival, and Conflict: decided already, another version, one's own case, or an approval that must be revoked first.
    """
    async with db.transaction(actor):
        room = await _room_to_decide(actor, conflict_id, version)
        winner = _waiting_claim(room, award.winner, "winner")
        if award.ground == Ground.AGREEMENT:
            raise Invalid({"ground": _("An agreement has two partners: fill in their parts.")})
        losers = _in_the_way(room, winner)
        await _end(actor, room, _Ending(winner, losers, award.ground, award.note.strip(), award.words.strip()), now)


async def agree(
    actor: Actor, conflict_id: UUID, agreement: Agreement, *, now: datetime, version: int | None = None
) -> None:
    """Let two partners go on: one is protected once approved, the other joins as co-sell; others lose.

    Raises what `decide` raises, and Invalid for parts that do not add up.
    """
    parts = agreement.parts
    async with db.transaction(actor):
        room = await _room_to_decide(actor, conflict_id, version)
        lead, joining = _waiting_claim(room, parts.lead, "lead"), _waiting_claim(room, parts.joining, "joining")
        if lead.is_direct or joining.is_direct:
            raise Invalid({"lead": _("Two partners agree; a sale of the vendor's own is no part of it.")})
        if joining not in _in_the_way(room, lead):
            raise Invalid({"joining": _("Choose two that stand in each other's way.")})
        if not rules.adds_up(parts):
            raise Invalid({"joining_percent": _("The two parts add up to 100, and each gets at least 1.")})
        losers = [claim for claim in _in_the_way(room, lead) if claim.id != joining.id]
        note, words = agreement.note.strip(), agreement.words.strip()
        await _end(actor, room, _Ending(lead, losers, Ground.AGREEMENT, note, words, parts), now)


async def _room_to_decide(actor: Actor, conflict_id: UUID, version: int | None) -> Room:
    """The conflict, locked, with its customer. Raises NotFound, NotAllowed, Conflict."""
    actor.require(Permission.DEALS_DECIDE)
    row = await db.sql_one("SELECT account FROM partners_conflict WHERE id = $1", conflict_id)
    if row is None:
        raise NotFound
    await lock_customer(await canonical_of(row["account"]))
    await db.sql("SELECT id FROM partners_conflict WHERE id = $1 FOR UPDATE", conflict_id)
    room = await queries.get_room(actor, conflict_id)
    if not room.is_waiting:
        raise Conflict(_("Nothing is left to decide here."), code="decided")
    if version is not None and version != room.version:
        raise Conflict(_("This has moved on since you opened it. Look again and decide anew."), code="version")
    if any(claim.is_direct and claim.owner_id == actor.membership_id for claim in room.waiting):
        raise Conflict(_("One of these sales is yours, so somebody else decides who goes on."), code="own_case")
    if any(one.decided_by == actor.membership_id for one in room.decisions):
        raise Conflict(
            _("You decided this the first time. The appeal is decided by another person."), code="second_person"
        )
    return room


def _waiting_claim(room: Room, claim_id: UUID, field: str) -> ClaimView:
    """One of those among whom is decided. Raises Invalid."""
    found = next((claim for claim in room.waiting if claim.id == claim_id), None)
    if found is None:
        raise Invalid({field: _("Choose one of those who claim the customer.")})
    return found


def _in_the_way(room: Room, winner: ClaimView) -> list[ClaimView]:
    ids = {one.id for one in rules.rivals_of(winner.as_claim(), [claim.as_claim() for claim in room.waiting])}
    return [claim for claim in room.waiting if claim.id in ids]


async def _end(actor: Actor, room: Room, ending: _Ending, now: datetime) -> None:
    """Write the decision and have everything done that follows from it."""
    in_force = await queries.find_rules(actor, now)
    proposal = queries.proposal_of(room, in_force.document, now)
    rule = proposal.rule if proposal.winner == ending.winner.id else None
    followed = rule is not None and GROUND_OF[rule] == ending.ground
    _check_words(room, ending, follows=followed)
    number = len(room.decisions) + 1
    await db.sql(
        "INSERT INTO partners_conflict_decision (id, conflict, number, winner, ground, proposed, proposed_rule, note,"
        " words, decided_by, decided_at, policy_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new_id(), room.id, number, ending.winner.id, ending.ground.value, proposal.winner,
        proposal.rule.value if proposal.rule else "", ending.note, ending.words, actor.membership_id, now,
        in_force.version_id,
    )  # fmt: skip
    await _mark(room, ending)
    await _carry_out(actor, ending, now)
    await db.sql(
        "UPDATE partners_conflict SET state = 'decided', winner = $2, ground = $3, followed = $4, decided_at = $5,"
        " changed_at = $5, version = version + 1 WHERE id = $1",
        room.id, ending.winner.id, ending.ground.value, followed, now,
    )  # fmt: skip
    changes: dict[str, Any] = {
        "state": [room.state, "decided"],
        "winner": [None, ending.winner.label],
        "ground": [None, ending.ground.value],
        "followed": [None, followed],
    }
    if ending.parts:
        changes["parts"] = [None, [ending.parts.lead_percent, ending.parts.joining_percent]]
    await record(actor, "conflict.decided", CONFLICT, room.id, changes=changes, note=ending.note, now=now)


def _check_words(room: Room, ending: _Ending, *, follows: bool) -> None:
    """Raise Invalid for words that are missing, or that tell a partner who its rival is."""
    told = [claim for claim in room.waiting if claim.partner_id is not None and claim.id != ending.winner.id]
    told = [claim for claim in told if claim in ending.losers or _joins(ending, claim)]
    if told and not ending.words:
        raise Invalid({"words": _("Write what those read who do not go on.")})
    if not follows and ending.ground != Ground.AGREEMENT and not ending.note:
        raise Invalid({"note": _("Say why, since this is not what the rules propose.")})
    names = [name for claim in room.claims for name in (claim.partner_name, claim.label) if claim.partner_id]
    people = [claim.owner_name for claim in room.claims if claim.partner_id]
    if found := names_in(ending.words, [*names, *people]):
        raise Invalid(
            {"words": _("Partners read these words, and they name %(name)s. Write them so that nobody learns who"
                        " else is there.") % {"name": found[0]}}
        )  # fmt: skip


def _joins(ending: _Ending, claim: ClaimView) -> bool:
    return ending.parts is not None and ending.parts.joining == claim.id


async def _mark(room: Room, ending: _Ending) -> None:
    """What became of each claim."""
    for claim in room.waiting:
        part = None
        result = Result.LOST if claim in ending.losers else Result.FREE
        if claim.id == ending.winner.id:
            result, part = Result.WON, ending.parts.lead_percent if ending.parts else None
        elif ending.parts and _joins(ending, claim):
            result, part = Result.SHARED, ending.parts.joining_percent
        await db.sql(
            "UPDATE partners_conflict_claim SET result = $2, part_percent = $3 WHERE id = $1",
            claim.id, result.value, part,
        )  # fmt: skip


async def _carry_out(actor: Actor, ending: _Ending, now: datetime) -> None:
    """Reject, close and let join, in the order of the ids, so that two at once never wait for each other."""
    code = RejectCode.DIRECT_OPPORTUNITY if ending.winner.is_direct else RejectCode.DUPLICATE
    for claim in sorted(ending.losers, key=lambda one: one.subject):
        if claim.is_direct:
            await close_opportunity(actor, claim.subject, Stage.LOST, note=ending.note, now=now)
            continue
        if claim.state == DealState.APPROVED:
            raise Conflict(
                _("%(number)s is approved. Its approval has to be revoked before somebody else can go on.")
                % {"number": claim.label},
                code="approved",
            )
        if claim.state == DealState.SUBMITTED:
            await deals.move_deal(actor, claim.subject, "take", now=now)
        await deals.move_deal(actor, claim.subject, "reject", said=Said(ending.words, code), now=now)
    if ending.parts:
        joining = ending.parts.joining
        subject = await db.sql_value("SELECT subject FROM partners_conflict_claim WHERE id = $1", joining)
        await agree_role(actor, subject, DealRole.CO_SELL, note=ending.words, now=now)


@doors.guards_approval
@handing.guards_handover
async def keep_undecided(_actor: Actor, deal: Deal, _now: datetime) -> None:
    """A deal is neither approved nor handed over while a conflict about it is open, nor when it lost one.

    Raises Conflict.
    """
    result = await db.sql_value(
        "SELECT result FROM partners_conflict_claim WHERE kind = 'registration' AND subject = $1"
        " ORDER BY result = 'waiting' DESC, joined_at DESC, id LIMIT 1",
        deal.id,
    )
    if result == Result.WAITING:
        raise Conflict(
            _("Others claim this customer too. Decide the conflict first; its room is shown on this page."),
            code="conflict",
        )
    if result == Result.LOST:
        raise Conflict(_("The conflict about this customer was decided against this deal."), code="conflict_lost")
