"""What follows from a claim: its touch, as soon as its customer is known, and notices to who has to act or to know."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from attribution.claims.rules import CLAIM_KINDS, DECISIONS, NEXT, REJECT_LABELS, ClaimState
from attribution.touchpoints.rules import OWN_SYSTEM, DecidedBy, Motion, Told, TouchKind, fallback_of
from attribution.touchpoints.service import NewTouch, OwnTouch, decide_touchpoint, record_touchpoints
from portal.core import clock, db, formats
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.kinds import notice_kind
from portal.notices.service import tell

LONGEST_EVIDENCE: Final = 500
_MOVES: Final = ("claim.submitted", "claim.approved", "claim.rejected", "claim.withdrawn")
"""After which a claim's touch may have to be made or decided anew."""
_TO_OWNER: Final = {
    "claim.asked": N_("A question about %(customer)s"),
    "claim.approved": N_("Approved: your contribution to %(customer)s"),
    "claim.rejected": N_("Rejected: your contribution to %(customer)s"),
}
_TO_MANAGER: Final = {
    "claim.submitted": N_("%(partner)s claims a contribution to %(customer)s"),
    "claim.answered": N_("%(partner)s answered about %(customer)s"),
}


_CLAIMS: Final = N_("Contributions")
WAITING: Final = notice_kind(
    "claim_waiting", N_("A contribution waits for your decision"), Permission.CLAIMS_DECIDE, group=_CLAIMS,
    icon="hand-stop", asks=True,
)  # fmt: skip
QUESTION: Final = notice_kind(
    "claim_question", N_("The vendor asks about your contribution"), Permission.CLAIMS_WRITE, group=_CLAIMS,
    icon="message-question", asks=True,
)  # fmt: skip
DECIDED: Final = notice_kind(
    "claim_decided", N_("Your contribution was decided"), Permission.CLAIMS_WRITE, group=_CLAIMS, icon="gavel"
)
_KIND_OF: Final = {"claim.asked": QUESTION, "claim.approved": DECIDED, "claim.rejected": DECIDED}


@dataclass(frozen=True, slots=True)
class _Told:
    """What a notice says of a claim: what the partner itself wrote, and what was said to it; who reads it."""

    customer: str
    partner: str
    kind: str
    occurred_on: date
    question: str
    answer: str
    reject_code: str
    decision_note: str
    owner: UUID
    manager: UUID | None


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


@reacts_to(*_TO_OWNER)
async def tell_owner(event: Recorded) -> None:
    """Tell the partner's person whose claim it is: there is a question, or a decision."""
    told = await _read(event.subject_id)
    if told is not None:
        await _write(event, told, told.owner, _TO_OWNER[event.name])


@reacts_to(*_TO_MANAGER)
async def tell_manager(event: Recorded) -> None:
    """Tell the partner's manager: a claim came in, or an answer."""
    told = await _read(event.subject_id)
    if told is not None and told.manager is not None:
        await _write(event, told, told.manager, _TO_MANAGER[event.name])


async def _read(claim_id: UUID) -> _Told | None:
    row = await db.sql_one(
        "SELECT c.customer_name AS customer, o.legal_name AS partner, c.kind, c.occurred_on, c.question, c.answer,"
        " c.reject_code, c.decision_note, c.owner, o.manager FROM attribution_claim c"
        " JOIN partners_company o ON o.id = c.partner_id WHERE c.id = $1",
        claim_id,
    )
    return _Told(**row) if row else None


async def _write(event: Recorded, told: _Told, membership_id: UUID, subject: str) -> None:
    """One notice."""

    def compose() -> tuple[str, list[str]]:
        heading = _("%(kind)s, %(customer)s, on %(day)s") % {
            "kind": _(CLAIM_KINDS[told.kind]),
            "customer": told.customer,
            "day": formats.date(told.occurred_on),
        }
        title = _(subject) % {"customer": told.customer, "partner": told.partner}
        return title, [heading, *_body(event.name, told)]

    kind = _KIND_OF.get(event.name, WAITING)
    await tell(event, membership_id, f"/claims/{event.subject_id}", compose, kind=kind)


def _body(name: str, told: _Told) -> list[str]:
    """The sentences of the notice, in the current language."""
    match name:
        case "claim.asked":
            return [_("The vendor asks:"), told.question, _("The review goes on when you have answered.")]
        case "claim.approved":
            return [told.decision_note, _(NEXT[ClaimState.APPROVED])]
        case "claim.rejected":
            reason = _("Reason: %(reason)s") % {"reason": _(REJECT_LABELS[told.reject_code])}
            return [reason, told.decision_note, _(NEXT[ClaimState.REJECTED])]
        case "claim.answered":
            return [_("The answer:"), told.answer]
        case _:
            return [_("It waits for your review.")]
