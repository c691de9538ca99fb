"""Whether a table has a line of headings, where it is, and names for its columns."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from portal.imports.encodings import Confidence
from portal.imports.words import fold_word

MOST_TITLES: Final = 20
"""Lines above the headings: the title of a report, who made it, its filters."""

HEADING_CHARS: Final = 200
"""What is longer in a heading is not looked at."""

_NUMBER: Final = re.compile(r"[-+(]?[^\w\s]?\d[\d., '\u00a0\u202f\u2019]*%?\)?")
_DATE: Final = re.compile(r"\d{1,4}[-/.\\年]\d{1,2}[-/.\\月]\d{1,4}日?([T ].*)?")
_PERIOD: Final = re.compile(r"(19|20)\d\d([-/.]?(0?[1-9]|1[0-2]))?")
_ADDRESS: Final = re.compile(r"https?://.*|[^@\s]+@[^@\s]+\.[^@\s]+", re.IGNORECASE)
_MOSTLY: Final = 0.8
_SURE: Final = 3
_LIKE_BELOW: Final = -2
"""One word that stands again below it proves nothing; one number above numbers does."""


class HeaderFinding(NamedTuple):
    """Index of the record with the headings (None: there is none) and of the first record below, and why.

    Reasons: `known_words`, `unlike_below` for headings; `like_below` for none; `assumed` when nothing tells.
    """

    header: int | None
    first: int
    confidence: Confidence
    reason: str


def column_letters(index: int) -> str:
    """The name that spreadsheets give a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def name_columns(cells: Sequence[str], offset: int = 0) -> tuple[str, ...]:
    """Names that differ from each other: a blank heading gets the column's letters, a repeated one a number."""
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        name = " ".join(cell[:HEADING_CHARS].split()) or column_letters(index + offset)
        unique, times = name, 1
        while unique in taken:
            times += 1
            unique = f"{name} ({times})"
        taken.add(unique)
        names.append(unique)
    return tuple(names)


def find_header(records: Sequence[Sequence[str]], known: Collection[str]) -> HeaderFinding:
    """Where the headings are among the first records of a table; `known` are folded words that headings use.

    Raises IndexError without a filled record.
    """
    top = _first_of_table(records)
    body = [cells for cells in records[top + 1 :] if any(map(str.strip, cells))][:50]
    words, score = 0, 0
    for index, cell in enumerate(records[top]):
        below = [cells[index].strip() for cells in body if index < len(cells) and cells[index].strip()]
        words += 3 * (fold_word(cell[:HEADING_CHARS]) in known)
        score += _evidence(cell.strip(), below)
    if words + score <= _LIKE_BELOW:
        return HeaderFinding(None, top, Confidence.LIKELY, "like_below")
    if words + score <= 0:
        return HeaderFinding(top, top + 1, Confidence.GUESS, "assumed")
    sure = Confidence.CERTAIN if words + score > _SURE else Confidence.LIKELY
    return HeaderFinding(top, top + 1, sure, "known_words" if words > score else "unlike_below")


def _first_of_table(records: Sequence[Sequence[str]]) -> int:
    """The first record that belongs to the table: above it stand blank lines and titles of one cell."""
    filled = [(i, sum(bool(cell.strip()) for cell in cells)) for i, cells in enumerate(records)]
    present = [(i, count) for i, count in filled if count]
    widths = Counter(count for _, count in present)
    if widths.most_common(1)[0][0] > 1:
        for i, count in present[: MOST_TITLES + 1]:
            if count > 1:
                return i
    return present[0][0]


def _evidence(cell: str, below: Sequence[str]) -> int:
    """Above zero when a cell looks like the heading of what stands below it, below zero when like more of it."""
    if not cell:
        return 0
    look = _look(cell)
    if look == "address":
        return -2
    usual, times = Counter(map(_look, below)).most_common(1)[0] if below else ("", 0)
    typed = usual in {"number", "date"} and times >= _MOSTLY * len(below)
    if look in {"number", "date"}:
        if _PERIOD.fullmatch(cell):
            return 0
        return -2 if typed and usual == look else -1
    if typed:
        return 2
    return -1 if cell in below else 0


def _look(cell: str) -> str:
    """What sort of thing is written in a cell: number, date, address or words."""
    for look, pattern in (("date", _DATE), ("number", _NUMBER), ("address", _ADDRESS)):
        if pattern.fullmatch(cell):
            return look
    return "words"
