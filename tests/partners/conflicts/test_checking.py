"""The check: who is in a conflict, that it is found once, and that it ends by itself."""

from datetime import timedelta
from uuid import UUID

import pytest

from partners.conflicts.checking import check_account
from partners.conflicts.rules import Ground
from partners.conflicts.service import Award, decide
from partners.customers import linking
from partners.deals import service as deals
from partners.deals.service import Said
from partners.deals.states import Stage
from partners.merging import service as merging
from partners.opportunities import service as opportunities
from partners.opportunities.rules import OpportunityFacts
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from portal.core.events import record
from portal.core.ids import new_id
from portal.core.money import Money
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import claimed, collided, conflicts, direct, results
from tests.partners.merging.stand import protected
from tests.partners.stand import names_of, registration, tiers
from tests.settle import settle


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_two_partners_for_the_same_customer_and_products_are_one_conflict(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    assert {claim.subject for claim in room.claims} == {mine, theirs}
    assert results(room) == {mine: "waiting", theirs: "waiting"}
    assert await names_of(room.id) == ["conflict.found", "conflict.changed"]
    assert await names_of(mine) == []


async def test_looking_again_changes_nothing(cast: Cast) -> None:
    _mine, _theirs, room = await collided(cast)
    await check_account(room.account_id, now=NOON)
    assert await conflicts() == [room]
    assert await names_of(room.id) == ["conflict.found", "conflict.changed"]


@pytest.mark.parametrize("apart", ["customer", "product", "role", "partner", "draft", "ended"])
async def test_whoever_is_in_nobodys_way_is_in_no_conflict(cast: Cast, apart: str) -> None:
    account, product = await make.account(), await make.product()
    await claimed(cast.pia, account, product)
    await claimed(
        cast.paul if apart == "partner" else cast.otto,
        await make.account() if apart == "customer" else account,
        await make.product() if apart == "product" else product,
        role="co_sell" if apart == "role" else "sell",
        state={"draft": "draft", "ended": "approved"}.get(apart, "submitted"),
        protected_until=NOON if apart == "ended" else None,
    )
    await check_account(account, now=NOON)
    assert await conflicts() == []


async def test_an_open_direct_opportunity_conflicts_by_its_product_alone(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    deal = await claimed(cast.pia, account, product)
    await make.opportunity(account, cast.sam)
    await direct(cast.sam, account, product, stage="lost", closed_at=NOON)
    await check_account(account, now=NOON)
    assert await conflicts() == []
    sale = await direct(cast.sam, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    assert results(room) == {deal: "waiting", sale: "waiting"}


async def test_the_evidence_of_each_side_is_kept(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    touch = await make.touchpoint(account, partner=cast.alpha, occurred_at=NOON - timedelta(days=40))
    await make.touchpoint(account, partner=cast.alpha, occurred_at=NOON - timedelta(days=3))
    await make.touchpoint(account, partner=cast.omega, kind="registration", occurred_at=NOON - timedelta(days=50))
    term = await make.term(account, product, partner=cast.omega)
    mine, theirs = await claimed(cast.pia, account, product), await claimed(cast.otto, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    one, other = (next(claim for claim in room.claims if claim.subject == deal) for deal in (mine, theirs))
    assert (one.first_touch, len(one.touch_days), one.of_record) == (touch, 2, None)
    assert (other.first_touch, other.touch_days, other.of_record) == (None, (), term)
    assert (one.amount, one.stood, one.owner_id) == (Money(1_000_00, "EUR"), "submitted", cast.pia.membership_id)


async def test_it_is_found_after_the_request_from_a_registration_and_from_a_link(cast: Cast) -> None:
    await tiers()
    account, product = await make.account(), await make.product()
    await claimed(cast.pia, account, product)
    deal = await deals.register_deal(cast.otto, registration(product), now=NOON)
    await settle()
    assert await conflicts() == []
    async with db.transaction(SYSTEM):
        card = await db.sql_value("SELECT card FROM partners_deal WHERE id = $1", deal)
    await linking.link_card(cast.vera, card, account, now=NOON)
    await settle()
    [room] = await conflicts()
    assert deal in results(room)


async def test_a_direct_sale_is_found_when_recorded_and_leaves_when_closed(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    deal = await claimed(cast.pia, account, product)
    facts = OpportunityFacts(account, "Renewal of the north", Money(5_000_00, "EUR"), product)
    sale = await opportunities.record_opportunity(cast.sam, facts, now=NOON)
    await settle()
    [room] = await conflicts()
    assert results(room) == {deal: "waiting", sale: "waiting"}
    await opportunities.close_opportunity(cast.sam, sale, Stage.LOST, now=NOON)
    await settle()
    [room] = await conflicts()
    assert (room.state, room.close_reason, results(room)) == ("closed", "one_left", {deal: "free", sale: "left"})
    assert (await names_of(room.id))[-1] == "conflict.closed"


@pytest.mark.parametrize("verb", ["withdraw", "lose"])
async def test_a_claim_that_ends_leaves_and_the_last_one_is_free(cast: Cast, verb: str) -> None:
    mine, theirs, _room = await collided(cast)
    if verb == "withdraw":
        await deals.move_deal(cast.pia, mine, "withdraw", now=NOON)
    else:
        await deals.set_stage(cast.pia, mine, "lose", said=Said(code="price"), now=NOON)
    await settle()
    [room] = await conflicts()
    assert (room.state, results(room)) == ("closed", {mine: "left", theirs: "free"})


async def test_a_third_one_joins_and_two_remain(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    async with db.transaction(SYSTEM):
        product = await db.sql_value("SELECT product FROM partners_deal_line WHERE deal = $1", mine)
    sale = await direct(cast.sam, room.account_id, product)
    await check_account(room.account_id, now=NOON)
    await deals.move_deal(cast.otto, theirs, "withdraw", now=NOON)
    await settle()
    [room] = await conflicts()
    assert (room.state, results(room)) == ("open", {mine: "waiting", theirs: "left", sale: "waiting"})


async def test_merged_accounts_bring_their_claims_together_and_apart_again(cast: Cast) -> None:
    one, other, product = await make.account(), await make.account(), await make.product()
    mine, theirs = await claimed(cast.pia, one, product), await claimed(cast.otto, other, product)
    merged = await merging.merge_accounts(cast.vera, one, other, now=NOON)
    await settle()
    [room] = await conflicts()
    assert results(room) == {mine: "waiting", theirs: "waiting"}
    assert merged.alias_id
    await merging.undo_merge(cast.vera, merged.alias_id, now=NOON)
    await settle()
    [room] = await conflicts()
    assert (room.state, results(room)) == ("closed", {mine: "free", theirs: "free"})


async def test_two_conflicts_of_merged_accounts_become_one(cast: Cast) -> None:
    one, other, product = await make.account(), await make.account(), await make.product()
    for account, actor in ((one, cast.pia), (one, cast.otto), (other, cast.dora), (other, cast.otto)):
        await claimed(actor, account, product)
        await check_account(account, now=NOON)
    assert [room.state for room in await conflicts()] == ["open", "open"]
    await merging.merge_accounts(cast.vera, other, one, now=NOON)
    await settle()
    assert sorted((room.state, room.close_reason) for room in await conflicts()) == [("closed", "joined"), ("open", "")]
    assert sorted(len(room.waiting) for room in await conflicts()) == [0, 4]


async def test_a_merge_that_waits_for_two_protected_deals_opens_a_conflict(cast: Cast) -> None:
    one, other, product = await make.account(), await make.account(), await make.product()
    mine, theirs = await protected(cast.pia, one, product), await protected(cast.otto, other, product)
    merged = await merging.merge_accounts(cast.vera, one, other, now=NOON)
    assert merged.request_id
    await settle()
    [room] = await conflicts()
    assert (room.merge_waits, results(room)) == (True, {mine: "waiting", theirs: "waiting"})
    await merging.decide_request(cast.vera, merged.request_id, "refuse", now=NOON)
    await settle()
    [room] = await conflicts()
    assert room.state == "closed"


async def test_a_deal_in_an_open_conflict_is_not_approved(cast: Cast) -> None:
    await tiers()
    mine, theirs, room = await collided(cast)
    await deals.move_deal(cast.vera, mine, "take", now=NOON)
    with pytest.raises(Conflict, match="Decide the conflict first"):
        await deals.move_deal(cast.vera, mine, "approve", now=NOON)
    await deals.move_deal(cast.otto, theirs, "withdraw", now=NOON)
    await settle()
    await deals.move_deal(cast.vera, mine, "approve", now=NOON)
    assert (await conflicts())[0].id == room.id


async def test_an_appeal_reopens_it_once(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    winner = next(claim.id for claim in room.claims if claim.subject == mine)
    await decide(cast.vera, room.id, Award(winner, Ground.FIRST_REGISTRATION, words="Registered already."), now=NOON)
    await settle()
    await _appeal(theirs)
    await check_account(room.account_id, now=NOON)
    [room] = await conflicts()
    assert (room.state, results(room)) == ("appealed", {mine: "waiting", theirs: "waiting"})


async def test_an_appeal_when_nobody_is_in_the_way_any_more_frees_the_deal(cast: Cast) -> None:
    await tiers()
    mine, theirs, room = await collided(cast)
    winner = next(claim.id for claim in room.claims if claim.subject == mine)
    await decide(cast.vera, room.id, Award(winner, Ground.FIRST_REGISTRATION, words="Registered already."), now=NOON)
    await deals.move_deal(cast.pia, mine, "withdraw", now=NOON)
    await settle()
    await _appeal(theirs)
    await check_account(room.account_id, now=NOON)
    [room] = await conflicts()
    assert (room.state, results(room)[theirs]) == ("decided", "free")
    await deals.move_deal(cast.vera, theirs, "approve", now=NOON)


async def _appeal(deal: UUID) -> None:
    """What an appeal does to the deal."""
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE partners_deal SET state = 'in_review', reject_code = '', decided_at = NULL WHERE id = $1", deal
        )


async def test_what_a_file_brings_is_checked_and_what_it_ended_leaves(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    deal, sale = await claimed(cast.pia, account, product), await direct(cast.sam, account, product)
    async with db.transaction(SYSTEM):
        await record(SYSTEM, "opportunities.imported", "import", new_id(), now=NOON)
    await settle()
    [room] = await conflicts()
    assert results(room) == {deal: "waiting", sale: "waiting"}
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_opportunity SET stage = 'lost', closed_at = $1 WHERE id = $2", NOON, sale)
        await record(SYSTEM, "opportunities.imported", "import", new_id(), now=NOON)
    await settle()
    assert [room.state for room in await conflicts()] == ["closed"]


async def test_managers_and_whoever_works_a_direct_sale_hear_of_it(cast: Cast) -> None:
    account, product = await make.account("Kaltenberg AG"), await make.product()
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    await claimed(cast.pia, account, product)
    await direct(cast.sam, account, product)
    await check_account(account, now=NOON)
    await settle()
    async with db.transaction(SYSTEM):
        mails = await db.sql("SELECT to_address, subject FROM mail_message ORDER BY to_address")
    assert [(one["to_address"], one["subject"]) for one in mails] == [
        (who.email, "Several claim Kaltenberg AG") for who in sorted((cast.sam, cast.vera), key=lambda one: one.email)
    ]
