"""What can be read about terms. Vendor-only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class TermView:
    """A contract as its page shows it."""

    id: UUID
    number: str
    source_system: str
    account_id: UUID
    account_name: str
    partner_id: UUID | None
    partner_name: str
    product_id: UUID
    product_name: str
    product_name_zh: str
    sku: str
    quantity: int
    starts_on: date
    ends_on: date
    value: Money
    created_at: datetime
    changed_at: datetime


async def get_term(actor: Actor, term_id: UUID) -> TermView:
    """One contract. Raises NotFound, NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT x.id, x.number, x.source_system, x.account AS account_id, a.legal_name AS account_name,"
            " x.partner AS partner_id, coalesce(c.legal_name, '') AS partner_name, x.product AS product_id,"
            " p.name AS product_name, p.name_zh AS product_name_zh, p.sku, x.quantity, x.starts_on, x.ends_on,"
            " x.value_minor, x.currency, x.created_at, x.changed_at FROM attribution_term x"
            " JOIN partners_account a ON a.id = x.account JOIN partners_product p ON p.id = x.product"
            " LEFT JOIN partners_company c ON c.id = x.partner WHERE x.id = $1",
            term_id,
        )
    if row is None:
        raise NotFound
    value = Money(row.pop("value_minor"), row.pop("currency"))
    return TermView(**row, value=value)


async def find_name(actor: Actor, table: Literal["partners_account", "partners_company"], chosen: str) -> str:
    """The name of a customer or partner, for the filter that a link has set; empty for an unknown one."""
    async with db.transaction(actor):
        return str(await db.sql_value(f"SELECT legal_name FROM {table} WHERE id = $1", UUID(chosen)) or "")
