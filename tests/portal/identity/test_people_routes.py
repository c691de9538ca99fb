"""People over HTTP: inviting, roles, ending with a successor."""

from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM
from tests.make import Cast
from tests.web import Browser


async def test_a_partner_administrator_sees_colleagues_and_no_rival(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.paul)
    page = await browser.get("/people")
    assert page.status_code == 200
    assert "Pia Alpha" in page.text
    assert "Omega" not in page.text
    assert (await browser.get(f"/people/{cast.otto.membership_id}")).status_code == 404


async def test_inviting_mails_a_link_and_tells_nothing_about_known_addresses(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.paul)
    answers = []
    for email in ("fresh@test.example", cast.otto.email):
        form = {"email": email, "name": "Somebody", "roles": "partner_sales"}
        answer = await browser.post("/people/new", form)
        answers.append((answer.status_code, answer.headers.get("location")))
    assert answers[0] == answers[1] == (303, "/people")
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM mail_message") == 2


async def test_ending_needs_a_successor_and_hands_over(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.ada)
    path = f"/people/{cast.vera.membership_id}/end"
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1", cast.vera.membership_id)
    assert (await browser.post(path, {})).status_code == 422
    done = await browser.post(path, {"successor": str(cast.sam.membership_id)})
    assert done.status_code == 303, done.text
    async with db.transaction(SYSTEM):
        managers = await db.sql("SELECT DISTINCT manager FROM partners_company")
    assert [row["manager"] for row in managers] == [cast.sam.membership_id]


async def test_a_partner_cannot_give_itself_a_role_of_the_vendor(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.paul)
    answer = await browser.post(f"/people/{cast.pam.membership_id}/roles", {"roles": "admin"})
    assert answer.status_code == 422
