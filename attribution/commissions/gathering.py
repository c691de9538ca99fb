"""All that reckoning a batch of invoice lines needs, read in a fixed number of statements. For the vendor's units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from attribution.commissions.crediting import find_credited
from attribution.commissions.due import STANDING, find_runs, pay_by_credit
from attribution.commissions.plan import KEY
from attribution.commissions.rules import Held, LinkedDeal, Partner, Sale
from attribution.commissions.terms import Credited
from attribution.commissions.trace import CashFact, InvoiceFact, Trace, read_trace
from partners.conflicts.agreements import Agreed, find_of_deals
from partners.deals.states import DealRole, DealState, Stage
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.money import Money
from portal.policies.queries import InForce, approved_versions


@dataclass(frozen=True, slots=True)
class CashEvent:
    """A payment or refund of an invoice line."""

    fact: CashFact
    occurred_at: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """A result that counts."""

    id: UUID
    cash_id: UUID
    partner_id: UUID
    deal_id: UUID | None
    clause: str
    amount: Money
    cash_minor: int
    generation: int
    customer: str
    entry_id: UUID | None
    text: str
    """Of its trace."""

    @property
    def trace(self) -> Trace:
        """Read anew each time."""
        return read_trace(self.text)


@dataclass(slots=True)
class Work:
    """One invoice line with its cash in the order of time, and the results that stand."""

    sale: Sale
    invoice: InvoiceFact
    account_id: UUID
    group_id: UUID
    cash: list[CashEvent] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    newest: int = -1
    """The generation of the newest result, undone or not; below zero while there is none."""

    @property
    def generation(self) -> int:
        """Of the next result: that of those that stand, or a new one when all were undone."""
        return self.standing[-1].generation if self.standing else self.newest + 1

    @property
    def pending(self) -> list[CashEvent]:
        """Cash without a result."""
        reckoned = {one.cash_id for one in self.standing}
        return [event for event in self.cash if event.fact.id not in reckoned]

    @property
    def paid(self) -> list[Standing]:
        """Results that a clause paid, the newest last: their terms hold for all later cash."""
        return [one for one in self.standing if one.clause]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A batch: its invoice lines, and what plans and deals say about them."""

    works: list[Work]
    partners: Mapping[UUID, Partner]
    plans: Sequence[InForce]
    _held: Mapping[tuple[UUID, UUID], list[Held]]
    _deal_names: Mapping[UUID, tuple[UUID, str]]
    _card_names: Mapping[tuple[UUID, UUID], str]
    _account_names: Mapping[UUID, str]
    _credited: Mapping[UUID, Credited]
    agreements: Sequence[Agreed]
    """Those that any deal of the batch leads or joins."""

    def credited(self, work: Work) -> Credited | None:
        """What a sealed run credits for the invoice line; None where none covers it, or no plan asks."""
        return self._credited.get(work.invoice.id)

    def held(self, work: Work) -> list[Held]:
        """Protections of the invoice line's customer and product group, of any time and partner."""
        return self._held.get((work.account_id, work.group_id), [])

    def customer_name(self, work: Work, partner_id: UUID, deal_id: UUID | None) -> str:
        """The customer as this partner knows it: from its deal, its card, or because it wrote the invoice."""
        owner, name = self._deal_names.get(deal_id, (None, "")) if deal_id else (None, "")
        if owner == partner_id:
            return name
        card = self._card_names.get((partner_id, work.account_id), "")
        if card or work.sale.partner_id != partner_id:
            return card
        return self._account_names[work.account_id]


async def gather(actor: Actor, invoice_ids: Sequence[UUID], runs: Mapping[UUID, UUID] | None = None) -> Gathered:
    """Read everything about these invoice lines: ten statements, however many there are, three more for credit.

    `runs`: by which run invoice lines are to be reckoned; None: by the run that their standing results name.
    """
    works = await _invoices(invoice_ids)
    plans = await approved_versions(actor, KEY)
    credited: Mapping[UUID, Credited] = {}
    if pay_by_credit(plans):
        credited = await find_credited(invoice_ids, await find_runs(invoice_ids) if runs is None else runs)
    await _add_cash(works)
    await _add_standing(works)
    accounts = {work.account_id for work in works.values()}
    held = await _protections(accounts, {work.group_id for work in works.values()})
    sales = [work.sale for work in works.values()]
    named = {one for sale in sales for one in (sale.partner_id, sale.deal and sale.deal.partner_id) if one}
    partners = named | {one.partner_id for several in held.values() for one in several}
    partners |= {partner_id for of_invoice in credited.values() for partner_id in of_invoice}
    deals = {one.deal_id for several in held.values() for one in several}
    deals |= {sale.deal.id for sale in sales if sale.deal}
    deals |= {one.deal_id for work in works.values() for one in work.standing if one.deal_id}
    agreements = await find_of_deals(list(deals))
    parties = [party for one in agreements for party in one.parties]
    partners |= {party.partner_id for party in parties}
    deals |= {party.deal_id for party in parties}
    return Gathered(
        works=[works[id_] for id_ in invoice_ids if id_ in works],
        partners=await _partners(partners),
        plans=plans,
        _held=held,
        _deal_names=await _deal_names(deals),
        _card_names=await _card_names(accounts, partners),
        _account_names=await _account_names(accounts),
        _credited=credited,
        agreements=agreements,
    )


async def _invoices(invoice_ids: Sequence[UUID]) -> dict[UUID, Work]:
    rows = await db.sql(
        "SELECT i.id, i.source_id, i.account, i.partner, i.ordered_on, i.occurred_at, i.net_minor, i.currency,"
        ' i.quantity, p.sku, p.name, p.name_zh, p."group",'
        " d.id AS deal_id, d.number, d.partner_id, d.role, d.state, d.stage, d.protected_until, d.closed_at"
        " FROM attribution_revenue i JOIN partners_product p ON p.id = i.product"
        " LEFT JOIN partners_deal d ON d.id = i.deal WHERE i.id = any($1::uuid[]) AND i.kind = 'invoice_line'",
        list(invoice_ids),
    )
    return {row["id"]: _work(row) for row in rows}


def _work(row: Mapping[str, Any]) -> Work:
    deal = None
    if row["deal_id"] is not None:
        deal = LinkedDeal(
            row["deal_id"], row["number"], row["partner_id"], DealRole(row["role"]), DealState(row["state"]),
            Stage(row["stage"]), row["protected_until"], row["closed_at"],
        )  # fmt: skip
    return Work(
        sale=Sale(row["id"], row["partner"], deal, row["ordered_on"], row["currency"]),
        invoice=InvoiceFact(
            id=row["id"],
            source_id=row["source_id"],
            ordered_on=row["ordered_on"],
            invoiced_on=_day(row["occurred_at"]),
            net_minor=row["net_minor"],
            quantity=row["quantity"],
            sku=row["sku"],
            product=row["name"],
            product_zh=row["name_zh"],
        ),
        account_id=row["account"],
        group_id=row["group"],
    )


def _day(instant: datetime) -> date:
    return clock.day_of(instant, formats.time_zone().key)


async def _add_cash(works: Mapping[UUID, Work]) -> None:
    rows = await db.sql(
        "SELECT id, parent, kind, source_id, occurred_at, net_minor, currency FROM attribution_revenue"
        " WHERE parent = any($1::uuid[]) AND kind IN ('payment', 'refund') ORDER BY occurred_at, seq",
        list(works),
    )
    for row in rows:
        fact = CashFact(
            id=row["id"],
            kind=row["kind"],
            source_id=row["source_id"],
            occurred_on=_day(row["occurred_at"]),
            amount_minor=row["net_minor"],
        )
        event = CashEvent(fact, row["occurred_at"], Money(row["net_minor"], row["currency"]))
        works[row["parent"]].cash.append(event)


async def _add_standing(works: Mapping[UUID, Work]) -> None:
    """Results in the order in which they were reckoned."""
    rows = await db.sql(
        "SELECT c.id, c.source_id, c.invoice_id, c.partner_id, c.deal_id, c.clause, c.amount_minor, c.currency,"
        f" c.cash_minor, c.generation, c.customer_name, c.entry_id, c.trace, ({STANDING}) AS stands"
        " FROM attribution_commission c WHERE c.invoice_id = any($1::uuid[]) ORDER BY c.seq",
        list(works),
    )
    for row in rows:
        work = works[row["invoice_id"]]
        work.newest = max(work.newest, row["generation"])
        if row["stands"]:
            work.standing.append(
                Standing(
                    row["id"],
                    row["source_id"],
                    row["partner_id"],
                    row["deal_id"],
                    row["clause"],
                    Money(row["amount_minor"], row["currency"]),
                    row["cash_minor"],
                    row["generation"],
                    row["customer_name"],
                    row["entry_id"],
                    row["trace"],
                )
            )


async def _protections(accounts: Iterable[UUID], groups: Iterable[UUID]) -> dict[tuple[UUID, UUID], list[Held]]:
    """By the account on the invoice and product group: also those of accounts that were merged with it."""
    rows = await db.sql(
        "SELECT p.id, p.deal, d.number, p.partner_id, w.account, p.product_group, p.protected_from, p.protected_until,"
        " p.account <> w.account AS elsewhere"
        " FROM (SELECT a.id AS account, partners_canonical_account(a.id) AS customer"
        " FROM unnest($1::uuid[]) AS a (id)) AS w"
        " JOIN partners_deal_protection p ON p.canonical_account = w.customer JOIN partners_deal d ON d.id = p.deal"
        " WHERE p.product_group = any($2::uuid[]) ORDER BY p.protected_from, p.id",
        list(accounts), list(groups),
    )  # fmt: skip
    found: dict[tuple[UUID, UUID], list[Held]] = {}
    for row in rows:
        held = Held(
            row["id"], row["deal"], row["number"], row["partner_id"], row["protected_from"], row["protected_until"],
            row["elsewhere"],
        )  # fmt: skip
        found.setdefault((row["account"], row["product_group"]), []).append(held)
    return found


async def _partners(ids: Iterable[UUID]) -> dict[UUID, Partner]:
    rows = await db.sql("SELECT id, kinds, tier, status FROM partners_company WHERE id = any($1::uuid[])", list(ids))
    return {row["id"]: Partner(row["id"], tuple(row["kinds"]), row["tier"], row["status"]) for row in rows}


async def _deal_names(ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, str]]:
    rows = await db.sql("SELECT id, partner_id, customer_name FROM partners_deal WHERE id = any($1::uuid[])", list(ids))
    return {row["id"]: (row["partner_id"], row["customer_name"]) for row in rows}


async def _card_names(accounts: Iterable[UUID], partners: Iterable[UUID]) -> dict[tuple[UUID, UUID], str]:
    """Of several cards of one partner for one customer, that of the account on the invoice, then the oldest."""
    rows = await db.sql(
        "SELECT DISTINCT ON (k.partner_id, w.account) k.partner_id, w.account, k.legal_name"
        " FROM (SELECT a.id AS account, partners_accounts_of(a.id) AS same FROM unnest($1::uuid[]) AS a (id)) AS w"
        " JOIN partners_card_link l ON l.account = any(w.same) JOIN partners_customer_card k ON k.id = l.card"
        " WHERE k.partner_id = any($2::uuid[])"
        " ORDER BY k.partner_id, w.account, l.account <> w.account, k.created_at, k.id",
        list(accounts), list(partners),
    )  # fmt: skip
    return {(row["partner_id"], row["account"]): row["legal_name"] for row in rows}


async def _account_names(accounts: Iterable[UUID]) -> dict[UUID, str]:
    rows = await db.sql("SELECT id, legal_name FROM partners_account WHERE id = any($1::uuid[])", list(accounts))
    return {row["id"]: row["legal_name"] for row in rows}
