"""One unit of work per request: committed before the answer, undone when it fails, read-only when it only reads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
from litestar import Litestar, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from portal.core import db as database
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.web import unit
from portal.core.web.guard import PUBLIC, SIGNED_IN
from portal.core.web.pages import Page
from tests.portal.core.web.tiny import PAGE, VERA, Browser, tiny_app


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


async def write(key: str) -> None:
    async with database.transaction(VERA):
        await database.sql("INSERT INTO core_setting (key, value) VALUES ($1, '1')", key)


async def written() -> list[str]:
    async with database.transaction(SYSTEM):
        rows = await database.sql("SELECT key FROM core_setting WHERE key LIKE 'unit-test-%' ORDER BY key")
    return [row["key"][10:] for row in rows]


@post("/write/{status:int}", needs=SIGNED_IN)
async def answering(status: FromPath[int]) -> Response[str]:
    await write("unit-test-answer")
    return Response("answered", status_code=status)


@post("/write-then-fail", needs=SIGNED_IN)
async def failing() -> None:
    await write("unit-test-fail")
    message = "Somebody was faster."
    raise Conflict(message)


@post("/write-twice", needs=SIGNED_IN)
async def colliding() -> None:
    await write("unit-test-twice")
    await write("unit-test-twice")


@post("/alone", needs=SIGNED_IN, unit=False)
async def alone() -> str:
    return str(database.in_transaction())


@get("/read", needs=SIGNED_IN)
async def reading() -> str:
    return str(await database.sql_value("SELECT current_user"))


@get("/read-and-write", needs=SIGNED_IN)
async def peeking() -> str:
    await write("unit-test-peek")
    return "written"


@get("/recorded", needs=SIGNED_IN, records=True)
async def recorded() -> str:
    await write("unit-test-recorded")
    return "seen"


@get("/stream", needs=SIGNED_IN)
async def streaming() -> Stream:
    async def lines() -> AsyncIterator[str]:
        async for row in database.stream("SELECT n FROM generate_series(1, 5) AS n", batch=2):
            yield f"{row['n']}\n"

    return Stream(lines())


@pytest.fixture
def app() -> Litestar:
    return tiny_app(token, answering, failing, colliding, alone, reading, peeking, recorded, streaming)


@pytest.fixture
async def vera(app: Litestar, db: str) -> Browser:  # noqa: ARG001 -- everything is undone
    browser = Browser(app, "vera")
    browser.http.headers["X-CSRF-Token"] = (await browser.token()).split("token ")[1][:64]
    return browser


@pytest.mark.parametrize(("status", "kept"), [(200, ["answer"]), (303, ["answer"]), (400, []), (422, []), (500, [])])
async def test_an_answer_decides_whether_its_work_is_kept(vera: Browser, status: int, kept: list[str]) -> None:
    answer = await vera.post(f"/write/{status}", token=None)
    assert [answer.status_code, answer.text] == [status, "answered"]
    assert await written() == kept


async def test_what_a_rule_refuses_is_undone(vera: Browser) -> None:
    answer = await vera.post("/write-then-fail", token=None)
    assert [answer.status_code, "Somebody was faster." in answer.text] == [409, True]
    assert await written() == []


async def test_a_failed_statement_is_told_and_undone(vera: Browser) -> None:
    answer = await vera.post("/write-twice", token=None)
    assert answer.status_code == 409
    assert await written() == []


async def test_the_request_runs_as_the_actors_database_role(app: Litestar, vera: Browser) -> None:
    assert (await vera.get("/read")).text == "tributary_staff"
    assert (await Browser(app, "pia").get("/read")).text == "tributary_partner"
    assert (await vera.post("/alone", token=None)).text == "False"


@pytest.mark.security
async def test_reading_cannot_write(vera: Browser) -> None:
    assert (await vera.get("/read-and-write")).status_code == 500
    assert await written() == []


async def test_who_looked_may_be_recorded(vera: Browser) -> None:
    assert (await vera.get("/recorded")).text == "seen"
    assert await written() == ["recorded"]


async def test_reading_streams_inside_its_unit(vera: Browser) -> None:
    assert (await vera.get("/stream")).text == "1\n2\n3\n4\n5\n"


class Lost(asyncpg.ConnectionDoesNotExistError):
    """The reply to COMMIT never came."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (asyncpg.SerializationError("x"), 503),
        (Lost("x"), 503),
        (asyncpg.ExclusionViolationError("x"), 409),
        (ZeroDivisionError(), 500),
    ],
)
async def test_the_answer_waits_for_the_commit(
    vera: Browser, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """A deferred constraint, a deadlock or a lost connection: the person must not read that it was done."""

    @asynccontextmanager
    async def failing_commit(actor: Actor) -> AsyncIterator[None]:
        async with database.transaction(actor):
            yield
            raise error

    monkeypatch.setattr(unit, "transaction", failing_commit)
    answer = await vera.post("/write/200", token=None)
    assert [answer.status_code, "answered" in answer.text] == [status, False]
    assert ("retry-after" in answer.headers) == (status == 503)
    assert await written() == []


async def test_an_answer_that_did_not_wait_would_lie(vera: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: sent at once, the same lost commit reads as done."""

    async def hasty(actor: Any, scope: Any, receive: Any, send: Any, next_app: Any) -> None:
        with suppress(Lost):
            async with database.transaction(actor):
                await next_app(scope, receive, send)
                raise Lost

    monkeypatch.setattr(unit, "_write", hasty)
    assert (await vera.post("/write/200", token=None)).status_code == 200
    assert await written() == []
