"""Money: exact sums, one rounding that mirrors, and parts that always make the whole."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money, exponent, is_currency, parse_money, rate, round_half_away, split_minor

MINOR = st.integers(-(10**15), 10**15)
PART = st.fractions(min_value=0, max_value=1, max_denominator=10**9)
WEIGHTS = st.lists(
    st.integers(0, 10**9) | st.fractions(0, 10**6, max_denominator=10**6), min_size=1, max_size=12
).filter(lambda weights: sum(weights) > 0)


@given(MINOR, WEIGHTS)
def test_no_cent_is_lost_or_made_by_splitting(minor: int, weights: list[int | Fraction]) -> None:
    assert sum(part.minor for part in Money(minor, "EUR").split(weights)) == minor


@given(MINOR, WEIGHTS)
def test_a_reversal_splits_into_the_mirror(minor: int, weights: list[int | Fraction]) -> None:
    assert split_minor(-minor, weights) == [-part for part in split_minor(minor, weights)]


@given(MINOR, WEIGHTS)
def test_each_part_is_less_than_one_unit_from_exact_and_no_weight_gets_nothing(
    minor: int, weights: list[int | Fraction]
) -> None:
    whole = sum(Fraction(weight) for weight in weights)
    for part, weight in zip(split_minor(minor, weights), weights, strict=True):
        assert abs(part - minor * Fraction(weight) / whole) < 1
        assert part == 0 or weight > 0


@given(st.integers(0, 10**15), WEIGHTS)
def test_more_weight_never_gets_less(minor: int, weights: list[int | Fraction]) -> None:
    parts = split_minor(minor, weights)
    pairs = list(zip(weights, parts, strict=True))
    assert all(one[1] >= other[1] for one in pairs for other in pairs if one[0] > other[0])


@given(MINOR, WEIGHTS, st.integers(1, 10**6))
def test_only_the_proportion_of_weights_counts(minor: int, weights: list[int | Fraction], factor: int) -> None:
    assert split_minor(minor, weights) == split_minor(minor, [weight * factor for weight in weights])


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (0, [3, 4], [0, 0]),
        (7, [0, 1, 0], [0, 7, 0]),
        (1, [Fraction(1, 3), Fraction(2, 3)], [0, 1]),
        (10, [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)], [5, 3, 2]),
    ],
)
def test_who_gets_the_odd_units(total: int, weights: list[int | Fraction], parts: list[int]) -> None:
    assert split_minor(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_minor(100, weights)


@given(MINOR, PART)
def test_a_share_mirrors_and_stays_within_half_a_unit(minor: int, part: Fraction) -> None:
    share = Money(minor, "EUR").share(part)
    assert (-Money(minor, "EUR")).share(part) == -share
    assert abs(share.minor - minor * part) <= Fraction(1, 2)
    assert abs(share.minor) <= abs(minor)


@given(st.fractions(max_denominator=10**6))
def test_rounding_goes_to_the_nearest_and_a_half_away_from_zero(value: Fraction) -> None:
    rounded = round_half_away(value)
    distance = abs(value - rounded)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(rounded) > abs(value)


@pytest.mark.parametrize(
    ("value", "rounded"), [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("5/2", 3), ("-5/2", -3), ("49/100", 0)]
)
def test_halves(value: str, rounded: int) -> None:
    assert round_half_away(Fraction(value)) == rounded


def test_basis_points_and_fractions_are_the_same_share() -> None:
    assert Money(4560_00, "EUR").share(900) == Money(4560_00, "EUR").share(Fraction(9, 100)) == Money(410_40, "EUR")


@given(MINOR, MINOR, MINOR)
def test_sums_and_order(a: int, b: int, c: int) -> None:
    x, y, z = (Money(minor, "JPY") for minor in (a, b, c))
    assert (x + y) + z == x + (y + z)
    assert x - y == x + -y
    assert (x < y) == (a < b)
    assert (x <= y) == (a <= b)
    assert bool(x) == (a != 0)
    assert sum((x, y, z), Money.zero("JPY")).minor == a + b + c


def test_currencies_never_mix() -> None:
    euro, yen = Money(1, "EUR"), Money(1, "JPY")
    for mix in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro <= yen):
        with pytest.raises(ValueError, match="do not mix"):
            mix()


@pytest.mark.parametrize("minor", [1.0, "1", True, Fraction(1)])
def test_money_is_whole_minor_units(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]  # what a slip would pass


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("USD", 2), ("CNY", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3)]
)
def test_decimals_of_currencies(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
    assert Money(12345, currency).decimal.as_tuple().exponent == -decimals


@pytest.mark.parametrize("code", ["eur", "EURO", "", "E", "XX1", "ZZZ"])
def test_what_is_no_currency(code: str) -> None:
    assert not is_currency(code)


@given(MINOR, st.sampled_from(["EUR", "JPY", "KWD", "CNY"]))
def test_an_amount_reads_back_as_it_was_written(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_money(f"{money.decimal:f}", currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.50", "EUR", 123450),
        ("-1", "EUR", -100),
        ("−1", "EUR", -100),
        (".5", "EUR", 50),
        ("+7", "JPY", 7),
        (" 1.000 ", "EUR", 100),
    ],
)
def test_plain_amounts(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.5", "JPY"),
        ("0.001", "EUR"),
        ("1,50", "EUR"),
        ("1e3", "EUR"),
        ("", "EUR"),
        ("NaN", "EUR"),
        ("1", "XXY"),
        ("1.", "EUR"),
    ],
)
def test_what_is_no_amount(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_money(text, currency)


@pytest.mark.parametrize(
    ("text", "value"), [("0.07", "7/100"), ("7%", "7/100"), (" 7.5 % ", "75/1000"), ("100%", "1"), ("0", "0")]
)
def test_rates_are_exact(text: str, value: str) -> None:
    assert rate(text) == Fraction(value)


@pytest.mark.parametrize("text", ["", "%", "seven", "1e-2", "7,5%", "1/3", "Infinity"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        rate(text)


@given(MINOR, PART, st.sampled_from(["JPY", "EUR", "KWD"]))
def test_a_share_is_rounded_to_the_smallest_unit_of_its_currency(minor: int, part: Fraction, currency: str) -> None:
    share = Money(minor, currency).share(part)
    exact = Fraction(minor) * part / 10 ** exponent(currency)
    assert abs(Fraction(share.decimal) - exact) * 10 ** exponent(currency) <= Fraction(1, 2)
    assert share.currency == currency


@pytest.mark.parametrize(
    ("text", "currency", "percent", "earned"),
    [
        ("1005", "JPY", "10", "101"),
        ("1004", "JPY", "10", "100"),
        ("-1005", "JPY", "10", "-101"),
        ("1.005", "KWD", "10", "0.101"),
        ("1.004", "KWD", "10", "0.100"),
        ("-10.05", "EUR", "10", "-1.01"),
        ("10.05", "EUR", "10", "1.01"),
    ],
)
def test_a_half_goes_away_from_nothing_in_every_currency(text: str, currency: str, percent: str, earned: str) -> None:
    assert parse_money(text, currency).share(Fraction(int(percent), 100)) == parse_money(earned, currency)


@given(st.lists(MINOR, min_size=1, max_size=6), PART)
def test_what_is_paid_in_parts_earns_what_the_whole_earns(parts: list[int], share: Fraction) -> None:
    """Each part earns what is due in all, less what was earned before: nothing is lost to rounding."""
    earned, paid = 0, 0
    for part in parts:
        paid += part
        earned += Money(paid, "EUR").share(share).minor - earned
    assert earned == Money(sum(parts), "EUR").share(share).minor


@given(st.lists(MINOR, min_size=1, max_size=6), WEIGHTS)
def test_splitting_and_adding_again_is_exact_for_many(parts: list[int], weights: list[int | Fraction]) -> None:
    columns = zip(*(split_minor(part, weights) for part in parts), strict=True)
    assert sum(sum(column) for column in columns) == sum(parts)
