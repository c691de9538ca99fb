"""A command sent twice with one key acts once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar, Response, get, post
from litestar.datastructures import Cookie

from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from portal.core.permissions import Permission
from portal.core.web import unit
from portal.core.web.guard import PUBLIC, SIGNED_IN
from portal.core.web.idempotency import KEPT, purge_keys
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from tests.portal.core.web import tiny
from tests.portal.core.web.tiny import PAGE, Browser, tiny_app

DONE: list[str] = []
GATE, STARTED = asyncio.Event(), asyncio.Event()


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@post(["/act", "/act-more", "/api/v1/act"], needs=SIGNED_IN, status_code=200)
async def act(request: AnyRequest) -> Response[dict[str, int]]:
    DONE.append(request.url.path)
    if "fail" in request.query_params:
        raise Conflict
    return Response({"done": len(DONE)}, headers={"X-Own": "1"}, cookies=[Cookie("secret", "s")])


@post("/go", needs=Permission.DEALS_WRITE)
async def go() -> Redirect:
    DONE.append("go")
    return Redirect("/there", said="Gone")


@post("/slow", needs=SIGNED_IN, status_code=200)
async def slow() -> str:
    DONE.append("slow")
    STARTED.set()
    await GATE.wait()
    return "slow"


@pytest.fixture
def app() -> Litestar:
    DONE.clear()
    GATE.clear()
    STARTED.clear()
    return tiny_app(token, act, go, slow)


async def browser_of(app: Litestar, who: str) -> Browser:
    browser = Browser(app, who)
    browser.http.headers["X-CSRF-Token"] = (await browser.token()).split("token ")[1][:64]
    return browser


@pytest.fixture
async def pia(app: Litestar, db: str) -> Browser:  # noqa: ARG001 -- everything is undone
    return await browser_of(app, "pia")


async def test_the_second_time_gets_the_first_answer(pia: Browser) -> None:
    key = str(uuid4())
    first, second = [await pia.post("/act", {"a": "1", "idempotency_key": key}, token=None) for _ in range(2)]
    assert [first.json(), second.json(), DONE] == [{"done": 1}, {"done": 1}, ["/act"]]
    assert [first.status_code, second.status_code, second.headers["x-own"]] == [200, 200, "1"]
    assert [first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]] == [None, "true"]
    assert "secret" in first.headers["set-cookie"]
    assert "secret" not in second.headers.get("set-cookie", "")
    for protected in ("content-security-policy", "x-content-type-options"):
        assert second.headers.get_list(protected) == first.headers.get_list(protected)


async def test_a_redirect_is_replayed_too(pia: Browser) -> None:
    key = str(uuid4())
    answers = [await pia.post("/go", {"idempotency_key": key}, token=None) for _ in range(2)]
    assert [(a.status_code, a.headers["location"]) for a in answers] == [(303, "/there")] * 2
    assert DONE == ["go"]


async def test_programs_send_the_key_in_a_header(pia: Browser) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    answers = [await pia.http.post("/api/v1/act", json={"a": 1}, headers=key) for _ in range(2)]
    assert [a.json() for a in answers] == [{"done": 1}] * 2
    other = await pia.http.post("/api/v1/act", json={"a": 2}, headers=key)
    assert [other.status_code, other.json()["code"]] == [422, "key_reused"]


async def test_the_same_key_with_other_content_is_refused(pia: Browser) -> None:
    key = str(uuid4())
    await pia.post("/act", {"a": "1", "idempotency_key": key}, token=None)
    other = await pia.post("/act", {"a": "2", "idempotency_key": key}, token=None)
    query = await pia.post("/act?x=1", {"a": "1", "idempotency_key": key}, token=None)
    assert [other.status_code, query.status_code, DONE] == [422, 422, ["/act"]]


async def test_another_token_is_not_other_content(pia: Browser) -> None:
    key = str(uuid4())
    await pia.post("/act", {"a": "1", "idempotency_key": key, "csrf_token": "x"}, token=None)
    again = await pia.post("/act", {"csrf_token": "y", "a": "1", "idempotency_key": key}, token=None)
    assert [again.status_code, len(DONE)] == [200, 1]


async def test_files_are_compared_by_content(pia: Browser) -> None:
    key = str(uuid4())
    data = {"idempotency_key": key}
    statuses = [
        (await pia.http.post("/act", data=data, files={"file": ("a.csv", content)})).status_code
        for content in (b"one", b"one", b"two")
    ]
    assert [statuses, len(DONE)] == [[200, 200, 422], 1]


async def test_keys_are_of_one_person_method_and_address(app: Litestar, pia: Browser) -> None:
    key = str(uuid4())
    vera = await browser_of(app, "vera")
    for browser, path in ((pia, "/act"), (vera, "/act"), (pia, "/act-more")):
        assert (await browser.post(path, {"idempotency_key": key}, token=None)).status_code == 200
    assert DONE == ["/act", "/act", "/act-more"]


async def test_what_failed_may_be_tried_again(pia: Browser) -> None:
    key = str(uuid4())
    for _ in range(2):
        assert (await pia.post("/act?fail=1", {"idempotency_key": key}, token=None)).status_code == 409
    assert len(DONE) == 2
    async with database.transaction(SYSTEM):
        assert await database.sql("SELECT 1 FROM core_idempotency WHERE key = $1", key) == []


async def test_without_a_key_everything_acts(pia: Browser) -> None:
    for _ in range(2):
        await pia.post("/act", {"a": "1"}, token=None)
    assert len(DONE) == 2


@pytest.mark.parametrize("key", ["short", "x" * 81, "with space", "semi;colon;", "中文中文中文中文"])
async def test_a_malformed_key_is_refused(pia: Browser, key: str) -> None:
    answer = await pia.post("/act", {"idempotency_key": key}, token=None)
    assert [answer.status_code, DONE] == [422, []]


@pytest.mark.security
async def test_rights_are_asked_again_before_a_replay(pia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    key = str(uuid4())
    assert (await pia.post("/go", {"idempotency_key": key}, token=None)).status_code == 303
    demoted = tiny.person(1, "Pia", partner=tiny.ALPHA)
    monkeypatch.setitem(tiny.PEOPLE, "pia", demoted)
    assert (await pia.post("/go", {"idempotency_key": key}, token=None)).status_code == 403
    assert DONE == ["go"]


@pytest.mark.security
async def test_a_partner_sees_its_own_keys_only(app: Litestar, pia: Browser) -> None:
    await (await browser_of(app, "vera")).post("/act", {"idempotency_key": "of-vera-1"}, token=None)
    await pia.post("/act", {"idempotency_key": "of-pia-12"}, token=None)
    async with database.transaction(tiny.PIA):
        rows = await database.sql("SELECT key FROM core_idempotency")
    assert [row["key"] for row in rows] == ["of-pia-12"]


async def test_a_key_lives_for_a_day(pia: Browser) -> None:
    key = str(uuid4())

    async def age(by: timedelta) -> None:
        async with database.transaction(SYSTEM):
            await database.sql(
                "UPDATE core_idempotency SET created_at = created_at - $2::interval WHERE key = $1", key, by
            )

    for older, done in ((timedelta(0), 1), (KEPT - timedelta(minutes=1), 1), (timedelta(minutes=2), 2)):
        await pia.post("/act", {"idempotency_key": key}, token=None)
        await age(older)
        answer = await pia.post("/act", {"idempotency_key": key}, token=None)
        assert [answer.status_code, answer.json()] == [200, {"done": done}]


async def test_old_keys_are_deleted(pia: Browser) -> None:
    await pia.post("/act", {"idempotency_key": str(uuid4())}, token=None)
    now = datetime.now(UTC)
    assert await purge_keys(now=now + KEPT - timedelta(minutes=1)) == 0
    assert await purge_keys(now=now + KEPT + timedelta(minutes=1)) == 1


@pytest.fixture
async def committed(pool: str) -> AsyncIterator[None]:
    """For races: real commits, taken away afterwards."""
    assert pool
    yield
    async with database.transaction(SYSTEM):
        await database.sql("DELETE FROM core_idempotency")


@pytest.mark.usefixtures("committed")
async def test_while_the_first_runs_the_second_neither_waits_nor_runs(app: Litestar) -> None:
    pia = await browser_of(app, "pia")
    key = str(uuid4())

    async def send() -> Any:
        return await pia.post("/slow", {"idempotency_key": key}, token=None)

    first = asyncio.create_task(send())
    await STARTED.wait()
    racers = await asyncio.wait_for(asyncio.gather(*(send() for _ in range(5))), 5)
    GATE.set()
    assert [(await first).status_code, {racer.status_code for racer in racers}] == [200, {409}]
    assert [(await send()).text, DONE] == ["slow", ["slow"]]


@pytest.mark.usefixtures("committed")
async def test_of_twenty_at_once_one_acts(app: Litestar) -> None:
    GATE.set()
    pia = await browser_of(app, "pia")
    answers = await asyncio.gather(
        *(pia.post("/slow", {"idempotency_key": "race-race"}, token=None) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert DONE == ["slow"]


@pytest.mark.usefixtures("committed")
async def test_without_the_claim_every_click_acts(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the tests above hold is the claim's doing."""

    async def no_claim(*_arguments: Any, **_more: Any) -> None:
        return None

    monkeypatch.setattr(unit, "claim_key", no_claim)
    pia = await browser_of(app, "pia")
    for _ in range(2):
        await pia.post("/act", {"idempotency_key": "same-same"}, token=None)
    assert len(DONE) == 2
