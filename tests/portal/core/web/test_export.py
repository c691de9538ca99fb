"""Exports: exactly the rows and columns that are shown, typed, formula-safe, the same bytes each time."""

import asyncio
import csv
import gc
import io
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from litestar.response import Stream
from python_calamine import CalamineWorkbook

from partners.deals.lists import DEALS
from portal.core import db, i18n
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import using
from portal.core.web import export
from portal.core.web.cells import safe_csv_text
from portal.core.web.export import FileType, csv_response, csv_stream, export_list, list_fields, xlsx_response
from portal.core.web.list_spec import Column, Kind
from tests.portal.core.web.list_samples import (
    ALPHA,
    NOON,
    OMEGA,
    PIA,
    SPEC,
    VERA,
    add_things,
    thing,
)

pytestmark = pytest.mark.usefixtures("installation")


async def content(response: Stream) -> bytes:
    chunks = response.iterator
    assert isinstance(chunks, AsyncIterator)
    return b"".join([chunk if isinstance(chunk, bytes) else chunk.encode() async for chunk in chunks])


async def exported(file_type: FileType, params: dict[str, str], actor: Actor = PIA) -> bytes:
    async with db.transaction(actor):
        return await content(await export_list(SPEC, actor, params, file_type, now=NOON))


def csv_rows(file: bytes) -> list[list[str]]:
    text = file.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def xlsx_rows(file: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()


async def records(*rows: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    for row in rows:
        yield row


@pytest.mark.usefixtures("things")
async def test_a_csv_file_has_what_is_shown_with_numbers_as_numbers() -> None:
    await add_things([
        thing(1, name="Käse & Söhne", amount_minor=-1_932_800, state="won"),
        thing(2, name="客户", amount_minor=None, rate=None, done_on=None),
        thing(3, name="A rival's", partner_id=OMEGA),
    ])  # fmt: skip
    assert csv_rows(await exported("csv", {})) == [
        ["Name", "Value", "Currency", "Rate", "Score", "State", "Kinds", "Done", "Changed (Europe/Berlin)"],
        [
            "Käse & Söhne",
            "-19328.00",
            "EUR",
            "0.0725000000",
            "1",
            "Won",
            "Large, new",
            "2026-11-01",
            "2026-11-18 11:59:00",
        ],
        ["客户", "", "EUR", "", "2", "Open", "Large, new", "", "2026-11-18 11:58:00"],
    ]


@pytest.mark.usefixtures("things")
async def test_a_sheet_has_the_same_with_days_and_amounts_as_such() -> None:
    await add_things([thing(1, amount_minor=-1_932_800), thing(2, amount_minor=None)])
    rows = xlsx_rows(await exported("xlsx", {}))
    assert rows[1] == [
        "Thing 0001", -19328.0, "EUR", 0.0725, 1.0, "Open", "Large, new", date(2026, 11, 1), datetime(2026, 11, 18, 11, 59),  # noqa: DTZ001 -- sheets know no zone
    ]  # fmt: skip
    assert rows[2][1] == ""


@pytest.mark.usefixtures("things")
async def test_the_vendors_columns_are_not_in_a_partners_file() -> None:
    await add_things([thing(1)])
    assert "Partner" not in csv_rows(await exported("csv", {}))[0]
    assert csv_rows(await exported("csv", {}, VERA))[1][1] == str(ALPHA)


@pytest.mark.usefixtures("things")
async def test_it_has_all_rows_of_the_filters_in_the_sort_beyond_pages_and_search_limit() -> None:
    await add_things([thing(number, state="won" if number % 2 else "open") for number in range(1_200)])
    rows = csv_rows(await exported("csv", {"state": "won", "sort": "name", "q": "thing", "cursor": "AAAA"}))
    assert [row[0] for row in rows[1:]] == [f"Thing {number:04}" for number in range(1, 1_200, 2)]


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("params", [{"state": "x"}, {"sort": "x"}, {"tab": "rivals"}])
async def test_a_wrong_parameter_never_exports_more_than_was_asked_for(params: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await exported("csv", params)


@pytest.mark.usefixtures("things")
@pytest.mark.security
@pytest.mark.parametrize("text", ["=1+1", "+49 151", "-5", "@x", "\t=1", "＝1", ' "=1', '=HYPERLINK("http://x")'])
async def test_no_cell_is_a_formula_or_a_link(text: str) -> None:
    await add_things([thing(1, name=text, kinds=[text], state=text)])
    row = csv_rows(await exported("csv", {}))[1]
    assert (row[0], row[5], row[6]) == (safe_csv_text(text),) * 3
    file = await exported("xlsx", {})
    assert xlsx_rows(file)[1][0] == f"'{text}"
    with ZipFile(io.BytesIO(file)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
        assert not any("hyperlink" in name.lower() for name in parts.namelist())
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@pytest.mark.usefixtures("things")
async def test_headings_and_words_are_in_the_persons_language(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese = {"Name": ("名称",), "Open": ("未结",), "Large": ("大型",), "Deals": ("商机",)}
    monkeypatch.setattr(i18n, "sentences", lambda locale: chinese if locale == "zh_CN" else {})
    await add_things([thing(1)])
    with using("zh_CN"):
        heading, row = csv_rows(await exported("csv", {}))
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(await exported("xlsx", {})))
    assert (heading[0], row[1], row[5], row[6]) == ("名称", "1.07", "未结", "大型, new")
    assert sheet.sheet_names == ["商机"]


@pytest.mark.usefixtures("things")
async def test_amounts_have_the_decimals_of_their_currency() -> None:
    await add_things([thing(1, currency="JPY", amount_minor=1_234), thing(2, currency="KWD", amount_minor=1_234)])
    assert [row[1:3] for row in csv_rows(await exported("csv", {}))[1:]] == [["1234", "JPY"], ["1.234", "KWD"]]
    assert [row[1:3] for row in xlsx_rows(await exported("xlsx", {}))[1:]] == [[1234.0, "JPY"], [1.234, "KWD"]]


@pytest.mark.usefixtures("things")
async def test_an_amount_that_a_float_cannot_hold_is_written_as_text() -> None:
    await add_things([thing(1, amount_minor=9_007_199_254_740_993_00), thing(2, amount_minor=9_999_999_999_999_99)])
    rows = xlsx_rows(await exported("xlsx", {}))
    assert [row[1] for row in rows[1:]] == ["9007199254740993.00", 9_999_999_999_999.99]


@pytest.mark.usefixtures("things")
async def test_the_file_is_an_attachment_named_by_list_and_the_vendors_day() -> None:
    late = NOON.replace(hour=23, minute=30)
    async with db.transaction(PIA):
        response = await export_list(replace(SPEC, name="My deals/../x"), PIA, {}, "csv", now=late)
    assert response.headers["Content-Disposition"] == 'attachment; filename="my-deals-x-2026-11-19.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.media_type == "text/csv; charset=utf-8"
    assert "Content-Length" not in response.headers  # it is sent before the last row is read
    async with db.transaction(PIA):
        sheet = await export_list(SPEC, PIA, {}, "xlsx", now=late)
    assert int(sheet.headers["Content-Length"]) == len(await content(sheet))


@pytest.mark.usefixtures("db")
async def test_the_first_rows_of_csv_are_sent_while_the_last_are_still_read() -> None:
    read = 0

    async def many() -> AsyncIterator[dict[str, Any]]:
        nonlocal read
        for number in range(20_000):
            read = number
            yield {"name": f"Customer {number}"}

    response = await csv_stream("things", list_fields([SPEC.columns[0]]), many(), now=NOON)
    chunks = response.iterator
    assert isinstance(chunks, AsyncIterator)
    first = await anext(chunks)
    assert first
    assert read < 19_000
    rest = [chunk async for chunk in chunks]
    assert b"".join([first, *rest]).count(b"\r\n") == 20_001  # type: ignore[list-item]  # bytes, as we write them


async def test_a_failure_at_the_start_is_told_and_a_later_one_breaks_the_file_off() -> None:
    async def broken(good: int) -> AsyncIterator[dict[str, Any]]:
        for number in range(good):
            yield {"name": f"Customer {number}"}
        raise ZeroDivisionError

    fields = list_fields([SPEC.columns[0]])
    with pytest.raises(ZeroDivisionError):
        await csv_stream("things", fields, broken(3), now=NOON)
    response = await csv_stream("things", fields, broken(3_000), now=NOON)
    with pytest.raises(ZeroDivisionError):
        await content(response)


async def test_a_reader_that_goes_away_stops_the_reading() -> None:
    read = 0

    async def endless() -> AsyncIterator[dict[str, Any]]:
        nonlocal read
        while True:
            read += 1
            yield {"name": "more"}

    response = await csv_stream("things", list_fields([SPEC.columns[0]]), endless(), now=NOON)
    chunks = response.iterator
    assert isinstance(chunks, AsyncGenerator)
    await anext(chunks)
    await chunks.aclose()
    before = read
    await asyncio.sleep(0.05)
    assert read == before


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
async def test_a_slow_reader_keeps_a_file_and_no_transaction(pool: str, fresh_url: str, file_type: FileType) -> None:
    await db.disconnect()
    await db.connect(fresh_url)
    try:
        async with db.transaction(VERA, read_only=True):
            response = await export_list(DEALS, VERA, {"tab": "all"}, file_type, now=NOON)
            chunks = response.iterator
            assert isinstance(chunks, AsyncIterator)
            await anext(chunks)
            for _ in range(100):
                if not db.in_transaction():
                    break
                await asyncio.sleep(0.01)
            assert not db.in_transaction()
            with pytest.raises(RuntimeError, match="needs"):
                await db.sql("SELECT 1")
            assert [chunk async for chunk in chunks] == []
    finally:
        await db.disconnect()
        await db.connect(pool)


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
async def test_the_bytes_are_the_same_each_time(file_type: FileType) -> None:
    await add_things([thing(number) for number in range(30)])
    assert await exported(file_type, {}) == await exported(file_type, {})


@pytest.mark.usefixtures("things")
async def test_an_empty_list_is_a_file_with_headings() -> None:
    assert len(csv_rows(await exported("csv", {}))) == 1
    assert len(xlsx_rows(await exported("xlsx", {}))) == 1


@pytest.mark.usefixtures("things")
async def test_a_sheet_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_SHEET_ROWS", 2)
    await add_things([thing(1), thing(2)])
    assert len(xlsx_rows(await exported("xlsx", {}))) == 3
    await add_things([thing(3)])
    with pytest.raises(Conflict):
        await exported("xlsx", {})
    assert len(csv_rows(await exported("csv", {}))) == 4


@pytest.mark.parametrize("write", [csv_response, xlsx_response])
async def test_a_failure_half_way_is_no_file(write: Any) -> None:
    async def broken() -> AsyncIterator[dict[str, Any]]:
        yield {"name": "first"}
        raise ZeroDivisionError

    fields = list_fields([SPEC.columns[0]])
    title = [] if write is csv_response else ["Things"]
    with pytest.raises(ZeroDivisionError):
        await write("things", *title, fields, broken(), now=NOON)


async def test_two_amounts_of_one_currency_share_its_column_and_others_name_it() -> None:
    def amount(key: str, currency: str) -> Column:
        return Column(key=key, label=key.title(), sql="1", kind=Kind.MONEY, currency=currency)

    one = [amount("base", "t.currency"), amount("commission", "t.currency")]
    assert [field.heading for field in list_fields(one)] == ["Base", "Currency", "Commission"]
    two = [amount("base", "t.currency"), amount("paid", "t.paid_currency")]
    assert [field.heading for field in list_fields(two)] == ["Base", "Currency of Base", "Paid", "Currency of Paid"]


async def test_titles_no_sheet_can_have_are_bent() -> None:
    title = "A/B: 'deals' [all]? " + "x" * 40
    file = await content(
        await xlsx_response("x", title, list_fields([SPEC.columns[0]]), records({"name": "a"}), now=NOON)
    )
    [name] = CalamineWorkbook.from_filelike(io.BytesIO(file)).sheet_names
    assert len(name) == 31
    assert name.startswith("A B   deals   all")


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
async def test_memory_does_not_grow_with_the_rows(file_type: FileType) -> None:
    async def many() -> AsyncIterator[dict[str, Any]]:
        for number in range(8_000):
            yield {
                "name": f"Some customer with a name, number {number}", "amount": number, "amount__currency": "EUR", "rate": Decimal("0.07"),
                "score": number, "changed": NOON + timedelta(seconds=number),
            }  # fmt: skip

    fields = list_fields(
        [column for column in SPEC.columns if column.key in ("name", "amount", "rate", "score", "changed")]
    )
    tracemalloc.start()
    if file_type == "csv":
        response = await csv_response("x", fields, many(), now=NOON)
    else:
        response = await xlsx_response("x", "X", fields, many(), now=NOON)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    length = int(response.headers["Content-Length"])
    assert len(await content(response)) == length
    assert length > 250_000
    assert peak < 2_500_000


@pytest.mark.usefixtures("things")
async def test_a_download_that_nobody_reads_leaves_nothing_open() -> None:
    async with db.transaction(PIA):
        response = await export_list(SPEC, PIA, {}, "csv", now=NOON)
    del response
    gc.collect()
