"""What tests of commissions play on: a plan in force, and a sale that Alpha registered."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from attribution.commissions.plan import KEY, CommissionPlan
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, Cast

PLAN: dict[str, Any] = {
    "title": "Reseller DACH",
    "clauses": [
        {"code": "§ 3.2", "name": "Gold resellers", "kinds": ["reseller"], "tiers": ["gold"], "rate": "9"},
        {"code": "§ 3.3", "name": "Other resellers", "kinds": ["reseller"], "tiers": [], "rate": "7.5"},
    ],
}


async def make_plan(body: dict[str, Any], since: date, number: int = 1) -> UUID:
    """An approved version, straight into the table."""
    document = CommissionPlan.model_validate(body).model_dump(mode="json")
    version = new_id()
    async with database.transaction(SYSTEM):
        policy = await database.sql_value("SELECT id FROM policies_policy WHERE kind = $1", KEY) or new_id()
        await database.sql(
            "INSERT INTO policies_policy (id, kind, scope) VALUES ($1, $2, '') ON CONFLICT DO NOTHING", policy, KEY
        )
        await database.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256, effective_from,"
            " author, created_at, approver, approved_at) VALUES ($1, $2, $3, 'approved', $4, 1, '', $5, $6, $7, $8, $7)",
            version, policy, number, json.dumps(document), since, new_id(), NOON, new_id(),
        )  # fmt: skip
    return version


@dataclass(frozen=True)
class Sale:
    """Alpha's customer, who buys a product that Alpha registered."""

    account: UUID
    product: UUID
    group: UUID
    deal: UUID
    card: UUID

    async def invoice(self, minor: int = 4560_00, **more: Any) -> UUID:
        """An invoice line of it."""
        return await make.revenue(self.account, self.product, minor, **more)

    async def paid(self, invoice: UUID, minor: int, **more: Any) -> UUID:
        """A payment, or a refund when negative."""
        kind = "payment" if minor >= 0 else "refund"
        return await make.revenue(self.account, self.product, minor, kind=kind, parent=invoice, **more)


async def make_sale(cast: Cast) -> Sale:
    """With a plan since the beginning of the year: 9 % for gold resellers, which Alpha is."""
    await make_plan(PLAN, date(2026, 1, 1))
    account, product = await make.account("Sennerei Alpgold AG"), await make.product("Insight")
    async with database.transaction(SYSTEM):
        group = await database.sql_value('SELECT "group" FROM partners_product WHERE id = $1', product)
    card = await make.card(cast.pia, "Alpgold Lindau", account_id=account)
    deal = await make.deal(cast.pia, card_id=card, product_id=product, state="approved")
    await make.protection(deal, cast.pia, account, group)
    return Sale(account, product, group, deal, card)
