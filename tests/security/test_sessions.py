"""A session is worth what its holder may do now: new at every change of rights, and gone with them."""

import re
from datetime import timedelta
from typing import Final

import pytest
from litestar import Litestar

from partners.companies import service as companies
from partners.companies.rules import CompanyStatus
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role
from portal.identity import service, sessions
from portal.identity.passwords import hash_password
from tests.make import NOON, Cast
from tests.web import Browser

pytestmark = pytest.mark.security

PASSWORD: Final = "four brisk herons wade"
COOKIE: Final = "tributary_session"


async def sign_in(browser: Browser, cast: Cast) -> str:
    """Sign Pia in through the door; the secret of her session."""
    async with db.transaction(SYSTEM):
        hashed = await hash_password(PASSWORD)
        await db.sql("UPDATE identity_person SET password_hash = $2 WHERE id = $1", cast.pia.person_id, hashed)
    answer = await browser.post("/sign-in", {"email": cast.pia.email, "password": PASSWORD})
    assert answer.status_code == 303
    return answer.cookies[COOKIE]


async def is_live(token: str) -> bool:
    return await sessions.resolve(token, clock.now()) is not None


async def test_signing_in_again_makes_a_new_secret_and_ends_the_old(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    first = await sign_in(browser, cast)
    page = await browser.get("/profile")
    token = browser.form_token
    second = await sign_in(browser, cast)
    assert page.status_code == 200
    assert first != second
    assert (await is_live(first), await is_live(second)) == (False, True)
    await browser.get("/profile")
    assert browser.form_token != token, "the token of forms belongs to the session"


async def test_the_secret_is_in_no_page_and_the_cookie_is_out_of_reach_of_scripts(app: Litestar, cast: Cast) -> None:
    browser = Browser(app)
    await browser.get("/sign-in")
    async with db.transaction(SYSTEM):
        hashed = await hash_password(PASSWORD)
        await db.sql("UPDATE identity_person SET password_hash = $2 WHERE id = $1", cast.pia.person_id, hashed)
    answer = await browser.post("/sign-in", {"email": cast.pia.email, "password": PASSWORD})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    secret = re.split("[=;]", cookie)[1]
    for path in ("/", "/profile", "/api/v1/home", "/partners/deals"):
        assert secret not in (await browser.get(path)).text
    async with db.transaction(SYSTEM):
        stored = await db.sql_value(
            "SELECT count(*) FROM identity_session s WHERE s::text LIKE '%' || $1 || '%'", secret
        )
    assert stored == 0, "the database keeps a hash"


@pytest.mark.parametrize(
    "end", ["signed out", "signed out everywhere", "access ended", "other roles", "company suspended"]
)
async def test_a_session_is_gone_at_once_when_rights_change(app: Litestar, cast: Cast, end: str) -> None:
    browser, other = Browser(app), Browser(app)
    token, elsewhere = await sign_in(browser, cast), await sign_in(other, cast)
    later = clock.now() + timedelta(seconds=1)
    if end == "signed out":
        await browser.get("/profile")
        await browser.post("/sign-out")
    elif end == "signed out everywhere":
        await sessions.sign_out_everywhere(cast.pia, later)
    elif end == "access ended":
        await service.end_membership(cast.paul, cast.pia.membership_id, cast.paul.membership_id, now=later)
    elif end == "other roles":
        roles = frozenset({Role.PARTNER_MARKETING})
        await service.change_roles(cast.paul, cast.pia.membership_id, roles, now=later)
    else:
        await companies.set_status(cast.vera, cast.alpha, CompanyStatus.SUSPENDED, note="", now=NOON)
    assert not await is_live(token)
    assert await is_live(elsewhere) == (end == "signed out")
    answer = await Browser(app, token).json("/api/v1/home")
    assert answer.status_code == 401
