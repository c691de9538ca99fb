"""What follows from a claim: its touch on the vendor's side, as soon as the customer is known there."""

from typing import Final
from uuid import UUID

from attribution.claims.rules import DECISIONS, ClaimState
from attribution.touchpoints.rules import OWN_SYSTEM, DecidedBy, Motion, Told, TouchKind, fallback_of
from attribution.touchpoints.service import NewTouch, OwnTouch, decide_touchpoint, record_touchpoints
from portal.core import clock, db, formats
from portal.core.events import Recorded, reacts_to

LONGEST_EVIDENCE: Final = 500
_MOVES: Final = ("claim.submitted", "claim.approved", "claim.rejected", "claim.withdrawn")
"""After which a claim's touch may have to be made or decided anew."""


@reacts_to(*_MOVES)
async def keep_touch(event: Recorded) -> None:
    """Keep the touch of a submitted claim, and have it count as the claim stands now."""
    await _keep([event.subject_id])


@reacts_to("card.linked")
async def keep_touches_of_card(event: Recorded) -> None:
    """The customer is known now: the same for all claims that waited for it."""
    rows = await db.sql(
        "SELECT id FROM attribution_claim WHERE card = $1 AND submitted_at IS NOT NULL ORDER BY submitted_at, id",
        event.subject_id,
    )
    await _keep([row["id"] for row in rows])


async def _keep(claims: list[UUID]) -> None:
    """The touches of those claims that were submitted and whose customer is known; one each, made once."""
    # Before the rows are read: of two reactions at once the later one must see what is true then.
    for claim in sorted(claims):
        await db.lock_subject(f"touch of {claim}")
    rows = await db.sql(
        "SELECT c.id, c.partner_id, c.motion, c.kind, c.occurred_on, c.state, c.evidence_link, c.evidence, c.owner,"
        " c.reviewer, c.decision_note, l.account FROM attribution_claim c JOIN partners_card_link l ON l.card = c.card"
        " WHERE c.id = any($1::uuid[]) AND c.submitted_at IS NOT NULL ORDER BY c.submitted_at, c.id",
        claims,
    )
    now, zone = clock.now(), formats.time_zone().key
    for row in rows:
        kind = TouchKind(row["kind"])
        touch = NewTouch(
            source_id=f"claim/{row['id']}",
            occurred_at=clock.start_of(row["occurred_on"], zone),
            precision="day",
            kind=kind,
            source=Told(fallback=fallback_of(kind, by_partner=True)),
            motion=Motion(row["motion"]),
            evidence=(row["evidence_link"] or row["evidence"])[:LONGEST_EVIDENCE],
        )
        own = OwnTouch(touch, account=row["account"], partner=row["partner_id"])
        [kept] = await record_touchpoints([own], source_system=OWN_SYSTEM, now=now)
        await decide_touchpoint(
            kept, DECISIONS[ClaimState(row["state"])], reason=DecidedBy.CLAIM, note=row["decision_note"],
            decided_by=row["reviewer"] or row["owner"], now=now,
        )  # fmt: skip
