"""Many rows at once: by COPY into a table of the open unit alone, from where a statement takes them on."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from portal.core.db import open_unit

_NUMBERS: Final = count(1)


async def stage(columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> str:
    """Put rows into a table of this unit alone, by COPY; its name, for an `INSERT … SELECT` of the same unit.

    `columns` are names with their types. COPY refuses tables with row-level security, and rows as arrays of
    parameters cost several times as much.
    """
    name = await _made(columns)
    connection = open_unit().connection
    await connection.copy_records_to_table(name, schema_name="pg_temp", columns=list(columns), records=rows)
    return f"pg_temp.{name}"


async def stage_file(columns: Mapping[str, str], path: Path) -> str:
    """As `stage`, with rows from a CSV file without headings, which is not read into memory."""
    name = await _made(columns)
    connection = open_unit().connection
    await connection.copy_to_table(name, schema_name="pg_temp", columns=list(columns), source=path, format="csv")
    return f"pg_temp.{name}"


async def _made(columns: Mapping[str, str]) -> str:
    name = f"staged_{next(_NUMBERS)}"
    described = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    await open_unit().connection.execute(f"CREATE TEMPORARY TABLE {name} ({described}) ON COMMIT DROP")
    return name
