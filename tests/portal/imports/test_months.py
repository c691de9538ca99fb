"""Tables with a column for each month: found by their headings, and every month of a row accounted for."""

import pytest

from portal.imports.months import find_months
from portal.imports.reading import RowKind, inspect_file, read_rows
from portal.imports.shape import Shape, Wanted


@pytest.mark.parametrize(
    "headings",
    [
        ["SKU", "2026-01", "2026-02", "2026-03"],
        ["SKU", "202601", "202602", "202603"],
        ["SKU", "01/2026", "02/2026", "03/2026"],
        ["SKU", "Jan 2026", "Feb 2026", "March 2026"],
        ["SKU", "Jan-26", "Feb-26", "Mar-26"],
        ["SKU", "Januar 2026", "Februar 2026", "März 2026"],
        ["SKU", "2026年1月", "2026年2月", "2026年03月"],
    ],
)
def test_months_with_their_year_in_the_headings(headings: list[str]) -> None:
    found = find_months(headings)
    assert found is not None
    assert (dict(found.columns), found.year) == ({1: "2026-01", 2: "2026-02", 3: "2026-03"}, None)
    assert list(found.split(["A", "1", "2", "3"]))[1] == ("A", "A/2026-02", "2026-02-01", "2")


@pytest.mark.parametrize(
    "headings",
    [
        ["Year", "SKU", "M01", "M02", "M12"],
        ["Fiscal Year", "SKU", "Jan", "Feb", "Dec"],
        ["年度", "SKU", "1月", "2月", "12月"],
    ],
)
def test_months_whose_year_is_in_a_column_of_the_row(headings: list[str]) -> None:
    found = find_months(headings)
    assert found is not None
    assert (dict(found.columns), found.year) == ({2: "01", 3: "02", 4: "12"}, 0)
    assert list(found.split(["2026", "A", "1", "2", "3"]))[2] == ("2026", "A", "A/2026-12", "2026-12-01", "3")


@pytest.mark.parametrize(
    "headings",
    [
        ["SKU", "Jan", "Feb", "Mar"],
        ["SKU", "2026-01", "2026-02"],
        ["Year", "Day", "01", "02", "03"],
        ["SKU", "2026-01", "2026-02", "2026-02"],
        ["Mark", "Jane", "April Smith", "May I call", "Year"],
    ],
)
def test_what_is_no_table_of_months(headings: list[str]) -> None:
    assert find_months(headings) is None


FILE = b"SKU,Jan 2026,Feb 2026,Mar 2026\nA,1,-,3\nB,,\nC,7,8,9\n\n"


def test_every_month_of_every_row_is_a_row() -> None:
    shape = inspect_file(FILE)
    assert shape.names == ("SKU", "Row and month", "Month", "Value")
    assert shape.columns[3].samples == ("1", "-", "3", "7", "8")
    assert Shape.from_json(shape.to_json()) == shape
    rows = list(read_rows(FILE, shape))
    assert [row.number for row in rows] == list(range(1, 10))
    assert [row.kind for row in rows] == [
        RowKind.HEADER, RowKind.DATA, RowKind.BLANK, RowKind.DATA, RowKind.MALFORMED, *[RowKind.DATA] * 3,
        RowKind.BLANK,
    ]  # fmt: skip
    assert rows[3].cells == ("A", "A/2026-03", "2026-03-01", "3")
    assert (rows[4].reason, dict(rows[4].params)) == ("too_few_cells", {"expected": 4, "found": 3})
    assert [row.line for row in rows] == [1, 2, 2, 2, 3, 4, 4, 4, 5]


def test_a_person_may_leave_them_side_by_side() -> None:
    shape = inspect_file(FILE, wanted=Wanted(months=False))
    assert shape.names == ("SKU", "Jan 2026", "Feb 2026", "Mar 2026")
    assert shape.months is None
