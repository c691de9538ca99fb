"""No other site writes here: every unsafe request without, with a foreign, and with its own token."""

import re
from typing import Any

import pytest
from litestar import Litestar, delete, get, patch, post, put
from litestar.middleware import ASGIMiddleware

from portal.core.web import build
from portal.core.web.guard import PUBLIC, SIGNED_IN
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest, visit_of
from tests.portal.core.web.tiny import PAGE, SECURE_URL, Browser, tiny_app

pytestmark = pytest.mark.security


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@post(["/write", "/api/v1/write"], needs=SIGNED_IN, unit=False, status_code=200)
async def write(request: AnyRequest) -> str:
    return str(visit_of(request.scope).fields)


@post("/sign-in", needs=PUBLIC, unit=False, status_code=200)
async def sign_in() -> str:
    return "welcome"


@put("/api/v1/thing", needs=SIGNED_IN, unit=False)
async def put_thing() -> str:
    return "put"


@patch("/api/v1/thing", needs=SIGNED_IN, unit=False)
async def patch_thing() -> str:
    return "patched"


@delete("/api/v1/thing", needs=SIGNED_IN, unit=False, status_code=200)
async def delete_thing() -> str:
    return "deleted"


def tiny(**more: Any) -> Litestar:
    return tiny_app(token, write, sign_in, put_thing, patch_thing, delete_thing, **more)


@pytest.fixture
def app() -> Litestar:
    return tiny()


async def token_of(browser: Browser) -> str:
    found = re.search(r"token ([0-9a-f]{64}) ", (await browser.get("/token")).text)
    assert found
    return found[1]


async def test_a_form_with_its_token_is_accepted(app: Litestar) -> None:
    browser = Browser(app, "vera")
    answer = await browser.post("/write", {"a": "1"}, token=await token_of(browser))
    assert [answer.status_code, "('a', '1')" in answer.text] == [200, True]


async def test_the_token_may_come_in_a_header(app: Litestar) -> None:
    browser = Browser(app, "vera")
    answer = await browser.post("/write", token=None, X_CSRF_Token=await token_of(browser))
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_no_unsafe_request_without_its_own_token(app: Litestar, method: str) -> None:
    vera, pia = Browser(app, "vera"), Browser(app, "pia")
    path = "/api/v1/write" if method == "POST" else "/api/v1/thing"
    own, foreign = await token_of(vera), await token_of(pia)
    statuses = []
    for given in (own, foreign, "", "x", own[:-1], own.upper(), "\u00e9"):
        headers = (
            {b"X-CSRF-Token": given.encode("latin-1"), b"Origin": vera.url.encode()}
            if given
            else {b"Origin": vera.url.encode()}
        )
        statuses.append((await vera.http.request(method, path, headers=headers)).status_code)
    assert statuses == [200, 403, 403, 403, 403, 403, 403]


async def test_the_token_of_another_session_or_visitor_is_foreign(app: Litestar) -> None:
    nobody = Browser(app)
    before = await token_of(nobody)
    nobody.http.cookies.set("tributary_session", "vera")
    assert await token_of(nobody) != before
    assert (await nobody.post("/write", token=before)).status_code == 403


async def test_sign_in_forms_have_a_token_too(app: Litestar) -> None:
    browser = Browser(app)
    assert (await browser.post("/sign-in", token="x" * 64)).status_code == 403
    own = await token_of(browser)
    assert (await browser.post("/sign-in", token=own)).status_code == 200
    assert (await Browser(app).post("/sign-in", token=own)).status_code == 403
    assert await token_of(browser) == own


async def test_nobody_is_asked_to_sign_in_rather_than_for_a_token(app: Litestar) -> None:
    answer = await Browser(app).post("/write", token=None)
    assert [answer.status_code, answer.headers["location"]] == [303, "/sign-in"]
    assert (await Browser(app).post("/api/v1/write", token=None)).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:8000"}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
        ({"Origin": "http://127.0.0.1:8001"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8000@evil.example"}, 403),
        ({"Origin": "http://evil.example@127.0.0.1:8000"}, 403),
        ({"Origin": "http://127.0.0.1:8000/"}, 403),
        ({"Origin": "http://127.0.0.1:banana"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({}, 200),
    ],
)
async def test_the_origin_must_be_ours_even_with_the_token(app: Litestar, headers: dict[str, str], status: int) -> None:
    browser = Browser(app, "vera")
    answer = await browser.http.post("/write", headers={"X-CSRF-Token": await token_of(browser), **headers})
    assert answer.status_code == status


async def test_https_has_host_cookies_and_its_own_origin() -> None:
    secure = tiny(url=SECURE_URL)
    browser = Browser(secure, url=SECURE_URL)
    first = await browser.get("/token")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("__Host-tributary_visitor=")
    assert all(mark in cookie for mark in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
    own = await token_of(browser)
    statuses = [
        (await browser.post("/sign-in", token=own, Origin=origin)).status_code
        for origin in (SECURE_URL, SECURE_URL + ":443", "http://portal.example.com", "http://localhost")
    ]
    assert statuses == [200, 200, 403, 403]


async def test_reading_needs_no_token(app: Litestar) -> None:
    assert (await Browser(app).get("/token", Origin="https://evil.example")).status_code == 200


async def test_without_the_check_a_foreign_form_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the tests above hold is this middleware's doing."""

    class Nothing(ASGIMiddleware):
        async def handle(self, scope: Any, receive: Any, send: Any, next_app: Any) -> None:
            await next_app(scope, receive, send)

    monkeypatch.setattr(build, "CsrfMiddleware", Nothing)
    assert (await Browser(tiny(), "vera").post("/write", token=None, Origin="https://evil.example")).status_code == 200
