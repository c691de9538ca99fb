"""What is true of deals: the registration's flow, the sales stages, protection, values and numbers. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from partners.customers.rules import without_legal_form
from partners.deals.states import (
    DealRole,
    DealSource,
    DealState,
    HandoverReason,
    LostReason,
    RejectCode,
    RevokeCode,
    Stage,
)
from portal.core.actor import Actor
from portal.core.flow import Flow, Move
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.text import sort_key

_WRITE: Final = Permission.DEALS_WRITE
_DECIDE: Final = Permission.DEALS_DECIDE
_IN_REVIEW: Final = frozenset({DealState.IN_REVIEW})

FLOW: Final = Flow(
    "deal",
    DealState,
    [
        Move("submit", frozenset({DealState.DRAFT}), DealState.SUBMITTED, _WRITE, "deal.submitted",
             N_("Submit for review"), tone="primary"),
        Move("answer", frozenset({DealState.INFO_REQUESTED}), DealState.IN_REVIEW, _WRITE, "deal.answered",
             N_("Answer"), tone="primary", asks="note"),
        Move("take", frozenset({DealState.SUBMITTED}), DealState.IN_REVIEW, _DECIDE, "deal.taken",
             N_("Start the review"), tone="primary"),
        Move("approve", _IN_REVIEW, DealState.APPROVED, _DECIDE, "deal.approved", N_("Approve"), tone="primary"),
        Move("ask", _IN_REVIEW, DealState.INFO_REQUESTED, _DECIDE, "deal.asked", N_("Ask for information"),
             asks="note"),
        Move("reject", _IN_REVIEW | {DealState.INFO_REQUESTED}, DealState.REJECTED, _DECIDE, "deal.rejected",
             N_("Reject"), tone="danger", asks="code"),
        Move("appeal", frozenset({DealState.REJECTED}), DealState.IN_REVIEW, _WRITE, "deal.appealed", N_("Appeal"),
             asks="note"),
        Move(
            "withdraw",
            frozenset({DealState.DRAFT, DealState.SUBMITTED, DealState.IN_REVIEW, DealState.INFO_REQUESTED}),
            DealState.WITHDRAWN, _WRITE, "deal.withdrawn", N_("Withdraw"), tone="danger",
        ),
    ],
)  # fmt: skip
"""The registration: the partner submits, answers, withdraws and appeals once, the vendor decides. Time alone ends a
protection (`EXPIRED_EVENT`), and two people together take an approval back (`REVOKED_EVENT`), or hand the deal over:
no move leads there."""

EXPIRED_EVENT: Final = "deal.expired"
REVOKED_EVENT: Final = "deal.revoked"
TAKEN_OVER_EVENT: Final = "deal.taken_over"
"""A new deal begins approved, because the vendor handed one over; the deal that it was ends as a revoked one."""
BY_NO_MOVE: Final = (
    (DealState.APPROVED, DealState.EXPIRED, "its day passes"),
    (DealState.APPROVED, DealState.REVOKED, "two people revoke it or hand it over"),
)
"""The ways that are no moves, each with what happens: for the pictures of flows and the tests of all states."""

OPEN_STAGES: Final = (Stage.PROSPECT, Stage.QUALIFIED, Stage.PROPOSAL, Stage.NEGOTIATION)
_OPEN: Final = frozenset(OPEN_STAGES)


def _stage(verb: str, target: Stage, label: str) -> Move:
    return Move(verb, _OPEN - {target}, target, _WRITE, "deal.stage_moved", label)


STAGES: Final = Flow(
    "deal stage",
    Stage,
    [
        _stage("prospect", Stage.PROSPECT, N_("Back to prospect")),
        _stage("qualify", Stage.QUALIFIED, N_("Qualified")),
        _stage("propose", Stage.PROPOSAL, N_("Proposal made")),
        _stage("negotiate", Stage.NEGOTIATION, N_("Negotiating")),
        Move("win", _OPEN, Stage.WON, _WRITE, "deal.won", N_("Won"), tone="primary"),
        Move("lose", _OPEN, Stage.LOST, _WRITE, "deal.lost", N_("Lost"), tone="danger", asks="code"),
    ],
)
"""The sale: the partner moves it to and fro until it is won or lost. Winning needs an approved registration."""

PROBABILITY: Final[dict[Stage, Fraction]] = {
    Stage.PROSPECT: Fraction(10, 100),
    Stage.QUALIFIED: Fraction(25, 100),
    Stage.PROPOSAL: Fraction(50, 100),
    Stage.NEGOTIATION: Fraction(75, 100),
    Stage.WON: Fraction(1),
    Stage.LOST: Fraction(0),
}
"""How likely a deal at this stage is won: what the weighted forecast multiplies by."""

STAGE_STATES: Final = frozenset(
    {
        DealState.SUBMITTED,
        DealState.IN_REVIEW,
        DealState.INFO_REQUESTED,
        DealState.APPROVED,
        DealState.EXPIRED,
    }
)
"""Registrations whose sale goes on: a draft has not begun, what was rejected or withdrawn is not followed here."""

UNDECIDED: Final = frozenset({DealState.SUBMITTED, DealState.IN_REVIEW, DealState.INFO_REQUESTED})
"""Registrations that wait for the vendor's decision, whoever has to act next."""

EXCLUSIVE_ROLES: Final = frozenset({DealRole.SELL})
"""Roles of which one customer and product group bears only one: those that are protected."""

MOST_LINES: Final = 20
MOST_QUANTITY: Final = 1_000_000
MOST_MINOR: Final = 10**13
"""A price beyond it is a slip of the keyboard; sums stay far within what the database holds."""


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer typed on the registration itself: a card is made of it, or the partner's own one is found."""

    name: str
    country: str
    city: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One product of a registration. Without a price it is the list price, if that is in the deal's currency."""

    product_id: UUID
    quantity: int
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The person at the customer, with the consent that the partner obtained, in words."""

    name: str = ""
    email: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """What a partner writes down about a deal. Only the customer is needed for a draft."""

    customer: UUID | NewCustomer
    """A card of the partner, or a new customer."""
    currency: str
    lines: tuple[Line, ...] = ()
    expected_close_on: date | None = None
    role: DealRole = DealRole.SELL
    source: DealSource = DealSource.PARTNER
    contact: Contact = Contact()
    competitor: str = ""
    help_wanted: str = ""
    reference: str = ""
    notes: str = ""
    price_reason: str = ""
    price_wanted_until: date | None = None
    continues: UUID | None = None
    """An ended deal of the same partner that a new registration continues; fixed from its draft on."""


def is_ended(state: DealState, stage: Stage) -> bool:
    """Whether a deal is over, however it ended: only then is it registered anew."""
    over = {DealState.REJECTED, DealState.WITHDRAWN, DealState.EXPIRED, DealState.REVOKED}
    return state in over or stage in (Stage.WON, Stage.LOST)


def is_exclusive(role: DealRole) -> bool:
    """Whether approving this role protects customer and product for the partner alone."""
    return role in EXCLUSIVE_ROLES


def is_open(stage: Stage) -> bool:
    """Whether the sale is neither won nor lost."""
    return stage in _OPEN


def is_own(partner_id: UUID, actor: Actor) -> bool:
    """Whether the actor may act for this partner: a distributor reads deals below it and changes none."""
    return not actor.is_partner or actor.partner_id == partner_id


def available_moves(
    state: DealState, stage: Stage, partner_id: UUID, actor: Actor, *, appealed: bool = False
) -> list[Move]:
    """The registration's moves that this actor has here: what its page draws as buttons. One appeal, no second."""
    if not is_own(partner_id, actor):
        return []
    gone = {"approve"} if stage == Stage.LOST else set()
    if appealed or stage in (Stage.WON, Stage.LOST):
        gone.add("appeal")
    return [move for move in FLOW.available(state, actor) if move.verb not in gone]


def available_stages(state: DealState, stage: Stage, partner_id: UUID, actor: Actor) -> list[Move]:
    """The sale's moves that this actor has here. Winning needs the approval first."""
    if not is_own(partner_id, actor) or state not in STAGE_STATES:
        return []
    return [m for m in STAGES.available(stage, actor) if m.target != Stage.WON or state == DealState.APPROVED]


def counts_as_open(state: DealState, stage: Stage) -> bool:
    """Whether it counts against the partner's limit: undecided, or protected and neither won nor lost."""
    return state in UNDECIDED or (state == DealState.APPROVED and is_open(stage))


def line_value(quantity: int, unit_price_minor: int) -> int:
    """The value of a line, in minor units."""
    return quantity * unit_price_minor


def deal_value(lines: Iterable[tuple[int, int]]) -> int:
    """The value of a deal from quantity and unit price of each line, in minor units."""
    return sum(line_value(quantity, price) for quantity, price in lines)


def protected_until(approved_at: datetime, days: int, zone: str) -> datetime:
    """The end of the protection, exclusive: so many whole days after the day of approval, in the vendor's zone.

    Approved on 19 November for 90 days: protected through 17 February, until that day's end.
    """
    last_day = approved_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(last_day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(approved_at.tzinfo)


def last_protected_day(until: datetime, zone: str) -> date:
    """The last day that is protected, as people say it."""
    return (until - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def is_running(state: DealState, until: datetime | None, now: datetime) -> bool:
    """Whether the approval holds now: only then can the sale be won, whether or not the clock's job has run.

    One without an end, as other systems have them for roles that exclude nobody, holds on.
    """
    return state == DealState.APPROVED and (until is None or until > now)


def is_due_to_expire(state: DealState, stage: Stage, until: datetime | None, now: datetime) -> bool:
    """Whether time has ended it: approved, protection over, not won. Won while protected is for ever."""
    return state == DealState.APPROVED and stage != Stage.WON and until is not None and until <= now


_WORD: Final = re.compile(r"[a-z0-9]+")
_MOST_INITIALS: Final = 4


def number_prefix(company_name: str) -> str:
    """The initials with which a partner's numbers begin: `LS` for Lindau Systemhaus GmbH, pinyin for Chinese."""
    words = _WORD.findall(sort_key(without_legal_form(company_name)))
    if not words:
        return "D"
    letters = words[0][:2] if len(words) == 1 else "".join(word[0] for word in words[:_MOST_INITIALS])
    return letters.upper()


def deal_number(prefix: str, year: int, count: int) -> str:
    """A registration number, counted per partner and year: `LS-2026-031`."""
    return f"{prefix}-{year}-{count:03}"


ROLE_LABELS: Final[dict[str, str]] = {
    DealRole.SELL: N_("Sell"),
    DealRole.CO_SELL: N_("Co-sell"),
    DealRole.INFLUENCE: N_("Influence"),
    DealRole.BUILD: N_("Build"),
    DealRole.SERVICE: N_("Service"),
    DealRole.MANAGE: N_("Manage"),
}
SOURCE_LABELS: Final[dict[str, str]] = {
    DealSource.PARTNER: N_("Found by the partner"),
    DealSource.VENDOR_LEAD: N_("Lead from the vendor"),
    DealSource.RENEWAL: N_("Renewal"),
    DealSource.TENDER: N_("Tender"),
    DealSource.HANDED_OVER: N_("Handed over by the vendor"),
}
TYPED_SOURCES: Final = {key: label for key, label in SOURCE_LABELS.items() if key != DealSource.HANDED_OVER}
"""Those that a registration or a file may name."""
STATE_LABELS: Final[dict[str, str]] = {
    DealState.DRAFT: N_("Draft"),
    DealState.SUBMITTED: N_("Submitted"),
    DealState.IN_REVIEW: N_("In review"),
    DealState.INFO_REQUESTED: N_("Info requested"),
    DealState.APPROVED: N_("Approved"),
    DealState.REJECTED: N_("Rejected"),
    DealState.WITHDRAWN: N_("Withdrawn"),
    DealState.EXPIRED: N_("Expired"),
    DealState.REVOKED: N_("Revoked"),
}
STAGE_LABELS: Final[dict[str, str]] = {
    Stage.PROSPECT: N_("Prospect"),
    Stage.QUALIFIED: N_("Qualified"),
    Stage.PROPOSAL: N_("Proposal"),
    Stage.NEGOTIATION: N_("Negotiation"),
    Stage.WON: N_("Won"),
    Stage.LOST: N_("Lost"),
}
REJECT_LABELS: Final[dict[str, str]] = {
    RejectCode.DUPLICATE: N_("Registered already"),
    RejectCode.EXISTING_CUSTOMER: N_("Existing customer"),
    RejectCode.DIRECT_OPPORTUNITY: N_("We are selling to them directly"),
    RejectCode.OUTSIDE_TERRITORY: N_("Outside the partner's territory"),
    RejectCode.NOT_AUTHORISED: N_("Not authorised for the product"),
    RejectCode.INCOMPLETE: N_("Too little to decide on"),
    RejectCode.OTHER: N_("Another reason"),
}
REVOKE_LABELS: Final[dict[str, str]] = {
    RevokeCode.UNTRUE: N_("What was registered is not true"),
    RevokeCode.INACTIVE: N_("Nothing was done for the sale"),
    RevokeCode.BREACH: N_("Terms of the programme were broken"),
    RevokeCode.CUSTOMER_CHOICE: N_("The customer chose otherwise"),
    RevokeCode.MISTAKE: N_("It was approved by mistake"),
    RevokeCode.OTHER: N_("Another reason"),
}
HANDOVER_LABELS: Final[dict[str, str]] = {
    HandoverReason.LEAVES: N_("The partner leaves the programme"),
    HandoverReason.CUSTOMER_ASKED: N_("The customer asked for another partner"),
    HandoverReason.AGREED: N_("Both partners agreed on it"),
    HandoverReason.CANNOT_SERVE: N_("The partner cannot serve the customer"),
    HandoverReason.OTHER: N_("Another reason"),
}
REVOKED_LABELS: Final[dict[str, str]] = HANDOVER_LABELS | REVOKE_LABELS
"""Every reason for which an approval has ended before its time."""
LOST_LABELS: Final[dict[str, str]] = {
    LostReason.PRICE: N_("Price"),
    LostReason.COMPETITOR: N_("A competitor won"),
    LostReason.NO_BUDGET: N_("No budget"),
    LostReason.NO_DECISION: N_("No decision was made"),
    LostReason.FUNCTION: N_("Something was missing in the product"),
    LostReason.OTHER: N_("Another reason"),
}
