"""Tags of accounts: one word is one tag, seen in the list and on the page, and never by a partner."""

from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from partners.customers import queries, tags
from partners.merging import service as merging
from portal.core import clock, db
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, names_of
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def tags_of(cast: Cast, account: UUID) -> list[str]:
    return list((await queries.get_account(cast.vera, account)).tags)


async def test_one_word_is_one_tag(cast: Cast) -> None:
    one, other = await make.account(), await make.account()
    await tags.tag_account(cast.vera, one, "  Key   account ", now=NOON)
    await tags.tag_account(cast.sam, one, "KEY ACCOUNT", now=NOON)
    await tags.tag_account(cast.cleo, other, "key account", now=NOON)
    await tags.tag_account(cast.vera, one, "重点客户", now=NOON)
    assert await tags_of(cast, one) == ["Key account", "重点客户"]
    assert await tags_of(cast, other) == ["Key account"]
    assert [(found.name, found.accounts) for found in await tags.list_tags(cast.audra, "acc")] == [("Key account", 2)]
    assert await names_of(one) == ["account.tagged", "account.tagged"], "the same again is nothing new"
    told = (await events_of(one))[0]
    assert (told["audience"], told["changes"]) == ("vendor", {"tag": [None, "Key account"]})


async def test_a_tag_that_nobody_has_is_gone(cast: Cast) -> None:
    one, other = await make.account(), await make.account()
    for account in (one, other):
        await tags.tag_account(cast.vera, account, "At risk", now=NOON)
    await tags.untag_account(cast.vera, one, "at RISK", now=NOON)
    assert (await tags_of(cast, one), len(await tags.list_tags(cast.vera))) == ([], 1)
    with pytest.raises(NotFound):
        await tags.untag_account(cast.vera, one, "At risk", now=NOON)
    await tags.untag_account(cast.vera, other, "At risk", now=NOON)
    assert await tags.list_tags(cast.vera) == []
    assert (await events_of(one))[-1]["changes"] == {"tag": ["At risk", None]}


async def test_tags_follow_accounts_that_are_merged_and_taken_apart(cast: Cast) -> None:
    stays, goes = await make.account(), await make.account()
    await tags.tag_account(cast.vera, goes, "At risk", now=NOON)
    done = await merging.merge_accounts(cast.vera, goes, stays, now=NOON)
    assert await tags_of(cast, stays) == ["At risk"]
    await tags.tag_account(cast.vera, stays, "at risk", now=NOON)
    assert done.alias_id
    await merging.undo_merge(cast.vera, done.alias_id, now=NOON)
    assert (await tags_of(cast, stays), await tags_of(cast, goes)) == ([], ["At risk"])


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "\u0301"])
async def test_what_is_no_tag(cast: Cast, name: str) -> None:
    with pytest.raises(Invalid):
        await tags.tag_account(cast.vera, await make.account(), name, now=NOON)


async def test_an_account_has_so_many_and_no_more(cast: Cast) -> None:
    account = await make.account()
    for number in range(tags.MOST_OF_ONE):
        await tags.tag_account(cast.vera, account, f"Tag {number}", now=NOON)
    with pytest.raises(Conflict):
        await tags.tag_account(cast.vera, account, "One more", now=NOON)
    await tags.tag_account(cast.vera, account, "tag 3", now=NOON)


async def test_who_may(cast: Cast) -> None:
    account = await make.account()
    for name in ("pia", "dora", "milo", "faye", "audra", "ada"):
        actor = cast.everybody()[name]
        with pytest.raises(NotAllowed):
            await tags.tag_account(actor, account, "x", now=NOON)
        with pytest.raises(NotAllowed):
            await tags.untag_account(actor, account, "x", now=NOON)
    with pytest.raises(NotAllowed):
        await tags.list_tags(cast.pia)
    with pytest.raises(NotFound):
        await tags.tag_account(cast.vera, new_id(), "x", now=NOON)
    for table in ("partners_tag", "partners_account_tag", "partners_card_unlink"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.pia):
                await db.sql(f"SELECT * FROM {table}")


async def test_the_page_and_the_list_show_and_ask_for_them(app: Litestar, cast: Cast) -> None:
    account, other = await make.account("Nordwind GmbH"), await make.account("Suedwind GmbH")
    vera = await Browser.of(app, cast.vera)
    answer = await vera.post(f"/partners/accounts/{account}/tags", {"tag_text": "Großkunde", "tag": ""})
    assert answer.headers["location"] == f"/partners/accounts/{account}"
    page = (await vera.get(f"/partners/accounts/{account}")).text
    for words in ("Großkunde", "/partners/accounts?tag=Gro%C3%9Fkunde", "tagged the account “Großkunde”"):
        assert words in page
    listed = (await vera.get("/partners/accounts?tag=großkunde")).text
    assert ("Nordwind GmbH" in listed, "Suedwind GmbH" in listed) == (True, False)
    assert "Tag: großkunde" in listed
    whole = (await vera.get("/partners/accounts?size=10-49")).text
    assert '/partners/accounts?size=10-49&amp;tag=Gro%C3%9Fkunde">Großkunde</a>' in whole, "offered beside the filters"
    audra = await Browser.of(app, cast.audra)
    read_only = (await audra.get(f"/partners/accounts/{account}")).text
    assert ("Großkunde" in read_only, "tags/remove" in read_only) == (True, False)
    assert (await vera.post(f"/partners/accounts/{account}/tags/remove", {"name": "Großkunde"})).status_code == 303
    assert "Nothing matches" in (await vera.get("/partners/accounts?tag=großkunde")).text
    refused = await vera.post(f"/partners/accounts/{other}/tags", {"tag_text": "x" * 60, "tag": ""})
    assert refused.status_code == 422


async def test_the_api_does_what_the_page_does(app: Litestar, cast: Cast) -> None:
    account = await make.account()
    vera = await Browser.of(app, cast.vera)
    path = f"/api/v1/partners/accounts/{account}"
    assert (await vera.send_json("POST", f"{path}/tags", {"name": "At risk"})).json()["tags"] == ["At risk"]
    found = (await vera.json("/api/v1/partners/accounts/tags?q=risk")).json()["items"]
    assert [(one["name"], one["accounts"]) for one in found] == [("At risk", 1)]
    items = (await vera.json("/api/v1/partners/accounts?tag=at+risk")).json()["items"]
    assert [one["tags"] for one in items] == ["At risk"]
    assert (await vera.send_json("POST", f"{path}/tags/remove", {"name": "At risk"})).json()["tags"] == []
