"""Text into records: separators, quotes, lines, and what is broken."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.encodings import UNDECODABLE
from portal.imports.limits import LIMITS, Limits
from portal.imports.records import Dialect, read_records

COMMA = Dialect()
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)
tables = st.lists(st.lists(cells, min_size=2, max_size=5), min_size=1, max_size=8)
separators = st.sampled_from([",", ";", "\t", "|", "!", "+|", "||", "~^~"])


def records(text: str, dialect: Dialect = COMMA, limits: Limits = LIMITS) -> Any:
    return [(r.line, r.cells, r.reason) for r in read_records([text], dialect, limits)]


def write(table: Any, dialect: Dialect) -> Any:
    """A table as text, every cell quoted."""
    lines = [dialect.separator.join('"' + c.replace('"', '""') + '"' for c in row) for row in table]
    return "".join(line + dialect.row_end for line in lines)


@given(table=tables, separator=separators, row_end=st.sampled_from(["\n", "\r", "&|\n"]))
def test_what_is_written_is_read_back(table: Any, separator: str, row_end: str) -> None:
    if separator in {"|", "||", "+|"} and row_end == "&|\n":
        separator = ","
    dialect = Dialect(separator, row_end=row_end)
    if row_end != "\n":
        table = [[cell.replace(row_end, " ") for cell in row] for row in table]
    found = list(read_records([write(table, dialect)], dialect, LIMITS))
    assert [list(record.cells) for record in found] == table
    assert not any(record.reason for record in found)


@given(table=tables, separator=separators, size=st.integers(1, 7))
def test_it_does_not_matter_where_the_pieces_are_cut(table: Any, separator: str, size: int) -> None:
    dialect = Dialect(separator)
    text = write(table, dialect)
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert list(read_records(pieces, dialect, LIMITS)) == list(read_records([text], dialect, LIMITS))


@given(text=st.text(st.sampled_from('ab",\n '), max_size=60))
def test_the_two_readers_agree_and_no_line_is_lost(text: str) -> None:
    quick = list(read_records([text], COMMA, LIMITS))
    # A separator of two characters goes through our own scanner only.
    slow = list(read_records([text.replace(",", "++")], Dialect("++"), LIMITS))
    assert [(r.line, tuple(c.replace("++", ",") for c in r.cells), r.reason) for r in slow] == quick
    lines = 1
    for record in quick:
        assert record.line == lines
        lines += 1 if record.reason else 1 + sum(cell.count("\n") for cell in record.cells)
    assert lines == 1 + len(text.removesuffix("\n").split("\n")) if text else not quick


@given(
    table=st.lists(
        st.lists(st.text(st.sampled_from('ab",\n '), max_size=6), min_size=1, max_size=4), min_size=1, max_size=6
    )
)
def test_what_the_standard_library_writes_is_read_as_it_reads_it(table: Any) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table)
    expected = [tuple(row or [""]) for row in csv.reader(io.StringIO(file.getvalue()))]
    assert [r.cells for r in read_records([file.getvalue()], COMMA, LIMITS)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\r\n1,2\r\n", [(1, ("a", "b"), ""), (2, ("1", "2"), "")]),
        ("a,b\n\n1,2", [(1, ("a", "b"), ""), (2, ("",), ""), (3, ("1", "2"), "")]),
        ('a,"x\r\ny"\nb,c\n', [(1, ("a", "x\r\ny"), ""), (3, ("b", "c"), "")]),
        ('5" pipe,"6"" pipe"\n', [(1, ('5" pipe', '6" pipe'), "")]),
        ('a,"b\nc,d\ne,f\n', [(1, ('a,"b',), "unclosed_quote"), (2, ("c", "d"), ""), (3, ("e", "f"), "")]),
        ('"a","b"x\n"c","d"\n', [(1, ('"a","b"x',), "text_after_quote"), (2, ("c", "d"), "")]),
        ('"a","b\n"c","d"\n', [(1, ('"a","b',), "unclosed_quote"), (2, ("c", "d"), "")]),
        (f"a,{UNDECODABLE}b\nc,d\n", [(1, ("a", "\ufffdb"), "bad_bytes"), (2, ("c", "d"), "")]),
        ("a\x00,\x00\n", [(1, ("a", ""), "")]),
        ("", []),
        ("\n", [(1, ("",), "")]),
    ],
)
def test_records(text: str, expected: Any) -> None:
    assert records(text) == expected


def test_without_a_quote_character_quotes_are_ordinary() -> None:
    assert records('"a|b\n', Dialect("|", quote="")) == [(1, ('"a', "b"), "")]


def test_one_open_quote_among_many_rows_costs_one_row() -> None:
    rows = [f'"{n}","name {n}",{n}' for n in range(2000)]
    rows[700] = '"700","name 700,700'
    found = records("\n".join(rows) + "\n")
    assert len(found) == 2000
    assert [r for r in found if r[2]] == [(701, ('"700","name 700,700',), "unclosed_quote")]


def test_an_open_quote_is_given_up_after_a_bounded_stretch() -> None:
    limits = Limits(cell_chars=100)
    rows = ['x,"open', *(f"{n},plain" for n in range(5000))]
    found = records("\n".join(rows) + "\n", limits=limits)
    assert found[0] == (1, ('x,"open',), "unclosed_quote")
    assert [r[1] for r in found[1:]] == [(str(n), "plain") for n in range(5000)]


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    limits = Limits(cell_chars=10)
    pieces = ("x" * 1000 for _ in range(2000))
    [record] = read_records(pieces, COMMA, limits)
    assert (record.reason, record.cells) == ("row_too_long", ("x" * 10,))
    after = list(read_records(["y" * 5000, "\nok,1\n"], COMMA, limits))
    assert [r.reason for r in after] == ["row_too_long", ""]
    assert after[1].cells == ("ok", "1")


def test_a_row_end_of_several_characters_may_be_cut_after_a_long_line() -> None:
    limits = Limits(cell_chars=10)
    pieces = ["y" * 5000 + "&", "|", "\nok+|1&|\n"]
    assert [r.cells for r in read_records(pieces, Dialect("+|", row_end="&|\n"), limits)][1:] == [("ok", "1")]


def test_a_long_cell_breaks_its_row_only() -> None:
    limits = Limits(cell_chars=10)
    found = records('a,"' + "x" * 20 + '"\nb,c\n', limits=limits)
    assert found == [(1, ("a", "x" * 10), "cell_too_long"), (2, ("b", "c"), "")]


@pytest.mark.parametrize(
    "marks",
    [
        {"separator": ""},
        {"separator": "\n"},
        {"separator": '"'},
        {"row_end": ""},
        {"separator": ";", "row_end": ";"},
        {"quote": "''"},
        {"separator": "x" * 9},
    ],
)
def test_marks_that_cannot_work_are_refused(marks: Any) -> None:
    with pytest.raises(ValueError, match="separator"):
        Dialect(**marks)
