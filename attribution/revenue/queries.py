"""What can be read of revenue. Vendor-only: partners see what they earned from it, not the lines themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from attribution.revenue.rules import Known, Line, NewLine, RevenueKind
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission

RECEIPTS: Final = {"accounts": "accounts", "partners": "companies", "deals": "deals"}
"""Under which kind of import each of what lines refer to has its receipts."""

_STORED: Final = (
    "SELECT id, kind, source_id, parent, account, partner, deal, product, quantity, net_minor, cost_minor, currency,"
    " ordered_on, occurred_at FROM attribution_revenue"
)


async def look_up(lines: Sequence[NewLine], source_system: str) -> Known:
    """All that these lines refer to, on the open unit of the vendor: five statements, however many lines."""
    named = {line.source_id for line in lines} | {line.parent for line in lines}
    return Known(
        lines=await _stored_lines(named - {""}, source_system),
        accounts=await _received("accounts", {line.account for line in lines}, source_system),
        partners=await _received("partners", {line.partner for line in lines}, source_system),
        deals=await _received("deals", {line.deal for line in lines}, source_system),
        products=await _products({line.sku for line in lines}),
    )


async def _stored_lines(source_ids: Iterable[str], source_system: str) -> dict[str, tuple[UUID, Line]]:
    rows = await db.sql(
        f"WITH named AS ({_STORED} WHERE source_system = $1 AND source_id = any($2::text[]))"
        f" SELECT * FROM named UNION {_STORED} WHERE id IN (SELECT parent FROM named)",
        source_system, list(source_ids),
    )  # fmt: skip
    return {row["source_id"]: (row["id"], _line(row)) for row in rows}


def _line(row: dict[str, Any]) -> Line:
    cost = row["cost_minor"]
    return Line(
        kind=RevenueKind(row["kind"]),
        source_id=row["source_id"],
        parent=row["parent"],
        account=row["account"],
        partner=row["partner"],
        deal=row["deal"],
        product=row["product"],
        quantity=row["quantity"],
        net=Money(row["net_minor"], row["currency"]),
        cost=None if cost is None else Money(cost, row["currency"]),
        ordered_on=row["ordered_on"],
        occurred_on=clock.day_of(row["occurred_at"], formats.time_zone().key),
    )


async def _received(what: str, source_ids: set[str], source_system: str) -> dict[str, UUID]:
    rows = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = $1 AND source_system = $2 AND source_id = any($3::text[])",
        RECEIPTS[what], source_system, list(source_ids - {""}),
    )  # fmt: skip
    return {row["source_id"]: row["target_id"] for row in rows}


async def _products(skus: set[str]) -> dict[str, UUID]:
    rows = await db.sql("SELECT sku, id FROM partners_product WHERE sku = any($1::text[])", list(skus - {""}))
    return {row["sku"]: row["id"] for row in rows}


@dataclass(frozen=True, slots=True)
class RevenueLineView:
    """A line of revenue as its page shows it."""

    id: UUID
    kind: RevenueKind
    source_system: str
    source_id: str
    parent_id: UUID | None
    account_id: UUID
    account_name: str
    partner_id: UUID | None
    partner_name: str
    deal_id: UUID | None
    deal_number: str
    product_name: str
    product_name_zh: str
    sku: str
    quantity: int
    net: Money
    cost: Money | None
    ordered_on: date
    occurred_at: datetime
    recorded_at: datetime
    event_id: UUID | None
    """The lifecycle event that it is a part of."""


async def find_partner_name(actor: Actor, partner_id: str) -> str:
    """A partner's name, for the filter that a link has set; empty for an unknown one."""
    async with db.transaction(actor):
        found = await db.sql_value("SELECT legal_name FROM partners_company WHERE id = $1", UUID(partner_id))
    return str(found or "")


async def find_account_name(actor: Actor, account_id: str) -> str:
    """A customer's name, for the filter that a link has set; empty for an unknown one."""
    async with db.transaction(actor):
        found = await db.sql_value("SELECT legal_name FROM partners_account WHERE id = $1", UUID(account_id))
    return str(found or "")


_VIEW: Final = (
    "SELECT r.id, r.kind, r.source_system, r.source_id, r.parent AS parent_id, r.account AS account_id,"
    " a.legal_name AS account_name, r.partner AS partner_id, coalesce(c.legal_name, '') AS partner_name,"
    " r.deal AS deal_id, coalesce(d.number, '') AS deal_number, p.name AS product_name,"
    " p.name_zh AS product_name_zh, p.sku, r.quantity, r.net_minor, r.cost_minor, r.currency, r.ordered_on,"
    " r.occurred_at, r.recorded_at,"
    " (SELECT l.event FROM attribution_lifecycle_line l WHERE l.line = r.id) AS event_id"
    " FROM attribution_revenue r JOIN partners_account a ON a.id = r.account"
    " JOIN partners_product p ON p.id = r.product"
    " LEFT JOIN partners_company c ON c.id = r.partner LEFT JOIN partners_deal d ON d.id = r.deal"
)


async def get_line(actor: Actor, line_id: UUID) -> tuple[RevenueLineView, list[RevenueLineView]]:
    """A line, and the other lines of its invoice line in the order of time. Raises NotFound, NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_VIEW} WHERE r.id = $1 OR r.parent = $1"
            " OR r.id = (SELECT parent FROM attribution_revenue WHERE id = $1)"
            " OR r.parent = (SELECT parent FROM attribution_revenue WHERE id = $1)"
            " ORDER BY r.parent IS NOT NULL, r.occurred_at, r.seq",
            line_id,
        )
    views = [_view(row) for row in rows]
    line = next((view for view in views if view.id == line_id), None)
    if line is None:
        raise NotFound(_("This line of revenue does not exist."))
    return line, [view for view in views if view.id != line_id]


def _view(row: dict[str, Any]) -> RevenueLineView:
    currency, net, cost = row.pop("currency"), row.pop("net_minor"), row.pop("cost_minor")
    kind = RevenueKind(row.pop("kind"))
    return RevenueLineView(
        **row, kind=kind, net=Money(net, currency), cost=None if cost is None else Money(cost, currency)
    )
