"""Two people, or a person and the clock, do different things to one deal at the same moment: one outcome, every time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import pytest

from partners.deals import extending, service
from partners.deals.service import Said
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.invariants import registered
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, tiers
from tests.racing import at_once
from tests.standalone import database

pytestmark = pytest.mark.security

SEEDS: Final = 20
LATEST_MS: Final = 4
"""The one that begins later begins by so much later: about as long as a command takes."""
END: Final = NOON + timedelta(days=90)
ASIDE: Final = {"deal.extension_requested", "deal.extension_closed"}
"""What came before the race, and what an end closes with it."""
NOTHING_DUE: Final = "nothing was due"


@dataclass(frozen=True)
class People:
    """Who races: the cast, and a second manager."""

    cast: Cast
    second: Actor


Act = Callable[[People, UUID], Awaitable[object]]


async def approve(people: People, deal: UUID) -> object:
    return await service.move_deal(people.cast.vera, deal, "approve", now=NOON)


async def approve_too(people: People, deal: UUID) -> object:
    return await service.move_deal(people.second, deal, "approve", now=NOON)


async def reject(people: People, deal: UUID) -> object:
    return await service.move_deal(people.cast.vera, deal, "reject", said=Said("Too little.", "incomplete"), now=NOON)


async def withdraw(people: People, deal: UUID) -> object:
    return await service.move_deal(people.cast.pia, deal, "withdraw", now=NOON)


async def win(people: People, deal: UUID) -> object:
    """In the last second of its protection."""
    return await service.set_stage(people.cast.pia, deal, "win", now=END - timedelta(seconds=1))


async def grant(people: People, deal: UUID) -> object:
    """In the last second too; what is asked is asked before."""
    await extending.decide_extension(people.cast.vera, deal, "grant", now=END - timedelta(seconds=1))
    return deal


async def refuse(people: People, deal: UUID) -> object:
    said = extending.Decision("Ninety days were enough.")
    await extending.decide_extension(people.second, deal, "refuse", now=END - timedelta(seconds=1), said=said)
    return deal


async def expire(_people: People, _deal: UUID) -> object:
    """The job; finding nothing to do is no refusal, so it says so."""
    expired = await service.expire_due(now=END)
    if expired:
        return expired
    raise Conflict(NOTHING_DUE)


@dataclass(frozen=True)
class Race:
    """What two do at once to a deal, and which event each would leave."""

    one: Act
    other: Act
    state: str
    events: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.one.__name__}-against-{self.other.__name__}"


RACES: Final = (
    Race(approve, withdraw, "in_review", ("deal.approved", "deal.withdrawn")),
    Race(approve, approve_too, "in_review", ("deal.approved", "deal.approved")),
    Race(approve, reject, "in_review", ("deal.approved", "deal.rejected")),
    Race(reject, withdraw, "in_review", ("deal.rejected", "deal.withdrawn")),
    Race(win, expire, "approved", ("deal.won", "deal.expired")),
    Race(grant, expire, "asked", ("deal.extended", "deal.expired")),
    Race(grant, refuse, "asked", ("deal.extended", "deal.extension_refused")),
    Race(expire, expire, "approved", ("deal.expired", "deal.expired")),
)


async def a_deal(cast: Cast, state: str) -> UUID:
    """A deal of Alpha whose customer is linked; an approved one is protected until `END`, or longer if that is `asked`."""
    account, product = await make.account(), await make.product()
    card = await make.card(cast.pia, account_id=account)
    stored = "approved" if state == "asked" else state
    deal = await make.deal(cast.pia, card_id=card, product_id=product, state=stored, protected_until=END)
    if stored == "approved":
        await make.protection(
            deal, cast.pia, account, await make.group_of(product), protected_from=NOON, protected_until=END
        )
    if state == "asked":
        await extending.request_extension(cast.pia, deal, 20, "They decide in March.", now=NOON)
    return deal


async def run(race: Race, people: People, deal: UUID, seed: int) -> list[object]:
    """Both at once; what each gave or raised."""
    acts = (partial(race.one, people, deal), partial(race.other, people, deal))
    return await at_once(*acts, seed, latest_ms=LATEST_MS)


@pytest.mark.parametrize("race", RACES, ids=str)
async def test_one_outcome(fresh_url: str, race: Race) -> None:
    async with database(fresh_url):
        cast = await make.cast()
        await tiers()
        second = await make.person("Vito Vendor", cast.vera.side, list(cast.vera.roles))
        for seed in range(SEEDS):
            deal = await a_deal(cast, race.state)
            told = await run(race, People(cast, second), deal, seed)
            failed = [one for one in told if isinstance(one, BaseException)]
            assert [type(one) for one in failed] == [Conflict], (seed, told)
            winner = next(number for number, one in enumerate(told) if not isinstance(one, BaseException))
            names = [event["name"] for event in await events_of(deal)]
            assert [name for name in names if name not in ASIDE] == [race.events[winner]], seed
        async with db.transaction(SYSTEM):
            for one in registered():
                if one.name.startswith("deals."):
                    assert await db.sql(one.sql) == [], one.name
