"""What can be read of contribution claims: one with its record, what waits, and what the vendor holds beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attribution.claims.policy import DEFAULT, KEY
from attribution.claims.rules import ClaimFacts, ClaimState
from attribution.claims.tables import Claim
from attribution.touchpoints.rules import Motion, TouchKind
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, all_of, row_of, rows_of
from portal.core.tenancy import visible, visible_sql
from portal.policies.queries import in_force

AROUND: Final = timedelta(days=30)
"""How far before and after the claimed day the vendor sees the customer's touches."""
MOST_AROUND: Final = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """The bounds of claims on a day, and the policy version that says so, if any does."""

    look_back_days: int
    open_claims: int
    version_id: UUID | None


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """All that the page of a claim shows to whoever may see it. What only the vendor knows is in `VendorSide`."""

    id: UUID
    version: int
    partner_id: UUID
    partner_name: str
    card_id: UUID
    customer_name: str
    deal_id: UUID | None
    deal_number: str
    motion: Motion
    kind: TouchKind
    occurred_on: date
    did: str
    evidence_link: str
    evidence: str
    state: ClaimState
    owner_name: str
    reviewer_name: str
    question: str
    answer: str
    reject_code: str
    decision_note: str
    submitted_at: datetime | None
    taken_at: datetime | None
    decided_at: datetime | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NearTouch:
    """A touch of the same customer around the claimed day."""

    id: UUID
    kind: TouchKind
    occurred_at: datetime
    partner_name: str
    """Empty for the vendor's own."""
    is_this: bool
    """Whether it is the claim's own touch."""


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """Another claim of a contact with the same customer on the same day."""

    id: UUID
    partner_name: str
    kind: TouchKind
    motion: Motion
    state: ClaimState


@dataclass(frozen=True, slots=True)
class VendorSide:
    """What the vendor sees beside a claim and its partner never does."""

    account_id: UUID | None
    account_name: str
    touches: tuple[NearTouch, ...]
    others: tuple[OtherClaim, ...]


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim that waits for this actor to act."""

    id: UUID
    customer_name: str
    partner_name: str
    kind: TouchKind
    state: ClaimState
    since: datetime


async def find_terms(actor: Actor, now: datetime) -> Terms:
    """What holds today; the product's own bounds while no version of the policy is in force."""
    found = await in_force(actor, KEY, clock.day_of(now, formats.time_zone().key))
    body = found.body if found else DEFAULT
    return Terms(body.look_back_days, body.open_claims, found.version_id if found else None)


async def get_claim(actor: Actor, claim_id: UUID, *, lock: bool = False) -> Claim:
    """The claim's own row, locked for a change if asked. Raises NotFound, also when it is not the actor's to see."""
    actor.require(Permission.CLAIMS_READ)
    query = Claim.objects().where(visible(Claim, actor), Claim.id == claim_id)
    claim = await (query.lock_rows("UPDATE") if lock else query).first()
    if claim is None:
        raise NotFound
    return claim


def _is_hidden(actor: Actor, state: str) -> bool:
    """A draft is its partner's alone."""
    return state == ClaimState.DRAFT and not actor.is_partner


def facts_of(claim: Claim) -> ClaimFacts:
    """What a stored claim says."""
    return ClaimFacts(
        claim.card, claim.deal, Motion(claim.motion), TouchKind(claim.kind), claim.occurred_on, claim.did,
        claim.evidence_link, claim.evidence,
    )  # fmt: skip


_NAME_OF: Final = (
    "coalesce((SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
    " WHERE m.id = {membership}), '')"
)


async def get_record(actor: Actor, claim_id: UUID) -> ClaimRecord:
    """The whole record, in one statement. Raises NotFound, also when it is not the actor's to see."""
    actor.require(Permission.CLAIMS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT c.id, c.version, c.partner_id, o.legal_name AS partner_name, c.card AS card_id, c.customer_name,"
            " c.deal AS deal_id, coalesce(d.number, '') AS deal_number, c.motion, c.kind, c.occurred_on, c.did,"
            f" c.evidence_link, c.evidence, c.state, {_NAME_OF.format(membership='c.owner')} AS owner_name,"
            f" {_NAME_OF.format(membership='c.reviewer')} AS reviewer_name, c.question, c.answer, c.reject_code,"
            " c.decision_note, c.submitted_at, c.taken_at, c.decided_at, c.created_at, c.changed_at"
            " FROM attribution_claim c JOIN partners_company o ON o.id = c.partner_id"
            f" LEFT JOIN partners_deal d ON d.id = c.deal WHERE {visible_sql(actor, 'c.partner_id')} AND c.id = $1",
            claim_id,
        )
    if row is None or _is_hidden(actor, row["state"]):
        raise NotFound
    words = {"motion": Motion(row["motion"]), "kind": TouchKind(row["kind"]), "state": ClaimState(row["state"])}
    return ClaimRecord(**row | words)


async def get_vendor_side(actor: Actor, record: ClaimRecord) -> VendorSide:
    """The account that the customer is, its touches around that day and other claims of it. Raises NotAllowed."""
    found: VendorSide = await db.ask_alone(actor, side_of(actor, record))
    return found


def side_of(actor: Actor, record: ClaimRecord) -> Question:
    """The question of `get_vendor_side`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    link = row_of(
        "SELECT a.id, a.legal_name FROM partners_card_link l JOIN partners_account a ON a.id = l.account"
        " WHERE l.card = $1",
        record.card_id, id=UUID,
    )  # fmt: skip
    others = rows_of(
        "SELECT c.id, o.legal_name AS partner_name, c.kind, c.motion, c.state FROM attribution_claim c"
        " JOIN partners_company o ON o.id = c.partner_id JOIN partners_card_link l ON l.card = c.card"
        " WHERE c.id <> $1 AND c.occurred_on = $2 AND c.state NOT IN ('draft', 'withdrawn')"
        f" AND l.account = any(partners_accounts_of({_ACCOUNT_OF.format(card='$3')})) ORDER BY c.submitted_at, c.id"
        " LIMIT $4",
        record.id, record.occurred_on, record.card_id, MOST_AROUND,
        id=UUID, kind=TouchKind, motion=Motion, state=ClaimState,
    ).then(lambda rows: tuple(OtherClaim(**row) for row in rows))  # fmt: skip
    return all_of(link, _touches_around(record), others).then(lambda found: _side(*found))


def _side(link: Mapping[str, Any] | None, touches: tuple[NearTouch, ...], others: tuple[OtherClaim, ...]) -> VendorSide:
    return VendorSide(link["id"], link["legal_name"], touches, others) if link else VendorSide(None, "", (), ())


_ACCOUNT_OF: Final = "(SELECT x.account FROM partners_card_link x WHERE x.card = {card})"


def _touches_around(record: ClaimRecord) -> Question:
    """Those of the card's account nearest to the claimed day, in the order of time."""
    day = clock.start_of(record.occurred_on, formats.time_zone().key)
    return rows_of(
        "SELECT t.id, t.kind, t.occurred_at, coalesce(o.legal_name, '') AS partner_name,"
        " t.source_system = 'tributary' AND t.source_id = $5 AS is_this FROM attribution_touchpoint t"
        " LEFT JOIN partners_company o ON o.id = t.partner"
        f" WHERE t.account = any(partners_accounts_of({_ACCOUNT_OF.format(card='$1')}))"
        " AND t.occurred_at >= $2 AND t.occurred_at < $3 ORDER BY abs(extract(epoch FROM t.occurred_at - $4)), t.id"
        " LIMIT $6",
        record.card_id, day - AROUND, day + AROUND, day, f"claim/{record.id}", MOST_AROUND,
        id=UUID, kind=TouchKind, occurred_at=datetime.fromisoformat,
    ).then(
        lambda rows: tuple(sorted((NearTouch(**row) for row in rows), key=lambda one: (one.occurred_at, one.id)))
    )  # fmt: skip


async def find_own_deal(actor: Actor, number: str) -> tuple[UUID, UUID] | None:
    """The actor's own deal of this number, with its card."""
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT id, card FROM partners_deal WHERE partner_id = $1 AND number = $2", actor.partner_id, number
        )
    return (row["id"], row["card"]) if row else None


# The portfolio as a list of its own: an OR over two tables could use no index.
_WAITS_FOR_VENDOR: Final = (
    "c.state IN ('submitted', 'in_review') AND (c.reviewer = $1 OR c.partner_id = any(array("
    "SELECT m.id FROM partners_company m WHERE m.manager = $1)))"
)
_WAITS_FOR_PARTNER: Final = "c.state = 'info_requested' AND c.partner_id = $1"


def _waits(actor: Actor) -> tuple[str, list[object]]:
    """The condition for what waits for this actor, and its parameters; nothing for who only reads."""
    if actor.may(Permission.CLAIMS_DECIDE) and not actor.is_partner:
        return _WAITS_FOR_VENDOR, [actor.membership_id]
    if actor.is_partner and actor.may(Permission.CLAIMS_WRITE):
        return _WAITS_FOR_PARTNER, [actor.partner_id]
    return "", []


def waiting_count(actor: Actor) -> Question | None:
    """How many claims wait for this actor: the number beside the entry in the navigation."""
    condition, values = _waits(actor)
    if not condition:
        return None
    seen = visible_sql(actor, "c.partner_id")
    return Question(f"SELECT count(*) FROM attribution_claim c WHERE {seen} AND {condition}", tuple(values))


async def list_waiting(actor: Actor, *, most: int = 6) -> list[WaitingClaim]:
    """Claims that wait for this actor, the longest waiting first: to decide in its portfolio, or to answer."""
    return await db.ask_alone(actor, waiting_of(actor, most=most)) or []


def waiting_of(actor: Actor, *, most: int = 6) -> Question | None:
    """The question of `list_waiting`, for asking beside others; None for who only reads."""
    condition, values = _waits(actor)
    if not condition:
        return None
    return rows_of(
        "SELECT c.id, c.customer_name, o.legal_name AS partner_name, c.kind, c.state, c.changed_at AS since"
        " FROM attribution_claim c JOIN partners_company o ON o.id = c.partner_id"
        f" WHERE {visible_sql(actor, 'c.partner_id')} AND {condition} ORDER BY since, c.id LIMIT $2",
        *values, most, id=UUID, kind=TouchKind, state=ClaimState, since=datetime.fromisoformat,
    ).then(lambda rows: [WaitingClaim(**row) for row in rows])  # fmt: skip
