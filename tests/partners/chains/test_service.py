"""Chains against the real database: who may agree, the last agreement, changed deals, races and what never changes."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from partners.chains import service
from partners.chains.queries import find_progress
from partners.chains.rules import Approver, Outcome
from partners.deals import service as deals
from partners.deals.queries import get_deal
from partners.deals.service import Said
from partners.deals.states import DealState
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.permissions import Role, Side
from tests import make
from tests.attribution.credits.world import rate
from tests.make import NOON, TODAY, Cast
from tests.partners.chains.stand import agreed, broken, chain_of, policy, reviewed, rule
from tests.partners.stand import names_of, tiers
from tests.settle import settle

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def state_of(deal: UUID) -> tuple[str, UUID | None]:
    async with db.transaction(SYSTEM):
        row = await db.sql_one("SELECT state, reviewer FROM partners_deal WHERE id = $1", deal)
    assert row is not None
    return row["state"], row["reviewer"]


async def test_the_last_agreement_approves_the_deal_in_the_name_of_its_approver(cast: Cast) -> None:
    await tiers()
    version = await policy()
    deal = await reviewed(cast)
    first = await service.decide_step(cast.vera, deal, "approve", now=NOON, said=Said("Known customer."))
    assert first.state == DealState.IN_REVIEW
    last = await service.decide_step(cast.faye, deal, "approve", now=LATER)
    assert last.state == DealState.APPROVED
    assert await state_of(deal) == ("approved", cast.faye.membership_id)
    assert await names_of(deal) == ["deal.step_approved", "deal.step_approved", "deal.approved"]
    chain = await chain_of(deal)
    assert chain is not None
    assert (chain.outcome, chain.version_id) == (Outcome.APPROVED, version)
    assert [(s.decided_by, s.note) for s in chain.steps] == [
        (cast.vera.membership_id, "Known customer."), (cast.faye.membership_id, ""),
    ]  # fmt: skip
    async with db.transaction(SYSTEM):
        told = await db.sql("SELECT audience FROM core_event WHERE name = 'deal.step_approved'")
    assert {row["audience"] for row in told} == {"vendor"}
    assert await broken(cast) == set()


async def test_without_a_rule_that_fits_a_manager_decides_alone(cast: Cast) -> None:
    await tiers()
    await policy(rule(value_from="1000.01"))
    deal = await reviewed(cast)
    with pytest.raises(Conflict) as refusal:
        await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert refusal.value.code == "no_chain"
    await deals.move_deal(cast.vera, deal, "approve", now=NOON)
    assert (await state_of(deal))[0] == "approved"
    assert await chain_of(deal) is None


async def test_the_plain_approval_is_refused_while_steps_are_missing_and_says_who_is_next(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    with pytest.raises(Conflict) as refusal:
        await deals.move_deal(cast.vera, deal, "approve", now=NOON)
    assert refusal.value.message == "0 of 2 steps are agreed. Next: Any partner manager."
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(Conflict, match="Next: Finance"):
        await deals.move_deal(cast.vera, deal, "approve", now=NOON)


async def test_who_may_not_agree(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    for stranger in (cast.pia, cast.milo, cast.audra, cast.ada, cast.cleo):
        with pytest.raises(NotAllowed):
            await service.decide_step(stranger, deal, "approve", now=NOON)
    # Those whose turn it is not are told whose it is.
    for early in (cast.faye, cast.sam):
        with pytest.raises(NotAllowed, match="Next: Any partner manager"):
            await service.decide_step(early, deal, "approve", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(NotAllowed, match="Next: Finance"):
        await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(NotFound):
        await service.decide_step(cast.vera, UUID(int=7), "approve", now=NOON)
    with pytest.raises(Conflict) as moved:
        await service.decide_step(cast.faye, deal, "approve", now=NOON, version=99)
    assert moved.value.code == "flow"


async def test_somebody_of_both_sides_never_agrees_to_a_deal_of_the_own_partner(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    both = await make.person("Mona Both", Side.STAFF, [Role.PARTNER_MANAGER])
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO identity_membership (id, person, side, partner_id, roles, created_at, sessions_since)"
            " VALUES (gen_random_uuid(), $1, 'partner', $2, '{partner_sales}', $3, $3)",
            both.person_id, cast.alpha, NOON,
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        await service.decide_step(both, deal, "approve", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)


async def test_an_approver_rejects_with_code_and_words(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(Invalid):
        await service.decide_step(cast.faye, deal, "reject", now=NOON, said=Said("", "other"))
    await service.decide_step(cast.faye, deal, "reject", now=NOON, said=Said("Too far below cost.", "other"))
    assert await state_of(deal) == ("rejected", cast.faye.membership_id)
    chain = await chain_of(deal)
    assert chain is not None
    assert chain.outcome is Outcome.REFUSED


async def test_what_cannot_be_approved_leaves_the_last_step_open(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await make.deal(cast.pia, state="in_review")
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(Conflict, match="link the card"):
        await service.decide_step(cast.faye, deal, "approve", now=NOON)
    assert [who for _number, _approver, who in await agreed(deal)] == [cast.vera.membership_id, None]


async def test_the_steps_are_found_when_the_review_begins_and_twice_changes_nothing(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await make.deal(cast.pia, state="submitted")
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await settle()
    chain = await chain_of(deal)
    assert await agreed(deal) == [(1, "partner_manager", None), (2, "finance", None)]
    async with db.transaction(SYSTEM):
        row = await get_deal(SYSTEM, deal, lock=True)
        again = await service.sync_chain(SYSTEM, row, LATER)
    assert again == chain


async def change_value(deal: UUID, minor: int) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET amount_minor = $2 WHERE id = $1", deal, minor)
        await db.sql(
            "UPDATE partners_deal_line SET value_minor = $2, unit_price_minor = $2, quantity = 1 WHERE deal = $1",
            deal, minor,
        )  # fmt: skip


@pytest.mark.parametrize(("minor", "stays"), [(99_999_99, False), (1_000_00, True)])
async def test_a_changed_deal_asks_again_what_was_agreed_for_less(cast: Cast, minor: int, *, stays: bool) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast, price=200_00)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    await change_value(deal, minor)
    if stays:
        await service.decide_step(cast.faye, deal, "approve", now=LATER)
        assert (await state_of(deal))[0] == "approved"
    else:
        with pytest.raises(NotAllowed, match=r"0 of 2 steps are agreed\. Next: Any partner manager"):
            await service.decide_step(cast.faye, deal, "approve", now=LATER)
    assert await broken(cast) == set()


async def test_other_currencies_are_compared_by_the_rates_of_the_day_and_without_one_the_rule_asks(cast: Cast) -> None:
    await tiers()
    await policy(rule(currency="USD", value_from="1150"))
    unknown = await reviewed(cast)
    with pytest.raises(Conflict) as refusal:
        await deals.move_deal(cast.vera, unknown, "approve", now=NOON)
    assert refusal.value.code == "steps"
    await rate(TODAY, "USD", "1.15")
    assert (await fitting(cast, 100_00), await fitting(cast, 99_99)) == (True, False)


async def fitting(cast: Cast, price: int) -> bool:
    """Whether a deal of ten at this price needs steps."""
    deal = await reviewed(cast, price=price)
    try:
        await deals.move_deal(cast.vera, deal, "approve", now=NOON)
    except Conflict as refusal:
        return refusal.code == "steps"
    return False


async def test_one_person_by_name_and_the_successor_of_who_leaves(cast: Cast) -> None:
    await tiers()
    await policy(rule(second=(), second_person=cast.finn.email.upper()))
    deal = await reviewed(cast)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(NotAllowed, match="Next: Finn Vendor"):
        await service.decide_step(cast.faye, deal, "approve", now=NOON)
    async with db.transaction(SYSTEM):
        moved = await service.hand_over_steps(SYSTEM, cast.finn.membership_id, cast.faye.membership_id, NOON)
    assert moved == 1
    assert await service.hand_over_steps(cast.paul, cast.pia.membership_id, cast.paul.membership_id, NOON) == 0
    await service.decide_step(cast.faye, deal, "approve", now=NOON)
    assert (await state_of(deal))[0] == "approved"


async def test_a_withdrawn_deal_drops_its_chain(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await make.deal(cast.pia, state="submitted")
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await settle()
    await deals.move_deal(cast.pia, deal, "withdraw", now=NOON)
    await settle()
    chain = await chain_of(deal)
    assert chain is not None
    assert chain.outcome is Outcome.DROPPED


async def test_the_partner_reads_how_far_it_is_and_never_who(cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    found = await find_progress(cast.pia, deal)
    assert found is not None
    assert (found.asks, found.done) == (((1, Approver.PARTNER_MANAGER), (2, Approver.FINANCE)), 1)
    assert await find_progress(cast.otto, deal) is None
    assert await chain_of(deal, cast.pia) is None
    async with db.transaction(cast.pia):
        for attempt in ("SELECT * FROM partners_deal_step", "UPDATE partners_deal_chain SET done = 2"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.savepoint():
                    await db.sql(attempt)


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE partners_deal_step SET decided_by = gen_random_uuid() WHERE decided_by IS NOT NULL",
        (
            "UPDATE partners_deal_step s SET decided_by = o.decided_by, decided_at = now() FROM partners_deal_step o"
            " WHERE s.decided_by IS NULL AND o.decided_by IS NOT NULL"
        ),
    ],
)
async def test_an_agreement_stays_and_one_person_has_one(cast: Cast, attempt: str) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    async with db.transaction(SYSTEM):
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.UniqueViolationError)):
            async with db.savepoint():
                await db.sql(attempt)


async def test_two_of_finance_at_once_give_one_agreement(fresh_url: str) -> None:
    kept, held = db.ENGINE.pool, db.ENGINE.held
    db.ENGINE.held = None
    await db.connect(fresh_url)
    try:
        cast = await make.cast()
        await tiers()
        await policy()
        deal = await reviewed(cast)
        await service.decide_step(cast.vera, deal, "approve", now=NOON)
        outcomes = await asyncio.gather(
            *(service.decide_step(one, deal, "approve", now=NOON) for one in (cast.faye, cast.finn)),
            deals.move_deal(cast.pia, deal, "withdraw", now=NOON),
            return_exceptions=True,
        )
        assert sum(not isinstance(one, Exception) for one in outcomes) == 1
        assert all(isinstance(one, Conflict) for one in outcomes if isinstance(one, Exception))
        assert (await state_of(deal))[0] in {"approved", "withdrawn"}
    finally:
        await db.disconnect()
        db.ENGINE.pool, db.ENGINE.held = kept, held
