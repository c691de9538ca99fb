"""Deals: what a partner registered, what became of it, and who is protected when."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from portal.demo.catalogue import Catalogue
from portal.demo.companies import Partner
from portal.demo.customers import Customer
from portal.demo.rates import decimal_text
from portal.demo.timeline import moment, written
from portal.demo.world import Row

PROTECTION_DAYS: Final = {"registered": 60, "silver": 75, "gold": 90, "platinum": 120}
"""How long an approved deal is protected, by tier: what a new installation's policy says."""
EXCLUSIVE: Final = "sell"
_ANY_ZONE: Final = timedelta(days=1)
"""An order's day begins up to so much earlier or later in the vendor's time zone than in UTC."""


class Contact(NamedTuple):
    """Whom the partner talks to at the customer."""

    name: str
    email: str
    phone: str
    title: str


class Claim(NamedTuple):
    """A registration as the partner wrote it. `unit_price` in cents of the partner's currency."""

    id: str
    partner: Partner
    customer: Customer
    customer_name: str
    contact: Contact
    role: str
    product: str
    group: str
    quantity: int
    unit_price: int
    created_at: datetime
    expected_close_on: date
    registered_by: str
    source: str
    competitor: str
    reference: str
    notes: str


class Course(NamedTuple):
    """What became of a registration."""

    state: str
    stage: str
    submitted_at: datetime | None = None
    taken_at: datetime | None = None
    decided_at: datetime | None = None
    protected_until: datetime | None = None
    closed_at: datetime | None = None
    reject_code: str = ""
    lost_reason: str = ""
    question: str = ""
    answer: str = ""
    linked: bool = True
    """Whether the vendor already knows which account the customer is."""


class Deal(NamedTuple):
    """A claim and its course."""

    claim: Claim
    course: Course

    @property
    def exclusive(self) -> bool:
        """Whether it takes part in conflicts."""
        return self.claim.role == EXCLUSIVE


class Protection(NamedTuple):
    """That a customer and product group belong to one deal for a time; the end is exclusive."""

    start: datetime
    end: datetime
    deal: str
    partner: str


class Protections:
    """All protections granted so far; no two on the same customer and group overlap."""

    def __init__(self) -> None:
        self._granted: dict[tuple[str, str], list[Protection]] = {}
        self._customers: dict[tuple[str, str], list[str]] = {}

    def overlapping(self, customer: str, group: str, start: datetime, end: datetime) -> Protection | None:
        """A protection of that customer and group within these times."""
        granted = self._granted.get((customer, group), [])
        return next((held for held in granted if held.start < end and start < held.end), None)

    def grant(self, claim: Claim, start: datetime, end: datetime) -> None:
        """Protect the claim's customer and group for its partner. ValueError if somebody already is."""
        if self.overlapping(claim.customer.id, claim.group, start, end):
            message = f"{claim.customer.id} and {claim.group} are already protected"
            raise ValueError(message)
        held = Protection(start, end, claim.id, claim.partner.reseller.key)
        self._granted.setdefault((claim.customer.id, claim.group), []).append(held)
        self._customers.setdefault((held.partner, claim.group), []).append(claim.customer.id)

    def covering(self, partner: str, customer: str, group: str, day: date) -> Protection | None:
        """The partner's own protection on the whole of that day, in whatever time zone."""
        start = moment(day, minutes=0) - _ANY_ZONE
        end = moment(day, minutes=0) + 2 * _ANY_ZONE
        granted = self._granted.get((customer, group), [])
        return next(
            (held for held in granted if held.partner == partner and held.start <= start and end <= held.end),
            None,
        )

    def held_by(self, partner: str, group: str) -> list[str]:
        """Customers on which the partner holds or held that group, in the order of granting."""
        return self._customers.get((partner, group), [])


def deal_rows(deals: Iterable[Deal], catalogue: Catalogue) -> Iterator[Row]:
    """Deals as the importer reads them, oldest first, so that numbers count up in time."""
    for claim, course in sorted(deals, key=lambda deal: (deal.claim.created_at, deal.claim.id)):
        yield {
            "source_id": claim.id,
            "partner_source_id": claim.partner.code,
            "account_source_id": claim.customer.id if course.linked else "",
            "customer_name": claim.customer_name,
            "contact_name": claim.contact.name,
            "contact_email": claim.contact.email,
            "contact_phone": claim.contact.phone,
            "contact_title": claim.contact.title,
            "role": claim.role,
            "product_sku": catalogue.sku(claim.product),
            "quantity": str(claim.quantity),
            "unit_price": decimal_text(claim.unit_price),
            "currency": claim.partner.currency,
            "state": course.state,
            "stage": course.stage,
            "created_at": written(claim.created_at),
            "submitted_at": written(course.submitted_at),
            "taken_at": written(course.taken_at),
            "decided_at": written(course.decided_at),
            "protected_until": written(course.protected_until),
            "expected_close_on": written(claim.expected_close_on),
            "closed_at": written(course.closed_at),
            "reject_code": course.reject_code,
            "lost_reason": course.lost_reason,
            "question": course.question,
            "answer": course.answer,
            "registered_by_email": claim.registered_by,
            "source": claim.source,
            "competitor": claim.competitor,
            "reference": claim.reference,
            "notes": claim.notes,
        }
