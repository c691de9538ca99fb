"""The text of a cell as a value of its field's kind, or the reason why it is none."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from portal.core.money import Money
from portal.imports import addresses, countries, dates, numbers
from portal.imports.cells import BadCell
from portal.imports.codes import CellCode
from portal.imports.dates import Moment
from portal.imports.fields import Field, ValueKind
from portal.imports.records import Exact
from portal.imports.words import fold_word

Value: TypeAlias = str | int | bool | Decimal | Money | dt.date | Moment | tuple[str, ...] | None

_NULL: Final = frozenset(
    {"", "null", "(null)", "<null>", "\\n", "n/a", "#n/a", "-", "--", "—", "–", "(blank)", "(空白)"}
)
"""Words that mean "nothing" in every kind of field, in lower case."""
_NULL_UNLESS_TEXT: Final = frozenset(
    {"na", "nan", "none", "nil", "nat", "?", "无", "空", "不适用", "暂无", "未知", "unknown"}
)
"""Words that mean "nothing" among numbers and dates, but may be somebody's name elsewhere."""
_LONGEST_NULL: Final = 20
_WORDY: Final = frozenset({ValueKind.TEXT, ValueKind.CHOICE, ValueKind.LIST, ValueKind.COUNTRY, ValueKind.CURRENCY})
"""Kinds in which `NA` may be a value: Namibia, North America."""

_TRUE: Final = frozenset(
    {"true", "t", "yes", "y", "1", "on", "x", "✓", "是", "真", "有", "对", "ja", "oui", "sí", "si"}
)
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "off", "否", "假", "无", "没有", "错", "nein", "non"})
_HIDDEN: Final = r"\x00-\x20\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_QUOTES: Final = r"\"'`«»\u2018-\u201f\u2039\u203a＂＇｀"
_ESCAPED: Final = re.compile(
    rf"(?:\A|(?<=[;\t\r\n]))'(?=[{_HIDDEN}{_QUOTES}]*[-=+@\t\r\n\u2212＝＋－＠﹦﹢﹣﹫\u207a\u207b\u208a-\u208c])"
)
"""Exports put an apostrophe before what a spreadsheet would take for a formula (`portal.core.web.cells`); coming back
it goes again, so that a report that was downloaded, corrected and sent again brings what was in it."""
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u2060\ufeff]")
_PARTS: Final = re.compile(r"[;；\n]")
_MOST_PARTS: Final = 200
_LONGEST_CHOICE: Final = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one field are read: the format of its column, the row's currency, the zone of clocks."""

    format: str | None = None
    """Decimal sign or order of day and month, None when it is not known."""
    currency: str = ""
    zone: dt.tzinfo = dt.UTC


def clean_text(text: str) -> str:
    """Text without blanks around it, invisible characters, and an export's escape."""
    plain = (_ESCAPED.sub("", text) if "'" in text else text).strip()
    if not plain.isprintable():
        plain = _INVISIBLE.sub("", plain.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)


def is_nothing(text: str, kind: ValueKind) -> bool:
    """Whether the text of a cell says that there is no value."""
    if len(text) > _LONGEST_NULL:
        return False
    word = text.strip().lower()
    return word in _NULL or (word in _NULL_UNLESS_TEXT and kind not in _WORDY)


def parse_value(field: Field, text: str, reading: Reading) -> Value:
    """The value of a cell; None when it says that there is none. Raises BadCell."""
    plain = clean_text(text)
    if is_nothing(plain, field.kind) and not (field.kind is ValueKind.BOOLEAN and plain.lower() in _FALSE):
        return None
    if isinstance(text, Exact):
        reading = Reading("." if field.kind in NUMBERS else reading.format, reading.currency, reading.zone)
    return _PARSERS[field.kind](field, plain, reading)


def find_choice(field: Field, text: str) -> str:
    """The value of the choice that a text means. Raises BadCell `unknown_choice`."""
    value = _choice_words(field).get(fold_word(text[:_LONGEST_CHOICE]))
    if value is None:
        raise BadCell(CellCode.UNKNOWN_CHOICE, text, choices=", ".join(choice.value for choice in field.choices))
    return value


@lru_cache(maxsize=256)
def _choice_words(field: Field) -> dict[str, str]:
    """Values of a field's choices by every folded word for them; the first choice keeps a word that two claim."""
    words: dict[str, str] = {}
    for choice in field.choices:
        for word in (choice.value, *choice.synonyms):
            words.setdefault(fold_word(word), choice.value)
    return words


def _parse_text(field: Field, text: str, _reading: Reading) -> str:
    if len(text) > field.longest:
        raise BadCell(CellCode.TOO_LONG, text, longest=field.longest, length=len(text))
    return text


def _parse_boolean(_field: Field, text: str, _reading: Reading) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise BadCell(CellCode.NOT_A_BOOLEAN, text)
    return word in _TRUE


def _parse_list(field: Field, text: str, reading: Reading) -> tuple[str, ...]:
    """Parts in their order, each once."""
    parts = dict.fromkeys(part.strip() for part in _PARTS.split(text) if part.strip())
    if len(parts) > _MOST_PARTS:
        raise BadCell(CellCode.TOO_MANY_PARTS, text, most=_MOST_PARTS)
    if field.choices:
        return tuple(dict.fromkeys(find_choice(field, part) for part in parts))
    return tuple(_parse_text(field, part, reading) for part in parts)


_PARSERS: Final[Mapping[ValueKind, Callable[[Field, str, Reading], Value]]] = {
    ValueKind.TEXT: _parse_text,
    ValueKind.INTEGER: lambda _, text, reading: numbers.parse_integer(text, reading.format),
    ValueKind.DECIMAL: lambda _, text, reading: numbers.parse_number(text, reading.format),
    ValueKind.MONEY: lambda _, text, reading: numbers.parse_money(text, reading.format, reading.currency),
    ValueKind.CURRENCY: lambda _, text, __: numbers.parse_currency(text),
    ValueKind.DATE: lambda _, text, reading: dates.parse_date(text, reading.format),
    ValueKind.MOMENT: lambda _, text, reading: dates.parse_moment(text, reading.format, reading.zone),
    ValueKind.BOOLEAN: _parse_boolean,
    ValueKind.CHOICE: lambda field, text, _: find_choice(field, text),
    ValueKind.LIST: _parse_list,
    ValueKind.COUNTRY: lambda _, text, __: countries.find_country(text),
    ValueKind.EMAIL: lambda _, text, __: addresses.parse_email(text),
    ValueKind.DOMAIN: lambda _, text, __: addresses.parse_domain(text),
    ValueKind.URL: lambda _, text, __: addresses.parse_url(text),
}
NUMBERS: Final = frozenset({ValueKind.INTEGER, ValueKind.DECIMAL, ValueKind.MONEY})
"""Kinds whose columns have a decimal sign."""
DAYS: Final = frozenset({ValueKind.DATE, ValueKind.MOMENT})
"""Kinds whose columns have an order of day and month."""
