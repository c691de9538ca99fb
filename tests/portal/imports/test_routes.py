"""Imports over HTTP: a newcomer's way from a file to its report, and the fixed questions."""

import csv
import io
import re
from typing import Any

import httpx
import pytest
from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM
from portal.imports import service
from tests.make import Cast
from tests.settle import settle
from tests.web import Browser

FILE = b"Account ID,Company,Country,City\nA-1,Acme GmbH,Germany,Kempten\n,Gamma,Narnia,\nA-3,=1+1,FR,Lyon\n"


async def upload(
    browser: Browser, content: bytes = FILE, *, path: str = "/imports/new", name: str = "a.csv", **fields: str
) -> httpx.Response:
    """Send a file as a browser does."""
    if not browser.form_token:
        await browser.get("/profile")
    data = {"kind": "accounts", "source_system": "crm", **fields}
    if path.startswith("/api/"):
        headers = {"X-CSRF-Token": browser.form_token, "Accept": "application/json"}
    else:
        data, headers = {"csrf_token": browser.form_token, **data}, {}
    return await browser.client.post(path, data=data, files={"file": (name, content)}, headers=headers)


async def brought(browser: Browser, content: bytes = FILE, **fields: str) -> str:
    """The address of a file that was brought."""
    answer = await upload(browser, content, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def chosen(page: str) -> dict[str, str]:
    """What the mapping's form holds."""
    found = {}
    for name, options in re.findall(r'<select class="input" id="[^"]*" name="(column-[^"]*)".*?>(.*?)</select>', page):
        value = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = value.group(1) if value else ""
    return found


async def test_a_newcomer_brings_a_file_and_corrects_what_was_refused(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    page = await vera.get("/imports/new")
    assert "Partner companies" in page.text or "Companies" in page.text
    here = await brought(vera)
    page = await vera.get(here)
    assert page.status_code == 200, page.text
    for words in ("Known other name", "Import 3 rows", "Acme GmbH", "New 2", "Refused 1", "Narnia"):
        assert words in page.text
    form = chosen(page.text)
    assert form["column-legal_name"] == "Company"
    started = await vera.post(f"{here}/mapping", {**form, "do": "start"})
    assert started.headers["location"] == here
    running = await vera.get(here)
    assert '<meta http-equiv="refresh"' in running.text
    assert 'hx-trigger="every 1s"' in running.text
    await settle()
    fragment = await vera.fragment(here)
    assert fragment.headers["hx-refresh"] == "true"
    done = await vera.get(here)
    for words in ("2 rows are in", "1 was refused", "Fill it in.", "not a country"):
        assert words in done.text
    answer = await vera.get(f"{here}/refused/export/csv")
    [head, row] = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert head == ["Why it was refused", "Account ID", "Company", "Country", "City"]
    assert row[1:] == ["", "Gamma", "Narnia", ""]
    corrected = answer.text.replace('"","Gamma","Narnia"', '"A-2","Gamma","DE"')
    there = await brought(vera, corrected.encode(), name="refused.csv")
    page = await vera.get(there)
    assert "Import 1 row" in page.text
    await vera.post(f"{there}/mapping", {**chosen(page.text), "do": "start"})
    await settle()
    assert "All 1 row of data is in; nothing was refused." in (await vera.get(there)).text
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_account") == 3


async def test_what_was_chosen_stays_when_something_is_wrong(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    here = await brought(vera, b"No,Who,Land\n1,Acme,DE\n")
    answer = await vera.post(f"{here}/mapping", {"column-legal_name": "Who", "save_as": "Weekly"})
    assert answer.status_code == 422
    assert chosen(answer.text)["column-legal_name"] == "Who"
    assert answer.text.count("No column brings this field") >= 2
    assert 'value="Weekly"' in answer.text
    whole = {"column-legal_name": "Who", "column-source_id": "No", "column-country": "Land"}
    seen = await vera.post(f"{here}/mapping", {**whole, "do": "start"})
    assert seen.status_code == 200
    assert "look at the first rows again" in seen.text
    assert (await vera.post(f"{here}/mapping", {**whole, "do": "save", "save_as": "Weekly"})).status_code == 200
    other = await brought(vera, b"No,Who,Land\n2,Beta,FR\n")
    used = await vera.post(f"{other}/mapping", {"do": "use", "saved": "Weekly"})
    assert chosen(used.text)["column-country"] == "Land"
    assert (await vera.post(f"{other}/mapping", {**whole, "do": "start"})).status_code == 303


@pytest.mark.parametrize(
    "extra", [{"state": "done"}, {"column-nothing": "Who"}, {"created_by": "x"}, {"answer-nothing": "x"}]
)
async def test_fields_that_the_form_does_not_have_are_refused(app: Litestar, cast: Cast, extra: dict[str, str]) -> None:
    vera = await Browser.of(app, cast.vera)
    here = await brought(vera)
    assert (await vera.post(f"{here}/mapping", extra)).status_code == 422
    assert "Import 3 rows" in (await vera.get(here)).text


async def test_pasted_rows_are_a_file_too(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    text = "Account ID\tCompany\tCountry\n1\tAcme\tDE\n"
    answer = await vera.post("/imports/new", {"kind": "accounts", "source_system": "crm", "text": text})
    assert answer.status_code == 303
    assert "Import 1 row" in (await vera.get(answer.headers["location"])).text


async def test_what_is_missing_is_said_and_nothing_typed_is_lost(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    answer = await vera.post("/imports/new", {"kind": "accounts", "source_system": "my erp"})
    assert answer.status_code == 422
    assert "Choose a file, or paste rows below." in answer.text
    assert 'value="my erp"' in answer.text
    assert re.search(r'value="accounts" checked', answer.text)
    answer = await upload(vera, b"%PDF-1.7", kind="accounts")
    assert answer.status_code == 422
    assert "This is a PDF file" in answer.text
    answer = await upload(vera, kind="nothing")
    assert answer.status_code == 422


async def test_a_question_is_asked_and_answered(app: Litestar, cast: Cast) -> None:
    faye = await Browser.of(app, cast.faye)
    rows = b'Kind,Id,Net Amount,Date,Currency\ninvoice,1,"1,234",01/02/2026,\n'
    here = await brought(faye, rows, kind="revenue")
    page = await faye.get(here)
    assert page.text.count('type="radio"') == 4
    assert "first rows are shown here" in page.text
    form = chosen(page.text)
    answer = await faye.post(f"{here}/mapping", {**form, "do": "start"})
    assert answer.status_code == 200 or "look" in answer.text
    answers = {"answer-occurred_on": "dmy", "answer-net_amount": ".", "answer-file": "eur"}
    page = await faye.post(f"{here}/mapping", {**form, **answers})
    assert page.status_code == 200
    assert "€1,234.00" in page.text
    assert "1 Feb 2026" in page.text


async def test_a_large_file_is_refused_by_its_size(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    content = b"Account ID,Company,Country\n" + b"1,Acme,DE\n" * 200_000
    assert len(content) > 1024 * 1024
    assert (await upload(vera, content)).status_code == 303
    too_large = b"x" * (service.FILE_BYTES + 2 * 1024 * 1024)
    assert (await upload(vera, too_large)).status_code == 413


async def test_the_list_shows_what_one_may_read(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    await brought(vera, name="customers.csv")
    listing = await vera.get("/imports")
    assert "customers.csv" in listing.text
    faye = await Browser.of(app, cast.faye)
    await brought(faye, b"Kind,Id,Net Amount,Date\ninvoice,1,1 EUR,2026-01-01\n", kind="revenue", name="money.csv")
    ada = await Browser.of(app, cast.ada)
    assert "money.csv" not in (await ada.get("/imports")).text
    assert "money.csv" in (await vera.get("/imports")).text
    assert (await (await Browser.of(app, cast.pia)).get("/imports")).status_code == 403
    answer = await faye.get("/imports/export/csv")
    assert "money.csv" in answer.text


async def test_a_refused_row_cannot_run_as_a_formula(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    here = await brought(vera, b"Account ID,Company,Country\n,=HYPERLINK(1),DE\n")
    await vera.post(f"{here}/mapping", {**chosen((await vera.get(here)).text), "do": "start"})
    await settle()
    answer = await vera.get(f"{here}/refused/export/csv")
    assert '"\'=HYPERLINK(1)"' in answer.text
    report = await vera.get(f"{here}/report/export/csv")
    assert report.text.count("\r\n") == 3


async def test_the_report_is_read_page_by_page(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    rows = "".join(f"A-{number},Account {number},DE\n" for number in range(120))
    here = await brought(vera, f"Account ID,Company,Country\n{rows}".encode())
    await vera.post(f"{here}/mapping", {**chosen((await vera.get(here)).text), "do": "start"})
    await settle()
    first = await vera.get(here)
    assert "rows 1 to 50" in first.text
    second = await vera.get(f"{here}?outcome=imported&after=51")
    assert "rows 52 to 101" in second.text
    assert "A-50" in second.text
    for odd in ("?after=-1", "?after=99999999999999", "?outcome=x&after=٣"):
        assert (await vera.get(here + odd)).status_code == 200
    assert "No such rows" in (await vera.get(f"{here}?outcome=refused")).text


async def test_the_api_does_all_that_the_pages_do(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    kinds = (await vera.json("/api/v1/imports/kinds")).json()
    assert "accounts" in [one["kind"] for one in kinds]
    assert "revenue" not in [one["kind"] for one in kinds]
    made = await upload(vera, path="/api/v1/imports")
    assert made.status_code == 201, made.text
    job: dict[str, Any] = made.json()
    assert (job["missing"], job["questions"], job["rows_total"]) == ([], [], 4)
    here = f"/api/v1/imports/{job['id']}"
    wrong = await vera.send_json("PUT", f"{here}/mapping", {"columns": {"legal_name": "Company"}})
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json()["errors"]} == {"source_id", "country"}
    columns = {"source_id": "Account ID", "legal_name": "Company"}
    body = {"columns": columns, "constants": {"country": "DE"}}
    mapped = await vera.send_json("PUT", f"{here}/mapping", body)
    assert mapped.json()["mapping"] == {"columns": columns, "constants": {"country": "DE"}}
    started = await vera.send_json("POST", f"{here}/start", {})
    assert (started.status_code, started.json()["state"]) == (200, "running")
    assert (await vera.send_json("POST", f"{here}/start", {})).status_code == 409
    await settle()
    shown = (await vera.json(here)).json()
    assert (shown["state"], shown["counts"]) == ("done", {"imported": 2, "refused": 1, "not_data": 1})
    rows = (await vera.json(f"{here}/rows?outcome=refused")).json()
    assert [(row["row"], row["problems"][0]["field"]) for row in rows["items"]] == [(3, "source_id")]
    assert rows["next_cursor"] is None
    assert (await vera.json(f"{here}/rows?outcome=odd")).status_code == 422
    assert (await vera.json(f"{here}/rows?cursor=x")).status_code == 422
    assert (await vera.send_json("POST", f"{here}/resume", {})).status_code == 409
    listed = (await vera.json("/api/v1/imports")).json()
    assert [one["state"] for one in listed["items"]] == ["done"]
    pia = await Browser.of(app, cast.pia)
    assert (await pia.json(here)).status_code == 403
