"""Headers, hosts, limits of bodies, and the line in the log."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath

from portal.core.web.bodies import is_too_deep
from portal.core.web.forms import uploaded_file
from portal.core.web.guard import PUBLIC
from portal.core.web.pages import Page
from portal.core.web.site import Site
from portal.core.web.visit import AnyRequest, visit_of
from tests.portal.core.web.tiny import PAGE, SECURE_URL, URL, Browser, tiny_app

pytestmark = pytest.mark.security
MIB = 1024 * 1024


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@get("/hello/{name:str}", needs=PUBLIC, unit=False)
async def hello(name: FromPath[str]) -> str:
    return f"hello {len(name)}"


@post("/take", needs=PUBLIC, unit=False, status_code=200)
async def take(request: AnyRequest) -> str:
    visit = visit_of(request.scope)
    return json.dumps(
        [visit.fields, [[name, (await file.read()).decode()] for name, file in visit.files], await one_file(request)]
    )


async def one_file(request: AnyRequest) -> str | None:
    file = uploaded_file(request, "file")
    return file.filename if file else None


@post("/take-more", needs=PUBLIC, unit=False, status_code=200, request_max_body_size=3 * MIB)
async def take_more() -> str:
    return "taken"


@pytest.fixture
def app() -> Litestar:
    return tiny_app(token, hello, take, take_more)


@pytest.fixture
async def browser(app: Litestar) -> Browser:
    """Somebody whose token goes along in a header."""
    one = Browser(app)
    text = await one.token()
    one.http.headers["X-CSRF-Token"] = text.split("token ")[1][:64]
    return one


async def test_every_answer_is_protected(app: Litestar) -> None:
    for path in ("/token", "/nowhere", "/health", "/static/img/logo.svg"):
        headers = (await Browser(app).get(path)).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["script-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert len(headers.get_list("content-security-policy")) == 1


async def test_pages_are_not_kept_and_https_is_remembered_only_on_https(app: Litestar) -> None:
    plain = (await Browser(app).get("/token")).headers
    assert plain["cache-control"] == "no-store"
    assert "strict-transport-security" not in plain
    secure = (await Browser(tiny_app(token, url=SECURE_URL), url=SECURE_URL).get("/token")).headers
    assert secure["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("url", "host", "status"),
    [
        (URL, "127.0.0.1:8000", 200), (URL, "localhost:8000", 200), (URL, "localhost", 200), (URL, "[::1]:9", 200),
        (URL, "evil.example", 400), (URL, "127.0.0.1.evil.example", 400), (URL, "evil.example:8000", 400),
        (URL, "", 400), (URL, "localhost/evil", 400), (URL, "evil@localhost", 400), (URL, "local host", 400),
        (SECURE_URL, "portal.example.com", 200), (SECURE_URL, "portal.example.com:443", 200),
        (SECURE_URL, "PORTAL.example.com", 200), (SECURE_URL, "portal.example.com:8443", 400),
        (SECURE_URL, "portal.example.com.evil.example", 400), (SECURE_URL, "localhost:8000", 200),
    ],
)  # fmt: skip
async def test_only_our_host_is_answered(url: str, host: str, status: int) -> None:
    answer = await Browser(tiny_app(hello, url=url), url=url).get("/hello/x", Host=host)
    assert answer.status_code == status
    assert "evil" not in answer.text


@pytest.mark.parametrize("url", ["http://portal.example.com", "ftp://localhost", "https://", "https://a/b", "portal"])
def test_a_public_address_that_gives_cookies_away_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="public address"):
        Site.at(url, secret="s", vendor_name="v")


async def test_a_body_of_one_mebibyte_is_taken_and_one_byte_more_is_not(browser: Browser) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    limit = b"a=" + b"x" * (MIB - 2)
    assert (await browser.http.post("/take", content=limit, headers=form)).status_code == 200
    started = time.perf_counter()
    assert (await browser.http.post("/take", content=limit + b"x", headers=form)).status_code == 413
    assert time.perf_counter() - started < 0.1

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(1025):
            yield b"x" * 1024

    assert (await browser.http.post("/take", content=unannounced(), headers=form)).status_code == 413
    assert (await browser.http.post("/take-more", content=limit + b"x", headers=form)).status_code == 200


async def test_json_may_nest_to_a_depth_of_32(browser: Browser) -> None:
    statuses = []
    for depth in (32, 33, 100_000):
        started = time.perf_counter()
        answer = await browser.http.post(
            "/take", content=b"[" * depth + b"]" * depth, headers={"Content-Type": "application/json"}
        )
        statuses.append(answer.status_code)
        assert time.perf_counter() - started < 0.1
    assert statuses == [200, 400, 400]


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b'{"a": "[[[[[[\\"[[["}', False),
        (b'["\\\\", [[[[]]]]]', True),
        (b"[[[[", True),
        (b"", False),
        (b'{"a":[{"b":[]}]}', True),
        (b"[{},{}]", False),
    ],
)
def test_brackets_in_strings_do_not_count(body: bytes, *, deep: bool) -> None:
    assert is_too_deep(body, 3) is deep


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/msgpack", "text/html"])
async def test_other_kinds_of_content_are_not_read(browser: Browser, kind: str) -> None:
    answer = await browser.http.post("/take", content=b"<x/>", headers={"Content-Type": kind})
    assert answer.status_code == 415


async def test_forms_are_read_once_in_order(browser: Browser) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = await browser.http.post("/take", content=b"b=1&a=%E4%B8%AD&b=&c=a+b%26", headers=form)
    assert answer.json() == [[["b", "1"], ["a", "中"], ["b", ""], ["c", "a b&"]], [], None]
    for malformed in (b"a=%ff", "a=\u00e9".encode("latin-1"), b"&".join(b"a=1" for _ in range(2001))):
        assert (await browser.http.post("/take", content=malformed, headers=form)).status_code == 400


async def test_uploads_are_fields_and_files(browser: Browser) -> None:
    answer = await browser.http.post("/take", data={"kind": "deals"}, files={"file": ("a.csv", b"1;2")})
    assert answer.json() == [[["kind", "deals"]], [["file", "1;2"]], "a.csv"]


async def test_the_log_has_the_route_and_never_what_the_person_wrote(app: Litestar, logs: list[Any]) -> None:
    await Browser(app, "vera").get("/hello/secret%0aforged?q=private")
    await Browser(app).get("/secret-nowhere")
    first, second = logs
    assert [first["method"], first["route"], first["status"]] == ["GET", "/hello/{name}", 200]
    assert first["membership"].endswith("2")
    assert [second["route"], second["status"], second["membership"]] == ["-", 404, None]
    assert first["ms"] >= 0
    assert "secret" not in str(logs)
    assert "private" not in str(logs)


async def test_each_request_has_its_id(app: Litestar, logs: list[Any]) -> None:
    ids = [(await Browser(app).get("/hello/x")).headers["x-request-id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert [line["request_id"] for line in logs] == ids
