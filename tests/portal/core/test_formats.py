"""Amounts, numbers, days and times as both locales write them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from babel.core import get_global
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from portal.core import formats
from portal.core.i18n import LOCALES, using
from portal.core.money import Money, exponent

NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _berlin() -> Iterator[None]:
    before = formats.time_zone().key
    formats.use_time_zone("Europe/Berlin")
    yield
    formats.use_time_zone(before)


@pytest.mark.parametrize(
    ("minor", "currency", "english", "chinese"),
    [
        (14703, "EUR", "€147.03", "€147.03"),
        (-123456750, "USD", "−$1,234,567.50", "−US$1,234,567.50"),
        (1234, "JPY", "¥1,234", "JP¥1,234"),
        (1234567, "KWD", "KWD\u00a01,234.567", "KWD\u00a01,234.567"),
        (99995, "CHF", "CHF\u00a0999.95", "CHF\u00a0999.95"),
        (9223372036854775807, "CNY", "CN¥92,233,720,368,547,758.07", "¥92,233,720,368,547,758.07"),
        (0, "EUR", "€0.00", "€0.00"),
    ],
)
def test_money_is_exact_to_the_minor_unit(minor: int, currency: str, english: str, chinese: str) -> None:
    assert formats.money(Money(minor, currency)) == english
    with using("zh_CN"):
        assert formats.money(Money(minor, currency)) == chinese


@given(minor=st.integers(-(2**63), 2**63 - 1), currency=st.sampled_from(["EUR", "JPY", "KWD", "CNY"]))
def test_no_digit_of_money_is_lost(minor: int, currency: str) -> None:
    text = formats.money(Money(minor, currency))
    assert int("".join(filter(str.isdigit, text))) == abs(minor)
    assert text.startswith("−") == (minor < 0)


def test_every_currency_has_the_decimals_that_money_counts() -> None:
    for currency in get_global("all_currencies"):
        text = formats.money(Money(10 ** exponent(currency), currency))
        assert text.endswith("1." + "0" * exponent(currency) if exponent(currency) else "1"), currency


@pytest.mark.parametrize(
    ("minor", "currency", "english", "chinese"),
    [
        (99_995_000, "EUR", "€1M", "€100万"),
        (99_994_999, "EUR", "€999.9k", "€100万"),
        (99_95, "EUR", "€100", "€100"),
        (999_50, "EUR", "€1k", "€1,000"),
        (1_234_567_00, "CNY", "CN¥1.2M", "¥123.5万"),
        (123_456_789_012, "CNY", "CN¥1.2bn", "¥12.3亿"),
        (-1_250_00, "EUR", "−€1.3k", "−€1,250"),
        (5, "EUR", "€0", "€0"),
        (123, "JPY", "¥123", "JP¥123"),
    ],
)
def test_short_money_for_charts(minor: int, currency: str, english: str, chinese: str) -> None:
    assert formats.money_short(Money(minor, currency)) == english
    with using("zh_CN"):
        assert formats.money_short(Money(minor, currency)) == chinese


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(7, 100), "7.0%"),
        (Decimal("0.07"), "7.0%"),
        (Fraction(1, 3), "33.3%"),
        (Fraction(-1, 8), "−12.5%"),
        (Fraction(5, 10_000), "0.1%"),
        (1, "100.0%"),
    ],
)
def test_percent_has_one_decimal(rate: Any, text: str) -> None:
    assert formats.percent(rate) == text


def test_numbers() -> None:
    assert [formats.number(1234567), formats.number(-3), formats.number(Fraction(2, 3), 2)] == [
        "1,234,567",
        "−3",
        "0.67",
    ]


def test_days_and_times_on_the_vendors_clock() -> None:
    late = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    assert formats.date(late) == "19 Nov 2026"
    assert formats.date(date(2026, 11, 18)) == "18 Nov 2026"
    assert [formats.datetime_(late), formats.time(late), formats.month(late)] == [
        "19 Nov 2026, 00:30",
        "00:30",
        "November 2026",
    ]
    with using("zh_CN"):
        assert [formats.date(late), formats.datetime_(late), formats.month(late)] == [
            "2026年11月19日",
            "2026年11月19日 00:30",
            "2026年11月",
        ]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.datetime_(datetime(2026, 1, 1))  # noqa: DTZ001 -- that is the case


def test_relative_times_say_the_exact_one_on_hover() -> None:
    assert formats.ago(NOON, NOON + timedelta(hours=3)) == (
        '<time datetime="2026-11-18T11:00:00+00:00" title="18 Nov 2026, 12:00 (Europe/Berlin)" data-ago>3 hours ago</time>'
    )
    assert formats.ago_text(NOON + timedelta(days=2), NOON) == "in 2 days"
    with using("zh_CN"):
        assert formats.ago_text(NOON, NOON + timedelta(minutes=5)) == "5分钟前"


def test_time_left_and_late() -> None:
    assert ">2 days left<" in formats.time_left(NOON, NOON - timedelta(days=2))
    assert ">90 minutes late<" not in formats.time_left(NOON, NOON + timedelta(minutes=90))
    assert " late<" in formats.time_left(NOON, NOON + timedelta(minutes=90))


# --- what is put together from what Babel says once, beside Babel itself ---


@given(
    st.integers(-(10**14), 10**14),
    st.sampled_from(["EUR", "USD", "CNY", "JPY", "KWD", "CHF", "GBP", "SEK"]),
    st.sampled_from(sorted(LOCALES)),
)
def test_amounts_are_written_as_babel_writes_them(minor: int, currency: str, locale: str) -> None:
    amount = Decimal(minor).scaleb(-exponent(currency))
    with using(locale):
        babel = format_currency(amount, currency, locale=locale).replace("-", "\N{MINUS SIGN}")
        babel = re.sub(r"(?<=[A-Za-z])(?=\d)", "\N{NO-BREAK SPACE}", babel)
        assert formats.money(Money(minor, currency)) == babel


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.sampled_from(sorted(LOCALES)))
def test_days_have_babels_names_of_months(day: date, locale: str) -> None:
    with using(locale):
        written = formats.date(day)
    pattern = {"en": "d MMM y", "zh_CN": "y年M月d日"}[locale]
    assert written == format_date(day, pattern, locale=locale)


@given(st.integers(-(10**9), 10**9), st.sampled_from(sorted(LOCALES)))
def test_spans_are_written_as_babel_writes_them(seconds: int, locale: str) -> None:
    now = datetime(2026, 11, 19, 12, tzinfo=UTC)
    with using(locale):
        written = formats.ago_text(now - timedelta(seconds=seconds), now)
        babel = format_timedelta(timedelta(seconds=-seconds), add_direction=True, threshold=1.2, locale=locale)
    assert written == babel.replace("\N{NO-BREAK SPACE}", " ")
