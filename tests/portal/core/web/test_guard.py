"""The guard: who gets in, and handlers that must not be served at all."""

from typing import Any

import pytest
from litestar import Controller, Litestar, WebSocket, get, post, websocket
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web import build
from portal.core.web.guard import PUBLIC, SIGNED_IN, check_routes, served
from portal.core.web.pages import Page
from tests.portal.core.web.tiny import PAGE, Browser, tiny_app

pytestmark = pytest.mark.security


@get("/public", needs=PUBLIC, unit=False)
async def public(actor: NamedDependency[Actor | None]) -> str:
    return actor.name if actor else "nobody"


@get(["/signed-in", "/api/v1/signed-in"], needs=SIGNED_IN, unit=False)
async def signed_in(actor: NamedDependency[Actor]) -> str:
    return actor.name


@get("/decide", needs=Permission.DEALS_DECIDE, unit=False)
async def decide(actor: NamedDependency[Actor]) -> str:
    return actor.name


@get("/either", needs={Permission.DEALS_DECIDE, Permission.DEALS_WRITE}, unit=False)
async def either(actor: NamedDependency[Actor]) -> str:
    return actor.name


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@pytest.fixture
def app() -> Litestar:
    return tiny_app(public, signed_in, decide, either)


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("/public", None, 200), ("/public", "pia", 200),
        ("/signed-in", None, 303), ("/signed-in", "audra", 200), ("/signed-in", "stranger", 303),
        ("/decide", None, 303), ("/decide", "vera", 200), ("/decide", "pia", 403), ("/decide", "audra", 403),
        ("/either", None, 303), ("/either", "vera", 200), ("/either", "pia", 200), ("/either", "audra", 403),
    ],
)  # fmt: skip
async def test_who_gets_in(app: Litestar, path: str, who: str | None, status: int) -> None:
    answer = await Browser(app, who).get(path)
    assert answer.status_code == status
    if status == 200:
        assert answer.text == (who.title() if who else "nobody")


async def test_nobody_is_sent_to_sign_in_and_back(app: Litestar) -> None:
    answer = await Browser(app).get("/signed-in?a=b&c=/d")
    assert answer.headers["location"] == "/sign-in?next=/signed-in%3Fa%3Db%26c%3D/d"
    assert answer.content == b""


async def test_programs_and_htmx_are_told_401(app: Litestar) -> None:
    api = await Browser(app).get("/api/v1/signed-in")
    assert [api.status_code, api.headers["content-type"], api.json()["title"]] == [
        401,
        "application/problem+json",
        "Please sign in",
    ]
    wanted = await Browser(app).get("/signed-in", Accept="application/json")
    assert wanted.status_code == 401
    htmx = await Browser(app).htmx("/signed-in", HX_Current_URL="https://evil.example/deals?x=1")
    assert [htmx.status_code, htmx.headers["hx-redirect"]] == [401, "/sign-in?next=/deals%3Fx%3D1"]


async def test_without_the_guard_everybody_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the tests above hold is the guard's doing."""

    async def open_gate(_connection: object, _handler: BaseRouteHandler) -> None:
        return None

    monkeypatch.setattr(build, "guard", open_gate)
    assert (await Browser(tiny_app(decide), "pia").get("/decide")).status_code == 200


def test_a_handler_that_declares_nothing_is_not_served() -> None:
    class Slice(Controller):
        path = "/slice"

        @get("/open", unit=False)
        async def opened(self) -> str:
            return ""

    with pytest.raises(RuntimeError, match=r"GET /slice/open .*declares no needs="):
        tiny_app(Slice)


async def test_nor_does_it_answer_when_it_slips_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "check_routes", lambda _app: None)

    @get("/open", unit=False)
    async def opened() -> str:
        return "in"

    app = tiny_app(opened)
    assert [(await Browser(app, who).get("/open")).status_code for who in (None, "vera")] == [303, 403]


@pytest.mark.parametrize(
    ("needs", "why"),
    [
        (Permission.DEALS_READ, "a read permission guards an unsafe method: deals.read"),
        ({Permission.DEALS_READ, Permission.DEALS_WRITE}, "deals.read"),
        ("deals.write", "is not a permission"),
        (set(), "is not a permission"),
        ({"deals.write"}, "is not a permission"),
    ],
)
def test_needs_that_make_no_sense_stop_the_start(needs: Any, why: str) -> None:
    @post("/write", needs=needs)
    async def write() -> None:
        return None

    with pytest.raises(RuntimeError, match=why):
        tiny_app(write)


@pytest.mark.parametrize(
    "opt", [{"needs": SIGNED_IN, "unit": False}, {"needs": PUBLIC}, {"needs": Permission.DEALS_WRITE, "unit": False}]
)
def test_what_other_sites_may_send_acts_for_nobody(opt: dict[str, Any]) -> None:
    @post("/told", other_sites=True, **opt)
    async def told() -> None:
        return None

    with pytest.raises(RuntimeError, match="must act for nobody"):
        tiny_app(told)


def test_a_read_permission_may_guard_a_read() -> None:
    @get("/read", needs=Permission.DEALS_READ)
    async def read() -> str:
        return ""

    check_routes(tiny_app(read))


def test_websockets_have_no_guard_and_no_place() -> None:
    @websocket("/socket", needs=PUBLIC)
    async def socket(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()

    with pytest.raises(RuntimeError, match="/socket is not a plain HTTP route"):
        tiny_app(socket)


def test_the_routes_that_are_served(app: Litestar) -> None:
    found = {route.path for route, _handler in served(app)}
    assert {"/health", "/language", "/schema", "/schema/openapi.json", "/static/{name:path}", "/decide"} <= found


async def test_options_are_answered_before_any_handler(app: Litestar) -> None:
    answer = await Browser(app).http.options("/decide")
    assert [answer.status_code, answer.headers["allow"]] == [405, "DELETE, GET, HEAD, PATCH, POST, PUT"]
