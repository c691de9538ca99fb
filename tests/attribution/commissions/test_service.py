"""Accruing on a real database: results, ledger, reasons, refunds, running again, and reckoning again."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from attribution import public
from attribution.commissions import proof, service
from attribution.commissions.rules import Outcome, Reason
from portal.core import db as database
from portal.core import events
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotAllowed
from portal.core.ids import new_id
from portal.core.invariants import registered, run_all
from portal.core.money import Money
from portal.ledger.queries import get_balance
from portal.ledger.service import close_period
from tests import make
from tests.attribution.commissions.world import Sale, make_sale
from tests.make import NOON, Cast
from tests.settle import settle


@pytest_asyncio.fixture(loop_scope="session")
async def sale(cast: Cast) -> Sale:
    return await make_sale(cast)


async def results(actor: Actor = SYSTEM) -> list[dict[str, Any]]:
    async with database.transaction(actor):
        rows = await database.sql("SELECT * FROM attribution_commission ORDER BY seq")
    for row in rows:
        assert proof.check(json.loads(row["trace"])) == []
    return rows


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(row["outcome"], row["reason"], row["amount_minor"]) for row in rows]


async def assert_all_hold(cast: Cast) -> None:
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []
    assert set(public.commission_invariants.INVARIANTS) <= set(registered())


async def test_a_payment_earns_its_part(cast: Cast, sale: Sale) -> None:
    invoice = await sale.invoice()
    payment = await sale.paid(invoice, 2736_00)
    assert await service.accrue(SYSTEM, now=NOON) == {Outcome.ACCRUED: 1}
    (row,) = await results()
    assert (row["partner_id"], row["source_id"], row["invoice_id"], row["deal_id"]) == (
        cast.alpha,
        payment,
        invoice,
        sale.deal,
    )
    assert (row["amount_minor"], row["currency"], row["clause"], row["period"]) == (
        246_24,
        "EUR",
        "§ 3.2",
        date(2026, 11, 1),
    )
    assert (row["customer_name"], row["product_name"]) == ("Alpgold Lindau", "Insight")
    assert row["trace_sha256"] == proof.seal(
        json.dumps(json.loads(row["trace"]), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    )
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(246_24, "EUR")
    await assert_all_hold(cast)


async def test_running_it_again_does_nothing(cast: Cast, sale: Sale) -> None:
    await sale.paid(await sale.invoice(), 2736_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await service.accrue(cast.faye, now=NOON) == {}
    assert len(await results()) == 1


async def test_parts_and_refunds_over_time_equal_the_whole(cast: Cast, sale: Sale) -> None:
    invoice = await sale.invoice(100_01)
    for minor in (33_33, 33_33, 33_35, -50_00, -50_01):
        await sale.paid(invoice, minor)
        await service.accrue(SYSTEM, now=NOON)
    rows = await results()
    assert [row["amount_minor"] for row in rows] == [300, 300, 300, -450, -450]
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(0, "EUR")
    await assert_all_hold(cast)


async def test_several_payments_at_once_go_in_the_order_of_time(cast: Cast, sale: Sale) -> None:
    invoice = await sale.invoice(100_00)
    late = await sale.paid(invoice, -40_00, occurred_at=NOON)
    early = await sale.paid(invoice, 100_00, occurred_at=NOON - timedelta(days=3))
    await service.accrue(SYSTEM, now=NOON)
    rows = await results()
    assert [(row["source_id"], row["amount_minor"]) for row in rows] == [(early, 900), (late, -360)]
    await assert_all_hold(cast)


async def test_a_credit_note_moves_no_cash(sale: Sale) -> None:
    invoice = await sale.invoice()
    await make.revenue(sale.account, sale.product, -560_00, kind="credit_note", parent=invoice)
    assert await service.accrue(SYSTEM, now=NOON) == {}


async def test_only_named_lines_when_asked(sale: Sale) -> None:
    first, second = await sale.invoice(), await sale.invoice()
    payment = await sale.paid(first, 100_00)
    await sale.paid(second, 200_00)
    assert (await service.accrue(SYSTEM, [payment], now=NOON)).total() == 1
    assert (await service.accrue(SYSTEM, [second], now=NOON)).total() == 1


async def test_the_rate_stays_when_the_tier_changes(cast: Cast, sale: Sale) -> None:
    invoice = await sale.invoice(200_00)
    await sale.paid(invoice, 100_00)
    await service.accrue(SYSTEM, now=NOON)
    async with database.transaction(SYSTEM):
        await database.sql(
            "UPDATE partners_company SET tier = 'silver', status = 'suspended' WHERE id = $1", cast.alpha
        )
    await sale.paid(invoice, 100_00)
    await service.accrue(SYSTEM, now=NOON)
    assert [row["amount_minor"] for row in await results()] == [900, 900]
    await assert_all_hold(cast)


async def test_nobody_concerned_nothing_stored(sale: Sale) -> None:
    product = await make.product("Another")
    await make.revenue(
        sale.account, product, 10_00, kind="payment", parent=await make.revenue(sale.account, product, 10_00)
    )
    assert await service.accrue(SYSTEM, now=NOON) == {}


async def test_who_invoiced_without_a_registration_is_told_why(cast: Cast, sale: Sale) -> None:
    product = await make.product("Another")
    invoice = await make.revenue(sale.account, product, 10_00, partner=cast.omega)
    await make.revenue(sale.account, product, 10_00, kind="payment", parent=invoice)
    await service.accrue(SYSTEM, now=NOON)
    (row,) = await results(cast.otto)
    assert told([row]) == [("zero", "no_registered_deal", 0)]
    assert (row["customer_name"], row["entry_id"], row["clause"]) == ("Sennerei Alpgold AG", None, "")
    await assert_all_hold(cast)


@pytest.mark.security
async def test_a_rivals_protection_shows_in_nothing(cast: Cast, sale: Sale) -> None:
    """Omega invoices once where Alpha is protected, once where nobody is: it sees the same, and nothing of Alpha."""
    free = await make.product("Another")
    for product in (sale.product, free):
        invoice = await make.revenue(sale.account, product, 10_00, partner=cast.omega)
        await make.revenue(sale.account, product, 10_00, kind="payment", parent=invoice)
    await service.accrue(SYSTEM, now=NOON)
    rows = await results(cast.otto)
    assert told(rows) == [("zero", "no_registered_deal", 0)] * 2
    alike = [
        {
            key: value
            for key, value in json.loads(row["trace"]).items()
            if key not in {"commission_id", "cash", "invoice"}
        }
        for row in rows
    ]
    assert alike[0] == alike[1]
    everything = json.dumps(rows, default=str)
    assert str(cast.alpha) not in everything
    assert str(sale.account) not in everything
    assert told(await results(cast.petra)) == [("accrued", "", 90)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ordered_on": date(2020, 5, 5)}, Reason.NOT_PROTECTED_THEN),
        ({"ordered_on": date(2025, 12, 24)}, Reason.NO_PLAN_IN_FORCE),
    ],
)
async def test_the_order_day_decides(cast: Cast, sale: Sale, change: dict[str, Any], reason: Reason) -> None:
    await sale.paid(await sale.invoice(partner=cast.alpha, **change), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    (row,) = await results()
    assert row["reason"] == reason
    why = json.loads(row["trace"])["why"]
    expected = {"not_protected_then": None, "no_plan_in_force": "2026-01-01"}
    assert why["could_change_on"] == expected[reason.value]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("kinds", ["agent"], "partner_not_eligible"),
        ("status", "terminated", "outside_programme"),
        ("status", "applied", "outside_programme"),
        ("status", "suspended", ""),
    ],
)
async def test_who_the_partner_is_decides(cast: Cast, sale: Sale, column: str, value: object, reason: str) -> None:
    async with database.transaction(SYSTEM):
        await database.sql(f"UPDATE partners_company SET {column} = $1 WHERE id = $2", value, cast.alpha)
    await sale.paid(await sale.invoice(), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    assert [row["reason"] for row in await results()] == [reason]


async def test_a_deal_that_is_decided_later_is_reckoned_again(cast: Cast, sale: Sale) -> None:
    product = await make.product("Another")
    deal = await make.deal(cast.pia, card_id=sale.card, product_id=product, state="in_review")
    invoice = await make.revenue(sale.account, product, 100_00, deal=deal)
    await make.revenue(sale.account, product, 100_00, kind="payment", parent=invoice)
    await service.accrue(SYSTEM, now=NOON)
    assert told(await results()) == [("zero", "deal_undecided", 0)]
    async with database.transaction(SYSTEM):
        await database.sql(
            "UPDATE partners_deal SET state = 'approved', decided_at = $2, protected_until = $3 WHERE id = $1",
            deal, NOON, NOON + timedelta(days=90),
        )  # fmt: skip
        await events.record(SYSTEM, "deal.approved", "deal", deal, partner_id=cast.alpha, now=NOON)
    await settle()
    assert told(await results()) == [
        ("zero", "deal_undecided", 0), ("zero", "reckoned_again", 0), ("accrued", "", 900),
    ]  # fmt: skip
    assert [row["generation"] for row in await results()] == [0, 0, 1]
    await assert_all_hold(cast)


async def test_reckoning_again_mirrors_in_the_ledger(cast: Cast, sale: Sale) -> None:
    invoice = await sale.invoice(200_00)
    await sale.paid(invoice, 100_00)
    await sale.paid(invoice, -30_00)
    await service.accrue(SYSTEM, now=NOON)
    async with database.transaction(SYSTEM):
        await database.sql("UPDATE partners_company SET tier = 'silver' WHERE id = $1", cast.alpha)
    await service.reckon_again(cast.finn, [invoice], now=NOON)
    assert [row["amount_minor"] for row in await results()] == [900, -270, -900, 270, 750, -225]
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(525, "EUR")
    await sale.paid(invoice, 10_00)
    await service.accrue(SYSTEM, now=NOON)
    last = (await results())[-1]
    assert (last["amount_minor"], last["generation"]) == (75, 1)
    await assert_all_hold(cast)


async def test_what_comes_after_closing_goes_into_the_next_month(cast: Cast, sale: Sale) -> None:
    invoice = await sale.invoice(200_00, ordered_on=date(2026, 10, 1), occurred_at=datetime(2026, 10, 1, tzinfo=UTC))
    await sale.paid(invoice, 100_00, ordered_on=date(2026, 10, 1), occurred_at=datetime(2026, 10, 20, tzinfo=UTC))
    await service.accrue(SYSTEM, now=NOON)
    await close_period(cast.faye, date(2026, 10, 1), now=NOON)
    await sale.paid(invoice, 100_00, ordered_on=date(2026, 10, 1), occurred_at=datetime(2026, 10, 31, tzinfo=UTC))
    await service.accrue(SYSTEM, now=NOON + timedelta(hours=1))
    assert [row["period"] for row in await results()] == [date(2026, 10, 1), date(2026, 11, 1)]
    await assert_all_hold(cast)


async def test_an_import_accrues(cast: Cast, sale: Sale) -> None:
    await sale.paid(await sale.invoice(), 100_00)
    async with database.transaction(cast.faye):
        await events.record(cast.faye, "revenue.imported", "import", new_id(), now=NOON)
    await settle()
    assert told(await results()) == [("accrued", "", 900)]
    async with database.transaction(SYSTEM):
        assert (
            await database.sql_value("SELECT changes FROM core_event WHERE name = 'commissions.accrued'")
            == '{"accrued": [null, 1]}'
        )


@pytest.mark.parametrize("name", ["pia", "petra", "vera", "audra", "ada"])
async def test_only_finance_accrues(cast: Cast, name: str) -> None:
    actor: Actor = getattr(cast, name)
    for command in (service.accrue(actor, now=NOON), service.reckon_again(actor, [], now=NOON)):
        with pytest.raises(NotAllowed):
            await command


@pytest.mark.security
async def test_a_result_never_changes_and_never_doubles(sale: Sale) -> None:
    await sale.paid(await sale.invoice(), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    (row,) = await results()
    for statement in ("UPDATE attribution_commission SET amount_minor = 1", "DELETE FROM attribution_commission"):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
            async with database.transaction(SYSTEM):
                await database.sql(statement)
    columns = ", ".join(key for key in row if key not in {"id", "seq"})
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.transaction(SYSTEM):
            await database.sql(
                f"INSERT INTO attribution_commission (id, {columns}) SELECT $1, {columns} FROM attribution_commission",
                new_id(),
            )


async def test_two_at_once_store_each_result_once(pool: str, fresh_url: str) -> None:
    """Two workers accrue the same cash on real connections: one does it, the other finds nothing left."""
    await database.disconnect()
    await database.connect(fresh_url)
    try:
        cast = await make.cast()
        sale = await make_sale(cast)
        for _ in range(20):
            await sale.paid(await sale.invoice(100_00), 100_00)
        counts = await asyncio.gather(*(service.accrue(SYSTEM, now=NOON) for _ in range(4)))
        assert sorted(one.total() for one in counts) == [0, 0, 0, 20]
        assert len(await results()) == 20
        assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(20 * 9_00, "EUR")
        await assert_all_hold(cast)
    finally:
        await database.disconnect()
        await database.connect(pool)


async def test_the_number_of_statements_does_not_grow(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = database.sql

    async def counted(query: str, *args: object) -> list[dict[str, Any]]:
        asked.append(query)
        return await original(query, *args)

    async def statements(invoices: int) -> int:
        for _ in range(invoices):
            await sale.paid(await sale.invoice(100_00), 100_00)
        asked.clear()
        monkeypatch.setattr(database, "sql", counted)
        await service.accrue(SYSTEM, now=NOON)
        monkeypatch.setattr(database, "sql", original)
        return len(asked)

    await statements(1)
    assert await statements(30) == await statements(2)
