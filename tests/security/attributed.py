"""Objects of what follows from sales, one of each kind: claims, touches, visitors, events, commissions."""

from datetime import timedelta
from uuid import UUID

from attribution.claims import service as claims
from attribution.commissions.service import accrue
from attribution.health.running import reckon_all
from attribution.lifecycle.service import derive_accounts
from attribution.touchpoints import vocabulary
from attribution.touchpoints.rules import Meaning
from attribution.touchpoints.tables import SourceNode
from attribution.visits import service as visits
from attribution.visits.rules import visitor_name
from attribution.visits.tables import Visitor
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id, token_hash
from tests import make
from tests.attribution.claims.world import facts, submitted
from tests.make import NOON, Cast


async def revenue(_cast: Cast, actor: Actor) -> UUID:
    return await make.revenue(await make.account(), await make.product(), 100_00, partner=actor.partner_id)


async def term(_cast: Cast, actor: Actor) -> UUID:
    return await make.term(await make.account(), await make.product(), partner=actor.partner_id)


async def lifecycle_event(_cast: Cast, actor: Actor) -> UUID:
    """The first order, which the partner invoiced, of a customer that is dormant since."""
    account, long_ago = await make.account(), NOON - timedelta(days=900)
    await make.revenue(
        account,
        await make.product(),
        100_00,
        partner=actor.partner_id,
        occurred_at=long_ago,
        ordered_on=long_ago.date(),
    )
    await derive_accounts(SYSTEM, [account], now=NOON)
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value(
            "SELECT id FROM attribution_lifecycle_event WHERE account = $1 AND kind = 'new_logo'", account
        )
    return found


async def healthy_account(_cast: Cast, actor: Actor) -> UUID:
    """A customer of the partner's with a health, from what it ordered and an open ticket, an answer and a reading."""
    account = await make.account()
    await make.card(actor, account_id=account)
    await make.revenue(account, await make.product(), 100_00, partner=actor.partner_id)
    await make.signals(account)
    await derive_accounts(SYSTEM, [account], now=NOON)
    await reckon_all(SYSTEM, now=NOON)
    return account


async def touchpoint(_cast: Cast, actor: Actor) -> UUID:
    return await make.touchpoint(await make.account(), partner=actor.partner_id)


async def source_words(cast: Cast, _actor: Actor) -> UUID:
    """Words of a source that wait to be mapped."""
    key, above = new_id(), await make.source_node("unmapped")
    node = SourceNode(
        id=key, parent=above, level="words", key=str(key), name=f"Words {key}", path=f"Not mapped yet / Words {key}",
        path_zh=f"待归类 / Words {key}", created_at=NOON,
    )  # fmt: skip
    async with db.transaction(cast.vera):
        await node.save()
    return key


async def mapped_words(cast: Cast, actor: Actor) -> UUID:
    words = await source_words(cast, actor)
    target = await make.source_node()
    await vocabulary.map_words(cast.vera, [words], target, Meaning.NODE, now=NOON)
    return words


async def submitted_claim(_cast: Cast, actor: Actor) -> UUID:
    return await submitted(actor, await make.card(actor, account_id=await make.account()))


async def claim_draft(_cast: Cast, actor: Actor) -> UUID:
    """One that can be submitted today."""
    yesterday = (clock.now() - timedelta(days=1)).date()
    return await claims.create_draft(actor, facts(await make.card(actor), occurred_on=yesterday), now=clock.now())


async def claim_in_review(cast: Cast, actor: Actor) -> UUID:
    claim = await submitted_claim(cast, actor)
    await claims.move_claim(cast.vera, claim, "take", now=NOON)
    return claim


async def claim_asked(cast: Cast, actor: Actor) -> UUID:
    claim = await claim_in_review(cast, actor)
    await claims.move_claim(cast.vera, claim, "ask", said=claims.Said("Who was there?"), now=NOON)
    return claim


async def site_visitor(_cast: Cast, _actor: Actor) -> UUID:
    key = new_id()
    visitor = Visitor(
        id=key, visitor=visitor_name(key), key_sha256=token_hash(str(key)), touches=0, consented_at=NOON,
        first_seen_at=NOON, last_seen_at=NOON,
    )  # fmt: skip
    async with db.transaction(SYSTEM):
        await visitor.save()
    return key


async def attached_visitor(cast: Cast, actor: Actor) -> UUID:
    visitor = await site_visitor(cast, actor)
    await visits.attach(cast.vera, visitor, await make.account(), now=NOON)
    return visitor


async def cost(_cast: Cast, _actor: Actor) -> UUID:
    return await make.cost()


async def commission(_cast: Cast, actor: Actor) -> UUID:
    """What a payment earned the partner, on a sale that it registered."""
    account, product = await make.account(), await make.product()
    card = await make.card(actor, account_id=account)
    deal = await make.deal(actor, card_id=card, product_id=product, state="approved")
    await make.protection(deal, actor, account, await make.group_of(product))
    invoice = await make.revenue(account, product, 100_00, partner=actor.partner_id)
    payment = await make.revenue(account, product, 100_00, kind="payment", parent=invoice)
    await accrue(SYSTEM, [payment], now=NOON)
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value("SELECT id FROM attribution_commission WHERE source_id = $1", payment)
    return found
