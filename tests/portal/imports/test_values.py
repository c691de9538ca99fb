"""Cells as values of their fields."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money
from portal.core.web.cells import safe_csv_text
from portal.imports.cells import BadCell, CellError, shorten
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.records import Exact
from portal.imports.values import _ESCAPED, Reading, clean_text, is_nothing, parse_value
from tests.portal.imports.examples import DEALS

UNKNOWN = Reading()


def field(kind: Any, **more: Any) -> Any:
    return Field("f", kind, "Field", **more)


def outcome(each: Field, text: str, reading: Reading = UNKNOWN) -> Any:
    try:
        return parse_value(each, text, reading)
    except BadCell as problem:
        return problem.code


@pytest.mark.parametrize("kind", sorted(set(ValueKind) - {ValueKind.CHOICE}))
@pytest.mark.parametrize("word", ["", "  ", "NULL", "null", "N/A", "#N/A", "-", "—", "\\N", "(blank)"])
def test_words_for_nothing(kind: Any, word: str) -> None:
    assert outcome(field(kind), word) is None


@pytest.mark.parametrize("word", ["NA", "none", "NaN", "无"])
def test_words_that_are_nothing_among_numbers_and_dates_only(word: str) -> None:
    for kind in (ValueKind.INTEGER, ValueKind.DECIMAL, ValueKind.MONEY, ValueKind.DATE, ValueKind.MOMENT):
        assert outcome(field(kind), word) is None
    assert outcome(field(ValueKind.TEXT), word) == word


def test_namibia_is_not_missing() -> None:
    assert outcome(field(ValueKind.COUNTRY), "NA") == "NA"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  a b \u00a0", "a b"), ("a\r\nb\rc", "a\nb\nc"), ("a\u200bb\x07\x00", "ab"), ("e\u0301", "é"), ("'=1+1", "=1+1"), ("'+49 30", "+49 30"),
        ("'@x", "@x"), ("'t Hooft", "'t Hooft"), ("rock'-n", "rock'-n"), ("'＝1", "＝1"), ("a\tb", "a\tb"),
    ],
)  # fmt: skip
def test_texts_are_cleaned(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(
    text=st.text(st.sampled_from("=+-@＝−;\t\n \"'a1客\u200b"), max_size=12).filter(lambda t: not _ESCAPED.search(t))
)
def test_what_an_export_escapes_comes_back_as_it_was(text: str) -> None:
    assert clean_text(safe_csv_text(text)) == clean_text(text)


@given(text=st.text(max_size=30))
def test_nothing_that_cannot_be_stored_is_left(text: str) -> None:
    assert not {"\x00", "\r"} & set(clean_text(text))


@pytest.mark.parametrize(
    ("kind", "text", "reading", "value"),
    [
        (ValueKind.TEXT, " x ", Reading(), "x"),
        (ValueKind.INTEGER, "1.234", Reading(","), 1234),
        (ValueKind.INTEGER, "1.234", Reading("."), "not_whole"),
        (ValueKind.INTEGER, "1.234", Reading(), "ambiguous_number"),
        (ValueKind.DECIMAL, "1,5", Reading(","), Decimal("1.5")),
        (ValueKind.MONEY, "1.234,50", Reading(",", "EUR"), Money(123450, "EUR")),
        (ValueKind.CURRENCY, "eur", Reading(), "EUR"),
        (ValueKind.DATE, "05/11/2009", Reading("dmy"), dt.date(2009, 11, 5)),
        (ValueKind.DATE, "05/11/2009", Reading(), "ambiguous_date"),
        (ValueKind.BOOLEAN, "Yes", Reading(), True),
        (ValueKind.BOOLEAN, "否", Reading(), False),
        (ValueKind.BOOLEAN, "无", Reading(), False),
        (ValueKind.BOOLEAN, "maybe", Reading(), "not_a_boolean"),
        (ValueKind.LIST, "a; b；a;;c", Reading(), ("a", "b", "c")),
        (ValueKind.LIST, ";".join(map(str, range(300))), Reading(), "too_many_parts"),
        (ValueKind.COUNTRY, "德国", Reading(), "DE"),
        (ValueKind.EMAIL, "V@X.COM", Reading(), "V@x.com"),
        (ValueKind.DOMAIN, "http://x.com/a", Reading(), "x.com"),
        (ValueKind.URL, "x.com/a", Reading(), "https://x.com/a"),
    ],
)
def test_values(kind: Any, text: str, reading: Any, value: Any) -> None:
    assert outcome(field(kind), text, reading) == value


def test_a_moment_has_the_vendors_zone() -> None:
    zone = dt.timezone(dt.timedelta(hours=8))
    moment = outcome(field(ValueKind.MOMENT), "2026-01-01", Reading(zone=zone))
    assert moment.at.isoformat() == "2025-12-31T16:00:00+00:00"


def test_typed_cells_of_workbooks_are_in_no_doubt() -> None:
    assert outcome(field(ValueKind.DECIMAL), Exact("1.234"), Reading(",")) == Decimal("1.234")
    assert outcome(field(ValueKind.DECIMAL), Exact("1.234")) == Decimal("1.234")


def test_choices_by_any_of_their_words() -> None:
    stage = DEALS.field("stage")
    assert [outcome(stage, text) for text in ("closed won", "Proposal/Price Quote", "谈判", "LOST")] == [
        "won",
        "proposal",
        "negotiation",
        "lost",
    ]
    with pytest.raises(BadCell) as caught:
        parse_value(stage, "Somewhere", Reading())
    assert caught.value.params == {
        "text": "Somewhere",
        "choices": "prospect, qualified, proposal, negotiation, won, lost",
    }
    motions = field(ValueKind.LIST, choices=(Choice("sell", ("resell",)), Choice("build")))
    assert outcome(motions, "Build;Resell;sell") == ("build", "sell")
    assert outcome(motions, "build;fly") == "unknown_choice"


def test_long_texts_are_refused_not_cut() -> None:
    each = field(ValueKind.TEXT, longest=5)
    assert outcome(each, "12345") == "12345"
    assert outcome(each, "123456") == "too_long"
    assert outcome(field(ValueKind.LIST, longest=5), "ok;123456") == "too_long"


@given(
    kind=st.sampled_from(sorted(ValueKind)),
    text=st.text(max_size=40),
    known=st.sampled_from([None, ".", ",", "dmy", "mdy"]),
)
def test_any_cell_is_a_value_or_refused(kind: Any, text: str, known: str | None) -> None:
    each = field(kind, choices=(Choice("a"),) if kind is ValueKind.CHOICE else ())
    numeric = kind in {ValueKind.INTEGER, ValueKind.DECIMAL, ValueKind.MONEY}
    known = known if (known in {".", ","}) == numeric else None
    outcome(each, text, Reading(known, "EUR"))
    assert isinstance(is_nothing(text, kind), bool)


def test_a_wrong_declaration_is_caught_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="unknown"):
        ImportKind("x", "X", (field(ValueKind.TEXT), field(ValueKind.TEXT)))
    with pytest.raises(ValueError, match="nowhere"):
        ImportKind("x", "X", (field(ValueKind.MONEY, currency="nowhere"),))
    with pytest.raises(ValueError, match="choices"):
        ImportKind("x", "X", (field(ValueKind.CHOICE),))
    with pytest.raises(KeyError):
        DEALS.field("nothing")


def test_errors_are_kept_as_plain_values() -> None:
    error = CellError("not_a_date", "Close Date", {"text": "x"}, "close_on")
    assert CellError.from_json(error.to_json()) == error
    assert shorten("a\n b" + "c" * 100) == "a b" + "c" * 76 + "…"
