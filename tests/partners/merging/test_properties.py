"""Whatever is merged, undone and registered in whatever order: nothing gets lost, and one protected deal stays one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.merging import service
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from tests import make
from tests.make import NOON, Cast
from tests.partners.merging.stand import canonical

ACCOUNTS = 5
_place = st.integers(0, ACCOUNTS - 1)
_merge = st.tuples(st.just("merge"), _place, _place)
_undo = st.tuples(st.just("undo"), st.integers(0, 30), st.just(0))
_deal = st.tuples(st.just("deal"), _place, st.integers(-3, 9))
STEPS = st.lists(st.one_of(_merge, _merge, _undo, _deal, _deal), min_size=3, max_size=18)
DAY = timedelta(days=1)


@dataclass
class World:
    """What the test did, told in the simplest way: who was merged into whom, and what was recorded where."""

    cast: Cast
    accounts: list[UUID]
    product: UUID
    into: dict[UUID, UUID] = field(default_factory=dict)
    aliases: dict[UUID, UUID] = field(default_factory=dict)
    """The alias that stands, and the account it is of."""
    recorded: dict[UUID, UUID] = field(default_factory=dict)
    """By deal: the account."""
    waiting: int = 0

    def root(self, account: UUID) -> UUID:
        """Under which account it must be found."""
        while account in self.into:
            account = self.into[account]
        return account

    async def merge(self, one: UUID, other: UUID, now: datetime) -> None:
        """Merge two; refused exactly when they are one already."""
        if self.root(one) == self.root(other):
            try:
                await service.merge_accounts(self.cast.vera, one, other, now=now)
            except Conflict:
                return
            message = "merged what was one already"
            raise AssertionError(message)
        done = await service.merge_accounts(self.cast.vera, one, other, now=now)
        if done.alias_id:
            child = self.root(one)
            self.aliases[done.alias_id] = child
            self.into[child] = self.root(other)
        else:
            self.waiting += 1

    async def undo(self, place: int, now: datetime) -> None:
        """Undo one of the merges that stand, whichever: never refused."""
        if not self.aliases:
            return
        alias = sorted(self.aliases)[place % len(self.aliases)]
        child = self.aliases.pop(alias)
        assert await service.undo_merge(self.cast.vera, alias, now=now) == child
        del self.into[child]

    async def arrive(self, account: UUID, start: datetime, days: int) -> None:
        """A protected deal for this account, unless the customer has one already."""
        actor = self.cast.pia if days % 2 else self.cast.otto
        card = await make.card(actor, account_id=account)
        deal = await make.deal(actor, card_id=card, product_id=self.product, state="approved")
        group = await make.group_of(self.product)
        try:
            await make.protection(
                deal, actor, account, group, protected_from=start, protected_until=start + abs(days) * DAY
            )
        except asyncpg.ExclusionViolationError:
            return
        self.recorded[deal] = account


async def check(world: World) -> None:
    """Everything is where the simple telling says, and no two protected deals meet on one customer."""
    at = await canonical(world.accounts)
    assert at == {account: world.root(account) for account in world.accounts}
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT deal, account, canonical_account AS at, protected_from AS since, protected_until AS until,"
            " least(canonical_from, protected_until) AS counts FROM partners_deal_protection WHERE account = any($1)",
            world.accounts,
        )
    assert {row["deal"]: row["account"] for row in rows} == world.recorded
    for row in rows:
        assert row["at"] == world.root(row["account"])
        assert row["counts"] >= row["since"]
    for one, other in combinations(rows, 2):
        if one["at"] == other["at"]:
            assert not max(one["counts"], other["counts"]) < min(one["until"], other["until"])
        if one["account"] == other["account"]:
            assert not max(one["since"], other["since"]) < min(one["until"], other["until"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
async def test_any_order_of_merges_undos_and_arrivals(cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    world = World(cast, [await make.account() for _one in range(ACCOUNTS)], await make.product())
    for day, (what, one, other) in enumerate(steps):
        now = NOON + day * DAY
        if what == "merge":
            await world.merge(world.accounts[one], world.accounts[other], now)
        elif what == "undo":
            await world.undo(one, now)
        else:
            await world.arrive(world.accounts[one], now + other * DAY, other)
        await check(world)
    for _left in range(len(world.aliases)):
        await world.undo(0, NOON + 30 * DAY)
        await check(world)
    assert await canonical(world.accounts) == {account: account for account in world.accounts}
