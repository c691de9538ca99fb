"""Revocation: two people, words that the partner reads, the protection ended at once, and nothing ordered before lost."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from partners.deals import extending, revoking, rules, service
from partners.deals.states import DealState
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.permissions import Role, Side
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.test_extending import approved, ends_of, extensions, row
from tests.partners.deals.test_reactions import mails
from tests.partners.stand import names_of, tiers
from tests.web import Browser

LATER = NOON + timedelta(days=3)
WORDS = "Nothing was done since August."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


async def second() -> Actor:
    return await make.person("Viktor Vendor", Side.STAFF, [Role.PARTNER_MANAGER])


async def asked(cast: Cast, deal: UUID) -> UUID:
    return await revoking.request_revocation(cast.vera, deal, "inactive", WORDS, now=LATER)


async def decide(actor: Actor, request_id: UUID, *, approve: bool = True, note: str = "Give them time.") -> None:
    found = await requests.get_request(actor, request_id)
    await approvals.decide(
        actor, request_id, approve=approve, content_sha256=found.content_sha256, note=note, now=LATER
    )  # fmt: skip


async def test_two_people_end_an_approval_at_once(cast: Cast) -> None:
    await tiers()
    account, product = await make.account(), await make.product()
    deal = await approved(cast, account=account, product=product)
    before = (await row(deal)).protected_until
    request = await asked(cast, deal)
    assert ((await row(deal)).state, (await row(deal)).protected_until) == ("approved", before)
    await decide(await second(), request)
    gone = await row(deal)
    assert (gone.state, gone.protected_until, gone.revoked_at) == ("revoked", LATER, LATER)
    assert (gone.revoke_code, gone.revoke_note) == ("inactive", WORDS)
    assert await ends_of(deal) == [LATER]
    assert await names_of(deal) == ["deal.approved", "approval.requested", "deal.revoked"]
    card = await make.card(cast.otto, account_id=account)
    rival = await make.deal(cast.otto, card_id=card, product_id=product, state="in_review")
    await service.move_deal(cast.vera, rival, "approve", now=LATER)
    assert (await row(rival)).state == "approved"


async def test_nobody_revokes_alone(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    request = await asked(cast, deal)
    with pytest.raises(NotAllowed):
        await decide(cast.vera, request)
    with pytest.raises(Conflict):
        await asked(cast, deal)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction(SYSTEM):
            await db.sql("UPDATE partners_deal_revocation SET state = 'agreed', decided_by = requested_by")
    assert (await row(deal)).state == "approved"


async def test_who_does_not_agree_leaves_it_as_it_is_and_the_partner_hears_nothing(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await mails()
    await decide(await second(), await asked(cast, deal), approve=False)
    assert (await row(deal)).state == "approved"
    assert await mails() == []
    async with db.transaction(cast.pia):
        seen = await db.sql("SELECT name FROM core_event WHERE subject_id = $1 ORDER BY seq", deal)
    assert [one["name"] for one in seen] == ["deal.approved"]
    await asked(cast, deal)


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "info_requested", "rejected", "withdrawn", "expired"]
)
async def test_only_an_approval_that_holds_is_revoked(cast: Cast, state: str) -> None:
    with pytest.raises(Conflict):
        await asked(cast, await make.deal(cast.pia, state=state))


async def test_what_was_won_or_has_ended_meanwhile_stays(cast: Cast) -> None:
    await tiers()
    won, over = await approved(cast), await approved(cast, product=await make.product())
    requested = [await asked(cast, won), await asked(cast, over)]
    await service.set_stage(cast.pia, won, "win", now=LATER)
    await service.expire_due(now=NOON + timedelta(days=120))
    other = await second()
    for request in requested:
        with pytest.raises(Conflict):
            await decide(other, request)
        await decide(other, request, approve=False)
    assert [(await row(one)).state for one in (won, over)] == ["approved", "expired"]


async def test_reason_words_and_right_are_needed(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    with pytest.raises(Invalid):
        await revoking.request_revocation(cast.vera, deal, "mood", WORDS, now=LATER)
    with pytest.raises(Invalid):
        await revoking.request_revocation(cast.vera, deal, "inactive", " ", now=LATER)
    for actor in (cast.pia, cast.sam, cast.faye):
        with pytest.raises(NotAllowed):
            await revoking.request_revocation(actor, deal, "inactive", WORDS, now=LATER)


async def test_what_the_partner_waits_for_is_closed(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await extending.request_extension(cast.pia, deal, 20, "They decide in March.", now=NOON)
    await decide(await second(), await asked(cast, deal))
    assert [one["state"] for one in await extensions(deal)] == ["closed"]


async def test_the_sale_of_a_revoked_deal_is_not_followed(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await decide(await second(), await asked(cast, deal))
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "win", now=LATER)
    assert DealState.REVOKED not in rules.STAGE_STATES


async def test_the_partner_reads_why_and_learns_of_nothing_before(app: Litestar, cast: Cast) -> None:
    await tiers()
    deal, path = await approved(cast), ""
    path = f"/partners/deals/{deal}"
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    answer = await vera.post(f"{path}/revocation", {"code": "inactive", "note": WORDS})
    assert answer.status_code == 303, answer.text
    assert WORDS in (await vera.get(path)).text
    assert WORDS not in (await pia.get(path)).text
    async with db.transaction(SYSTEM):
        request = await db.sql_value("SELECT id FROM approvals_request WHERE subject_id = $1", deal)
    viktor = await Browser.of(app, await second())
    page = (await viktor.get(f"/approvals/{request}")).text
    assert "Nothing was done for the sale" in page
    await mails()
    await decide(await second(), request)
    page = (await pia.get(path)).text
    assert "Revoked: Nothing was done for the sale" in page
    assert WORDS in page
    (mail,) = await mails()
    assert (mail["to_address"], WORDS in mail["text"]) == (cast.pia.email, True)
    assert "Viktor" not in mail["text"]
    listed = await pia.get("/partners/deals?tab=all&state=revoked")
    assert "Acme GmbH" in listed.text
