"""Quotes through the database: kept with the registration, read by its partner and the vendor, and coming true."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from attribution.commissions import service
from attribution.commissions.quotes import get_quotes, keep_past_quotes, keep_quote, quote_open_deals
from attribution.commissions.quoting import causes
from partners.deals import service as deals
from portal.core import clock
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed, NotFound
from portal.core.ids import new_id
from tests import make
from tests.attribution.commissions.world import PLAN, make_plan, make_sale
from tests.make import NOON, Cast
from tests.partners.stand import registration, tiers
from tests.settle import run_again, settle
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def a_plan() -> UUID:
    return await make_plan(PLAN, date(2026, 1, 1))


async def amount_of(deal: UUID) -> list[tuple[str, int]]:
    async with database.transaction(SYSTEM):
        rows = await database.sql(
            "SELECT cause, amount_minor FROM attribution_quote WHERE deal = $1 ORDER BY seq", deal
        )
    return [(row["cause"], row["amount_minor"]) for row in rows]


async def test_a_registration_is_quoted_once_and_again_when_approved(cast: Cast) -> None:
    await tiers()
    await a_plan()
    deal = await deals.register_deal(cast.pia, registration(await make.product()), now=NOON)
    await settle()
    found = await get_quotes(cast.pia, deal, now=NOON)
    [kept] = found.kept
    assert kept.quote.plan is not None
    assert (kept.cause, kept.quote.total, found.today) == (
        "deal.submitted",
        kept.quote.net.times(Fraction(9, 100)),
        None,
    )
    await make_plan(PLAN | {"clauses": [PLAN["clauses"][0] | {"rate": "5"}]}, date(2026, 11, 1), 2)
    await run_again("deal.submitted")
    assert len(await amount_of(deal)) == 1, "once for each event, whatever the plan is now"
    await keep_quote(deal, "deal.approved", new_id(), now=NOON)
    newest, first = (await get_quotes(cast.pia, deal, now=NOON)).kept
    assert (newest.quote.plan and newest.quote.plan.rate, first) == ("5%", kept)


async def test_a_draft_is_reckoned_when_it_is_looked_at(cast: Cast) -> None:
    await a_plan()
    deal = await make.deal(cast.pia, quantity=2, price=500_00)
    found = await get_quotes(cast.pia, deal, now=NOON)
    assert found.today is not None
    assert (found.kept, found.today.total_minor) == ([], 90_00)
    assert await amount_of(deal) == []


async def test_a_quote_comes_true_to_the_cent(cast: Cast) -> None:
    """Invoiced exactly so, paid in parts, under the same plan, to the partner that registered it."""
    sale = await make_sale(cast)
    async with database.transaction(SYSTEM):
        await database.sql("UPDATE partners_deal_line SET value_minor = 456055 WHERE deal = $1", sale.deal)
    await keep_quote(sale.deal, "deal.submitted", new_id(), now=NOON)
    invoice = await sale.invoice(4560_55, deal=sale.deal)
    for part in (1000_01, 2000_02, 1560_52):
        await sale.paid(invoice, part)
    await service.accrue(SYSTEM, now=NOON)
    found = await get_quotes(cast.pia, sale.deal, now=NOON)
    assert found.accrued is not None
    assert found.accrued.amount == found.kept[0].quote.total
    assert causes(found.kept[0].quote, found.accrued) == ()


async def test_only_its_partner_those_above_and_the_vendor_read_it(cast: Cast) -> None:
    await a_plan()
    deal = await make.deal(cast.pia, state="submitted")
    await keep_quote(deal, "deal.submitted", new_id(), now=NOON)
    for who in (cast.pia, cast.petra, cast.dora, cast.vera, cast.faye):
        assert len((await get_quotes(who, deal, now=NOON)).kept) == 1
    with pytest.raises(NotFound):
        await get_quotes(cast.otto, deal, now=NOON)
    for who in (cast.pam, cast.sam):
        with pytest.raises(NotAllowed):
            await get_quotes(who, deal, now=NOON)
    async with database.transaction(cast.otto):
        assert await database.sql_value("SELECT count(*) FROM attribution_quote") == 0


@pytest.mark.security
async def test_nobody_changes_a_quote(cast: Cast) -> None:
    await a_plan()
    deal = await make.deal(cast.pia, state="submitted")
    await keep_quote(deal, "deal.submitted", new_id(), now=NOON)
    for who, change in (
        (cast.pia, "DELETE FROM attribution_quote"),
        (cast.vera, "UPDATE attribution_quote SET amount_minor = 1"),
        (cast.pia, "INSERT INTO attribution_quote (id) VALUES (gen_random_uuid())"),
    ):
        with pytest.raises(asyncpg.PostgresError):
            async with database.transaction(who):
                await database.sql(change)


async def test_what_came_in_by_import_is_quoted_together_once(cast: Cast) -> None:
    await a_plan()
    deals_there = [await make.deal(cast.pia, state=state) for state in ("submitted", "approved", "draft", "rejected")]
    assert await quote_open_deals(now=NOON) == 2
    assert await quote_open_deals(now=NOON) == 0
    assert [len(await amount_of(deal)) for deal in deals_there] == [1, 1, 0, 0]


async def test_a_deal_with_a_past_is_quoted_as_of_its_submission(cast: Cast) -> None:
    await a_plan()
    await make_plan(PLAN | {"clauses": [PLAN["clauses"][0] | {"rate": "5"}]}, date(2026, 11, 1), 2)
    long_ago = NOON - timedelta(days=60)
    deal = await make.deal(cast.pia, state="approved", submitted_at=long_ago)
    await make.deal(cast.pia)
    assert await keep_past_quotes() == 1
    assert await keep_past_quotes() == 0
    [kept] = (await get_quotes(cast.pia, deal, now=NOON)).kept
    assert (kept.made_at, kept.quote.plan and kept.quote.plan.rate) == (long_ago, "9%")


async def test_a_deal_that_ended_without_a_sale_tells_what_it_would_have_earned(app: Litestar, cast: Cast) -> None:
    await a_plan()
    deal = await make.deal(cast.pia, state="withdrawn")
    await keep_quote(deal, "deal.submitted", new_id(), now=NOON)
    page = (await (await Browser.of(app, cast.pia)).get(f"/partners/deals/{deal}")).text
    assert "What it would have earned" in page
    assert "What it will earn" not in page


async def test_the_deal_tells_what_it_earns_and_what_has_accrued(app: Litestar, cast: Cast) -> None:
    sale = await make_sale(cast)
    await keep_quote(sale.deal, "deal.submitted", new_id(), now=NOON)
    pia, vera, sam = [await Browser.of(app, who) for who in (cast.pia, cast.vera, cast.sam)]
    path = f"/partners/deals/{sale.deal}"
    page = (await pia.get(path)).text
    assert "What it will earn" in page
    assert "€90.00" in page
    assert "Your rate" in page
    assert "Reseller DACH v1" in (await vera.get(path)).text
    assert "What it will earn" not in (await sam.get(path)).text, "sales have no business with commissions"
    await sale.paid(await sale.invoice(1000_00, deal=sale.deal), 400_00)
    await service.accrue(SYSTEM, now=NOON)
    page = (await pia.get(path)).text
    assert "Accrued so far" in page
    assert "€600.00 is still to be paid" in page


async def test_a_deal_without_a_plan_says_so(app: Litestar, cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    page = (await (await Browser.of(app, cast.pia)).get(f"/partners/deals/{deal}")).text
    assert "No plan in force" in page


async def test_the_form_hints_at_what_a_registration_earns(app: Litestar, cast: Cast) -> None:
    pia = await Browser.of(app, cast.pia)
    assert "No commission plan is in force" in (await pia.get("/partners/deals/new")).text
    await a_plan()
    assert "9% of the cash received" in (await pia.get("/partners/deals/new")).text
    deal = await make.deal(cast.pia)
    assert "this deal will earn €90.00" in (await pia.get(f"/partners/deals/{deal}/edit")).text


async def test_programs_read_it_too(app: Litestar, cast: Cast) -> None:
    await a_plan()
    deal = await make.deal(cast.pia, state="submitted")
    await keep_quote(deal, "deal.submitted", new_id(), now=NOON)
    answer = (await (await Browser.of(app, cast.pia)).json(f"/api/v1/commissions/quotes/{deal}")).json()
    assert [one["quote"]["total_minor"] for one in answer["quotes"]] == [90_00]
    assert (answer["today"], answer["accrued"]) == (None, None)
