"""The rows of an XLSX sheet as text, through calamine, which reads the whole sheet into memory at once."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import python_calamine as calamine

from portal.imports.codes import FileCode, RowCode
from portal.imports.limits import Limits, Unreadable
from portal.imports.records import Exact, Record
from portal.imports.sources import Source
from portal.imports.workbook_check import check_workbook


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is open: its name, all names, the column its area begins at, and its rows as records."""

    name: str
    names: tuple[str, ...]
    offset: int
    records: Iterator[Record]


def open_sheet(source: Source, wanted: str | None, limits: Limits) -> Sheet:
    """The sheet of that name, or the first visible one with anything in it. Raises Unreadable."""
    with source.open() as handle:
        errors = check_workbook(handle, limits)
        with _understood():
            handle.seek(0)
            workbook = calamine.CalamineWorkbook.from_filelike(handle)
            tables = [m for m in workbook.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
            visible = [m.name for m in tables if m.visible == calamine.SheetVisibleEnum.Visible]
            names = tuple(m.name for m in tables)
            if wanted is not None and wanted not in names:
                raise Unreadable(FileCode.WORKBOOK_NO_SHEET, {"sheet": wanted})
            for name in (wanted,) if wanted is not None else visible or names:
                sheet = workbook.get_sheet_by_name(name)
                if wanted is not None or sheet.start is not None:
                    start = sheet.start or (0, 0)
                    marks = errors.get(name, {})
                    return Sheet(name, names, start[1], _records(sheet, start[1], marks, limits))
    raise Unreadable(FileCode.NO_ROWS)


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what calamine raises, a panic of its native code included, into Unreadable."""
    try:
        yield
    except calamine.PasswordError as problem:
        raise Unreadable(FileCode.WORKBOOK_LOCKED) from problem
    except calamine.CalamineError as problem:
        raise Unreadable(FileCode.WORKBOOK_DAMAGED) from problem
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":
            raise
        raise Unreadable(FileCode.WORKBOOK_DAMAGED) from problem


def _records(
    sheet: calamine.CalamineSheet, offset: int, errors: dict[tuple[int, int], str], limits: Limits
) -> Iterator[Record]:
    """Rows from the first row of the sheet on; a cell that shows an error holds the error's name."""
    marked = {row for row, _ in errors}
    for row, values in enumerate(sheet.iter_rows()):
        cells = tuple(map(_cell_text, values))
        if row in marked:
            cells = tuple(errors.get((row, column + offset), cell) for column, cell in enumerate(cells))
        reason = RowCode.CELL_TOO_LONG if max(map(len, cells), default=0) > limits.cell_chars else ""
        yield Record(row + 1, cells, reason)


def _cell_text(value: object) -> str:
    """What a cell holds as text that reads back to the same value."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, bool):
        return Exact("true" if value else "false")
    if isinstance(value, int | float):
        return Exact(_number_text(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return Exact(value.isoformat())
    if isinstance(value, dt.timedelta):
        return Exact(str(value))
    return ""


def _number_text(value: float) -> str:
    """A number without an exponent, in the 15 digits that spreadsheets keep: `3.0` is `"3"`, 0.1 + 0.2 is `"0.3"`."""
    text = str(value) if isinstance(value, int) else format(Decimal(f"{value:.15g}"), "f")
    return text.rstrip("0").removesuffix(".") if "." in text else text
