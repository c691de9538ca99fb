"""Exports: all rows of a list as CSV or XLSX, read by a server-side cursor and never held in memory."""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from litestar.response import Stream
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.db import end_reading
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.web.cells import CellValue, csv_cell, csv_line, safe_text
from portal.core.web.list_query import parse
from portal.core.web.list_rows import value_of, words_of
from portal.core.web.list_spec import Column, Kind, ListSpec
from portal.core.web.listing_sql import columns_for
from portal.core.web.lists import stream_rows

FileType: TypeAlias = Literal["csv", "xlsx"]
MEDIA_TYPES: Final[Mapping[FileType, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_SHEET_ROWS: Final = 1_048_575
"""Rows of a sheet beside its heading."""

_IN_MEMORY: Final = 1024 * 1024
_CHUNK: Final = 64 * 1024
_BATCH: Final = 500
_BYTE_ORDER_MARK: Final = "\ufeff"
_EXACT_DIGITS: Final = 15
"""Spreadsheets keep numbers as floats; one with more digits is written as text."""
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- sheets know no zone; always the same, so that bytes are too
_NOT_IN_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET_NAME: Final = 31
_DAY_FORMAT: Final = "yyyy-mm-dd"
_MOMENT_FORMAT: Final = "yyyy-mm-dd hh:mm:ss"
_RATE_FORMAT: Final = "0.0###%"

Record: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a file: its heading, its value in a record, and how a sheet shows a number."""

    heading: str
    value: Callable[[Record], CellValue]
    is_rate: bool = False


class _File(tempfile.SpooledTemporaryFile[bytes]):
    """A file that is gone when nobody has it any more: also when the answer is never read (HEAD, gone away)."""

    def __del__(self) -> None:
        self.close()


async def export_list(
    spec: ListSpec, actor: Actor, params: Mapping[str, str], file_type: FileType, *, now: datetime
) -> Stream:
    """All rows that the page shows with these parameters, in its order, as a file to download.

    Raises Invalid for a parameter that makes no sense (a file must not hold more than was asked for), and
    Conflict when a sheet cannot hold the rows.
    """
    query = parse(spec, actor, params)
    errors = {name: sentence for name, sentence in query.errors.items() if name != "cursor"}
    if errors:
        raise Invalid(errors)
    fields = list_fields([column for column in columns_for(spec, actor) if column.in_export])
    records = stream_rows(query, actor, now=now)
    if file_type == "csv":
        return await csv_stream(spec.name, fields, records, now=now)
    return await xlsx_response(spec.name, _(spec.title), fields, records, now=now)


def list_fields(columns: Sequence[Column]) -> list[Field]:
    """The columns of the file: an amount is a number with its currency beside it, a moment names its zone."""
    currencies = {column.currency: column.key for column in reversed(columns) if column.kind == Kind.MONEY}
    fields: list[Field] = []
    for column in columns:
        fields.append(_field(column))
        if currencies.get(column.currency) == column.key:
            fields.append(_currency_field(column, only=len(currencies) == 1))
    return fields


async def csv_stream(name: str, fields: Sequence[Field], records: AsyncIterable[Record], *, now: datetime) -> Stream:
    """The records as CSV whose first rows are sent while the last are still read.

    A statement that fails is told before anything is sent. What fails later breaks the connection off, which browsers
    tell from an end.
    """
    batches = _batches(records)
    first: list[Record] = await anext(batches, [])
    response = _download(_File(_IN_MEMORY), name, "csv", now)
    del response.headers["Content-Length"]
    response.iterator = _growing(fields, first, batches)
    return response


class _Growing:
    """A temporary file that is read while it is written: a slow reader keeps a file, never a transaction."""

    def __init__(self) -> None:
        self.file = _File(_IN_MEMORY)
        self.changed = asyncio.Event()
        self.is_whole = False

    async def fill(self, fields: Sequence[Field], first: Sequence[Record], rest: AsyncIterator[list[Record]]) -> None:
        """Write heading and rows, and let the database go."""
        try:
            heading = csv_line(field.heading for field in fields)
            self._add(f"{_BYTE_ORDER_MARK}{heading}".encode() + _csv_lines(fields, first))
            async for batch in _ahead(rest):
                self._add(await asyncio.to_thread(_csv_lines, fields, batch))
            await end_reading()
        finally:
            self.is_whole = True
            self.changed.set()

    def _add(self, lines: bytes) -> None:
        self.file.seek(0, 2)
        self.file.write(lines)
        self.changed.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is there, until there is no more."""
        sent = 0
        while True:
            self.file.seek(sent)
            chunk = self.file.read(_CHUNK)
            sent += len(chunk)
            if chunk:
                yield chunk
            elif self.is_whole:
                return
            else:
                self.changed.clear()
                await self.changed.wait()


async def _growing(
    fields: Sequence[Field], first: Sequence[Record], rest: AsyncIterator[list[Record]]
) -> AsyncIterator[bytes]:
    growing = _Growing()
    with growing.file:
        filling = asyncio.create_task(growing.fill(fields, first, rest))
        try:
            async for chunk in growing.chunks():
                yield chunk
            await filling
        finally:
            filling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await filling


async def csv_response(name: str, fields: Sequence[Field], records: AsyncIterable[Record], *, now: datetime) -> Stream:
    """The records as CSV: UTF-8 with a byte order mark, which spreadsheets need to read Chinese."""
    file = _File(_IN_MEMORY)
    try:
        heading = csv_line(field.heading for field in fields)
        file.write(f"{_BYTE_ORDER_MARK}{heading}".encode())
        async for batch in _ahead(_batches(records)):
            file.write(await asyncio.to_thread(_csv_lines, fields, batch))
    except BaseException:
        file.close()
        raise
    return _download(file, name, "csv", now)


async def xlsx_response(
    name: str, title: str, fields: Sequence[Field], records: AsyncIterable[Record], *, now: datetime
) -> Stream:
    """The records as a workbook of one sheet. Raises Conflict when there are more than a sheet can hold."""
    file = _File(_IN_MEMORY)
    try:
        sheet = _Sheet(file, title, fields)
        try:
            async for batch in _ahead(_batches(records)):
                await asyncio.to_thread(sheet.add, batch)
        finally:
            await asyncio.to_thread(sheet.close)
    except BaseException:
        file.close()
        raise
    return _download(file, name, "xlsx", now)


class _Sheet:
    """A workbook of one sheet, written row by row to disk."""

    def __init__(self, file: IO[bytes], title: str, fields: Sequence[Field]) -> None:
        self._book = Workbook(file, {"constant_memory": True, "default_date_format": _MOMENT_FORMAT})
        self._book.set_properties({"created": _MADE})
        self._sheet = self._book.add_worksheet(_NOT_IN_SHEET_NAME.sub(" ", title)[:_LONGEST_SHEET_NAME])
        self._sheet.freeze_panes(1, 0)
        self._day = self._book.add_format({"num_format": _DAY_FORMAT})
        self._rate = self._book.add_format({"num_format": _RATE_FORMAT})
        self._amounts = [self._book.add_format({"num_format": _decimals(count)}) for count in range(5)]
        self._fields = fields
        self._rows = 0
        heading = self._book.add_format({"bold": True, "bottom": 1})
        for number, field in enumerate(fields):
            self._sheet.set_column(number, number, max(12, 2 * len(field.heading.encode()) // 3 + 4))
            self._sheet.write_string(0, number, safe_text(field.heading), heading)

    def add(self, batch: Sequence[Record]) -> None:
        """More rows. Raises Conflict when the sheet is full."""
        if self._rows + len(batch) > MOST_SHEET_ROWS:
            raise Conflict(_("This is too long for one sheet. Narrow the list, or export it as CSV."))
        for record in batch:
            self._rows += 1
            for number, field in enumerate(self._fields):
                self._write(number, field.value(record))

    def close(self) -> None:
        """Write the file; slow for a large one."""
        self._sheet.autofilter(0, 0, self._rows, max(len(self._fields) - 1, 0))
        self._book.close()

    def _write(self, number: int, value: CellValue) -> None:
        place = (self._rows, number)
        match value:
            case None:
                pass
            case str():
                self._sheet.write_string(*place, safe_text(value))
            case datetime():
                self._sheet.write_datetime(*place, value)
            case date():
                self._sheet.write_datetime(*place, value, self._day)
            case int() | Decimal():
                self._write_number(place, Decimal(value))

    def _write_number(self, place: tuple[int, int], value: Decimal) -> None:
        _sign, digits, exponent = value.as_tuple()
        if len(digits) > _EXACT_DIGITS or not isinstance(exponent, int):
            self._sheet.write_string(*place, format(value, "f"))
            return
        is_rate = self._fields[place[1]].is_rate
        style = self._rate if is_rate else self._amounts[min(max(-exponent, 0), len(self._amounts) - 1)]
        self._sheet.write_number(*place, value, style)


async def _batches(records: AsyncIterable[Record]) -> AsyncIterator[list[Record]]:
    """The records some hundreds at a time: each batch is written in a thread, and the server goes on."""
    batch: list[Record] = []
    async for record in records:
        batch.append(record)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _ahead(batches: AsyncIterator[list[Record]]) -> AsyncIterator[list[Record]]:
    """The same batches; the database reads the next one while the one in hand is written."""
    coming = asyncio.ensure_future(anext(batches, None))
    try:
        while (batch := await coming) is not None:
            coming = asyncio.ensure_future(anext(batches, None))
            yield batch
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming


def _csv_lines(fields: Sequence[Field], batch: Sequence[Record]) -> bytes:
    """Column by column, which takes a fifth less time than row by row."""
    columns = [[csv_cell(value) for value in map(field.value, batch)] for field in fields]
    return "".join([",".join(cells) + "\r\n" for cells in zip(*columns, strict=True)]).encode()


def _decimals(count: int) -> str:
    """The sheet's format of a number with this many decimals."""
    return "#,##0." + "0" * count if count else "#,##0"


def _field(column: Column) -> Field:
    """The column as it stands in the file."""
    heading = _(column.label)
    if column.kind == Kind.DATETIME:
        zone = formats.time_zone()
        return Field(f"{heading} ({zone.key})", lambda record: _on_the_clock(record[column.key], zone))
    if column.kind == Kind.TEXT:
        return Field(heading, _text_reader(column))
    return Field(heading, lambda record: _plain(column, record), is_rate=column.kind == Kind.PERCENT)


def _text_reader(column: Column) -> Callable[[Record], CellValue]:
    """The value in words, those of a vocabulary looked up once for the whole file: most cells are of this kind."""
    words = {stored: _(label) for stored, label in column.labels.items()}
    key = column.key

    def read(record: Record) -> CellValue:
        value = record[key]
        return words.get(value, value) if type(value) is str else _plain(column, record)

    return read


def _currency_field(column: Column, *, only: bool) -> Field:
    """The currency of an amount, in a column of its own."""
    heading = _("Currency") if only else _("Currency of %(amount)s") % {"amount": _(column.label)}
    return Field(heading, lambda record: record[f"{column.key}__currency"])


def _plain(column: Column, record: Record) -> CellValue:
    """The value as a cell: what is shown, but numbers and days stay what they are."""
    value = value_of(column, record)
    match value:
        case bool():
            return words_of(column, value)
        case datetime():
            # A column of days whose value is a moment: the vendor's day, as the page shows it.
            return clock.day_of(value, formats.time_zone().key)
        case None | Decimal() | date() | int():
            return value
        case Money():
            return value.decimal
        case _:
            return words_of(column, value)


def _on_the_clock(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The vendor's wall clock at that moment, to the second, without its zone."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0) if moment else None


def _download(file: _File, name: str, file_type: FileType, now: datetime) -> Stream:
    """The finished file as an attachment: its length is known, so nobody takes a broken one for whole."""
    length = file.seek(0, 2)
    day = clock.day_of(now, formats.time_zone().key)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return Stream(
        _chunks(file),
        media_type=MEDIA_TYPES[file_type],
        headers={
            "Content-Disposition": f'attachment; filename="{slug}-{day}.{file_type}"',
            "Content-Length": str(length),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


async def _chunks(file: _File) -> AsyncIterator[bytes]:
    """The bytes of the file, which is gone afterwards. It is whole, so the database is let go first."""
    await end_reading()
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
