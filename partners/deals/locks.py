"""Which field of a deal may be changed in which state, by whom, and why not otherwise: the one table. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from partners.deals.rules import Registration, is_own
from partners.deals.states import DealState
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission


class DealField(StrEnum):
    """The parts of a registration that are locked and opened together."""

    CUSTOMER = "customer"
    ROLE = "role"
    LINES = "lines"
    """Products, quantities, prices and their currency."""
    PRICE = "price"
    """Why prices below the list are needed, and until when."""
    EXPECTED_CLOSE = "expected_close"
    SOURCE = "source"
    CONTACT = "contact"
    COMPETITOR = "competitor"
    HELP_WANTED = "help_wanted"
    REFERENCE = "reference"
    NOTES = "notes"


class Lock(StrEnum):
    """What a state does to a field."""

    OPEN = "open"
    ASKED = "asked"
    """Open exactly while the vendor's question names it."""
    LOCKED = "locked"


F, S = DealField, DealState
_FREE_UNTIL_SUBMITTED: Final = {S.DRAFT: Lock.OPEN}
_ASKABLE: Final = {S.DRAFT: Lock.OPEN, S.INFO_REQUESTED: Lock.ASKED}
_ALWAYS: Final = dict.fromkeys(S, Lock.OPEN)

LOCKS: Final[Mapping[DealField, Mapping[DealState, Lock]]] = {
    F.CUSTOMER: _FREE_UNTIL_SUBMITTED,
    F.ROLE: _ASKABLE,
    F.LINES: _ASKABLE,
    F.PRICE: _ASKABLE,
    F.EXPECTED_CLOSE: _ASKABLE,
    F.SOURCE: _ASKABLE,
    F.CONTACT: _ASKABLE,
    F.COMPETITOR: _ASKABLE,
    F.HELP_WANTED: _ASKABLE,
    F.REFERENCE: _ASKABLE,
    F.NOTES: _ALWAYS,
}
"""A state that a field does not name locks it."""

ASKABLE: Final = tuple(field for field, row in LOCKS.items() if Lock.ASKED in row.values())
"""What a question may open: everything but the customer; notes are never locked."""

ATTRIBUTES: Final[Mapping[DealField, tuple[str, ...]]] = {
    F.CUSTOMER: ("customer",),
    F.ROLE: ("role",),
    F.LINES: ("lines", "currency"),
    F.PRICE: ("price_reason", "price_wanted_until"),
    F.EXPECTED_CLOSE: ("expected_close_on",),
    F.SOURCE: ("source",),
    F.CONTACT: ("contact",),
    F.COMPETITOR: ("competitor",),
    F.HELP_WANTED: ("help_wanted",),
    F.REFERENCE: ("reference",),
    F.NOTES: ("notes",),
}
"""Which parts of a `Registration` each field is."""

FIELD_LABELS: Final[dict[str, str]] = {
    F.CUSTOMER: N_("Customer"),
    F.ROLE: N_("Role"),
    F.LINES: N_("Products and prices"),
    F.PRICE: N_("Special price"),
    F.EXPECTED_CLOSE: N_("Expected close"),
    F.SOURCE: N_("Source"),
    F.CONTACT: N_("Contact"),
    F.COMPETITOR: N_("Competitor"),
    F.HELP_WANTED: N_("Help wanted"),
    F.REFERENCE: N_("Your own reference"),
    F.NOTES: N_("Notes"),
}

_CUSTOMER_FIXED: Final = N_(
    "The customer is fixed since the deal was submitted, because the decision is about this customer."
    " For another one, withdraw this and register anew."
)
_NOT_ASKED: Final = N_("The vendor's question does not ask about this.")
_WHY: Final[dict[DealState, str]] = {
    S.SUBMITTED: N_("Locked since it was submitted. The vendor can ask about it, which opens it again."),
    S.IN_REVIEW: N_("Locked while the vendor reviews it. The vendor can ask about it, which opens it again."),
    S.INFO_REQUESTED: _NOT_ASKED,
    S.APPROVED: N_("Locked since it was approved: the protection rests on what is written here."),
    S.REJECTED: N_("Locked because the registration was rejected."),
    S.WITHDRAWN: N_("Locked because the registration was withdrawn."),
    S.EXPIRED: N_("Locked because the protection has expired."),
    S.REVOKED: N_("Locked because the approval was revoked."),
}
_PARTNERS_WORDS: Final = N_("These are the partner's own words; only the partner changes them.")
_ANOTHER_COMPANY: Final = N_("This deal belongs to another company; you can read it.")
_NO_RIGHT: Final = N_("Your role does not include this.")


def lock_of(field: DealField, state: DealState, asked: Collection[str] = ()) -> Lock:
    """Whether the field is open or locked in this state; `asked` are the fields that the question names."""
    lock = LOCKS[field].get(state, Lock.LOCKED)
    if lock == Lock.ASKED:
        return Lock.OPEN if field in asked else Lock.LOCKED
    return lock


def why_locked(field: DealField, state: DealState, partner_id: UUID, actor: Actor, asked: Collection[str] = ()) -> str:
    """The sentence that says why this actor cannot change the field now; empty when it can."""
    if not actor.is_partner:
        return _(_PARTNERS_WORDS)
    if not is_own(partner_id, actor):
        return _(_ANOTHER_COMPANY)
    if not actor.may(Permission.DEALS_WRITE):
        return _(_NO_RIGHT)
    if lock_of(field, state, asked) == Lock.OPEN:
        return ""
    return _(_CUSTOMER_FIXED) if field == F.CUSTOMER else _(_WHY[state])


def open_parts(typed: Registration, stored: Registration, why: Mapping[DealField, str]) -> Registration:
    """What was typed where it is open, and what is stored where it is locked."""
    changed = [name for field, names in ATTRIBUTES.items() if not why[field] for name in names]
    return replace(stored, **{name: getattr(typed, name) for name in changed})


def locks(state: DealState, partner_id: UUID, actor: Actor, asked: Collection[str] = ()) -> dict[DealField, str]:
    """Why each field is locked for this actor, empty for those that are open: what the page shows."""
    return {field: why_locked(field, state, partner_id, actor, asked) for field in DealField}
