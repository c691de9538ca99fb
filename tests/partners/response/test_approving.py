"""Approval by the clock: only where nothing forbids it, again when that is over, and never too early."""

from datetime import date
from uuid import UUID

import pytest
from litestar import Litestar

from partners.conflicts import service as conflicts
from partners.conflicts.rules import Ground
from partners.conflicts.service import Award
from partners.customers import linking
from partners.response import reactions
from partners.response.policy import DEFAULT, LateStep
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from tests import make
from tests.make import Cast
from tests.partners.conflicts.stand import conflicts as rooms
from tests.partners.conflicts.stand import state_of
from tests.partners.response.world import Time, berlin, broken, clock_of, draft, in_force, move, watch
from tests.partners.stand import names_of
from tests.settle import settle
from tests.web import Browser


async def tries(deal: UUID) -> list[str]:
    """How each try to approve it came out that was written down."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT s.outcome FROM partners_response_step s JOIN partners_response r ON r.id = s.response"
            " WHERE r.deal = $1 AND s.does = 'approve' ORDER BY s.at, s.id",
            deal,
        )
    return [row["outcome"] for row in rows]


async def claim(actor: Actor, card: UUID, product: UUID) -> UUID:
    """A draft for this customer and product."""
    return await make.deal(actor, card_id=card, product_id=product, expected_close_on=date(2027, 6, 30))


async def link(cast: Cast, deal: UUID, account: UUID) -> None:
    """Say which customer the deal's card is, now."""
    async with db.transaction(SYSTEM):
        card = await db.sql_value("SELECT card FROM partners_deal WHERE id = $1", deal)
    await linking.link_card(cast.vera, card, account, now=clock.now())


async def test_the_clock_approves_where_the_policy_says_so_and_nothing_forbids_it(cast: Cast, time: Time) -> None:
    steps = (LateStep(does="approve"), LateStep(does="escalate", to="admin"), LateStep(does="extend"))
    await in_force(DEFAULT.model_copy(update={"steps": steps}))
    free, unlinked = await draft(cast.pia), await draft(cast.pia, linked=False)
    await move(cast.pia, free, "submit")
    await move(cast.pia, unlinked, "submit")
    time.to("2026-11-20T12:00")
    await watch()
    async with db.transaction(SYSTEM):
        states = {row["id"]: row["state"] for row in await db.sql("SELECT id, state FROM partners_deal")}
        steps_taken = await db.sql(
            "SELECT r.deal, s.does, s.outcome FROM partners_response_step s JOIN partners_response r ON r.id = s.response ORDER BY s.place"
        )
    assert states[free] == "approved"
    assert states[unlinked] == "submitted"
    assert [(s["does"], s["outcome"]) for s in steps_taken if s["deal"] == unlinked] == [
        ("approve", "unlinked"),
        ("escalate", "done"),
        ("extend", "done"),
    ]
    assert [(s["does"], s["outcome"]) for s in steps_taken if s["deal"] == free] == [("approve", "done")]
    assert (await clock_of(free))["answered_at"] == berlin("2026-11-20T12:00")


async def test_the_clock_never_approves_before_the_least_time(cast: Cast, time: Time) -> None:
    document = DEFAULT.model_copy(update={"steps": (LateStep(does="approve"),), "least_hours": 20})
    await in_force(document)
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    for at, state in (
        ("2026-11-20T12:00", "submitted"),
        ("2026-11-20T15:59", "submitted"),
        ("2026-11-20T16:00", "approved"),
    ):
        time.to(at)
        await watch()
        async with db.transaction(SYSTEM):
            assert await db.sql_value("SELECT state FROM partners_deal WHERE id = $1", deal) == state


@pytest.fixture
async def approving(time: Time) -> Time:
    """The policy approves what is late."""
    await in_force(DEFAULT.model_copy(update={"steps": (LateStep(does="approve"),)}))
    return time


async def test_what_was_forbidden_is_approved_when_that_is_over_and_why_it_was_not_is_kept(
    app: Litestar, cast: Cast, approving: Time
) -> None:
    deal = await draft(cast.pia, linked=False)
    await move(cast.pia, deal, "submit")
    for at in ("2026-11-20T12:00", "2026-11-20T12:05", "2026-11-20T13:00"):
        approving.to(at)
        await watch()
    assert (await state_of(deal), await tries(deal)) == ("submitted", ["unlinked"])
    assert (await names_of(deal)).count("deal.approval_held") == 1
    vera, pia = await Browser.of(app, cast.vera), await Browser.of(app, cast.pia)
    why = "The customer is linked to no account."
    assert why in (await vera.get(f"/partners/deals/{deal}")).text
    assert "No account" in (await vera.get("/partners/response/clocks?tab=held")).text
    assert (
        "1 registration is late and could not be approved by the clock." in (await vera.get("/partners/response")).text
    )
    for path in (f"/partners/deals/{deal}", "/partners/response/clocks", "/partners/response"):
        assert why not in (await pia.get(path)).text
    approving.to("2026-11-20T13:02")
    await link(cast, deal, await make.account())
    await settle()
    assert (await state_of(deal), await tries(deal)) == ("approved", ["unlinked", "done"])
    assert (await clock_of(deal))["answered_at"] == berlin("2026-11-20T13:02")
    before = await names_of(deal)
    await watch()
    await reactions.try_one((await clock_of(deal))["id"])
    assert await names_of(deal) == before
    assert await broken() == set()


async def test_whoever_wins_a_conflict_is_approved_by_the_late_clock_then_and_not_before(
    cast: Cast, approving: Time
) -> None:
    account, product = await make.account("Kaltenberg AG"), await make.product()
    deals = [await claim(who, await make.card(who, account_id=account), product) for who in (cast.pia, cast.otto)]
    for who, deal in zip((cast.pia, cast.otto), deals, strict=True):
        await move(who, deal, "submit")
    approving.to("2026-11-24T12:00")
    await watch()
    assert [(await state_of(deal), await tries(deal)) for deal in deals] == [("submitted", ["conflict"])] * 2
    approving.to("2026-11-24T12:01")
    [room] = await rooms()
    winner = next(claim.id for claim in room.claims if claim.subject == deals[0])
    award = Award(winner, Ground.CUSTOMER, "The customer said so.", "Somebody else goes on.")
    await conflicts.decide(cast.vera, room.id, award, now=clock.now())
    await settle()
    assert [await state_of(deal) for deal in deals] == ["approved", "rejected"]
    assert await tries(deals[0]) == ["conflict", "done"]


async def test_a_link_that_shows_a_conflict_is_not_overtaken_by_the_clock(cast: Cast, approving: Time) -> None:
    account, product = await make.account("Kaltenberg AG"), await make.product()
    rivals = await claim(cast.otto, await make.card(cast.otto, account_id=account), product)
    mine = await claim(cast.pia, await make.card(cast.pia), product)
    await move(cast.pia, mine, "submit")
    approving.to("2026-11-20T12:00")
    await move(cast.otto, rivals, "submit")
    await watch()
    assert await tries(mine) == ["unlinked"]
    approving.to("2026-11-20T12:01")
    await link(cast, mine, account)
    # The job comes before the check of conflicts had its turn.
    await reactions.watch_clocks()
    assert (await state_of(mine), await tries(mine)) == ("submitted", ["unlinked"])
    await settle()
    assert (await state_of(mine), await tries(mine)) == ("submitted", ["unlinked", "conflict"])


async def test_nor_is_the_least_time_shortened_by_what_was_forbidden(cast: Cast, time: Time) -> None:
    await in_force(DEFAULT.model_copy(update={"steps": (LateStep(does="approve"),), "least_hours": 20}))
    deal = await draft(cast.pia, linked=False)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-20T13:00")
    await watch()
    await link(cast, deal, await make.account())
    await settle()
    assert (await state_of(deal), await tries(deal)) == ("submitted", [])
    time.to("2026-11-20T16:00")
    await watch()
    assert await state_of(deal) == "approved"
