"""Who may decide a conflict: nobody about a sale of its own, nobody twice; and the room, held while it is decided."""

from dataclasses import dataclass
from uuid import UUID

from partners.conflicts import queries
from partners.conflicts.checking import canonical_of, lock_customer
from partners.conflicts.queries import Room
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Barred:
    """Why somebody has no say."""

    code: str
    message: str


async def hold_room(actor: Actor, conflict_id: UUID) -> Room:
    """The conflict, locked with its customer until the end of the unit. Raises NotFound, NotAllowed."""
    actor.require(Permission.DEALS_DECIDE)
    row = await db.sql_one("SELECT account FROM partners_conflict WHERE id = $1", conflict_id)
    if row is None:
        raise NotFound
    await lock_customer(await canonical_of(row["account"]))
    await db.sql("SELECT id FROM partners_conflict WHERE id = $1 FOR UPDATE", conflict_id)
    return await queries.get_room(actor, conflict_id)


def owners_of(room: Room) -> set[UUID]:
    """The vendor's people whose own sale waits for the decision."""
    return {claim.owner_id for claim in room.waiting if claim.is_direct}


def judges_of(room: Room) -> set[UUID]:
    """Who decided it the first time, or agreed to that as the second person."""
    people = {one.decided_by for one in room.decisions} | {one.agreed_by for one in room.decisions}
    return {one for one in people if one is not None}


def why_barred(room: Room, membership_id: UUID) -> Barred | None:
    """Why this person has no say in the decision, or None."""
    if membership_id in owners_of(room):
        return Barred("own_case", _("One of these sales is yours, so somebody else decides who goes on."))
    if membership_id in judges_of(room):
        return Barred(
            "second_person", _("You had a say in this the first time. The appeal is decided by other people.")
        )
    return None


def check_judge(actor: Actor, room: Room) -> None:
    """Raise Conflict for somebody who has no say in it."""
    if barred := why_barred(room, actor.membership_id):
        raise Conflict(barred.message, code=barred.code)
