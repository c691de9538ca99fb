"""What is true of commissions: who registered the sale, which clause pays, and what each payment earns. Pure."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from attribution.commissions.parts import Part
from attribution.commissions.shares import Share
from attribution.commissions.steps import Operand, Reckoned
from partners.companies.rules import CompanyStatus
from partners.deals.states import DealRole, DealState, Stage
from portal.core.money import Money

_INSTANT: Final = timedelta(microseconds=1)
_UNDECIDED: Final = frozenset({DealState.DRAFT, DealState.SUBMITTED, DealState.IN_REVIEW, DealState.INFO_REQUESTED})
DECIDED_FOR: Final = frozenset({DealState.APPROVED, DealState.EXPIRED, DealState.REVOKED})
"""Approved once: what was ordered while that held is the partner's, however it ended."""
_IN_PROGRAMME: Final = frozenset({CompanyStatus.ACTIVE, CompanyStatus.SUSPENDED})


class Outcome(StrEnum):
    """What came of a cash event for a partner."""

    ACCRUED = "accrued"
    REVERSED = "reversed"
    """Taken back because of a refund."""
    ZERO = "zero"
    """Nothing, with the reason why not."""


class Reason(StrEnum):
    """Why nothing was paid."""

    NO_REGISTERED_DEAL = "no_registered_deal"
    NOT_PROTECTED_THEN = "not_protected_then"
    DEAL_UNDECIDED = "deal_undecided"
    DEAL_NOT_APPROVED = "deal_not_approved"
    ROLE_NOT_PAID = "role_not_paid"
    NOT_JOINED_THEN = "not_joined_then"
    OUTSIDE_PROGRAMME = "outside_programme"
    NO_PLAN_IN_FORCE = "no_plan_in_force"
    WAITS_FOR_RUN = "waits_for_run"
    NOT_CREDITED = "not_credited"
    PARTNER_NOT_ELIGIBLE = "partner_not_eligible"
    BELOW_ONE_UNIT = "below_one_unit"
    NOTHING_LEFT = "nothing_left"
    REFUNDS_EXCEED = "refunds_exceed"
    RECKONED_AGAIN = "reckoned_again"


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner company, as far as plans ask."""

    id: UUID
    kinds: tuple[str, ...]
    tier: str
    status: str


@dataclass(frozen=True, slots=True)
class LinkedDeal:
    """The deal that an invoice line names."""

    id: UUID
    number: str
    partner_id: UUID
    role: DealRole
    state: DealState
    stage: Stage
    protected_until: datetime | None
    closed_at: datetime | None

    @property
    def won_while_protected(self) -> bool:
        """Whether it was won before its protection ended, which fixes the right for ever."""
        if self.stage != Stage.WON or self.closed_at is None or self.state not in DECIDED_FOR:
            return False
        return self.protected_until is None or self.closed_at < self.protected_until


@dataclass(frozen=True, slots=True)
class Held:
    """A protection of the invoice's customer and product group, over whatever time."""

    id: UUID
    deal_id: UUID
    deal_number: str
    partner_id: UUID
    starts: datetime
    ends: datetime
    """Exclusive."""
    elsewhere: bool = False
    """Recorded on another account, which was merged with the invoice's: the invoice's own goes first."""


@dataclass(frozen=True, slots=True)
class Sale:
    """An invoice line with what its source says about it."""

    invoice_id: UUID
    partner_id: UUID | None
    """Who invoiced or resold."""
    deal: LinkedDeal | None
    ordered_on: date
    currency: str


@dataclass(frozen=True, slots=True)
class Registration:
    """Whose sale it is, and why."""

    partner_id: UUID
    found_by: Literal["deal", "protection", "agreement"]
    deal_id: UUID
    deal_number: str
    protection_id: UUID | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    won_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """The clause of a plan version that pays a partner."""

    version_id: UUID
    number: int
    title: str
    effective_from: date
    code: str
    name: str
    rate: Fraction
    rate_text: str
    """With its percent sign: `7.5%`."""
    kinds: tuple[str, ...]
    tiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why nothing is paid, what fills the sentence, and the first day on which it could be otherwise."""

    reason: Reason
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    could_change_on: date | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a partner has a part in a sale: a clause that pays, or why nothing does."""

    partner: Partner
    registration: Registration | None
    clause: Clause | None
    why: Why | None
    share: Share | None = None
    """Of a clause that pays by credit."""
    part: Part | None = None
    """Of an agreement about the registered sale."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Cash of the sale that came before, and what this partner had of it."""

    cash_id: UUID
    occurred_on: date
    cash_minor: int
    earned_minor: int


@dataclass(frozen=True, slots=True)
class Result:
    """What one payment or refund earns a partner, or takes back."""

    amount: Money
    steps: tuple[Reckoned, ...]
    why: Why | None

    @property
    def outcome(self) -> Outcome:
        """By the sign of the amount."""
        if self.amount.minor == 0:
            return Outcome.ZERO
        return Outcome.ACCRUED if self.amount.minor > 0 else Outcome.REVERSED


def first_day(starts: datetime, zone: str) -> date:
    """The first protected day, inclusive: the one on which the protection begins, from its morning on."""
    return starts.astimezone(ZoneInfo(zone)).date()


def last_day(ends: datetime, zone: str) -> date:
    """The last protected day, inclusive: the last one that begins before the protection ends."""
    return (ends - _INSTANT).astimezone(ZoneInfo(zone)).date()


def covers(held: Held, day: date, zone: str) -> bool:
    """Whether a protection covers an order of that day, which is known by its day only."""
    return held.starts < held.ends and first_day(held.starts, zone) <= day <= last_day(held.ends, zone)


def deal_covers(deal: LinkedDeal, day: date, zone: str) -> bool:
    """Whether a deal that the invoice names makes it its partner's sale: approved and not ended, or won in time."""
    if deal.role != DealRole.SELL or deal.state not in DECIDED_FOR:
        return False
    in_time = deal.protected_until is None or day <= last_day(deal.protected_until, zone)
    return deal.won_while_protected or in_time


def find_registration(sale: Sale, held: Iterable[Held], zone: str) -> Registration | None:
    """Whose sale it is: by the deal that the invoice names, else by the protection that covered the order.

    Two protections can share a day only when one ends on it and the next begins: then the earlier one counts.
    Those of two accounts that were merged later may share more: then that of the account on the invoice counts.
    """
    deal = sale.deal
    covering = sorted(
        (one for one in held if covers(one, sale.ordered_on, zone)), key=lambda one: (one.elsewhere, one.starts)
    )
    if deal is not None and deal_covers(deal, sale.ordered_on, zone):
        own = next((one for one in covering if one.deal_id == deal.id), None)
        won_at = deal.closed_at if deal.won_while_protected else None
        if own is None:
            return Registration(deal.partner_id, "deal", deal.id, deal.number, ends=deal.protected_until, won_at=won_at)
        return Registration(deal.partner_id, "deal", deal.id, deal.number, own.id, own.starts, own.ends, won_at)
    if not covering:
        return None
    first = covering[0]
    return Registration(
        first.partner_id, "protection", first.deal_id, first.deal_number, first.id, first.starts, first.ends
    )


def concerned(sale: Sale, registration: Registration | None, credited: Iterable[UUID] = ()) -> list[UUID]:
    """Partners that get a result: who registered the sale, invoiced it, whose deal it names, who is credited; once."""
    named = [
        registration.partner_id if registration else None,
        sale.partner_id,
        sale.deal.partner_id if sale.deal else None,
        *credited,
    ]
    return [one for one in dict.fromkeys(named) if one is not None]


def why_not_registered(sale: Sale, partner_id: UUID, held: Iterable[Held], zone: str) -> Why:
    """Why the sale is not this partner's, told from its own deals alone: nothing in it depends on another's."""
    ordered = {"ordered_on": sale.ordered_on.isoformat()}
    deal = sale.deal if sale.deal and sale.deal.partner_id == partner_id else None
    if deal is not None:
        number = ordered | {"deal": deal.number}
        if deal.state in _UNDECIDED:
            return Why(Reason.DEAL_UNDECIDED, number)
        if deal.state not in DECIDED_FOR:
            return Why(Reason.DEAL_NOT_APPROVED, number)
        if deal.role != DealRole.SELL:
            return Why(Reason.ROLE_NOT_PAID, number | {"role": deal.role.value})
    own = [one for one in held if one.partner_id == partner_id]
    if not own:
        return Why(Reason.NO_REGISTERED_DEAL, ordered)
    nearest = min(own, key=lambda one: (_distance(one, sale.ordered_on, zone), one.starts))
    bounds = {
        "deal": nearest.deal_number,
        "first_day": first_day(nearest.starts, zone).isoformat(),
        "last_day": last_day(nearest.ends, zone).isoformat(),
    }
    return Why(Reason.NOT_PROTECTED_THEN, ordered | bounds)


def _distance(held: Held, day: date, zone: str) -> int:
    """Days between an order and the protection."""
    return max((first_day(held.starts, zone) - day).days, (day - last_day(held.ends, zone)).days, 0)


def has_programme(partner: Partner) -> bool:
    """Whether a partner earns at all: one that only applied, or was terminated, does not."""
    return partner.status in _IN_PROGRAMME


def reckon(cash: Money, terms: Terms, earlier: Sequence[Earlier]) -> Result:
    """What this cash earns: commission on all cash so far, less what was earned before.

    So parts equal the whole however a sum is paid, a refund takes back in proportion, and never more than was
    earned from this sale. Steps that change nothing are left out.
    """
    if terms.clause is None:
        return Result(Money.zero(cash.currency), (), terms.why)
    earned = sum(one.earned_minor for one in earlier)
    steps: list[Reckoned] = []
    base = Operand("", "cash", Fraction(cash.minor))
    if before := sum(one.cash_minor for one in earlier):
        first = Operand("", "cash_before", Fraction(before))
        steps.append(Reckoned("cash_so_far", (first, dataclasses.replace(base, op="+"))))
        base = steps[-1].carried
    if base.value < 0:
        steps.append(Reckoned("floor", (base, Operand("max", "nothing", Fraction(0)))))
        base = steps[-1].carried
    if terms.share is not None:
        share = Operand("*", "share", terms.share.fraction, terms.share.text)
        steps.append(Reckoned("split", (base, share)))
        base = steps[-1].carried
    steps.append(Reckoned("rate", (base, Operand("*", "rate", terms.clause.rate, terms.clause.rate_text))))
    if terms.part is not None and terms.part.divides:
        steps += terms.part.steps_from(steps[-1])
    if earned:
        less = Operand("-", "earned_before", Fraction(earned))
        steps.append(Reckoned("less_earned", (steps[-1].carried, less)))
    amount = Money(steps[-1].result, cash.currency)
    return Result(amount, tuple(steps), None if amount else _why_nothing(cash, base))


def _why_nothing(cash: Money, base: Operand) -> Why:
    """Why a clause that pays gives nothing here."""
    if cash.minor < 0:
        return Why(Reason.NOTHING_LEFT)
    return Why(Reason.BELOW_ONE_UNIT if base.value > 0 or cash.minor == 0 else Reason.REFUNDS_EXCEED)


def undo(amount: Money) -> Result:
    """The mirror of a result, before the same cash is reckoned anew."""
    nothing = Operand("", "nothing", Fraction(0))
    step = Reckoned("undo", (nothing, Operand("-", "earned_before", Fraction(amount.minor))))
    return Result(-amount, (step,), None if amount else Why(Reason.RECKONED_AGAIN))
