"""Which separator a file uses, and how sure that is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.encodings import Confidence
from portal.imports.separators import SEPARATORS, sniff_dialect

words = st.text(st.sampled_from("abcäöü客户 0123456789.-"), min_size=1, max_size=8).filter(str.strip)


@given(
    table=st.integers(2, 6).flatmap(
        lambda w: st.lists(st.lists(words, min_size=w, max_size=w), min_size=2, max_size=20)
    ),
    mark=st.sampled_from(sorted(SEPARATORS)),
    row_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_separator_of_a_regular_table_is_found(table: Any, mark: str, row_end: str) -> None:
    found = sniff_dialect("".join(mark.join(row) + row_end for row in table), whole=True)
    assert found.dialect.separator == mark
    assert (found.confidence, found.reason) == (Confidence.CERTAIN, "columns_agree")
    assert found.dialect.row_end == ("\r" if row_end == "\r" else "\n")


@pytest.mark.parametrize(
    ("text", "separator", "reason", "confidence"),
    [
        ("Betrag;Datum\n1,5;1.2.2024\n2,5;3.2.2024\n", ";", "columns_agree", Confidence.CERTAIN),
        ("id,tags\n1,a;b\n2,c\n3,d;e;f\n", ",", "columns_agree", Confidence.CERTAIN),
        ('id,note\n1,"a;b;c;d"\n2,"e\nf;g"\n', ",", "columns_agree", Confidence.CERTAIN),
        ("sep=;\na;b,c\n1;2,3\n", ";", "declared", Confidence.CERTAIN),
        ("sep=^\na^b\n", "^", "declared", Confidence.CERTAIN),
        ("name\nAcme\nGlobex\n", ",", "one_column", Confidence.LIKELY),
        ("1,5;2,5\n3,5;4,5\n", ",", "uneven", Confidence.GUESS),
        ("a,b,c\nx\ny,z\n1\n2\n3,4\n5\n", ",", "uneven", Confidence.GUESS),
    ],
)
def test_separators_and_reasons(text: str, separator: str, reason: str, confidence: Confidence) -> None:
    found = sniff_dialect(text, whole=True)
    assert (found.dialect.separator, found.reason, found.confidence) == (separator, reason, confidence)


def test_a_sample_that_ends_within_a_row_does_not_confuse() -> None:
    text = "a;b;c\n" * 50 + "a;b"
    assert sniff_dialect(text, whole=False).reason == "columns_agree"
    assert sniff_dialect(text, whole=False).confidence == Confidence.CERTAIN
