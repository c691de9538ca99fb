"""The list of contribution claims, declared once for page, export and API."""

from typing import Final

from attribution.claims.rules import CLAIM_KINDS, CLAIM_MOTIONS, REJECT_LABELS, STATE_LABELS, ClaimState
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.web.lists import (
    Choice,
    Column,
    Filter,
    Kind,
    ListSpec,
    Search,
    Sort,
    State,
    Tab,
    own_rows,
    staff_only,
)

STATES: Final = {
    ClaimState.DRAFT.value: State(STATE_LABELS[ClaimState.DRAFT], "draft", "pencil"),
    ClaimState.SUBMITTED.value: State(STATE_LABELS[ClaimState.SUBMITTED], "us", "inbox"),
    ClaimState.IN_REVIEW.value: State(STATE_LABELS[ClaimState.IN_REVIEW], "us", "eye-search"),
    ClaimState.INFO_REQUESTED.value: State(STATE_LABELS[ClaimState.INFO_REQUESTED], "you", "message-question"),
    ClaimState.APPROVED.value: State(STATE_LABELS[ClaimState.APPROVED], "good", "circle-check"),
    ClaimState.REJECTED.value: State(STATE_LABELS[ClaimState.REJECTED], "bad", "circle-x"),
    ClaimState.WITHDRAWN.value: State(STATE_LABELS[ClaimState.WITHDRAWN], "draft", "arrow-back-up"),
}


def _visible(actor: Actor) -> str:
    """A partner's own; for the vendor all that was submitted."""
    return own_rows(actor) if actor.is_partner else "t.state <> 'draft'"


def _decides(actor: Actor) -> bool:
    return actor.may(Permission.CLAIMS_DECIDE) and not actor.is_partner


def _claims(actor: Actor) -> bool:
    return actor.is_partner and actor.may(Permission.CLAIMS_WRITE)


CLAIMS: Final = ListSpec(
    name="claims",
    title=N_("Contribution claims"),
    path="/claims",
    table="attribution_claim",
    joins="JOIN partners_company p ON p.id = t.partner_id LEFT JOIN partners_deal d ON d.id = t.deal",
    visible=_visible,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="t.customer_name"),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name", when=staff_only),
        Column(key="kind", label=N_("Kind of touch"), sql="t.kind", labels=CLAIM_KINDS),
        Column(key="motion", label=N_("What the partner did"), sql="t.motion", labels=CLAIM_MOTIONS),
        Column(key="occurred", label=N_("Day"), sql="t.occurred_on", kind=Kind.DATE),
        Column(key="state", label=N_("State"), sql="t.state", kind=Kind.STATE, states=STATES),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME),
        Column(key="deal", label=N_("Deal"), sql="d.number", in_table=False),
        Column(key="submitted", label=N_("Submitted"), sql="t.submitted_at", kind=Kind.DATETIME, in_table=False),
        Column(key="decided", label=N_("Decided"), sql="t.decided_at", kind=Kind.DATETIME, in_table=False),
        Column(
            key="reject_code", label=N_("Reason of the rejection"), sql="nullif(t.reject_code, '')",
            labels=REJECT_LABELS, in_table=False,
        ),
    ),
    sorts=(
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
        Sort(key="occurred", column="occurred_on", type="date", descending=True),
        Sort(key="customer", column="customer_name", type="text"),
    ),
    filters=(
        Filter(
            key="state", label=N_("State"), sql="t.state = {value}",
            choices=tuple(Choice(value=state.value, label=STATE_LABELS[state]) for state in ClaimState),
        ),
        Filter(
            key="motion", label=N_("What the partner did"), sql="t.motion = {value}",
            choices=tuple(Choice(value=value, label=label) for value, label in CLAIM_MOTIONS.items()),
        ),
        Filter(
            key="kind", label=N_("Kind of touch"), sql="t.kind = {value}",
            choices=tuple(Choice(value=value, label=label) for value, label in CLAIM_KINDS.items()),
        ),
        Filter(key="partner", label=N_("Partner"), sql="t.partner_id = {value}", type="uuid", when=staff_only),
    ),
    tabs=(
        Tab(
            key="waits", label=N_("Waits for me"), when=_decides, narrow=True,
            # The portfolio as a list of its own: an OR over two tables could use no index.
            sql="t.state IN ('submitted', 'in_review') AND (t.reviewer = {membership} OR t.partner_id = any(array("
            "SELECT c.id FROM partners_company c WHERE c.manager = {membership})))",
        ),
        Tab(
            key="answer", label=N_("Waits for me"), when=_claims,
            sql="t.state = 'info_requested' AND t.partner_id = {partner}",
        ),
        Tab(
            key="open", label=N_("Not decided"), when=staff_only, narrow=True,
            sql="t.state IN ('submitted', 'in_review', 'info_requested')",
        ),
        Tab(key="all", label=N_("All")),
    ),
    search=Search(column="t.search", placeholder=N_("Find by customer")),
    row_href="/claims/{id}",
)  # fmt: skip
