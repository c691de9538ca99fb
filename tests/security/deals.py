"""Deals in every state that a request of the security tests begins from."""

from datetime import timedelta
from uuid import UUID

from partners.deals import amending, extending, handing, queries
from partners.deals.rules import Line
from partners.response import service as response
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db, events
from portal.core.actor import SYSTEM, Actor
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.chains.stand import chained


async def submitted(_cast: Cast, actor: Actor) -> UUID:
    deal = await make.deal(actor, state="submitted")
    async with db.transaction(SYSTEM):
        await events.record(SYSTEM, "deal.submitted", "deal", deal, now=NOON, partner_id=actor.partner_id)
    return deal


async def draft(_cast: Cast, actor: Actor) -> UUID:
    return await make.deal(actor)


async def in_review(_cast: Cast, actor: Actor) -> UUID:
    card = await make.card(actor, account_id=await make.account())
    return await make.deal(actor, card_id=card, state="in_review", expected_close_on=TODAY)


async def stepped(cast: Cast, actor: Actor) -> UUID:
    """In review, with a chain of steps that a partner manager has to begin."""
    deal = await in_review(cast, actor)
    await chained(deal)
    return deal


async def asked(_cast: Cast, actor: Actor) -> UUID:
    return await make.deal(actor, state="info_requested", question="Who decides?")


async def cheap_review(_cast: Cast, actor: Actor) -> UUID:
    """In review, at half the list price."""
    card, product = await make.card(actor, account_id=await make.account()), await make.product(price=200_00)
    return await make.deal(
        actor, card_id=card, product_id=product, price=100_00, state="in_review", price_reason="A tender.",
        price_wanted_until=TODAY,
    )  # fmt: skip


async def rejected(_cast: Cast, actor: Actor) -> UUID:
    return await make.deal(actor, state="rejected", reject_code="duplicate", expected_close_on=TODAY)


async def rested(_cast: Cast, actor: Actor) -> UUID:
    """In review again after a question, so that its clock has rested."""
    deal = await make.deal(actor, state="in_review")
    async with db.transaction(SYSTEM):
        for hours, name in ((4, "deal.submitted"), (3, "deal.asked"), (2, "deal.answered")):
            at = NOON - timedelta(hours=hours)
            await events.record(SYSTEM, name, "deal", deal, now=at, partner_id=actor.partner_id)
        await response.follow(SYSTEM, deal, now=NOON)
    return deal


async def approved(_cast: Cast, actor: Actor) -> UUID:
    """Approved, with its protection."""
    account, product = await make.account(), await make.product()
    card = await make.card(actor, account_id=account)
    deal = await make.deal(actor, card_id=card, product_id=product, state="approved")
    await make.protection(deal, actor, account, await make.group_of(product))
    return deal


async def extension_asked(cast: Cast, actor: Actor) -> UUID:
    """Approved, and the partner asks for more days."""
    deal = await approved(cast, actor)
    await extending.request_extension(actor, deal, 20, "They decide in March.", now=NOON)
    return deal


async def handed_over(cast: Cast, actor: Actor) -> UUID:
    """What its rival was protected for before, and reads as revoked."""
    assert actor.partner_id is not None
    deal = await approved(cast, cast.otto if actor is cast.pia else cast.pia)
    wish = handing.Wish(actor.partner_id, "cannot_serve", "Nobody near them.", "Call them.", owner=actor.membership_id)
    request = await handing.request_handover(cast.vera, deal, wish, now=NOON)
    second = await make.person("Sven Second", cast.vera.side, list(cast.vera.roles))
    found = await requests.get_request(second, request)
    await approvals.decide(second, request, approve=True, content_sha256=found.content_sha256, note="", now=NOON)
    async with db.transaction(SYSTEM):
        became: UUID = await db.sql_value("SELECT became FROM partners_deal_handover WHERE deal = $1", deal)
    return became


async def amendment_asked(cast: Cast, actor: Actor) -> UUID:
    """Approved, and the partner wants fewer."""
    deal = await approved(cast, actor)
    product = (await queries.get_record(SYSTEM, deal)).lines[0].product_id
    proposal = amending.Proposal((Line(product, 3),), TODAY + timedelta(days=30), "Fewer sites.")
    await amending.propose_amendment(actor, deal, proposal, now=NOON)
    return deal
