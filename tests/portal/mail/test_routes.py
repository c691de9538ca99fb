"""The outbox over HTTP: for administrators, and for everybody in the demo only."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from portal.app import create_app
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.mail import sending, service
from portal.mail.service import Recipient
from tests.make import NOON, Cast
from tests.web import Browser, settings

SECRET = "https://portal.example/invite/0123456789abcdef"


@pytest.fixture
def demo_app() -> Litestar:
    return create_app(settings(demo=True), "postgresql://unused", with_jobs=False)


@pytest.fixture
def with_server() -> Iterator[None]:
    sending.use_server("smtp://127.0.0.1:1", "https://portal.example", "Corvane")
    yield
    sending.use_server(None, "https://portal.example", "Corvane")


async def mail_to(cast: Cast) -> UUID:
    async with database.transaction(SYSTEM):
        await service.queue(
            Recipient(cast.pia.email, "Pia Alpha", "en"),
            subject="You are invited",
            lines=["Come in:"],
            link=SECRET,
            dedupe_key="m-1",
            now=NOON,
        )
        found = await database.sql_value("SELECT id FROM mail_message")
    assert isinstance(found, UUID)
    return found


async def test_who_is_signed_out_is_asked_to_sign_in(app: Litestar, demo_app: Litestar, cast: Cast) -> None:
    mail_id = await mail_to(cast)
    for which in (app, demo_app):
        assert (await Browser(which).get("/settings/mail")).status_code == 303
        assert (await Browser(which).json(f"/api/v1/settings/mail/{mail_id}")).status_code == 401


@pytest.mark.parametrize("who", ["paul", "otto", "vera", "faye", "audra", "milo"])
async def test_outside_the_demo_it_is_for_administrators(app: Litestar, cast: Cast, who: str) -> None:
    mail_id = await mail_to(cast)
    browser = await Browser.of(app, cast.everybody()[who])
    for path in ("/settings/mail", f"/settings/mail/{mail_id}", f"/settings/mail/{uuid4()}"):
        assert (await browser.get(path)).status_code == 403
        assert (await browser.json(f"/api/v1{path}")).status_code == 403


async def test_an_administrator_sees_what_was_written_but_not_what_links_open(app: Litestar, cast: Cast) -> None:
    mail_id = await mail_to(cast)
    browser = await Browser.of(app, cast.ada)
    page = await browser.get("/settings/mail")
    assert "You are invited" in page.text
    assert "No mail server is set" in page.text
    shown = await browser.get(f"/settings/mail/{mail_id}")
    assert shown.status_code == 200
    assert "Come in:" in shown.text
    assert "https://portal.example/…" in shown.text
    for answer in (page, shown, await browser.json(f"/api/v1/settings/mail/{mail_id}")):
        assert "0123456789abcdef" not in answer.text


@pytest.mark.parametrize("who", ["pia", "vera", "audra"])
async def test_in_the_demo_everybody_looks_in_and_follows_links(demo_app: Litestar, cast: Cast, who: str) -> None:
    mail_id = await mail_to(cast)
    browser = await Browser.of(demo_app, cast.everybody()[who])
    page = await browser.get("/settings/mail")
    assert page.status_code == 200
    assert "This is the demo" in page.text
    shown = await browser.get(f"/settings/mail/{mail_id}")
    assert f'href="{SECRET}"' in shown.text
    assert (await browser.get(f"/settings/mail/{uuid4()}")).status_code == 404


@pytest.mark.usefixtures("with_server")
async def test_a_demo_that_sends_is_closed_like_any_other(demo_app: Litestar, cast: Cast) -> None:
    sending.use_server("smtp://127.0.0.1:1", "https://portal.example", "Corvane")
    mail_id = await mail_to(cast)
    assert (await (await Browser.of(demo_app, cast.pia)).get(f"/settings/mail/{mail_id}")).status_code == 403


async def test_the_api_lists_them_newest_first(app: Litestar, cast: Cast) -> None:
    await mail_to(cast)
    program = await Browser.of(app, cast.ada)
    [item] = (await program.json("/api/v1/settings/mail")).json()["items"]
    assert (item["subject"], item["to_name"], item["state"]) == ("You are invited", "Pia Alpha", "waiting")
    assert (await program.json("/api/v1/settings/mail?state=sent")).json()["items"] == []
    exported = await program.get("/settings/mail/export/csv")
    assert "You are invited" in exported.text
    assert "0123456789abcdef" not in exported.text
    stranger = await Browser.of(app, cast.otto)
    assert (await stranger.get("/settings/mail/export/csv")).status_code == 403
