"""What tests of conflicts stand on: a customer that several claim, and how its conflicts stand."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from partners.conflicts import queries, service
from partners.conflicts.checking import check_account
from partners.conflicts.queries import Room
from partners.conflicts.rules import Ground
from partners.conflicts.service import Award
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.permissions import Role, Side
from tests import make
from tests.make import NOON, Cast
from tests.partners.merging.stand import protected

WORDS = "This customer is registered already."


async def claimed(actor: Actor, account: UUID, product: UUID, **more: Any) -> UUID:
    """A registration of the actor's partner for this customer, submitted unless it says otherwise."""
    card = await make.card(actor, account_id=account)
    values: dict[str, Any] = {"state": "submitted", "submitted_at": NOON} | more
    return await make.deal(actor, card_id=card, product_id=product, **values)


async def direct(actor: Actor, account: UUID, product: UUID, **more: Any) -> UUID:
    """A direct opportunity for this customer."""
    return await make.opportunity(account, actor, product=product, **more)


async def conflicts() -> list[Room]:
    """All conflicts, the oldest first."""
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT id FROM partners_conflict ORDER BY found_at, id")
    return [await queries.get_room(SYSTEM, row["id"]) for row in rows]


async def collided(cast: Cast, *, now: datetime = NOON) -> tuple[UUID, UUID, Room]:
    """Alpha's deal, Omega's one a day later, and the conflict of the two."""
    account, product = await make.account("Kaltenberg AG"), await make.product()
    mine = await claimed(
        cast.pia, account, product, submitted_at=NOON - timedelta(days=1), created_at=NOON - timedelta(days=2)
    )
    theirs = await claimed(cast.otto, account, product)
    await check_account(account, now=now)
    [room] = await conflicts()
    return mine, theirs, room


def results(room: Room) -> dict[UUID, str]:
    """What became of each deal or opportunity."""
    return {claim.subject: claim.result.value for claim in room.claims}


async def state_of(deal: UUID) -> str:
    """The state of a deal."""
    async with db.transaction(SYSTEM):
        return str(await db.sql_value("SELECT state FROM partners_deal WHERE id = $1", deal))


def claim_of(room: Room, subject: UUID) -> UUID:
    """The claim of this deal or opportunity."""
    return next(claim.id for claim in room.claims if claim.subject == subject)


async def award(
    actor: Actor, room: Room, subject: UUID, ground: Ground = Ground.FIRST_REGISTRATION, **more: Any
) -> UUID | None:
    """Decide for this one."""
    return await service.decide(
        actor, room.id, Award(claim_of(room, subject), ground, words=more.pop("words", WORDS), **more), now=NOON
    )


async def manager(name: str = "Vito Vendor") -> Actor:
    """Another partner manager."""
    return await make.person(name, Side.STAFF, [Role.PARTNER_MANAGER])


async def held(cast: Cast) -> tuple[UUID, UUID, Room]:
    """Alpha's deal, which is approved and protected, Omega's undecided one, and the conflict of the two."""
    account, product = await make.account("Kaltenberg AG"), await make.product()
    kept = await protected(cast.pia, account, product)
    wanted = await claimed(cast.otto, account, product)
    await check_account(account, now=NOON)
    [room] = [one for one in await conflicts() if one.account_id == account]
    return kept, wanted, room
