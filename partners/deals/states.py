"""The words of a deal: its registration's states, its sales stages, roles, sources and reasons. Pure."""

from enum import StrEnum


class DealState(StrEnum):
    """Where the registration stands: the vendor's decision."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    INFO_REQUESTED = "info_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ExtensionState(StrEnum):
    """What became of a request for a longer protection."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    CLOSED = "closed"
    """Nobody decided it: the partner took it back, or the protection or the sale ended first."""


class RevocationState(StrEnum):
    """What became of the wish to take an approval back."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"


class HandoverState(StrEnum):
    """What became of the wish to hand a running deal over to another partner."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    """Who asked took it back, or asked anew in other words."""


class AmendmentState(StrEnum):
    """What became of a proposal to change an approved deal."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CLOSED = "closed"
    """Nobody decided it: the partner took it back, or the approval or the sale ended first."""


class ConsentState(StrEnum):
    """What a second person says to prices far below the list."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"


class Stage(StrEnum):
    """How far the sale is: the partner moves it."""

    PROSPECT = "prospect"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"


class DealRole(StrEnum):
    """The part a partner claims. Only `sell` is exclusive."""

    SELL = "sell"
    CO_SELL = "co_sell"
    INFLUENCE = "influence"
    BUILD = "build"
    SERVICE = "service"
    MANAGE = "manage"


class DealSource(StrEnum):
    """Where the opportunity came from."""

    PARTNER = "partner"
    VENDOR_LEAD = "vendor_lead"
    RENEWAL = "renewal"
    TENDER = "tender"
    HANDED_OVER = "handed_over"
    """The vendor handed a running deal over; nobody types this one."""


class RejectCode(StrEnum):
    """Why a registration is rejected."""

    DUPLICATE = "duplicate"
    EXISTING_CUSTOMER = "existing_customer"
    DIRECT_OPPORTUNITY = "direct_opportunity"
    OUTSIDE_TERRITORY = "outside_territory"
    NOT_AUTHORISED = "not_authorised"
    INCOMPLETE = "incomplete"
    OTHER = "other"


class RevokeCode(StrEnum):
    """Why an approval is taken back."""

    UNTRUE = "untrue"
    INACTIVE = "inactive"
    BREACH = "breach"
    CUSTOMER_CHOICE = "customer_choice"
    MISTAKE = "mistake"
    OTHER = "other"


class HandoverReason(StrEnum):
    """Why a deal goes to another partner; who gives it reads it as the reason of the revocation."""

    LEAVES = "leaves"
    CUSTOMER_ASKED = "customer_asked"
    AGREED = "agreed"
    CANNOT_SERVE = "cannot_serve"
    OTHER = "other"


class LostReason(StrEnum):
    """Why a sale is lost."""

    PRICE = "price"
    COMPETITOR = "competitor"
    NO_BUDGET = "no_budget"
    NO_DECISION = "no_decision"
    FUNCTION = "function"
    OTHER = "other"
