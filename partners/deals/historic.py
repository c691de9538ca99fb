"""Deals as another system remembers them: what a row says, and whether a deal's past can have been so. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from partners.deals.rules import MOST_MINOR, MOST_QUANTITY, is_exclusive, is_open
from partners.deals.states import DealRole, DealSource, DealState, Stage
from portal.core.i18n import N_
from portal.core.money import Money

PROBLEMS: Final[Mapping[str, str]] = {
    "repeated": N_("Another row of this file has the same id."),
    "changed": N_("This deal was imported before with other values. Deals change here, not in a file."),
    "unknown_partner": N_("The partner %(text)s is not here. Import the companies first."),
    "unknown_account": N_("The customer %(text)s is not here. Import the accounts first."),
    "unknown_product": N_("There is no product with the article number %(text)s."),
    "unknown_person": N_("Nobody of this partner has the address %(text)s."),
    "bad_quantity": N_("Give a quantity of one or more."),
    "bad_price": N_("This price cannot be."),
    "needs_submitted": N_("What is no draft was submitted: say when."),
    "needs_decided": N_("What is approved, rejected or expired was decided: say when."),
    "needs_protection": N_("An approved sale was protected: say until when."),
    "needs_account": N_("What is approved belongs to a customer: name it."),
    "needs_code": N_("Say why it was rejected."),
    "needs_reason": N_("Say why it was lost."),
    "needs_closed": N_("What is won or lost was closed: say when."),
    "not_closed": N_("Only what is won or lost was closed."),
    "won_unapproved": N_("Only an approved deal is won."),
    "time_order": N_("The times are out of order: %(text)s."),
    "in_future": N_("This lies in the future."),
    "protected": N_("In that time %(group)s of this customer is protected for %(partner)s (%(number)s)."),
}
"""A sentence for each reason why a row is refused."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is refused: a code of `PROBLEMS`, the field it is about, and what fills the sentence."""

    code: str
    field: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastDeal:
    """A deal of one line as another system tells it, with its ids."""

    source_id: str
    partner: str
    account: str
    customer_name: str
    sku: str
    quantity: int
    unit_price: Money
    created_at: datetime
    role: DealRole = DealRole.SELL
    state: DealState = DealState.SUBMITTED
    stage: Stage = Stage.PROSPECT
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    contact_title: str = ""
    submitted_at: datetime | None = None
    taken_at: datetime | None = None
    decided_at: datetime | None = None
    protected_until: datetime | None = None
    closed_at: datetime | None = None
    expected_close_on: date | None = None
    reject_code: str = ""
    lost_reason: str = ""
    question: str = ""
    answer: str = ""
    registered_by: str = ""
    """An e-mail address; empty for whoever imports."""
    source: DealSource = DealSource.PARTNER
    competitor: str = ""
    reference: str = ""
    notes: str = ""

    @property
    def was_protected(self) -> bool:
        """Whether it held its customer and product group for a time, perhaps still does."""
        return is_exclusive(self.role) and self.state in _APPROVED


_APPROVED: Final = frozenset({DealState.APPROVED, DealState.EXPIRED})
_DECIDED: Final = _APPROVED | {DealState.REJECTED}


def problems_of(deal: PastDeal, now: datetime) -> list[Problem]:
    """What cannot have been so, whatever else is known."""
    closed = not is_open(deal.stage)
    wrong = (
        (not 1 <= deal.quantity <= MOST_QUANTITY, "bad_quantity", "quantity"),
        (not 0 <= deal.unit_price.minor <= MOST_MINOR, "bad_price", "unit_price"),
        (deal.state != DealState.DRAFT and deal.submitted_at is None, "needs_submitted", "submitted_at"),
        (deal.state in _DECIDED and deal.decided_at is None, "needs_decided", "decided_at"),
        (deal.was_protected and deal.protected_until is None, "needs_protection", "protected_until"),
        (deal.was_protected and not deal.account, "needs_account", "account_source_id"),
        (deal.state == DealState.REJECTED and not deal.reject_code, "needs_code", "reject_code"),
        (deal.stage == Stage.LOST and not deal.lost_reason, "needs_reason", "lost_reason"),
        (closed and deal.closed_at is None, "needs_closed", "closed_at"),
        (not closed and deal.closed_at is not None, "not_closed", "closed_at"),
        (deal.stage == Stage.WON and deal.state != DealState.APPROVED, "won_unapproved", "stage"),
    )
    return [Problem(code, name) for is_wrong, code, name in wrong if is_wrong] + _time_problems(deal, now)


def _time_problems(deal: PastDeal, now: datetime) -> list[Problem]:
    """Times that are out of order, or have not come yet."""
    order = ("created_at", "submitted_at", "taken_at", "decided_at", "protected_until")
    given: list[tuple[str, datetime]] = [(name, at) for name in order if (at := getattr(deal, name)) is not None]
    found = [
        Problem("time_order", later, {"text": f"{earlier} > {later}"})
        for (earlier, one), (later, other) in pairwise(given)
        if one > other
    ]
    past = ("created_at", "submitted_at", "taken_at", "decided_at", "closed_at")
    found += [Problem("in_future", name) for name in past if (at := getattr(deal, name)) is not None and at > now]
    return found


def kept_state(deal: PastDeal, now: datetime) -> DealState:
    """The state in which it is stored: an approval whose time is over without a win has expired."""
    over = deal.protected_until is not None and deal.protected_until <= now
    if deal.state == DealState.APPROVED and deal.stage != Stage.WON and over:
        return DealState.EXPIRED
    return deal.state
