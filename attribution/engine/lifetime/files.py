"""Tables in files: CSV or Parquet by the ending, in and out."""

import json
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import csv, parquet

from attribution.engine.errors import RefusedError
from attribution.engine.lifetime.summary import SUMMARY_COLUMNS, TRANSACTION_COLUMNS, Summary

_KNOWN: Final = (*TRANSACTION_COLUMNS, "currency", *SUMMARY_COLUMNS[1:])
_READERS: Final = (".csv", ".parquet")


def read_table(path: Path) -> Any:
    """The columns of a file that mean something here; those of a CSV as text, so that ids keep their zeros.

    Raises RefusedError for a file that is neither CSV nor Parquet, by its ending or by what is in it.
    """
    if path.suffix.lower() not in _READERS:
        message = f"{path.name} ends neither in .csv nor in .parquet"
        raise RefusedError(message)
    try:
        return _read_csv(path) if path.suffix.lower() == ".csv" else _read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        message = f"{path.name} cannot be read: {error}"
        raise RefusedError(message) from error


def _read_csv(path: Path) -> Any:
    with csv.open_csv(path) as reader:
        names = [name for name in reader.schema.names if name in _KNOWN]
    options = csv.ConvertOptions(column_types=dict.fromkeys(_KNOWN, pa.string()), include_columns=names)
    return csv.read_csv(path, convert_options=options) if names else pa.table({})


def _read_parquet(path: Path) -> Any:
    names = [name for name in parquet.read_schema(path).names if name in _KNOWN]
    return parquet.read_table(path, columns=names)


def write_table(path: Path, columns: dict[str, Any]) -> None:
    """Columns of one length to a file, CSV or Parquet by its ending; None and NaN are empty cells."""
    arrays = {name: pa.array(column, from_pandas=True) for name, column in columns.items()}
    table = pa.table(arrays)
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """A JSON object, indented; refuses NaN, which JSON does not have."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def identity_of(customers: Summary) -> dict[str, Any]:
    """The first columns of every file of customers."""
    return {
        "customer_id": customers.customer_id,
        "frequency": customers.frequency.astype("int64"),
        "recency": customers.recency,
        "age": customers.age,
    }
