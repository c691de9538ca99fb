"""Files that others made, read to their last row (their sources and licences stand in files/README.md)."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.core.money import Money
from portal.imports.encodings import Confidence
from portal.imports.mapping import ColumnMapping, MatchReason, check_mapping, guess_mapping, take_guess
from portal.imports.questions import study_columns
from portal.imports.reading import RowKind, Tally, inspect_file, read_rows
from portal.imports.rules import parse_rows
from portal.imports.shape import Wanted
from portal.imports.vocabulary import known_headings
from tests.portal.imports.examples import ADVENTUREWORKS, COMPANIES, DEALS, FILES, SALESFORCE

FOUND = Wanted()
KNOWN = known_headings(DEALS, COMPANIES)


def read(path: Path, wanted: Wanted = FOUND) -> Any:
    """The shape, the tally and the data rows of a file, from its path and from its bytes alike."""
    shape = inspect_file(path, wanted=wanted, known=KNOWN)
    assert inspect_file(path.read_bytes(), wanted=wanted, known=KNOWN) == shape
    tally = Tally()
    rows = list(tally.watch(read_rows(path, shape)))
    assert rows == list(read_rows(path.read_bytes(), shape))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    return shape, tally, [row for row in rows if row.kind is RowKind.DATA]


@pytest.mark.parametrize(
    ("name", "encoding", "reason"),
    [
        ("csvtext.csv", "utf-8", "ascii"),
        ("csvtext_BOM_UTF8.csv", "utf-8", "mark"),
        ("csvtext_BOM_UTF16LE.csv", "utf-16-le", "mark"),
        ("csvtext_BOM_UTF16BE.csv", "utf-16-be", "mark"),
        # These two hold UTF-32 under the mark of big-endian UTF-16.
        ("csvtext_BOM_UTF32LE.csv", "utf-32-le", "wrong_mark"),
        ("csvtext_BOM_UTF32BE.csv", "utf-32-be", "wrong_mark"),
    ],
)
def test_data_loader_encodings(name: str, encoding: str, reason: str) -> None:
    shape, tally, rows = read(SALESFORCE / name)
    assert shape.encoding is not None
    assert (shape.encoding.name, shape.encoding.reason) == (encoding, reason)
    assert shape.names == ("column1", "column2", "column3")
    assert [row.cells for row in rows] == [("row1-1", "row1-2", "row1-3"), ("row2-1", "row2-2", "row2-3")]
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 2}


def test_data_loader_separators_and_quotes() -> None:
    path = SALESFORCE / "csvSeparator.csv"
    assert read(path)[0].names == ("column1", "column2!some", "column3")
    shape, _, rows = read(path, Wanted(separator="!"))
    assert shape.names == ("column1,column2", "some,column3")
    assert [row.cells for row in rows] == [("col11,col12", "somev1,col13"), ("col21,col22", "somev2,col23")]
    _, _, rows = read(SALESFORCE / "csvEscapedQuotes.csv")
    assert [row.cells for row in rows] == [('"The Best" Account', "bla"), ('The "Best" Account', "bla")]


def test_a_blank_cell_and_a_blank_row() -> None:
    _, _, rows = read(SALESFORCE / "emptyFirstRowFieldValueInCsvTemplate.csv")
    assert [row.cells[2] for row in rows] == ["", "updated"]
    _, tally, _ = read(SALESFORCE / "hardDelete1AccountCsvTemplate.csv")
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 1, RowKind.BLANK: 1}


def test_salesforce_accounts() -> None:
    path = SALESFORCE / "accountData.csv"
    shape, tally, rows = read(path)
    assert shape.encoding is not None
    assert (shape.encoding.name, shape.encoding.confidence) == ("cp1252", Confidence.LIKELY)
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 423}
    assert len(shape.columns) == 38
    with path.open(encoding="cp1252", newline="") as handle:
        assert [list(row.cells) for row in rows] == list(csv.reader(handle))[1:]
    guess = guess_mapping(COMPANIES, shape.columns)
    assert guess.missing == ()
    assert take_guess(guess).columns == {
        "source_id": "ID",
        "name": "NAME",
        "country": "BILLINGCOUNTRY",
        "city": "BILLINGCITY",
        "website": "WEBSITE",
        "employees": "NUMBEROFEMPLOYEES",
    }
    study = study_columns(COMPANIES, take_guess(guess), shape.names, rows)
    assert study.questions == ()
    parsed = list(parse_rows(COMPANIES, take_guess(guess), study.answers({}), shape.names, rows))
    assert len(parsed) == 423
    countries = Counter(each.values.get("country") for each in parsed)
    assert countries["US"] >= 365
    assert countries["CA"] == 20
    names = {each.values["name"] for each in parsed}
    assert {"Crédito Inmobiliario Terras", "Pébéo of America"} < names


def test_salesforce_opportunities() -> None:
    shape, tally, rows = read(SALESFORCE / "opportunityData.csv")
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 38}
    guess = guess_mapping(DEALS, shape.columns)
    mapping = take_guess(guess)
    assert guess.missing == ()
    assert {
        name: mapping.columns[name]
        for name in ("source_id", "customer", "amount", "close_on", "stage", "created_at", "is_won")
    } == {
        "source_id": "ID",
        "customer": "ACCOUNTID",
        "amount": "AMOUNT",
        "close_on": "CLOSEDATE",
        "stage": "STAGENAME",
        "created_at": "CREATEDDATE",
        "is_won": "ISWON",
    }
    assert check_mapping(DEALS, mapping, shape.names) == ()
    study = study_columns(DEALS, mapping, shape.names, rows)
    assert [question.code for question in study.questions] == ["currency"]
    parsed = list(parse_rows(DEALS, mapping, study.answers({"*": "USD"}), shape.names, rows))
    refused = Counter(error.code for each in parsed for error in each.errors)
    assert refused == {}
    first = parsed[0].values
    assert first["amount"] == Money(50_000_000, "USD")
    assert first["stage"] == "won"
    assert first["probability"] == Decimal(100)
    assert str(first["close_on"]) == "2005-11-09"
    assert len({each.values["name"] for each in parsed}) == 10


def test_resellers_by_pipes_and_without_headings() -> None:
    path = ADVENTUREWORKS / "DimReseller.pipe-noheader.csv"
    shape, tally, rows = read(path)
    assert shape.dialect is not None
    assert (shape.dialect.separator, shape.header_row) == ("|", None)
    assert tally.kinds == {RowKind.DATA: 701}
    assert shape.names[:6] == ("A", "B", "C", "D", "E", "F")
    mapping = ColumnMapping({"source_id": "C", "name": "F", "employees": "G"})
    parsed = list(
        parse_rows(
            COMPANIES, mapping, study_columns(COMPANIES, mapping, shape.names, rows).answers({}), shape.names, rows
        )
    )
    assert sum(each.ok for each in parsed) == 701
    assert parsed[0].values == {"source_id": "AW00000001", "name": "A Bike Store", "employees": 2}


def test_reseller_sales_in_utf16() -> None:
    shape, tally, rows = read(ADVENTUREWORKS / "ResellerSales_202006.utf16le.csv")
    assert shape.encoding is not None
    assert (shape.encoding.name, shape.encoding.skip) == ("utf-16-le", 2)
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 3004}
    assert rows[0].cells[:3] == ("SO71691", "2", "2020-06-01")


def test_sales_targets_have_a_column_for_each_month() -> None:
    path = ADVENTUREWORKS / "ResellerSalesTargets.csv"
    shape, tally, rows = read(path)
    assert shape.names == ("Year", "EmployeeID", "Row and month", "Month", "Value")
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 81 * 12 - 163, RowKind.BLANK: 163}
    assert rows[0].cells[2:4] == ("61161660/2017-07", "2017-07-01")
    shape, tally, rows = read(path, Wanted(months=False))
    assert shape.names == ("Year", "EmployeeID", *(f"M{month:02}" for month in range(1, 13)))
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 81}
    assert sum(cell == "-" for row in rows for cell in row.cells) == 163


def test_stores_with_marks_of_several_characters_and_xml_inside() -> None:
    shape, tally, rows = read(ADVENTUREWORKS / "Store.plus-pipe-xml.csv")
    assert (
        shape
        == inspect_file(
            ADVENTUREWORKS / "Store.plus-pipe-xml.csv", wanted=Wanted(separator="+|", row_end="&|\n"), known=KNOWN
        )
        or shape.doubts == ()
    )
    assert tally.kinds == {RowKind.DATA: 701}
    assert len(shape.columns) == 6
    assert rows[0].cells[:3] == ("292", "Next-Door Bike Store", "279")
    assert rows[1].cells[3].count("<Brands>4+</Brands>") == 1


def test_partner_central_fields_with_line_breaks_inside_cells() -> None:
    path = FILES / "aws-ace" / "Opportunity-Fields.csv"
    shape, tally, rows = read(path)
    assert shape.encoding is not None
    assert shape.encoding.reason == "mark"
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 88}
    assert any("\n" in cell for row in rows for cell in row.cells)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        assert [list(row.cells) for row in rows] == list(csv.reader(handle))[1:]


def test_partner_central_workbook() -> None:
    shape, tally, _ = read(FILES / "aws-ace" / "Opportunity_-_Testing_Scenarios.xlsx")
    assert len(shape.columns) == 6
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 29}


def test_times_with_zones() -> None:
    shape, _, rows = read(SALESFORCE / "timeZoneFormatTesting.csv")
    mapping = ColumnMapping(
        {"source_id": "Name", "created_at": "Date"}, {"name": "n", "customer": "c", "close_on": "2026-01-01"}
    )
    study = study_columns(DEALS, mapping, shape.names, rows)
    assert study.formats["created_at"] == "mdy"
    moments: list[Any] = [
        each.values["created_at"] for each in parse_rows(DEALS, mapping, study.answers({}), shape.names, rows)
    ]
    hours = ["18:14", "06:14", "12:14", "14:14", "10:14", "12:14"] * 2
    assert [moment.at.isoformat() for moment in moments] == [f"2009-07-14T{hour}:45+00:00" for hour in hours]


def test_times_with_zones_and_errors() -> None:
    shape, _, rows = read(SALESFORCE / "timeZoneFormatTestingWithErrors.csv")
    mapping = ColumnMapping(
        {"source_id": "Name", "created_at": "Date"}, {"name": "n", "customer": "c", "close_on": "2026-01-01"}
    )
    study = study_columns(DEALS, mapping, shape.names, rows)
    parsed = list(parse_rows(DEALS, mapping, study.answers({}), shape.names, rows))
    assert {each.raw[0]: [error.code for error in each.errors] for each in parsed if each.errors} == {
        "E": ["not_a_date"]
    }


def test_the_zone_after_a_z_counts() -> None:
    shape, _, rows = read(SALESFORCE / "dateWithTimeZone.csv")
    mapping = ColumnMapping(
        {"source_id": "ACCOUNTNUMBER__C", "created_at": "DATE", "close_on": "DATE_ONLY"}, {"name": "n", "customer": "c"}
    )
    study = study_columns(DEALS, mapping, shape.names, rows)
    values: list[Any] = [each.values for each in parse_rows(DEALS, mapping, study.answers({}), shape.names, rows)]
    assert [each["created_at"].at.isoformat() for each in values] == ["2010-10-14T15:00:00+00:00"] * 2
    assert [each["close_on"].isoformat() for each in values] == ["2010-10-14"] * 2


def test_reasons_of_the_guess() -> None:
    shape, _, _ = read(SALESFORCE / "opportunityData.csv")
    reasons = {match.field: match.reason for match in guess_mapping(DEALS, shape.columns).matches}
    assert reasons["name"] is MatchReason.EXACT
    assert reasons["notes"] is MatchReason.SYNONYM
