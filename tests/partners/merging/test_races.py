"""A merge and an approval at the same moment, with real commits: one customer has one protected deal."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from partners.deals import service as deals
from partners.merging import service
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from portal.core.invariants import registered
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.merging.stand import protected
from tests.partners.stand import tiers
from tests.standalone import database

ROUNDS = 20
pytestmark = pytest.mark.security


async def merged_or_approved(cast: Cast) -> str:
    """One account with a protected deal, another whose deal is approved just while the two are merged."""
    one, other, product = await make.account(), await make.account(), await make.product()
    await protected(cast.pia, one, product)
    card = await make.card(cast.otto, account_id=other)
    deal = await make.deal(cast.otto, card_id=card, product_id=product, state="in_review", expected_close_on=TODAY)
    merging, approving = await asyncio.gather(
        service.merge_accounts(cast.vera, one, other, now=NOON),
        deals.move_deal(cast.vera, deal, "approve", now=NOON + timedelta(minutes=1)),
        return_exceptions=True,
    )
    assert isinstance(merging, service.Merged), merging
    if isinstance(approving, Conflict):
        assert merging.alias_id
        return "merged"
    assert not isinstance(approving, BaseException), approving
    assert merging.request_id
    return "approved"


async def test_a_merge_and_an_approval_at_once(fresh_url: str) -> None:
    async with database(fresh_url):
        await tiers()
        cast = await make.cast()
        seen = Counter([await merged_or_approved(cast) for _one in range(ROUNDS)])
        assert sum(seen.values()) == ROUNDS
        async with db.transaction(SYSTEM):
            for one in registered():
                if one.name.startswith(("merging.", "deals.one_protected")):
                    assert await db.sql(one.sql) == [], one.name


async def test_many_merges_at_once_leave_one_root(fresh_url: str) -> None:
    async with database(fresh_url):
        cast = await make.cast()
        accounts = [await make.account() for _one in range(6)]
        pairs = [(one, other) for one in accounts for other in accounts if one != other]
        done = await asyncio.gather(
            *(service.merge_accounts(cast.vera, one, other, now=NOON) for one, other in pairs), return_exceptions=True
        )
        assert all(isinstance(one, service.Merged | Conflict) for one in done), done
        async with db.transaction(SYSTEM):
            roots = await db.sql(
                "SELECT DISTINCT partners_canonical_account(a) FROM unnest($1::uuid[]) AS u (a)", accounts
            )
            standing = await db.sql_value("SELECT count(*) FROM partners_account_alias WHERE undone_at IS NULL")
        assert len(roots) == 1
        assert standing == len(accounts) - 1
