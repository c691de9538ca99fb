"""Checks, a decision and an approval at the same moment, with real commits: one conflict, and one outcome."""

import asyncio
from collections import Counter

import pytest

from partners.conflicts import service
from partners.conflicts.checking import check_account
from partners.conflicts.rules import Ground
from partners.conflicts.service import Award
from partners.deals import service as deals
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from portal.core.invariants import registered
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.conflicts.stand import WORDS, claimed, conflicts
from tests.partners.stand import tiers
from tests.standalone import database

ROUNDS = 8
pytestmark = pytest.mark.security


async def checked_or_approved(cast: Cast) -> str:
    """Three checks of one customer just while one of its two registrations is approved."""
    account, product = await make.account(), await make.product()
    mine = await claimed(cast.pia, account, product, state="in_review", expected_close_on=TODAY)
    await claimed(cast.otto, account, product)
    *checks, approving = await asyncio.gather(
        *(check_account(account, now=NOON) for _one in range(3)),
        deals.move_deal(cast.vera, mine, "approve", now=NOON),
        return_exceptions=True,
    )
    assert checks == [None, None, None]
    rooms = [room for room in await conflicts() if room.account_id == account]
    assert len(rooms) == 1
    [stood] = [claim.stood for claim in rooms[0].claims if claim.subject == mine]
    assert isinstance(approving, Conflict) == (stood == "in_review")
    return stood


async def decided_by_one(cast: Cast) -> None:
    """Two managers decide the same conflict for another partner each."""
    account, product = await make.account(), await make.product()
    await claimed(cast.pia, account, product)
    await claimed(cast.otto, account, product)
    await check_account(account, now=NOON)
    [room] = [room for room in await conflicts() if room.account_id == account]
    answers = await asyncio.gather(
        *(
            service.decide(cast.vera, room.id, Award(claim.id, Ground.JUDGEMENT, "x", WORDS), now=NOON)
            for claim in room.claims
        ),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {type(None): 1, Conflict: 1}


async def test_whatever_happens_at_once_there_is_one_outcome(fresh_url: str) -> None:
    async with database(fresh_url):
        await tiers()
        cast = await make.cast()
        seen = Counter([await checked_or_approved(cast) for _one in range(ROUNDS)])
        assert sum(seen.values()) == ROUNDS
        for _one in range(ROUNDS // 2):
            await decided_by_one(cast)
        async with db.transaction(SYSTEM):
            for one in registered():
                if one.name.startswith(("conflicts.", "deals.one_protected")):
                    assert await db.sql(one.sql) == [], one.name
