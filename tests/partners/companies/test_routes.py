"""Companies over HTTP: the fixed questions."""

from uuid import UUID

from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM
from tests.make import Cast
from tests.web import Browser

NEW = {
    "legal_name": "Lindau Systemhaus GmbH",
    "country": "de",
    "currency": "EUR",
    "kinds": ["reseller", "service"],
    "tier": "gold",
    "territories": "DE\nAT-Vorarlberg",
}


async def test_the_list_shows_all_to_the_vendor_and_is_no_page_for_partners(app: Litestar, cast: Cast) -> None:
    staff = await Browser.of(app, cast.vera)
    page = await staff.get("/partners/companies?tab=all")
    assert page.status_code == 200
    assert "Alpha Systemhaus GmbH" in page.text
    assert "Omega IT AG" in page.text
    rival = await Browser.of(app, cast.otto)
    assert (await rival.get("/partners/companies")).status_code == 403


async def test_a_company_is_taken_in_and_shown(app: Litestar, cast: Cast) -> None:
    staff = await Browser.of(app, cast.vera)
    done = await staff.post("/partners/companies/new", NEW)
    assert done.status_code == 303, done.text
    page = await staff.get(done.headers["location"])
    assert page.status_code == 200
    for word in ("Lindau Systemhaus GmbH", "Vorarlberg", "Gold", "Reseller, Service partner"):
        assert word in page.text
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM core_event WHERE name = 'company.created'") == 1


async def test_bad_input_loses_nothing(app: Litestar, cast: Cast) -> None:
    staff = await Browser.of(app, cast.vera)
    answer = await staff.post("/partners/companies/new", NEW | {"currency": "EUX", "territories": "Germany"})
    assert answer.status_code == 422
    assert "Lindau Systemhaus GmbH" in answer.text
    assert "Germany" in answer.text


async def test_its_manager_is_one_of_the_vendors_partner_managers(app: Litestar, cast: Cast) -> None:
    staff = await Browser.of(app, cast.vera)
    for stranger in (str(cast.otto.membership_id), str(cast.faye.membership_id), str(UUID(int=7))):
        refused = await staff.post("/partners/companies/new", NEW | {"manager": stranger})
        assert refused.status_code == 422
        assert "Choose one of the partner managers." in refused.text
    done = await staff.post("/partners/companies/new", NEW | {"manager": str(cast.vera.membership_id)})
    assert done.status_code == 303, done.text


async def test_a_partner_sees_its_own_company_and_changes_only_what_is_its_own(app: Litestar, cast: Cast) -> None:
    admin = await Browser.of(app, cast.paul)
    page = await admin.get("/company")
    assert page.status_code == 200
    assert "Alpha Systemhaus GmbH" in page.text
    assert "Omega" not in page.text
    assert (await admin.post("/company", {"local_name": "阿尔法", "domain": "alpha.example"})).status_code == 303
    assert (await admin.post("/company", {"local_name": "x", "tier": "platinum"})).status_code == 422
    seller = await Browser.of(app, cast.pia)
    assert (await seller.post("/company", {"local_name": "x"})).status_code == 403


async def test_the_api_gives_and_takes_json(app: Litestar, cast: Cast) -> None:
    staff = await Browser.of(app, cast.vera)
    made = await staff.send_json(
        "POST",
        "/api/v1/partners/companies",
        {"legal_name": "Neu AG", "country": "CH", "currency": "CHF", "kinds": ["agent"]},
    )
    assert made.status_code == 201, made.text
    found = await staff.json("/api/v1/partners/companies?q=neu&tab=all")
    assert [item["name"] for item in found.json()["items"]] == ["Neu AG"]


async def test_export_holds_all_rows(app: Litestar, cast: Cast) -> None:
    staff = await Browser.of(app, cast.vera)
    answer = await staff.get("/partners/companies/export/csv?tab=all")
    assert answer.status_code == 200
    assert "Omega IT AG" in answer.text
