"""Touches of the product itself: a registration is one touch, and it counts as the vendor has decided."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from attribution.touchpoints.rules import Decision
from attribution.touchpoints.service import decide_touchpoint
from partners.customers.linking import link_card
from partners.deals import service as deals
from partners.deals.service import Said
from partners.deals.states import DealRole
from portal.core import db, events
from portal.core.actor import SYSTEM
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import registration, statements, tiers
from tests.security.wire import undone
from tests.settle import settle
from tests.web import Browser


async def touches() -> list[dict[str, Any]]:
    """The touches that the product told, with their latest decision."""
    async with db.transaction(SYSTEM):
        return await db.sql(
            "SELECT t.*, n.key, (SELECT array_agg(d.state ORDER BY d.seq) FROM attribution_touchpoint_decision d"
            " WHERE d.touchpoint = t.id) AS decisions FROM attribution_touchpoint t"
            " JOIN attribution_source_node n ON n.id = t.node WHERE t.source_system = 'tributary' ORDER BY t.seq"
        )


async def register(cast: Cast, role: DealRole = DealRole.SELL) -> UUID:
    """A registration of Pia's, submitted."""
    await tiers()
    deal = await deals.register_deal(cast.pia, registration(await make.product(), role=role), now=NOON)
    await settle()
    return deal


async def test_a_registration_is_a_touch_of_its_partner_that_waits_for_the_decision(cast: Cast) -> None:
    deal = await register(cast)
    [touch] = await touches()
    assert (touch["source_id"], touch["kind"], touch["motion"], touch["partner"], touch["key"]) == (
        f"deal/{deal}", "registration", "sell", cast.alpha, "partner",
    )  # fmt: skip
    assert (touch["account"], touch["occurred_at"], touch["decisions"]) == (None, NOON, ["claimed"])
    async with db.transaction(SYSTEM):
        card = await db.sql_value("SELECT card FROM partners_deal WHERE id = $1", deal)
    assert touch["visitor"] == f"card:{card}"


@pytest.mark.parametrize(
    ("role", "motion"),
    [("sell", "sell"), ("co_sell", "sell"), ("influence", "influence"), ("build", "build"), ("service", "service"),
     ("manage", "manage")],
)  # fmt: skip
async def test_the_motion_follows_the_role(cast: Cast, role: str, motion: str) -> None:
    await register(cast, DealRole(role))
    assert [touch["motion"] for touch in await touches()] == [motion]


async def test_where_the_card_is_linked_the_touch_is_the_accounts(cast: Cast) -> None:
    await tiers()
    account = await make.account()
    card = await make.card(cast.pia, account_id=account)
    await deals.register_deal(cast.pia, registration(await make.product(), customer=card), now=NOON)
    await settle()
    [touch] = await touches()
    assert (touch["account"], touch["visitor"]) == (account, "")


async def test_it_counts_as_the_registration_is_decided(cast: Cast) -> None:
    deal = await register(cast, DealRole.SERVICE)
    async with db.transaction(SYSTEM):
        card = await db.sql_value("SELECT card FROM partners_deal WHERE id = $1", deal)
    await link_card(cast.vera, card, await make.account(), now=NOON)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await deals.move_deal(cast.vera, deal, "approve", now=NOON)
    await settle()
    await settle()
    [touch] = await touches()
    assert touch["decisions"] == ["claimed", "approved"]


@pytest.mark.parametrize("ending", ["reject", "withdraw"])
async def test_what_is_refused_or_withdrawn_does_not_count(cast: Cast, ending: str) -> None:
    deal = await register(cast)
    if ending == "reject":
        await deals.move_deal(cast.vera, deal, "take", now=NOON)
        await deals.move_deal(cast.vera, deal, "reject", said=Said("No.", "other"), now=NOON)
    else:
        await deals.move_deal(cast.pia, deal, "withdraw", now=NOON)
    await settle()
    assert [touch["decisions"] for touch in await touches()] == [["claimed", "rejected"]]


async def test_reactions_that_run_late_or_twice_make_one_touch(cast: Cast) -> None:
    """The decision's reaction first, then the submission's, then both again: the rows as they stand are what counts."""
    await tiers()
    deal = await deals.register_deal(cast.pia, registration(await make.product()), now=NOON)
    await deals.move_deal(cast.pia, deal, "withdraw", now=NOON)
    for _again in range(2):
        async with db.transaction(SYSTEM):
            for name in ("deal.withdrawn", "deal.submitted"):
                await events.record(SYSTEM, name, "deal", deal, now=NOON, partner_id=cast.alpha)
        await settle()
    assert [touch["decisions"] for touch in await touches()] == [["rejected"]]


async def test_a_reaction_waits_for_another_before_it_reads_how_the_deal_stands(cast: Cast) -> None:
    """Else the one that began first could write last, what was true before."""
    await tiers()
    await deals.register_deal(cast.pia, registration(await make.product()), now=NOON)
    with statements() as seen:
        await settle()
    reading = next(place for place, one in enumerate(seen) if "FROM core_event e WHERE e.subject_id = d.id" in one)
    assert "pg_advisory_xact_lock" in seen[reading - 1]
    assert len(await touches()) == 1


async def test_a_deal_that_was_submitted_elsewhere_makes_no_touch(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="in_review", role="service")
    await deals.move_deal(cast.vera, deal, "reject", said=Said("No.", "other"), now=NOON)
    await settle()
    assert await touches() == []


async def test_submitting_asks_for_nothing_that_only_the_vendor_knows(cast: Cast) -> None:
    """The touch is made later, by a job: the partner's request reads and writes the same, linked or not."""
    await tiers()
    product = await make.product()
    seen: list[list[str]] = []
    for account in (None, await make.account()):
        card = await make.card(cast.pia, account_id=account)
        with statements() as found:
            await deals.register_deal(cast.pia, registration(product, customer=card), now=NOON)
        seen.append(found)
    assert seen[0] == seen[1]
    assert not any("attribution_touchpoint" in one or "card_link" in one for one in seen[0])


async def test_decisions_are_kept_and_never_changed(cast: Cast) -> None:
    touch = await make.touchpoint(await make.account())
    async with db.transaction(SYSTEM):
        for state, is_new in ((Decision.CLAIMED, True), (Decision.CLAIMED, False), (Decision.APPROVED, True)):
            said = await decide_touchpoint(touch, state, reason="claim", decided_by=cast.vera.membership_id, now=NOON)
            assert said is is_new
    for statement in ("UPDATE attribution_touchpoint_decision SET state = 'approved'",
                      "DELETE FROM attribution_touchpoint_decision"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(SYSTEM):
                await db.sql(statement)
    async with undone():
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.ENGINE.held.execute("TRUNCATE attribution_touchpoint_decision")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT * FROM attribution_touchpoint_decision")


async def test_the_page_the_list_and_the_api_say_whether_it_counts(app: Litestar, cast: Cast) -> None:
    deal = await register(cast)
    plain = await make.touchpoint(await make.account("Plain AG"))
    [claimed] = await touches()
    vera = await Browser.of(app, cast.vera)
    page = (await vera.get(f"/touchpoints/{claimed['id']}")).text
    assert "Claimed, not decided" in page
    assert "Pia Alpha" in page
    assert f'href="/partners/deals/{deal}"' in page
    assert "Nobody has decided anything about it" in (await vera.get(f"/touchpoints/{plain}")).text
    for standing, found in (("claimed", [claimed["id"]]), ("undecided", [plain]), ("approved", []), ("rejected", [])):
        items = (await vera.json(f"/api/v1/touchpoints?standing={standing}")).json()["items"]
        assert [item["id"] for item in items] == [str(one) for one in found], standing
    one = (await vera.json(f"/api/v1/touchpoints/{claimed['id']}")).json()
    assert [decision["state"] for decision in one["decisions"]] == ["claimed"]
    assert "Claimed, not decided" in (await vera.get("/touchpoints/export/csv?standing=claimed")).text
