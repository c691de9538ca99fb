"""The lists of commissions, declared once for page, export and API: a partner's earnings, and all of the vendor."""

from collections.abc import Sequence
from typing import Final

from attribution.commissions import queries
from attribution.commissions.explain import OUTCOME_LABELS, REASON_LABELS
from attribution.commissions.rules import Outcome
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import (
    Choice,
    Column,
    Filter,
    Kind,
    ListSpec,
    Search,
    Sort,
    State,
    Tab,
    latest_months,
    staff_only,
)

STATES: Final = {
    Outcome.ACCRUED.value: State(OUTCOME_LABELS[Outcome.ACCRUED], "good", "circle-check"),
    Outcome.REVERSED.value: State(OUTCOME_LABELS[Outcome.REVERSED], "bad", "receipt-refund"),
    Outcome.ZERO.value: State(OUTCOME_LABELS[Outcome.ZERO], "draft", "circle-minus"),
}
_MONTHS: Final = 13
_PAID_ON: Final = "(t.trace -> 'cash' ->> 'occurred_on')::date"


def _reads_several(actor: Actor) -> bool:
    """Whether rows of more than one partner can stand in the list."""
    return not actor.is_partner or len(actor.reads) > 1


def _is_above(actor: Actor) -> bool:
    """A distributor, which reads what its resellers earned."""
    return actor.is_partner and len(actor.reads) > 1


async def _partner(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link: there are too many for a menu."""
    name = await queries.find_partner_name(actor, chosen) if chosen else ""
    return [Choice(value=chosen, label=name)] if chosen and name else []


async def _invoice(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link from its page."""
    number = await queries.find_invoice_number(actor, chosen) if chosen else ""
    return [Choice(value=chosen, label=number)] if chosen and number else []


def _columns(path: str) -> tuple[Column, ...]:
    return (
        Column(key="customer", label=N_("Customer"), sql="coalesce(nullif(t.customer_name, ''), '–')"),
        Column(key="partner", label=N_("Partner"), sql="c.legal_name", when=_reads_several),
        Column(key="product", label=N_("Product"), sql="t.product_name"),
        Column(key="cash", label=N_("Cash received"), sql="t.cash_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="amount", label=N_("Commission"), sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="outcome", label=N_("Result"), sql="t.outcome", kind=Kind.STATE, states=STATES),
        Column(key="paid_on", label=N_("Paid on"), sql=_PAID_ON, kind=Kind.DATE),
        Column(
            key="reason",
            label=N_("Why not"),
            sql="nullif(t.reason, '')",
            labels={key.value: label for key, label in REASON_LABELS.items()},
            in_table=False,
        ),
        Column(key="period", label=N_("Ledger month"), sql="t.period", kind=Kind.DATE, in_table=False),
        Column(key="clause", label=N_("Clause"), sql="nullif(t.clause, '')", in_table=False),
        Column(key="rate", label=N_("Commission rate"), sql="t.trace -> 'plan' ->> 'rate'", in_table=False),
        Column(key="invoice", label=N_("Invoice line"), sql="t.trace -> 'invoice' ->> 'source_id'", in_table=False),
        Column(key="cash_id", label=N_("Payment"), sql="t.trace -> 'cash' ->> 'source_id'", in_table=False),
        Column(key="deal", label=N_("Deal"), sql="t.trace -> 'registration' ->> 'deal_number'", in_table=False),
        Column(key="trace", label=N_("Trace"), sql=f"'{path}/' || t.id", in_table=False),
        Column(key="seal", label=N_("Seal"), sql="t.trace_sha256", in_table=False),
    )


def _spec(name: str, title: str, path: str, tabs: tuple[Tab, ...]) -> ListSpec:
    return ListSpec(
        name=name,
        title=title,
        path=path,
        table="attribution_commission",
        joins="JOIN partners_company c ON c.id = t.partner_id",
        columns=_columns(path),
        sorts=(
            Sort(key="paid_on", column="occurred_at", type="timestamptz", descending=True),
            Sort(key="amount", column="amount_minor", type="bigint", descending=True),
        ),
        filters=(
            Filter(
                key="reason",
                label=N_("Why not"),
                sql="t.reason = {value}",
                choices=tuple(Choice(value=reason.value, label=label) for reason, label in REASON_LABELS.items()),
            ),
            Filter(
                key="period",
                label=N_("Ledger month"),
                sql="t.period = {value}",
                type="date",
                choices=latest_months(_MONTHS),
            ),
            Filter(key="since", label=N_("Since"), sql="t.period >= {value}", type="date"),
            Filter(
                key="invoice", label=N_("Invoice line"), sql="t.invoice_id = {value}", type="uuid", choices=_invoice,
            ),
            Filter(
                key="partner", label=N_("Partner"), sql="t.partner_id = {value}", type="uuid", choices=_partner,
                when=staff_only,
            ),
        ),
        tabs=tabs,
        search=Search(column="t.search", placeholder=N_("Find by customer, product, invoice or deal")),
        row_href=f"{path}/{{id}}",
    )  # fmt: skip


_PAID: Final = Tab(key="paid", label=N_("Earned"), sql="t.amount_minor <> 0")
_ZERO: Final = Tab(key="zero", label=N_("Not paid"), sql="t.outcome = 'zero'")

EARNINGS: Final = _spec(
    "earnings",
    N_("Earnings"),
    "/earnings",
    (
        Tab(key="own", label=N_("All"), sql="t.partner_id = {partner}"),
        Tab(key="paid", label=N_("Earned"), sql="t.partner_id = {partner} AND t.amount_minor <> 0"),
        Tab(key="zero", label=N_("Not paid"), sql="t.partner_id = {partner} AND t.outcome = 'zero'"),
        Tab(key="below", label=N_("Resellers below"), sql="t.partner_id <> {partner}", when=_is_above),
    ),
)
COMMISSIONS: Final = _spec(
    "commissions", N_("Commissions"), "/commissions", (Tab(key="all", label=N_("All")), _PAID, _ZERO)
)
