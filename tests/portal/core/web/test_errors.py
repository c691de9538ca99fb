"""Errors: each exception as a page, a fragment and problem+json, and what none of them tells."""

import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from litestar import Litestar, get, post
from litestar.exceptions import ClientException, TooManyRequestsException
from litestar.params import FromPath, FromQuery

from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from portal.core.i18n import using
from portal.core.web import errors
from portal.core.web.guard import PUBLIC, SIGNED_IN
from portal.core.web.pages import Page
from tests.portal.core.web.tiny import PAGE, Browser, tiny_app

CASES: dict[str, tuple[Exception, int]] = {
    "missing": (NotFound("Deal 42 of a rival"), 404),
    "not-allowed": (NotAllowed("Only a manager decides."), 403),
    "conflict": (Conflict("Already approved."), 409),
    "invalid": (Invalid({"title": "Write a title.", "": "And more."}), 422),
    "client": (ClientException("internal words"), 400),
    "too-many": (TooManyRequestsException(headers={"Retry-After": "7", "X-Secret": "1"}), 429),
    "too-often": (TooMany("Wait a while.", retry_after=90), 429),
    "mistake": (ZeroDivisionError("secret detail"), 500),
    "closed": (asyncpg.InterfaceError("connection is closed"), 503),
    "misuse": (asyncpg.InterfaceError("another operation is in progress"), 500),
    "pool": (TimeoutError(), 503),
    "refused": (ConnectionRefusedError(), 503),
    "serialization": (asyncpg.SerializationError("x"), 503),
    "deadlock": (asyncpg.DeadlockDetectedError("x"), 503),
    "statement-timeout": (asyncpg.QueryCanceledError("x"), 503),
    "disk-full": (asyncpg.DiskFullError("x"), 503),
    "too-many-connections": (asyncpg.TooManyConnectionsError("x"), 503),
    "lost-race": (asyncpg.ExclusionViolationError("x"), 409),
    "read-only": (asyncpg.ReadOnlySQLTransactionError("x"), 500),
}  # fmt: skip


@get(["/raise/{kind:str}", "/api/v1/raise/{kind:str}"], needs=PUBLIC, unit=False)
async def raising(kind: FromPath[str]) -> str:
    raise CASES[kind][0]


@get(["/things/{thing:uuid}", "/api/v1/things/{thing:uuid}"], needs=SIGNED_IN, unit=False)
async def show(thing: FromPath[UUID], number: FromQuery[int] = 0) -> str:
    if thing == UUID(int=1):
        return f"yours {number}"
    raise NotFound("a rival has it" if thing == UUID(int=2) else "")


@post("/api/v1/number", needs=PUBLIC, unit=False)
async def number() -> None:
    return None


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@pytest.fixture
def app() -> Litestar:
    return tiny_app(raising, show, number, token)


@pytest.mark.parametrize("kind", CASES)
async def test_every_exception_in_every_form(app: Litestar, kind: str) -> None:
    status = CASES[kind][1]
    page = await Browser(app, "vera").get(f"/raise/{kind}")
    part = await Browser(app, "vera").htmx(f"/raise/{kind}")
    problem = await Browser(app, "vera").get(f"/api/v1/raise/{kind}")
    wanted = await Browser(app, "vera").get(f"/raise/{kind}", Accept="application/json")
    assert [answer.status_code for answer in (page, part, problem, wanted)] == [status] * 4
    assert "<!doctype html>" in page.text
    assert "<!doctype html>" not in part.text
    assert part.headers["content-type"].startswith("text/html")
    for answer in (problem, wanted):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["title"] in page.text
    for answer in (page, part, problem):
        assert ("retry-after" in answer.headers) == (status in {503, 429})
        assert "secret" not in answer.text.lower()
        assert "internal words" not in answer.text
        assert "x-secret" not in answer.headers


async def test_the_words_of_rules_reach_the_person(app: Litestar) -> None:
    browser = Browser(app, "vera")
    assert "Only a manager decides." in (await browser.get("/raise/not-allowed")).text
    assert (await browser.get("/raise/too-often")).headers["retry-after"] == "90"
    assert "Already approved." in (await browser.htmx("/raise/conflict")).text
    assert (await browser.get("/api/v1/raise/invalid")).json()["errors"] == [
        {"field": "title", "message": "Write a title."},
        {"field": "", "message": "And more."},
    ]


async def test_our_mistakes_have_a_reference_that_is_in_the_log(app: Litestar, logs: list[Any]) -> None:
    page = await Browser(app, "vera").get("/raise/mistake")
    reference = page.headers["x-request-id"]
    assert reference in page.text
    line = next(line for line in logs if line["event"] == "request failed")
    assert line["request_id"] == reference
    assert isinstance(line["exc_info"], ZeroDivisionError)
    other = await Browser(app, "vera").get("/api/v1/raise/mistake")
    assert other.json()["reference"] == other.headers["x-request-id"] != reference


@pytest.mark.security
@pytest.mark.parametrize("prefix", ["", "/api/v1"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}, {"Accept": "application/json"}])
async def test_an_unseen_row_answers_exactly_like_a_missing_one(
    app: Litestar, prefix: str, headers: dict[str, str]
) -> None:
    browser = Browser(app, "pia")
    unseen, missing = UUID(int=2), uuid4()
    answers = [await browser.get(f"{prefix}/things/{one}", **headers) for one in (unseen, missing)]
    bodies = [masked(a.text, str(one)) for a, one in zip(answers, (unseen, missing), strict=True)]
    assert bodies[0] == bodies[1]
    assert [answer.status_code for answer in answers] == [404, 404]
    names = [sorted((k, v) for k, v in answer.headers.items() if k != "x-request-id") for answer in answers]
    assert names[0] == names[1]
    assert "rival" not in bodies[0]


async def test_missing_routes_and_wrong_methods_are_answered_alike(app: Litestar) -> None:
    browser = Browser(app, "vera")
    missing, malformed = await browser.get("/nowhere"), await browser.get("/things/not-an-id")
    assert [missing.status_code, malformed.status_code] == [404, 404]
    assert masked(missing.text, "/nowhere") == masked(malformed.text, "/things/not-an-id")
    method = await browser.http.delete(f"/things/{UUID(int=1)}")
    assert [method.status_code, method.headers["content-security-policy"][:18]] == [405, "default-src 'self'"]
    assert (await browser.get("/api/v1/nowhere")).json()["title"] == missing_title(missing)


def masked(text: str, asked: str) -> str:
    """Without what differs by itself: the address that was asked, and the keys of the page's own forms."""
    return re.sub(r'(name="idempotency_key" value=")[^"]*', r"\1KEY", text).replace(asked, "ASKED")


def missing_title(answer: Any) -> str:
    found = re.search(r"<h1>([^<]*)</h1>", answer.text)
    assert found
    return found[1]


async def test_a_parameter_that_is_none_is_named_in_our_words(app: Litestar) -> None:
    answer = await Browser(app, "vera").get(f"/api/v1/things/{UUID(int=1)}?number=many")
    assert [answer.status_code, answer.json()["errors"]] == [
        422,
        [{"field": "number", "message": "This is not a valid value."}],
    ]
    assert "Expected" not in answer.text


async def test_errors_come_in_the_persons_language(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "portal.core.i18n.sentences", lambda locale: {"Nothing here": ("这里什么也没有",)} if locale == "zh_CN" else {}
    )
    assert "这里什么也没有" in (await Browser(app, "li").get("/raise/missing")).text
    assert (await Browser(app).get("/api/v1/raise/missing", Accept_Language="zh")).headers[
        "content-language"
    ] == "zh-CN"


def test_every_status_has_words() -> None:
    with using("en"):
        for status in (400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 503):
            problem = errors._problem(status)
            assert problem.title
            assert problem.detail


async def test_an_error_page_that_cannot_be_drawn_is_plain_words(
    app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "TEMPLATE", "portal/core/pages/gone.html")
    answer = await Browser(app, "vera").get("/raise/mistake")
    assert [answer.status_code, answer.text] == [500, "Internal Server Error"]
    assert answer.headers["x-content-type-options"] == "nosniff"
