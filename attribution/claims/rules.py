"""What is true of contribution claims: their flow, what they may say, and from how long ago. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from attribution.touchpoints.rules import MOTION_LABELS, TOUCH_KIND_LABELS, Decision, Motion, TouchKind
from portal.core.flow import Flow, Move
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission

LONGEST_TEXT: Final = 4_000
LONGEST_LINK: Final = 500
_WRITE: Final = Permission.CLAIMS_WRITE
_DECIDE: Final = Permission.CLAIMS_DECIDE


class ClaimState(StrEnum):
    """Where a claim stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    INFO_REQUESTED = "info_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RejectCode(StrEnum):
    """Why a claim is rejected."""

    NO_EVIDENCE = "no_evidence"
    NOT_RELATED = "not_related"
    COUNTED_ALREADY = "counted_already"
    WRONG_FACTS = "wrong_facts"
    OTHER = "other"


CLAIMABLE: Final = (Motion.INFLUENCE, Motion.BUILD, Motion.SERVICE, Motion.MANAGE)
"""What is claimed: selling is registered as a deal."""
_TOLD_OTHERWISE: Final = frozenset(
    {TouchKind.REGISTRATION, TouchKind.LEAD, TouchKind.WEB_VISIT, TouchKind.ASSET_OPENED}
)
"""Kinds of touches that the product itself sees."""
KINDS: Final = tuple(kind for kind in TouchKind if kind not in _TOLD_OTHERWISE)
_IN_REVIEW: Final = frozenset({ClaimState.IN_REVIEW})

FLOW: Final = Flow(
    "claim",
    ClaimState,
    [
        Move("submit", frozenset({ClaimState.DRAFT}), ClaimState.SUBMITTED, _WRITE, "claim.submitted",
             N_("Submit for review"), tone="primary"),
        Move("answer", frozenset({ClaimState.INFO_REQUESTED}), ClaimState.IN_REVIEW, _WRITE, "claim.answered",
             N_("Answer"), tone="primary", asks="note"),
        Move("take", frozenset({ClaimState.SUBMITTED}), ClaimState.IN_REVIEW, _DECIDE, "claim.taken",
             N_("Start the review"), tone="primary"),
        Move("approve", _IN_REVIEW, ClaimState.APPROVED, _DECIDE, "claim.approved", N_("Approve"), tone="primary"),
        Move("ask", _IN_REVIEW, ClaimState.INFO_REQUESTED, _DECIDE, "claim.asked", N_("Ask for information"),
             asks="note"),
        Move("reject", _IN_REVIEW, ClaimState.REJECTED, _DECIDE, "claim.rejected", N_("Reject"), tone="danger",
             asks="code"),
        Move(
            "withdraw",
            frozenset({ClaimState.DRAFT, ClaimState.SUBMITTED, ClaimState.IN_REVIEW, ClaimState.INFO_REQUESTED}),
            ClaimState.WITHDRAWN, _WRITE, "claim.withdrawn", N_("Withdraw"), tone="danger",
        ),
    ],
)  # fmt: skip
"""The partner submits, answers and withdraws, the vendor decides. What was submitted is never edited: who has more to
say answers, or withdraws and claims anew."""

UNDECIDED: Final = frozenset({ClaimState.SUBMITTED, ClaimState.IN_REVIEW, ClaimState.INFO_REQUESTED})
"""Claims that wait for the vendor's decision, whoever has to act next."""

DECISIONS: Final[Mapping[ClaimState, Decision]] = {
    ClaimState.SUBMITTED: Decision.CLAIMED,
    ClaimState.IN_REVIEW: Decision.CLAIMED,
    ClaimState.INFO_REQUESTED: Decision.CLAIMED,
    ClaimState.APPROVED: Decision.APPROVED,
    ClaimState.REJECTED: Decision.REJECTED,
    ClaimState.WITHDRAWN: Decision.REJECTED,
}
"""Whether the touch of a claim counts; a draft has none."""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What a partner writes down about a contribution."""

    card: UUID
    deal: UUID | None
    """A deal of its own, of the same customer."""
    motion: Motion
    kind: TouchKind
    occurred_on: date
    did: str = ""
    evidence_link: str = ""
    evidence: str = ""


def problems_of(facts: ClaimFacts, today: date) -> dict[str, str]:
    """What no claim may say, draft or not, by field."""
    problems: dict[str, str] = {}
    if facts.motion not in CLAIMABLE:
        problems["motion"] = _("Choose one of the values offered.")
    if facts.kind not in KINDS:
        problems["kind"] = _("Choose one of the values offered.")
    if facts.occurred_on > today:
        problems["occurred_on"] = _("A contribution lies in the past: give today or an earlier day.")
    if facts.evidence_link and not is_link(facts.evidence_link):
        problems["evidence_link"] = _("Give an address that begins with https://.")
    for name, longest in (("did", LONGEST_TEXT), ("evidence", LONGEST_TEXT), ("evidence_link", LONGEST_LINK)):
        if len(getattr(facts, name)) > longest:
            problems[name] = _("Write at most %(max_length)s characters.") % {"max_length": longest}
    return problems


def missing_of(facts: ClaimFacts, today: date, look_back_days: int) -> dict[str, str]:
    """What a claim still needs before it can be submitted, by field."""
    problems: dict[str, str] = {}
    if facts.occurred_on < first_day(today, look_back_days):
        problems["occurred_on"] = _("This is too long ago: claims reach back %(days)s days.") % {"days": look_back_days}
    if not facts.did:
        problems["did"] = _("Write what you did.")
    if not (facts.evidence_link or facts.evidence):
        problems["evidence"] = _("Give a link, or say who can confirm it and how.")
    return problems


def first_day(today: date, look_back_days: int) -> date:
    """The earliest day that can be claimed."""
    return today - timedelta(days=look_back_days)


def is_link(text: str) -> bool:
    """Whether this is an address that a person may open: https, with a host and without a name in it."""
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and " " not in text
    except ValueError:
        return False


STATE_LABELS: Final[Mapping[str, str]] = {
    ClaimState.DRAFT: N_("Draft"),
    ClaimState.SUBMITTED: N_("Submitted"),
    ClaimState.IN_REVIEW: N_("In review"),
    ClaimState.INFO_REQUESTED: N_("Info requested"),
    ClaimState.APPROVED: N_("Approved"),
    ClaimState.REJECTED: N_("Rejected"),
    ClaimState.WITHDRAWN: N_("Withdrawn"),
}
REJECT_LABELS: Final[Mapping[str, str]] = {
    RejectCode.NO_EVIDENCE: N_("The evidence does not show it"),
    RejectCode.NOT_RELATED: N_("It has nothing to do with our products"),
    RejectCode.COUNTED_ALREADY: N_("It is counted already"),
    RejectCode.WRONG_FACTS: N_("Customer, day or kind are not right"),
    RejectCode.OTHER: N_("Another reason"),
}
CLAIM_MOTIONS: Final = {motion.value: MOTION_LABELS[motion] for motion in CLAIMABLE}
CLAIM_KINDS: Final = {kind.value: TOUCH_KIND_LABELS[kind] for kind in KINDS}
NEXT: Final[Mapping[ClaimState, str]] = {
    ClaimState.DRAFT: N_("Only you see this. Submit it, and the vendor will look at it."),
    ClaimState.SUBMITTED: N_("The vendor will look at it. Until then it earns nothing."),
    ClaimState.IN_REVIEW: N_("The vendor is looking at it. Until it is approved it earns nothing."),
    ClaimState.INFO_REQUESTED: N_("The review stands still until you answer."),
    ClaimState.APPROVED: N_("It counts when credit is given for this customer's next purchases and renewals."),
    ClaimState.REJECTED: N_("It earns nothing. If you have better evidence, claim it anew."),
    ClaimState.WITHDRAWN: N_("It earns nothing. You can claim it anew."),
}
"""What happens next, as the partner reads it."""
