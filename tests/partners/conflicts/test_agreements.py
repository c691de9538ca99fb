"""Agreements: kept as they were decided, for ever, and read for many deals at once."""

import asyncpg
import pytest

from partners.conflicts import agreements, service
from partners.conflicts.checking import check_account
from partners.conflicts.rules import ConflictState, Parts
from partners.conflicts.service import Agreement
from partners.deals import service as deals
from partners.deals.service import Said
from partners.deals.states import DealRole, DealState
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import WORDS, claimed, collided, conflicts
from tests.partners.stand import tiers


async def test_it_says_who_joins_whom_for_which_products_and_on_what_parts(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    claims = {claim.subject: claim for claim in room.claims}
    parts = Parts(claims[mine].id, claims[theirs].id, 70, 30)
    await service.agree(cast.vera, room.id, Agreement(parts, "", WORDS), now=NOON)
    async with db.transaction(SYSTEM):
        [found] = await agreements.find_of_deals([theirs, mine, new_id()])
        assert await agreements.find_of_conflict(room.id) == found == await agreements.find_agreement(found.id)
        assert await agreements.find_of_deals([new_id()]) == []
    assert [(one.deal_id, one.partner_id, one.percent) for one in found.parties] == [
        (mine, cast.alpha, 70), (theirs, cast.omega, 30),
    ]  # fmt: skip
    assert (found.decided_at, found.groups) == (NOON, frozenset(claims[mine].groups))
    assert (found.joining.role, found.joining.state) == (DealRole.CO_SELL, DealState.SUBMITTED)
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []


@pytest.mark.security
async def test_nobody_changes_one(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    claims = {claim.subject: claim.id for claim in room.claims}
    parts = Parts(claims[mine], claims[theirs], 70, 30)
    await service.agree(cast.vera, room.id, Agreement(parts, "", WORDS), now=NOON)
    for change in (
        "UPDATE partners_conflict_agreement SET lead_percent = 71",
        "DELETE FROM partners_conflict_agreement",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
            async with db.transaction(SYSTEM):
                await db.sql(change)


async def test_a_decision_without_its_agreement_is_found(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    claims = {claim.subject: claim.id for claim in room.claims}
    parts = Parts(claims[mine], claims[theirs], 70, 30)
    await service.agree(cast.vera, room.id, Agreement(parts, "", WORDS), now=NOON)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_conflict_claim SET subject = $2 WHERE subject = $1", theirs, new_id())
    found = {one.name for one, count in await run_all(cast.audra) if count}
    assert "conflicts.agreements_as_decided" in found


async def test_it_outlives_an_appeal_of_somebody_else(cast: Cast) -> None:
    """Who agreed is not asked again when a third one comes back: the parts stay those that were agreed."""
    await tiers()
    mine, theirs, room = await collided(cast)
    async with db.transaction(SYSTEM):
        product = await db.sql_value("SELECT product FROM partners_deal_line WHERE deal = $1", mine)
    third = await claimed(cast.dora, room.account_id, product)
    await check_account(room.account_id, now=NOON)
    [room] = await conflicts()
    claims = {claim.subject: claim.id for claim in room.claims}
    parts = Parts(claims[mine], claims[theirs], 70, 30)
    await service.agree(cast.vera, room.id, Agreement(parts, "", WORDS), now=NOON)
    await deals.move_deal(cast.dora, third, "appeal", said=Said("We were first."), now=NOON)
    await check_account(room.account_id, now=NOON)
    [room] = await conflicts()
    assert room.state == ConflictState.APPEALED
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []
    async with db.transaction(SYSTEM):
        [found] = await agreements.find_of_deals([theirs])
    assert [one.percent for one in found.parties] == [70, 30]
