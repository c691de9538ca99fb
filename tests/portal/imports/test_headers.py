"""Headings: whether there are any, and names that differ."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.headers import column_letters, find_header, name_columns
from portal.imports.vocabulary import known_headings
from tests.portal.imports.examples import DEALS

KNOWN = known_headings(DEALS)


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_letters_of_columns(index: int, letters: str) -> None:
    assert column_letters(index) == letters


def test_blank_and_repeated_headings_get_names_of_their_own() -> None:
    assert name_columns(["Amount", "", " Amount ", "Amount (2)", "A\nB", ""]) == (
        "Amount",
        "B",
        "Amount (2)",
        "Amount (2) (2)",
        "A B",
        "F",
    )
    assert name_columns(["", ""], offset=3) == ("D", "E")


@given(st.lists(st.text(max_size=5), max_size=12))
def test_names_always_differ(cells: Any) -> None:
    assert len(set(name_columns(cells))) == len(cells)


@pytest.mark.parametrize(
    ("records", "header", "reason"),
    [
        ([("no", "weight"), ("1", "2.5"), ("2", "3.5")], 0, "unlike_below"),
        ([("1", "2.5"), ("2", "3.5")], None, "like_below"),
        ([("Colour", "2019", "2020"), ("Bikes", "100", "200"), ("Cars", "1", "2")], 0, "assumed"),
        ([("Owner", "a@b.com"), ("Vera", "c@d.com")], None, "like_below"),
        ([("商机名称", "客户名称", "阶段"), ("甲", "乙", "谈判")], 0, "known_words"),
        ([("Stage", "Website"), ("Won", "x")], 0, "known_words"),
        ([("red", "blue"), ("green", "blue")], 0, "assumed"),
        ([("",), ("Report",), ("",), ("no", "weight"), ("1", "2")], 3, "unlike_below"),
        ([("no",)], 0, "assumed"),
    ],
)
def test_where_the_headings_are(records: Any, header: int | None, reason: str) -> None:
    found = find_header(records, KNOWN)
    assert (found.header, found.reason) == (header, reason)
    assert found.first == (0 if header is None else header + 1)
