"""The trace of a commission: everything it was made of, step by step, sealed by a hash. Never changed."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from attribution.commissions.parts import Part as AgreedPart
from attribution.commissions.rules import (
    Clause,
    Earlier,
    Outcome,
    Partner,
    Reason,
    Registration,
    Result,
    Terms,
    Why,
    first_day,
    last_day,
)
from attribution.commissions.shares import PPB, Share
from attribution.commissions.steps import Operand, Reckoned, StepCode

SCHEMA_VERSION: Final = 1


class Fact(BaseModel):
    """Frozen, nothing unknown. Holds nothing that the partner it belongs to may not see."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PartnerFact(Fact):
    """Who earned, as it was when it was reckoned."""

    id: UUID
    kinds: tuple[str, ...]
    tier: str
    status: str


class CashFact(Fact):
    """The payment or refund; a refund is negative."""

    id: UUID
    kind: Literal["payment", "refund"]
    source_id: str
    occurred_on: date
    amount_minor: int


class InvoiceFact(Fact):
    """The invoice line that the cash belongs to."""

    id: UUID
    source_id: str
    ordered_on: date
    invoiced_on: date
    net_minor: int
    quantity: int
    sku: str
    product: str
    product_zh: str


class RegistrationFact(Fact):
    """Why it is this partner's sale, and within which bounds."""

    found_by: Literal["deal", "protection", "agreement"]
    """The invoice names the deal, or its protection covered customer, product group and order day; or an agreement of
    two partners makes it this one's sale too."""
    deal_id: UUID
    deal_number: str
    protection_id: UUID | None
    protected_from: datetime | None
    protected_until: datetime | None
    """Exclusive."""
    first_day: date | None
    """The first protected day, inclusive, on the vendor's calendar."""
    last_day: date | None
    """The last protected day, inclusive: the last one that began before `protected_until`."""
    won_at: datetime | None
    """When the deal was won while it was protected, which fixes the right for ever."""


class TouchFact(Fact):
    """One touch of the partner's own."""

    id: UUID
    at: datetime
    kind: str


class CreditFact(Fact):
    """For which share of the sale a clause by credit pays. Of others it tells their share alone."""

    run_id: UUID
    run_number: str
    event_kind: str
    event_on: date
    share_ppb: int
    others_ppb: int
    """What is not this partner's: other partners', the vendor's own, or nobody's. Always there."""
    touches: tuple[TouchFact, ...]
    commitment: str
    """SHA-256 of all credits of the event with a salt, which the vendor and its auditor can open."""


class AgreementFact(Fact):
    """The part of a sale that an agreement of two partners gives this one. Of the other it tells what is left alone."""

    agreement_id: UUID
    claim_id: UUID
    """The partner's own claim in the conflict that was settled."""
    side: Literal["lead", "joining"]
    decided_at: datetime
    decided_on: date
    """From this day on orders are divided."""
    share_ppb: int
    others_ppb: int
    divides: bool
    """Whether it divides this order; if not, the whole is the leading partner's."""


class PlanFact(Fact):
    """The plan in force on the day of the order, and its clause for this partner."""

    version_id: UUID
    number: int
    title: str
    effective_from: date
    clause: str
    clause_name: str
    rate: str
    """With its percent sign: `7.5%`."""
    base: Literal["cash"] = "cash"
    kinds: tuple[str, ...]
    tiers: tuple[str, ...]


class EarlierFact(Fact):
    """Cash of the same invoice line that came before, and what this partner had of it."""

    cash_id: UUID
    occurred_on: date
    cash_minor: int
    earned_minor: int


class Part(Fact):
    """One operand of a formula, read from left to right."""

    op: Literal["", "+", "-", "*", "max"]
    name: str
    """`cash`, `cash_before`, `earned_before`, `share`, `part`, `others_part`, `rate`, `nothing`, or the code of an
    earlier step."""
    value: str
    """Whole minor units, a share as a fraction, or a rate with its percent sign."""


class Step(Fact):
    """One step: its formula, what it gives exactly (a fraction of minor units), and rounded."""

    code: StepCode
    parts: tuple[Part, ...]
    exact: str
    result: int
    rounding: str
    """`result` less `exact`."""


class WhyFact(Fact):
    """Why nothing was paid."""

    reason: Reason
    facts: dict[str, str]
    could_change_on: date | None
    """The first day on which it could be otherwise, where there is one."""


class Trace(Fact):
    """One commission with all its reasons. `proof.check` verifies it from the outside."""

    schema_version: Literal[1] = SCHEMA_VERSION
    commission_id: UUID
    reckoned_at: datetime
    time_zone: str
    """Of all days in it."""
    period: date
    partner: PartnerFact
    customer: str
    currency: str
    cash: CashFact
    invoice: InvoiceFact
    registration: RegistrationFact | None
    credit: CreditFact | None = None
    agreement: AgreementFact | None = None
    plan: PlanFact | None
    earlier: tuple[EarlierFact, ...]
    cash_before_minor: int
    earned_before_minor: int
    steps: tuple[Step, ...]
    amount_minor: int
    outcome: Outcome
    why: WhyFact | None
    reverses: UUID | None
    """The result that this one undoes in full."""

    @property
    def document(self) -> str:
        """The one text of it: what is sealed, stored and downloaded. Credit and agreement only where they are."""
        plain = self.model_dump(mode="json")
        for name in ("credit", "agreement"):
            if plain[name] is None:
                del plain[name]
        return canonical(plain)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One result on its way to being stored: which cash it is about, and where it goes."""

    commission_id: UUID
    cash: CashFact
    invoice: InvoiceFact
    customer: str
    earlier: tuple[Earlier, ...]
    period: date
    reckoned_at: datetime
    time_zone: str
    reverses: UUID | None = None


def make_trace(occasion: Occasion, terms: Terms, result: Result) -> Trace:
    """Everything about one result, as it is stored."""
    who, zone = terms.partner, occasion.time_zone
    return Trace(
        commission_id=occasion.commission_id,
        reckoned_at=occasion.reckoned_at,
        time_zone=zone,
        period=occasion.period,
        partner=partner_fact(who),
        customer=occasion.customer,
        currency=result.amount.currency,
        cash=occasion.cash,
        invoice=occasion.invoice,
        registration=_registration(terms.registration, zone),
        credit=_credit(terms.share),
        agreement=agreement_fact(terms.part, zone),
        plan=plan_fact(terms.clause),
        earlier=tuple(
            EarlierFact(
                cash_id=one.cash_id,
                occurred_on=one.occurred_on,
                cash_minor=one.cash_minor,
                earned_minor=one.earned_minor,
            )
            for one in occasion.earlier
        ),
        cash_before_minor=sum(one.cash_minor for one in occasion.earlier),
        earned_before_minor=sum(one.earned_minor for one in occasion.earlier),
        steps=step_facts(result),
        amount_minor=result.amount.minor,
        outcome=result.outcome,
        why=why_fact(result.why),
        reverses=occasion.reverses,
    )


def _registration(found: Registration | None, zone: str) -> RegistrationFact | None:
    if found is None:
        return None
    return RegistrationFact(
        found_by=found.found_by,
        deal_id=found.deal_id,
        deal_number=found.deal_number,
        protection_id=found.protection_id,
        protected_from=found.starts,
        protected_until=found.ends,
        first_day=first_day(found.starts, zone) if found.starts else None,
        last_day=last_day(found.ends, zone) if found.ends else None,
        won_at=found.won_at,
    )


def _credit(share: Share | None) -> CreditFact | None:
    if share is None:
        return None
    return CreditFact(
        run_id=share.run_id,
        run_number=share.run_number,
        event_kind=share.event_kind,
        event_on=share.event_on,
        share_ppb=share.ppb,
        others_ppb=PPB - share.ppb,
        touches=tuple(TouchFact(id=one.id, at=one.at, kind=one.kind) for one in share.touches),
        commitment=share.commitment,
    )


def agreement_fact(part: AgreedPart | None, zone: str) -> AgreementFact | None:
    """A part by agreement, as it is stored."""
    if part is None:
        return None
    return AgreementFact(
        agreement_id=part.agreement_id,
        claim_id=part.claim_id,
        side=part.side.value,
        decided_at=part.decided_at,
        decided_on=first_day(part.decided_at, zone),
        share_ppb=part.ppb,
        others_ppb=part.others_ppb,
        divides=part.divides,
    )


def partner_fact(who: Partner) -> PartnerFact:
    """A partner as it is now."""
    return PartnerFact(id=who.id, kinds=who.kinds, tier=who.tier, status=who.status)


def plan_fact(clause: Clause | None) -> PlanFact | None:
    """The clause that pays, as it is stored."""
    if clause is None:
        return None
    return PlanFact(
        version_id=clause.version_id,
        number=clause.number,
        title=clause.title,
        effective_from=clause.effective_from,
        clause=clause.code,
        clause_name=clause.name,
        rate=clause.rate_text,
        kinds=clause.kinds,
        tiers=clause.tiers,
    )


def step_facts(result: Result) -> tuple[Step, ...]:
    """How a result was reckoned, as it is stored."""
    return tuple(_step(step) for step in result.steps)


def _step(step: Reckoned) -> Step:
    return Step(
        code=step.code,
        parts=tuple(_part(operand) for operand in step.operands),
        exact=str(step.exact),
        result=step.result,
        rounding=str(step.result - step.exact),
    )


def _part(operand: Operand) -> Part:
    return Part(op=operand.op, name=operand.name, value=operand.text)


def why_fact(why: Why | None) -> WhyFact | None:
    """Why nothing is paid, as it is stored."""
    if why is None:
        return None
    return WhyFact(reason=why.reason, facts=dict(why.facts), could_change_on=why.could_change_on)


def canonical(plain: Any) -> str:
    """The one text of a document: keys sorted, no spaces, UTF-8. What is hashed and what is downloaded."""
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def seal(text: str) -> str:
    """SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_trace(trace: Trace) -> tuple[str, str]:
    """The trace as its canonical text, and its seal."""
    text = trace.document
    return text, seal(text)


def read_trace(text: str) -> Trace:
    """A stored trace. Raises pydantic's ValidationError for a broken one."""
    return Trace.model_validate_json(text)
