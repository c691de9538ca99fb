"""Rules of revenue: signs, parents, and what must agree with the invoice line."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from attribution.revenue.rules import PROBLEMS, Line, NewLine, RevenueKind, problems_alone, problems_beside
from portal.core.money import Money

DAY = date(2026, 11, 18)
INVOICE = NewLine(RevenueKind.INVOICE_LINE, "S-1", DAY, Money(100_00, "EUR"), account="A", sku="P", ordered_on=DAY)
PAYMENT = NewLine(RevenueKind.PAYMENT, "S-1-P", DAY, Money(100_00, "EUR"), parent="S-1")
REFUND = replace(PAYMENT, kind=RevenueKind.REFUND, source_id="S-1-R", net=Money(-1, "EUR"))
CREDIT = replace(REFUND, kind=RevenueKind.CREDIT_NOTE)
STORED = Line(
    RevenueKind.INVOICE_LINE, "S-1", None, uuid4(), None, None, uuid4(), 1, Money(100_00, "EUR"), None, DAY, DAY
)


@pytest.mark.parametrize("line", [INVOICE, PAYMENT, REFUND, CREDIT, replace(PAYMENT, net=Money(0, "EUR"))])
def test_what_is_right(line: NewLine) -> None:
    assert problems_alone(line) == []


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (replace(INVOICE, parent="S-0"), "has_parent", "parent_source_id"),
        (replace(INVOICE, account=""), "needs_account", "account_source_id"),
        (replace(INVOICE, sku=""), "needs_product", "product_sku"),
        (replace(INVOICE, ordered_on=None), "needs_order_day", "ordered_on"),
        (replace(INVOICE, net=Money(-1, "EUR")), "wrong_sign", "net_amount"),
        (replace(INVOICE, quantity=-1), "negative_quantity", "quantity"),
        (replace(INVOICE, occurred_on=date(2026, 11, 17)), "before_order", "occurred_on"),
        (replace(PAYMENT, parent=""), "needs_parent", "parent_source_id"),
        (replace(PAYMENT, net=Money(-1, "EUR")), "wrong_sign", "net_amount"),
        (replace(REFUND, net=Money(1, "EUR")), "wrong_sign", "net_amount"),
        (replace(CREDIT, net=Money(1, "EUR")), "wrong_sign", "net_amount"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(line: NewLine, code: str, field: str) -> None:
    assert [(problem.code, problem.field) for problem in problems_alone(line)] == [(code, field)]
    assert code in PROBLEMS


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": uuid4()}, "other_account"),
        ({"product": uuid4()}, "other_product"),
        ({"net": Money(1, "USD")}, "other_currency"),
        ({"occurred_on": date(2026, 11, 17)}, "before_order"),
    ],
)
def test_a_payment_agrees_with_its_invoice_line(change: dict[str, object], code: str) -> None:
    payment = replace(STORED, kind=RevenueKind.PAYMENT, source_id="S-1-P", parent=uuid4())
    assert problems_beside(payment, STORED) == []
    changed = replace(payment, **change)  # type: ignore[arg-type]  # each value fits its own field
    assert [problem.code for problem in problems_beside(changed, STORED)] == [code]
