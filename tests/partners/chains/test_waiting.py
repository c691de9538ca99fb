"""What waits for whom: the desk says what the rule says, and who covers for somebody sees it and may act."""

from datetime import datetime, timedelta

import pytest
from litestar import Litestar

from partners.chains import service
from partners.chains.queries import find_chain, list_waiting_steps, waiting_count
from partners.deals import queries as deals
from portal.absences import service as absences
from portal.absences.rules import Absence
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotAllowed
from portal.core.events import Recorded
from portal.core.ids import new_id
from portal.core.permissions import Role, Side
from portal.notices import service as notices
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.chains.stand import broken, chain_of, chained, policy, reviewed, rule
from tests.partners.stand import tiers
from tests.web import Browser

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def away(cast: Cast, who: Actor, cover: Actor) -> None:
    wanted = Absence(who.membership_id, cover.membership_id, TODAY, TODAY + WEEK)
    await absences.note_absence(cast.ada, wanted, now=NOON)


async def test_the_desk_and_the_rule_agree_for_everybody_at_every_step(cast: Cast) -> None:
    await tiers()
    mara = await make.person("Mara Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", mara.membership_id, cast.alpha)
    await policy(
        rule(first=("own_manager", "sales"), second_person=cast.vera.email, third_person="gone@test.example"),
    )
    deal = await reviewed(cast)
    await service.find_missing_chains(now=NOON)
    await away(cast, mara, cast.vera)
    everybody = (cast.vera, mara, cast.sam, cast.faye, cast.finn, cast.milo, cast.ada, cast.audra)
    seen = []
    for actor in (cast.sam, cast.vera, cast.faye, mara, cast.finn):
        chain = await chain_of(deal)
        assert chain is not None
        for one in everybody:
            waiting = {step.deal_id for step in await list_waiting_steps(one, NOON)}
            ruled = await find_chain(one, deal, NOON, running=True)
            assert ruled is not None
            assert waiting == ({deal} if ruled.turn_of(one) else set()), one.name
        seen.append([one.name for one in everybody if await list_waiting_steps(one, NOON)])
        try:
            await service.decide_step(actor, deal, "approve", now=NOON)
        except NotAllowed:
            continue
    assert seen[0] == ["Vera Vendor", "Mara Vendor", "Sam Vendor"]


async def test_a_cover_agrees_for_who_is_away_and_it_says_for_whom(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy(rule(second=(), second_person=cast.finn.email))
    deal = await reviewed(cast)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with pytest.raises(NotAllowed):
        await service.decide_step(cast.faye, deal, "approve", now=NOON)
    await away(cast, cast.finn, cast.faye)
    faye = await Browser.of(app, cast.faye)
    desk = (await faye.get("/")).text
    assert "You cover for Finn Vendor until 24 Nov 2026" in desk
    assert "your step" in desk
    assert "It is your turn, for Finn Vendor who is away." in (await faye.get(f"/partners/deals/{deal}")).text
    await service.decide_step(cast.faye, deal, "approve", now=NOON)
    chain = await chain_of(deal)
    assert chain is not None
    assert [(s.decided_by, s.on_behalf_of) for s in chain.steps] == [
        (cast.vera.membership_id, None), (cast.faye.membership_id, cast.finn.membership_id),
    ]  # fmt: skip
    assert "Faye Vendor for Finn Vendor" in (await faye.get(f"/partners/deals/{deal}")).text
    assert await broken(cast) == set()


async def test_nobody_agrees_for_two_through_an_absence(cast: Cast) -> None:
    await tiers()
    await policy(rule(first=("finance",), second=("finance",)))
    deal = await reviewed(cast)
    await away(cast, cast.finn, cast.faye)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    await service.decide_step(cast.faye, deal, "approve", now=NOON)
    with pytest.raises(NotAllowed, match="Next: Finance"):
        await service.decide_step(cast.faye, deal, "approve", now=NOON)
    await service.decide_step(cast.finn, deal, "approve", now=NOON)


async def test_what_is_decided_in_steps_waits_for_whose_turn_it_is(app: Litestar, cast: Cast) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    deal = await reviewed(cast)
    vera = await Browser.of(app, cast.vera)
    assert "decide" in (await vera.get("/")).text
    assert await deals.count_waiting(cast.vera) == 1
    await chained(deal)
    desk = (await vera.get("/")).text
    assert "your step" in desk
    assert desk.count(f'href="/partners/deals/{deal}') == 1
    assert await deals.count_waiting(cast.vera) == 0
    assert await deals.list_waiting(cast.vera) == []
    assert str(deal) not in (await vera.get("/partners/deals?tab=waits")).text


async def test_the_list_of_steps_and_its_number_say_what_home_says(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy()
    mine, agreed_to = [await reviewed(cast) for _time in range(2)]
    for deal in (mine, agreed_to):
        await chained(deal)
    await service.decide_step(cast.vera, agreed_to, "approve", now=NOON)
    for actor, waiting in ((cast.vera, {mine}), (cast.faye, {agreed_to}), (cast.sam, set())):
        browser = await Browser.of(app, actor)
        items = (await browser.json("/api/v1/partners/steps?tab=mine")).json()["items"]
        assert {item["deal"] for item in items} == {str(deal) for deal in waiting}
        question = waiting_count(actor)
        assert question is not None
        async with db.transaction(actor):
            assert await db.ask_together([question]) == [len(waiting)]
        assert len((await browser.json("/api/v1/partners/steps?tab=running")).json()["items"]) == 2
    page = (await (await Browser.of(app, cast.faye)).get("/partners/steps")).text
    assert f"/partners/deals/{agreed_to}#steps" in page
    assert f"/partners/deals/{mine}" not in page
    assert waiting_count(cast.pia) is None
    assert waiting_count(cast.audra) is None


async def test_reviews_of_a_manager_who_is_away_wait_for_the_cover_too(cast: Cast, app: Litestar) -> None:
    mara = await make.person("Mara Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", mara.membership_id, cast.alpha)
    deal = await make.deal(cast.pia, state="submitted")
    vera = await Browser.of(app, cast.vera)
    assert await deals.list_waiting(cast.vera) == []
    real_today = clock.day_of(await _database_now(), "Europe/Berlin")
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO absences_absence (id, membership, cover, since, until, noted_by, noted_at)"
            " VALUES ($1, $2, $3, least($4::date, $5::date), greatest($4::date, $5::date) + 2, $3, $6)",
            new_id(), mara.membership_id, cast.vera.membership_id, real_today, TODAY, NOON,
        )  # fmt: skip
    assert [one.id for one in await deals.list_waiting(cast.vera)] == [deal]
    assert await deals.count_waiting(cast.vera) == 1
    assert str(deal) in (await vera.get("/partners/deals?tab=waits")).text


async def _database_now() -> datetime:
    async with db.transaction(SYSTEM):
        found: datetime = await db.sql_value("SELECT now()")
    return found


async def test_the_cover_is_told_too(cast: Cast) -> None:
    await away(cast, cast.finn, cast.faye)
    event = Recorded(new_id(), "deal.submitted", NOON, cast.pia.membership_id, None, "deal", new_id())
    async with db.transaction(SYSTEM):
        for _time in range(2):
            await notices.tell(
                event, cast.finn.membership_id, "/", lambda: ("Subject", ["Words", ""]), kind="deal_waiting"
            )
        rows = await db.sql("SELECT to_address, text FROM mail_message ORDER BY to_address")
    assert [row["to_address"] for row in rows] == sorted([cast.faye.email, cast.finn.email])
    assert ["You cover for Finn Vendor" in row["text"] for row in rows] == [True, False]
