"""What can be read of commissions: one with its trace, totals by month and partner beside the ledger's."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from attribution.commissions.due import count_changed_by, find_adopted
from attribution.commissions.rules import Outcome
from attribution.commissions.trace import Trace, read_trace
from attribution.credits.queries import RunView, get_run
from attribution.credits.rules import RunState
from partners.conflicts.agreements import Agreed, find_agreement
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.tenancy import visible_sql


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another result of the same invoice line for the same partner."""

    id: UUID
    paid_on: date
    cash: Money
    amount: Money
    outcome: Outcome
    reverses: UUID | None
    is_this: bool


@dataclass(frozen=True, slots=True)
class CommissionView:
    """One commission as its page shows it."""

    id: UUID
    partner_id: UUID
    partner_name: str
    card_id: UUID | None
    """The partner's own card of the customer, by way of its deal."""
    amount: Money
    outcome: Outcome
    accrued_at: datetime
    trace: Trace
    seal: str
    entry_id: UUID | None
    period_closed_at: datetime | None
    undone_by: UUID | None
    event_id: UUID | None
    """The lifecycle event whose credit was paid for; None for a registration, and for partners always."""
    siblings: list[Sibling]
    agreed: Agreed | None = None
    """With whom the sale is shared; None where it is not, and for partners always."""

    @property
    def still_open(self) -> Money:
        """What the customer has not paid of the invoice line; nothing when it is paid in full."""
        paid = self.trace.cash_before_minor + self.trace.cash.amount_minor
        return Money(max(self.trace.invoice.net_minor - paid, 0), self.trace.currency)


_ONE: Final = (
    "SELECT t.id, t.partner_id, p.legal_name AS partner_name, d.card AS card_id, t.amount_minor, t.currency,"
    " t.outcome, t.accrued_at, t.trace, t.trace_sha256, t.entry_id, l.closed_at,"
    " (SELECT u.id FROM attribution_commission u WHERE u.reverses = t.id) AS undone_by, t.invoice_id"
    " FROM attribution_commission t JOIN partners_company p ON p.id = t.partner_id"
    " LEFT JOIN partners_deal d ON d.id = t.deal_id LEFT JOIN ledger_period l ON l.period = t.period"
)
_EVENT: Final = "SELECT event FROM attribution_lifecycle_line WHERE line = $1"


async def get_commission(actor: Actor, commission_id: UUID) -> CommissionView:
    """One commission with its trace: two statements, or up to four for the vendor.

    Raises NotAllowed, and NotFound when it is not visible.
    """
    actor.require(Permission.COMMISSIONS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_ONE} WHERE {visible_sql(actor, 't.partner_id')} AND t.id = $1", commission_id)
        if row is None:
            raise NotFound(_("This commission does not exist."))
        siblings = await db.sql(
            "SELECT id, (trace -> 'cash' ->> 'occurred_on')::date AS paid_on, cash_minor, amount_minor, currency,"
            " outcome, reverses FROM attribution_commission"
            f" WHERE {visible_sql(actor, 'partner_id')} AND invoice_id = $1 AND partner_id = $2 ORDER BY seq",
            row["invoice_id"], row["partner_id"],
        )  # fmt: skip
        trace = read_trace(row["trace"])
        told = not actor.is_partner
        event_id = await db.sql_value(_EVENT, row["invoice_id"]) if told and trace.credit else None
        agreed = await find_agreement(trace.agreement.agreement_id) if told and trace.agreement else None
    return CommissionView(
        id=row["id"],
        partner_id=row["partner_id"],
        partner_name=row["partner_name"],
        card_id=row["card_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        outcome=Outcome(row["outcome"]),
        accrued_at=row["accrued_at"],
        trace=trace,
        seal=row["trace_sha256"],
        entry_id=row["entry_id"],
        period_closed_at=row["closed_at"],
        undone_by=row["undone_by"],
        event_id=event_id,
        siblings=[_sibling(one, commission_id) for one in siblings],
        agreed=agreed,
    )


def _sibling(row: Mapping[str, Any], this: UUID) -> Sibling:
    currency = row["currency"]
    return Sibling(
        row["id"], row["paid_on"], Money(row["cash_minor"], currency), Money(row["amount_minor"], currency),
        Outcome(row["outcome"]), row["reverses"], row["id"] == this,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Adoption:
    """What paying by a run would change."""

    run: RunView
    lines: int
    by_run: list[tuple[str, int]]
    """By the number of the run that pays them now, how many invoice lines."""
    is_adopted: bool
    """Whether it is the run that was adopted last: what is left of the lines is being reckoned."""


async def get_adoption(actor: Actor, run_id: UUID) -> Adoption:
    """What paying by this sealed run would change. Raises NotFound, also for one that is not sealed, NotAllowed."""
    actor.require(Permission.PERIODS_CLOSE)
    run = await get_run(actor, run_id)
    if run.state != RunState.SEALED:
        raise NotFound
    async with db.transaction(actor):
        lines, by_run = await count_changed_by(run_id)
        return Adoption(run, lines, by_run, await find_adopted() == run_id)


def proof_of(view: CommissionView) -> str:
    """The proof as it is downloaded: the very text whose SHA-256 is the seal."""
    return view.trace.document


async def find_partner_name(actor: Actor, partner_id: str) -> str:
    """A partner's name, for the filter that a link has set; empty for one that is not visible."""
    async with db.transaction(actor):
        query = f"SELECT legal_name FROM partners_company WHERE {visible_sql(actor, 'id')} AND id = $1"
        return str(await db.sql_value(query, UUID(partner_id)) or "")


async def find_invoice_number(actor: Actor, invoice_id: str) -> str:
    """The source system's id of an invoice line that has results; empty for one that is not visible."""
    async with db.transaction(actor):
        query = (
            "SELECT trace -> 'invoice' ->> 'source_id' FROM attribution_commission"
            f" WHERE {visible_sql(actor, 'partner_id')} AND invoice_id = $1 LIMIT 1"
        )
        return str(await db.sql_value(query, UUID(invoice_id)) or "")


@dataclass(frozen=True, slots=True)
class PartnerTotal:
    """What a month brought one partner in one currency, by commissions and by the ledger."""

    partner_id: UUID
    partner_name: str
    accrued: Money
    taken_back: Money
    results: int
    ledger: Money

    @property
    def net(self) -> Money:
        """Accrued less taken back."""
        return self.accrued + self.taken_back

    @property
    def difference(self) -> Money:
        """By which the ledger differs; always nothing."""
        return self.net - self.ledger


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What a month brought all partners in one currency."""

    period: date
    partners: int
    results: int
    accrued: Money
    taken_back: Money
    ledger: Money

    @property
    def net(self) -> Money:
        """Accrued less taken back."""
        return self.accrued + self.taken_back

    @property
    def difference(self) -> Money:
        """By which the ledger differs; always nothing."""
        return self.net - self.ledger


_LEDGER: Final = (
    "SELECT e.partner_id, e.period, p.currency,"
    " sum(CASE a.code WHEN 'partner_payable' THEN p.amount_minor ELSE -p.amount_minor END)::bigint AS minor"
    " FROM ledger_entry e JOIN ledger_posting p ON p.entry = e.id JOIN ledger_account a ON a.id = p.credit_account"
    " WHERE e.cause_type = 'commission' AND ($1::date IS NULL OR e.period = $1) GROUP BY 1, 2, 3"
)
_EARNED: Final = (
    "SELECT partner_id, period, currency, count(*) AS results,"
    " coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS accrued,"
    " coalesce(sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS taken_back"
    " FROM attribution_commission WHERE amount_minor <> 0 AND ($1::date IS NULL OR period = $1) GROUP BY 1, 2, 3"
)
_BOTH: Final = (
    f"SELECT partner_id, period, currency, coalesce(c.results, 0) AS results, coalesce(c.accrued, 0) AS accrued,"
    f" coalesce(c.taken_back, 0) AS taken_back, coalesce(l.minor, 0) AS ledger FROM ({_EARNED}) c"
    f" FULL JOIN ({_LEDGER}) l USING (partner_id, period, currency)"
)


async def list_month_totals(actor: Actor, period: date | None = None) -> list[MonthTotal]:
    """The months with commission, by currency, newest first; one of them when named. Vendor only."""
    actor.require(Permission.COMMISSION_REPORT_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT period, currency, count(*) AS partners, sum(results)::bigint AS results,"
            " sum(accrued)::bigint AS accrued, sum(taken_back)::bigint AS taken_back, sum(ledger)::bigint AS ledger"
            f" FROM ({_BOTH}) b GROUP BY 1, 2 ORDER BY 1 DESC, 2",
            period,
        )
    return [MonthTotal(row["period"], row["partners"], row["results"], *_amounts(row)) for row in rows]


async def list_partner_totals(actor: Actor, period: date) -> list[PartnerTotal]:
    """What a month brought each partner, by name and currency. Vendor only."""
    actor.require(Permission.COMMISSION_REPORT_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            f"SELECT b.*, p.legal_name FROM ({_BOTH}) b JOIN partners_company p ON p.id = b.partner_id"
            ' ORDER BY p.sort_name COLLATE "C", p.id, b.currency',
            period,
        )
    return [
        PartnerTotal(row["partner_id"], row["legal_name"], *_amounts(row)[:2], row["results"], _amounts(row)[2])
        for row in rows
    ]


def _amounts(row: Mapping[str, Any]) -> tuple[Money, Money, Money]:
    """Accrued, taken back, and by the ledger."""
    currency = row["currency"]
    return Money(row["accrued"], currency), Money(row["taken_back"], currency), Money(row["ledger"], currency)


async def stream_report(actor: Actor, period: date) -> AsyncIterator[dict[str, Any]]:
    """Every commission of a month that is not nothing, by partner and day, then a row per currency with its total."""
    actor.require(Permission.COMMISSION_REPORT_READ)
    async with db.transaction(actor):
        async for row in db.stream(_REPORT, period):
            yield row
        for total in await list_month_totals(actor, period):
            yield {"partner": _("Total"), "amount_minor": total.net.minor, "currency": total.net.currency}


_REPORT: Final = (
    "SELECT p.legal_name AS partner, t.customer_name AS customer, t.product_name AS product,"
    " t.trace -> 'invoice' ->> 'source_id' AS invoice, t.trace -> 'cash' ->> 'source_id' AS cash,"
    " t.outcome, (t.trace -> 'cash' ->> 'occurred_on')::date AS paid_on, t.cash_minor,"
    " t.trace -> 'plan' ->> 'title' || ' v' || (t.trace -> 'plan' ->> 'number') AS plan, t.clause,"
    " t.trace -> 'plan' ->> 'rate' AS rate, t.amount_minor, t.currency, t.period, t.id::text AS id,"
    " t.trace_sha256 AS seal"
    " FROM attribution_commission t JOIN partners_company p ON p.id = t.partner_id"
    " WHERE t.period = $1 AND t.amount_minor <> 0"
    ' ORDER BY p.sort_name COLLATE "C", p.id, t.occurred_at, t.seq'
)
