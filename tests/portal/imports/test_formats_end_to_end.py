"""The same rows in every format and encoding end as the same records; what is in doubt is asked, never guessed."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import parquet

from partners import public as partners
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.imports import queries, running, service
from tests import make
from tests.make import NOON, Cast

REGISTERED = partners
HEADINGS = ("商机编号", "客户名称", "商机名称", "阶段", "金额", "币种", "预计成交日期", "创建日期", "备注")
ROWS = (
    (
        "O-1",
        "上海电气",
        "新产线",
        "赢单",
        Decimal("1234567.50"),
        "CNY",
        dt.date(2026, 12, 24),
        dt.date(2026, 10, 13),
        "",
    ),
    ("O-2", "上海电气", "二期工程", "方案", Decimal("0.05"), "EUR", dt.date(2026, 12, 31), dt.date(2026, 2, 3), "重要"),
)
EXPECTED = [
    ("二期工程", "proposal", 5, "EUR", "2026-12-31", "重要"),
    ("新产线", "won", 123_456_750, "CNY", "2026-12-24", ""),
]


def as_text(separator: str, encoding: str, *, sign: str = ".", order: str = "%Y-%m-%d") -> bytes:
    """The rows as text; blank cells say NULL."""
    lines = [HEADINGS]
    for row in ROWS:
        amount = f"{row[4]:,.2f}".replace(",", "_").replace(".", sign).replace("_", "." if sign == "," else ",")
        lines.append((*row[:4], amount, row[5], row[6].strftime(order), row[7].strftime(order), row[8] or "NULL"))
    quoted = separator.join("{}" for _ in HEADINGS)
    text = "\r\n".join(quoted.format(*(f'"{cell}"' if separator in cell else cell for cell in line)) for line in lines)
    return text.encode(encoding)


def as_workbook() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADINGS, *ROWS)):
            for place, cell in enumerate(row):
                sheet.write(number, place, float(cell) if isinstance(cell, Decimal) else cell)
    return target.getvalue()


def as_parquet() -> bytes:
    target = io.BytesIO()
    columns: dict[str, Any] = {name: [row[place] for row in ROWS] for place, name in enumerate(HEADINGS)}
    columns["金额"] = pa.array(columns["金额"], pa.decimal128(12, 2))
    parquet.write_table(pa.table(columns), target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "answers"),
    [
        (as_text(",", "utf-8"), {}),
        (as_text(",", "utf-8-sig"), {}),
        (as_text("\t", "gb18030"), {}),
        (as_text("\t", "utf-16"), {}),
        (as_text("|", "utf-32"), {}),
        (as_text(";", "utf-8", sign=","), {}),
        (as_text(",", "utf-8", order="%d/%m/%Y"), {"opened_at": "dmy"}),
        (as_text(",", "utf-8", order="%m/%d/%Y"), {}),
        (as_workbook(), {}),
        (as_parquet(), {}),
    ],
    ids=("csv", "bom", "tsv-gb18030", "tsv-utf16", "pipes-utf32", "comma-decimals", "day-first", "month-first", "xlsx",
         "parquet"),
)  # fmt: skip
async def test_the_same_rows_end_as_the_same_records(cast: Cast, content: bytes, answers: dict[str, str]) -> None:
    await make.account("上海电气股份有限公司", match_name="上海电气")
    job_id = await service.bring_file(cast.vera, "opportunities", "a", content, source_system="crm", now=NOON)
    job = await queries.get_job(cast.vera, job_id)
    assert set(answers) >= {question.key for question in job.plan.study.open_questions({})}
    await service.set_mapping(cast.vera, job_id, job.plan.mapping, answers, now=NOON)
    await service.start(cast.vera, job_id, now=NOON, in_background=False)
    assert await running.run(cast.vera, job_id) == {"imported": 2, "not_data": 1}
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT name, stage, amount_minor, currency, expected_close_on::text, notes, opened_at"
            ' FROM partners_opportunity ORDER BY name COLLATE "C"'
        )
    assert [tuple(row.values())[:6] for row in rows] == EXPECTED
    days = [clock.day_of(row["opened_at"], formats.time_zone().key) for row in rows]
    assert days == [dt.date(2026, 2, 3), dt.date(2026, 10, 13)]


async def test_days_that_can_be_two_are_asked(cast: Cast) -> None:
    text = "Record ID,Account,Name,Amount,Create Date\n1,A,x,EUR 1,03/04/2026\n2,A,y,EUR 2,05/06/2026\n"
    job_id = await service.bring_file(cast.vera, "opportunities", "a.csv", text.encode(), source_system="crm", now=NOON)
    job = await queries.get_job(cast.vera, job_id)
    [question] = job.plan.study.open_questions({})
    assert (question.key, question.code) == ("opened_at", "date_order")
    assert {option.value for option in question.options} == {"dmy", "mdy"}
