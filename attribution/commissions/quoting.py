"""What a deal will earn if it is invoiced as it stands, by the very functions that accrue. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from attribution.commissions.parts import Part, Side
from attribution.commissions.rules import LinkedDeal, Partner, Registration, Sale, Terms, find_registration, reckon
from attribution.commissions.terms import decide_terms, part_told_by
from attribution.commissions.trace import (
    AgreementFact,
    Fact,
    PartnerFact,
    PlanFact,
    Step,
    WhyFact,
    agreement_fact,
    partner_fact,
    plan_fact,
    step_facts,
    why_fact,
)
from attribution.commissions.trace import canonical as canonical_text
from partners.deals.states import DealRole, DealState, Stage
from portal.core.money import Money
from portal.policies.queries import InForce
from portal.policies.rules import in_force_on

SCHEMA_VERSION: Final = 1


class QuotedProduct(Fact):
    """One line of the deal; its value without tax, in minor units."""

    sku: str
    product: str
    product_zh: str
    quantity: int
    net_minor: int
    is_divided: bool = False
    """Whether an agreement gives the partner a part of it, not the whole."""


class QuotedLine(QuotedProduct):
    """What a line earns, with its steps; or why it earns nothing."""

    steps: tuple[Step, ...]
    amount_minor: int
    why: WhyFact | None


class Quote(Fact):
    """What a deal will earn by the plan in force on a day. Never changed; a later one is another quote."""

    schema_version: Literal[1] = SCHEMA_VERSION
    deal_id: UUID
    deal_number: str
    role: DealRole
    partner: PartnerFact
    currency: str
    time_zone: str
    quoted_on: date
    """The vendor's day whose plan counts."""
    ordered_on: date
    """The day on which the order is expected; never before `quoted_on`."""
    in_force: UUID | None
    """The version of the plan in force on that day, whether or not a clause of it pays."""
    plan: PlanFact | None
    agreement: AgreementFact | None = None
    """Where partners agreed on parts, for the lines that say so."""
    next_plan_on: date | None
    """From when another version that is approved already will hold, if the order is expected then."""
    lines: tuple[QuotedLine, ...]
    total_minor: int
    why: WhyFact | None
    """Why nothing, or nothing yet, can be said to be earned."""

    @property
    def total(self) -> Money:
        """Of all lines."""
        return Money(self.total_minor, self.currency)

    @property
    def net(self) -> Money:
        """What the customer pays for all lines."""
        return Money(sum(line.net_minor for line in self.lines), self.currency)

    @property
    def parts(self) -> frozenset[int | None]:
        """What the partner gets of its lines, in parts of 1,000,000,000; None for all of one."""
        return frozenset(self.agreement.share_ppb if self.agreement and one.is_divided else None for one in self.lines)

    @property
    def document(self) -> str:
        """The one text of it: what is sealed and stored. An agreement only where there is one."""
        plain = self.model_dump(mode="json")
        if plain["agreement"] is None:
            del plain["agreement"]
            for line in plain["lines"]:
                del line["is_divided"]
        return canonical_text(plain)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a quote is made of, beside the plan."""

    deal_id: UUID
    deal_number: str
    role: DealRole
    partner: Partner
    currency: str
    quoted_on: date
    expected_on: date | None
    lines: tuple[QuotedProduct, ...]
    part: Part | None = None


def quote(asked: Asked, plans: Sequence[InForce], zone: str) -> Quote:
    """What each line earns once it is invoiced so and paid in full, if the deal is approved and protects the order.

    By the version in force on the day of the quote. One that holds from a later day up to the expected order is named
    and not reckoned by: it can still be changed.
    """
    plan = in_force_on(plans, asked.quoted_on)
    ordered_on = max(asked.expected_on or asked.quoted_on, asked.quoted_on)
    later = [one.effective_from for one in plans if asked.quoted_on < one.effective_from <= ordered_on]
    return _reckoned(asked, plan, ordered_on, max(later, default=None), zone)


def quote_again(stored: Quote, plan: InForce | None) -> Quote:
    """What a stored quote's own inputs give now: the same, or it is not what it says. `plan`: the version it names."""
    who = stored.partner
    asked = Asked(
        stored.deal_id, stored.deal_number, stored.role, Partner(who.id, who.kinds, who.tier, who.status),
        stored.currency, stored.quoted_on, stored.ordered_on,
        tuple(QuotedProduct(**line.model_dump(include=set(QuotedProduct.model_fields))) for line in stored.lines),
        part_told_by(stored.agreement),
    )  # fmt: skip
    return _reckoned(asked, plan, stored.ordered_on, stored.next_plan_on, stored.time_zone)


def _reckoned(asked: Asked, plan: InForce | None, ordered_on: date, next_plan_on: date | None, zone: str) -> Quote:
    whole = _terms(asked, plan, ordered_on, zone)
    shared = _terms(asked, plan, ordered_on, zone, asked.part) if asked.part else whole
    terms = shared if any(one.is_divided for one in asked.lines) else whole
    lines = tuple(_line(one, shared if one.is_divided else whole, terms, asked.currency) for one in asked.lines)
    return Quote(
        deal_id=asked.deal_id,
        deal_number=asked.deal_number,
        role=asked.role,
        partner=partner_fact(asked.partner),
        currency=asked.currency,
        time_zone=zone,
        quoted_on=asked.quoted_on,
        ordered_on=ordered_on,
        in_force=plan.version_id if plan else None,
        plan=plan_fact(terms.clause),
        agreement=agreement_fact(asked.part, zone),
        next_plan_on=next_plan_on,
        lines=lines,
        total_minor=sum(line.amount_minor for line in lines),
        why=why_fact(terms.why),
    )


def _terms(asked: Asked, plan: InForce | None, ordered_on: date, zone: str, part: Part | None = None) -> Terms:
    """The terms of a sale that names this deal, approved and running: nobody knows yet what else will be so.

    Of an agreement neither: both deals are taken for approved.
    """
    deal = LinkedDeal(
        asked.deal_id, asked.deal_number, asked.partner.id, asked.role, DealState.APPROVED, Stage.NEGOTIATION, None,
        None,
    )  # fmt: skip
    sale = Sale(asked.deal_id, asked.partner.id, deal, ordered_on, asked.currency)
    found = find_registration(sale, (), zone)
    if part is not None and part.side == Side.JOINING:
        found = Registration(asked.partner.id, "agreement", asked.deal_id, asked.deal_number)
    return decide_terms(sale, asked.partner, found, held=(), plans=(plan,) if plan else (), zone=zone, part=part)


def _line(one: QuotedProduct, terms: Terms, of_quote: Terms, currency: str) -> QuotedLine:
    """As if the line were an invoice line, paid at once: how it is paid changes nothing of the whole.

    Why it earns nothing is left to the quote where that says it of all.
    """
    result = reckon(Money(one.net_minor, currency), terms, ())
    why = None if terms is of_quote and terms.clause is None else why_fact(result.why)
    return QuotedLine(**one.model_dump(), steps=step_facts(result), amount_minor=result.amount.minor, why=why)


@dataclass(frozen=True, slots=True)
class Accrued:
    """What a deal's sale has earned its partner so far, as its own results tell."""

    amount: Money
    cash: Money
    invoiced: Money
    """The net value of the invoice lines that were paid."""
    rates: frozenset[tuple[UUID, str, str]]
    """Version of the plan, clause and rate, by which it was paid."""
    plan: str
    """The newest of them in words: title, version and rate; empty where no clause paid."""
    by_credit: bool
    """Whether any of it was paid for a share of the credit."""
    parts: frozenset[int | None] = frozenset()
    """By agreement, in parts of 1,000,000,000; None where the whole was paid."""


Cause = Literal["nothing", "plan", "others", "agreement", "price", "unpaid", "lines"]
"""Why what accrued is not what was quoted; `lines`: cents, since the invoice has other lines than the deal."""


def causes(quoted: Quote, accrued: Accrued) -> tuple[Cause, ...]:
    """Why the two differ, the most telling first; none if what was quoted has come."""
    if accrued.amount == quoted.total and accrued.cash == quoted.net:
        return ()
    found: list[Cause] = []
    own = quoted.plan and (quoted.plan.version_id, quoted.plan.clause, quoted.plan.rate)
    if not accrued.rates:
        found.append("nothing")
    elif accrued.rates != {own}:
        found.append("plan")
    if accrued.by_credit:
        found.append("others")
    if not accrued.parts <= quoted.parts:
        found.append("agreement")
    if accrued.invoiced != quoted.net:
        found.append("price")
    if accrued.cash < accrued.invoiced:
        found.append("unpaid")
    return tuple(found) or ("lines",)
