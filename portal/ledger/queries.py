"""What can be read of the ledger: balances are sums over postings, months are open or closed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.money import Money
from portal.core.tenancy import visible_sql
from portal.ledger.rules import AccountCode, months_between, next_to_close

_SIGNED = (
    "SELECT p.partner_id, e.period, p.currency, a.id AS account,"
    " CASE WHEN p.credit_account = a.id THEN p.amount_minor ELSE -p.amount_minor END AS minor"
    " FROM ledger_account a"
    " JOIN ledger_posting p ON a.id IN (p.credit_account, p.debit_account)"
    " JOIN ledger_entry e ON e.id = p.entry"
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed to one partner in one currency, out of one month's entries."""

    partner_id: UUID
    period: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Period:
    """One month of the ledger."""

    period: date
    closed_at: datetime | None
    closed_by: UUID | None

    @property
    def is_closed(self) -> bool:
        """Whether nothing more goes into it."""
        return self.closed_at is not None


async def get_balance(actor: Actor, partner_id: UUID, currency: str) -> Money:
    """What is owed to a partner in a currency; zero for one that this actor may not know of."""
    balances = await list_balances(actor, partner_id=partner_id)
    own = (balance.amount for balance in balances if balance.amount.currency == currency)
    return sum(own, Money.zero(currency))


async def list_balances(actor: Actor, *, period: date | None = None, partner_id: UUID | None = None) -> list[Balance]:
    """What each partner is owed out of each month, by currency; of one month or partner when named."""
    query = (
        f"SELECT partner_id, period, currency, sum(minor)::bigint AS minor FROM ({_SIGNED}"
        f" WHERE {visible_sql(actor, 'p.partner_id')} AND a.code = $1 AND ($2::date IS NULL OR e.period = $2)"
        " AND ($3::uuid IS NULL OR p.partner_id = $3)) AS s"
        " GROUP BY partner_id, period, currency ORDER BY period, partner_id, currency"
    )
    async with db.transaction(actor):
        rows = await db.sql(query, AccountCode.PARTNER_PAYABLE.value, period, partner_id)
    return [Balance(row["partner_id"], row["period"], Money(row["minor"], row["currency"])) for row in rows]


async def find_last_closed() -> date | None:
    """The last closed month, on the open unit; None while none is. Everybody may know it."""
    found: date | None = await db.sql_value("SELECT max(period) FROM ledger_period")
    return found


async def find_next_to_close() -> date | None:
    """The month that is due for closing next, on the vendor's open unit; None while nothing was posted."""
    first: date | None = await db.sql_value("SELECT min(period) FROM ledger_entry")
    return next_to_close(await find_last_closed(), first)


async def list_periods(actor: Actor, *, running: date) -> list[Period]:
    """All months from the first with an entry to `running`, or to a later one with an entry; newest first."""
    query = (
        "SELECT e.first, e.last, p.period, p.closed_at, p.closed_by FROM (SELECT min(period) AS first, max(period)"
        f" AS last FROM ledger_entry WHERE {visible_sql(actor, 'partner_id')}) e LEFT JOIN ledger_period p ON true"
    )
    async with db.transaction(actor):
        rows = await db.sql(query)
    first, last = rows[0]["first"], rows[0]["last"]
    if first is None:
        return []
    closed = {row["period"]: Period(row["period"], row["closed_at"], row["closed_by"]) for row in rows if row["period"]}
    months = months_between(min(first, *closed, running), max(last, running))
    return [closed.get(month, Period(month, None, None)) for month in reversed(months)]
