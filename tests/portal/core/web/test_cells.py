"""Cells: no exported text can start a formula, however it is read, and numbers stay numbers."""

import csv
import io
import unicodedata
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.core.web.cells import csv_cell, csv_line, safe_csv_text, safe_text

pytestmark = pytest.mark.security

NASTY = st.text(alphabet=st.sampled_from("=+-@\t\r\n\0 ;,|\"'＝＋－＠﹣\u2212\u00a0\u3000\ufeff\u200b“’a1(")) | st.text(
    alphabet=st.characters(exclude_categories=["Cs"])
)


def starts_formula(text: str) -> bool:
    """What a spreadsheet that trims generously would do; written apart from the code on purpose."""
    rest = text
    while rest:
        first = unicodedata.normalize("NFKC", rest[0])
        if rest[0] in "\t\r\n" or first in "=+-@\u2212":
            return True
        if not (first.strip() == "" or first in "\"'`“”‘’«»‹›" or unicodedata.category(rest[0]) in ("Cf", "Cc")):
            return False
        if first == "'" and rest is text:
            return False
        rest = rest[1:]
    return False


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\tx", " =1", "\u00a0=1", "\u3000=1", '"=1', "'=1",
        " \"' =1", "＝1", "＋1", "－1", "＠x", "﹦1", "﹣1", "\ufeff=1", "\u200b=1", "\0=1", "“=1", "\u22121", "=cmd|' /C calc'!A0",
    ],
)  # fmt: skip
def test_what_could_be_a_formula_is_marked(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Kessler & Roth", "a=b", "1-2", "(=1)", "渠道伙伴", "'quoted'", "  two words", "100 %"]
)
def test_what_could_not_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


@given(NASTY)
@example("'=1")
def test_no_text_can_start_a_formula(text: str) -> None:
    safe = safe_text(text)
    assert not starts_formula(safe)
    assert safe in (text, f"'{text}")


@given(st.lists(NASTY, min_size=1, max_size=4), st.sampled_from(",;\t"))
@example(["x;=1+1"], ";")
@example(['x";=HYPERLINK("a")', "b"], ";")
@example(["a\n=1"], ";")
@example([";\t"], ";")
def test_no_cell_of_a_csv_file_can_whatever_separates_there(texts: list[str], separator: str) -> None:
    line = csv_line(texts)
    if separator == ",":
        [read] = csv.reader(io.StringIO(line, newline=""), strict=True)
        assert read == [safe_csv_text(text) for text in texts]
        assert not any(starts_formula(cell) for cell in read)
    for piece in line.replace("\r", "\n").replace(separator, "\n").split("\n"):
        assert separator == "," or not starts_formula(piece.lstrip('"'))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"), (Decimal("-1234.50"), "-1234.50"), (Decimal("1E+3"), "1000"), (None, ""), (date(2026, 11, 18), "2026-11-18"),
        (datetime(2026, 11, 18, 12, 0), "2026-11-18 12:00:00"), ("-5", "\"'-5\""), ('say "x"', '"say ""x"""'), ("", '""'),  # noqa: DTZ001 -- on the vendor's clock
    ],
)  # fmt: skip
def test_values_are_written_as_what_they_are(value: str | int | Decimal | date | None, written: str) -> None:
    assert csv_cell(value) == written


def test_a_bulleted_note_is_marked_line_by_line() -> None:
    assert safe_csv_text("Steps:\n- call\n- write") == "Steps:\n'- call\n'- write"
