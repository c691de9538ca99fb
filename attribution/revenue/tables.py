"""What is stored about revenue: lines as they were imported, insert-only. Vendor-only."""

from typing import Any

from piccolo.columns import UUID, BigInt, BigSerial, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.revenue.rules import RevenueKind
from partners.companies.tables import Company
from partners.customers.tables import Account
from partners.deals.tables import Deal
from partners.products.tables import Product
from portal.core.tenancy import one_of


class RevenueLine(Table, tablename="attribution_revenue"):
    """An invoice line, or a payment, refund or credit note that names the line it belongs to."""

    id = UUID(primary_key=True)
    seq = BigSerial(index=True)
    kind = Varchar(length=20, default=None)
    source_system = Varchar(length=40, default=None)
    source_id = Varchar(length=120, default=None)
    parent: ForeignKey[Any] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    """The invoice line that is paid, refunded or credited; null on an invoice line."""
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    """The partner that invoiced or resold, as the source says; who earns follows from protection."""
    deal = ForeignKey(Deal, null=True, default=None, on_delete=OnDelete.restrict)
    """Only when the source names the deal."""
    product = ForeignKey(Product, null=False, default=None, on_delete=OnDelete.restrict)
    quantity = Integer(default=0)
    net_minor = BigInt(default=None)
    """Positive for invoice lines and payments, negative for refunds and credit notes."""
    cost_minor = BigInt(null=True, default=None)
    currency = Varchar(length=3, default=None)
    ordered_on = DateColumn(default=None)
    occurred_at = Timestamptz(default=None)
    recorded_at = Timestamptz(default=None)

    known_revenue_kind = Check(one_of("kind", RevenueKind))
    parent_unless_invoice = Check("(kind = 'invoice_line') = (parent IS NULL)")
    sign_follows_kind = Check(
        "(kind IN ('invoice_line', 'payment') AND net_minor >= 0)"
        " OR (kind IN ('refund', 'credit_note') AND net_minor <= 0)"
    )
