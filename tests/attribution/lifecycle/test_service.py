"""Deriving lifecycle from what is stored: once, again, after merges, new revenue and as time goes by."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from attribution.lifecycle import queries, reactions, service
from attribution.lifecycle.invariants import INVARIANTS
from attribution.lifecycle.service import Counts, derive_accounts, derive_stale
from partners.merging import service as merging
from portal.core import db, events, formats
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed, NotFound
from portal.core.events import Reaction, Recorded
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.stand import statements
from tests.settle import settle

pytestmark = pytest.mark.usefixtures("cast")
DAY = date(2026, 3, 4)


@pytest.fixture
def _berlin() -> Iterator[None]:
    before = formats.time_zone().key
    formats.use_time_zone("Europe/Berlin")
    yield
    formats.use_time_zone(before)


async def stored() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM attribution_lifecycle_event ORDER BY occurred_on, kind, id")


async def kinds() -> list[tuple[UUID, str]]:
    return [(row["account"], row["kind"]) for row in await stored()]


async def events_told() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT * FROM core_event WHERE name = 'lifecycle.derived' ORDER BY seq")
    return [row | {"changes": json.loads(row["changes"])} for row in rows]


async def broken() -> list[str]:
    async with db.transaction(SYSTEM):
        return [one.name for one in INVARIANTS if await db.sql(one.sql)]


async def sold(account: UUID, product: UUID, day: date = DAY, minor: int = 100_00, **more: Any) -> UUID:
    when = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return await make.revenue(account, product, minor, ordered_on=day, occurred_at=when, **more)


async def test_events_and_their_lines_are_stored_once(cast: Cast) -> None:
    account, product = await make.account(), await make.product("Insight")
    invoice = await sold(account, product, partner=cast.alpha)
    paid = await sold(account, product, minor=90_00, kind="payment", parent=invoice)
    assert await derive_accounts(cast.faye, [account], now=NOON) == Counts(1, 1, 0)
    [event] = await stored()
    assert (event["kind"], event["account"], event["value_minor"], event["currency"], event["partner"]) == (
        "new_logo", account, 100_00, "EUR", cast.alpha,
    )  # fmt: skip
    assert event["product_group"] == await make.group_of(product)
    view = await queries.get_event(cast.cleo, event["id"])
    assert [one.id for one in view.lines] == [invoice, paid]
    assert await derive_accounts(SYSTEM, now=NOON + timedelta(hours=1)) == Counts(1, 0, 0)
    assert await stored() == [event]
    assert [told["changes"] for told in await events_told()] == [{"events": [None, 1], "removed": [None, 0]}]
    assert [told["audience"] for told in await events_told()] == ["vendor"]
    assert await broken() == []


async def test_a_credit_note_changes_the_value_and_keeps_the_event(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    invoice = await sold(account, product)
    await derive_accounts(cast.faye, [account], now=NOON)
    [before] = await stored()
    await sold(account, product, minor=-30_00, kind="credit_note", parent=invoice)
    assert await derive_stale(SYSTEM, now=NOON) == Counts(1, 1, 0)
    [after] = await stored()
    assert (after["id"], after["value_minor"]) == (before["id"], 70_00)
    assert await broken() == []


async def test_an_earlier_order_turns_the_first_into_upsell(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    await sold(account, product)
    await derive_accounts(cast.faye, [account], now=NOON)
    await sold(account, product, DAY - timedelta(days=9))
    assert await derive_stale(SYSTEM, now=NOON) == Counts(1, 2, 1)
    assert [kind for _account, kind in await kinds()] == ["new_logo", "upsell"]
    assert await broken() == []


async def test_merged_accounts_are_one_customer_and_undoing_gives_back_what_was(cast: Cast) -> None:
    one, other, product = await make.account("Alp AG"), await make.account("Alpine AG"), await make.product()
    await sold(one, product)
    await sold(other, product, DAY + timedelta(days=5))
    await derive_accounts(SYSTEM, now=NOON)
    before = await stored()
    assert await kinds() == [(one, "new_logo"), (other, "new_logo")]
    merged = await merging.merge_accounts(cast.vera, other, one, now=NOON)
    await react(reactions.derive_merged, told_by("account.merged", one))
    assert await kinds() == [(one, "new_logo"), (one, "upsell")]
    assert await broken() == []
    assert merged.alias_id
    await merging.undo_merge(cast.vera, merged.alias_id, now=NOON)
    await react(reactions.derive_merged, told_by("account.merge_undone", one))
    assert [{**row, "derived_at": None} for row in await stored()] == [{**row, "derived_at": None} for row in before]
    assert await broken() == []


def told_by(name: str, subject: UUID, kind: str = "account") -> Recorded:
    return Recorded(new_id(), name, NOON, SYSTEM.membership_id, None, kind, subject)


async def react(reaction: Reaction, event: Recorded) -> None:
    """As the worker does: in a unit of the system."""
    async with db.transaction(SYSTEM):
        await reaction(event)


async def test_asking_for_a_merged_account_derives_the_one_it_is(cast: Cast) -> None:
    one, other, product = await make.account(), await make.account(), await make.product()
    await sold(other, product)
    await merging.merge_accounts(cast.vera, other, one, now=NOON)
    await derive_accounts(SYSTEM, [other], now=NOON)
    assert await kinds() == [(one, "new_logo")]


async def test_new_revenue_and_other_contracts_make_their_customers_stale() -> None:
    quiet, buyer, renter = [await make.account() for _number in range(3)]
    product = await make.product()
    for account in (quiet, buyer):
        await sold(account, product)
    term = await make.term(renter, product, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    await react(reactions.derive_imported, told_by("revenue.imported", new_id(), "import"))
    assert await derive_stale(SYSTEM, now=NOON) == Counts()
    await sold(buyer, product, DAY + timedelta(days=1))
    assert await derive_stale(SYSTEM, now=NOON) == Counts(1, 1, 0)
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE attribution_term SET account = $2, changed_at = $3 WHERE id = $1", term, quiet, NOON + timedelta(1)
        )
    assert await derive_stale(SYSTEM, now=NOON) == Counts(2, 1, 1)
    assert (renter, "contraction") not in await kinds()
    assert (quiet, "contraction") in await kinds()


async def test_merging_and_undoing_derive_by_themselves(cast: Cast) -> None:
    one, other, product = await make.account(), await make.account(), await make.product()
    await sold(one, product)
    await sold(other, product, DAY + timedelta(days=5))
    await derive_accounts(SYSTEM, now=NOON)
    await settle()
    merged = await merging.merge_accounts(cast.vera, other, one, now=NOON)
    await settle()
    assert [kind for _account, kind in await kinds()] == ["new_logo", "upsell"]
    assert merged.alias_id
    await merging.undo_merge(cast.vera, merged.alias_id, now=NOON)
    await settle()
    assert [kind for _account, kind in await kinds()] == ["new_logo", "new_logo"]
    assert await broken() == []


@pytest.mark.parametrize("name", ["revenue.imported", "terms.imported"])
async def test_an_import_derives_by_itself(name: str) -> None:
    account, product, job = await make.account(), await make.product(), new_id()
    await sold(account, product)
    async with db.transaction(SYSTEM):
        await events.record(SYSTEM, name, "import", job, now=NOON)
    await settle()
    assert await kinds() == [(account, "new_logo")]
    assert [told["subject_id"] for told in await events_told()] == [job]


async def test_every_hour_it_is_looked_who_is_due() -> None:
    account, product = await make.account(), await make.product()
    await sold(account, product, date(2020, 2, 3))
    await derive_accounts(SYSTEM, now=datetime(2020, 3, 1, tzinfo=UTC))
    assert [kind for _account, kind in await kinds()] == ["new_logo"]
    await reactions.derive_due()
    assert [kind for _account, kind in await kinds()] == ["new_logo", "churn"]
    assert [told["subject_type"] for told in await events_told()] == ["lifecycle", "lifecycle"]


@pytest.mark.usefixtures("_berlin")
async def test_dormancy_comes_with_the_vendors_day_and_only_to_whom_it_is_due(cast: Cast) -> None:
    product, asleep, awake = await make.product(), await make.account(), await make.account()
    await sold(asleep, product, date(2024, 8, 31))
    await sold(awake, product, date(2026, 1, 5))
    late = datetime(2026, 2, 27, 22, 59, tzinfo=UTC)  # 23:59 in Berlin on the day before
    await derive_accounts(SYSTEM, now=late)
    assert await derive_stale(SYSTEM, now=late) == Counts()
    assert await derive_stale(SYSTEM, now=late + timedelta(minutes=1)) == Counts(1, 1, 0)
    churn = (await stored())[-1]
    assert (churn["account"], churn["kind"], churn["occurred_on"]) == (asleep, "churn", date(2026, 2, 28))
    assert churn["occurred_at"] == datetime(2026, 2, 27, 23, tzinfo=UTC)
    assert churn["reason"] == "no_payment"
    async with db.transaction(cast.cleo):
        row = await db.sql_one(queries.STAGE, asleep)
    assert row
    stage = queries.Stage.of(row)
    assert (stage.asleep_on, stage.kind) == (date(2026, 2, 28), "churn")
    assert await broken() == []


@pytest.mark.usefixtures("_berlin")
@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),  # the clocks go forward
        (date(2026, 3, 30), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2025, 10, 26), datetime(2025, 10, 25, 22, tzinfo=UTC)),  # and back
        (date(2024, 2, 29), datetime(2024, 2, 28, 23, tzinfo=UTC)),
        (date(2026, 1, 1), datetime(2025, 12, 31, 23, tzinfo=UTC)),
    ],
    ids=str,
)
async def test_an_event_is_at_the_start_of_its_day(day: date, start: datetime) -> None:
    account, product = await make.account(), await make.product()
    await sold(account, product, day)
    await derive_accounts(SYSTEM, [account], now=NOON)
    first = (await stored())[0]
    assert (first["occurred_at"], first["occurred_on"]) == (start, day)


async def test_a_new_policy_derives_everybody_again(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    await sold(account, product, date(2026, 1, 5))
    await derive_accounts(SYSTEM, now=NOON)
    async with db.transaction(SYSTEM):
        policy = new_id()
        await db.sql("INSERT INTO policies_policy (id, kind, scope) VALUES ($1, 'lifecycle', '')", policy)
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256, effective_from,"
            " author, created_at, approver, approved_at) VALUES ($1, $2, 1, 'approved',"
            ' \'{"dormant_months": 6, "continue_days": 90, "order_days": 30}\', 1, \'\', $3, $4, $5, $6, $5)',
            new_id(), policy, TODAY, cast.ada.membership_id, NOON, cast.vera.membership_id,
        )  # fmt: skip
    assert await derive_stale(SYSTEM, now=NOON) == Counts(1, 1, 0)
    assert (await stored())[-1]["occurred_on"] == date(2026, 7, 5)
    assert await derive_stale(SYSTEM, now=NOON) == Counts()


async def test_five_hundred_are_as_many_statements_as_one() -> None:
    product = await make.product()
    for _number in range(20):
        await sold(await make.account(), product)
    with statements() as seen:
        await derive_accounts(SYSTEM, now=NOON)
    many = len(seen)
    await sold(await make.account(), product)
    with statements() as seen:
        await derive_stale(SYSTEM, now=NOON)
    assert many <= len(seen) + 1
    assert many <= 22


@pytest.mark.parametrize("who", ["pia", "vera", "cleo", "audra", "ada"])
async def test_only_who_writes_revenue_derives(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await service.derive_accounts(cast.everybody()[who], now=NOON)
    with pytest.raises(NotAllowed):
        await service.derive_stale(cast.everybody()[who], now=NOON)


async def test_partners_have_no_right_on_any_of_it(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    await sold(account, product, partner=cast.alpha)
    await derive_accounts(SYSTEM, now=NOON)
    for table in ("event", "line", "standing", "target"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.pia):
                await db.sql(f"SELECT * FROM attribution_lifecycle_{table}")
    with pytest.raises(NotAllowed):
        await queries.get_event(cast.pia, (await stored())[0]["id"])
    with pytest.raises(NotFound):
        await queries.get_event(cast.cleo, new_id())


async def test_the_database_holds_signs_and_kinds() -> None:
    account, product = await make.account(), await make.product()
    await sold(account, product)
    await derive_accounts(SYSTEM, now=NOON)
    for change in ("value_minor = -1", "kind = 'churn'", "kind = 'birth'", "reason = 'luck'"):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.transaction(SYSTEM):
                await db.sql(f"UPDATE attribution_lifecycle_event SET {change}")


BREAKING = {
    "lifecycle.each_line_once": "UPDATE attribution_lifecycle_line SET event = (SELECT id FROM"
    " attribution_lifecycle_event WHERE kind = 'churn') WHERE line IN (SELECT id FROM attribution_revenue"
    " WHERE kind = 'payment')",
    "lifecycle.value": "UPDATE attribution_lifecycle_event SET value_minor = value_minor + 1 WHERE kind = 'new_logo'",
    "lifecycle.turns": "UPDATE attribution_lifecycle_event SET kind = 'upsell' WHERE kind = 'new_logo'",
    "lifecycle.signs": "DELETE FROM attribution_lifecycle_line",
    "lifecycle.own_lines": "UPDATE attribution_lifecycle_event SET account = (SELECT id FROM partners_account"
    " WHERE legal_name = 'Other AG')",
}


@pytest.mark.parametrize("name", sorted(BREAKING))
async def test_what_is_broken_is_found(name: str) -> None:
    account, product = await make.account(), await make.product()
    await make.account("Other AG")
    invoice = await sold(account, product, date(2024, 1, 5))
    await sold(account, product, date(2024, 1, 5), 100_00, kind="payment", parent=invoice)
    await derive_accounts(SYSTEM, now=NOON)
    assert await broken() == []
    async with db.transaction(SYSTEM):
        await db.sql(BREAKING[name])
    assert name in await broken()
    assert BREAKING.keys() == {one.name for one in INVARIANTS}
