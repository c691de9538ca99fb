"""Agreeing to a hand-over while somebody else ends, sells, changes or decides the same deal: one outcome, every time."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from partners.customers import linking
from partners.deals import handing
from partners.deals.handing import Wish
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.invariants import registered
from tests import make
from tests.make import NOON
from tests.partners.stand import events_of, tiers
from tests.scenarios.test_deal_races import END, People, Race, a_deal, expire, grant, run, win
from tests.standalone import database

pytestmark = pytest.mark.security

SEEDS: Final = 5
BEFORE_END: Final = END - timedelta(seconds=1)
OURS: Final = {"deal.revoked", "deal.won", "deal.expired", "deal.extended", "deal.handover_refused"}
TAKEN_BACK: Final = "deal.handover_taken_back"


async def _decide(actor: Actor, deal: UUID, *, approve: bool) -> object:
    async with db.transaction(SYSTEM):
        request = await db.sql_one(
            "SELECT id, content_sha256 FROM approvals_request WHERE subject_id = $1 AND verb = 'hand_over'", deal
        )
    assert request is not None
    return await approvals.decide(
        actor, request["id"], approve=approve, content_sha256=request["content_sha256"], note="So be it.",
        now=BEFORE_END,
    )  # fmt: skip


async def agree(people: People, deal: UUID) -> object:
    return await _decide(people.second, deal, approve=True)


async def agree_too(people: People, deal: UUID) -> object:
    return await _decide(people.second, deal, approve=True)


async def refuse(people: People, deal: UUID) -> object:
    return await _decide(people.second, deal, approve=False)


async def take_back(people: People, deal: UUID) -> object:
    await handing.take_back(people.cast.vera, deal, now=BEFORE_END)
    return deal


RACES: Final = (
    Race(agree, win, "approved", ("deal.revoked", "deal.won")),
    Race(agree, expire, "approved", ("deal.revoked", "deal.expired")),
    Race(agree, grant, "asked", ("deal.revoked", "deal.extended")),
    Race(agree, agree_too, "approved", ("deal.revoked", "deal.revoked")),
    Race(agree, refuse, "approved", ("deal.revoked", "deal.handover_refused")),
    Race(agree, take_back, "approved", ("deal.revoked", TAKEN_BACK)),
)


@pytest.mark.parametrize("race", RACES, ids=str)
async def test_one_outcome(fresh_url: str, race: Race) -> None:
    async with database(fresh_url):
        cast = await make.cast()
        await tiers()
        people = People(cast, await make.person("Vito Vendor", cast.vera.side, list(cast.vera.roles)))
        for seed in range(SEEDS):
            deal = await a_deal(cast, race.state)
            wish = Wish(cast.omega, "agreed", "As you both agreed.", "As you both agreed.")
            await handing.request_handover(cast.vera, deal, wish, now=NOON)
            told = await run(race, people, deal, seed)
            failed = [one for one in told if isinstance(one, BaseException)]
            assert [type(one) for one in failed] == [Conflict], (seed, told)
            winner = next(number for number, one in enumerate(told) if not isinstance(one, BaseException))
            names = [event["name"] for event in await events_of(deal)]
            assert [name for name in names if name in {*OURS, TAKEN_BACK}] == [race.events[winner]], seed
            async with db.transaction(SYSTEM):
                made = await db.sql_value("SELECT count(*) FROM partners_deal_handover WHERE became IS NOT NULL"
                                          " AND deal = $1", deal)  # fmt: skip
            assert made == (race.events[winner] == "deal.revoked"), seed
        async with db.transaction(SYSTEM):
            for one in registered():
                if one.name.startswith("deals."):
                    assert await db.sql(one.sql) == [], one.name


async def test_two_hand_overs_to_one_partner_of_one_customer_make_one_card(fresh_url: str) -> None:
    async with database(fresh_url):
        cast = await make.cast()
        await tiers()
        people = People(cast, await make.person("Vito Vendor", cast.vera.side, list(cast.vera.roles)))
        account = await make.account()
        card = await make.card(cast.pia, account_id=account)
        deals = []
        for _ in range(2):
            product = await make.product()
            deal = await make.deal(
                cast.pia, card_id=card, product_id=product, state="approved", protected_until=END
            )  # fmt: skip
            group = await make.group_of(product)
            await make.protection(deal, cast.pia, account, group, protected_from=NOON, protected_until=END)
            wish = Wish(cast.omega, "agreed", "As you both agreed.", "As you both agreed.")
            await handing.request_handover(cast.vera, deal, wish, now=NOON)
            deals.append(deal)

        async def other(people: People, _deal: UUID) -> object:
            return await agree(people, deals[1])

        told = await run(Race(agree, other, "approved", ("", "")), people, deals[0], 1)
        assert [one for one in told if isinstance(one, BaseException)] == []
        async with db.transaction(SYSTEM):
            made = await db.sql("SELECT card, number FROM partners_deal WHERE partner_id = $1", cast.omega)
        assert (len({one["card"] for one in made}), len({one["number"] for one in made})) == (1, 2)
        another = await make.account()
        cards = [
            linking.find_or_make_card(cast.vera, cast.omega, another, reason=linking.HANDED_OVER, now=NOON)
            for _ in range(4)
        ]
        assert len(set(await asyncio.gather(*cards))) == 1
