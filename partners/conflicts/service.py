"""What can be done about a conflict: note the customer's own choice, decide it, or keep what two partners agreed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from partners.conflicts import asking, queries, rules
from partners.conflicts.checking import CONFLICT
from partners.conflicts.judging import check_judge, hold_room
from partners.conflicts.queries import ClaimView, Room
from partners.conflicts.rules import Fate, Ground, Parts, Result
from partners.conflicts.settling import (
    Ending,
    in_the_way,
    losers_of,
    moved_on,
    needs_second_person,
    settle,
    won,
)
from partners.customers.mentions import names_in
from partners.deals import doors, handing
from partners.deals.tables import Deal
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.events import record
from portal.core.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Award:
    """Who goes on, on what ground, why, and what those read who do not."""

    winner: UUID
    ground: Ground
    note: str = ""
    words: str = ""
    own_words: Mapping[UUID, str] = field(default_factory=dict)
    """By claim: what this one reads instead."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two partners agreed on; the words go to the one that joins and to whoever else loses."""

    parts: Parts
    note: str = ""
    words: str = ""
    own_words: Mapping[UUID, str] = field(default_factory=dict)


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


async def decide(
    actor: Actor, conflict_id: UUID, award: Award, *, now: datetime, version: int | None = None
) -> UUID | None:
    """Let one go on: registrations in its way are rejected with these words, direct sales in its way are closed.

    The winner is left to be approved. Where an approved deal would lose, a second person is asked: the request's id,
    and nothing has changed; once that person agrees, its approval ends too. None when it is done.
    Raises NotFound, NotAllowed, Invalid for words that are missing or name a rival, and Conflict: decided or asked
    already, another version, one's own case, or a deal in its way that was won while it was protected.
    """
    async with db.transaction(actor):
        room = await _room_to_decide(actor, conflict_id, version)
        winner = _waiting_claim(room, award.winner, "winner")
        if award.ground == Ground.AGREEMENT:
            raise Invalid({"ground": _("An agreement has two partners: fill in their parts.")})
        ending = await _ending(actor, room, winner, award, now)
        return await _conclude(actor, room, ending, now)


async def agree(
    actor: Actor, conflict_id: UUID, agreement: Agreement, *, now: datetime, version: int | None = None
) -> UUID | None:
    """Let two partners go on: one is protected once approved, the other joins as co-sell; others lose.

    Gives what `decide` gives. Raises what it raises, and Invalid for parts that do not add up.
    """
    parts = agreement.parts
    async with db.transaction(actor):
        room = await _room_to_decide(actor, conflict_id, version)
        lead, joining = _waiting_claim(room, parts.lead, "lead"), _waiting_claim(room, parts.joining, "joining")
        if lead.is_direct or joining.is_direct:
            raise Invalid({"lead": _("Two partners agree; a sale of the vendor's own is no part of it.")})
        if joining not in in_the_way(room, lead.id):
            raise Invalid({"joining": _("Choose two that stand in each other's way.")})
        if joining.fate != Fate.REJECT:
            raise Invalid({"joining": _("Only a registration that is not approved yet can join another.")})
        if not rules.adds_up(parts):
            raise Invalid({"joining_percent": _("The two parts add up to 100, and each gets at least 1.")})
        award = Award(lead.id, Ground.AGREEMENT, agreement.note, agreement.words, agreement.own_words)
        ending = await _ending(actor, room, lead, award, now, parts)
        return await _conclude(actor, room, ending, now)


async def _room_to_decide(actor: Actor, conflict_id: UUID, version: int | None) -> Room:
    """The conflict, held, for somebody who may decide it. Raises NotFound, NotAllowed, Conflict."""
    room = await hold_room(actor, conflict_id)
    if not room.is_waiting:
        raise Conflict(_("Nothing is left to decide here."), code="decided")
    if room.asked is not None:
        raise Conflict(
            _("%(name)s asked a second person about this, so it waits for that answer.")
            % {"name": room.asked.requested_by_name},
            code="asked",
        )
    if version is not None and version != room.version:
        raise moved_on()
    check_judge(actor, room)
    return room


def _waiting_claim(room: Room, claim_id: UUID, field: str) -> ClaimView:
    """One of those among whom is decided. Raises Invalid."""
    found = next((claim for claim in room.waiting if claim.id == claim_id), None)
    if found is None:
        raise Invalid({field: _("Choose one of those who claim the customer.")})
    return found


async def _ending(
    actor: Actor, room: Room, winner: ClaimView, award: Award, now: datetime, parts: Parts | None = None
) -> Ending:
    """The decision with what the rules propose today."""
    in_force = await queries.find_rules(actor, now)
    proposal = queries.proposal_of(room, in_force.document, now)
    own_words = {claim: said.strip() for claim, said in award.own_words.items() if said.strip()}
    return Ending(
        winner.id, award.ground, award.note.strip(), award.words.strip(), own_words, parts, proposal.winner,
        proposal.rule.value if proposal.rule else "", in_force.version_id, actor.membership_id,
    )  # fmt: skip


async def _conclude(actor: Actor, room: Room, ending: Ending, now: datetime) -> UUID | None:
    """Settle it, or have a second person asked where an approval would end by it."""
    losers = losers_of(room, ending.winner, ending.joining)
    _check_words(room, ending, losers)
    for claim in losers:
        if claim.fate == Fate.KEEP:
            raise won(claim)
    if needs_second_person(losers):
        return await asking.ask(actor, room, ending, now)
    await settle(actor, room, ending, now, note=ending.note)
    return None


def _check_words(room: Room, ending: Ending, losers: Sequence[ClaimView]) -> None:
    """Raise Invalid for words that are missing, meant for nobody, or that tell a partner who its rival is."""
    problems = {}
    told = {claim.id for claim in losers if not claim.is_direct} | ({ending.joining} if ending.joining else set())
    if any(not ending.words_to(claim) for claim in told):
        problems["words"] = _("Write what those read who do not go on.")
    if not ending.followed and ending.ground != Ground.AGREEMENT and not ending.note:
        problems["note"] = _("Say why, since this is not what the rules propose.")
    names = [name for claim in room.claims for name in (claim.partner_name, claim.label) if claim.partner_id]
    people = [claim.owner_name for claim in room.claims if claim.partner_id]
    said_where = {"words": ending.words} | {own_field(claim): said for claim, said in ending.own_words.items()}
    for where, said in said_where.items():
        if found := names_in(said, [*names, *people]):
            problems[where] = (
                _("Partners read these words, and they name %(name)s. Write them so that nobody learns who else is"
                  " there.") % {"name": found[0]}
            )  # fmt: skip
    for claim in set(ending.own_words) - told:
        problems[own_field(claim)] = _("Nobody reads these words: this one goes on, or is in nobody's way.")
    if problems:
        raise Invalid(problems)


def own_field(claim: UUID) -> str:
    """Under which name a problem with somebody's own words is told."""
    return f"own_words.{claim}"


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
