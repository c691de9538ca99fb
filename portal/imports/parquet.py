"""The rows of a Parquet file as text, batch by batch; its columns name themselves."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import parquet

from portal.imports.codes import FileCode, RowCode
from portal.imports.limits import Limits, Unreadable
from portal.imports.records import Exact, Record
from portal.imports.sources import Source

_BATCH_ROWS: Final = 2_000


def read_parquet(source: Source, limits: Limits) -> Iterator[Record]:
    """The names of the columns as the first record, then every row.

    Raises Unreadable for a file that is damaged or holds too much once unpacked.
    """
    with source.open() as handle, _understood():
        file = parquet.ParquetFile(handle, page_checksum_verification=True)
        metadata, names = file.metadata, file.schema_arrow.names
        if len(names) > limits.columns:
            raise Unreadable(FileCode.TOO_MANY_COLUMNS, {"limit": limits.columns})
        if metadata.num_rows >= limits.rows:
            raise Unreadable(FileCode.TOO_MANY_ROWS, {"limit": limits.rows})
        groups = range(metadata.num_row_groups)
        if any(metadata.row_group(group).total_byte_size > limits.workbook_bytes for group in groups):
            raise Unreadable(FileCode.FILE_TOO_LARGE, _megabytes(metadata, limits))
        yield Record(1, tuple(names), "")
        line = 1
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            columns = [[_cell_text(value) for value in _values(column)] for column in batch.columns]
            for cells in zip(*columns, strict=True):
                line += 1
                reason = RowCode.CELL_TOO_LONG if max(map(len, cells), default=0) > limits.cell_chars else ""
                yield Record(line, cells, reason)


def _megabytes(metadata: parquet.FileMetaData, limits: Limits) -> dict[str, int]:
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    return {"size_mb": -(-size // 1_000_000), "limit_mb": limits.workbook_bytes // 1_000_000}


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what the reader raises about the file into Unreadable."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as problem:
        raise Unreadable(FileCode.PARQUET_DAMAGED) from problem


def _values(column: pa.Array) -> list[object]:
    """As Python's own values; times of a billionth of a second are cut to those of a millionth, which Python has."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    if pa.types.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    values: list[object] = column.to_pylist()
    return values


def _cell_text(value: object) -> str:
    """What a cell holds as text that reads back to the same value."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value.replace("\x00", "")
    if value is None or isinstance(value, list):
        return ";".join(map(_cell_text, value or ()))
    return Exact(_typed_text(value))


def _typed_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number_text(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str)


def _number_text(value: float | Decimal) -> str:
    """A number without an exponent and without zeros at its end; what is no number is nothing."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return ""
    text = format(exact, "f")
    return text.rstrip("0").removesuffix(".") if "." in text else text
