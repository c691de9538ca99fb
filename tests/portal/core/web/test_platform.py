"""The floor's own addresses: static files, health, language, schema."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from litestar import Controller, Litestar, get, post
from litestar.params import JSONBody

from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import current_locale
from portal.core.permissions import Permission
from portal.core.web import platform
from portal.core.web.forms import Body
from portal.core.web.guard import PUBLIC
from portal.core.web.pages import Page
from portal.core.web.static import ROOT, read_static, url_for_static
from tests.portal.core.web.tiny import PAGE, Browser, tiny_app


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@get("/locale", needs=PUBLIC, unit=False)
async def locale() -> str:
    return current_locale()


@pytest.fixture
def app() -> Litestar:
    return tiny_app(token, locale)


async def token_of(browser: Browser) -> str:
    return (await browser.token()).split("token ")[1][:64]


async def test_a_static_file_with_its_hash_is_kept_for_ever(app: Litestar) -> None:
    address = url_for_static("css/base.css")
    browser = Browser(app)
    answer = await browser.get(address)
    assert answer.content == (ROOT / "css/base.css").read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "set-cookie" not in answer.headers
    for other in ("/static/css/base.css", "/static/css/base.css?v=other"):
        assert (await browser.get(other)).headers["cache-control"] == "public, max-age=0, must-revalidate"
    again = await browser.get(address, If_None_Match=answer.headers["etag"])
    assert [again.status_code, again.content] == [304, b""]


async def test_text_is_packed_for_who_can_unpack(app: Litestar) -> None:
    packed = await Browser(app).get("/static/css/base.css", Accept_Encoding="gzip")
    plain = await Browser(app).get("/static/css/base.css", Accept_Encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, mtime=0))


@pytest.mark.security
@pytest.mark.parametrize(
    "name",
    [
        "../pyproject.toml",
        "css/../../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "..%2fpyproject.toml",
        "css",
        "",
        "nothing.css",
        "css/base.css%00",
        "/etc/passwd",
        "//etc/passwd",
    ],
)
async def test_nothing_outside_the_folder_is_served(app: Litestar, name: str) -> None:
    assert (await Browser(app).get(f"/static/{name}")).status_code == 404


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "static/link").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFound):
        read_static("link", tmp_path / "static")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")
    first = read_static("a.txt", tmp_path)
    file.write_text("second")
    assert [first.body, read_static("a.txt", tmp_path).body] == [b"one", b"second"]


@pytest.mark.usefixtures("pool")
async def test_health_says_whether_the_database_answers(app: Litestar) -> None:
    answer = await Browser(app).get("/health")
    assert [answer.status_code, answer.json()] == [200, {"status": "ok"}]


async def test_health_without_a_database_is_503_and_tells_nothing(
    app: Litestar, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    def gone(_actor: Actor) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(platform, "transaction", gone)
    answer = await Browser(app).get("/health")
    assert [answer.status_code, answer.json(), answer.headers["retry-after"]] == [503, {"status": "unavailable"}, "5"]
    assert logs[0]["event"] == "the database does not answer"


async def test_without_a_database_nobody_is_recognised_and_told_so_in_503() -> None:
    async def gone(_cookies: Mapping[str, str]) -> tuple[Actor, str] | None:
        raise ConnectionRefusedError

    dead = tiny_app(token, resolve=gone)
    page, program = await Browser(dead, "vera").get("/token"), await Browser(dead).get("/api/v1/x")
    assert [page.status_code, page.headers["retry-after"]] == [503, "5"]
    assert [program.status_code, program.headers["content-type"]] == [503, "application/problem+json"]
    assert (await Browser(dead).get("/static/css/base.css")).status_code == 200


async def test_the_language_of_the_browser_until_one_is_chosen(app: Litestar) -> None:
    browser = Browser(app)
    assert (await browser.get("/locale", Accept_Language="zh-CN")).text == "zh_CN"
    assert (await browser.get("/locale", Accept_Language="de")).text == "en"
    answer = await browser.post(
        "/language", {"locale": "zh_CN", "next": "/deals?page=2"}, token=await token_of(browser)
    )
    assert [answer.status_code, answer.headers["location"]] == [303, "/deals?page=2"]
    assert (await browser.get("/locale", Accept_Language="de")).text == "zh_CN"


@pytest.mark.usefixtures("pool")
async def test_the_persons_language_and_the_switch_that_remembers() -> None:
    remembered: list[tuple[str, str]] = []

    async def remember(actor: Actor, chosen: str) -> None:
        remembered.append((actor.name, chosen))

    browser = Browser(tiny_app(token, locale, remember_locale=remember), "li")
    assert (await browser.get("/locale")).text == "zh_CN"
    await browser.post("/language", {"locale": "en", "next": "/"}, token=await token_of(browser))
    assert (await browser.get("/locale")).text == "en"
    assert remembered == [("Li", "en")]


@pytest.mark.security
async def test_the_switch_leads_nowhere_else_and_takes_nothing_else(app: Litestar) -> None:
    browser = Browser(app)
    own = await token_of(browser)
    answer = await browser.post("/language", {"locale": "en", "next": "https://evil.example"}, token=own)
    assert answer.headers["location"] == "/"
    assert (await browser.post("/language", {"locale": "xx"}, token=own)).status_code == 422
    assert (await browser.post("/language", {"locale": "en", "role": "admin"}, token=own)).status_code == 422
    assert (await browser.post("/language", {"locale": "en"}, token=None)).status_code == 403
    assert (await browser.get("/language")).status_code == 405


class NewDeal(Body):
    title: str
    amount_minor: int


class DealApi(Controller):
    path = "/api/v1/deals"

    @post("/", needs=Permission.DEALS_WRITE)
    async def create(self, data: JSONBody[NewDeal]) -> NewDeal:
        """Registers a deal."""
        return data


class DealPages(Controller):
    path = "/deals"

    @get("/", needs=Permission.DEALS_READ, unit=False)
    async def index(self) -> Page:
        return Page(PAGE, "panel", word="")


@pytest.mark.security
async def test_the_schema_is_json_for_who_is_signed_in_and_lists_the_api_alone() -> None:
    app = tiny_app(DealApi, DealPages, token)
    assert (await Browser(app).get("/schema")).status_code == 303
    assert (await Browser(app).get("/schema/openapi.json", Accept="application/json")).status_code == 401
    answer = await Browser(app, "vera").get("/schema")
    assert "json" in answer.headers["content-type"]
    assert list(answer.json()["paths"]) == ["/api/v1/deals"]
    assert "NewDeal" in str(answer.json()["components"]["schemas"])
    assert "http" not in answer.text.replace("https://json-schema.org", "")
    for path in ("/schema/swagger", "/schema/redoc", "/schema/elements", "/schema/rapidoc"):
        assert (await Browser(app, "vera").get(path)).status_code == 404
