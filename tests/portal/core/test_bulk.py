"""Rows by COPY into a table of the unit alone."""

import pytest

from portal.core import bulk, db
from portal.core.actor import SYSTEM

pytestmark = pytest.mark.usefixtures("db")
COLUMNS = {"number": "int", "words": "jsonb"}


async def test_staged_rows_can_be_read_by_a_statement_of_the_same_unit() -> None:
    async with db.transaction(SYSTEM):
        staged = await bulk.stage(COLUMNS, [(1, '["a"]'), (2, "[]")])
        assert await db.sql_value(f"SELECT sum(number) FROM {staged}") == 3


async def test_a_unit_may_stage_often_even_after_a_part_of_it_failed() -> None:
    async with db.transaction(SYSTEM):
        with pytest.raises(LookupError):
            await _stage_and_fail()
        first = await bulk.stage(COLUMNS, [(1, "[]")])
        second = await bulk.stage(COLUMNS, [(2, "[]"), (3, "[]")])
        assert await db.sql_value(f"SELECT (SELECT count(*) FROM {first}) + (SELECT count(*) FROM {second})") == 3


async def _stage_and_fail() -> None:
    async with db.savepoint():
        await bulk.stage(COLUMNS, [(1, "[]")])
        raise LookupError


async def test_staging_needs_an_open_unit() -> None:
    with pytest.raises(RuntimeError):
        await bulk.stage(COLUMNS, [])
