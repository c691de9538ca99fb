"""Registry ids: which kind one is, its one way of writing, and whether its check digit is right."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_MARKS: Final = re.compile(r"[^0-9A-Z]")
_USCC: Final = {char: value for value, char in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_PLACEHOLDER: Final = frozenset({"NA", "NONE", "NULL", "UNKNOWN", "TBD", "TEST", "NIL", "PENDING", "WU", "无", "暂无"})
_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class RegistryId:
    """An id in the form in which it is compared. `checked` says that its check digit is right; None: it has none."""

    scheme: str
    number: str
    checked: bool | None


NONE: Final = RegistryId("", "", None)


def parse_registry_id(text: str, country: str = "") -> RegistryId:
    """The id of what was typed. `country` is the company's ISO code, which says what bare digits are.

    Placeholders such as `n/a` and `00000000` are no ids.
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text).upper())
    if len(plain) < _SHORTEST or plain in _PLACEHOLDER or len(set(plain)) == 1:
        return NONE
    for scheme in _named(plain, country.upper()):
        pattern, check = SCHEMES[scheme]
        number = _stripped(scheme, plain)
        if pattern.fullmatch(number):
            return RegistryId(scheme, number, check(number))
    return RegistryId(country.upper(), plain, None)


def _named(plain: str, country: str) -> list[str]:
    """The schemes that the text may be of, by its own prefix or by the company's country."""
    prefix = "GR" if plain[:2] == "EL" else plain[:2]
    own = [scheme for scheme in ("LEI", "USCC") if SCHEMES[scheme][0].fullmatch(plain)]
    own = [scheme for scheme in own if SCHEMES[scheme][1](plain) or scheme == "USCC"]
    by_prefix = [prefix] if prefix in SCHEMES and not plain[:2].isdigit() else []
    return own + by_prefix + ([country] if country in SCHEMES and country not in by_prefix else [])


def _stripped(scheme: str, plain: str) -> str:
    """The number without the country's letters and what is written around it."""
    number = plain.removeprefix(scheme) if len(scheme) == len("DE") else plain
    if scheme == "CH":
        number = re.sub(r"^E(?=\d)|(?:MWST|TVA|IVA|HR)$", "", number)
    if scheme == "NO":
        number = number.removesuffix("MVA")
    if scheme == "FR" and len(number) == len("40303265045"):
        number = number[2:] if _fr_vat(number) else number
    if scheme == "FR" and len(number) == len("30326504500017"):
        number = number[:9]
    if scheme == "SE" and len(number) == len("556188840401"):
        number = number.removesuffix("01")
    return "0" + number if scheme == "BE" and len(number) == len("403019261") else number


def _weighted(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def luhn(number: str) -> bool:
    """The check of payment cards, French, Italian and Swedish numbers."""
    total = 0
    for at, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 if at % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 -- the digits of a two-digit product
    return total % 10 == 0


def mod_11_10(number: str) -> bool:
    """ISO 7064 MOD 11,10: German VAT."""
    product = 10
    for digit in number[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[-1])


def mod_97(text: str) -> bool:
    """ISO 7064 MOD 97-10 over digits and letters: LEI."""
    return int("".join(str(int(one, 36)) for one in text)) % 97 == 1


def uscc(code: str) -> bool:
    """GB 32100-2015: the Chinese unified social credit code."""
    total = sum(_USCC[char] * pow(3, at, 31) for at, char in enumerate(code[:17]))
    return (31 - total % 31) % 31 == _USCC[code[17]]


def _fr_vat(number: str) -> bool:
    return number.isdigit() and int(number[:2]) == (12 + 3 * (int(number[2:]) % 97)) % 97


def _at(number: str) -> bool:
    digits = [int(one) for one in number[1:]]
    total = sum(d if at % 2 == 0 else d * 2 // 10 + d * 2 % 10 for at, d in enumerate(digits[:7]))
    return (6 - total) % 10 == digits[7]


def _be(number: str) -> bool:
    return 97 - int(number[:8]) % 97 == int(number[8:])


def _nl(number: str) -> bool:
    digits = number[:9]
    by_eleven = _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0
    return by_eleven or mod_97("NL" + number)


def _pl(number: str) -> bool:
    return _weighted(number, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(number[9])


def _gb(number: str) -> bool:
    total = _weighted(number, (8, 7, 6, 5, 4, 3, 2)) + int(number[7:9])
    return total % 97 in {0, 42}


def _ch(number: str) -> bool:
    return (11 - _weighted(number, (5, 4, 3, 2, 7, 6, 5, 4)) % 11) % 11 == int(number[8])


def _no(number: str) -> bool:
    return _weighted(number, (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _pt(number: str) -> bool:
    return (11 - _weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11 % 10 == int(number[8])


def _au(number: str) -> bool:
    return _weighted(str(int(number[0]) - 1) + number[1:], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def _br(number: str) -> bool:
    for length in (12, 13):
        rest = _weighted(number, (6, 7, 8, 9, 2, 3, 4, 5, 6, 7, 8, 9)[12 - length :] if length == 12 else  # noqa: PLR2004
                         (5, 6, 7, 8, 9, 2, 3, 4, 5, 6, 7, 8, 9)) % 11  # fmt: skip
        if rest % 10 != int(number[length]):
            return False
    return True


def _jp(number: str) -> bool:
    total = sum(int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(number[1:])))
    return 9 - total % 9 == int(number[0])


def _tw(number: str) -> bool:
    products = [int(d) * w for d, w in zip(number, (1, 2, 1, 2, 1, 2, 4, 1), strict=True)]
    total = sum(one // 10 + one % 10 for one in products)
    return total % 5 == 0 or (number[6] == "7" and (total + 1) % 5 == 0)


def _kr(number: str) -> bool:
    total = _weighted(number, (1, 3, 7, 1, 3, 7, 1, 3, 5)) + int(number[8]) * 5 // 10
    return (10 - total % 10) % 10 == int(number[9])


def _digits(number: str, weights: tuple[int, ...], modulus: int = 11) -> bool:
    return _weighted(number, weights) % modulus == 0


SCHEMES: Final[Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]]] = {
    "LEI": (re.compile(r"[0-9A-Z]{18}\d{2}"), mod_97),
    "USCC": (re.compile(r"[1-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}"), uscc),
    "AT": (re.compile(r"U\d{8}"), _at),
    "AU": (re.compile(r"[1-9]\d{10}"), _au),
    "BE": (re.compile(r"[01]\d{9}"), _be),
    "BR": (re.compile(r"\d{14}"), _br),
    "CH": (re.compile(r"\d{9}"), _ch),
    "DE": (re.compile(r"[1-9]\d{8}"), mod_11_10),
    "DK": (re.compile(r"[1-9]\d{7}"), lambda n: _digits(n, (2, 7, 6, 5, 4, 3, 2, 1))),
    "FI": (re.compile(r"\d{8}"), lambda n: _digits(n, (7, 9, 10, 5, 8, 4, 2, 1))),
    "FR": (re.compile(r"\d{9}"), luhn),
    "GB": (re.compile(r"\d{9}(?:\d{3})?"), _gb),
    "IT": (re.compile(r"\d{11}"), luhn),
    "JP": (re.compile(r"\d{13}"), _jp),
    "KR": (re.compile(r"\d{10}"), _kr),
    "LU": (re.compile(r"\d{8}"), lambda n: int(n[:6]) % 89 == int(n[6:])),
    "NL": (re.compile(r"\d{9}B\d{2}"), _nl),
    "NO": (re.compile(r"[89]\d{8}"), _no),
    "PL": (re.compile(r"\d{10}"), _pl),
    "PT": (re.compile(r"[1-9]\d{8}"), _pt),
    "SE": (re.compile(r"\d{10}"), luhn),
    "TW": (re.compile(r"\d{8}"), _tw),
}
"""How a country's number is written, and its check: the VAT number where there is one, else the company's own."""
