"""Text into records: lines, separators and quotes, with bounded memory and every broken line accounted for."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from portal.imports.codes import RowCode
from portal.imports.encodings import UNDECODABLE
from portal.imports.limits import Limits

_MAX_MARK: Final = 8


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells and records are set apart. Raises ValueError for marks that cannot work together."""

    separator: str = ","
    """One character or several (`"+|"`)."""
    quote: str = '"'
    """`""` when quotes are ordinary characters. Within quotes the quote is written twice."""
    row_end: str = "\n"
    """`"\\n"` also ends at `"\\r\\n"`; `"\\r"` is the old Macintosh; anything else is taken literally (`"&|\\n"`)."""

    def __post_init__(self) -> None:
        """Refuse what would make reading ambiguous."""
        newline = "\n" in self.separator or "\r" in self.separator
        too_long = max(len(self.separator), len(self.row_end)) > _MAX_MARK or len(self.quote) > 1
        clash = self.separator == self.row_end or (self.quote and self.quote in self.separator + self.row_end)
        if not self.separator or not self.row_end or newline or too_long or clash:
            message = f"separator {self.separator!r}, quote {self.quote!r}, row end {self.row_end!r}"
            raise ValueError(message)


class Record(NamedTuple):
    """One record: the line it begins on (from 1), its cells, and why it is broken (`""` when it is not)."""

    line: int
    cells: tuple[str, ...]
    reason: str


class Exact(str):
    """A cell whose text the reader of workbooks wrote: numbers with a decimal point, dates year first.

    Nothing about it is in doubt, so it tells nothing about how the texts around it are to be read.
    """

    __slots__ = ()


class _Line(NamedTuple):
    """A line without its end; `cut` when it was longer than allowed and its rest is dropped."""

    text: str
    end: str
    cut: bool


def _split_lines(chunks: Iterable[str], row_end: str, longest: int) -> Iterator[_Line]:
    """Lines of text that comes in pieces; holds one line and one piece at a time."""
    carry, cut = "", False
    for chunk in chunks:
        *lines, carry = (carry + chunk).split(row_end)
        for text in lines:
            yield _line(text, row_end, longest, cut=cut)
            cut = False
        if len(carry) > longest + _MAX_MARK:
            # The tail may be the first half of a row end, so it stays at the tail.
            carry, cut = carry[:longest] + carry[-_MAX_MARK:], True
    if carry:
        yield _line(carry, "", longest, cut=cut)


def _line(text: str, end: str, longest: int, *, cut: bool) -> _Line:
    """A line, with a carriage return before the newline moved to its end."""
    if end in {"\n", ""} and text.endswith("\r"):
        text, end = text[:-1], "\r" + end
    if cut or len(text) > longest:
        return _Line(text[:longest], end, cut=True)
    return _Line(text, end, cut=False)


class _Lines:
    """Lines that can be put back: what follows a broken record is read again, line by line."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        """Start at line 1."""
        self._lines = lines
        self._back: list[_Line] = []
        self.number = 0
        """Of the line handed out last."""

    def next(self) -> _Line | None:
        """The next line; None at the end."""
        line = self._back.pop() if self._back else next(self._lines, None)
        if line is not None:
            self.number += 1
        return line

    def put_back(self, lines: list[_Line]) -> None:
        """The lines handed out last, in their order, are to be handed out again."""
        self._back.extend(reversed(lines))
        self.number -= len(lines)


class _Scanner:
    """Cells of one record, fed line by line; for what the C reader does not take (`_split_quoted`)."""

    def __init__(self, dialect: Dialect) -> None:
        """Nothing read yet."""
        self.cells: list[str] = []
        self.parts: list[str] | None = None
        """Of a quoted cell that is still open."""
        self._separator = dialect.separator
        self._quote = dialect.quote
        mark = re.escape(dialect.quote)
        self._inside = re.compile(f"[^{mark}]*(?:{mark}{mark}[^{mark}]*)*")

    def feed(self, text: str) -> bool:
        """Read on through a line. False when text stands after a closing quote."""
        at: int | None = 0 if self.parts is None else self._read_quoted(text, 0)
        while at is not None and 0 <= at <= len(text):
            if text.startswith(self._quote, at):
                self.parts = []
                at = self._read_quoted(text, at + 1)
            else:
                stop = text.find(self._separator, at)
                stop = len(text) if stop < 0 else stop
                self.cells.append(text[at:stop])
                at = stop + len(self._separator)
        return at is None or at > len(text)

    def _read_quoted(self, text: str, at: int) -> int | None:
        """Read an open quoted cell: where the next cell begins, None when it is open still, -1 when it is broken."""
        parts = self.parts if self.parts is not None else []
        match = self._inside.match(text, at)
        stop = match.end() if match else at
        parts.append(text[at:stop])
        if stop == len(text):
            return None
        self.cells.append("".join(parts).replace(self._quote * 2, self._quote))
        self.parts = None
        if stop + 1 == len(text):
            return stop + 2
        if text.startswith(self._separator, stop + 1):
            return stop + 1 + len(self._separator)
        return -1


def read_records(chunks: Iterable[str], dialect: Dialect, limits: Limits) -> Iterator[Record]:
    """Every record of the text, blank ones and broken ones too.

    A record is broken when a quote is never closed, when text follows a closing quote, when bytes in it were no
    text, or when it is too long; then only its first line is lost, and reading goes on at the line after.
    Zero bytes, which some databases write for an empty string, are dropped.
    """
    lines = _Lines(_split_lines(chunks, dialect.row_end, limits.row_chars))
    separator, quote = dialect.separator, dialect.quote
    while (line := lines.next()) is not None:
        number, text = lines.number, line.text
        if line.cut:
            yield Record(number, (_clean(text[: limits.cell_chars]),), RowCode.ROW_TOO_LONG)
        elif quote and quote in text:
            yield _finish(_read_quoted_record(lines, line, dialect, limits), limits)
        else:
            yield _finish(Record(number, tuple(text.split(separator)), ""), limits)


def _finish(record: Record, limits: Limits) -> Record:
    """The record checked for broken bytes and long cells, and without zero bytes."""
    cells, reason = record.cells, record.reason
    joined = "".join(cells)
    if len(joined) > limits.cell_chars and max(map(len, cells)) > limits.cell_chars:
        cells, reason = tuple(cell[: limits.cell_chars] for cell in cells), reason or RowCode.CELL_TOO_LONG
    if UNDECODABLE in joined:
        reason = reason or RowCode.BAD_BYTES
    elif "\x00" not in joined:
        return Record(record.line, cells, reason)
    return Record(record.line, tuple(map(_clean, cells)), reason)


def _clean(text: str) -> str:
    """Text as it can be shown and stored: no zero bytes, the replacement character for broken ones."""
    return text.replace("\x00", "").replace(UNDECODABLE, "\N{REPLACEMENT CHARACTER}")


def _read_quoted_record(lines: _Lines, first: _Line, dialect: Dialect, limits: Limits) -> Record:
    """A record with quotes in its first line, over as many lines as its quoted cells go."""
    number = lines.number
    if (quick := _split_quoted(first.text, dialect)) is not None:
        return Record(number, quick, "")
    scanner = _Scanner(dialect)
    reason = "" if scanner.feed(first.text) else RowCode.TEXT_AFTER_QUOTE
    taken: list[_Line] = []
    size, end = len(first.text), first.end
    while not reason and scanner.parts is not None:
        line = lines.next()
        if line is None:
            reason = RowCode.UNCLOSED_QUOTE
            break
        taken.append(line)
        size += len(end) + len(line.text)
        if line.cut or size > limits.row_chars:
            reason = RowCode.UNCLOSED_QUOTE
            break
        scanner.parts.append(end)
        end = line.end
        reason = "" if scanner.feed(line.text) else RowCode.UNCLOSED_QUOTE
    if reason:
        lines.put_back(taken)
        return Record(number, (first.text,), reason)
    return Record(number, tuple(scanner.cells), "")


def _split_quoted(text: str, dialect: Dialect) -> tuple[str, ...] | None:
    """The cells of a whole record by the reader of the standard library, which is written in C; None if it refuses."""
    if len(dialect.separator) > 1 or text[-1] in "\r\n":
        return None
    try:
        row = next(csv.reader((text,), delimiter=dialect.separator, quotechar=dialect.quote, strict=True))
    except (csv.Error, StopIteration):
        return None
    return tuple(row)
