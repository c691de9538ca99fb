"""Revenue as an import: its fields with the headings that mean them, and how rows become lines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from attribution.revenue import service
from attribution.revenue.rules import KIND_LABELS, PROBLEMS, NewLine, Problem, RevenueKind
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

IMPORTED: Final = "revenue.imported"
"""The event of a finished import of revenue; its subject is the import."""

tells(revenue__imported=Wording(N_("brought revenue"), "cash", "good"))

_KIND_WORDS: Final[Mapping[RevenueKind, tuple[str, ...]]] = {
    RevenueKind.INVOICE_LINE: ("invoice", "line", "invoice item", "发票", "发票行", "应收"),
    RevenueKind.PAYMENT: ("paid", "receipt", "cash", "collection", "付款", "收款", "回款", "到账"),
    RevenueKind.REFUND: ("refunded", "chargeback", "退款"),
    RevenueKind.CREDIT_NOTE: ("credit", "credit memo", "cancellation", "红字发票", "贷项通知单"),
}

KIND: Final = ImportKind(
    name="revenue",
    label=N_("Revenue"),
    source_id="source_id",
    within="line_number",
    fields=(
        Field(
            "kind",
            ValueKind.CHOICE,
            N_("Kind of line"),
            required=True,
            synonyms=("type", "line type", "transaction type", "类型", "收入类型"),
            choices=tuple(Choice(kind.value, (label, *_KIND_WORDS[kind])) for kind, label in KIND_LABELS.items()),
        ),
        Field(
            "source_id",
            ValueKind.TEXT,
            N_("Id in the source system"),
            required=True,
            synonyms=(
                "id",
                "line id",
                "external id",
                "transaction id",
                "sales order number",
                "order number",
                "row and month",
                "流水号",
                "编号",
                "订单编号",
            ),
            longest=120,
        ),
        Field(
            "line_number",
            ValueKind.TEXT,
            N_("Number of the line"),
            synonyms=words.INVOICE_LINE,
            help=N_("Where an id is that of a whole order or invoice: both together are the id of the line."),
            longest=20,
        ),
        Field(
            "parent_source_id",
            ValueKind.TEXT,
            N_("Belongs to invoice line"),
            synonyms=("parent id", "invoice line id", "applied to", "invoice id", "所属发票行", "关联单号"),
            help=N_("For payments, refunds and credit notes: the id of the invoice line."),
            longest=120,
        ),
        Field(
            "account_source_id",
            ValueKind.TEXT,
            N_("Customer"),
            synonyms=(*words.ACCOUNT_ID, "customer number"),
            help=N_("The customer's id in the same source system."),
            longest=120,
        ),
        Field(
            "partner_source_id",
            ValueKind.TEXT,
            N_("Partner"),
            synonyms=(
                "partner id",
                "reseller id",
                "reseller key",
                "partner key",
                "dealer id",
                "合作伙伴编号",
                "经销商编号",
            ),
            help=N_("The partner that invoiced or resold. Who earns follows from the registered deal."),
            longest=120,
        ),
        Field(
            "deal_source_id",
            ValueKind.TEXT,
            N_("Deal"),
            synonyms=("deal id", "opportunity id", "registration id", "商机编号", "报备编号"),
            longest=120,
        ),
        Field(
            "product_sku",
            ValueKind.TEXT,
            N_("Article number"),
            synonyms=(
                "sku",
                "product code",
                "item number",
                "part number",
                "product key",
                "product id",
                "产品编号",
                "物料号",
            ),
            longest=60,
        ),
        Field(
            "ordered_on",
            ValueKind.DATE,
            N_("Day of the order"),
            synonyms=("order date", "booked on", "下单日期", "订单日期"),
            help=N_("This day decides whether a registration protected the sale."),
        ),
        Field(
            "occurred_on",
            ValueKind.DATE,
            N_("Day of the invoice, payment or refund"),
            required=True,
            synonyms=(
                "date",
                "posting date",
                "transaction date",
                "invoice date",
                "payment date",
                "month",
                "日期",
                "发生日期",
            ),
        ),
        Field("quantity", ValueKind.INTEGER, N_("Quantity"), synonyms=words.QUANTITY),
        Field(
            "net_amount",
            ValueKind.MONEY,
            N_("Net amount"),
            required=True,
            synonyms=("amount", "net", "net value", "value", "金额", "不含税金额", *words.LINE_AMOUNT),
            currency="currency",
        ),
        Field(
            "cost_amount",
            ValueKind.MONEY,
            N_("Cost"),
            synonyms=("cogs", *words.COST),
            currency="currency",
        ),
        Field(
            "currency",
            ValueKind.CURRENCY,
            N_("Currency"),
            synonyms=("currency code", "ccy", "币种"),
        ),
    ),
)


async def apply(
    actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime
) -> list[tuple[int, RowOutcome, list[CellError]]]:
    """Rows without errors into lines; the number, outcome and problems of each, in order. Raises NotAllowed."""
    lines = [_line(row.values) for row in rows]
    added = await service.add_lines(actor, lines, source_system=source_system, now=now)
    return [
        (row.number, one.outcome, [_cell_error(problem) for problem in one.problems])
        for row, one in zip(rows, added, strict=True)
    ]


def _cell_error(problem: Problem) -> CellError:
    return CellError(problem.code, "", problem.params, problem.field)


def _line(values: Mapping[str, Value]) -> NewLine:
    """The values of a parsed row as a line; the required ones are there."""
    occurred_on, net = values["occurred_on"], values["net_amount"]
    ordered_on, cost, quantity = values.get("ordered_on"), values.get("cost_amount"), values.get("quantity")
    if not isinstance(occurred_on, date) or not isinstance(net, Money):
        message = f"a parsed row has a day and an amount, not {occurred_on!r} and {net!r}"
        raise TypeError(message)
    return NewLine(
        kind=RevenueKind(_text(values, "kind")),
        source_id="-".join(filter(None, (_text(values, "source_id"), _text(values, "line_number")))),
        occurred_on=occurred_on,
        net=net,
        parent=_text(values, "parent_source_id"),
        account=_text(values, "account_source_id"),
        partner=_text(values, "partner_source_id"),
        deal=_text(values, "deal_source_id"),
        sku=_text(values, "product_sku"),
        ordered_on=ordered_on if isinstance(ordered_on, date) else None,
        quantity=quantity if isinstance(quantity, int) else 0,
        cost=cost if isinstance(cost, Money) else None,
    )


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.REVENUE_WRITE, event=IMPORTED, order=50,
        about=N_("Invoice lines, and the payments, refunds and credit notes that belong to them."), href="/revenue",
        problems=PROBLEMS,
    )
)  # fmt: skip
