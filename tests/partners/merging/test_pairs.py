"""Pairs are found when accounts and cards come in, and nobody is asked twice."""

from dataclasses import replace

import pytest

from partners.customers import linking
from partners.customers.rules import CustomerFacts
from partners.matching.accounts import write_all_keys
from partners.merging import pairs, queries
from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.ids import new_id
from tests.make import NOON, Cast
from tests.settle import settle

OLD = CustomerFacts("Kaltenberg Brauerei GmbH", "DE", city="Geltendorf", domain="kaltenberg.de")
LIKE = CustomerFacts("Kaltenberger Brauereien GmbH", "DE", city="Geltendorf")
OTHER = CustomerFacts("Nordwind Logistik AG", "DE", city="Kiel")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_an_account_like_another_is_put_on_the_desk(cast: Cast) -> None:
    old = await linking.create_account(cast.vera, OLD, now=NOON)
    await linking.create_account(cast.vera, OTHER, now=NOON)
    new = await linking.create_account(cast.vera, LIKE, now=NOON)
    await write_all_keys(SYSTEM)
    await settle()
    [pair] = await queries.list_pairs(cast.vera, limit=10)
    assert {pair.one.id, pair.other.id} == {old, new}
    assert pair.reasons
    assert not pair.is_card
    await pairs.decide_pair(cast.vera, pair.id, "different", now=NOON)
    assert await pairs.find_for_account(old, now=NOON) == 0
    assert await pairs.find_for_account(new, now=NOON) == 0
    assert await queries.list_pairs(cast.vera, limit=10) == []
    with pytest.raises(Conflict):
        await pairs.decide_pair(cast.vera, pair.id, "same", now=NOON)


async def test_what_is_merged_is_asked_no_more(cast: Cast) -> None:
    old = await linking.create_account(cast.vera, OLD, now=NOON)
    new = await linking.create_account(cast.vera, LIKE, now=NOON)
    await write_all_keys(SYSTEM)
    assert await pairs.find_for_account(new, now=NOON) == 1
    [pair] = await queries.list_pairs(cast.vera, limit=10)
    done = await pairs.decide_pair(cast.vera, pair.id, "same", now=NOON)
    assert done
    assert done.alias_id
    assert await pairs.find_for_account(old, now=NOON) == 0
    assert await queries.list_pairs(cast.vera, limit=10) == []


async def test_many_at_once_find_what_each_alone_finds(cast: Cast) -> None:
    facts = (
        OLD,
        OTHER,
        LIKE,
        replace(OTHER, legal_name="Nordwind Logistic AG"),
        replace(LIKE, local_name="卡尔滕贝格"),
    )
    ids = [await linking.create_account(cast.vera, one, now=NOON) for one in facts]
    await write_all_keys(SYSTEM)
    assert await pairs.find_for_accounts({ids[1]}, now=NOON) == 1
    assert await pairs.find_for_accounts(set(ids), now=NOON) == 3
    assert len(await queries.list_pairs(cast.vera, limit=10)) == 4
    assert [await pairs.find_for_account(one, now=NOON) for one in ids] == [0, 0, 0, 0, 0]


async def test_who_may_not_and_what_is_not(cast: Cast) -> None:
    for name in ("pia", "otto", "sam", "audra"):
        with pytest.raises(NotAllowed):
            await queries.list_pairs(cast.everybody()[name], limit=1)
        with pytest.raises(NotAllowed):
            await pairs.decide_pair(cast.everybody()[name], new_id(), "same", now=NOON)
    with pytest.raises(NotFound):
        await pairs.decide_pair(cast.vera, new_id(), "same", now=NOON)
    with pytest.raises(Invalid):
        await pairs.decide_pair(cast.vera, new_id(), "open", now=NOON)
