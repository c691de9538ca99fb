"""What of a deal changes when: its facts by what is locked, its sale, by time, and by successors."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from partners.deals import queries, service
from partners.deals.rules import Contact, Line, NewCustomer, Registration
from partners.deals.service import Said
from partners.deals.states import DealRole, DealState, Stage
from partners.deals.tables import Deal
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, names_of


async def row(deal_id: UUID) -> Deal:
    async with db.transaction(SYSTEM):
        return await queries.get_deal(SYSTEM, deal_id)


async def wanted_of(actor: Actor, deal_id: UUID) -> Registration:
    return (await queries.get_record(actor, deal_id)).registration


async def test_a_draft_may_be_changed_in_everything(cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    before = await wanted_of(cast.pia, deal)
    product = await make.product(price=7_00)
    after = replace(
        before, customer=NewCustomer("Another AG", "AT"), lines=(Line(product, 3),), competitor="Frostlog",
        notes="New", role=DealRole.INFLUENCE, contact=Contact("Anke", "a@x.example"),
    )  # fmt: skip
    await service.edit_deal(cast.pia, deal, after, now=NOON)
    changed = await row(deal)
    assert (changed.customer_name, changed.amount_minor, changed.competitor) == ("Another AG", 21_00, "Frostlog")
    event = (await events_of(deal))[-1]
    assert event["name"] == "deal.edited"
    assert set(event["changes"]) == {"card", "lines", "competitor", "notes", "role"}
    assert "a@x.example" in event["personal"]


async def test_saving_without_a_change_is_no_event(cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    await service.edit_deal(cast.pia, deal, await wanted_of(cast.pia, deal), now=NOON)
    assert await names_of(deal) == []
    assert (await row(deal)).version == 1


async def test_after_submitting_only_notes_are_open(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="submitted")
    before = await wanted_of(cast.pia, deal)
    await service.edit_deal(cast.pia, deal, replace(before, notes="Called again"), now=NOON)
    assert (await row(deal)).notes == "Called again"
    before = await wanted_of(cast.pia, deal)
    for change in (
        {"competitor": "X"}, {"reference": "X"}, {"expected_close_on": date(2027, 1, 1)},
        {"role": DealRole.BUILD}, {"contact": Contact("Anke")}, {"lines": ()}, {"customer": NewCustomer("New", "DE")},
    ):  # fmt: skip
        with pytest.raises(Conflict) as refusal:
            await service.edit_deal(cast.pia, deal, replace(before, **change), now=NOON)
        assert refusal.value.code == "locked"


async def test_a_question_opens_what_it_asks_for(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="in_review")
    await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("Which?", asked=["competitor"]))
    before = await wanted_of(cast.pia, deal)
    await service.edit_deal(cast.pia, deal, replace(before, competitor="Frostlog"), now=NOON)
    with pytest.raises(Conflict):
        await service.edit_deal(cast.pia, deal, replace(before, reference="X"), now=NOON)


async def test_the_vendor_does_not_rewrite_a_partners_words(cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    with pytest.raises(NotAllowed):
        await service.edit_deal(cast.vera, deal, await wanted_of(cast.pia, deal), now=NOON)


async def test_notes_stay_open_when_a_product_has_left_the_catalogue(cast: Cast) -> None:
    product = await make.product()
    deal = await make.deal(cast.pia, product_id=product, state="approved", contact_email="no longer valid")
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_product SET active = false WHERE id = $1", product)
    before = await wanted_of(cast.pia, deal)
    await service.edit_deal(cast.pia, deal, replace(before, notes="Still here"), now=NOON)
    assert (await row(deal)).notes == "Still here"


async def test_the_partner_moves_the_sale_to_and_fro(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="approved")
    for verb, stage in (("negotiate", "negotiation"), ("qualify", "qualified"), ("propose", "proposal")):
        await service.set_stage(cast.pia, deal, verb, now=NOON)
        assert (await row(deal)).stage == stage
    await service.set_stage(cast.pia, deal, "win", now=NOON)
    won = await row(deal)
    assert (won.stage, won.closed_at) == ("won", NOON)
    assert await names_of(deal) == ["deal.stage_moved"] * 3 + ["deal.won"]


@pytest.mark.parametrize("state", [state for state in DealState if state != DealState.APPROVED])
async def test_winning_needs_the_approval(cast: Cast, state: DealState) -> None:
    deal = await make.deal(cast.pia, state=state)
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "win", now=NOON)


async def test_a_protection_that_is_over_wins_nothing_even_before_the_job_ran(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="approved", protected_until=NOON)
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "win", now=NOON)


async def test_losing_needs_a_reason(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="approved")
    with pytest.raises(Invalid):
        await service.set_stage(cast.pia, deal, "lose", now=NOON)
    await service.set_stage(cast.pia, deal, "lose", now=NOON, said=Said(code="competitor"))
    lost = await row(deal)
    assert (lost.stage, lost.lost_reason, lost.closed_at) == ("lost", "competitor", NOON)
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "qualify", now=NOON)


@pytest.mark.parametrize("state", ["draft", "rejected", "withdrawn"])
async def test_the_sale_is_not_followed_there(cast: Cast, state: str) -> None:
    deal = await make.deal(cast.pia, state=state)
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "qualify", now=NOON)


async def test_time_expires_what_is_approved_and_not_won(cast: Cast) -> None:
    over: dict[str, Any] = {"state": "approved", "protected_until": NOON - timedelta(seconds=1)}
    due = await make.deal(cast.pia, **over)
    lost = await make.deal(cast.pia, **over, stage="lost", closed_at=NOON)
    won = await make.deal(cast.pia, **over, stage="won", closed_at=NOON)
    running = await make.deal(cast.pia, state="approved", protected_until=NOON + timedelta(seconds=1))
    assert await service.expire_due(now=NOON) == 2
    assert await service.expire_due(now=NOON) == 0
    states = [(await row(one)).state for one in (due, lost, won, running)]
    assert states == ["expired", "expired", "approved", "approved"]
    assert await names_of(due) == ["deal.expired"]
    assert await names_of(won) == []


async def test_more_than_one_batch_expires(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_EXPIRED_AT_ONCE", 2)
    for _number in range(5):
        await make.deal(cast.pia, state="approved", protected_until=NOON)
    assert await service.expire_due(now=NOON) == 5


async def test_a_successor_takes_over_what_is_open(cast: Cast) -> None:
    mine = await make.deal(cast.pia, state="approved")
    closed = await make.deal(cast.pia, state="approved", stage=Stage.WON, closed_at=NOON)
    async with db.transaction(cast.paul):
        moved = await service.hand_over_deals(cast.paul, cast.pia.membership_id, cast.paul.membership_id, NOON)
    assert moved == 1
    assert (await row(mine)).owner == cast.paul.membership_id
    assert (await row(closed)).owner == cast.pia.membership_id
    assert await names_of(mine) == ["deal.handed_over"]


async def test_a_review_goes_to_the_successor(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="in_review", reviewer=cast.vera.membership_id)
    async with db.transaction(cast.ada):
        await service.hand_over_deals(cast.ada, cast.vera.membership_id, cast.sam.membership_id, NOON)
    assert (await row(deal)).reviewer == cast.sam.membership_id
