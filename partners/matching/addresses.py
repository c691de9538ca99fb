"""Addresses, postcodes and telephone numbers in the form in which they are compared."""

import re
from functools import lru_cache
from typing import Final

from partners.matching.folding import fold, is_han, words_of

_DIRECTIONS: Final = {
    "n": "n", "north": "n", "s": "s", "south": "s", "e": "e", "east": "e", "w": "w", "west": "w", "ne": "ne",
    "nw": "nw",
    "se": "se", "sw": "sw", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip
_KINDS: Final = {
    "st": "st", "street": "st", "str": "st", "ave": "ave", "av": "ave", "avenue": "ave", "rd": "rd", "road": "rd",
    "blvd": "blvd", "boulevard": "blvd", "dr": "dr", "drive": "dr", "ln": "ln", "lane": "ln", "pl": "pl", "place": "pl",
    "ct": "ct", "court": "ct", "pkwy": "pkwy", "parkway": "pkwy", "hwy": "hwy", "highway": "hwy", "sq": "sq",
    "square": "sq", "ter": "ter", "terrace": "ter", "cir": "cir", "circle": "cir", "way": "way", "rue": "rue",
    "strasse": "st", "weg": "weg", "platz": "pl", "allee": "allee", "via": "via", "calle": "calle", "avenida": "ave",
    "straat": "st", "laan": "laan", "gade": "gade", "vej": "vej", "vag": "vag", "gatan": "gatan",
}  # fmt: skip
_GERMAN: Final = re.compile(r"(?<=\w{3})(?:strasse|straße|str)$")
_BESIDE: Final = "apt suite ste unit floor fl rm room bldg building po box level dept etage og"
_AFTER: Final = frozenset(_BESIDE.split())
_ORDINAL: Final = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_NUMBER: Final = re.compile(r"^\d+(?:[a-z]|[-/]\d+)?$")
_SPLIT_ORDINAL: Final = re.compile(r"\b(\d+)\s+(st|nd|rd|th)\b(?=\s+\w)")
_SPELT: Final = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8",
    "ninth": "9", "tenth": "10",
}  # fmt: skip
_HAN: Final = re.compile(
    r"(?P<street>[^\d省市区县镇乡]{1,12}?(?:路|街|道|巷|弄|大街|大道|胡同)[东南西北中]?段?)(?P<number>\d+)"
)
_HAN_NUMBER: Final = re.compile(r"(?P<street>[^\d省市区县镇乡]{2,10})(?P<number>\d+)号")
_HAN_DIGITS: Final = str.maketrans("一二三四五六七八九", "123456789")
_DIGITS: Final = re.compile(r"\D+")
_EXTENSION: Final = re.compile(r"(?:ext\.?|x|#|转|分机)\s*\d{1,6}\s*$")
_POSTCODE: Final = re.compile(r"[^0-9a-z]")
_US_LONG: Final = re.compile(r"^(\d{5})-?\d{4}$")
_PHONE_AT_LEAST: Final = 7
_PHONE_COMPARED: Final = 9
_WORDS_OF_STREET: Final = 4
_NO_STREET_YET: Final = [[], *([one] for one in dict.fromkeys(_DIRECTIONS.values()))]
"""What may stand before a kind of street that is itself the name: `Ave. H`, `E. Court`."""


def parse_address(text: str) -> tuple[str, str]:
    """House number and street: `("1631", "e 71 st")` for `1631 E. 71st Street, Chicago`.

    Two empty texts where there is no such pair.
    """
    if not text:
        return "", ""
    folded = fold(text)
    if is_han(folded):
        return _han(folded)
    for part in _SPLIT_ORDINAL.sub(r"\1\2", folded).split(","):
        words = words_of(part)
        if len(words) < 2 or words[0] in _AFTER or part.lstrip().startswith("#"):  # noqa: PLR2004 -- number and street
            continue
        if _is_number(words[0]):
            return words[0], " ".join(_street(words[1:]))
        at = next((at for at, word in enumerate(words) if at and _is_number(word)), 0)
        if at:
            return words[at], " ".join(_street(words[:at]))
    return "", ""


def _is_number(word: str) -> bool:
    return bool(_NUMBER.match(word)) and not _ORDINAL.match(word)


def _street(words: list[str]) -> list[str]:
    """The words of a street without what follows it: suite, town."""
    out: list[str] = []
    for word in words:
        if word in _AFTER or len(out) >= _WORDS_OF_STREET:
            break
        ordinal = _ORDINAL.match(word)
        plain = ordinal[1] if ordinal else _SPELT.get(word, word)
        german = _GERMAN.sub("", plain)
        out += [german, "st"] if german != plain else [_DIRECTIONS.get(plain, _KINDS.get(plain, plain))]
        if out[-1] in _KINDS.values() and out[:-1] not in _NO_STREET_YET:
            break
    return out


def _han(folded: str) -> tuple[str, str]:
    plain = re.sub(r"\s+", "", folded)
    found = _HAN.search(plain) or _HAN_NUMBER.search(plain)
    return (found["number"], found["street"].translate(_HAN_DIGITS)) if found else ("", "")


def street_name(street: str) -> str:
    """The street without direction and kind: what two spellings of it share."""
    words = street.split()
    own = [word for word in words if word not in _DIRECTIONS and word not in _KINDS.values()]
    return " ".join(own) or street


def clean_phone(text: str) -> str:
    """The last nine digits (seven at least), which differ neither by country code nor by a leading zero."""
    if not text:
        return ""
    digits = _DIGITS.sub("", _EXTENSION.sub("", fold(text)))
    compared = digits[-_PHONE_COMPARED:]
    return compared if len(digits) >= _PHONE_AT_LEAST and len(set(digits[-_PHONE_AT_LEAST:])) > 1 else ""


@lru_cache(maxsize=65536)
def clean_postcode(text: str) -> str:
    """Letters and digits only; of the American nine digits the first five."""
    if not text:
        return ""
    plain = _POSTCODE.sub("", text.strip().lower()) if text.isascii() else _POSTCODE.sub("", fold(text))
    long_form = _US_LONG.match(plain)
    return long_form[1] if long_form else plain


@lru_cache(maxsize=65536)
def clean_city(text: str) -> str:
    """The city folded, without 市 and like endings."""
    if not text:
        return ""
    folded = fold(text)
    if is_han(folded):
        return folded.replace(" ", "").removesuffix("市")
    return " ".join(words_of(folded))
