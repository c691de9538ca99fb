"""From invoice lines with their cash to results ready to be stored: rules applied, traces written. No database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from attribution.commissions.agreeing import Division, find_division, find_registered, sale_of_lead
from attribution.commissions.gathering import CashEvent, Gathered, Standing, Work
from attribution.commissions.parts import Side
from attribution.commissions.rules import (
    Earlier,
    Outcome,
    Partner,
    Registration,
    Result,
    Terms,
    concerned,
    reckon,
    undo,
)
from attribution.commissions.terms import decide_terms, terms_of
from attribution.commissions.trace import Occasion, make_trace, write_trace
from partners.deals.states import DealRole
from portal.core.ids import new_id
from portal.core.money import Money
from portal.ledger.rules import first_open


@dataclass(frozen=True, slots=True)
class NewCommission:
    """A result as it is stored."""

    id: UUID
    partner_id: UUID
    source_id: UUID
    invoice_id: UUID
    invoice_source_id: str
    deal_id: UUID | None
    deal_number: str
    clause: str
    outcome: Outcome
    reason: str
    policy_version: UUID | None
    period: date
    occurred_at: datetime
    cash_minor: int
    amount: Money
    customer_name: str
    product_name: str
    trace: str
    trace_sha256: str
    generation: int
    role: DealRole = DealRole.SELL
    """In which the partner had a part in the sale."""
    reverses: UUID | None = None
    reverses_entry: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One batch at one instant: what it knows, the last closed month, the vendor's time zone."""

    gathered: Gathered
    last_closed: date | None
    zone: str
    now: datetime

    def results(self) -> Iterator[NewCommission]:
        """What all cash without a result comes to, for each partner concerned; and for the credited also other cash."""
        for work in self.gathered.works:
            all_terms, before = self._terms(work), list[CashEvent]()
            for event in _reckoned(work):
                for one in all_terms:
                    if one.terms.share is not None and event.fact.id not in one.earned:
                        yield one.add(self, work, event, before)
                before.append(event)
            for event in work.pending:
                for one in all_terms:
                    yield one.add(self, work, event, before)
                before.append(event)

    def undone(self) -> Iterator[NewCommission]:
        """The mirror of every result that stands."""
        for work in self.gathered.works:
            events = {event.fact.id: event for event in work.cash}
            for standing in work.standing:
                yield self._mirror(work, events[standing.cash_id], standing)

    def _mirror(self, work: Work, event: CashEvent, standing: Standing) -> NewCommission:
        trace = standing.trace
        who = trace.partner
        terms = terms_of(trace) or Terms(Partner(who.id, who.kinds, who.tier, who.status), None, None, None)
        before = Earlier(event.fact.id, event.fact.occurred_on, standing.cash_minor, standing.amount.minor)
        return self.make(
            work, event, terms, undo(standing.amount), (before,), customer=standing.customer,
            generation=standing.generation, undoes=standing,
        )  # fmt: skip

    def _terms(self, work: Work) -> list["_Running"]:
        """The terms that stand, and those of everybody else who has a part."""
        standing = _standing_terms(work)
        held, credited = self.gathered.held(work), self.gathered.credited(work)
        sale = sale_of_lead(work.sale, self.gathered.agreements, work.group_id, self.zone)
        found = _standing_registration(standing) or find_registered(work.sale, sale, held, self.zone)
        division = self._division(work, standing, found)
        joined = division.joined if division else None
        named = [sale.deal.partner_id] if sale.deal else []
        others = [*standing, *([joined.partner_id] if joined else []), *named, *(credited or ())]
        running = []
        for partner_id in concerned(work.sale, found, others):
            terms = standing.get(partner_id) or decide_terms(
                sale if partner_id in named else work.sale, self.gathered.partners[partner_id],
                joined if joined and joined.partner_id == partner_id else found, held=held,
                plans=self.gathered.plans, zone=self.zone, credited=credited,
                part=division.part_of(partner_id) if division else None,
            )  # fmt: skip
            earned = {one.cash_id: one.amount.minor for one in work.standing if one.partner_id == partner_id}
            running.append(_Running(terms, earned))
        return running

    def _division(self, work: Work, standing: Mapping[UUID, Terms], found: Registration | None) -> Division | None:
        """The agreement about the sale: the one by which it was paid before, else the one in force on the order's day.

        What was paid whole before stays whole.
        """
        paid = [one for one in standing.values() if one.share is None]
        part = next((one.part for one in paid if one.part), None)
        if part is not None:
            agreed = next(one for one in self.gathered.agreements if one.id == part.agreement_id)
            return Division(agreed, part.divides)
        if paid:
            return None
        return find_division(self.gathered.agreements, found, work.group_id, work.sale.ordered_on, self.zone)

    def make(
        self,
        work: Work,
        event: CashEvent,
        terms: Terms,
        result: Result,
        earlier: tuple[Earlier, ...],
        *,
        customer: str,
        generation: int,
        undoes: Standing | None = None,
    ) -> NewCommission:
        """One result with its trace."""
        commission_id = new_id()
        period = first_open(event.fact.occurred_on, self.last_closed)
        occasion = Occasion(
            commission_id, event.fact, work.invoice, customer, earlier, period, self.now, self.zone,
            undoes.id if undoes else None,
        )  # fmt: skip
        text, sealed = write_trace(make_trace(occasion, terms, result))
        deal_id, number = _deal(work, terms)
        return NewCommission(
            id=commission_id,
            partner_id=terms.partner.id,
            source_id=event.fact.id,
            invoice_id=work.invoice.id,
            invoice_source_id=work.invoice.source_id,
            deal_id=deal_id,
            deal_number=number,
            clause=terms.clause.code if terms.clause else "",
            outcome=result.outcome,
            reason=result.why.reason.value if result.why else "",
            policy_version=terms.clause.version_id if terms.clause else None,
            period=period,
            occurred_at=event.occurred_at,
            cash_minor=-event.amount.minor if undoes else event.amount.minor,
            amount=result.amount,
            customer_name=customer,
            product_name=work.invoice.product,
            trace=text,
            trace_sha256=sealed,
            generation=generation,
            role=DealRole.CO_SELL if terms.part and terms.part.side == Side.JOINING else DealRole.SELL,
            reverses=undoes.id if undoes else None,
            reverses_entry=undoes.entry_id if undoes else None,
        )


@dataclass(frozen=True, slots=True)
class _Running:
    """A partner's terms, and what it had of each cash event so far."""

    terms: Terms
    earned: dict[UUID, int]

    def add(self, reckoning: Reckoning, work: Work, event: CashEvent, before: list[CashEvent]) -> NewCommission:
        """The result of the next cash event."""
        earlier = tuple(
            Earlier(one.fact.id, one.fact.occurred_on, one.amount.minor, self.earned.get(one.fact.id, 0))
            for one in before
        )
        result = reckon(event.amount, self.terms, earlier)
        self.earned[event.fact.id] = result.amount.minor
        deal_id, _number = _deal(work, self.terms)
        customer = reckoning.gathered.customer_name(work, self.terms.partner.id, deal_id)
        return reckoning.make(work, event, self.terms, result, earlier, customer=customer, generation=work.generation)


def _standing_terms(work: Work) -> dict[UUID, Terms]:
    """By partner the terms of its newest result that a clause paid: they hold for all later cash of the sale."""
    newest = {one.partner_id: one for one in work.paid}
    found = {partner_id: terms_of(one.trace) for partner_id, one in newest.items()}
    return {partner_id: terms for partner_id, terms in found.items() if terms is not None}


def _standing_registration(standing: Mapping[UUID, Terms]) -> Registration | None:
    """By which registration the sale was paid before; that of one that joins by an agreement is none of the sale."""
    of_sale = (one for one in standing.values() if one.part is None or one.part.side == Side.LEAD)
    return next((one.registration for one in of_sale if one.registration), None)


def _reckoned(work: Work) -> Iterator[CashEvent]:
    """Cash that has results, in the order in which it was reckoned."""
    events = {event.fact.id: event for event in work.cash}
    for cash_id in dict.fromkeys(one.cash_id for one in work.standing):
        yield events[cash_id]


def _deal(work: Work, terms: Terms) -> tuple[UUID | None, str]:
    """The partner's deal that the result is about: the one that covered the sale, or the one that was named."""
    if terms.registration is not None:
        return terms.registration.deal_id, terms.registration.deal_number
    named = work.sale.deal
    return (named.id, named.number) if named and named.partner_id == terms.partner.id else (None, "")
