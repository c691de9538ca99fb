"""Cells of exported files: text that no spreadsheet takes for a formula, and numbers that stay numbers."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

CellValue: TypeAlias = str | int | Decimal | date | None
"""What an exported cell may hold; a moment is a `datetime` on the vendor's clock."""

_STARTS_FORMULA: Final = frozenset("=+-@\u2212")
_STARTS_CELL: Final = frozenset("\t\r\n")
_QUOTES: Final = frozenset("\"'`")
_IGNORED: Final = ("C", "Z", "Pi", "Pf")
"""Unicode categories: control and invisible characters, spaces, opening and closing quotation marks."""
_PLAIN: Final = re.compile(r"""[^\W_][^;\t\r\n"]*""")
"""Text that no rule touches: most of it. It begins with a letter or digit, without quotes or breaks."""
_BREAKS: Final = re.compile(r"([;\t\r\n])")


def safe_text(text: str) -> str:
    """The text, with `'` in front when a spreadsheet could take it for a formula.

    That is when it begins with `= + - @` in any width, or with a tab or line break. Spaces, invisible
    characters and quotes before them do not hide them, because spreadsheets trim those.
    """
    if text[:1].isalnum():
        return text
    for character in text:
        if character in _STARTS_CELL:
            return f"'{text}"
        if not _is_skipped(character):
            starts = unicodedata.normalize("NFKC", character) in _STARTS_FORMULA
            return f"'{text}" if starts else text
    return text


def safe_csv_text(text: str) -> str:
    """The same for a CSV file, also after each `;`, tab and line break inside the text.

    A spreadsheet whose language separates by semicolon does not see our quotes where it expects them, and
    begins a new cell there.
    """
    if not _BREAKS.search(text):
        return safe_text(text)
    first, *rest = _BREAKS.split(text)
    # Breaks and the pieces after them, in turn; a tab may be the first character of the cell that a piece begins.
    guarded = [
        piece if number % 2 == 0 else _guarded_piece(piece, rest[number + 1 : number + 2])
        for number, piece in enumerate(rest)
    ]
    return safe_text(first + "".join(guarded))


def _guarded_piece(piece: str, following: list[str]) -> str:
    tab = "\t" if following == ["\t"] else ""
    return safe_text(piece + tab).removesuffix(tab)


def csv_cell(value: CellValue) -> str:
    """One cell as it stands in the file: text always in quotes, numbers and dates bare, nothing for None."""
    # Most cells are one of these; the rest takes its time.
    if type(value) is str and (not value or _PLAIN.fullmatch(value)):
        return f'"{value}"'
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    match value:
        case str():
            return '"' + safe_csv_text(value).replace('"', '""') + '"'
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def csv_line(values: Iterable[CellValue]) -> str:
    """One line of a CSV file (RFC 4180)."""
    return ",".join([csv_cell(value) for value in values]) + "\r\n"


def _is_skipped(character: str) -> bool:
    """Whether spreadsheets trim or ignore it in front of a formula: spaces, invisible characters, quotes."""
    plain = unicodedata.normalize("NFKC", character)
    return plain in _QUOTES or unicodedata.category(character).startswith(_IGNORED)
