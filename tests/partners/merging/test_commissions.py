"""Whose sale it is after accounts were merged: protections of all its names count, the invoice's own first."""

from datetime import date, timedelta
from uuid import UUID

from attribution.commissions.service import accrue
from partners.merging import service
from portal.core import db
from portal.core.actor import SYSTEM
from tests import make
from tests.attribution.commissions.world import PLAN, make_plan
from tests.make import NOON, TODAY, Cast
from tests.partners.merging.stand import YEAR, protected


async def earned_by(payment: UUID) -> dict[UUID, int]:
    """What each partner earned by a payment, in minor units."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT partner_id, amount_minor FROM attribution_commission WHERE source_id = $1 AND reverses IS NULL",
            payment,
        )
    return {row["partner_id"]: row["amount_minor"] for row in rows if row["amount_minor"]}


async def paid(account: UUID, product: UUID, day: date = TODAY) -> UUID:
    """A payment of 1,000 for an order of that day."""
    invoice = await make.revenue(account, product, 1_000_00, ordered_on=day)
    return await make.revenue(account, product, 1_000_00, kind="payment", parent=invoice)


async def test_a_protection_covers_what_is_invoiced_to_another_name_of_the_customer(cast: Cast) -> None:
    await make_plan(PLAN, date(2026, 1, 1))
    account, other, product = await make.account(), await make.account(), await make.product()
    await protected(cast.pia, account, product, since=NOON - YEAR)
    before, after, undone = [await paid(other, product) for _one in range(3)]
    await accrue(SYSTEM, [before], now=NOON)
    done = await service.merge_accounts(cast.vera, other, account, now=NOON)
    assert done.alias_id
    await accrue(SYSTEM, [after], now=NOON)
    await service.undo_merge(cast.vera, done.alias_id, now=NOON)
    await accrue(SYSTEM, [undone], now=NOON)
    assert [await earned_by(one) for one in (before, after, undone)] == [{}, {cast.alpha: 90_00}, {}]


async def test_of_two_in_the_past_that_of_the_invoices_own_account_counts(cast: Cast) -> None:
    await make_plan(PLAN, date(2024, 1, 1))
    account, other, product = await make.account(), await make.account(), await make.product()
    past = {"since": NOON - 2 * YEAR, "until": NOON - YEAR}
    await protected(cast.pia, account, product, **past)
    await protected(cast.otto, other, product, **past)
    done = await service.merge_accounts(cast.vera, other, account, now=NOON)
    assert done.alias_id
    day = TODAY - timedelta(days=500)
    one, two = await paid(account, product, day), await paid(other, product, day)
    await accrue(SYSTEM, [one, two], now=NOON)
    assert set(await earned_by(one)) == {cast.alpha}
    assert set(await earned_by(two)) == {cast.omega}
