"""Deciding: one goes on, the others are told without learning of whom, all at once or not at all."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from partners.conflicts import queries, service
from partners.conflicts.checking import check_account
from partners.conflicts.rules import Ground, Parts
from partners.conflicts.service import Agreement, Award
from partners.deals import queries as deal_queries
from partners.deals import service as deals
from partners.deals.tables import DealLine
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import (
    WORDS,
    award,
    claim_of,
    claimed,
    collided,
    conflicts,
    direct,
    held,
    manager,
    results,
    state_of,
)
from tests.partners.stand import events_of, names_of, tiers
from tests.settle import settle
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_the_loser_is_rejected_with_the_words_and_the_winner_waits_for_its_approval(cast: Cast) -> None:
    await tiers()
    mine, theirs, room = await collided(cast)
    await award(cast.vera, room, mine)
    lost = await deal_queries.get_record(cast.otto, theirs)
    assert (lost.state, lost.reject_code, lost.decision_note) == ("rejected", "duplicate", WORDS)
    [room] = await conflicts()
    assert (room.state, results(room)) == ("decided", {mine: "won", theirs: "lost"})
    [decision] = room.decisions
    assert (decision.proposed_rule, decision.ground, decision.decided_by) == (
        "first_registration", "first_registration", cast.vera.membership_id,
    )  # fmt: skip
    await deals.move_deal(cast.vera, mine, "take", now=NOON)
    await deals.move_deal(cast.vera, mine, "approve", now=NOON)
    await settle()
    assert [one.state for one in await conflicts()] == ["decided"]


async def test_it_is_one_event_and_none_of_it_is_a_partners(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    await award(cast.vera, room, mine, note="Alpha brought the contact.", ground=Ground.JUDGEMENT)
    *_before, event = await events_of(room.id)
    assert (event["name"], event["audience"], event["partner_id"]) == ("conflict.decided", "vendor", None)
    assert event["changes"]["followed"] == [None, False]
    assert await names_of(theirs) == ["deal.taken", "deal.rejected"]
    assert await names_of(mine) == []
    told = [one for one in await events_of(theirs) if one["name"] == "deal.rejected"]
    assert "Alpha" not in str(told)


async def test_what_waits_for_an_answer_can_lose_too(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET state = 'info_requested', question = 'Who?' WHERE id = $1", theirs)
    await award(cast.vera, room, mine)
    assert await state_of(theirs) == "rejected"


async def test_a_direct_sale_that_loses_is_closed_and_one_that_wins_rejects_by_its_own_code(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    deal, sale = await claimed(cast.pia, account, product), await direct(cast.sam, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    await service.decide(
        cast.vera, room.id, Award(claim_of(room, sale), Ground.JUDGEMENT, "Sam has the contract.", WORDS), now=NOON
    )
    assert (await deal_queries.get_record(cast.pia, deal)).reject_code == "direct_opportunity"
    other = await claimed(cast.otto, account, product)
    await check_account(account, now=NOON)
    second = next(one for one in await conflicts() if one.id != room.id)
    await award(cast.vera, second, other, Ground.EARLIER_DIRECT, words="")
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT stage FROM partners_opportunity WHERE id = $1", sale) == "lost"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"words": ""}, "words"),
        ({"words": "Alpha Systemhaus was first."}, "words"),
        ({"words": "Pia Alpha called them first."}, "words"),
        ({"ground": Ground.JUDGEMENT}, "note"),
        ({"ground": Ground.AGREEMENT}, "ground"),
        ({"winner": UUID(int=5)}, "winner"),
    ],
)
async def test_a_decision_that_is_wrong_changes_nothing(cast: Cast, changed: dict[str, Any], field: str) -> None:
    mine, theirs, room = await collided(cast)
    values: dict[str, Any] = {
        "winner": claim_of(room, mine),
        "ground": Ground.FIRST_REGISTRATION,
        "words": WORDS,
    } | changed
    with pytest.raises(Invalid) as refusal:
        await service.decide(cast.vera, room.id, Award(**values), now=NOON)
    assert list(refusal.value.errors) == [field]
    assert await state_of(theirs) == "submitted"
    assert (await conflicts())[0].state == "open"


async def test_whoever_works_one_of_the_sales_does_not_decide(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    deal, _sale = await claimed(cast.pia, account, product), await direct(cast.vera, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    with pytest.raises(Conflict, match="somebody else decides"):
        await award(cast.vera, room, deal)
    await award(await manager(), room, deal, Ground.EARLIER_DIRECT, words="")


async def test_only_managers_decide_and_partners_do_not_even_read(cast: Cast) -> None:
    mine, _theirs, room = await collided(cast)
    for actor in (cast.sam, cast.audra, cast.ada):
        with pytest.raises(NotAllowed):
            await award(actor, room, mine)
    with pytest.raises(NotAllowed):
        await queries.get_room(cast.pia, room.id)
    for table in ("conflict", "conflict_claim", "conflict_decision", "conflict_agreement"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.pia):
                await db.sql(f"SELECT id FROM partners_{table}")


async def test_an_approved_deal_may_go_on_and_nothing_is_left_to_approve(app: Litestar, cast: Cast) -> None:
    kept, rival, room = await held(cast)
    assert await award(cast.vera, room, kept, Ground.PROTECTION) is None
    await settle()
    [room] = await conflicts()
    assert (room.state, results(room)) == ("decided", {kept: "won", rival: "lost"})
    assert (await state_of(kept), await state_of(rival)) == ("approved", "rejected")
    page = await (await Browser.of(app, cast.vera)).get(f"/partners/conflicts/{room.id}")
    assert "Alpha Systemhaus GmbH goes on" in page.text
    assert "To the approval of" not in page.text
    assert not [one.name for one, count in await run_all(cast.audra) if count and one.name.startswith("conflicts.")]


async def test_the_second_decision_is_final_and_anothers(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    await award(cast.vera, room, mine)
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE partners_deal SET state = 'in_review', reject_code = '', decided_at = NULL WHERE id = $1", theirs
        )
    await check_account(room.account_id, now=NOON)
    [room] = await conflicts()
    with pytest.raises(Conflict, match="other people"):
        await award(cast.vera, room, theirs, Ground.JUDGEMENT, note="On second thoughts.")
    await award(await manager(), room, theirs, Ground.JUDGEMENT, note="The evidence was late.")
    [room] = await conflicts()
    assert (room.state, results(room), len(room.decisions)) == ("decided", {mine: "lost", theirs: "won"}, 2)
    with pytest.raises(Conflict, match="Nothing is left"):
        await award(cast.vera, room, mine)


async def test_nobody_loses_against_a_registration_that_is_gone(cast: Cast) -> None:
    """It was withdrawn, and the check has not seen it yet."""
    mine, theirs, room = await collided(cast)
    await deals.move_deal(cast.pia, mine, "withdraw", now=NOON)
    with pytest.raises(Conflict, match="moved on"):
        await award(cast.vera, room, mine)
    assert await state_of(theirs) == "submitted"


async def test_the_customers_choice_is_recorded_with_words_and_then_proposed(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    with pytest.raises(Invalid):
        await service.record_choice(cast.vera, room.id, claim_of(room, theirs), words=" ", now=NOON)
    await service.record_choice(cast.vera, room.id, claim_of(room, theirs), words="We want Omega.", now=NOON)
    [room] = await conflicts()
    assert (room.chosen, room.choice_words) == (claim_of(room, theirs), "We want Omega.")
    await award(cast.vera, room, theirs, Ground.CUSTOMER)
    assert results((await conflicts())[0]) == {mine: "lost", theirs: "won"}


async def test_two_partners_agree_and_both_can_be_approved(cast: Cast) -> None:
    await tiers()
    mine, theirs, room = await collided(cast)
    parts = Parts(claim_of(room, mine), claim_of(room, theirs), 70, 30)
    with pytest.raises(Invalid, match="add up to 100"):
        await service.agree(
            cast.vera, room.id, Agreement(Parts(parts.lead, parts.joining, 70, 31), "", WORDS), now=NOON
        )
    await service.agree(
        cast.vera, room.id, Agreement(parts, "By phone.", "You join as co-sell, with 30 percent."), now=NOON
    )
    [room] = await conflicts()
    assert {claim.subject: claim.part_percent for claim in room.claims} == {mine: 70, theirs: 30}
    for deal in (mine, theirs):
        await deals.move_deal(cast.vera, deal, "take", now=NOON)
        await deals.move_deal(cast.vera, deal, "approve", now=NOON)
    assert (await deal_queries.get_record(cast.otto, theirs)).role == "co_sell"
    assert "Alpha" not in str(await events_of(theirs))


async def test_whoever_is_in_neither_way_stays_free_and_meets_its_own_rival_again(cast: Cast) -> None:
    account, one, other = await make.account(), await make.product(), await make.product()
    mine, theirs = await claimed(cast.pia, account, one), await claimed(cast.otto, account, one)
    async with db.transaction(SYSTEM):
        await DealLine(
            id=new_id(), partner_id=cast.omega, deal=theirs, product=other, quantity=1, unit_price_minor=0,
            value_minor=0, position=2,
        ).save()  # fmt: skip
    third = await claimed(cast.dora, account, other)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    assert len(room.waiting) == 3
    await award(cast.vera, room, mine, Ground.JUDGEMENT, note="First to call.")
    await settle()
    assert results((await conflicts())[0]) == {mine: "won", theirs: "lost", third: "free"}


async def test_a_page_that_is_old_decides_nothing(cast: Cast) -> None:
    mine, theirs, room = await collided(cast)
    await check_account(room.account_id, now=NOON + timedelta(hours=1))
    await service.record_choice(cast.vera, room.id, claim_of(room, theirs), words="Them.", now=NOON)
    with pytest.raises(Conflict, match="moved on"):
        await service.decide(
            cast.vera,
            room.id,
            Award(claim_of(room, mine), Ground.JUDGEMENT, "x", WORDS),
            now=NOON,
            version=room.version,
        )
