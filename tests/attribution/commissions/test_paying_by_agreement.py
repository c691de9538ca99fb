"""Paying by an agreement on a real database: from two registrations to two commissions, a refund, and what changes."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from litestar import Litestar

from attribution.commissions import proof, queries, service
from attribution.commissions.quotes import get_quotes
from attribution.commissions.quoting import causes
from attribution.commissions.rules import Reason
from partners.conflicts.rules import Parts
from partners.conflicts.service import Agreement, agree
from partners.deals import service as deals
from portal.core import clock
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.invariants import run_all
from portal.core.money import Money
from portal.ledger.queries import get_balance
from tests.attribution.commissions.world import PLAN, Sale, make_plan
from tests.make import NOON, TODAY, Cast
from tests.partners.conflicts.stand import WORDS, collided
from tests.partners.stand import tiers
from tests.settle import settle
from tests.web import Browser

EQUAL = {"title": "All alike", "clauses": [{"code": "§ 1", "name": "All", "kinds": [], "tiers": [], "rate": "9"}]}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@dataclass(frozen=True)
class Shared(Sale):
    """Alpha's sale, which Omega joins by an agreement: 60 and 40 percent."""

    joining: UUID
    conflict: UUID


async def agreed(cast: Cast, plan: dict[str, Any] = EQUAL) -> Shared:
    """Both registered, and were told who goes on; neither is approved yet."""
    await tiers()
    await make_plan(plan, date(2026, 1, 1))
    mine, theirs, room = await collided(cast)
    claims = {claim.subject: claim for claim in room.claims}
    parts = Parts(claims[mine].id, claims[theirs].id, 60, 40)
    await agree(cast.vera, room.id, Agreement(parts, "By phone.", WORDS), now=NOON)
    async with database.transaction(SYSTEM):
        row = await database.sql_one(
            "SELECT d.card, l.product FROM partners_deal d JOIN partners_deal_line l ON l.deal = d.id WHERE d.id = $1",
            mine,
        )
    assert row is not None
    group = next(iter(claims[mine].groups))
    return Shared(room.account_id, row["product"], group, mine, row["card"], theirs, room.id)


async def approve(cast: Cast, deal: UUID) -> None:
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await deals.move_deal(cast.vera, deal, "approve", now=NOON)


@pytest_asyncio.fixture(loop_scope="session")
async def sale(cast: Cast) -> Shared:
    found = await agreed(cast)
    for deal in (found.deal, found.joining):
        await approve(cast, deal)
    return found


async def results() -> list[dict[str, Any]]:
    async with database.transaction(SYSTEM):
        rows = await database.sql("SELECT * FROM attribution_commission ORDER BY seq")
    for row in rows:
        assert proof.check(json.loads(row["trace"])) == []
    return rows


async def earned(cast: Cast) -> list[tuple[str, int, str]]:
    """Who got what, and why not."""
    names = {cast.alpha: "alpha", cast.omega: "omega"}
    return [(names[row["partner_id"]], row["amount_minor"], row["reason"]) for row in await results()]


async def assert_all_hold(cast: Cast) -> None:
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []


async def test_two_registrations_one_agreement_two_commissions_and_a_refund_from_both(cast: Cast, sale: Shared) -> None:
    """9 percent of 1000.01 are 90.00, of which 54.00 and 36.00, however it is paid; and all of it comes back."""
    invoice = await sale.invoice(1000_01)
    for minor in (333_33, 333_33, 333_35):
        await sale.paid(invoice, minor)
        await service.accrue(SYSTEM, now=NOON)
    rows = await results()
    sums = {
        who: sum(row["amount_minor"] for row in rows if row["partner_id"] == who) for who in (cast.alpha, cast.omega)
    }
    assert sums == {cast.alpha: 54_00, cast.omega: 36_00}
    assert {(row["partner_id"], row["deal_id"], row["role"]) for row in rows} == {
        (cast.alpha, sale.deal, "sell"), (cast.omega, sale.joining, "co_sell"),
    }  # fmt: skip
    assert {row["customer_name"] for row in rows} != {""}
    await assert_all_hold(cast)
    await sale.paid(invoice, -1000_01)
    await service.accrue(SYSTEM, now=NOON)
    assert (await earned(cast))[-2:] == [("alpha", -54_00, ""), ("omega", -36_00, "")]
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(0, "EUR")
    assert await service.accrue(SYSTEM, now=NOON) == {}
    await assert_all_hold(cast)


async def test_each_is_paid_its_part_at_its_own_rate(cast: Cast) -> None:
    sale = await agreed(cast, PLAN)
    for deal in (sale.deal, sale.joining):
        await approve(cast, deal)
    await sale.paid(await sale.invoice(1000_00), 1000_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [("alpha", 54_00, ""), ("omega", 30_00, "")]
    await assert_all_hold(cast)


async def test_what_was_ordered_before_the_agreement_stays_whole(cast: Cast, sale: Shared) -> None:
    async with database.transaction(SYSTEM):
        await database.sql("UPDATE partners_deal_protection SET protected_from = $1", NOON - timedelta(days=9))
    invoice = await sale.invoice(100_00, ordered_on=TODAY - timedelta(days=1))
    await sale.paid(invoice, 100_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [("alpha", 9_00, "")]


async def test_who_did_not_join_gets_nothing_and_is_told_why(cast: Cast, sale: Shared) -> None:
    reason = Reason.NOT_JOINED_THEN
    async with database.transaction(SYSTEM):
        await database.sql(
            "UPDATE partners_deal SET state = 'rejected', reject_code = 'other' WHERE id = $1", sale.joining
        )
    invoice = await sale.invoice(100_00)
    await sale.paid(invoice, 60_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [("alpha", 5_40, ""), ("omega", 0, reason)]
    first = await results()
    told = json.loads(first[0]["trace"])["agreement"]
    assert (told["share_ppb"], told["divides"]) == (600_000_000, False)
    await sale.paid(invoice, 40_00)
    await service.accrue(SYSTEM, now=NOON)
    assert (await earned(cast))[2:] == [("alpha", 3_60, ""), ("omega", 0, reason)]


async def test_an_approval_on_the_day_of_the_order_divides_what_was_paid_before_it(cast: Cast) -> None:
    sale = await agreed(cast)
    await approve(cast, sale.deal)
    await sale.paid(await sale.invoice(100_00), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [("alpha", 9_00, ""), ("omega", 0, "not_joined_then")]
    await approve(cast, sale.joining)
    await settle()
    assert (await earned(cast))[-2:] == [("alpha", 5_40, ""), ("omega", 3_60, "")]
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(5_40, "EUR")
    before = len(await results())
    await settle()
    assert len(await results()) == before
    await assert_all_hold(cast)


async def test_an_end_after_the_first_payment_changes_nothing_of_the_sale(cast: Cast, sale: Shared) -> None:
    invoice = await sale.invoice(200_00)
    await sale.paid(invoice, 100_00)
    await service.accrue(SYSTEM, now=NOON)
    async with database.transaction(SYSTEM):
        await database.sql(
            "UPDATE partners_deal SET state = 'expired', protected_until = '2026-11-17T12:00Z' WHERE id = $1",
            sale.joining,
        )
    await sale.paid(invoice, 100_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [("alpha", 5_40, ""), ("omega", 3_60, "")] * 2


async def test_one_that_could_not_be_paid_at_first_still_is_whose_sale_it_is(cast: Cast, sale: Shared) -> None:
    invoice = await sale.invoice(100_00)
    for status in ("applied", "active"):
        async with database.transaction(SYSTEM):
            await database.sql("UPDATE partners_company SET status = $1 WHERE id = $2", status, cast.alpha)
        await sale.paid(invoice, 50_00)
        await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [
        ("alpha", 0, "outside_programme"), ("omega", 1_80, ""), ("alpha", 5_40, ""), ("omega", 1_80, ""),
    ]  # fmt: skip


async def test_an_invoice_that_names_the_joining_deal_is_divided_too(cast: Cast, sale: Shared) -> None:
    """And the partner whose deal is named is not paid a second time for it."""
    await sale.paid(await sale.invoice(100_00, deal=sale.joining, partner=cast.omega), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    assert await earned(cast) == [("alpha", 5_40, ""), ("omega", 3_60, "")]
    await assert_all_hold(cast)


async def test_a_later_agreement_counts_for_later_orders_alone(cast: Cast, sale: Shared) -> None:
    invoice = await sale.invoice(100_00)
    await sale.paid(invoice, 50_00)
    await service.accrue(SYSTEM, now=NOON)
    then = datetime(2026, 11, 20, 9, tzinfo=UTC)
    async with database.transaction(SYSTEM):
        await database.sql(
            "INSERT INTO partners_conflict_decision (id, conflict, number, winner, ground, proposed_rule, note, words,"
            " decided_by, decided_at) SELECT $1, conflict, 2, winner, ground, '', '', '', $2, $3"
            " FROM partners_conflict_decision",
            new_id(), new_id(), then,
        )  # fmt: skip
        await database.sql(
            "INSERT INTO partners_conflict_agreement (id, conflict, number, lead_claim, joining_claim, lead, joining,"
            " lead_percent, joining_percent, product_groups, decided_at) SELECT $1, conflict, 2, lead_claim,"
            " joining_claim, lead, joining, 80, 20, product_groups, $2 FROM partners_conflict_agreement",
            new_id(), then,
        )  # fmt: skip
    await sale.paid(invoice, 50_00)
    later = await sale.invoice(100_00, ordered_on=date(2026, 11, 20))
    await sale.paid(later, 100_00)
    await service.accrue(SYSTEM, now=then)
    assert await earned(cast) == [
        *([("alpha", 2_70, ""), ("omega", 1_80, "")] * 2), ("alpha", 7_20, ""), ("omega", 1_80, ""),
    ]  # fmt: skip
    again = [row["invoice_id"] for row in await results()]
    await service.reckon_again(cast.finn, again, now=then)
    assert (await earned(cast))[-6:] == (await earned(cast))[:6]
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(12_60, "EUR")


@pytest.mark.security
async def test_neither_partner_reads_who_the_other_is_and_the_vendor_reads_both(
    app: Litestar, cast: Cast, sale: Shared
) -> None:
    await sale.paid(await sale.invoice(100_00), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    by_partner = {row["partner_id"]: row for row in await results()}
    async with database.transaction(SYSTEM):
        rows = await database.sql("SELECT partner_id, id, label FROM partners_conflict_claim")
    claims = {row["partner_id"]: row for row in rows}
    mine, theirs = by_partner[cast.alpha], by_partner[cast.omega]
    page = (await (await Browser.of(app, cast.petra)).get(f"/earnings/{mine['id']}")).text
    assert "60%" in page
    assert "40%" in page
    for text in (page, mine["trace"]):
        for secret in ("Omega", str(cast.omega), str(claims[cast.omega]["id"]), claims[cast.omega]["label"]):
            assert secret not in text
        assert str(sale.conflict) not in text
    assert str(claims[cast.alpha]["id"]) not in theirs["trace"]
    page = (await (await Browser.of(app, cast.faye)).get(f"/commissions/{mine['id']}")).text
    assert "Omega" in page
    assert "Alpha" in page
    view = await queries.get_commission(cast.petra, mine["id"])
    assert view.agreed is None


async def test_the_number_of_statements_does_not_grow_with_agreements(
    sale: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert await statements(9) == await statements(2)
    assert len(await results()) == 24


async def test_a_part_that_was_never_agreed_is_found(cast: Cast, sale: Shared) -> None:
    await sale.paid(await sale.invoice(100_00), 100_00)
    await service.accrue(SYSTEM, now=NOON)
    held = database.ENGINE.held
    for table in ("attribution_commission", "partners_conflict_agreement"):
        await held.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        await held.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await held.execute("UPDATE partners_conflict_agreement SET lead_percent = 61, joining_percent = 39")
    found = {one.name for one, count in await run_all(cast.audra) if count}
    assert found == {"commissions.agreement", "conflicts.parts_add_up", "tenancy.row_level_security"}


async def test_both_deals_are_quoted_their_parts_and_the_quotes_come_true(cast: Cast) -> None:
    sale = await agreed(cast)
    await settle()
    value = (await get_quotes(cast.vera, sale.deal, now=NOON)).kept[0].quote.net
    for deal, who, cause, percent in (
        (sale.deal, cast.petra, "conflict.decided", 60), (sale.joining, cast.oona, "deal.role_agreed", 40),
    ):  # fmt: skip
        newest = (await get_quotes(who, deal, now=NOON)).kept[0]
        assert (newest.cause, newest.quote.total) == (cause, value.times(Fraction(9 * percent, 10_000)))
        await approve(cast, deal)
    await settle()
    invoice = await sale.invoice(value.minor, deal=sale.deal)
    await sale.paid(invoice, value.minor)
    await service.accrue(SYSTEM, now=NOON)
    for deal in (sale.deal, sale.joining):
        found = await get_quotes(cast.vera, deal, now=NOON)
        assert found.accrued is not None
        assert found.accrued.amount == found.kept[0].quote.total
        assert causes(found.kept[0].quote, found.accrued) == ()
    await assert_all_hold(cast)
