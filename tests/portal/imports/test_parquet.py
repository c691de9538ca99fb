"""Parquet files: columns that name themselves, typed cells that are in no doubt, damage told in words."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from pyarrow import parquet

from portal.imports.codes import FileCode
from portal.imports.limits import LIMITS, Limits, Unreadable
from portal.imports.reading import RowKind, Tally, inspect_file, read_rows
from portal.imports.records import Exact


def written(**columns: Any) -> bytes:
    target = io.BytesIO()
    parquet.write_table(pa.table(columns), target, row_group_size=3)
    return target.getvalue()


def test_typed_cells_become_text_that_is_in_no_doubt() -> None:
    content = written(
        name=["Müller", None],
        count=pa.array([7, None], pa.int32()),
        price=pa.array([Decimal("1234.50"), Decimal("0.05")], pa.decimal128(9, 2)),
        share=[0.1, 1e-7],
        day=[dt.date(2026, 2, 3), None],
        at=pa.array([1_000_000_001, None], pa.timestamp("ns", tz="UTC")),
        yes=[True, False],
        tags=[["a", "b"], []],
        kind=pa.array(["x", "y"]).dictionary_encode(),
        more=[{"a": 1}, None],
    )
    shape = inspect_file(content)
    assert (shape.format, shape.header.reason, shape.header_row) == ("parquet", "stored", 1)
    assert shape.names == ("name", "count", "price", "share", "day", "at", "yes", "tags", "kind", "more")
    _, first, second = read_rows(content, shape)
    assert first.cells == (
        "Müller", "7", "1234.5", "0.1", "2026-02-03", "1970-01-01T00:00:01+00:00", "true", "a;b", "x", '{"a": 1}',
    )  # fmt: skip
    assert second.cells == ("", "", "0.05", "0.0000001", "", "", "false", "", "y", "")
    assert [isinstance(cell, Exact) for cell in first.cells[:3]] == [False, True, True]


def test_every_row_of_every_group_from_bytes_and_from_disk(tmp_path: Path) -> None:
    content = written(id=[f"A-{n}" for n in range(1_000)], name=["" if n == 5 else f"N {n}" for n in range(1_000)])
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    shape = inspect_file(content)
    assert inspect_file(path) == shape
    tally = Tally()
    rows = list(tally.watch(read_rows(path, shape)))
    assert rows == list(read_rows(content, shape))
    assert [row.number for row in rows] == list(range(1, 1_002))
    assert tally.kinds == {RowKind.HEADER: 1, RowKind.DATA: 1_000}


@pytest.mark.parametrize("cut", [8, 100, 400])
def test_what_is_damaged_is_said(cut: int) -> None:
    whole = written(id=list(range(50)), name=["n"] * 50)
    broken = whole[:cut] + b"\xff" * 40 + whole[cut + 40 :]
    with pytest.raises(Unreadable) as found:
        list(read_rows(broken, inspect_file(broken)))
    assert found.value.code == FileCode.PARQUET_DAMAGED
    with pytest.raises(Unreadable) as refused:
        inspect_file(b"PAR1" + b"\0" * 50 + b"PAR1")
    assert refused.value.code == FileCode.PARQUET_DAMAGED


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(columns=1), FileCode.TOO_MANY_COLUMNS),
        (Limits(rows=50), FileCode.TOO_MANY_ROWS),
        (Limits(workbook_bytes=10), FileCode.FILE_TOO_LARGE),
    ],
)
def test_what_is_too_much_is_refused_before_it_is_read(limits: Limits, code: FileCode) -> None:
    content = written(id=list(range(50)), name=["n"] * 50)
    assert inspect_file(content, limits=LIMITS).names == ("id", "name")
    with pytest.raises(Unreadable) as refused:
        inspect_file(content, limits=limits)
    assert refused.value.code == code
