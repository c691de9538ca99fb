"""Touches that the product itself tells: a registered deal is a contact with its customer. See the documents."""

from collections.abc import Mapping
from typing import Final

from attribution.touchpoints.rules import OWN_SYSTEM, DecidedBy, Decision, Motion, Told, TouchKind, fallback_of
from attribution.touchpoints.service import NewTouch, OwnTouch, decide_touchpoint, record_touchpoints
from partners.deals.states import DealRole, DealState
from portal.core import clock, db
from portal.core.events import Recorded, reacts_to

CARD_VISITOR: Final = "card:"
"""What the visitor of a touch begins with while its customer is known as a partner's card only."""
_MOTIONS: Final[Mapping[DealRole, Motion]] = {
    DealRole.SELL: Motion.SELL,
    DealRole.CO_SELL: Motion.SELL,
    DealRole.INFLUENCE: Motion.INFLUENCE,
    DealRole.BUILD: Motion.BUILD,
    DealRole.SERVICE: Motion.SERVICE,
    DealRole.MANAGE: Motion.MANAGE,
}
_DECISIONS: Final[Mapping[DealState, Decision]] = {
    DealState.SUBMITTED: Decision.CLAIMED,
    DealState.IN_REVIEW: Decision.CLAIMED,
    DealState.INFO_REQUESTED: Decision.CLAIMED,
    DealState.APPROVED: Decision.APPROVED,
    DealState.EXPIRED: Decision.APPROVED,
    DealState.REVOKED: Decision.APPROVED,
    DealState.REJECTED: Decision.REJECTED,
    DealState.WITHDRAWN: Decision.REJECTED,
}
"""A registration is the partner's own word: its touch counts as soon as the vendor has approved it."""


@reacts_to("deal.submitted", "deal.approved", "deal.rejected", "deal.withdrawn")
async def keep_registration(event: Recorded) -> None:
    """Keep the touch of a deal that was submitted here, and have it count as its registration stands now.

    Deals that another system brought were submitted there: their touches come by import.
    """
    # Before the row is read: of two reactions at once the later one must see what is true then.
    await db.lock_subject(f"touch of {event.subject_id}")
    deal = await db.sql_one(
        "SELECT d.partner_id, d.role, d.state, d.number, d.submitted_at, d.registered_by, d.reviewer, d.card,"
        " l.account FROM partners_deal d LEFT JOIN partners_card_link l ON l.card = d.card WHERE d.id = $1"
        " AND EXISTS (SELECT FROM core_event e WHERE e.subject_id = d.id AND e.name = 'deal.submitted')",
        event.subject_id,
    )
    if deal is None:
        return
    touch = NewTouch(
        source_id=f"deal/{event.subject_id}",
        occurred_at=deal["submitted_at"],
        precision="second",
        kind=TouchKind.REGISTRATION,
        source=Told(fallback=fallback_of(TouchKind.REGISTRATION, by_partner=True)),
        visitor="" if deal["account"] else f"{CARD_VISITOR}{deal['card']}",
        motion=_MOTIONS[DealRole(deal["role"])],
        evidence=deal["number"],
    )
    now = clock.now()
    own = OwnTouch(touch, account=deal["account"], partner=deal["partner_id"])
    [kept] = await record_touchpoints([own], source_system=OWN_SYSTEM, now=now)
    await decide_touchpoint(
        kept, _DECISIONS[DealState(deal["state"])], reason=DecidedBy.REGISTRATION,
        decided_by=deal["reviewer"] or deal["registered_by"], now=now,
    )  # fmt: skip
