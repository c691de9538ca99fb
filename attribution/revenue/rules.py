"""What is true of revenue. Pure."""

from enum import StrEnum
from typing import Final


class RevenueKind(StrEnum):
    """What a line of revenue is."""

    INVOICE_LINE = "invoice_line"
    PAYMENT = "payment"
    REFUND = "refund"
    CREDIT_NOTE = "credit_note"


CASH_KINDS: Final = frozenset({RevenueKind.PAYMENT, RevenueKind.REFUND})
"""Kinds that move money, and so move commission on cash."""
