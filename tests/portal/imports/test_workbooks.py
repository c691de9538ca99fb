"""Workbooks: typed cells as text that reads back, and archives that mean harm."""

import contextlib
import datetime as dt
import io
import zipfile
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no annotations
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.imports.codes import FileCode, RowCode
from portal.imports.limits import LIMITS, Limits, Unreadable
from portal.imports.reading import RowKind, inspect_file, read_rows
from portal.imports.records import Exact
from portal.imports.shape import Wanted

FOUND = Wanted()
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(fill: Any) -> Any:
    """A workbook as bytes; `fill` writes into it."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)})
        fill(book)
    return target.getvalue()


def table(rows: Any, name: str | None = None) -> Any:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(number, place, value)

    return workbook(fill)


def replace(content: bytes, part: str, text: str, **info: Any) -> Any:
    """The workbook with another text for one of its parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name), **info)
    return target.getvalue()


def with_sheet(cells: str) -> Any:
    return replace(table([["a"]]), "xl/worksheets/sheet1.xml", SHEET.format(cells))


def cells_of(content: bytes, wanted: Wanted = FOUND) -> Any:
    return [row.cells for row in read_rows(content, inspect_file(content, wanted=wanted))]


def test_typed_cells_become_text_that_is_in_no_doubt() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        day, moment = book.add_format({"num_format": "dd/mm/yy"}), book.add_format({"num_format": "d.m.yy hh:mm"})
        sheet.write_row(0, 0, ["number", "day", "moment", "yes", "text", "percent"])
        sheet.write_number(1, 0, 1.234)
        sheet.write_datetime(1, 1, dt.date(2026, 2, 3), day)
        sheet.write_datetime(1, 2, dt.datetime.combine(dt.date(2026, 2, 3), dt.time(14, 30)), moment)
        sheet.write_boolean(1, 3, True)  # noqa: FBT003 -- taken by place only
        sheet.write_string(1, 4, "1.234")
        sheet.write_number(1, 5, 0.07, book.add_format({"num_format": "0%"}))

    rows = cells_of(workbook(fill))
    assert rows[1] == ("1.234", "2026-02-03", "2026-02-03T14:30:00", "true", "1.234", "0.07")
    assert [isinstance(cell, Exact) for cell in rows[1]] == [True, True, True, True, False, True]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.0, "3"),
        (-3.5, "-3.5"),
        (0.1 + 0.2, "0.3"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (0, "0"),
        (100, "100"),
    ],
)
def test_numbers_have_no_exponent_and_no_noise(number: Any, text: str) -> None:
    assert cells_of(table([["n"], [number]]))[1] == (text,)


def test_a_cell_that_shows_an_error_does_not_go_blank() -> None:
    content = with_sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Deal</t></is></c><c r="B1" t="inlineStr"><is><t>Amount</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>A</t></is></c><c r="B2" t="e"><v>#DIV/0!</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>B</t></is></c><c r="B3"><v>5</v></c></row>'
    )
    assert cells_of(content) == [("Deal", "Amount"), ("A", "#DIV/0!"), ("B", "5")]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write(2, 2, "Owner")
        sheet.write(2, 3, "Amount")
        sheet.write_row(3, 2, ["Vera", 5])
        sheet.write_row(6, 2, ["Otto", 6])

    content = workbook(fill)
    shape = inspect_file(content)
    rows = list(read_rows(content, shape))
    assert shape.header_row == 3
    assert [(row.number, row.kind) for row in rows] == [
        (1, RowKind.BLANK),
        (2, RowKind.BLANK),
        (3, RowKind.HEADER),
        (4, RowKind.DATA),
        (5, RowKind.BLANK),
        (6, RowKind.BLANK),
        (7, RowKind.DATA),
    ]


def test_the_first_visible_sheet_with_anything_in_it_is_read_and_another_can_be_chosen() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Hidden").write_row(0, 0, ["no", "no"])
        book.add_worksheet("Empty")
        book.add_worksheet("Deals").write_row(0, 0, ["Deal", "Amount"])
        book.add_worksheet("More").write_row(0, 0, ["Other", ""])
        book.worksheets()[0].hide()
        book.worksheets()[2].activate()
        book.worksheets()[2].set_first_sheet()

    content = workbook(fill)
    shape = inspect_file(content)
    assert (shape.sheet, shape.sheets, shape.names) == (
        "Deals",
        ("Hidden", "Empty", "Deals", "More"),
        ("Deal", "Amount"),
    )
    assert inspect_file(content, wanted=Wanted(sheet="More")).names == ("Other",)
    with pytest.raises(Unreadable, match="workbook_no_sheet"):
        inspect_file(content, wanted=Wanted(sheet="Nothing"))
    with pytest.raises(Unreadable, match="no_rows"):
        inspect_file(content, wanted=Wanted(sheet="Empty"))


text_cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
).filter(lambda t: t.strip())


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(text_cells, st.integers(-(10**14), 10**14), st.dates(dt.date(1901, 1, 1), dt.date(2199, 1, 1))),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_is_read_back(rows: Any) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["text", "number", "day"])
        for number, (text, whole, when) in enumerate(rows, start=1):
            sheet.write_string(number, 0, text)
            sheet.write_number(number, 1, whole)
            sheet.write_datetime(number, 2, when, day)

    expected = [(text, str(whole), when.isoformat()) for text, whole, when in rows]
    content = workbook(fill)
    found = [row.cells for row in read_rows(content, inspect_file(content, wanted=Wanted(header=True)))][1:]
    assert found == expected


def refused(content: bytes, limits: Limits = LIMITS) -> Any:
    with pytest.raises(Unreadable) as caught:
        inspect_file(content, limits=limits)
    return caught.value.code


@pytest.mark.security
def test_a_bomb_is_refused_by_what_it_unpacks_to_not_by_what_it_claims() -> None:
    bomb = replace(table([["a"]]), "xl/styles.xml", "x" * 5_000_000)
    assert len(bomb) < 100_000
    assert refused(bomb, Limits(workbook_bytes=1_000_000)) == FileCode.WORKBOOK_TOO_LARGE
    lying = bomb.replace((5_000_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != bomb
    assert refused(lying, Limits(workbook_bytes=1_000_000)) == FileCode.WORKBOOK_TOO_LARGE
    assert refused(lying) == FileCode.WORKBOOK_DAMAGED


@pytest.mark.security
@pytest.mark.parametrize("far", ["XFD1048576", "xfd1048576", "A1048576", "XFD1"])
def test_two_cells_in_far_corners_do_not_fill_the_memory(far: str) -> None:
    content = with_sheet(f'<row><c r="A1"><v>1</v></c></row><row><c r="{far}"><v>2</v></c></row>')
    codes = {FileCode.WORKBOOK_AREA_TOO_LARGE, FileCode.TOO_MANY_COLUMNS, FileCode.TOO_MANY_ROWS}
    assert refused(content, Limits(rows=1_000_000, workbook_cells=1_000_000)) in codes


def test_cells_that_only_carry_a_format_are_no_harm() -> None:
    content = with_sheet(
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="2"><c r="A2"><v>2</v></c></row>'
    )
    assert cells_of(content) == [("1",), ("2",)]


@pytest.mark.security
def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SHEET.format("<row><c><v>&b;</v></c></row>")
    assert refused(replace(table([["a"]]), "xl/worksheets/sheet1.xml", bomb)) == FileCode.WORKBOOK_DAMAGED


@pytest.mark.security
def test_a_directory_of_countless_members_is_refused_before_it_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(50_000):
            archive.writestr(f"{number:050}", b"")
    assert refused(target.getvalue()) == FileCode.WORKBOOK_DAMAGED


def test_archives_that_are_no_workbooks() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refused(target.getvalue()) == FileCode.UNSUPPORTED_FORMAT
    whole = table([["a", "b"], [1, 2]])
    assert refused(whole[: len(whole) // 2]) == FileCode.WORKBOOK_DAMAGED
    assert refused(b"PK\x03\x04" + b"x" * 100) == FileCode.WORKBOOK_DAMAGED
    assert refused(replace(whole, "xl/workbook.xml", "<broken")) == FileCode.WORKBOOK_DAMAGED
    assert refused(replace(whole, "xl/_rels/workbook.xml.rels", "<broken")) == FileCode.WORKBOOK_DAMAGED
    assert (
        refused(replace(whole, "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row")) == FileCode.WORKBOOK_DAMAGED
    )


@pytest.mark.security
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_workbook_is_read_or_refused_in_words(data: Any) -> None:
    content = bytearray(table([["Deal", "Amount"], ["A", 1], ["B", 2]]))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Unreadable):
        assert cells_of(bytes(content))


def test_too_many_errors_and_long_cells() -> None:
    row = "".join(f'<row><c t="e"><v>#N/A</v></c><c><v>{n}</v></c></row>' for n in range(5))
    assert refused(with_sheet(row), Limits(workbook_errors=3)) == FileCode.WORKBOOK_TOO_MANY_ERRORS
    content = table([["a", "b"], ["x" * 50, 1]])
    limits = Limits(cell_chars=10)
    rows = list(read_rows(content, inspect_file(content, limits=limits), limits=limits))
    assert (rows[1].kind, rows[1].reason) == (RowKind.MALFORMED, RowCode.CELL_TOO_LONG)
