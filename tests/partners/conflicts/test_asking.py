"""An approved deal loses by two people alone: nothing changes before the second agrees, and then everything at once."""

from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from partners.conflicts import asking, service
from partners.conflicts.checking import check_account
from partners.conflicts.queries import Room
from partners.conflicts.rules import AwardState, Ground, Parts
from partners.conflicts.service import Agreement
from partners.deals import queries as deal_queries
from partners.deals import service as deals
from partners.deals.service import Said
from partners.deals.tables import DealLine
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, NotAllowed
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import (
    WORDS,
    award,
    claim_of,
    claimed,
    conflicts,
    direct,
    held,
    manager,
    results,
    state_of,
)
from tests.partners.deals.test_reactions import mails
from tests.partners.merging.stand import protected
from tests.partners.stand import events_of, names_of, tiers
from tests.settle import settle
from tests.web import Browser

WHY = "The customer asked for Omega in writing."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def asked(cast: Cast, room: Room, wanted: UUID) -> UUID:
    request = await award(cast.vera, room, wanted, Ground.CUSTOMER, note=WHY)
    assert request is not None
    return request


async def answer(actor: Actor, request: UUID, *, approve: bool = True, note: str = "Ask them again.") -> None:
    found = await requests.get_request(actor, request)
    await approvals.decide(
        actor, request, approve=approve, content_sha256=found.content_sha256, note=note, now=NOON
    )  # fmt: skip


async def last(room: Room) -> Room:
    return next(one for one in await conflicts() if one.id == room.id)


async def broken(cast: Cast) -> list[str]:
    return [one.name for one, count in await run_all(cast.audra) if count and one.name.startswith(("conf", "deals."))]


async def address(actor: Actor) -> str:
    async with db.transaction(SYSTEM):
        return str(
            await db.sql_value(
                "SELECT p.email FROM identity_person p JOIN identity_membership m ON m.person = p.id WHERE m.id = $1",
                actor.membership_id,
            )
        )


async def test_nothing_changes_before_the_second_person_agrees_and_then_all_of_it(cast: Cast) -> None:
    await tiers()
    kept, wanted, room = await held(cast)
    request = await asked(cast, room, wanted)
    assert (await state_of(kept), await state_of(wanted)) == ("approved", "submitted")
    room = await last(room)
    assert (room.state, results(room)) == ("open", {kept: "waiting", wanted: "waiting"})
    assert room.asked is not None
    assert (room.asked.requested_by, room.asked.request_id) == (cast.vera.membership_id, request)
    assert await broken(cast) == []
    vito = await manager()
    await answer(vito, request)
    await settle()
    room = await last(room)
    assert (room.state, results(room)) == ("decided", {kept: "lost", wanted: "won"})
    [decision] = room.decisions
    assert (decision.decided_by, decision.agreed_by) == (cast.vera.membership_id, vito.membership_id)
    assert (decision.proposed_rule, decision.note) == ("protection", WHY)
    lost = await deal_queries.get_record(cast.pia, kept)
    assert (lost.state, lost.revoke_code, lost.revoke_note) == ("revoked", "customer_choice", WORDS)
    assert lost.protected_until == NOON
    assert await names_of(kept) == ["deal.revoked"]
    assert (await names_of(room.id))[-2:] == ["approval.requested", "conflict.decided"]
    said = (await events_of(room.id))[-1]
    assert (said["actor_id"], WHY in str(said)) == (vito.membership_id, False), (
        "the first one's words are not the second's"
    )
    await deals.move_deal(cast.vera, wanted, "take", now=NOON)
    await deals.move_deal(cast.vera, wanted, "approve", now=NOON)
    assert await broken(cast) == []


async def test_the_partner_of_a_revoked_deal_reads_the_words_and_nobodys_name(cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    await answer(await manager(), await asked(cast, room, wanted))
    await settle()
    pia = await address(cast.pia)
    told = str([one for one in await mails() if one["to_address"] == pia])
    assert WORDS in told
    assert "Omega" not in told
    assert "onflict" not in told
    record = str(await deal_queries.get_record(cast.pia, kept))
    assert "Omega" not in record
    with pytest.raises(Conflict):
        await deals.move_deal(cast.pia, kept, "appeal", said=Said("It was ours."), now=NOON)


async def test_while_it_waits_nothing_else_is_decided_and_the_room_says_for_whom(app: Litestar, cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    request = await asked(cast, room, wanted)
    vito = await manager()
    with pytest.raises(Conflict, match="waits for that answer") as refusal:
        await award(vito, room, kept, Ground.PROTECTION)
    assert refusal.value.code == "asked"
    with pytest.raises(Conflict):
        await service.record_choice(vito, room.id, claim_of(room, kept), words="Us.", now=NOON)
    page = await (await Browser.of(app, cast.vera)).get(f"/partners/conflicts/{room.id}")
    assert "Waits for a second person" in page.text
    assert "Vito Vendor" in page.text
    assert f"/approvals/{request}" in page.text
    assert "Take it back" in page.text
    assert "/decision" not in page.text
    browser = await Browser.of(app, vito)
    page = await browser.get(f"/partners/conflicts/{room.id}")
    assert "Read and answer" in page.text
    assert "Take it back" not in page.text
    asked_page = await browser.get(f"/approvals/{request}")
    for words in ("Who goes on with Kaltenberg AG", "loses its approval at once", WORDS, WHY):
        assert words in asked_page.text


async def test_on_refusal_the_room_is_as_before_and_says_so(app: Litestar, cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    vito = await manager()
    await answer(vito, await asked(cast, room, wanted), approve=False)
    room = await last(room)
    assert (room.state, results(room)) == ("open", {kept: "waiting", wanted: "waiting"})
    assert (await names_of(room.id))[-1] == "conflict.award_refused"
    page = await (await Browser.of(app, cast.vera)).get(f"/partners/conflicts/{room.id}")
    assert "Vito Vendor did not agree to what Vera Vendor had decided" in page.text
    assert "Ask them again." in page.text
    assert "/decision" in page.text
    await settle()
    [told] = [one for one in await mails() if one["to_address"] == await address(cast.vera)]
    assert "did not agree" in told["text"]
    assert await broken(cast) == []
    await answer(vito, await asked(cast, room, wanted))
    assert await state_of(kept) == "revoked"


async def test_nobody_does_both_parts(cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    request = await asked(cast, room, wanted)
    with pytest.raises(NotAllowed):
        await answer(cast.vera, request)
    for actor in (cast.ada, cast.sam, cast.audra):
        with pytest.raises(NotAllowed):
            await answer(actor, request)
    for statement in (
        "UPDATE partners_conflict_award SET state = 'agreed', decided_at = now(), decided_by = requested_by",
        (
            "INSERT INTO partners_conflict_decision (id, conflict, number, winner, ground, proposed_rule, note, words,"
            " decided_by, agreed_by, decided_at) SELECT id, conflict, 1, winner, ground, '', '', '', requested_by,"
            " requested_by, now() FROM partners_conflict_award"
        ),
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.transaction(SYSTEM):
                await db.sql(statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(SYSTEM):
            await db.sql("UPDATE partners_conflict_award SET words = 'Others.'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT id FROM partners_conflict_award")
    assert await state_of(kept) == "approved"


async def test_after_an_appeal_neither_of_the_first_two_has_a_say(cast: Cast) -> None:
    """Gamma is rejected where Alpha's approval ends by two people; it appeals, and others decide."""
    await tiers()
    account, product = await make.account(), await make.product()
    kept = await protected(cast.pia, account, product)
    wanted, third = await claimed(cast.otto, account, product), await claimed(cast.dora, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    vito = await manager()
    await answer(vito, await asked(cast, room, wanted))
    assert (await state_of(kept), await state_of(third)) == ("revoked", "rejected")
    await deals.move_deal(cast.vera, wanted, "take", now=NOON)
    await deals.move_deal(cast.vera, wanted, "approve", now=NOON)
    await deals.move_deal(cast.dora, third, "appeal", said=Said("We were first."), now=NOON)
    await settle()
    room = await last(room)
    assert (room.state, results(room)) == ("appealed", {kept: "lost", wanted: "waiting", third: "waiting"})
    for actor in (cast.vera, vito):
        with pytest.raises(Conflict, match="other people"):
            await award(actor, room, third, Ground.JUDGEMENT, note="x")
    again = (
        "INSERT INTO partners_conflict_decision (id, conflict, number, winner, ground, proposed_rule, note, words,"
        " decided_by, decided_at) SELECT gen_random_uuid(), conflict, 2, winner, ground, '', '', '', agreed_by, now()"
        " FROM partners_conflict_decision WHERE number = 1"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="in both decisions"):
        async with db.transaction(SYSTEM):
            await db.sql(again)
    walter, wanda = await manager("Walter Vendor"), await manager("Wanda Vendor")
    request = await award(walter, room, third, Ground.JUDGEMENT, note="Late evidence.")
    assert request is not None
    for actor in (cast.vera, vito):
        with pytest.raises(Conflict, match="other people"):
            await answer(actor, request)
    await answer(wanda, request)
    await settle()
    room = await last(room)
    assert (room.state, results(room)) == ("decided", {kept: "lost", wanted: "lost", third: "won"})
    assert await broken(cast) == []


async def leave(cast: Cast, _kept: UUID, wanted: UUID) -> None:
    """The one that would win is withdrawn: nobody is left."""
    await deals.move_deal(cast.otto, wanted, "withdraw", now=NOON)


async def win(cast: Cast, kept: UUID, _wanted: UUID) -> None:
    await deals.set_stage(cast.pia, kept, "win", now=NOON)


async def join(cast: Cast, kept: UUID, _wanted: UUID) -> None:
    """A third one registers."""
    async with db.transaction(SYSTEM):
        row = await db.sql_one(
            "SELECT l.account, x.product FROM partners_deal d JOIN partners_card_link l ON l.card = d.card"
            " JOIN partners_deal_line x ON x.deal = d.id WHERE d.id = $1", kept,
        )  # fmt: skip
    assert row is not None
    await claimed(cast.dora, row["account"], row["product"])
    await check_account(row["account"], now=NOON)


async def beside(cast: Cast, kept: UUID, _wanted: UUID) -> None:
    """A third one comes that is in the way of the one that loses alone: nobody more loses, but the room is another."""
    other = await make.product()
    async with db.transaction(SYSTEM):
        account = await db.sql_value(
            "SELECT l.account FROM partners_deal d JOIN partners_card_link l ON l.card = d.card WHERE d.id = $1", kept
        )
        await DealLine(
            id=new_id(), partner_id=cast.alpha, deal=kept, product=other, quantity=1, unit_price_minor=0,
            value_minor=0, position=2,
        ).save()  # fmt: skip
    await claimed(cast.dora, account, other)
    await check_account(account, now=NOON)


@pytest.mark.parametrize("moves", [leave, win, join, beside], ids=lambda one: one.__name__)
async def test_what_was_asked_about_other_claims_is_not_agreed_to(cast: Cast, moves: object) -> None:
    kept, wanted, room = await held(cast)
    vito = await manager()
    request = await asked(cast, room, wanted)
    await moves(cast, kept, wanted)  # type: ignore[operator]
    before = await state_of(wanted)
    if moves in (join, beside):
        with pytest.raises(Conflict, match="no longer the one"):
            await answer(vito, request)
    await settle()
    with pytest.raises(Conflict):
        await answer(vito, request)
    room = await last(room)
    assert (await state_of(kept), await state_of(wanted), room.asked) == ("approved", before, None)
    assert room.award is not None
    assert room.award.state == AwardState.LAPSED
    assert (await requests.get_request(vito, request)).decision == "void"
    assert await broken(cast) == []


async def test_what_was_won_while_protected_cannot_lose(cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    await deals.set_stage(cast.pia, kept, "win", now=NOON)
    with pytest.raises(Conflict, match="was won while it was protected") as refusal:
        await award(cast.vera, room, wanted, Ground.CUSTOMER, note=WHY)
    assert refusal.value.code == "won"
    assert await award(cast.vera, room, kept, Ground.PROTECTION) is None


async def test_whoever_asked_takes_it_back_and_nobody_else(app: Litestar, cast: Cast) -> None:
    _kept, wanted, room = await held(cast)
    request = await asked(cast, room, wanted)
    vito = await manager()
    with pytest.raises(NotAllowed):
        await asking.withdraw(vito, room.id, now=NOON)
    browser = await Browser.of(app, cast.vera)
    assert (await browser.post(f"/partners/conflicts/{room.id}/withdrawal", {})).status_code == 303
    assert (await requests.get_request(vito, request)).decision == "void"
    assert "took that back" in (await browser.get(f"/partners/conflicts/{room.id}")).text
    with pytest.raises(Conflict):
        await asking.withdraw(cast.vera, room.id, now=NOON)
    assert await asked(cast, room, wanted) != request


async def test_direct_sales_rejections_and_an_agreement_come_with_it_in_one(cast: Cast) -> None:
    """Omega and Gamma agree; Alpha's approval ends and the vendor's own sale is closed. Its owner has no say."""
    account, product = await make.account(), await make.product()
    kept = await protected(cast.pia, account, product)
    lead, joining = await claimed(cast.otto, account, product), await claimed(cast.dora, account, product)
    vito = await manager()
    sale = await direct(vito, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    parts = Parts(claim_of(room, lead), claim_of(room, joining), 60, 40)
    own = {claim_of(room, joining): "You join as co-sell."}
    request = await service.agree(cast.vera, room.id, Agreement(parts, WHY, WORDS, own), now=NOON)
    assert request is not None
    with pytest.raises(Conflict, match="is yours"):
        await answer(vito, request)
    await answer(await manager("Walter Vendor"), request)
    room = await last(room)
    assert results(room) == {kept: "lost", lead: "won", joining: "shared", sale: "lost"}
    assert {claim.subject: claim.part_percent for claim in room.claims if claim.part_percent} == {lead: 60, joining: 40}
    lost = await deal_queries.get_record(cast.pia, kept)
    assert (lost.revoke_code, lost.revoke_note) == ("other", WORDS)
    assert (await deal_queries.get_record(cast.dora, joining)).role == "co_sell"
    assert await broken(cast) == []


async def test_an_approved_deal_cannot_join_another(cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    parts = Parts(claim_of(room, wanted), claim_of(room, kept), 60, 40)
    with pytest.raises(Exception, match="not approved yet"):
        await service.agree(cast.vera, room.id, Agreement(parts, WHY, WORDS), now=NOON)


async def test_the_api_says_that_it_waits(app: Litestar, cast: Cast) -> None:
    kept, wanted, room = await held(cast)
    browser = await Browser.of(app, cast.vera)
    sent = {"winner": str(claim_of(room, wanted)), "ground": "customer", "note": WHY, "words": WORDS,
            "own_words": {str(claim_of(room, kept)): "Theirs alone."}}  # fmt: skip
    found = (await browser.send_json("POST", f"/api/v1/partners/conflicts/{room.id}/decision", sent)).json()
    assert (found["state"], found["award"]["state"]) == ("open", "pending")
    assert found["award"]["own_words"] == {str(claim_of(room, kept)): "Theirs alone."}
    back = (await browser.send_json("POST", f"/api/v1/partners/conflicts/{room.id}/withdrawal", {})).json()
    assert back["award"]["state"] == "withdrawn"
