"""The second person agrees just while something else happens, with real commits: one outcome, and nobody waits for ever."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import pytest

from partners.conflicts import asking
from partners.conflicts.checking import check_account
from partners.conflicts.queries import Room
from partners.conflicts.rules import Ground
from partners.deals import service as deals
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.invariants import registered
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import award, claimed, conflicts, held, manager, state_of
from tests.partners.stand import tiers
from tests.racing import at_once
from tests.standalone import database

SEEDS: Final = 4
LATEST_MS: Final = 12
"""The one that begins later begins by so much later: about as long as agreeing takes."""
pytestmark = pytest.mark.security


@dataclass(frozen=True)
class Scene:
    """A conflict whose award against an approved deal waits, and who is there."""

    cast: Cast
    second: Actor
    kept: UUID
    wanted: UUID
    room: Room
    request: UUID
    content: str


Act = Callable[[Scene], Awaitable[object]]


async def agree(scene: Scene) -> object:
    return await approvals.decide(
        scene.second, scene.request, approve=True, content_sha256=scene.content, note="", now=NOON
    )  # fmt: skip


async def win(scene: Scene) -> object:
    return await deals.set_stage(scene.cast.pia, scene.kept, "win", now=NOON)


async def leave(scene: Scene) -> None:
    """The one that would win is withdrawn, and the check sees it."""
    await deals.move_deal(scene.cast.otto, scene.wanted, "withdraw", now=NOON)
    await check_account(scene.room.account_id, now=NOON)
    await asking.lapse(scene.room.id, now=NOON)


async def take_back(scene: Scene) -> None:
    await asking.withdraw(scene.cast.vera, scene.room.id, now=NOON)


async def decide_anew(scene: Scene) -> object:
    """Taken back and decided for the other one."""
    await asking.withdraw(scene.cast.vera, scene.room.id, now=NOON)
    return await award(scene.cast.vera, scene.room, scene.kept, Ground.PROTECTION)


async def check(scene: Scene) -> None:
    """A third one comes, and what was asked lapses."""
    await check_account(scene.room.account_id, now=NOON)
    await asking.lapse(scene.room.id, now=NOON)


async def a_scene(cast: Cast, second: Actor, other: Act) -> Scene:
    kept, wanted, room = await held(cast)
    request = await award(cast.vera, room, wanted, Ground.CUSTOMER, note="In writing.")
    assert request is not None
    if other is check:
        async with db.transaction(SYSTEM):
            product = await db.sql_value("SELECT product FROM partners_deal_line WHERE deal = $1", kept)
        await claimed(cast.dora, room.account_id, product)
    content = (await requests.get_request(second, request)).content_sha256
    return Scene(cast, second, kept, wanted, room, request, content)


@pytest.mark.parametrize("other", [win, leave, take_back, decide_anew, check], ids=lambda act: act.__name__)
async def test_agreed_or_not_and_then_all_of_it(fresh_url: str, other: Act) -> None:
    async with database(fresh_url):
        await tiers()
        cast = await make.cast()
        second = await manager()
        for seed in range(SEEDS):
            scene = await a_scene(cast, second, other)
            told = await at_once(partial(agree, scene), partial(other, scene), seed, latest_ms=LATEST_MS)
            failed = [one for one in told if isinstance(one, BaseException)]
            assert all(isinstance(one, Conflict) for one in failed), (seed, told)
            agreed = not isinstance(told[0], BaseException)
            kept = await state_of(scene.kept)
            assert kept == ("revoked" if agreed else "approved"), (seed, told)
            [room] = [room for room in await conflicts() if room.id == scene.room.id]
            by_two = [one for one in room.decisions if one.agreed_by == second.membership_id]
            assert len(by_two) == agreed, (seed, told)
            if other is win and not agreed:
                await asking.lapse(room.id, now=NOON)
        async with db.transaction(SYSTEM):
            for one in registered():
                if one.name.startswith(("conflicts.", "deals.")):
                    assert await db.sql(one.sql) == [], one.name
