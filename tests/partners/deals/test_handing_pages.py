"""The pages of a hand-over: what each partner reads of it, how the vendor asks and agrees, and who is warned."""

import json
from uuid import UUID

import pytest
from litestar import Litestar

from partners.deals import service
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.handovers import (
    LATER,
    NOTE,
    TO_GIVER,
    TO_TAKER,
    asked,
    decide,
    handed,
    handover_of,
    second,
)
from tests.partners.deals.test_extending import approved, row
from tests.partners.deals.test_reactions import mails
from tests.partners.stand import tiers
from tests.web import Browser


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


async def _pages(app: Litestar, actor: Actor, deal: UUID) -> str:
    """All that this partner can read of a deal, and of what was ever mailed to it."""
    browser = await Browser.of(app, actor)
    paths = (
        f"/partners/deals/{deal}", f"/api/v1/partners/deals/{deal}", f"/api/v1/partners/deals/{deal}/timeline",
        "/partners/deals?tab=all", "/notices", "/",
    )  # fmt: skip
    answers = [await browser.get(path) for path in paths]
    assert [one.status_code for one in answers] == [200] * len(paths)
    async with db.transaction(actor):
        events = await db.sql("SELECT changes, note FROM core_event WHERE partner_id = $1", actor.partner_id)
    return "".join(one.text for one in answers) + json.dumps(events, default=str)


async def test_each_partner_reads_its_own_words_and_nothing_of_the_other(app: Litestar, cast: Cast) -> None:
    await tiers()
    account = await make.account("Allgäuer Frischlogistik AG")
    card = await make.card(cast.pia, "Frischlogistik, as Pia calls it", account_id=account)
    deal = await make.deal(cast.pia, card_id=card, state="in_review", notes="Pia's notes")
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    old = await row(deal)
    await mails()
    became = await handed(cast, deal, owner=cast.otto.membership_id)
    new = await row(became)
    to_otto, to_pia = sorted(await mails(), key=lambda mail: mail["to_address"])
    assert (to_pia["to_address"], to_otto["to_address"]) == (cast.pia.email, cast.otto.email)
    assert "Handed over to you" in to_otto["subject"]
    giver = await _pages(app, cast.pia, deal) + to_pia["text"] + to_pia["subject"]
    taker = await _pages(app, cast.otto, became) + to_otto["text"] + to_otto["subject"]
    assert (TO_GIVER in to_pia["text"], TO_TAKER in to_otto["text"]) == (True, True)
    assert "Revoked: The partner cannot serve the customer" in giver
    assert "Handed over to you by the vendor" in taker
    of_omega = ("Omega", "Otto Omega", new.number, str(became), str(cast.omega), str(new.card), TO_TAKER)
    of_alpha = (
        "Alpha",
        "Pia Alpha",
        old.number,
        str(deal),
        str(cast.alpha),
        str(old.card),
        TO_GIVER,
        "as Pia calls it",
    )
    for text, strangers in ((giver, of_omega), (taker, (*of_alpha, "Pia's notes", "cannot serve"))):
        assert [word for word in (*strangers, NOTE, "Viktor") if word in text] in ([], ["Viktor"])
    for actor, foreign in ((cast.pia, became), (cast.otto, deal)):
        assert (await (await Browser.of(app, actor)).get(f"/partners/deals/{foreign}")).status_code == 404


async def test_the_vendor_asks_on_a_page_agrees_on_another_and_reads_the_link_on_both(
    app: Litestar, cast: Cast
) -> None:
    await tiers()
    deal = await approved(cast)
    vera, path = await Browser.of(app, cast.vera), f"/partners/deals/{deal}"
    assert f"{path}/handover" in (await vera.get(path)).text
    fields = {
        "do": "find", "taker": "", "taker_text": "omega", "owner": "", "reason": "other", "giver_words": TO_GIVER,
        "taker_words": TO_TAKER, "note": NOTE,
    }  # fmt: skip
    found = await vera.post(f"{path}/handover", fields)
    assert all(text in found.text for text in ("Otto Omega", "Oona Omega", TO_GIVER, TO_TAKER, NOTE))
    refused = await vera.post(f"{path}/handover", fields | {"do": "save", "taker_words": "It was Alpha's."})
    assert (refused.status_code, "they name Alpha" in refused.text, TO_GIVER in refused.text) == (422, True, True)
    answer = await vera.post(f"{path}/handover", fields | {"do": "save"})
    assert answer.status_code == 303, answer.text
    page = (await vera.get(path)).text
    assert "To be handed over to Omega IT AG" in page
    assert f"{path}/revocation" not in page
    async with db.transaction(SYSTEM):
        request = await db.sql_value("SELECT id FROM approvals_request WHERE subject_id = $1", deal)
    viktor = await Browser.of(app, await second())
    page = (await viktor.get(f"/approvals/{request}")).text
    assert all(text in page for text in ("Alpha Systemhaus GmbH", "Omega IT AG", TO_GIVER, TO_TAKER, NOTE, "1,000.00"))
    await decide(request)
    became = (await handover_of(deal))["became"]
    assert "Handed over to Omega IT AG" in (await vera.get(path)).text
    assert "Handed over from Alpha Systemhaus GmbH" in (await vera.get(f"/partners/deals/{became}")).text
    told = (await vera.json(f"/api/v1{path}")).json()
    assert told["handed_over_to"] == [str(became)]
    assert (await viktor.get(f"/approvals/{request}")).status_code == 200
    assert (await vera.get(f"{path}/handover")).status_code == 409


async def test_who_agrees_is_warned_of_a_full_partner_and_may_agree_all_the_same(app: Litestar, cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    card = await make.card(cast.otto)
    for _ in range(25):
        await make.deal(cast.otto, card_id=card, state="submitted")
    request = await asked(cast, deal)
    viktor = await Browser.of(app, await second())
    assert "You may agree all the same." in (await viktor.get(f"/approvals/{request}")).text
    await decide(request)
    assert (await row(deal)).state == "revoked"
