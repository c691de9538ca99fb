"""What is true of revenue: kinds and their signs, and how cash and credit belong to an invoice line. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.core.i18n import N_
from portal.core.money import Money


class RevenueKind(StrEnum):
    """What a line of revenue is."""

    INVOICE_LINE = "invoice_line"
    PAYMENT = "payment"
    REFUND = "refund"
    CREDIT_NOTE = "credit_note"


CASH_KINDS: Final = frozenset({RevenueKind.PAYMENT, RevenueKind.REFUND})
"""Kinds that move money, and so move commission on cash."""

TAKING_KINDS: Final = frozenset({RevenueKind.REFUND, RevenueKind.CREDIT_NOTE})
"""Kinds whose amount is negative: they take back."""

KIND_LABELS: Final[Mapping[RevenueKind, str]] = {
    RevenueKind.INVOICE_LINE: N_("Invoice line"),
    RevenueKind.PAYMENT: N_("Payment"),
    RevenueKind.REFUND: N_("Refund"),
    RevenueKind.CREDIT_NOTE: N_("Credit note"),
}

PROBLEMS: Final[Mapping[str, str]] = {
    "needs_parent": N_("A payment, refund or credit note names the invoice line it belongs to."),
    "has_parent": N_("An invoice line belongs to no other line."),
    "unknown_parent": N_("The invoice line %(text)s is not here. Import it first, or put it before this row."),
    "parent_refused": N_("The invoice line %(text)s was refused, so this row is too."),
    "wrong_sign": N_("Invoice lines and payments are positive, refunds and credit notes negative."),
    "needs_account": N_("An invoice line names its customer."),
    "unknown_account": N_("The customer %(text)s is not here. Import the accounts first."),
    "needs_product": N_("An invoice line names its product."),
    "unknown_product": N_("There is no product with the article number %(text)s."),
    "unknown_partner": N_("The partner %(text)s is not here. Import the companies first."),
    "unknown_deal": N_("The deal %(text)s is not here. Import the deals first."),
    "needs_order_day": N_("An invoice line names the day of its order."),
    "other_account": N_("This is not the customer of the invoice line."),
    "other_product": N_("This is not the product of the invoice line."),
    "other_currency": N_("The invoice line is in %(text)s."),
    "before_order": N_("This lies before the day of the order."),
    "negative_quantity": N_("A quantity is not negative."),
    "repeated": N_("Another row of this file has the same id."),
    "changed": N_("This was imported before with other values. Revenue never changes: credit it instead."),
}
"""A sentence for each reason why a row is refused."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line is refused: a code of `PROBLEMS`, the field it is about, and what fills the sentence."""

    code: str
    field: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as another system tells it, with its ids. What a payment leaves out, its invoice line says."""

    kind: RevenueKind
    source_id: str
    occurred_on: date
    net: Money
    parent: str = ""
    account: str = ""
    partner: str = ""
    deal: str = ""
    sku: str = ""
    ordered_on: date | None = None
    quantity: int = 0
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line with our ids: as it is stored."""

    kind: RevenueKind
    source_id: str
    parent: UUID | None
    account: UUID
    partner: UUID | None
    deal: UUID | None
    product: UUID
    quantity: int
    net: Money
    cost: Money | None
    ordered_on: date
    occurred_on: date


@dataclass(frozen=True, slots=True)
class Known:
    """What lines refer to, by the ids of their source system; products by article number."""

    lines: Mapping[str, tuple[UUID, Line]]
    """Stored lines: those named, and the invoice lines of those."""
    accounts: Mapping[str, UUID]
    partners: Mapping[str, UUID]
    deals: Mapping[str, UUID]
    products: Mapping[str, UUID]


def problems_alone(line: NewLine) -> list[Problem]:
    """What is wrong with a line whatever else is known."""
    invoice = line.kind == RevenueKind.INVOICE_LINE
    sign_is_wrong = line.net.minor > 0 if line.kind in TAKING_KINDS else line.net.minor < 0
    wrong = (
        (invoice and bool(line.parent), "has_parent", "parent_source_id"),
        (not invoice and not line.parent, "needs_parent", "parent_source_id"),
        (invoice and not line.account, "needs_account", "account_source_id"),
        (invoice and not line.sku, "needs_product", "product_sku"),
        (invoice and line.ordered_on is None, "needs_order_day", "ordered_on"),
        (sign_is_wrong, "wrong_sign", "net_amount"),
        (line.quantity < 0, "negative_quantity", "quantity"),
        (line.ordered_on is not None and line.occurred_on < line.ordered_on, "before_order", "occurred_on"),
    )
    return [Problem(code, name) for is_wrong, code, name in wrong if is_wrong]


def problems_beside(line: Line, invoice: Line) -> list[Problem]:
    """What does not fit between a payment, refund or credit note and its invoice line."""
    found: list[Problem] = []
    if line.account != invoice.account:
        found.append(Problem("other_account", "account_source_id"))
    if line.product != invoice.product:
        found.append(Problem("other_product", "product_sku"))
    if line.net.currency != invoice.net.currency:
        found.append(Problem("other_currency", "currency", {"text": invoice.net.currency}))
    if line.occurred_on < invoice.ordered_on:
        found.append(Problem("before_order", "occurred_on"))
    return found
