"""Entries, reversals, balances and closing, on a real database."""

import asyncio
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from portal.core import db as database
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.ids import new_id
from portal.core.invariants import count_breaks
from portal.core.money import Money
from portal.ledger import service
from portal.ledger.invariants import INVARIANTS
from portal.ledger.queries import get_balance, list_balances, list_periods
from portal.ledger.rules import AccountCode, NewEntry, movement
from tests import make
from tests.make import NOON, Cast

AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (8, 9, 10, 11))
EUR_147 = Money(147_03, "EUR")


async def post(partner: UUID, amount: Money, day: date, *, cause: UUID | None = None, now: datetime = NOON) -> UUID:
    async with database.transaction(SYSTEM):
        period = await service.open_period_for(day)
        posting = movement(AccountCode.COMMISSION_EXPENSE, AccountCode.PARTNER_PAYABLE, amount)
        return await service.post_entry(
            SYSTEM, partner, "commission", cause or new_id(), "accrual", period, [posting], now=now
        )


async def assert_all_hold() -> None:
    async with database.transaction(SYSTEM):
        assert {one.name: await count_breaks(one) for one in INVARIANTS} == {one.name: 0 for one in INVARIANTS}


async def test_what_is_owed_is_the_sum_of_postings(cast: Cast) -> None:
    await post(cast.alpha, EUR_147, date(2026, 10, 20))
    await post(cast.alpha, Money(-47_03, "EUR"), date(2026, 11, 2))
    await post(cast.alpha, Money(5, "JPY"), date(2026, 11, 2))
    await post(cast.omega, Money(9_99, "EUR"), date(2026, 11, 2))
    assert await get_balance(cast.faye, cast.alpha, "EUR") == Money(100_00, "EUR")
    assert await get_balance(cast.petra, cast.alpha, "JPY") == Money(5, "JPY")
    assert [(one.period, one.amount) for one in await list_balances(cast.petra)] == [
        (OCTOBER, EUR_147),
        (NOVEMBER, Money(-47_03, "EUR")),
        (NOVEMBER, Money(5, "JPY")),
    ]
    assert len(await list_balances(cast.faye, period=NOVEMBER)) == 3
    await assert_all_hold()


async def test_a_rival_sees_no_balance(cast: Cast) -> None:
    await post(cast.alpha, EUR_147, date(2026, 10, 20))
    assert await get_balance(cast.otto, cast.alpha, "EUR") == Money(0, "EUR")
    assert await list_balances(cast.otto) == []
    assert await get_balance(cast.dora, cast.alpha, "EUR") == EUR_147


async def test_a_partner_cannot_write_entries(cast: Cast) -> None:
    entry = NewEntry(
        cast.alpha, "commission", new_id(), "accrual", NOVEMBER,
        (movement(AccountCode.COMMISSION_EXPENSE, AccountCode.PARTNER_PAYABLE, EUR_147),),
    )  # fmt: skip
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.post_entries(cast.petra, [entry], now=NOON)


async def test_a_cause_is_posted_once(cast: Cast) -> None:
    cause = new_id()
    await post(cast.alpha, EUR_147, date(2026, 10, 20), cause=cause)
    with pytest.raises(asyncpg.UniqueViolationError):
        await post(cast.alpha, EUR_147, date(2026, 10, 20), cause=cause)


async def test_an_entry_never_changes(cast: Cast) -> None:
    entry = await post(cast.alpha, EUR_147, date(2026, 10, 20))
    for statement in ("UPDATE ledger_posting SET amount_minor = 1", "DELETE FROM ledger_entry WHERE id = $1"):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
            async with database.transaction(SYSTEM):
                await database.sql(statement, *([entry] if "$1" in statement else []))


async def test_a_reversal_mirrors_and_happens_once(cast: Cast) -> None:
    entry = await post(cast.alpha, EUR_147, date(2026, 10, 20))
    await service.reverse_entry(SYSTEM, entry, day=date(2026, 10, 20), now=NOON)
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(0, "EUR")
    with pytest.raises(Conflict):
        await service.reverse_entry(SYSTEM, entry, day=date(2026, 10, 20), now=NOON)
    with pytest.raises(NotFound):
        await service.reverse_entry(SYSTEM, new_id(), day=date(2026, 10, 20), now=NOON)
    await assert_all_hold()


async def test_closing_goes_in_order_and_never_takes_the_running_month(cast: Cast) -> None:
    with pytest.raises(Conflict) as empty:
        await service.close_period(cast.faye, OCTOBER, now=NOON)
    assert empty.value.code == "empty"
    await post(cast.alpha, EUR_147, date(2026, 9, 3))
    for period, code in ((OCTOBER, "order"), (AUGUST, "order"), (NOVEMBER, "running")):
        with pytest.raises(Conflict) as error:
            await service.close_period(cast.faye, period, now=NOON)
        assert error.value.code == code
    await service.close_period(cast.faye, SEPTEMBER, now=NOON)
    with pytest.raises(Conflict) as twice:
        await service.close_period(cast.finn, SEPTEMBER, now=NOON)
    assert twice.value.code == "closed"
    async with database.transaction(cast.faye):
        events = await database.sql("SELECT subject_id, audience FROM core_event WHERE name = 'period.closed'")
    assert events == [{"subject_id": service.period_id(SEPTEMBER), "audience": "vendor"}]
    assert [(one.period, one.is_closed) for one in await list_periods(cast.faye, running=NOVEMBER)] == [
        (NOVEMBER, False), (OCTOBER, False), (SEPTEMBER, True),
    ]  # fmt: skip
    await assert_all_hold()


@pytest.mark.parametrize("name", ["vera", "audra", "ada", "petra"])
async def test_only_finance_closes(cast: Cast, name: str) -> None:
    actor: Actor = getattr(cast, name)
    with pytest.raises(NotAllowed):
        await service.close_period(actor, OCTOBER, now=NOON)


async def test_what_comes_after_closing_goes_into_the_next_month(cast: Cast) -> None:
    await post(cast.alpha, EUR_147, date(2026, 9, 3))
    await service.close_period(cast.faye, SEPTEMBER, now=NOON)
    await post(cast.alpha, Money(1, "EUR"), date(2026, 9, 30), now=datetime(2026, 11, 19, tzinfo=UTC))
    assert [(one.period, one.amount.minor) for one in await list_balances(cast.faye)] == [
        (SEPTEMBER, 147_03),
        (OCTOBER, 1),
    ]
    await assert_all_hold()


@pytest.mark.security
@pytest.mark.parametrize("period", [AUGUST, SEPTEMBER])
async def test_the_database_refuses_entries_in_closed_months(cast: Cast, period: date) -> None:
    await post(cast.alpha, EUR_147, date(2026, 9, 3))
    await service.close_period(cast.faye, SEPTEMBER, now=NOON)
    posting = movement(AccountCode.COMMISSION_EXPENSE, AccountCode.PARTNER_PAYABLE, EUR_147)
    with pytest.raises(asyncpg.RestrictViolationError):
        await service.post_entry(SYSTEM, cast.alpha, "commission", new_id(), "accrual", period, [posting], now=NOON)


async def test_an_entry_on_its_way_is_never_overtaken_by_closing(pool: str, fresh_url: str) -> None:
    """One connection posts and waits, another closes: the closing waits for it."""
    await database.disconnect()
    await database.connect(fresh_url)
    try:
        cast = await make.cast()
        await post(cast.alpha, EUR_147, date(2026, 9, 3))
        posted = asyncio.Event()

        async def post_slowly() -> None:
            async with database.transaction(SYSTEM):
                await post(cast.alpha, Money(1, "EUR"), date(2026, 9, 30))
                posted.set()
                await asyncio.sleep(0.3)

        slow = asyncio.create_task(post_slowly())
        await posted.wait()
        await service.close_period(cast.faye, SEPTEMBER, now=datetime(2026, 11, 19, tzinfo=UTC))
        assert slow.done()
        await slow
        assert [one.amount.minor for one in await list_balances(cast.faye, period=SEPTEMBER)] == [147_04]
        await assert_all_hold()
    finally:
        await database.disconnect()
        await database.connect(pool)
