"""What the database itself refuses of merged accounts, and that `tributary verify` sees what gets past it."""

from uuid import UUID

import asyncpg
import pytest

from partners.merging import service
from portal.core import db
from portal.core.invariants import count_breaks, registered
from portal.core.permissions import Side
from tests import make
from tests.make import NOON, Cast
from tests.partners.merging.stand import protected

pytestmark = pytest.mark.security
INSERT = (
    "INSERT INTO partners_account_alias (id, account, merged_into, canonical, decided_by, decided_at)"
    " VALUES (gen_random_uuid(), $1, $2, $2, gen_random_uuid(), now())"
)


async def breaks(cast: Cast, name: str) -> int:
    """How many rows break this invariant."""
    one = next(one for one in registered() if one.name == name)
    async with db.transaction(cast.audra):
        return await count_breaks(one)


async def three(cast: Cast) -> tuple[UUID, UUID, UUID]:
    """Three accounts, the first merged into the second."""
    a, b, c = [await make.account() for _one in range(3)]
    await service.merge_accounts(cast.vera, a, b, now=NOON)
    return a, b, c


async def test_no_chain_no_cycle_and_no_second_alias(cast: Cast) -> None:
    a, b, c = await three(cast)
    for account, into in ((b, a), (b, c), (c, a), (a, c), (c, c)):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with db.transaction(cast.vera):
                await db.sql(INSERT, account, into)


async def test_what_was_decided_is_not_rewritten(cast: Cast) -> None:
    assert cast.vera.side == Side.STAFF
    await three(cast)
    for statement in (
        "DELETE FROM partners_account_alias",
        "UPDATE partners_account_alias SET account = merged_into",
        "UPDATE partners_account_alias SET decided_at = now()",
        "DELETE FROM partners_merge_request",
        "UPDATE partners_merge_request SET note = ''",
        "DELETE FROM partners_account_pair",
        "UPDATE partners_account_pair SET account = other",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.vera):
                await db.sql(statement)


async def test_a_chain_and_a_cycle_are_seen(cast: Cast) -> None:
    a, b, c = await three(cast)
    assert (await breaks(cast, "merging.flat"), await breaks(cast, "merging.no_cycle")) == (0, 0)
    held = db.ENGINE.held
    await held.execute("ALTER TABLE partners_account_alias DISABLE TRIGGER flat")
    await held.execute(INSERT, b, c)
    assert (await breaks(cast, "merging.flat"), await breaks(cast, "merging.no_cycle")) == (1, 1)
    await held.execute(INSERT, c, a)
    assert await breaks(cast, "merging.no_cycle") == 3


async def test_a_protection_in_the_wrong_place_is_seen(cast: Cast) -> None:
    a, _b, c = await three(cast)
    deal = await protected(cast.pia, a, await make.product())
    assert await breaks(cast, "merging.protections_placed") == 0
    await db.ENGINE.held.execute("UPDATE partners_deal_protection SET canonical_account = $1 WHERE deal = $2", c, deal)
    assert await breaks(cast, "merging.protections_placed") == 1


async def test_two_protected_deals_of_one_customer_are_seen(cast: Cast) -> None:
    a, b, _c = await three(cast)
    product = await make.product()
    await db.ENGINE.held.execute("ALTER TABLE partners_deal_protection DROP CONSTRAINT one_protected_deal_of_customer")
    await protected(cast.pia, a, product)
    assert await breaks(cast, "merging.one_protected") == 0
    await protected(cast.otto, b, product)
    assert await breaks(cast, "merging.one_protected") == 2
