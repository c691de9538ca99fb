"""Exchange rates by import: as the European Central Bank publishes them, and one to a row; and their list."""

from datetime import date
from decimal import Decimal

import pytest
from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.core.money import Money
from portal.imports import running, service
from portal.imports.queries import get_job
from portal.imports.states import RowOutcome
from portal.rates.importing import IMPORTER, KIND, apply
from portal.rates.queries import get_rates
from tests.make import NOON, Cast
from tests.partners.stand import parsed
from tests.web import Browser

ECB = b"""Date,USD,JPY,BGN,CYP,CZK,
2026-11-13,1.0853,163.35,1.9558,N/A,25.21,
2026-11-12,1.0822,162.9,1.9558,N/A,25.302,
"""
LONG = b"day,currency,rate\n2026-11-13,CNY,7.8311\n2026-11-13,USD,1.0853\n"


async def take(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await apply(cast.faye, parsed(KIND, list(rows)), source_system="ecb", now=NOON)
    return [(outcome, [IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored() -> dict[tuple[date, str], Decimal]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT day, currency, per_euro FROM rates_rate")
    return {(row["day"], row["currency"]): row["per_euro"].normalize() for row in rows}


async def bring(cast: Cast, content: bytes) -> dict[str, int]:
    job_id = await service.bring_file(cast.faye, "rates", "rates.csv", content, source_system="ecb", now=NOON)
    job = await get_job(cast.faye, job_id)
    assert not job.plan.study.open_questions(job.plan.answers)
    await service.start(cast.faye, job_id, now=NOON, in_background=False)
    return dict(await running.run(cast.faye, job_id))


async def test_the_banks_own_file_comes_in_as_it_is(cast: Cast) -> None:
    counts = await bring(cast, ECB)
    assert (counts["imported"], counts.get("refused")) == (2, None)
    found = await stored()
    assert len(found) == 8, "a column per currency; one without a rate that day brings none"
    assert found[date(2026, 11, 13), "JPY"] == Decimal("163.35")
    rates = await get_rates(cast.faye, {"USD", "JPY"}, date(2026, 11, 14), date(2026, 11, 14))
    assert rates.convert(Money(108_53, "USD"), "JPY", date(2026, 11, 14)) == Money(16_335, "JPY")


async def test_a_row_to_a_rate_comes_in_too_and_the_same_again_changes_nothing(cast: Cast) -> None:
    assert (await bring(cast, LONG))["imported"] == 2
    assert await take(cast, {"day": "2026-11-13", "currency": "CNY", "rate": "7.8311"}) == [(RowOutcome.SAME, [])]
    assert await take(cast, {"day": "2026-11-13", "currency": "CNY", "rate": "7.9"}) == [(RowOutcome.CHANGED, [])]
    assert (await stored())[date(2026, 11, 13), "CNY"] == Decimal("7.9")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({}, "The row has no rate: neither a currency with its rate nor a column of a currency."),
        ({"currency": "CNY"}, "The row has a currency without a rate, or a rate without a currency."),
        ({"rate": "7"}, "The row has a currency without a rate, or a rate without a currency."),
        ({"currency": "EUR", "rate": "1"}, "One euro is always worth one euro."),
        ({"USD": "0"}, "A rate is a number above zero with at most ten decimals, not 0."),
        ({"USD": "-1.2"}, "A rate is a number above zero with at most ten decimals, not -1.2."),
        (
            {"USD": "1.00000000001"},
            "A rate is a number above zero with at most ten decimals, not 1.00000000001.",
        ),
        (
            {"USD": "1.1", "currency": "USD", "rate": "1.2"},
            "Another row of this file has a rate of USD for the same day.",
        ),
    ],
)
async def test_what_is_no_rate_is_refused_in_words(cast: Cast, row: dict[str, str], says: str) -> None:
    [(outcome, said)] = await take(cast, {"day": "2026-11-13"} | row)
    assert outcome is RowOutcome.REFUSED
    assert says in said
    assert await stored() == {}


async def test_one_day_and_currency_comes_once_in_a_file(cast: Cast) -> None:
    row = {"day": "2026-11-13", "USD": "1.08"}
    first, second = await take(cast, row, row | {"USD": "1.09"})
    assert (first[0], second[0]) == (RowOutcome.IMPORTED, RowOutcome.REFUSED)
    assert (await stored())[date(2026, 11, 13), "USD"] == Decimal("1.08")


async def test_who_writes_no_revenue_brings_no_rates(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.vera, parsed(KIND, [{"day": "2026-11-13", "USD": "1"}]), source_system="x", now=NOON)


async def test_the_list_shows_and_narrows_them(app: Litestar, cast: Cast) -> None:
    await bring(cast, ECB)
    cleo = await Browser.of(app, cast.cleo)
    page = (await cleo.get("/settings/rates?currency=JPY")).text
    assert "163.35" in page
    assert "1.0853" not in page
    items = (await cleo.get("/api/v1/settings/rates?currency=USD")).json()["items"]
    assert [one["rate"] for one in items] == ["1.0853", "1.0822"]
