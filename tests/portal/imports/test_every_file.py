"""Every file that others made goes in by the same steps as a person's, or is refused as what it is: row by row."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from attribution import public as attribution
from partners import public as partners
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.imports import queries, running, service
from portal.imports.limits import Unreadable
from portal.imports.mapping import ColumnMapping
from portal.imports.queries import Job
from portal.imports.reading import RowKind, Tally, inspect_file, read_rows
from portal.imports.registry import all_importers
from portal.imports.shape import Shape
from portal.imports.vocabulary import known_headings
from tests import make
from tests.make import NOON, Cast
from tests.portal.imports.cases import CASES, NO_TABLES, WORDS, Case
from tests.portal.imports.examples import FILES

REGISTERED: Final = (attribution, partners)
RECEIPTS: Final = {"accounts": make.account, "companies": make.company, "products": make.product}
SYSTEM_NAME: Final = "their-system"
LARGE: Final = 5_000
"""Rows of a file above which it is not taken a second time."""


def test_every_file_is_in_the_table() -> None:
    stored = {str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file()}
    told = {case.path for case in CASES} | set(NO_TABLES) | set(WORDS)
    assert stored == told


def rows_by_another_reader(path: Path, shape: Shape) -> int | None:
    """How many records the standard library finds, blank lines included; None where it knows no such marks."""
    dialect = shape.dialect
    if shape.encoding is None or dialect is None or len(dialect.separator) > 1:
        return None
    text = path.read_bytes()[shape.encoding.skip :].decode(shape.encoding.name)
    return len(list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect.separator)))


def read_whole(case: Case) -> tuple[Shape, Tally, list[Any]]:
    """A file with all its rows, as many as another reader finds."""
    path = FILES / case.path
    known = known_headings(*(one.kind for one in all_importers()))
    shape = inspect_file(path, wanted=case.wanted, known=known)
    tally = Tally()
    rows = list(tally.watch(read_rows(path, shape)))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    others = rows_by_another_reader(path, shape)
    if others is not None:
        assert len({row.line for row in rows}) == others
    return shape, tally, rows


@pytest.mark.parametrize("case", [case for case in CASES if not case.kind], ids=lambda case: case.path)
def test_a_table_of_no_kind_is_read_to_its_last_row(case: Case) -> None:
    _shape, tally, _rows = read_whole(case)
    assert tally.kinds == case.counts


@pytest.mark.parametrize("path", NO_TABLES)
def test_what_is_no_table_is_said_to_be_none(path: str) -> None:
    with pytest.raises(Unreadable) as refused:
        inspect_file(FILES / path)
    assert (refused.value.code, refused.value.params) == ("unsupported_format", {"format": NO_TABLES[path]})


@pytest.mark.parametrize("case", [case for case in CASES if case.kind], ids=lambda case: case.path)
async def test_every_row_goes_in_or_is_refused_with_its_reason(case: Case, cast: Cast) -> None:
    shape, _tally, rows = read_whole(case)
    await plant_seeds(case, shape, rows)
    actor = cast.faye if case.kind in {"revenue", "terms"} else cast.ada if case.kind == "products" else cast.vera
    job = await take_in(case, actor)
    assert sum(job.counts.values()) == len(rows) == job.rows_total
    async with db.transaction(actor):
        report = [row async for row in queries.stream_report(actor, job)]
    assert [row.number for row in report] == [row.number for row in rows]
    reasons = Counter(f"{one.field}: {one.code}" for row in report for one in row.problems)
    assert (dict(job.counts), dict(reasons)) == (case.counts, case.refused)
    if job.rows_total < LARGE:
        await again(case, actor, job)


async def again(case: Case, actor: Actor, before: Job) -> None:
    """The same file once more: what is in is in already, what was refused is refused."""
    job = await take_in(case, actor)
    same = sum(before.counts.get(one, 0) for one in ("imported", "changed", "same"))
    rest = {name: count for name, count in case.counts.items() if name in {"refused", "not_data"}}
    assert job.counts == ({"same": same} if same else {}) | rest


async def plant_seeds(case: Case, shape: Shape, rows: list[Any]) -> None:
    """What the rows refer to, one for each different cell, or for the one word after `=`."""
    for kind, column in case.seeds.items():
        place = None if column.startswith("=") else shape.names.index(column)
        cells = {row.cells[place].strip() for row in rows if row.kind is RowKind.DATA} if place is not None else set()
        for cell in sorted(cells or {column[1:]} - {""}):
            key = await RECEIPTS[kind](f"{kind} {cell}")
            async with db.transaction(SYSTEM):
                if kind == "products":
                    await db.sql("UPDATE partners_product SET sku = $1 WHERE id = $2", cell, key)
                await db.sql(
                    "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, at)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    kind, SYSTEM_NAME, cell, key, NOON,
                )  # fmt: skip


async def take_in(case: Case, actor: Actor) -> Job:
    """Bring the file, map it as the case says, answer what is asked and nothing else, and let it run."""
    content = (FILES / case.path).read_bytes()
    job_id = await service.bring_file(
        actor, case.kind, Path(case.path).name, content, source_system=SYSTEM_NAME, wanted=case.wanted, look=False,
        now=NOON,
    )  # fmt: skip
    job = await queries.get_job(actor, job_id)
    columns = {**job.plan.mapping.columns, **case.columns}
    mapping = ColumnMapping(
        {name: column for name, column in columns.items() if column and name not in case.constants}, case.constants
    )
    job = await service.set_mapping(actor, job_id, mapping, {}, look=False, now=NOON)
    asked = {question.key for question in job.plan.study.open_questions({})}
    assert asked == set(case.answers), asked
    await service.set_mapping(actor, job_id, mapping, case.answers, look=False, now=NOON)
    await service.start(actor, job_id, now=NOON, in_background=False)
    await running.run(actor, job_id)
    return await queries.get_job(actor, job_id)
