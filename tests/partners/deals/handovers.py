"""Asking for a hand-over, agreeing to it, and reading what became of it, for the tests about them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from partners.deals import handing
from partners.deals.handing import Wish
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.invariants import registered
from portal.core.permissions import Role, Side
from tests import make
from tests.make import NOON, Cast

LATER = NOON + timedelta(days=3)
TO_GIVER = "You told us that nobody of yours can drive to Kempten."
TO_TAKER = "They expect a call this week."
NOTE = "Alpha and Omega both know; keep it quiet."


async def second() -> Actor:
    return await make.person("Viktor Vendor", Side.STAFF, [Role.PARTNER_MANAGER])


def wish(cast: Cast, **more: Any) -> Wish:
    facts: dict[str, Any] = {
        "taker": cast.omega, "reason": "cannot_serve", "giver_words": TO_GIVER, "taker_words": TO_TAKER, "note": NOTE,
    } | more  # fmt: skip
    return Wish(**facts)


async def asked(cast: Cast, deal: UUID, **more: Any) -> UUID:
    return await handing.request_handover(cast.vera, deal, wish(cast, **more), now=LATER)


async def decide(request_id: UUID, *, actor: Actor | None = None, approve: bool = True) -> None:
    actor = actor or await second()
    found = await requests.get_request(actor, request_id)
    sha, note = found.content_sha256, "" if approve else "Not now."
    await approvals.decide(actor, request_id, approve=approve, content_sha256=sha, note=note, now=LATER)


async def handover_of(deal: UUID) -> dict[str, Any]:
    async with db.transaction(SYSTEM):
        found = await db.sql_one(
            "SELECT * FROM partners_deal_handover WHERE deal = $1 ORDER BY state = 'agreed' DESC LIMIT 1", deal
        )
    assert found is not None
    return found


async def handed(cast: Cast, deal: UUID, **more: Any) -> UUID:
    """The new deal."""
    await decide(await asked(cast, deal, **more))
    became = (await handover_of(deal))["became"]
    assert isinstance(became, UUID)
    return became


async def holds(deal: UUID) -> list[tuple[Any, ...]]:
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT product_group, account, protected_from, protected_until FROM partners_deal_protection"
            " WHERE deal = $1 ORDER BY product_group",
            deal,
        )
    return [tuple(one.values()) for one in rows]


async def broken() -> list[str]:
    async with db.transaction(SYSTEM):
        return [one.name for one in registered() if one.name.startswith("deals.") and await db.sql(one.sql)]
