"""Segments are saved filters: found again, shared or kept, changed by who saved them, and the vendor's alone."""

import asyncpg
import pytest
from litestar import Litestar

from partners.customers.lists import ACCOUNTS
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.ids import new_id
from portal.core.questions import Question
from portal.segments import queries, service
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of
from tests.web import Browser

QUERY = "size=10-49&country=de"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def names(cast: Cast, who: str) -> list[str]:
    return [one.name for one in await queries.list_segments(cast.everybody()[who], "accounts")]


async def test_a_filter_is_saved_as_the_list_itself_writes_it(cast: Cast) -> None:
    key = await service.save_segment(
        cast.vera, "accounts", " Small  Germans ", "country=de&cursor=x&size=10-49&utm=1", shared=False, now=NOON
    )
    [saved] = await queries.list_segments(cast.vera, "accounts")
    assert (saved.id, saved.name, saved.query) == (key, "Small Germans", QUERY)
    assert saved.href == f"/partners/accounts?{QUERY}"
    bar, _none = await queries.bar_of(cast.vera, ACCOUNTS, {"country": "de", "size": "10-49", "cursor": "x"})
    assert bar.chosen == saved
    bar, [number] = await queries.bar_of(cast.vera, ACCOUNTS, {"size": "10-49"}, [Question("SELECT $1::int", (7,))])
    assert (bar.chosen, bar.query, number) == (None, "size=10-49", 7)
    bar, _none = await queries.bar_of(cast.vera, ACCOUNTS, {})
    assert (bar.chosen, bar.query) == (None, "")
    told = (await events_of(key))[-1]
    assert (told["name"], told["audience"], told["changes"]["query"]) == ("segment.saved", "vendor", QUERY)


async def test_the_same_name_again_is_that_segment(cast: Cast) -> None:
    one = await service.save_segment(cast.vera, "accounts", "Mine", QUERY, shared=False, now=NOON)
    again = await service.save_segment(cast.vera, "accounts", "MINE", "q=wind", shared=True, now=NOON)
    other = await service.save_segment(cast.sam, "accounts", "Mine", QUERY, shared=False, now=NOON)
    assert one == again != other
    [saved] = await queries.list_segments(cast.vera, "accounts")
    assert (saved.name, saved.query, saved.is_shared) == ("MINE", "q=wind", True)


async def test_ones_own_come_first_and_others_only_when_shared(cast: Cast) -> None:
    mine = await service.save_segment(cast.vera, "accounts", "Vera's", QUERY, shared=False, now=NOON)
    await service.save_segment(cast.sam, "accounts", "A shared one", QUERY, shared=True, now=NOON)
    assert await names(cast, "vera") == ["Vera's", "A shared one"]
    assert await names(cast, "audra") == ["A shared one"]
    href = await service.share_segment(cast.vera, mine, shared=True, now=NOON)
    assert href == f"/partners/accounts?{QUERY}"
    assert await names(cast, "audra") == ["A shared one", "Vera's"]
    await service.share_segment(cast.vera, mine, shared=False, now=NOON)
    assert await names(cast, "audra") == ["A shared one"]
    assert [one["name"] for one in await events_of(mine)] == ["segment.saved", "segment.shared", "segment.unshared"]


async def test_only_its_owner_changes_it(cast: Cast) -> None:
    shared = await service.save_segment(cast.vera, "accounts", "Shared", QUERY, shared=True, now=NOON)
    own = await service.save_segment(cast.vera, "accounts", "Own", QUERY, shared=False, now=NOON)
    with pytest.raises(NotAllowed):
        await service.remove_segment(cast.sam, shared, now=NOON)
    with pytest.raises(NotFound):
        await service.remove_segment(cast.sam, own, now=NOON)
    assert await service.remove_segment(cast.vera, own, now=NOON) == "/partners/accounts"
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.vera.membership_id, NOON)
    assert await service.remove_segment(cast.sam, shared, now=NOON) == "/partners/accounts"
    assert await names(cast, "sam") == []


@pytest.mark.parametrize(
    ("name", "query"), [("", QUERY), ("All", ""), ("All", "cursor=x"), ("Wrong", "size=11"), ("x" * 81, QUERY)]
)
async def test_what_is_no_segment(cast: Cast, name: str, query: str) -> None:
    with pytest.raises(Invalid):
        await service.save_segment(cast.vera, "accounts", name, query, shared=False, now=NOON)


async def test_partners_have_none(cast: Cast) -> None:
    key = await service.save_segment(cast.vera, "accounts", "Shared", QUERY, shared=True, now=NOON)
    for actor in (cast.pia, cast.dora):
        with pytest.raises(NotAllowed):
            await queries.list_segments(actor, "accounts")
        with pytest.raises(NotAllowed):
            await service.save_segment(actor, "accounts", "x", QUERY, shared=True, now=NOON)
        with pytest.raises(NotAllowed):
            await service.remove_segment(actor, key, now=NOON)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(actor):
                await db.sql("SELECT * FROM segments_segment")
    with pytest.raises(NotFound):
        await queries.list_segments(cast.vera, "nothing")
    with pytest.raises(NotFound):
        await service.share_segment(cast.vera, new_id(), shared=True, now=NOON)


async def test_the_list_saves_shows_shares_and_removes(app: Litestar, cast: Cast) -> None:
    await make.account("Nordwind GmbH", size="10-49")
    vera, sam = await Browser.of(app, cast.vera), await Browser.of(app, cast.sam)
    page = (await vera.get("/partners/accounts")).text
    assert "Save as a segment" not in page, "the whole list is nothing to save"
    page = (await vera.get("/partners/accounts?size=10-49&q=nord")).text
    assert 'value="q=nord&amp;size=10-49"' in page
    fields = {"list": "accounts", "name": "Northern", "query": "q=nord&size=10-49"}
    answer = await vera.post("/segments", fields)
    assert answer.headers["location"] == "/partners/accounts?q=nord&size=10-49"
    page = (await vera.get(answer.headers["location"])).text
    for words in ("Northern", 'aria-current="page"', "Share with colleagues", "Remove the segment"):
        assert words in page
    assert "Northern" not in (await sam.get("/partners/accounts")).text
    [saved] = await queries.list_segments(cast.vera, "accounts")
    assert (await vera.post(f"/segments/{saved.id}/sharing", {"shared": "yes"})).status_code == 303
    seen = (await sam.get("/partners/accounts?q=nord&size=10-49")).text
    assert ("Northern" in seen, "Vera Vendor" in seen, "Remove the segment" in seen) == (True, True, False)
    assert (await vera.post(f"/segments/{saved.id}/remove")).headers["location"] == "/partners/accounts"
    assert "Northern" not in (await vera.get("/partners/accounts")).text
    assert (await vera.post("/segments", fields | {"query": ""})).status_code == 422


async def test_the_api_does_what_the_list_does(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    body = {"list": "accounts", "name": "Northern", "query": "q=nord"}
    key = (await vera.send_json("POST", "/api/v1/segments", body)).json()["id"]
    [found] = (await vera.json("/api/v1/segments?list=accounts")).json()["items"]
    assert (found["id"], found["href"], found["is_shared"]) == (key, "/partners/accounts?q=nord", False)
    shared = await vera.send_json("POST", f"/api/v1/segments/{key}/sharing", {"shared": True})
    assert shared.json() == {"id": key, "shared": True}
    assert (await vera.send_json("DELETE", f"/api/v1/segments/{key}", None)).status_code == 200
    assert (await vera.json("/api/v1/segments?list=accounts")).json() == {"items": []}
