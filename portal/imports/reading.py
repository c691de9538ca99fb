"""Reading a file: what it is (`inspect_file`), and then each of its rows, none left out (`read_rows`)."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, count, islice
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from portal.imports.codes import FileCode, RowCode
from portal.imports.encodings import Confidence, choose_encoding, decode, detect_encoding
from portal.imports.fields import ValueKind
from portal.imports.footers import MOST_LINES, footer_start, may_be_footer
from portal.imports.headers import HEADING_CHARS, HeaderFinding, find_header, name_columns
from portal.imports.limits import LIMITS, Limits, Unreadable
from portal.imports.months import Months, find_months
from portal.imports.parquet import read_parquet
from portal.imports.records import Dialect, Record, read_records
from portal.imports.separators import Finding, declares_separator, sniff_dialect
from portal.imports.shape import Column, Reason, Shape, Wanted
from portal.imports.sources import Source, check_format
from portal.imports.values import is_nothing
from portal.imports.workbooks import Sheet, open_sheet

_SAMPLE_CHARS: Final = 1 << 18
_SAMPLE_RECORDS: Final = 200
_SAMPLE_VALUES: Final = 5
_SAMPLE_VALUE_CHARS: Final = 200
_NO_PARAMS: Final[Mapping[str, int]] = MappingProxyType({})
_FOUND: Final = Wanted()


class RowKind(StrEnum):
    """What a row is. Every row of a file is exactly one of these."""

    ABOVE = "above"
    """A title or a setting above the headings."""
    HEADER = "header"
    DATA = "data"
    BLANK = "blank"
    FOOTER = "footer"
    MALFORMED = "malformed"
    """Meant as data, but its cells cannot be told apart or do not fit the columns; `reason` says why."""


class Row(NamedTuple):
    """One row: its number (as a spreadsheet counts, from 1), the line it begins on, what it is, its cells.

    Data rows have exactly as many cells as the shape has columns.
    """

    number: int
    line: int
    kind: RowKind
    cells: tuple[str, ...]
    reason: str = ""
    params: Mapping[str, int] = _NO_PARAMS


@dataclass(slots=True)
class Tally:
    """How many rows there were of each kind, and why malformed ones were."""

    kinds: Counter[RowKind] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass the rows on, counting each."""
        for row in rows:
            self.kinds[row.kind] += 1
            if row.reason:
                self.reasons[row.reason] += 1
            yield row

    @property
    def total(self) -> int:
        """All rows."""
        return self.kinds.total()


def inspect_file(
    content: bytes | Path, *, wanted: Wanted = _FOUND, known: Collection[str] = (), limits: Limits = LIMITS
) -> Shape:
    """How to read a file: as the person wants it, and where nothing is wanted, as found.

    `known` are folded words that headings use (`vocabulary.known_headings`). Raises Unreadable, and nothing else,
    for any bytes; ValueError for a wanted separator that cannot be one.
    """
    source = Source(content)
    kind = check_format(source, limits)
    if kind == "parquet":
        sample = list(islice(read_parquet(source, limits), _SAMPLE_RECORDS))
        named = HeaderFinding(0, 1, Confidence.CERTAIN, "stored")
        return replace(_shape(sample, wanted, named, limits), format="parquet")
    if kind == "xlsx":
        sheet = open_sheet(source, wanted.sheet, limits)
        sample = list(islice(sheet.records, _SAMPLE_RECORDS))
        return replace(
            _shape(sample, wanted, _find_header(sample, wanted, known), limits, sheet=sheet),
            format="xlsx",
            sheet=sheet.name,
            sheets=sheet.names,
        )
    encoding = detect_encoding(source) if wanted.encoding is None else choose_encoding(source, wanted.encoding)
    text, whole = _take_text(decode(source, encoding))
    finding = _choose_dialect(text, wanted, whole=whole)
    records = read_records([text], finding.dialect, limits)
    sample = list(islice(records, _SAMPLE_RECORDS))
    if not whole and len(sample) > 1 and next(records, None) is None:
        sample.pop()  # the end of the sample may have cut it
    header = _find_header(sample, wanted, known, declared=declares_separator(text))
    return replace(
        _shape(sample, wanted, header, limits),
        encoding=encoding,
        dialect=finding.dialect,
        separator=Reason(finding.reason, finding.confidence),
    )


def _take_text(pieces: Iterable[str]) -> tuple[str, bool]:
    """The beginning of a text, and whether that is all of it."""
    taken, size = [], 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size > _SAMPLE_CHARS:
            return "".join(taken), False
    return "".join(taken), True


def _choose_dialect(text: str, wanted: Wanted, *, whole: bool) -> Finding:
    """The dialect wanted, completed by what is found."""
    found = sniff_dialect(text, whole=whole)
    dialect = Dialect(
        found.dialect.separator if wanted.separator is None else wanted.separator,
        found.dialect.quote if wanted.quote is None else wanted.quote,
        found.dialect.row_end if wanted.row_end is None else wanted.row_end,
    )
    if dialect == found.dialect and wanted.separator is None:
        return found
    return Finding(dialect, Confidence.CERTAIN, "chosen")


def _shape(
    sample: Sequence[Record],
    wanted: Wanted,
    finding: HeaderFinding,
    limits: Limits,
    *,
    sheet: Sheet | None = None,
) -> Shape:
    """Headings and columns by the first records; numbers of rows count from 1."""
    tables = [record.cells for record in sample]
    body = [cells for cells in tables[finding.first :] if any(map(str.strip, cells))]
    if finding.header is None:
        width = max(Counter(map(len, body)).items(), key=lambda item: (item[1], item[0]))[0]
        headings: tuple[str, ...] = ("",) * width
    else:
        headings = tables[finding.header]
    if len(headings) > limits.columns:
        raise Unreadable(FileCode.TOO_MANY_COLUMNS, {"limit": limits.columns})
    names = name_columns(headings, sheet.offset if sheet else 0)
    months = find_months(headings) if wanted.months else None
    if months:
        body = [split for cells in body if len(cells) == len(names) for split in months.split(cells)]
        names = headings = months.names(names)
    columns = tuple(
        Column(name, headings[i].strip()[:HEADING_CHARS], _samples(body, i)) for i, name in enumerate(names)
    )
    return Shape(
        format="text",
        columns=columns,
        header_row=None if finding.header is None else finding.header + 1,
        first_row=finding.first + 1,
        header=Reason(finding.reason, finding.confidence),
        pad_short_rows=wanted.pad_short_rows,
        months=months,
    )


def _find_header(
    sample: Sequence[Record], wanted: Wanted, known: Collection[str], *, declared: bool = False
) -> HeaderFinding:
    """Where the headings are; in a file that names its separator first (`declared`), not there."""
    tables = [() if i == 0 and declared else record.cells for i, record in enumerate(sample)]
    if not any(cell.strip() for cells in tables for cell in cells):
        raise Unreadable(FileCode.NO_ROWS)
    return _choose_header(find_header(tables, known), wanted)


def _choose_header(found: HeaderFinding, wanted: Wanted) -> HeaderFinding:
    """What was found, or what is wanted: headings in the first row of the table, or none."""
    if wanted.header is None or wanted.header == (found.header is not None):
        return found
    top = found.first if found.header is None else found.header
    if wanted.header:
        return HeaderFinding(top, top + 1, Confidence.CERTAIN, "chosen")
    return HeaderFinding(None, top, Confidence.CERTAIN, "chosen")


def _samples(body: Sequence[Sequence[str]], index: int) -> tuple[str, ...]:
    """A few different values of a column."""
    values = dict.fromkeys(cells[index].strip() for cells in body if index < len(cells) and cells[index].strip())
    return tuple(value[:_SAMPLE_VALUE_CHARS] for value in islice(values, _SAMPLE_VALUES))


def read_rows(content: bytes | Path, shape: Shape, *, limits: Limits = LIMITS) -> Iterator[Row]:
    """Every row of the file in order, numbered without gaps, from a file of which `shape` was found.

    Of a table with a column for each month it is every month of a row, blank ones too. Holds one row and the few
    that may be a footer (a workbook's sheet is held whole). Raises Unreadable when there are too many rows, or the
    workbook is not what it was.
    """
    source = Source(content)
    if shape.format == "parquet":
        records = read_parquet(source, limits)
    elif shape.encoding is None or shape.dialect is None:
        records = open_sheet(source, shape.sheet, limits).records
    else:
        records = read_records(decode(source, shape.encoding), shape.dialect, limits)
    rows = _classify(records, shape, limits)
    return _split_months(rows, shape.months) if shape.months else rows


def _split_months(rows: Iterable[Row], months: Months) -> Iterator[Row]:
    """Each month of a data row as a row of its own, numbered anew; one without a value is blank."""
    numbers = count(1)
    for row in rows:
        if row.kind is not RowKind.DATA:
            yield row._replace(number=next(numbers))
            continue
        for cells in months.split(row.cells):
            kind = RowKind.BLANK if is_nothing(cells[-1], ValueKind.MONEY) else RowKind.DATA
            yield Row(next(numbers), row.line, kind, cells)


def _classify(records: Iterable[Record], shape: Shape, limits: Limits) -> Iterator[Row]:
    """Records as rows. What may be a footer waits until the end of the file or an ordinary row tells."""
    waiting: deque[tuple[int, Record]] = deque()
    width = shape.width
    after_blank = False
    for number, record in enumerate(records, start=1):
        if number > limits.rows:
            raise Unreadable(FileCode.TOO_MANY_ROWS, {"limit": limits.rows})
        if number < shape.first_row:
            yield _row_above(number, record, shape)
            continue
        waits = _waits(record, width, after=bool(waiting))
        if waits:
            waiting.append((number, record))
        while waiting and (not waits or len(waiting) > MOST_LINES):
            after_blank = _is_blank(waiting[0][1])
            yield _body_row(*waiting.popleft(), shape)
        if not waits:
            after_blank = _is_blank(record)
            yield _body_row(number, record, shape)
    start = footer_start([record.cells for _, record in waiting], after_blank=after_blank)
    for index, (number, record) in enumerate(waiting):
        if index < start or _is_blank(record):
            yield _body_row(number, record, shape)
        else:
            yield Row(number, record.line, RowKind.FOOTER, record.cells)


def _waits(record: Record, width: int, *, after: bool) -> bool:
    """Whether a record may be of a footer; `after` another that may. In one column whatever follows such a line may."""
    if _is_blank(record) or (width == 1 and after):
        return after
    return not record.reason and may_be_footer(record.cells, width)


def _is_blank(record: Record) -> bool:
    return not record.reason and not any(map(str.strip, record.cells))


def _row_above(number: int, record: Record, shape: Shape) -> Row:
    """The headings, or what stands above them."""
    if number == shape.header_row:
        return Row(number, record.line, RowKind.HEADER, record.cells)
    return Row(number, record.line, RowKind.BLANK if _is_blank(record) else RowKind.ABOVE, record.cells)


def _body_row(number: int, record: Record, shape: Shape) -> Row:
    """Data, blank or malformed."""
    cells, width = record.cells, shape.width
    if record.reason:
        return Row(number, record.line, RowKind.MALFORMED, cells, record.reason)
    if not any(map(str.strip, cells)):
        return Row(number, record.line, RowKind.BLANK, cells)
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        cells = cells[:width]
    if len(cells) < width and shape.pad_short_rows:
        cells = tuple(chain(cells, ("",) * (width - len(cells))))
    if len(cells) == width:
        return Row(number, record.line, RowKind.DATA, cells)
    reason = RowCode.TOO_MANY_CELLS if len(cells) > width else RowCode.TOO_FEW_CELLS
    return Row(number, record.line, RowKind.MALFORMED, cells, reason, {"expected": width, "found": len(cells)})
