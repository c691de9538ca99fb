"""Who is told that a step waits: everybody who may decide it now and nobody else, once, with a link that agrees to it."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from litestar import Litestar

from partners.chains import service
from partners.chains.reactions import ask_who_is_there
from partners.chains.rules import Outcome
from partners.deals import service as deals
from partners.deals.service import Said
from portal.absences import service as absences
from portal.absences.rules import Absence
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.events import record
from portal.core.permissions import Role, Side
from portal.identity import rules as identity_rules
from portal.notices import routes
from portal.notices.brake import Brake
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.chains.stand import agreed, chain_of, policy, rule
from tests.partners.stand import tiers
from tests.settle import run_again, settle
from tests.web import Browser

_LINK = re.compile(r"/act/[A-Za-z0-9_-]{20,}")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    formats.use_time_zone("Europe/Berlin")
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(routes, "_BRAKE", Brake(identity_rules.ATTEMPT_WINDOW))


async def submitted(cast: Cast) -> UUID:
    """A deal of Alpha's for a linked customer, 1,000.00 EUR, that nobody has begun to review."""
    await tiers()
    card = await make.card(cast.pia, account_id=await make.account())
    return await make.deal(cast.pia, card_id=card, state="submitted")


async def told(of: str = "your step") -> list[str]:
    """To whom mails of this subject went, each as often as it got one, after the queue is worked through."""
    await settle()
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT to_address FROM mail_message WHERE subject LIKE $1", f"%{of}%")
    return sorted(row["to_address"] for row in rows)


async def link_of(actor: Actor) -> str:
    """The newest link that was mailed to somebody."""
    await settle()
    async with db.transaction(SYSTEM):
        texts = await db.sql("SELECT text FROM mail_message WHERE to_address = $1 ORDER BY created_at, id", actor.email)
    links: list[str] = [link for row in texts for link in _LINK.findall(row["text"])]
    return links[-1]


async def away(cast: Cast, who: Actor, cover: Actor, days: int = 7) -> None:
    wanted = Absence(who.membership_id, cover.membership_id, TODAY, TODAY + timedelta(days=days))
    await absences.note_absence(cast.ada, wanted, now=NOON)


def mails(*actors: Actor) -> list[str]:
    return sorted(actor.email for actor in actors)


async def test_each_step_is_told_when_it_opens_to_all_whom_it_asks_and_once(cast: Cast) -> None:
    await policy(rule(first=("sales",)))
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    # Vera took it herself, so she has it before her.
    assert await told() == mails(cast.sam)
    await run_again("deal.taken")
    await ask_who_is_there()
    assert await told() == mails(cast.sam)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert await told() == mails(cast.sam), "not before all of the same number have agreed"
    await service.decide_step(cast.sam, deal, "approve", now=NOON)
    assert await told() == mails(cast.sam, cast.faye, cast.finn)
    await service.decide_step(cast.faye, deal, "approve", now=NOON)
    assert await told() == mails(cast.sam, cast.faye, cast.finn)


async def test_it_goes_to_the_cover_of_who_is_away_and_not_to_whoever_is_away(cast: Cast) -> None:
    await policy(rule(second=(), second_person=cast.finn.email))
    await away(cast, cast.finn, cast.faye)
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert await told() == mails(cast.faye)
    async with db.transaction(SYSTEM):
        text = await db.sql_value("SELECT text FROM mail_message WHERE subject LIKE '%your step%'")
    assert "You cover for Finn Vendor, who is away." in text


async def test_who_goes_away_later_is_covered_from_then_on(cast: Cast) -> None:
    await policy(rule(second=(), second_person=cast.finn.email))
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert await told() == mails(cast.finn)
    await away(cast, cast.finn, cast.faye)
    assert await told() == mails(cast.finn, cast.faye)


async def test_whoever_belongs_to_the_partner_or_has_agreed_is_not_asked(cast: Cast) -> None:
    await policy(rule(first=("finance",), second=("finance",)))
    both = await make.person("Both Sides", Side.STAFF, [Role.FINANCE])
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE identity_membership SET person = $1 WHERE id = $2", both.person_id, cast.paul.membership_id
        )
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    assert await told() == mails(cast.faye, cast.finn)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    await service.decide_step(cast.faye, deal, "approve", now=NOON)
    assert await told() == mails(cast.faye, cast.finn, cast.finn), "the second step is Finn's alone"


async def test_the_successor_of_who_left_is_asked_and_an_answer_asks_once_more(cast: Cast) -> None:
    await policy(rule(second=(), second_person=cast.finn.email))
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert await told() == mails(cast.finn)
    async with db.transaction(cast.ada):
        await service.hand_over_steps(cast.ada, cast.finn.membership_id, cast.faye.membership_id, NOON)
    assert await told() == mails(cast.finn, cast.faye)
    later = NOON + timedelta(hours=1)
    await deals.move_deal(cast.vera, deal, "ask", now=later, said=Said("Why?"))
    await deals.move_deal(cast.pia, deal, "answer", now=later, said=Said("So."))
    assert await told() == mails(cast.finn, cast.faye, cast.faye)


async def unread() -> list[str]:
    """Who has an unread notice of a step, after the queue is worked through."""
    await settle()
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT p.name FROM notices_notice n JOIN identity_membership m ON m.id = n.membership"
            " JOIN identity_person p ON p.id = m.person WHERE n.kind = 'deal_step' AND n.read_at IS NULL ORDER BY 1"
        )
    return [row["name"] for row in rows]


async def test_what_a_colleague_did_or_what_is_over_asks_nobody_any_more(cast: Cast) -> None:
    await policy(rule(first=("finance",), second=("sales",)))
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    assert await unread() == ["Faye Vendor", "Finn Vendor"]
    await service.decide_step(cast.faye, deal, "approve", now=NOON)
    assert await unread() == ["Vera Vendor"], "Finn is asked no more; Vera is left, and a colleague has moved on"
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert await unread() == ["Sam Vendor"]
    await deals.move_deal(cast.pia, deal, "withdraw", now=NOON)
    assert await unread() == []


async def test_when_the_answer_is_late_whose_turn_it_is_hears_of_it(cast: Cast) -> None:
    await policy()
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    assert await told() == mails(cast.faye, cast.finn)
    async with db.transaction(SYSTEM):
        await record(SYSTEM, "deal.answer_late", "deal", deal, now=NOON + timedelta(days=5))
    assert await told() == mails(*[cast.faye, cast.finn] * 2)
    async with db.transaction(SYSTEM):
        texts = [row["text"] for row in await db.sql("SELECT text FROM mail_message WHERE subject LIKE '%your step%'")]
    assert sum("The answer to the partner is late." in text for text in texts) == 2


async def test_the_link_of_the_mail_agrees_to_its_own_step_and_to_no_other(app: Litestar, cast: Cast) -> None:
    await policy(rule(first=("finance",), second=("sales",)))
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    fayes, finns = await link_of(cast.faye), await link_of(cast.finn)
    nobody = Browser(app)
    page = await nobody.get(fayes)
    assert page.status_code == 200
    for words in ("Agree to", "Step 1", "Finance", "Large"):
        assert words in page.text
    assert (await agreed(deal))[0][2] is None
    done = await nobody.post(fayes, {"note": "Fine."})
    assert (done.status_code, "The next ones are asked" in done.text) == (200, True)
    refused = await nobody.get(finns)
    assert "does not wait for you any more" in refused.text
    assert (await nobody.post(finns, {"note": ""})).status_code == 409
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    await nobody.post(await link_of(cast.sam), {"note": ""})
    chain = await chain_of(deal)
    assert chain is not None
    assert chain.outcome is Outcome.APPROVED
    assert {step.decided_by for step in chain.steps} == {one.membership_id for one in (cast.faye, cast.vera, cast.sam)}


async def test_the_last_link_says_that_it_approves(app: Litestar, cast: Cast) -> None:
    await policy()
    deal = await submitted(cast)
    await deals.move_deal(cast.vera, deal, "take", now=NOON)
    await service.decide_step(cast.vera, deal, "approve", now=NOON, said=Said("Known for years."))
    page = await Browser(app).get(await link_of(cast.finn))
    assert "Agree and approve the deal" in page.text
    assert "Known for years." in page.text
    assert "Vera Vendor" in page.text
