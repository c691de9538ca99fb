"""Paying by credit on a real database: waiting for a run, shares to the cent, later runs, adopting one, and silence."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from litestar import Litestar

from attribution.commissions import proof, queries, service
from attribution.commissions.rules import Outcome
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.invariants import run_all
from tests import make
from tests.attribution.commissions.world import make_plan
from tests.attribution.credits import world as runs
from tests.make import NOON, Cast
from tests.settle import settle
from tests.web import Browser

PLAN = {
    "title": "Influence",
    "clauses": [
        {"code": "§ 1", "name": "By credit", "kinds": [], "tiers": [], "rate": "10", "to": "credited_partners"}
    ],
}

BOTH = {
    "title": "Both",
    "clauses": [
        {"code": "§ 1", "name": "Gold", "kinds": [], "tiers": ["gold"], "rate": "9", "to": "registered_partner"},
        {"code": "§ 2", "name": "Others", "kinds": [], "tiers": [], "rate": "10", "to": "credited_partners"},
    ],
}


@dataclass(frozen=True)
class Sale:
    """An order of 100.01 that Alpha, Omega and marketing touched, a third each by Shapley, paid in full."""

    account: UUID
    invoice: UUID
    payment: UUID


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    runs.keep_files_in(tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def sale(cast: Cast) -> Sale:
    await make_plan(PLAN, date(2026, 1, 1))
    account, product = await make.account("Sennerei Alpgold AG"), await make.product("Insight")
    await runs.touch(account, 40)
    await runs.touch(account, 20, cast.alpha, kind="demo")
    await runs.touch(account, 5, cast.omega)
    invoice = await runs.order(account, 100_01, product=product, partner=cast.alpha)
    payment = await make.revenue(account, product, 100_01, kind="payment", parent=invoice)
    await runs.derive(account)
    return Sale(account, invoice, payment)


async def results() -> list[dict[str, Any]]:
    async with database.transaction(SYSTEM):
        rows = await database.sql("SELECT * FROM attribution_commission ORDER BY seq")
    for row in rows:
        assert proof.check(json.loads(row["trace"])) == []
    return rows


async def standing() -> dict[UUID, int]:
    """What stands of each partner, in minor units."""
    found: dict[UUID, int] = {}
    for row in await results():
        found[row["partner_id"]] = found.get(row["partner_id"], 0) + row["amount_minor"]
    return found


async def assert_all_hold(cast: Cast) -> None:
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []


async def reckoned_when_sealed(cast: Cast) -> UUID:
    """Accrue, seal a run, and do what its sealing does."""
    await service.accrue(SYSTEM, now=NOON)
    run = await runs.run(cast.faye)
    await service.accrue_covered(SYSTEM, now=NOON)
    return run.id


async def test_it_waits_for_a_run(cast: Cast, sale: Sale) -> None:
    assert await service.accrue(SYSTEM, now=NOON) == {Outcome.ZERO: 1}
    [row] = await results()
    assert (row["partner_id"], row["source_id"], row["reason"]) == (cast.alpha, sale.payment, "waits_for_run")


async def test_a_sealed_run_pays_every_credited_partner_its_share(cast: Cast, sale: Sale) -> None:
    await reckoned_when_sealed(cast)
    # A third of 100.01 is 33.34 (33.336…) for both, of which a tenth is 3.33 (3.334).
    assert await standing() == {cast.alpha: 3_33, cast.omega: 3_33}
    assert {row["invoice_id"] for row in await results()} == {sale.invoice}
    await assert_all_hold(cast)


async def test_a_sale_that_names_nobody_is_paid_to_whoever_is_credited(cast: Cast, sale: Sale) -> None:
    product = await make.product("Insight")
    invoice = await runs.order(sale.account, 60_00, days_ago=0, product=product)
    await make.revenue(sale.account, product, 60_00, kind="payment", parent=invoice)
    await runs.derive(sale.account)
    await service.accrue(SYSTEM, now=NOON)
    assert {row["invoice_id"] for row in await results()} == {sale.invoice}
    await reckoned_when_sealed(cast)
    paid = {row["partner_id"] for row in await results() if row["invoice_id"] == invoice and row["amount_minor"] > 0}
    assert paid == {cast.alpha, cast.omega}
    await assert_all_hold(cast)


async def test_credit_is_paid_beside_what_a_registration_earned(cast: Cast) -> None:
    """Each cash event that the registered partner had a result for brings the credited one its own; nothing is undone."""
    await make_plan(BOTH, date(2026, 1, 1))
    account, product = await make.account("Sennerei Alpgold AG"), await make.product("Insight")
    await runs.touch(account, 20, cast.omega)
    invoice = await runs.order(account, 100_00, product=product, partner=cast.alpha)
    for minor, hours in ((60_00, 1), (40_00, 2), (-10_00, 3)):
        kind = "payment" if minor > 0 else "refund"
        at = NOON + timedelta(hours=hours)
        await make.revenue(account, product, minor, kind=kind, parent=invoice, occurred_at=at)
    await runs.derive(account)
    await service.accrue(SYSTEM, now=NOON)
    before = await results()
    await reckoned_when_sealed(cast)
    found = await results()
    assert found[: len(before)] == before
    added = found[len(before) :]
    assert [(row["partner_id"], row["cash_minor"], row["amount_minor"]) for row in added] == [
        (cast.omega, 60_00, 6_00), (cast.omega, 40_00, 4_00), (cast.omega, -10_00, -1_00),
    ]  # fmt: skip
    assert await service.accrue_covered(SYSTEM, now=NOON) == {}
    await assert_all_hold(cast)


async def test_running_it_again_changes_nothing(cast: Cast, sale: Sale) -> None:
    await reckoned_when_sealed(cast)
    before = len(await results())
    assert await service.accrue(SYSTEM, now=NOON) == {}
    assert await service.accrue_covered(SYSTEM, now=NOON) == {}
    assert len(await results()) == before
    assert {row["invoice_id"] for row in await results()} == {sale.invoice}


async def test_later_cash_keeps_the_share_and_a_later_run_changes_nothing(cast: Cast, sale: Sale) -> None:
    first = await reckoned_when_sealed(cast)
    await runs.touch(sale.account, 3, cast.omega)
    await runs.run(cast.faye, now=NOON + timedelta(minutes=1))
    async with database.transaction(SYSTEM):
        product = await database.sql_value("SELECT product FROM attribution_revenue WHERE id = $1", sale.invoice)
    refund = await make.revenue(
        sale.account, product, -50_00, kind="refund", parent=sale.invoice, occurred_at=NOON + timedelta(hours=1)
    )
    await service.accrue(SYSTEM, now=NOON + timedelta(hours=2))
    rows = [row for row in await results() if row["source_id"] == refund]
    assert {json.loads(row["trace"])["credit"]["run_id"] for row in rows} == {str(first)}
    assert await standing() == {cast.alpha: 1_67, cast.omega: 1_67}  # a tenth of a third of 50.01
    await assert_all_hold(cast)


async def test_adopting_a_run_undoes_and_reckons_anew(cast: Cast, sale: Sale) -> None:
    await reckoned_when_sealed(cast)
    await runs.touch(sale.account, 30, cast.alpha)  # marketing's third stays a third: Shapley counts parties
    async with database.transaction(SYSTEM):
        touch = await database.sql_value("SELECT id FROM attribution_touchpoint WHERE partner = $1", cast.omega)
        await database.sql(
            "INSERT INTO attribution_touchpoint_decision (id, touchpoint, state, decided_by, decided_at)"
            " VALUES (gen_random_uuid(), $1, 'rejected', $2, $3)",
            touch, cast.vera.membership_id, NOON,
        )  # fmt: skip
    later = await runs.run(cast.faye, now=NOON + timedelta(minutes=1))
    assert await standing() == {cast.alpha: 3_33, cast.omega: 3_33}
    view = await queries.get_adoption(cast.faye, later.id)
    assert (view.lines, [count for _number, count in view.by_run], view.is_adopted) == (1, [1], False)
    assert await service.adopt_run(cast.faye, later.id, now=NOON + timedelta(minutes=2)) == 1
    view = await queries.get_adoption(cast.faye, later.id)
    assert (view.lines, view.is_adopted) == (1, True)
    await settle()
    assert await standing() == {cast.alpha: 5_00, cast.omega: 0}  # half of 100.01 is 50.01 (50.005), its tenth 5.00
    assert (await queries.get_adoption(cast.faye, later.id)).lines == 0
    await assert_all_hold(cast)
    before = len(await results())
    assert await service.reckon_adopted(SYSTEM, later.id, now=NOON + timedelta(minutes=3)) == {}
    assert len(await results()) == before


async def test_of_two_adopted_runs_the_later_one_pays_whichever_is_reckoned_first(cast: Cast, sale: Sale) -> None:
    first = await reckoned_when_sealed(cast)
    later = await runs.run(cast.faye, now=NOON + timedelta(minutes=1))
    for number, run_id in enumerate((later.id, first)):
        await service.adopt_run(cast.faye, run_id, now=NOON + timedelta(minutes=2 + number))
    before = await results()
    assert {row["invoice_id"] for row in before} == {sale.invoice}
    for run_id in (first, later.id):
        assert await service.reckon_adopted(SYSTEM, run_id, now=NOON + timedelta(minutes=4)) == {}
    assert await results() == before


async def test_only_finance_adopts_and_only_what_is_sealed(cast: Cast, sale: Sale) -> None:
    run_id = await reckoned_when_sealed(cast)
    assert {row["invoice_id"] for row in await results()} == {sale.invoice}
    with pytest.raises(NotAllowed):
        await service.adopt_run(cast.vera, run_id, now=NOON)
    async with database.transaction(SYSTEM):
        await database.sql(
            "INSERT INTO attribution_run (id, number, state, observed_until, paying_model, currency, requested_by,"
            " requested_at, settings, touchpoint_seq, revenue_seq, decision_seq, code_version, models, step, done, total,"
            " counts, value_minor, lost_minor, touches_sha256, events_sha256, inputs_sha256, party_sha256,"
            " channel_sha256, outputs_sha256, failure)"
            " SELECT gen_random_uuid(), 'R-open', 'queued', observed_until, paying_model, currency, requested_by,"
            " requested_at, settings, 0, 0, 0, '', models, '', 0, 0, '{}', 0, 0, '', '', '', '', '', '', '{}'"
            " FROM attribution_run LIMIT 1"
        )
        open_run = await database.sql_value("SELECT id FROM attribution_run WHERE number = 'R-open'")
    with pytest.raises(Conflict):
        await service.adopt_run(cast.faye, open_run, now=NOON)
    with pytest.raises(NotFound):
        await queries.get_adoption(cast.faye, open_run)


@pytest.mark.security
async def test_a_partner_reads_nothing_of_the_others_in_its_trace(cast: Cast, sale: Sale) -> None:
    await reckoned_when_sealed(cast)
    async with database.transaction(SYSTEM):
        rival = await database.sql("SELECT id::text AS id FROM attribution_touchpoint WHERE partner = $1", cast.omega)
    for row in await results():
        if row["partner_id"] == cast.alpha:
            assert str(cast.omega) not in row["trace"]
            assert all(one["id"] not in row["trace"] for one in rival)
            assert str(sale.account) not in row["trace"]


async def test_the_vendor_finds_the_journey_and_the_partner_does_not(app: Litestar, cast: Cast, sale: Sale) -> None:
    await reckoned_when_sealed(cast)
    event = await runs.event_of(sale.account)
    [row] = [row for row in await results() if row["partner_id"] == cast.alpha and row["amount_minor"] > 0]
    assert (await queries.get_commission(cast.faye, row["id"])).event_id == event
    assert (await queries.get_commission(cast.paul, row["id"])).event_id is None
    page = (await (await Browser.of(app, cast.faye)).get(f"/commissions/{row['id']}")).text
    assert f"/journeys/{event}" in page
    assert str(event) not in (await (await Browser.of(app, cast.paul)).get(f"/earnings/{row['id']}")).text
