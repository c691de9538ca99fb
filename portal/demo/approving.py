"""Deals of the demo that are approved in steps: what its policy asks, and two that a manager has agreed to already."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from partners import public as partners
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.permissions import Role

CHAINS: Final = partners.Chains(
    rules=(
        partners.ChainRule(
            name="Large for a bicycle shop", currency="EUR", value_from="1500", second=(partners.Approver.FINANCE,),
        ),
        partners.ChainRule(
            name="Far from our own people", places="AU", first=(partners.Approver.OWN_MANAGER,),
            second=(partners.Approver.SALES,),
        ),
    )
)  # fmt: skip
"""Small enough that some of the demo's deals need it."""
_AGREED: Final = 2


async def write_steps(staff: Iterable[Actor], *, now: datetime) -> None:
    """Find the steps of what is in review, and have a manager agree to the first ones; once."""
    await partners.find_missing_chains(now=now)
    async with db.transaction(SYSTEM):
        begun = await db.sql_value("SELECT count(*) FROM partners_deal_chain WHERE done > 0")
        rows = await db.sql(
            "SELECT deal FROM partners_deal_chain WHERE done = 0 ORDER BY (facts->>'amount_minor')::bigint DESC, deal"
            " LIMIT $1",
            max(0, _AGREED - begun),
        )
    manager = next(one for one in staff if Role.PARTNER_MANAGER in one.roles)
    for row in rows:
        await partners.decide_step(
            manager, row["deal"], "approve", said=partners.Said("I know the customer, it is real."), now=now
        )
