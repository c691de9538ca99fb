"""Tables in files: CSV or Parquet by the ending, whole or piece by piece, in and out."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import csv, parquet

from attribution.engine.errors import OptionError, RefusedError

TOUCH_COLUMNS: Final = ("touchpoint_id", "account_id", "occurred_at", "motion", "kind", "counts")
EVENT_COLUMNS: Final = ("event_id", "account_id", "occurred_at", "kind", "value_minor", "currency")
_NO_TEXT: Final = frozenset({"occurred_at", "counts", "value_minor", "conversions", "value", "nulls"})
"""Columns of a CSV whose type is guessed; all others are text, so that ids keep their zeros."""
_BATCH: Final = 1_000_000
ROW_GROUP: Final = 1_048_576
_CSV_BYTES_A_ROW: Final = 60


def checked_ending(path: Path) -> Path:
    """The path. Raises OptionError unless it ends in .csv or .parquet."""
    if path.suffix.lower() not in {".csv", ".parquet"}:
        message = f"{path.name} ends neither in .csv nor in .parquet."
        raise OptionError(message)
    return path


class Source:
    """A file of rows. Raises OptionError for an ending, RefusedError for content that is neither CSV nor Parquet."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path = checked_ending(path)
        self.kind = path.suffix.lower()
        try:
            names = self._names()
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error
        self.columns = [name for name in names if name in columns]

    def _names(self) -> list[str]:
        if self.kind == ".parquet":
            return list(parquet.read_schema(self.path).names)
        with csv.open_csv(self.path) as reader:
            return list(reader.schema.names)

    def _unreadable(self, error: Exception) -> RefusedError:
        return RefusedError(f"{self.path.name} cannot be read: {error}")

    def rows(self) -> int:
        """How many rows there are; of a CSV by its size, about."""
        if self.kind == ".parquet":
            return int(parquet.read_metadata(self.path).num_rows)
        return self.path.stat().st_size // _CSV_BYTES_A_ROW

    def _csv_options(self) -> csv.ConvertOptions:
        types = {name: pa.string() for name in self.columns if name not in _NO_TEXT}
        return csv.ConvertOptions(column_types=types, include_columns=self.columns)

    def table(self) -> pa.Table:
        """All rows. Raises RefusedError for what cannot be read."""
        try:
            if self.kind == ".parquet":
                return parquet.read_table(self.path, columns=self.columns)
            return csv.read_csv(self.path, convert_options=self._csv_options())
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error

    def pieces(self) -> Iterator[pa.Table]:
        """All rows, a million or so at a time; at least one piece. Raises RefusedError for what cannot be read."""
        some = False
        try:
            if self.kind == ".parquet":
                with parquet.ParquetFile(self.path) as file:
                    for batch in file.iter_batches(_BATCH, columns=self.columns):
                        some = True
                        yield pa.Table.from_batches([batch])
            else:
                reading = csv.ReadOptions(block_size=1 << 26)
                with csv.open_csv(self.path, read_options=reading, convert_options=self._csv_options()) as reader:
                    for batch in reader:
                        some = True
                        yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error
        if not some:
            yield self.table()


def write_table(path: Path, table: pa.Table) -> None:
    """A table to a file, CSV or Parquet by its ending."""
    with Writer(path) as writer:
        writer.add(table)
        if not len(table):
            writer.begin(table.schema)


class Writer:
    """Rows to a file piece after piece; its bytes do not depend on how they were cut into pieces."""

    def __init__(self, path: Path) -> None:
        self.path = checked_ending(path)
        self._writer: csv.CSVWriter | parquet.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._write(whole_groups=False)
        if self._writer is not None:
            self._writer.close()
            if error is not None:  # half a file looks like a whole one
                self.path.unlink()

    def begin(self, schema: pa.Schema) -> None:
        """Open the file with this schema, unless it is open."""
        if self._writer is not None:
            return
        if self.path.suffix.lower() == ".csv":
            self._writer = csv.CSVWriter(self.path, schema, write_options=csv.WriteOptions(quoting_style="needed"))
        else:
            self._writer = parquet.ParquetWriter(self.path, schema, compression="zstd")

    def add(self, table: pa.Table) -> None:
        """More rows."""
        if len(table) or self._writer is None:
            self.begin(table.schema)
        self._waiting.append(table)
        self._rows += len(table)
        if self._rows >= ROW_GROUP:
            self._write(whole_groups=True)

    def _write(self, *, whole_groups: bool) -> None:
        if self._writer is None or not self._rows:
            return
        table = pa.concat_tables(self._waiting).combine_chunks()
        end = len(table) // ROW_GROUP * ROW_GROUP if whole_groups else len(table)
        for low in range(0, end, ROW_GROUP):
            self._writer.write_table(table.slice(low, min(ROW_GROUP, end - low)))
        rest = table.slice(end)
        self._waiting, self._rows = [rest], len(rest)
