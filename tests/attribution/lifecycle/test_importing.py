"""Targets as an import: by kind, country and quarter, changed by the next file, refused in words."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from attribution.lifecycle.importing import IMPORTER, KIND, apply, quarter_name, read_quarter
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.imports.states import RowOutcome
from tests.make import NOON, Cast
from tests.partners.stand import parsed

TARGET = {"kind": "New logo", "country": "Germany", "quarter": "2026-Q4", "value": "EUR 120000", "events": "12"}


async def take(cast: Cast, *rows: dict[str, str], system: str = "plan") -> list[tuple[RowOutcome, list[str]]]:
    done = await apply(cast.faye, parsed(KIND, list(rows)), source_system=system, now=NOON)
    return [(outcome, [IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM attribution_lifecycle_target ORDER BY kind, country, quarter")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-Q4", date(2026, 10, 1)),
        ("2026Q1", date(2026, 1, 1)),
        ("2026 q2", date(2026, 4, 1)),
        ("Q3 2026", date(2026, 7, 1)),
        ("2026年第四季度", date(2026, 10, 1)),
        ("2026年3季度", date(2026, 7, 1)),
        ("2026-Q5", None),
        ("2026", None),
        ("0000-Q1", None),
        ("", None),
    ],
)
def test_quarters_as_people_write_them(text: str, day: date | None) -> None:
    assert read_quarter(text) == day
    assert day is None or read_quarter(quarter_name(day)) == day


async def test_targets_come_in_once_and_the_next_file_changes_them(cast: Cast) -> None:
    assert await take(cast, TARGET) == [(RowOutcome.IMPORTED, [])]
    assert await take(cast, TARGET, system="other") == [(RowOutcome.SAME, [])]
    assert await take(cast, TARGET | {"value": "EUR 130000"}, system="third") == [(RowOutcome.CHANGED, [])]
    [one] = await stored()
    assert (one["kind"], one["country"], one["quarter"], one["value_minor"], one["currency"], one["events"]) == (
        "new_logo", "DE", date(2026, 10, 1), 130_000_00, "EUR", 12,
    )  # fmt: skip


async def test_no_country_means_all_and_losses_are_what_may_be_lost(cast: Cast) -> None:
    await take(cast, TARGET | {"country": ""}, {"kind": "流失", "quarter": "2026年第四季度", "value": "CNY 5"})
    churn, new = await stored()
    assert (churn["kind"], churn["country"], churn["value_minor"], churn["events"]) == ("churn", "", -500, None)
    assert new["country"] == ""


async def test_all_that_is_wrong_with_a_row_is_said(cast: Cast) -> None:
    bare = {"kind": "Renewal", "quarter": "soon"}
    said = await take(
        cast, bare, TARGET | {"value": "EUR -1"}, TARGET | {"kind": "Upsell"}, TARGET | {"kind": "upsell"}
    )
    assert [sentences for _outcome, sentences in said] == [
        ["“soon” is no quarter. Write it as 2026-Q4.", "A target is a value, a number of events, or both."],
        ["A target is nothing or more. For contraction and churn it says what may be lost at most."],
        [],
        ["Another row of this file is for the same kind of event, country and quarter."],
    ]


@pytest.mark.parametrize("who", ["pia", "vera", "cleo", "audra"])
async def test_only_who_imports_revenue_imports(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.everybody()[who], parsed(KIND, [TARGET]), source_system="plan", now=NOON)


async def test_the_database_holds_one_for_each_kind_country_and_quarter(cast: Cast) -> None:
    await take(cast, TARGET)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction(SYSTEM):
            await db.sql(
                "INSERT INTO attribution_lifecycle_target SELECT gen_random_uuid(), kind, country, quarter, value_minor,"
                " currency, events, created_at, changed_at FROM attribution_lifecycle_target"
            )
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction(SYSTEM):
            await db.sql("UPDATE attribution_lifecycle_target SET quarter = '2026-11-01'")
