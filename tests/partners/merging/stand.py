"""What tests of merging stand on: protected deals on accounts, and where they count."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.core import db
from portal.core.actor import SYSTEM, Actor
from tests import make
from tests.make import NOON

YEAR = timedelta(days=365)


async def protected(
    actor: Actor, account: UUID, product: UUID, *, since: datetime = NOON, until: datetime = NOON + YEAR
) -> UUID:
    """An approved deal of the actor's partner, protected on this account for the product's group."""
    card = await make.card(actor, account_id=account)
    deal = await make.deal(actor, card_id=card, product_id=product, state="approved", protected_until=until)
    await make.protection(
        deal, actor, account, await make.group_of(product), protected_from=since, protected_until=until
    )
    return deal


async def placed(deals: list[UUID]) -> dict[UUID, UUID]:
    """Under which account each deal's protection counts."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT deal, canonical_account AS at FROM partners_deal_protection WHERE deal = any($1)", deals
        )
    return {row["deal"]: row["at"] for row in rows}


async def canonical(accounts: list[UUID]) -> dict[UUID, UUID]:
    """Under which account each is found."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT a AS id, partners_canonical_account(a) AS at FROM unnest($1::uuid[]) AS u (a)", accounts
        )
    return {row["id"]: row["at"] for row in rows}
