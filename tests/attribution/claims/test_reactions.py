"""Mails because of claims: to whom, in which language, once, and nothing that the partner may not know."""

from typing import Any
from uuid import UUID

import pytest

from attribution.claims import service
from attribution.claims.service import Said
from partners.customers import linking
from partners.customers.rules import CustomerFacts
from portal.core import db
from portal.core.actor import SYSTEM
from tests import make
from tests.attribution.claims.world import submitted
from tests.make import NOON, Cast
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


async def in_review(cast: Cast) -> UUID:
    card = await make.card(cast.pia, "Kaltenberg AG", account_id=await make.account())
    claim = await submitted(cast.pia, card)
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    await mails()
    return claim


async def test_the_manager_hears_of_a_claim_and_of_an_answer(cast: Cast) -> None:
    await look_after(cast)
    claim = await submitted(cast.pia, await make.card(cast.pia, "Kaltenberg AG"))
    (mail,) = await mails()
    assert mail["to_address"] == cast.vera.email
    assert mail["subject"] == "Alpha Systemhaus GmbH claims a contribution to Kaltenberg AG"
    assert f"/claims/{claim}" in mail["text"]
    assert "Training, Kaltenberg AG, on 11 Nov 2026" in mail["text"]
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    assert await mails() == []
    await service.move_claim(cast.vera, claim, "ask", now=NOON, said=Said("Who was there?"))
    (mail,) = await mails()
    assert (mail["to_address"], "Who was there?" in mail["text"]) == (cast.pia.email, True)
    await service.move_claim(cast.pia, claim, "answer", now=NOON, said=Said("The whole crew."))
    (mail,) = await mails()
    assert (mail["to_address"], "The whole crew." in mail["text"]) == (cast.vera.email, True)


async def test_the_owner_hears_of_an_approval_in_its_language(cast: Cast) -> None:
    claim = await in_review(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_person SET locale = 'zh_CN' WHERE id = $1", cast.pia.person_id)
    await service.move_claim(cast.vera, claim, "approve", now=NOON, said=Said("Thank you."))
    (mail,) = await mails()
    assert (mail["to_address"], mail["locale"]) == (cast.pia.email, "zh_CN")
    assert mail["subject"] == "已批准：您对 Kaltenberg AG 的贡献申报"
    assert "2026年11月11日" in mail["text"]
    assert "Thank you." in mail["text"]


async def test_the_owner_hears_why_it_was_rejected(cast: Cast) -> None:
    claim = await in_review(cast)
    said = Said("The list of guests does not name them.", code="no_evidence")
    await service.move_claim(cast.vera, claim, "reject", now=NOON, said=said)
    (mail,) = await mails()
    assert mail["subject"] == "Rejected: your contribution to Kaltenberg AG"
    for words in ("The evidence does not show it", said.note, "If you have better evidence, claim it anew."):
        assert words in mail["text"]


async def test_who_withdraws_or_only_drafts_causes_no_mail(cast: Cast) -> None:
    await look_after(cast)
    claim = await in_review(cast)
    await service.move_claim(cast.pia, claim, "withdraw", now=NOON)
    assert await mails() == []


async def test_without_a_manager_or_a_live_owner_nobody_is_written_to(cast: Cast) -> None:
    await submitted(cast.pia)
    assert await mails() == []
    claim = await in_review(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.pia.membership_id, NOON)
    await service.move_claim(cast.vera, claim, "approve", now=NOON)
    assert await mails() == []


async def test_a_reaction_that_runs_twice_writes_once(cast: Cast) -> None:
    claim = await in_review(cast)
    await service.move_claim(cast.vera, claim, "ask", now=NOON, said=Said("Why?"))
    await settle()
    await run_again("claim.asked")
    assert len(await mails()) == 1


@pytest.mark.security
@pytest.mark.parametrize(("verb", "said"), [("approve", Said()), ("reject", Said("No.", code="counted_already"))])
async def test_a_decision_says_nothing_of_the_account_or_of_a_rival(cast: Cast, verb: str, said: Said) -> None:
    """Both claimed the same day at one customer that the vendor knows under a name of its own."""
    account = await linking.create_account(cast.vera, CustomerFacts("Kaltenberg Group Holding", "DE"), now=NOON)
    cards = [await make.card(cast.pia, "Kaltenberg AG", account_id=account)]
    cards.append(await make.card(cast.otto, "Kaltenberg Brauerei", account_id=account))
    own, _rivals = [await submitted(who, card) for who, card in zip((cast.pia, cast.otto), cards, strict=True)]
    await service.move_claim(cast.vera, own, "take", now=NOON)
    await mails()
    await service.move_claim(cast.vera, own, verb, now=NOON, said=said)
    (mail,) = await mails()
    written = mail["subject"] + mail["text"]
    for unknown in (str(account), "Group Holding", "Brauerei", "Omega", str(cast.omega), str(cards[1])):
        assert unknown not in written
