"""Signing in and out, sessions, one-time links: what a person at the door meets."""

import re
from datetime import timedelta

import pytest
from litestar import Litestar

from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed, NotFound
from portal.core.permissions import Role
from portal.identity import service, sessions
from portal.identity.passwords import hash_password
from portal.identity.service import Invitation
from tests.make import NOON, Cast
from tests.web import Browser

PASSWORD = "four brisk herons wade"


async def _give_password(cast: Cast, password: str = PASSWORD) -> None:
    stored = await hash_password(password)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_person SET password_hash = $2 WHERE id = $1", cast.pia.person_id, stored)


async def test_signing_in_opens_a_new_session_and_signing_out_ends_it(app: Litestar, cast: Cast) -> None:
    await _give_password(cast)
    browser = Browser(app)
    await browser.get("/sign-in")
    answer = await browser.post("/sign-in", {"email": cast.pia.email.upper(), "password": PASSWORD, "next": "/profile"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile")
    cookie = answer.cookies["tributary_session"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert (await browser.get("/profile")).status_code == 200
    browser.form_token = ""
    await browser.post("/sign-out")
    assert await sessions.resolve(cookie, clock.now()) is None
    assert (await browser.get("/profile")).status_code in (302, 303)


async def test_a_session_fixed_beforehand_is_worth_nothing(app: Litestar, cast: Cast) -> None:
    await _give_password(cast)
    browser = Browser(app, token="planted-by-an-attacker")
    await browser.get("/sign-in")
    answer = await browser.post("/sign-in", {"email": cast.pia.email, "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.cookies["tributary_session"] != "planted-by-an-attacker"
    assert await sessions.resolve("planted-by-an-attacker", clock.now()) is None


async def test_wrong_password_and_unknown_address_get_the_same_answer(app: Litestar, cast: Cast) -> None:
    await _give_password(cast)
    answers = []
    for email in (cast.pia.email, "nobody@test.example"):
        browser = Browser(app)
        await browser.get("/sign-in")
        answer = await browser.post("/sign-in", {"email": email, "password": "not the password"})
        text = re.sub(r'value="[^"]*"', "", answer.text)
        answers.append((answer.status_code, re.sub(r"[0-9a-f]{16,}", "", text)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


async def test_too_many_failures_are_stopped_even_with_the_right_password(app: Litestar, cast: Cast) -> None:
    await _give_password(cast)
    browser = Browser(app)
    await browser.get("/sign-in")
    for _ in range(10):
        await browser.post("/sign-in", {"email": cast.pia.email, "password": "wrong"})
    answer = await browser.post("/sign-in", {"email": cast.pia.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_a_session_ends_with_idleness_and_with_the_membership(cast: Cast) -> None:
    async with db.auth_transaction():
        opened = await sessions.open_session(cast.pia, device="", now=NOON)
    assert await sessions.resolve(opened.token, NOON + timedelta(hours=11))
    assert await sessions.resolve(opened.token, NOON + timedelta(days=3)) is None
    async with db.auth_transaction():
        opened = await sessions.open_session(cast.pia, device="", now=NOON)
    await service.end_membership(cast.paul, cast.pia.membership_id, cast.paul.membership_id, now=NOON)
    assert await sessions.resolve(opened.token, NOON) is None


async def test_other_roles_end_the_sessions(cast: Cast) -> None:
    async with db.auth_transaction():
        opened = await sessions.open_session(cast.pia, device="", now=NOON)
    later = NOON + timedelta(seconds=1)
    await service.change_roles(cast.paul, cast.pia.membership_id, frozenset({Role.PARTNER_FINANCE}), now=later)
    assert await sessions.resolve(opened.token, later) is None


async def test_an_invitation_opens_a_page_and_its_button_sets_the_password_once(app: Litestar, cast: Cast) -> None:
    invitation = Invitation("new@test.example", "Nina New", frozenset({Role.PARTNER_SALES}), "zh_CN", cast.alpha)
    await service.invite(cast.paul, invitation, now=clock.now())
    async with db.transaction(SYSTEM):
        text = await db.sql_value("SELECT text FROM mail_message WHERE to_address = 'new@test.example'")
    found = re.search(r"/welcome/[\w-]+", text)
    assert found
    path = found.group(0)
    browser = Browser(app)
    assert "Nina New" in (await browser.get(path)).text
    short = await browser.post(path, {"password": "short", "again": "short"})
    assert short.status_code == 422
    done = await browser.post(path, {"password": PASSWORD, "again": PASSWORD})
    assert done.status_code == 303
    assert (await browser.get(path)).status_code == 404
    opened = await sessions.sign_in("new@test.example", PASSWORD, network="", device="", now=clock.now())
    assert opened.actor.partner_id == cast.alpha


@pytest.mark.parametrize("who", ["pia", "petra", "otto", "vera", "faye", "audra"])
async def test_only_administrators_change_people(cast: Cast, who: str) -> None:
    actor = cast.everybody()[who]
    with pytest.raises((NotAllowed, NotFound)):
        await service.change_roles(actor, cast.pam.membership_id, frozenset({Role.PARTNER_ADMIN}), now=NOON)


async def test_a_rivals_administrator_cannot_tell_that_a_person_exists(cast: Cast) -> None:
    with pytest.raises(NotFound):
        await service.end_membership(cast.oona, cast.pia.membership_id, cast.otto.membership_id, now=NOON)
