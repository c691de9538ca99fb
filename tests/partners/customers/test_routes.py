"""Pages and API of customers: a partner's cards and people, the vendor's accounts, and the link nobody else sees."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from partners.customers import queries
from partners.matching.accounts import write_all_keys
from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import NOON, Cast
from tests.web import Browser

CARD = {"legal_name": "Acme GmbH", "country": "DE", "domain": "https://www.acme.de/x", "city": "Kempten"}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def id_of(location: str) -> UUID:
    return UUID(location.rsplit("/", 1)[1])


async def test_a_partner_writes_a_customer_and_its_people_down(app: Litestar, cast: Cast) -> None:
    pia = await Browser.of(app, cast.pia)
    assert (await pia.get("/partners/cards/new")).status_code == 200
    answer = await pia.post("/partners/cards/new", CARD)
    path = answer.headers["location"]
    page = await pia.get(path)
    for words in ("Acme GmbH", "acme.de", "Kempten, Germany", "Nobody is named yet", "Register a deal"):
        assert words in page.text
    assert (await pia.get(f"{path}/contacts/new")).status_code == 200
    person = {"name": "Anke Petersen", "email": "anke@acme.de", "consent": "By phone"}
    assert (await pia.post(f"{path}/contacts/new", person)).headers["location"] == path
    contact = (await queries.get_card(cast.pia, id_of(path))).contacts[0]
    contact_path = f"/partners/cards/contacts/{contact.id}"
    assert "Anke Petersen" in (await pia.get(contact_path)).text
    assert (await pia.post(contact_path, person | {"job_title": "COO"})).status_code == 303
    assert "COO" in (await pia.get(path)).text
    assert (await pia.post(f"{contact_path}/remove")).status_code == 303
    assert (await queries.get_card(cast.pia, id_of(path))).contacts == ()
    assert "Acme GmbH" in (await pia.get("/partners/cards?q=kempten")).text


async def test_wrong_facts_stand_beside_their_fields(app: Litestar, cast: Cast) -> None:
    pia = await Browser.of(app, cast.pia)
    answer = await pia.post("/partners/cards/new", {"legal_name": "", "country": "XX", "notes": "Keep me"})
    assert answer.status_code == 422
    assert 'href="#f-legal_name"' in answer.text
    assert "Keep me" in answer.text
    card = await make.card(cast.pia)
    answer = await pia.post(f"/partners/cards/{card}/contacts/new", {"name": "Anke", "email": "nowhere"})
    assert answer.status_code == 422
    assert 'href="#f-email"' in answer.text


async def test_two_editors_of_a_card(app: Litestar, cast: Cast) -> None:
    card = await make.card(cast.pia, "Acme GmbH")
    pia = await Browser.of(app, cast.pia)
    page = await pia.get(f"/partners/cards/{card}/edit")
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert seen
    stale = CARD | {"seen": (NOON - timedelta(hours=1)).isoformat()}
    answer = await pia.post(f"/partners/cards/{card}/edit", stale)
    assert answer.status_code == 422
    assert "Somebody changed this customer" in answer.text
    answer = await pia.post(f"/partners/cards/{card}/edit", CARD | {"seen": seen.group(1).replace("&#43;", "+")})
    assert answer.status_code == 303


@pytest.mark.parametrize("who", ["otto", "oona"])
async def test_a_rivals_card_is_like_one_that_does_not_exist(app: Litestar, cast: Cast, who: str) -> None:
    card = await make.card(cast.pia, "Acme GmbH")
    contact = await make.contact(cast.pia, card)
    rival = await Browser.of(app, cast.everybody()[who])
    for path in (f"/partners/cards/{card}", f"/partners/cards/{card}/edit", f"/partners/cards/contacts/{contact}"):
        assert (await rival.get(path)).status_code == 404
        assert (await rival.post(path, CARD)).status_code in (404, 405)
    assert (await rival.post(f"/partners/cards/contacts/{contact}/remove")).status_code == 404
    assert (await rival.json(f"/api/v1/partners/cards/{card}")).status_code == 404
    assert (await rival.send_json("PUT", f"/api/v1/partners/cards/{card}", CARD)).status_code == 404
    assert (await rival.send_json("DELETE", f"/api/v1/partners/cards/contacts/{contact}", None)).status_code == 404
    for path in ("/partners/cards", "/partners/cards/export/csv", "/api/v1/partners/cards"):
        assert "Acme" not in (await rival.get(path)).text


async def test_a_distributor_reads_the_card_of_its_reseller_and_changes_nothing(app: Litestar, cast: Cast) -> None:
    card = await make.card(cast.pia, "Acme GmbH")
    dora = await Browser.of(app, cast.dora)
    page = await dora.get(f"/partners/cards/{card}")
    assert page.status_code == 200
    assert "/edit" not in page.text
    assert (await dora.get(f"/partners/cards/{card}/edit")).status_code == 403
    assert (await dora.post(f"/partners/cards/{card}/edit", CARD)).status_code == 403


@pytest.mark.parametrize(
    ("who", "status"),
    [("pia", 403), ("petra", 403), ("vera", 200), ("sam", 200), ("cleo", 200), ("milo", 200), ("audra", 200)],
)
async def test_accounts_are_the_vendors(app: Litestar, cast: Cast, who: str, status: int) -> None:
    account = await make.account("Secret AG")
    browser = await Browser.of(app, cast.everybody()[who])
    for path in ("/partners/accounts", f"/partners/accounts/{account}", "/partners/accounts/export/csv"):
        answer = await browser.get(path)
        assert answer.status_code == status, path
        assert ("Secret" in answer.text) == (status == 200)


async def test_the_vendor_adds_and_changes_an_account(app: Litestar, cast: Cast) -> None:
    sam = await Browser.of(app, cast.sam)
    answer = await sam.post("/partners/accounts/new", CARD | {"postcode": "87435"})
    path = answer.headers["location"]
    assert "87435" in (await sam.get(path)).text
    assert (await sam.get(f"{path}/edit")).status_code == 200
    assert (await sam.post(f"{path}/edit", CARD | {"city": "Ulm"})).status_code == 303
    assert "Ulm" in (await sam.get(path)).text
    assert (await sam.post(f"{path}/edit", {"legal_name": ""})).status_code == 422


async def test_linking_from_the_cards_own_page(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    card = await make.card(cast.pia, "Acme GmbH")
    alike = await make.account("Acme AG")
    other = await make.account("Zenith SA", search="zenith sa")
    await write_all_keys(SYSTEM)
    page = await vera.get(f"/partners/cards/{card}/link?q=zenith")
    assert "same name, legal form aside" in page.text
    assert str(alike) in page.text
    assert str(other) in page.text
    assert (await vera.post(f"/partners/cards/{card}/link", {"account": str(other), "deal": ""})).headers[
        "location"
    ] == (f"/partners/cards/{card}")
    assert "Zenith SA" in (await vera.get(f"/partners/cards/{card}")).text
    assert "Acme GmbH" in (await vera.get(f"/partners/accounts/{other}")).text
    assert (await vera.post(f"/partners/cards/{card}/link", {"account": str(alike)})).status_code == 409
    assert (await vera.post(f"/partners/cards/{card}/unlink")).status_code == 303
    assert (await vera.post(f"/partners/cards/{card}/account")).status_code == 303
    link = await queries.find_link(cast.vera, card)
    assert link is not None
    assert link.reason == "new"


@pytest.mark.parametrize("who", ["pia", "otto", "sam", "milo", "faye", "audra", "ada"])
async def test_only_who_decides_deals_links(app: Litestar, cast: Cast, who: str) -> None:
    card, account = await make.card(cast.pia), await make.account()
    browser = await Browser.of(app, cast.everybody()[who])
    answers = [
        await browser.get(f"/partners/cards/{card}/link"),
        await browser.post(f"/partners/cards/{card}/link", {"account": str(account)}),
        await browser.post(f"/partners/cards/{card}/account"),
        await browser.post(f"/partners/cards/{card}/unlink"),
        await browser.send_json("PUT", f"/api/v1/partners/cards/{card}/link", {"account": str(account)}),
        await browser.send_json("DELETE", f"/api/v1/partners/cards/{card}/link", None),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert await queries.find_link(SYSTEM, card) is None


async def test_the_api_does_what_the_pages_do(app: Litestar, cast: Cast) -> None:
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    card = (await pia.send_json("POST", "/api/v1/partners/cards", CARD)).json()
    assert (card["legal_name"], card["domain"], card["contacts"]) == ("Acme GmbH", "acme.de", [])
    path = f"/api/v1/partners/cards/{card['id']}"
    changed = await pia.send_json("PUT", path, CARD | {"city": "Ulm"})
    assert changed.json()["city"] == "Ulm"
    person = (await pia.send_json("POST", f"{path}/contacts", {"name": "Anke"})).json()["contacts"][0]
    contact = f"/api/v1/partners/cards/contacts/{person['id']}"
    assert (await pia.send_json("PUT", contact, {"name": "Anna"})).json()["contacts"][0]["name"] == "Anna"
    assert (await pia.send_json("DELETE", contact, None)).json()["contacts"] == []
    made = await vera.send_json("POST", "/api/v1/partners/accounts", CARD)
    account = made.json()["id"]
    found = (await vera.json(f"{path}/link")).json()
    [suggestion] = found["suggestions"]
    assert (found["account"], suggestion["account"], suggestion["legal_name"]) == (None, account, "Acme GmbH")
    assert (suggestion["score"], set(suggestion["reasons"]) >= {"domain", "name"}) == (99, True)
    assert (await vera.send_json("PUT", f"{path}/link", {"account": account})).json() == {"account": account}
    assert (await vera.json(f"/api/v1/partners/accounts/{account}")).json()["cards"][0]["card"] == card["id"]
    assert account not in (await pia.json(path)).text
    assert (await vera.send_json("DELETE", f"{path}/link", None)).json() == {"account": None}
    assert (await vera.send_json("PUT", f"/api/v1/partners/accounts/{account}", CARD)).status_code == 200
    assert [item["id"] for item in (await pia.json("/api/v1/partners/cards")).json()["items"]] == [card["id"]]


@pytest.mark.security
@pytest.mark.parametrize("field", ["partner_id", "created_by", "search", "account", "id"])
async def test_no_column_comes_in_by_its_name(app: Litestar, cast: Cast, field: str) -> None:
    pia = await Browser.of(app, cast.pia)
    body: dict[str, Any] = CARD | {field: str(uuid4())}
    assert (await pia.post("/partners/cards/new", body)).status_code == 422
    assert (await pia.send_json("POST", "/api/v1/partners/cards", body)).status_code == 422
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_customer_card") == 0


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_every_page_is_drawn_in_both_languages(app: Litestar, cast: Cast, locale: str) -> None:
    account = await make.account("Acme AG")
    card = await make.card(cast.pia, "Acme GmbH", account_id=account, notes="n")
    contact = await make.contact(cast.pia, card)
    await make.deal(cast.pia, card_id=card, state="submitted")
    pages = {
        cast.pia: (
            "/partners/cards", "/partners/cards/new", f"/partners/cards/{card}", f"/partners/cards/{card}/edit",
            f"/partners/cards/{card}/contacts/new", f"/partners/cards/contacts/{contact}",
        ),
        cast.vera: (
            "/partners/cards", f"/partners/cards/{card}", f"/partners/cards/{card}/link", "/partners/accounts",
            "/partners/accounts/new", f"/partners/accounts/{account}", f"/partners/accounts/{account}/edit",
        ),
    }  # fmt: skip
    for actor, paths in pages.items():
        browser = await Browser.of(app, actor)
        browser.client.cookies.set("locale", locale)
        for path in paths:
            page = await browser.get(path)
            assert page.status_code == 200, path
            assert f'lang="{locale.replace("_", "-")}"' in page.text
