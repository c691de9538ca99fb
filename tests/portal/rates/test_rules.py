"""Exchange rates as rules: which one holds on a day, and what an amount is worth in another currency."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money, exponent
from portal.rates.rules import MissingRate, Quote, Rates

FRIDAY = date(2026, 11, 13)
RATES = Rates({
    "USD": [Quote(date(2026, 11, 12), Fraction("1.0822")), Quote(FRIDAY, Fraction("1.0853"))],
    "JPY": [Quote(FRIDAY, Fraction("163.35"))],
    "KWD": [Quote(FRIDAY, Fraction("0.3321"))],
})  # fmt: skip


@pytest.mark.parametrize(
    ("money", "to", "minor"),
    [
        (Money(100_00, "EUR"), "USD", 108_53),
        (Money(108_53, "USD"), "EUR", 100_00),
        (Money(100_00, "EUR"), "JPY", 16_335),
        (Money(16_335, "JPY"), "EUR", 100_00),
        (Money(1, "JPY"), "KWD", 2),  # 0.00203… dinars of three decimals
        (Money(100_00, "USD"), "KWD", 30_600),
        (Money(-100_00, "EUR"), "USD", -108_53),
        (Money(7, "CHF"), "CHF", 7),  # its own currency needs no rate
    ],
)
def test_each_currency_has_its_own_minor_unit(money: Money, to: str, minor: int) -> None:
    assert RATES.convert(money, to, FRIDAY) == Money(minor, to)


def test_over_a_weekend_the_last_rate_holds_and_is_named() -> None:
    found = RATES.exchange(Money(1_00, "USD"), "EUR", FRIDAY + timedelta(days=2))
    assert found.given == Quote(FRIDAY, Fraction("1.0853"))
    assert found.taken == Quote(FRIDAY + timedelta(days=2), Fraction(1))


def test_the_rate_of_its_day_is_taken_not_a_later_one() -> None:
    assert RATES.convert(Money(100_00, "EUR"), "USD", date(2026, 11, 12)) == Money(108_22, "USD")


@pytest.mark.parametrize("day", [FRIDAY - timedelta(days=2), FRIDAY + timedelta(days=8)])
def test_no_rate_is_said_never_guessed(day: date) -> None:
    with pytest.raises(MissingRate) as refused:
        RATES.convert(Money(1, "USD"), "EUR", day)
    assert (refused.value.currency, refused.value.day) == ("USD", day)


def test_a_rate_holds_for_seven_days() -> None:
    assert RATES.convert(Money(100_00, "EUR"), "USD", FRIDAY + timedelta(days=7)) == Money(108_53, "USD")


per_euro = st.fractions(Fraction(1, 1000), Fraction(20_000), max_denominator=10**6)
codes = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CNY"])


@given(st.integers(-(10**12), 10**12), codes, codes, st.lists(per_euro, min_size=4, max_size=4))
def test_rounded_once_and_mirrored(minor: int, one: str, other: str, rates: list[Fraction]) -> None:
    named = zip(["USD", "JPY", "KWD", "CNY"], rates, strict=True)
    table = Rates({code: [Quote(FRIDAY, rate)] for code, rate in named})
    found = table.convert(Money(minor, one), other, FRIDAY)
    worth = {"EUR": Fraction(1)} | {code: table.on(code, FRIDAY).per_euro for code in ("USD", "JPY", "KWD", "CNY")}
    exact = minor * worth[other] / worth[one] * Fraction(10) ** (exponent(other) - exponent(one))
    assert abs(found.minor - exact) <= Fraction(1, 2)
    assert table.convert(Money(-minor, one), other, FRIDAY) == -found
