"""Reckoning all customers: what counts on a day, months kept as they were, and who reads it."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from attribution.health.importing import SURVEY_IMPORTER, TICKET_IMPORTER, USAGE_IMPORTER
from attribution.health.running import MONTHS_BACK, Counts, reckon_all
from attribution.lifecycle.service import derive_accounts
from partners.merging import service as merging
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.stand import parsed, statements

pytestmark = pytest.mark.usefixtures("cast")
DAYS = (430, 330, 230, 130, 30)
"""Days ago: an order each hundred days."""


async def sold(account: UUID, product: UUID, day: date) -> None:
    when = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    await make.revenue(account, product, 100_00, ordered_on=day, occurred_at=when)


async def customer(name: str = "Acme", *, quiet: int = 0) -> UUID:
    """An account that ordered each hundred days, the last time `30 + quiet` days ago."""
    account, product = await make.account(name), await make.product()
    for ago in DAYS:
        await sold(account, product, TODAY - timedelta(days=ago + quiet))
    await derive_accounts(SYSTEM, now=NOON)
    return account


async def bring(cast: Cast, account: str, *, today: date = TODAY) -> None:
    """Use that halved, an open ticket and an answer."""
    kinds: list[tuple[Any, dict[str, str]]] = [
        (
            USAGE_IMPORTER,
            {"source_id": "U-1", "day": str(today - timedelta(days=120)), "amount": "80", "licensed": "100"},
        ),
        (
            USAGE_IMPORTER,
            {"source_id": "U-2", "day": str(today - timedelta(days=9)), "amount": "40", "licensed": "100"},
        ),
        (TICKET_IMPORTER, {"source_id": "T-1", "opened_on": str(today), "severity": "high"}),
        (SURVEY_IMPORTER, {"source_id": "S-1", "answered_on": str(today), "score": "8", "scale": "0-10"}),
    ]
    for importer, row in kinds:
        rows = parsed(importer.kind, [row | {"account": account}])
        [(_number, outcome, problems)] = await importer.apply(cast.vera, rows, source_system="desk", now=NOON)
        assert not problems, outcome


async def now_of(account: UUID) -> dict[str, Any]:
    async with db.transaction(SYSTEM):
        found = await db.sql_one("SELECT * FROM attribution_health WHERE id = $1", account)
    assert found is not None
    return found | {"facts": json.loads(found["facts"])}


async def months_of(account: UUID) -> dict[str, int | None]:
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT month, score FROM attribution_health_month WHERE account = $1 ORDER BY month", account
        )
    return {f"{row['month']:%Y-%m}": row["score"] for row in rows}


async def test_terms_of_all_sources_make_the_score(cast: Cast) -> None:
    account = await customer()
    person = await make.person_at(account)
    for ago in (10, 100, 150, 200, 250):
        await make.touchpoint(account, contact=person, occurred_at=NOON - timedelta(days=ago))
    await make.touchpoint(account, kind="web_visit")
    await bring(cast, "Acme")
    assert (await reckon_all(SYSTEM, now=NOON)).customers == 1
    found = await now_of(account)
    # Use: the lower of 40/80 and 40/100. Engagement: one touch, four in the 161 days since the first: 2.24 are usual.
    assert [found[name] for name in ("recency", "usage", "engagement", "issues", "sentiment")] == [100, 40, 45, 80, 80]
    assert (found["score"], found["rank"], found["level"]) == (71, 71, "good")
    assert found["facts"]["recency"] == {"median": 100, "orders": 5, "since": 30}
    assert found["facts"]["issues"]["open"] == 1
    assert (found["policy_version"], found["as_of"]) == (None, TODAY)


async def test_what_is_not_fed_is_not_known_and_never_zero() -> None:
    account = await customer()
    await reckon_all(SYSTEM, now=NOON)
    found = await now_of(account)
    assert (found["recency"], found["score"], found["rank"], found["level"]) == (100, None, 101, "unknown")


async def test_a_ticket_that_was_closed_counts_no_more_and_its_month_stays(cast: Cast) -> None:
    account = await customer()
    await bring(cast, "Acme")
    await reckon_all(SYSTEM, now=NOON)
    assert (await now_of(account))["issues"] == 80
    row = {"source_id": "T-1", "account": "Acme", "opened_on": str(TODAY), "severity": "high"}
    later = NOON + timedelta(days=20)
    closed = parsed(TICKET_IMPORTER.kind, [row | {"closed_on": str(TODAY + timedelta(days=12))}])
    await TICKET_IMPORTER.apply(cast.vera, closed, source_system="desk", now=later)
    before = await months_of(account)
    await reckon_all(SYSTEM, now=later)
    assert (await now_of(account))["issues"] == 100
    after = await months_of(account)
    assert {month: score for month, score in after.items() if month in before} == before
    assert list(after)[-1] == "2026-12"


async def test_running_it_twice_changes_nothing_and_is_told_once(cast: Cast) -> None:
    await customer()
    assert await reckon_all(SYSTEM, now=NOON) == Counts(1, 1, MONTHS_BACK)
    assert await reckon_all(SYSTEM, now=NOON) == Counts(1, 0, 0)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM core_event WHERE name = 'health.reckoned'") == 1
    for actor in (cast.cleo, cast.faye, cast.pia):
        with pytest.raises(NotAllowed):
            await reckon_all(actor, now=NOON)


async def test_months_gone_by_are_reckoned_by_what_was_of_then(cast: Cast) -> None:
    account = await customer()
    await bring(cast, "Acme", today=TODAY - timedelta(days=70))
    await reckon_all(SYSTEM, now=NOON)
    months = await months_of(account)
    assert (len(months), next(iter(months)), list(months)[-1]) == (MONTHS_BACK + 1, "2025-11", "2026-11")
    # Nothing but orders was known before the first reading; a use that nothing is held against is not enough.
    assert (months["2025-11"], months["2026-04"]) == (None, None)
    assert months["2026-09"] is not None


async def test_a_dormant_customer_stands_nowhere_and_keeps_its_months(cast: Cast) -> None:
    account = await customer()
    await bring(cast, "Acme")
    await reckon_all(SYSTEM, now=NOON)
    later = NOON + timedelta(days=600)
    await derive_accounts(SYSTEM, now=later)
    await reckon_all(SYSTEM, now=later)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM attribution_health") == 0
    assert (await months_of(account))["2026-11"] is not None


async def test_merged_accounts_are_one_customer(cast: Cast) -> None:
    one = await customer()
    other = await make.account("Acme Holding")
    await bring(cast, "Acme Holding")
    await reckon_all(SYSTEM, now=NOON)
    assert (await now_of(one))["usage"] is None
    assert (await now_of(other))["usage"] == 40
    await merging.merge_accounts(cast.vera, other, one, now=NOON)
    assert (await reckon_all(SYSTEM, now=NOON)).customers == 1
    assert (await now_of(one))["usage"] == 40


async def test_a_touch_that_was_not_approved_is_no_engagement(cast: Cast) -> None:
    account = await customer()
    person = await make.person_at(account)
    for ago in (100, 250):
        await make.touchpoint(account, contact=person, occurred_at=NOON - timedelta(days=ago))
    touch = await make.touchpoint(account, contact=person, occurred_at=NOON - timedelta(days=5), partner=cast.alpha)
    await reckon_all(SYSTEM, now=NOON)
    assert (await now_of(account))["engagement"] == 89
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO attribution_touchpoint_decision (id, touchpoint, state, decided_by, decided_at)"
            " VALUES (gen_random_uuid(), $1, 'claimed', $2, $3)",
            touch, cast.vera.membership_id, NOON,
        )  # fmt: skip
    await reckon_all(SYSTEM, now=NOON)
    assert (await now_of(account))["engagement"] == 0


async def test_many_customers_are_as_many_statements_as_one() -> None:
    await customer()
    await reckon_all(SYSTEM, now=NOON)
    with statements() as one:
        await reckon_all(SYSTEM, now=NOON)
    for number in range(5):
        await customer(f"Number {number}")
    with statements() as six:
        await reckon_all(SYSTEM, now=NOON + timedelta(days=1))
    # The event that tells of the change is what is more.
    assert len(six) <= len(one) + 3


@pytest.mark.security
@pytest.mark.parametrize("table", ["attribution_health", "attribution_health_month"])
async def test_partners_have_no_right_on_it_and_months_are_never_taken_away(cast: Cast, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(f"SELECT * FROM {table}")
    if table == "attribution_health_month":
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(SYSTEM):
                await db.sql(f"DELETE FROM {table}")
