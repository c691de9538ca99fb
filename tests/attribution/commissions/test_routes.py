"""Commissions over HTTP: the fixed questions, the page of one amount, the report whose total is the ledger's."""

import csv
import hashlib
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import pytest_asyncio
from litestar import Litestar
from python_calamine import CalamineWorkbook

from attribution.commissions import proof, service
from portal.core import clock
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.ledger.queries import list_balances
from tests import make
from tests.attribution.commissions.world import Sale, make_sale
from tests.make import NOON, Cast
from tests.web import Browser

pytestmark = pytest.mark.usefixtures("sale")

OCTOBER = {"ordered_on": date(2026, 10, 1), "occurred_at": NOON - timedelta(days=40)}


@pytest_asyncio.fixture(loop_scope="session")
async def sale(cast: Cast) -> Sale:
    sale = await make_sale(cast)
    invoice = await sale.invoice(4560_00, partner=cast.omega, **OCTOBER)
    await sale.paid(invoice, 2736_00, **OCTOBER)
    await sale.paid(invoice, -36_00, **OCTOBER)
    await service.accrue(SYSTEM, now=NOON)
    return sale


async def ids(partner: UUID) -> list[str]:
    async with database.transaction(SYSTEM):
        rows = await database.sql("SELECT id FROM attribution_commission WHERE partner_id = $1 ORDER BY seq", partner)
    return [str(row["id"]) for row in rows]


async def test_a_partner_sees_what_it_earned(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.petra)
    page = await browser.get("/earnings")
    assert page.status_code == 200, page.text
    for words in ("Earnings", "€243.00", "€246.24", "−€3.24", "Alpgold Lindau", "Taken back"):
        assert words in page.text
    assert "Sennerei" not in page.text
    rows = (await browser.json("/api/v1/commissions")).json()["items"]
    assert sorted(row["amount"]["minor"] for row in rows) == [-3_24, 246_24]


async def test_the_page_of_one_amount(app: Litestar, cast: Cast) -> None:
    first, second = await ids(cast.alpha)
    browser = await Browser.of(app, cast.pia)
    page = (await browser.get(f"/earnings/{first}")).text
    for words in (
        "How we got €246.24",
        "€2,736.00 × 9% = 246.24",
        "§ 3.2",
        "Why 9%?",
        "60.0%",
        "From payment to commission",
        "Reseller DACH v1",
    ):
        assert words in page
    page = (await browser.get(f"/earnings/{second}")).text
    for words in (
        "How we got −€3.24",
        "€2,736.00 + −€36.00",
        "€243.00 − €246.24",
        "Less what you earned from it before",
    ):
        assert words in page
    fragment = await browser.fragment(f"/earnings/{first}")
    assert fragment.status_code == 200


async def test_the_proof_is_what_was_sealed(app: Litestar, cast: Cast) -> None:
    (first, _second) = await ids(cast.alpha)
    browser = await Browser.of(app, cast.petra)
    answer = await browser.get(f"/earnings/{first}/proof")
    assert answer.headers["content-disposition"].startswith("attachment")
    sealed = (await browser.json(f"/api/v1/commissions/{first}")).json()["sha256"]
    assert hashlib.sha256(answer.content).hexdigest() == sealed
    assert proof.check(json.loads(answer.content)) == []
    page = (await browser.get(f"/earnings/{first}")).text
    assert sealed[:4] + " " + sealed[4:8] in page


async def test_why_nothing_was_paid(app: Litestar, cast: Cast) -> None:
    (first, _second) = await ids(cast.omega)
    browser = await Browser.of(app, cast.otto)
    page = (await browser.get(f"/earnings/{first}")).text
    for words in (
        "Why this payment earned nothing",
        "No approved deal of yours covered",
        "1 Oct 2026",
        "Orders from the day of an approval",
    ):
        assert words in page
    assert "Alpha" not in page
    assert "9%" not in page


@pytest.mark.security
async def test_a_rivals_commission_does_not_exist(app: Litestar, cast: Cast) -> None:
    (first, _second) = await ids(cast.alpha)
    rival = await Browser.of(app, cast.otto)
    for path in ("/earnings/{}", "/earnings/{}/proof", "/api/v1/commissions/{}"):
        theirs, missing = await rival.get(path.format(first)), await rival.get(path.format(new_id()))
        assert theirs.status_code == missing.status_code == 404
    listed = (await rival.get("/earnings")).text
    assert "Alpgold Lindau" not in listed


async def test_a_distributor_sees_what_its_reseller_earned(app: Litestar, cast: Cast) -> None:
    (first, _second) = await ids(cast.alpha)
    browser = await Browser.of(app, cast.dora)
    assert (await browser.get(f"/earnings/{first}")).status_code == 200
    assert "Alpgold Lindau" not in (await browser.get("/earnings")).text
    assert "Alpgold Lindau" in (await browser.get("/earnings?tab=below")).text


@pytest.mark.parametrize(("name", "path", "status"), [
    ("vera", "/earnings", 403), ("pam", "/earnings", 403), ("petra", "/commissions", 403), ("petra", "/commissions/periods", 403),
    ("vera", "/commissions", 200), ("vera", "/commissions/periods", 403), ("audra", "/commissions/periods", 200),
    ("faye", "/commissions", 200), ("faye", "/commissions/periods/2026-10", 200), ("faye", "/commissions/periods/2026-13", 404),
    ("faye", "/commissions/periods/2019-01", 200), ("sam", "/commissions", 403), ("faye", "/revenue", 200), ("pia", "/revenue", 403),
])  # fmt: skip
async def test_who_may_open_what(app: Litestar, cast: Cast, name: str, path: str, status: int) -> None:
    browser = await Browser.of(app, getattr(cast, name))
    assert (await browser.get(path)).status_code == status


async def test_finance_sees_the_month_and_that_it_equals_the_ledger(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.faye)
    page = (await browser.get("/commissions/periods/2026-10")).text
    for words in (
        "Commission report October 2026",
        "Alpha Systemhaus GmbH",
        "€243.00",
        "equals the ledger",
        "Close the month",
    ):
        assert words in page
    months = (await browser.get("/commissions/periods")).text
    assert "October 2026" in months
    plain = (await browser.json("/api/v1/commissions/periods/2026-10")).json()
    assert plain["totals"] == [
        {
            "currency": "EUR", "accrued_minor": 246_24, "taken_back_minor": -3_24, "net_minor": 243_00, "ledger_minor": 243_00,
            "results": 2, "partners": 1,
        }
    ]  # fmt: skip


async def test_the_reports_total_is_the_ledgers(app: Litestar, cast: Cast) -> None:
    async with database.transaction(SYSTEM):
        await database.sql("UPDATE partners_company SET legal_name = '=HYPERLINK(1)' WHERE id = $1", cast.alpha)
    browser = await Browser.of(app, cast.faye)
    answer = await browser.get("/commissions/periods/2026-10/export/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    ledger = sum((one.amount.decimal for one in await list_balances(cast.faye, period=date(2026, 10, 1))), Decimal(0))
    assert [Decimal(row["Commission"]) for row in rows] == [Decimal("246.24"), Decimal("-3.24"), ledger]
    assert rows[0]["Partner"] == "'=HYPERLINK(1)"
    assert rows[-1]["Partner"] == "Total"
    sheet = (
        CalamineWorkbook.from_filelike(
            io.BytesIO((await browser.get("/commissions/periods/2026-10/export/xlsx")).content)
        )
        .get_sheet_by_index(0)
        .to_python()
    )
    place = sheet[0].index("Commission")
    assert [Decimal(str(row[place])) for row in sheet[1:]] == [Decimal("246.24"), Decimal("-3.24"), ledger]
    assert sheet[1][0] == "'=HYPERLINK(1)"


async def test_closing_a_month(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    auditor = await Browser.of(app, cast.audra)
    assert "Close the month" not in (await auditor.get("/commissions/periods/2026-10")).text
    assert (await auditor.post("/commissions/periods/2026-10/close", {"verb": "close"})).status_code == 403
    browser = await Browser.of(app, cast.faye)
    assert (
        await browser.post("/commissions/periods/2026-10/close", {"verb": "close", "period": "x"})
    ).status_code == 422
    assert (await browser.post("/commissions/periods/2026-11/close", {"verb": "close"})).status_code == 409
    done = await browser.post("/commissions/periods/2026-10/close", {"verb": "close"})
    assert done.status_code == 303, done.text
    page = (await browser.get("/commissions/periods/2026-10")).text
    assert "closed by Faye Vendor" in page
    assert "Close the month" not in page
    assert (await browser.send_json("POST", "/api/v1/commissions/periods/2026-10/close", {})).status_code == 409


async def test_the_lists_export(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.faye)
    rows = list(csv.DictReader(io.StringIO((await browser.get("/commissions/export/csv")).content.decode("utf-8-sig"))))
    assert len(rows) == 4
    own = await Browser.of(app, cast.petra)
    rows = list(csv.DictReader(io.StringIO((await own.get("/earnings/export/csv")).content.decode("utf-8-sig"))))
    assert sorted(row["Commission"] for row in rows) == ["-3.24", "246.24"]


async def test_filters_are_links(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.faye)
    page = (await browser.get(f"/commissions?partner={cast.omega}&reason=no_registered_deal&period=2026-10-01")).text
    assert "Omega IT AG" in page
    assert "Alpgold Lindau" not in page


async def test_the_page_speaks_chinese(app: Litestar, cast: Cast) -> None:
    (first, _second) = await ids(cast.alpha)
    browser = await Browser.of(app, cast.petra)
    await browser.post("/language", {"locale": "zh_CN", "next": "/earnings"})
    page = (await browser.get(f"/earnings/{first}")).text
    for words in ("计算明细", "佣金", "客户付款"):
        assert words in page


async def test_revenue_pages(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.faye)
    page = (await browser.get("/revenue")).text
    assert "Sennerei Alpgold AG" in page
    items = (await browser.json("/api/v1/revenue")).json()["items"]
    assert len(items) == 3
    line = (await browser.json(f"/api/v1/revenue/{items[0]['id']}")).json()
    assert len(line["others"]) == 2
    assert (await browser.get(f"/revenue/{items[0]['id']}")).status_code == 200
    assert (await browser.get(f"/revenue/{new_id()}")).status_code == 404


async def test_an_empty_earnings_page_says_what_to_do(app: Litestar, cast: Cast) -> None:
    nora = await make.person("Nora New", cast.pia.side, list(cast.pia.roles), await make.company("New AG"))
    browser = await Browser.of(app, nora)
    page = (await browser.get("/earnings")).text
    assert "Nothing earned yet" in page
    assert "no data yet" in page
