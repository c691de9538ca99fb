"""What tests of approval chains stand on: the policy in force, and a deal in review that can be approved."""

from typing import Any
from uuid import UUID

from partners.chains import invariants, reactions, settings
from partners.chains.policy import KEY, ChainRule, Chains
from partners.chains.queries import ChainView, find_chain, read_facts
from partners.chains.tables import DealChain, DealStep
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests import make
from tests.make import NOON, TODAY, Cast

__all__ = ["invariants", "reactions", "settings"]


def rule(**more: Any) -> ChainRule:
    """From 1,000 euro finance is asked after the manager, unless said otherwise."""
    return ChainRule(**({"name": "Large", "currency": "EUR", "value_from": "1000", "second": ("finance",)} | more))


async def policy(*rules: ChainRule, **more: Any) -> UUID:
    """These rules in force from today on, in a new version; its id."""
    document, version = Chains(rules=rules or (rule(),), **more), new_id()
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO policies_policy (id, kind, scope) VALUES ($1, $2, '') ON CONFLICT (kind, scope) DO NOTHING",
            new_id(), KEY,
        )  # fmt: skip
        found = await db.sql_value("SELECT id FROM policies_policy WHERE kind = $1", KEY)
        await db.sql("DELETE FROM policies_version WHERE policy = $1", found)
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256,"
            " effective_from, author, created_at, approver, approved_at)"
            " VALUES ($1, $2, 1, 'approved', $3, 1, '', $4, $5, $6, $7, $6)",
            version, found, document.model_dump_json(), TODAY, new_id(), NOON, new_id(),
        )  # fmt: skip
    return version


async def reviewed(cast: Cast, **more: Any) -> UUID:
    """A deal of Alpha's for a linked customer, in review: 1,000.00 EUR."""
    card = await make.card(cast.pia, account_id=await make.account())
    return await make.deal(cast.pia, card_id=card, state="in_review", **more)


async def chained(deal: UUID) -> None:
    """A chain of a deal as it is, of a manager's step and one of finance, whatever the policy says."""
    facts = await read_facts(SYSTEM, deal)
    assert facts is not None
    async with db.transaction(SYSTEM):
        chain, partner = new_id(), await db.sql_value("SELECT partner_id FROM partners_deal WHERE id = $1", deal)
        await DealChain(
            id=chain, partner_id=partner, deal=deal, policy_version=new_id(), facts=facts.as_json(),
            asks=["1:partner_manager", "2:finance"], made_at=NOON,
        ).save()  # fmt: skip
        for number, approver in ((1, "partner_manager"), (2, "finance")):
            await DealStep(id=new_id(), chain=chain, number=number, approver=approver, rules=["Large"]).save()


async def chain_of(deal: UUID, actor: Actor = SYSTEM) -> ChainView | None:
    """The newest chain of a deal."""
    return await find_chain(actor, deal, NOON)


async def agreed(deal: UUID) -> list[tuple[int, str, UUID | None]]:
    """Number, approver and who agreed, of the newest chain."""
    chain = await chain_of(deal)
    return [(step.number, step.approver.value, step.decided_by) for step in chain.steps] if chain else []


async def broken(cast: Cast) -> set[str]:
    """The invariants of chains that something breaks."""
    return {one.name for one, count in await run_all(cast.audra) if count and one.name.startswith("chains.")}
