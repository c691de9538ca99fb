"""Numbers and amounts: every way of writing, exact, and never guessed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money, exponent
from portal.imports.cells import BadCell
from portal.imports.numbers import (
    currency_in,
    depends_on_sign,
    parse_currency,
    parse_integer,
    parse_money,
    parse_number,
    possible_signs,
)


def group(digits: str, sign: Any) -> Any:
    """Digits in groups of three."""
    first = len(digits) % 3 or 3
    return sign.join([digits[:first], *(digits[i : i + 3] for i in range(first, len(digits), 3))])


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except BadCell as problem:
        return problem.code


@given(
    whole=st.integers(0, 10**15),
    part=st.text("0123456789", max_size=6),
    minus=st.sampled_from(["", "-"]),
    style=st.sampled_from(
        [(".", ","), (".", " "), (".", "'"), (".", ""), (",", "."), (",", " "), (",", "\u202f"), (",", "")]
    ),
)
def test_what_is_written_in_a_known_style_is_read_back(whole: int, part: str, minus: str, style: Any) -> None:
    sign, grouping = style
    digits = group(str(whole), grouping) if grouping else str(whole)
    text = minus + digits + (sign + part if part else "")
    assert parse_number(text, sign) == Decimal(f"{minus}{whole}.{part or 0}")


@given(text=st.text("0123456789.,' -+()万e%", max_size=14))
def test_without_a_known_sign_a_number_is_only_read_when_both_signs_agree(text: str) -> None:
    unknown = outcome(parse_number, text, None)
    readings = {outcome(parse_number, text, sign) for sign in (".", ",")}
    numbers = {each for each in readings if isinstance(each, Decimal)}
    if len(numbers) == 1:
        assert unknown in numbers
    else:
        assert unknown == ("ambiguous_number" if numbers else unknown)
        assert isinstance(unknown, str)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567", "1234567"), ("1.234.567,89", "1234567.89"), ("12,34,567.8", "1234567.8"), ("0.123", "0.123"),
        ("0,5", "0.5"), (".5", "0.5"), ("(1,234.50)", "-1234.5"), ("5-", "-5"), ("−5", "-5"), ("+5", "5"), ("１２３", "123"),
        ("3.5万", "35000"), ("1.2亿", "120000000"), ("500000.0", "500000.0"), ("1 234", "1234"), ("1\u00a0234,5", "1234.5"),
    ],
)  # fmt: skip
def test_numbers_that_are_clear_by_themselves(text: str, number: Any) -> None:
    assert parse_number(text, None) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,234", "ambiguous_number"), ("1.234", "ambiguous_number"), ("-12.345", "ambiguous_number"),
        ("1.2E+10", "scientific_number"), ("1e5", "scientific_number"), ("abc", "not_a_number"), ("1,2,3", "not_a_number"),
        ("12.34.56", "not_a_number"), ("1,23,4", "not_a_number"), ("", "not_a_number"), (".", "not_a_number"), ("50%", "not_a_number"),
        ("#DIV/0!", "not_a_number"), ("9" * 61, "not_a_number"), ("1.234'567", "not_a_number"), ("--5", "not_a_number"),
    ],
)  # fmt: skip
def test_numbers_that_are_refused(text: str, code: str) -> None:
    assert outcome(parse_number, text, None) == code


def test_digits_are_never_lost() -> None:
    text = "1." + "0" * 50 + "1"
    assert parse_number(text, None) == Decimal(text)
    assert outcome(parse_money, text, ".", "EUR") == "too_many_decimals"


def test_what_a_text_tells_about_its_column() -> None:
    assert possible_signs("1.5") == {"."}
    assert possible_signs("1,50") == {","}
    assert possible_signs("100") == {".", ","}
    assert depends_on_sign("1.234")
    assert not depends_on_sign("100")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 5),
        ("5.0", 5),
        ("5.5", "not_whole"),
        ("9223372036854775808", "too_large"),
        ("-9223372036854775807", -9223372036854775807),
    ],
)
def test_whole_numbers(text: str, expected: Any) -> None:
    assert outcome(parse_integer, text, ".") == expected


@given(minor=st.integers(-(10**14), 10**14), currency=st.sampled_from(["EUR", "JPY", "KWD", "CNY", "USD"]))
def test_money_comes_back_to_the_minor_unit(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_money(f"{money.decimal:f}", ".", currency) == money
    assert parse_money(f"{currency} {money.decimal:,f}", ".", "") == money
    assert parse_money(f"{money.decimal:f}".replace(".", ",") + f" {currency.lower()}", ",", currency) == money


@given(minor=st.integers(1, 10**9), currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_more_decimals_than_the_currency_has_are_refused(minor: int, currency: str) -> None:
    digits = exponent(currency) + 1
    text = f"{Decimal(minor * 10 + 1).scaleb(-digits):f}"
    assert outcome(parse_money, text, ".", currency) == "too_many_decimals"


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("€ 1.234,50", "", Money(123450, "EUR")), ("1 234,50 €", "EUR", Money(123450, "EUR")), ("US$5.00", "", Money(500, "USD")),
        ("$5.00", "AUD", Money(500, "AUD")), ("-$5.00", "USD", Money(-500, "USD")), ("($5.00)", "USD", Money(-500, "USD")),
        ("$-5.00", "USD", Money(-500, "USD")), ("￥1,000.00", "CNY", Money(100000, "CNY")), ("3.5万元", "CNY", Money(3500000, "CNY")),
        ("RMB 12.5", "", Money(1250, "CNY")), ("USD 5 USD", "", Money(500, "USD")), ("$5", "", "currency_missing"), ("5", "", "currency_missing"),
        ("$5.00", "EUR", "currency_differs"), ("5 USD", "EUR", "currency_differs"), ("¥5", "USD", "currency_differs"),
        ("€5 USD", "", "not_a_number"), ("5 XXZ", "", "unknown_currency"), ("1.5", "JPY", "too_many_decimals"), ("€", "", "not_a_number"),
        ("99999999999999999999", "EUR", "too_large"), ("Peter", "EUR", "not_a_number"), ("x" * 500, "EUR", "not_a_number"),
    ],
)  # fmt: skip
def test_amounts_and_their_currencies(text: str, currency: str, expected: Any) -> None:
    assert outcome(parse_money, text, None, currency) == expected


def test_currencies() -> None:
    assert [parse_currency(text) for text in ("eur", "€", " USD ", "RMB", "人民币")] == [
        "EUR",
        "EUR",
        "USD",
        "CNY",
        "CNY",
    ]
    assert outcome(parse_currency, "$") == "unknown_currency"
    assert outcome(parse_currency, "euro") == "unknown_currency"
    assert [currency_in(text) for text in ("€5", "5 USD", "$5", "5", "x" * 99)] == ["EUR", "USD", "", "", ""]
