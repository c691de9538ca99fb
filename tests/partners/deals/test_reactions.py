"""Mails because of deals: to whom, in which language, once; and the clock's job."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from partners.deals import queries, reactions, service
from partners.deals.service import Said
from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import registration, tiers
from tests.settle import run_again, settle


async def look_after(cast: Cast) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)


async def mails() -> list[dict[str, Any]]:
    """What was written since the last call, oldest first."""
    await settle()
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT to_address, subject, text, locale FROM mail_message ORDER BY created_at, id")
        await db.sql("DELETE FROM mail_message")
    return rows


async def reviewed(cast: Cast) -> UUID:
    card = await make.card(cast.pia, "Acme GmbH", account_id=await make.account())
    return await make.deal(cast.pia, card_id=card, state="in_review")


async def test_the_manager_hears_of_a_registration_and_an_answer(cast: Cast) -> None:
    await tiers()
    await look_after(cast)
    deal = await service.register_deal(cast.pia, registration(await make.product()), now=NOON)
    (mail,) = await mails()
    assert mail["to_address"] == cast.vera.email
    assert mail["subject"] == "AS-2026-001: Alpha Systemhaus GmbH registered Allgäuer Frischlogistik GmbH"
    assert f"/partners/deals/{deal}" in mail["text"]
    await service.move_deal(cast.vera, deal, "take", now=NOON)
    assert await mails() == []
    await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("How many sites?"))
    (mail,) = await mails()
    assert (mail["to_address"], "How many sites?" in mail["text"]) == (cast.pia.email, True)
    await service.move_deal(cast.pia, deal, "answer", now=NOON, said=Said("Two sites."))
    (mail,) = await mails()
    assert (mail["to_address"], "Two sites." in mail["text"]) == (cast.vera.email, True)


async def test_the_owner_hears_of_an_approval_in_its_language(cast: Cast) -> None:
    await tiers()
    deal = await reviewed(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_person SET locale = 'zh_CN' WHERE id = $1", cast.pia.person_id)
    await service.move_deal(cast.vera, deal, "approve", now=NOON, said=Said("Good luck."))
    (mail,) = await mails()
    assert (mail["to_address"], mail["locale"]) == (cast.pia.email, "zh_CN")
    assert "已批准" in mail["subject"]
    assert "2027年2月16日" in mail["text"]
    assert "Good luck." in mail["text"]


async def test_the_owner_hears_why_it_was_rejected(cast: Cast) -> None:
    deal = await reviewed(cast)
    said = Said("You registered it in May.", code="duplicate")
    await service.move_deal(cast.vera, deal, "reject", now=NOON, said=said)
    (mail,) = await mails()
    assert "Registered already" in mail["text"]
    assert said.note in mail["text"]


async def test_without_a_manager_or_a_live_owner_nobody_is_written_to(cast: Cast) -> None:
    await tiers()
    await service.register_deal(cast.pia, registration(await make.product()), now=NOON)
    assert await mails() == []
    deal = await reviewed(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.pia.membership_id, NOON)
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert await mails() == []


async def test_a_reaction_that_runs_twice_writes_once(cast: Cast) -> None:
    deal = await reviewed(cast)
    await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("Why?"))
    await settle()
    await run_again("deal.asked")
    assert len(await mails()) == 1


async def test_the_clock_ends_protections(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = await make.deal(cast.pia, state="approved", protected_until=NOON)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 18, 10, 59, tzinfo=UTC))
    await reactions.expire_deals()
    assert (await queries.get_record(cast.pia, deal)).state == "approved"
    monkeypatch.setattr(clock, "now", lambda: NOON)
    await reactions.expire_deals()
    await reactions.expire_deals()
    assert (await queries.get_record(cast.pia, deal)).state == "expired"
