"""Merging accounts and undoing it: nothing recorded moves, one protected deal stays one, and doubt waits."""

from datetime import timedelta
from uuid import UUID

import pytest

from partners.customers import queries as customers
from partners.merging import queries, service
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests import make
from tests.make import NOON, Cast
from tests.partners.merging.stand import YEAR, canonical, placed, protected
from tests.partners.stand import events_of, names_of

LATER = NOON + timedelta(days=1)


async def broken(cast: Cast) -> list[tuple[str, int]]:
    """The invariants of merging and protection that do not hold."""
    told = [one for one in await run_all(cast.audra) if one[0].name.startswith(("merging.", "deals.one_protected"))]
    assert len(told) == 5
    return [(one.name, count) for one, count in told if count]


async def test_a_merged_account_is_found_under_the_other_and_comes_back(cast: Cast) -> None:
    one, other = await make.account("Nordwind Logistik"), await make.account("Nordwind GmbH")
    await make.card(cast.pia, "Nordwind", account_id=one)
    done = await service.merge_accounts(cast.vera, one, other, note="Same house", now=NOON)
    assert done.alias_id
    assert await queries.get_canonical(cast.sam, one) == other
    names = await queries.list_names(cast.sam, other)
    assert [(name.legal_name, name.note, name.decided_by) for name in names] == [
        ("Nordwind Logistik", "Same house", "Vera Vendor")
    ]
    assert [card.legal_name for card in (await customers.get_account(cast.vera, other)).cards] == ["Nordwind"]
    assert await service.undo_merge(cast.vera, done.alias_id, now=LATER) == one
    assert await queries.get_canonical(cast.sam, one) == one
    assert (await customers.get_account(cast.vera, other)).cards == ()
    assert await names_of(other) == ["account.merged", "account.merge_undone"]
    first = (await events_of(other))[0]
    assert first["changes"] == {"merged": [None, str(one)], "name": [None, "Nordwind Logistik"]}
    assert await broken(cast) == []


async def test_a_merged_one_is_merged_further_and_each_undo_takes_its_own_back(cast: Cast) -> None:
    a, b, c = [await make.account(name) for name in ("A AG", "B AG", "C AG")]
    first = await service.merge_accounts(cast.vera, a, b, now=NOON)
    second = await service.merge_accounts(cast.vera, b, c, now=NOON)
    assert await canonical([a, b, c]) == {a: c, b: c, c: c}
    assert first.alias_id
    assert second.alias_id
    await service.undo_merge(cast.vera, second.alias_id, now=LATER)
    assert await canonical([a, b, c]) == {a: b, b: b, c: c}
    await service.merge_accounts(cast.vera, b, c, now=LATER)
    await service.undo_merge(cast.vera, first.alias_id, now=LATER)
    assert await canonical([a, b, c]) == {a: a, b: c, c: c}
    with pytest.raises(Conflict):
        await service.undo_merge(cast.vera, first.alias_id, now=LATER)
    assert await broken(cast) == []


async def test_one_is_no_other(cast: Cast) -> None:
    a, b = await make.account(), await make.account()
    await service.merge_accounts(cast.vera, a, b, now=NOON)
    for one, other in ((a, b), (b, a), (a, a)):
        with pytest.raises(Conflict):
            await service.merge_accounts(cast.vera, one, other, now=NOON)
    with pytest.raises(NotFound):
        await service.merge_accounts(cast.vera, a, new_id(), now=NOON)
    with pytest.raises(NotFound):
        await service.undo_merge(cast.vera, new_id(), now=NOON)


@pytest.mark.parametrize("who", ["pia", "otto", "dora", "sam", "milo", "faye", "audra", "ada"])
async def test_only_who_decides_deals_merges(cast: Cast, who: str) -> None:
    a, b = await make.account(), await make.account()
    with pytest.raises(NotAllowed):
        await service.merge_accounts(cast.everybody()[who], a, b, now=NOON)
    done = await service.merge_accounts(cast.vera, a, b, now=NOON)
    assert done.alias_id
    with pytest.raises(NotAllowed):
        await service.undo_merge(cast.everybody()[who], done.alias_id, now=NOON)


async def test_two_registry_ids_need_a_person_with_a_reason(cast: Cast) -> None:
    a = await make.account(registry_id="DE 136695976")
    b = await make.account(registry_id="DE129274202")
    with pytest.raises(Conflict):
        await _as_system(a, b)
    with pytest.raises(Invalid) as refused:
        await service.merge_accounts(cast.vera, a, b, note="  ", now=NOON)
    assert set(refused.value.errors) == {"note"}
    assert (await service.merge_accounts(cast.vera, a, b, note="One was the old number", now=NOON)).alias_id


async def test_the_same_registry_id_in_two_spellings_is_one(cast: Cast) -> None:
    a, b = await make.account(registry_id="DE 136 695 976"), await make.account(registry_id="136695976")
    assert (await service.merge_accounts(cast.vera, a, b, now=NOON)).alias_id


async def test_two_protected_deals_keep_a_merge_waiting(cast: Cast) -> None:
    a, b, product = await make.account("A AG"), await make.account("B AG"), await make.product()
    until = NOON + timedelta(days=30)
    ours = await protected(cast.pia, a, product, until=until)
    theirs = await protected(cast.otto, b, product)
    waits = await service.merge_accounts(cast.vera, a, b, now=NOON)
    assert waits.alias_id is None
    assert waits.request_id
    assert await placed([ours, theirs]) == {ours: a, theirs: b}
    again = await service.merge_accounts(cast.vera, a, b, now=NOON)
    assert again == waits
    [request] = await queries.list_waiting(cast.vera, now=NOON)
    assert [(one.deal_id, one.other_deal_id) for one in request.rivals] == [(ours, theirs)]
    with pytest.raises(Conflict) as refused:
        await service.decide_request(cast.vera, waits.request_id, "again", now=NOON)
    assert "Omega IT AG" in refused.value.message
    assert await names_of(b) == ["account.merge_waits"]
    done = await service.decide_request(cast.vera, waits.request_id, "again", now=until)
    assert done
    assert done.alias_id
    assert await placed([ours, theirs]) == {ours: b, theirs: b}
    assert await queries.list_waiting(cast.vera, now=until) == []
    with pytest.raises(Conflict):
        await service.decide_request(cast.vera, waits.request_id, "refuse", now=until)
    assert await broken(cast) == []


async def test_a_waiting_merge_is_refused(cast: Cast) -> None:
    a, b, product = await make.account("A AG"), await make.account("B AG"), await make.product()
    await protected(cast.pia, a, product)
    await protected(cast.otto, b, product)
    waits = await service.merge_accounts(cast.vera, a, b, now=NOON)
    assert waits.request_id
    with pytest.raises(Invalid):
        await service.decide_request(cast.vera, waits.request_id, "never", now=NOON)
    assert await service.decide_request(cast.vera, waits.request_id, "refuse", now=NOON) is None
    assert await canonical([a, b]) == {a: a, b: b}
    assert await names_of(b) == ["account.merge_waits", "account.merge_refused"]


async def test_a_deal_of_another_group_or_time_is_in_nobodys_way(cast: Cast) -> None:
    a, b, one, other = await make.account(), await make.account(), await make.product(), await make.product()
    past = await protected(cast.pia, a, one, since=NOON - 2 * YEAR, until=NOON - YEAR)
    same_past = await protected(cast.otto, b, one, since=NOON - 2 * YEAR, until=NOON - YEAR)
    running = await protected(cast.pia, a, other)
    theirs = await protected(cast.otto, b, one)
    done = await service.merge_accounts(cast.vera, a, b, now=NOON)
    assert done.alias_id
    assert await placed([past, same_past, running, theirs]) == dict.fromkeys([past, same_past, running, theirs], b)
    assert await broken(cast) == []
    await service.undo_merge(cast.vera, done.alias_id, now=LATER)
    assert await placed([past, same_past, running, theirs]) == {past: a, same_past: b, running: a, theirs: b}


async def test_the_database_refuses_a_second_protected_deal_over_merged_accounts(cast: Cast) -> None:
    a, b, product = await make.account(), await make.account(), await make.product()
    await protected(cast.pia, a, product)
    await service.merge_accounts(cast.vera, a, b, now=NOON)
    with pytest.raises(Exception, match="one_protected_deal_of_customer"):
        await protected(cast.otto, b, product, since=LATER)


async def test_what_came_in_between_goes_where_it_was_recorded(cast: Cast) -> None:
    a, b, one, other = await make.account(), await make.account(), await make.product(), await make.product()
    done = await service.merge_accounts(cast.vera, a, b, now=NOON)
    assert done.alias_id
    mine, theirs = await protected(cast.pia, a, one), await protected(cast.otto, b, other)
    line = await make.revenue(a, one, 100_00)
    assert await placed([mine, theirs]) == {mine: b, theirs: b}
    await service.undo_merge(cast.vera, done.alias_id, now=LATER)
    assert await placed([mine, theirs]) == {mine: a, theirs: b}
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT account FROM attribution_revenue WHERE id = $1", line) == a


async def _as_system(one: UUID, other: UUID) -> None:
    system: Actor = SYSTEM
    await service.merge_accounts(system, one, other, note="automatic", now=NOON)
