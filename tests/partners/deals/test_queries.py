"""Reading deals: the record, the vendor's side of it, what waits, and the sums for charts."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from partners.customers import doors
from partners.deals import figures, queries, vendor
from partners.deals.states import DealState, Stage
from partners.matching.accounts import write_all_keys
from portal.core import db, i18n
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed, NotFound
from portal.core.money import Money
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import statements


async def test_the_record_is_one_statement(cast: Cast) -> None:
    card = await make.card(cast.pia, "Allgäuer Frischlogistik GmbH", city="Kempten")
    await make.contact(cast.pia, card, "Anke Petersen")
    product = await make.product("Insight", price=290_00)
    deal = await make.deal(
        cast.pia, card_id=card, product_id=product, quantity=40, price=255_20, competitor="Frostlog",
        reviewer=cast.vera.membership_id, state="in_review", stage="proposal",
    )  # fmt: skip
    with statements() as seen:
        record = await queries.get_record(cast.pia, deal)
    assert len(seen) == 1
    assert (record.customer_name, record.customer.city) == ("Allgäuer Frischlogistik GmbH", "Kempten")
    assert (record.partner_name, record.partner_tier) == ("Alpha Systemhaus GmbH", "gold")
    assert (record.owner_name, record.reviewer_name) == ("Pia Alpha", "Vera Vendor")
    assert [person.name for person in record.people] == ["Anke Petersen"]
    line = record.lines[0]
    assert (line.name, line.quantity, line.value) == ("Insight", 40, Money(10_208_00, "EUR"))
    assert line.below_list == Money(1_392_00, "EUR")
    assert record.weighted == Money(5_104_00, "EUR")


async def test_lines_speak_the_readers_language(cast: Cast) -> None:
    product = await make.product("Insight")
    deal = await make.deal(cast.pia, product_id=product)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_product SET name_zh = '洞察' WHERE id = $1", product)
    with i18n.using("zh_CN"):
        assert (await queries.get_record(cast.pia, deal)).lines[0].name == "洞察"
    assert (await queries.get_record(cast.pia, deal)).lines[0].name == "Insight"


async def test_a_list_price_in_another_currency_is_no_list_price(cast: Cast) -> None:
    deal = await make.deal(cast.pia, product_id=await make.product(currency="USD"))
    line = (await queries.get_record(cast.pia, deal)).lines[0]
    assert (line.list_price, line.below_list) == (None, None)


@pytest.mark.parametrize("who", ["otto", "oona"])
async def test_a_rival_finds_nothing(cast: Cast, who: str) -> None:
    deal = await make.deal(cast.pia)
    with pytest.raises(NotFound):
        await queries.get_record(cast.everybody()[who], deal)


async def test_marketing_reads_no_deals(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await queries.get_record(cast.pam, await make.deal(cast.pia))


async def test_the_vendors_side_is_two_statements(cast: Cast) -> None:
    card = await make.card(cast.pia, "Acme Systems GmbH")
    account = await make.account("Acme Systems GmbH")
    await write_all_keys(SYSTEM)
    deal = await make.deal(cast.pia, card_id=card, state="submitted")
    await make.deal(cast.pia, state="approved", stage="won", closed_at=NOON)
    record = await queries.get_record(cast.vera, deal)
    with statements() as seen:
        side = await vendor.get_vendor_side(cast.vera, record)
    assert len(seen) == 2
    assert side.account_id is None
    assert [one.account_id for one in side.suggestions] == [account]
    assert (side.open_registrations, side.won, side.lost) == (1, 1, 0)
    with pytest.raises(NotAllowed):
        await vendor.get_vendor_side(cast.pia, record)


async def test_the_vendor_sees_link_and_protection(cast: Cast) -> None:
    account, product = await make.account("Acme AG"), await make.product("Insight")
    card = await make.card(cast.pia, account_id=account)
    deal = await make.deal(cast.pia, card_id=card, product_id=product, state="approved")
    await make.protection(deal, cast.pia, account, await make.group_of(product))
    side = await vendor.get_vendor_side(cast.vera, await queries.get_record(cast.vera, deal))
    assert (side.account_id, side.account_name, side.linked_by) == (account, "Acme AG", "Pia Alpha")
    assert side.protected_groups == ("Insight group",)
    assert side.suggestions == ()


async def look_after(cast: Cast) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)


async def test_what_waits_for_whom(cast: Cast) -> None:
    await look_after(cast)
    earlier = await make.deal(cast.pia, state="submitted", submitted_at=NOON - timedelta(hours=2))
    later = await make.deal(cast.pia, state="in_review")
    asked = await make.deal(cast.pia, state="info_requested")
    rivals = await make.deal(cast.otto, state="in_review", reviewer=cast.vera.membership_id)
    await make.deal(cast.otto, state="submitted")
    await make.deal(cast.pia, state="approved")
    assert (await queries.list_waiting(cast.vera))[0].id == earlier
    assert {one.id for one in await queries.list_waiting(cast.vera)} == {earlier, later, rivals}
    assert [(one.id, one.state) for one in await queries.list_waiting(cast.pia)] == [(asked, DealState.INFO_REQUESTED)]
    for actor, count in (
        (cast.vera, 3),
        (cast.pia, 1),
        (cast.otto, 0),
        (cast.dora, 0),
        (cast.faye, 0),
        (cast.petra, 0),
    ):
        assert await queries.count_waiting(actor) == count
        assert len(await queries.list_waiting(actor)) == count


async def test_the_pipeline_is_by_month_stage_and_currency(cast: Cast) -> None:
    month = date(2026, 12, 1)
    await make.deal(cast.pia, state="approved", stage="proposal", expected_close_on=date(2026, 12, 5))
    await make.deal(cast.pia, state="submitted", stage="proposal", expected_close_on=date(2026, 12, 31))
    await make.deal(cast.pia, state="submitted", stage="prospect", expected_close_on=date(2027, 1, 1))
    for left_out in ("draft", "rejected", "withdrawn"):
        await make.deal(cast.pia, state=left_out, expected_close_on=date(2026, 12, 5))
    await make.deal(cast.pia, state="approved", stage="won", closed_at=NOON, expected_close_on=date(2026, 12, 5))
    await make.deal(cast.otto, state="approved", stage="proposal", expected_close_on=date(2026, 12, 5))
    cells = await figures.list_pipeline(cast.pia, since=month, until=date(2027, 2, 1))
    assert [(c.month, c.stage, c.count, c.amount.minor, c.weighted.minor) for c in cells] == [
        (month, Stage.PROPOSAL, 2, 2_000_00, 1_000_00),
        (date(2027, 1, 1), Stage.PROSPECT, 1, 1_000_00, 100_00),
    ]
    everything = await figures.list_pipeline(cast.vera, since=month, until=date(2027, 1, 1))
    assert [cell.count for cell in everything] == [3]
    await look_after(cast)
    mine = await figures.list_pipeline(cast.vera, since=month, until=date(2027, 1, 1), manager=cast.vera.membership_id)
    assert [cell.count for cell in mine] == [2]
    one = await figures.list_pipeline(cast.vera, since=month, until=date(2027, 1, 1), partner_id=cast.omega)
    assert [cell.count for cell in one] == [1]


async def test_the_win_rate_counts_what_was_closed(cast: Cast) -> None:
    assert (await figures.get_win_rate(cast.pia, now=NOON)).rate is None
    for closed in (NOON, NOON - timedelta(days=364), NOON - timedelta(days=366)):
        await make.deal(cast.pia, state="approved", stage="won", closed_at=closed)
    await make.deal(cast.pia, state="approved", stage="lost", closed_at=NOON)
    found = await figures.get_win_rate(cast.pia, now=NOON)
    assert (found.won, found.lost, found.rate) == (2, 1, Fraction(2, 3))
    assert (await figures.get_win_rate(cast.otto, now=NOON)).rate is None


async def test_customers_pages_get_the_deals_that_the_reader_may_see(cast: Cast) -> None:
    card = await make.card(cast.pia)
    deal = await make.deal(cast.pia, card_id=card, state="submitted")
    for actor in (cast.pia, cast.dora, cast.vera):
        assert [one.id for one in await db.ask_alone(actor, doors.deals_of(actor, [card]))] == [deal]
    assert await db.ask_alone(cast.otto, doors.deals_of(cast.otto, [card])) == []
    assert doors.deals_of(cast.pam, [card]) is None
    assert doors.deals_of(cast.pia, []) is None, "nothing is asked without cards"
