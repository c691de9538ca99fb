"""What the database itself refuses of a partner that writes deals by hand."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from partners.deals import queries
from partners.deals.tables import Deal
from portal.core import db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import NOON, Cast


async def row(deal_id: UUID) -> Deal:
    async with db.transaction(SYSTEM):
        return await queries.get_deal(SYSTEM, deal_id)


@pytest.mark.security
@pytest.mark.parametrize(
    "change",
    [
        "state = 'approved'", "state = 'in_review'", "protected_until = now()", "reviewer = id", "decided_at = now()",
        "number = 'X'", "policy_version = id", "stage = 'won', closed_at = now()", "reject_code = ''",
        "question = 'x'",
    ],
)  # fmt: skip
async def test_raw_sql_as_a_partner_decides_nothing(cast: Cast, change: str) -> None:
    state = "rejected" if change.startswith("reject") else "submitted"
    deal = await make.deal(cast.pia, state=state, reject_code="duplicate" if state == "rejected" else "")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(f"UPDATE partners_deal SET {change} WHERE id = $1", deal)


@pytest.mark.security
@pytest.mark.parametrize(
    ("before", "after"), [("rejected", "submitted"), ("approved", "withdrawn"), ("expired", "approved")]
)
async def test_raw_sql_as_a_partner_moves_only_along_the_flow(cast: Cast, before: str, after: str) -> None:
    deal = await make.deal(cast.pia, state=before)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("UPDATE partners_deal SET state = $2 WHERE id = $1", deal, after)


@pytest.mark.security
async def test_raw_sql_as_a_partner_inserts_only_drafts(cast: Cast) -> None:
    card = await make.card(cast.pia)
    values: dict[str, Any] = {"state": "approved", "decided_at": NOON}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await Deal(
                id=uuid4(), partner_id=cast.alpha, number="X", card=card, customer_name="X", owner=cast.pia.membership_id,
                registered_by=cast.pia.membership_id, currency="EUR", created_at=NOON, changed_at=NOON, **values,
            ).save()  # fmt: skip
