"""What can be read about the vendor's own opportunities. Partners have no right to ask."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from partners.deals.states import Stage
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import current_locale
from portal.core.money import Money
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A sale that somebody of the vendor works directly."""

    id: UUID
    account_id: UUID
    account_name: str
    name: str
    owner_id: UUID
    owner_name: str
    product_id: UUID | None
    product_name: str
    stage: Stage
    amount: Money
    expected_close_on: date | None
    opened_at: datetime
    closed_at: datetime | None
    source: str
    notes: str
    created_at: datetime
    changed_at: datetime


async def get_opportunity(actor: Actor, opportunity_id: UUID) -> Opportunity:
    """One opportunity. Raises NotFound, NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT x.id, x.account AS account_id, a.legal_name AS account_name, x.name, x.owner AS owner_id,"
            " coalesce(o.name, '') AS owner_name, x.product AS product_id, coalesce(p.name, '') AS product_name,"
            " coalesce(p.name_zh, '') AS product_name_zh,"
            " x.stage, x.amount_minor, x.currency, x.expected_close_on, x.opened_at, x.closed_at, x.source, x.notes,"
            " x.created_at, x.changed_at FROM partners_opportunity x JOIN partners_account a ON a.id = x.account"
            " LEFT JOIN partners_product p ON p.id = x.product LEFT JOIN identity_membership m ON m.id = x.owner"
            " LEFT JOIN identity_person o ON o.id = m.person WHERE x.id = $1",
            opportunity_id,
        )
    if row is None:
        raise NotFound
    chinese = row.pop("product_name_zh")
    if chinese and current_locale() == "zh_CN":
        row["product_name"] = chinese
    amount, stage = Money(row.pop("amount_minor"), row.pop("currency")), Stage(row.pop("stage"))
    return Opportunity(**row, amount=amount, stage=stage)
