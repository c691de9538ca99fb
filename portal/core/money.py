"""Money: whole minor units of a currency, exact, with one stated rounding."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self

from babel.core import get_global

_PLAIN_AMOUNT: Final = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)")
_BASIS_POINTS: Final = 10_000


def is_currency(code: str) -> bool:
    """Whether `code` is a currency of the Unicode CLDR list, ISO 4217 codes in capitals."""
    return len(code) == len("EUR") and code in get_global("all_currencies")


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit stands for: EUR 2, JPY 0, KWD 3 (CLDR)."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def round_half_away(value: Fraction) -> int:
    """The nearest whole number; a half goes away from zero, so that reversals mirror."""
    size = abs(value)
    rounded = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return rounded if value >= 0 else -rounded


def rate(text: str) -> Fraction:
    """An exact rate from its decimal text: `"0.07"`, or `"7%"`. Raises ValueError for anything else."""
    plain = text.strip()
    percent = plain.endswith("%")
    number = plain.removesuffix("%").strip()
    if not _PLAIN_AMOUNT.fullmatch(number):
        raise ValueError(text)
    return Fraction(number) / (100 if percent else 1)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in whole minor units (cents) of one currency. Different currencies never mix."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse floats and unknown shapes early, where the mistake is made."""
        if type(self.minor) is not int:
            message = f"money is whole minor units, not {self.minor!r}"
            raise TypeError(message)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in this currency."""
        return cls(0, currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} do not mix"
            raise ValueError(message)

    def __add__(self, other: "Money") -> "Money":
        """The sum; ValueError for another currency."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference; ValueError for another currency."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        """The same amount the other way."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Order within one currency; ValueError for another."""
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        """Order within one currency; ValueError for another."""
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.minor != 0

    @property
    def decimal(self) -> Decimal:
        """In major units, exactly."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def times(self, factor: Fraction | int) -> "Money":
        """The product, rounded half away from zero to a minor unit."""
        return Money(round_half_away(self.minor * Fraction(factor)), self.currency)

    def share(self, part: Fraction | int) -> "Money":
        """A part of it: a `Fraction`, or whole basis points (1/10,000)."""
        return self.times(part if isinstance(part, Fraction) else Fraction(part, _BASIS_POINTS))

    def split(self, weights: Sequence[Fraction | int]) -> list["Money"]:
        """Parts in proportion to the weights that always add up to the whole (`split_minor`)."""
        return [Money(part, self.currency) for part in split_minor(self.minor, weights)]


def split_minor(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Whole parts of `total` by largest remainder on the absolute value, then the sign.

    Equal remainders go to the earlier part. Raises ValueError for no weights, a negative weight, or none above zero.
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if not exact or whole <= 0 or min(exact) < 0:
        message = "weights must be non-negative and add up to more than zero"
        raise ValueError(message)
    quotas = [abs(total) * weight / whole for weight in exact]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    left = abs(total) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - quotas[i], i))
    for index in by_remainder[:left]:
        parts[index] += 1
    return parts if total >= 0 else [-part for part in parts]


def parse_money(text: str, currency: str) -> Money:
    """Money from a plain decimal in major units (`"-1234.50"`), no grouping.

    Raises ValueError when it is not a number, or has more decimals than the currency.
    """
    plain = text.strip().replace("−", "-")
    if not is_currency(currency) or not _PLAIN_AMOUNT.fullmatch(plain):
        raise ValueError(text)
    scaled = Decimal(plain).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(text)
    return Money(int(scaled), currency)
