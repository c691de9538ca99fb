"""Pages and API of merging: by hand, undone, on the desk, and the customer from all sides."""

from datetime import timedelta
from uuid import UUID

import pytest
from litestar import Litestar

from partners.merging import queries, service
from partners.merging.tables import AccountPair
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.merging.stand import canonical, protected
from tests.partners.stand import statements
from tests.web import Browser

DESK = "/partners/accounts/review"
MOST_STATEMENTS = 9
"""Of the page of a customer: who asks, what waits in the navigation; the account, its cards, its names, its deals, all
other sides, its health, its story."""


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def pair_of(account: UUID, *, other: UUID | None = None, card: UUID | None = None) -> UUID:
    """An undecided pair."""
    key = new_id()
    if other and other < account:
        account, other = other, account
    async with db.transaction(SYSTEM):
        await AccountPair(
            id=key, account=account, other=other, card=card, score=71, reasons="near_name,city", found_at=NOON
        ).save()
    return key


async def test_an_account_is_searched_merged_and_taken_apart_again(app: Litestar, cast: Cast) -> None:
    stays = await make.account("Nordwind GmbH", city="Kiel")
    goes = await make.account("Nordwind Logistik AG", city="Kiel")
    vera = await Browser.of(app, cast.vera)
    assert "Nordwind Logistik AG" in (await vera.get(f"/partners/accounts/{stays}/merge?q=nordwind")).text
    assert "has all these words" in (await vera.get(f"/partners/accounts/{stays}/merge?q=suedwind")).text
    answer = await vera.post(f"/partners/accounts/{stays}/merge", {"account": str(goes), "note": "Moved in 2024"})
    assert answer.headers["location"] == f"/partners/accounts/{stays}"
    page = await vera.get(f"/partners/accounts/{stays}")
    for words in ("Also known as", "Nordwind Logistik AG", "Moved in 2024", "merged “Nordwind Logistik AG” into it"):
        assert words in page.text
    assert (await vera.get(f"/partners/accounts/{goes}")).headers["location"] == f"/partners/accounts/{stays}"
    found = (await vera.get("/partners/accounts?q=nordwind")).text
    assert "Nordwind GmbH" in found
    assert "Nordwind Logistik AG" not in found
    [name] = await queries.list_names(cast.vera, stays)
    answer = await vera.post(f"/partners/accounts/merges/{name.alias_id}/undo", {"alias": str(name.alias_id)})
    assert answer.headers["location"] == f"/partners/accounts/{goes}"
    assert "Also known as" not in (await vera.get(f"/partners/accounts/{stays}")).text


async def test_different_registry_ids_ask_for_the_reason(app: Litestar, cast: Cast) -> None:
    stays = await make.account(registry_id="DE136695976")
    goes = await make.account("Altbau AG", registry_id="DE129274202")
    vera = await Browser.of(app, cast.vera)
    answer = await vera.post(f"/partners/accounts/{stays}/merge", {"account": str(goes)})
    assert answer.status_code == 422
    assert "Their registry ids differ" in answer.text
    assert f'value="{goes}"' in answer.text
    answer = await vera.post(f"/partners/accounts/{stays}/merge", {"account": str(goes), "note": "One is old"})
    assert answer.status_code == 303
    again = await vera.post(f"/partners/accounts/{stays}/merge", {"account": str(goes)})
    assert again.status_code == 422
    assert "one account already" in again.text


async def test_the_desk_shows_both_sides_and_takes_the_answer(app: Litestar, cast: Cast) -> None:
    old = await make.account("Kaltenberg Brauerei GmbH", city="Kaltenberg", created_at=NOON - timedelta(days=9))
    new = await make.account("Kaltenburg Brauerei GmbH", city="Kaltenberg")
    card = await make.card(cast.pia, "Kaltenberg Bräu")
    first, second = await pair_of(new, other=old), await pair_of(old, card=card)
    vera = await Browser.of(app, cast.vera)
    page = await vera.get(DESK)
    for words in ("71 % alike", "nearly the same name, same city", "Kaltenburg", "Kaltenberg Bräu", "Alpha Systemhaus"):
        assert words in page.text
    assert (await vera.post(f"{DESK}/{first}", {"verb": "later"})).status_code == 303
    assert "put off before" in (await vera.get(DESK)).text
    assert (await vera.post(f"{DESK}/{first}", {"verb": "same"})).status_code == 303
    assert await canonical([old, new]) == {old: old, new: old}
    assert (await vera.post(f"{DESK}/{second}", {"verb": "different"})).status_code == 303
    page = await vera.get(DESK)
    assert "Nothing to decide" in page.text
    assert (await vera.post(f"{DESK}/{second}", {"verb": "same"})).status_code == 409


async def test_the_desk_links_a_card(app: Litestar, cast: Cast) -> None:
    account, card = await make.account(), await make.card(cast.pia)
    pair = await pair_of(account, card=card)
    vera = await Browser.of(app, cast.vera)
    assert (await vera.post(f"{DESK}/{pair}", {"verb": "same"})).status_code == 303
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT account FROM partners_card_link WHERE card = $1", card) == account
    assert "Nothing to decide" in (await vera.get(DESK)).text


async def test_a_merge_that_waits_names_the_deals_to_the_vendor(app: Litestar, cast: Cast) -> None:
    one, other, product = await make.account("A AG"), await make.account("B AG"), await make.product()
    await protected(cast.pia, one, product, until=NOON + timedelta(days=3))
    await protected(cast.otto, other, product)
    vera = await Browser.of(app, cast.vera)
    answer = await vera.post(f"/partners/accounts/{other}/merge", {"account": str(one)})
    assert answer.headers["location"] == DESK
    page = await vera.get(DESK)
    for words in ("A AG and B AG: a merge waits", "Alpha Systemhaus GmbH", "Omega IT AG", "Leave them apart"):
        assert words in page.text
    assert "Merge now" not in page.text
    [request] = await queries.list_waiting(cast.vera, now=NOON)
    path = f"/partners/accounts/merge-requests/{request.id}"
    assert (await vera.post(path, {"verb": "again"})).status_code == 409
    assert (await vera.post(path, {"verb": "refuse"})).status_code == 303
    assert "Nothing to decide" in (await vera.get(DESK)).text


async def test_the_api_does_what_the_pages_do(app: Litestar, cast: Cast) -> None:
    one, other = await make.account("A AG"), await make.account("B AG")
    pair = await pair_of(one, other=other)
    vera = await Browser.of(app, cast.vera)
    listed = (await vera.json("/api/v1/partners/accounts/review")).json()
    assert [found["id"] for found in listed["pairs"]] == [str(pair)]
    done = await vera.send_json("POST", f"/api/v1/partners/accounts/{other}/merges", {"account": str(one)})
    alias = done.json()["alias"]
    read = (await vera.json(f"/api/v1/partners/accounts/{one}/merges")).json()
    assert read["canonical"] == str(other)
    assert [name["alias_id"] for name in read["merged"]] == [alias]
    undone = await vera.send_json("POST", f"/api/v1/partners/accounts/merges/{alias}/undo", {})
    assert undone.json() == {"account": str(one)}
    told = await vera.send_json("POST", f"/api/v1/partners/accounts/review/{pair}", {"verb": "different"})
    assert told.json() == {"alias": None, "request": None}


async def test_a_customer_from_all_sides(app: Litestar, cast: Cast) -> None:
    account, other = await make.account("Nordwind GmbH"), await make.account("Nordwind Logistik AG")
    product = await make.product("Router")
    await make.person_at(account, "Anke Petersen", persona="IT operations", job_title="CIO")
    await make.person_at(other, "Bernd Blum", buying_role="user")
    await make.opportunity(other, cast.sam, "Renewal of 2027")
    await make.term(account, product, number="C-2026-1", partner=cast.alpha)
    await make.term(other, product, number="C-2020-1", starts_on=TODAY.replace(2020), ends_on=TODAY.replace(2021))
    invoice = await make.revenue(account, product, 1_200_00)
    await make.revenue(account, product, 500_00, kind="payment", parent=invoice)
    await make.revenue(other, product, 300_00, currency="USD", occurred_at=NOON - timedelta(days=800))
    await protected(cast.pia, account, product)
    await make.deal(cast.otto, card_id=await make.card(cast.otto, account_id=other), state="submitted")
    await service.merge_accounts(cast.vera, other, account, now=NOON)
    vera = await Browser.of(app, cast.vera)
    page = await vera.get(f"/partners/accounts/{account}")
    assert page.status_code == 200
    for words in (
        *(
            "Anke Petersen",
            "IT operations",
            "Champion",
            "Bernd Blum",
            "Renewal of 2027",
            "C-2026-1",
            "C-2020-1",
            "ended",
        ),
        *("Invoiced by month", "€1,200.00", "€500.00", "$300.00", "Alpha Systemhaus GmbH", "Omega IT AG"),
    ):
        assert words in page.text, words
    with statements() as sent:
        await vera.get(f"/partners/accounts/{account}")
    assert len([one for one in sent if "partners_" in one or "core_event " in one]) <= MOST_STATEMENTS
    milo = await Browser.of(app, cast.milo)
    page = await milo.get(f"/partners/accounts/{account}")
    assert "Anke Petersen" in page.text
    for words in ("Invoiced by month", "€1,200.00", "C-2026-1", "/merge"):
        assert words not in page.text, words


async def test_lists_of_an_account_take_all_its_names(app: Litestar, cast: Cast) -> None:
    account, other, product = await make.account(), await make.account(), await make.product()
    await make.person_at(other, "Bernd Blum")
    await make.opportunity(other, cast.sam, "Renewal of 2027")
    await make.term(other, product, number="C-2020-1")
    await make.revenue(other, product, 1_234_00)
    deal = await make.deal(cast.pia, card_id=await make.card(cast.pia, "Blum KG", account_id=other), state="submitted")
    await service.merge_accounts(cast.vera, other, account, now=NOON)
    vera = await Browser.of(app, cast.vera)
    for path, words in (
        ("/partners/contacts", "Bernd Blum"),
        ("/partners/opportunities", "Renewal of 2027"),
        ("/terms", "C-2020-1"),
        ("/revenue", "1,234.00"),
        ("/partners/deals", f"/partners/deals/{deal}"),
    ):
        for one in (account, other):
            assert words in (await vera.get(f"{path}?tab=all&account={one}")).text, (path, one == account)
        assert words not in (await vera.get(f"{path}?tab=all&account={await make.account()}")).text, path


async def test_chinese(app: Litestar, cast: Cast) -> None:
    account, card = await make.account(), await make.card(cast.pia)
    await pair_of(account, card=card)
    vera = await Browser.of(app, cast.vera)
    await vera.post("/language", {"locale": "zh_CN"})
    page = await vera.get(DESK)
    for words in ("相同", "不同", "以后再说"):
        assert words in page.text
