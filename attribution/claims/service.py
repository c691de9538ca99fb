"""What can be done about contribution claims: write a draft, change it, and move it by its flow."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from attribution.claims import queries, rules
from attribution.claims.rules import FLOW, ClaimFacts, ClaimState, RejectCode
from attribution.claims.tables import Claim
from partners.companies.queries import get_company
from partners.companies.rules import CompanyStatus
from partners.customers import queries as customers
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.events import record
from portal.core.flow import LONGEST_NOTE, needed_words
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.identity.handover import hands_over

CLAIM: Final = "claim"


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a move: words, and the code of a rejection."""

    note: str = ""
    code: str = ""


NOTHING: Final = Said()


async def create_draft(actor: Actor, facts: ClaimFacts, *, now: datetime) -> UUID:
    """A draft of the actor's partner. Raises NotAllowed, NotFound for a card unseen, Invalid."""
    actor.require(Permission.CLAIMS_WRITE)
    if actor.partner_id is None:
        raise NotAllowed(_("Only partners claim contributions."), code="permission")
    _refuse(rules.problems_of(facts, _today(now)))
    async with db.transaction(actor):
        claim = Claim(
            id=new_id(),
            partner_id=actor.partner_id,
            owner=actor.membership_id,
            customer_name=await _customer(actor, facts),
            created_at=now,
            changed_at=now,
            **asdict(facts),
        )
        claim.search = _search_text(claim)
        await claim.save()
        await _record(actor, claim, "claim.drafted", {"state": [None, ClaimState.DRAFT]}, "", now)
    return claim.id


async def submit_new(actor: Actor, facts: ClaimFacts, *, now: datetime) -> UUID:
    """Draft and submit at once. Raises what either raises; nothing is kept then."""
    async with db.transaction(actor):
        claim_id = await create_draft(actor, facts, now=now)
        await move_claim(actor, claim_id, "submit", now=now)
    return claim_id


async def edit_claim(
    actor: Actor, claim_id: UUID, facts: ClaimFacts, *, now: datetime, version: int | None = None
) -> None:
    """Make a draft say this.

    Raises NotFound, NotAllowed, Invalid, and Conflict once it was submitted or for a version that is not the editor's.
    """
    actor.require(Permission.CLAIMS_WRITE)
    async with db.transaction(actor):
        claim = await _claim_to_change(actor, claim_id)
        _check_version(claim, version)
        if claim.state != ClaimState.DRAFT:
            raise Conflict(
                _("What was submitted stays as it is. Answer the vendor's question, or withdraw it and claim anew."),
                code="locked",
            )
        _refuse(rules.problems_of(facts, _today(now)))
        name = await _customer(actor, facts)
        before = {field: getattr(claim, field) for field in asdict(facts)}
        changes = {field: [before[field], value] for field, value in asdict(facts).items() if before[field] != value}
        if not changes:
            return
        for field, value in asdict(facts).items():
            setattr(claim, field, value)
        claim.customer_name = name
        claim.search = _search_text(claim)
        await _save(claim, now)
        await _record(actor, claim, "claim.edited", changes, "", now)


async def move_claim(
    actor: Actor, claim_id: UUID, verb: str, *, now: datetime, said: Said = NOTHING, version: int | None = None
) -> Claim:
    """Whatever `FLOW` allows from where the claim stands.

    Raises NotFound, NotAllowed, Conflict from a wrong state or version or by a rule, Invalid when words are missing.
    """
    async with db.transaction(actor):
        claim = await _claim_to_change(actor, claim_id)
        move = FLOW.move(ClaimState(claim.state), verb, actor)
        _check_version(claim, version)
        before = claim.state
        await _EFFECTS[verb](actor, claim, said, now)
        claim.state = move.target
        await _save(claim, now)
        changes: dict[str, Any] = {"state": [before, claim.state]}
        if move.target == ClaimState.REJECTED:
            changes["reject_code"] = ["", claim.reject_code]
        await _record(actor, claim, move.event, changes, said.note.strip()[:LONGEST_NOTE], now)
    return claim


@hands_over("claims")
async def hand_over_claims(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """Give the leaver's claims that are not decided to the successor, and its reviews; how many. Each says so."""
    rows = await db.sql(
        "UPDATE attribution_claim SET owner = CASE WHEN owner = $1 THEN $2 ELSE owner END,"
        " reviewer = CASE WHEN reviewer = $1 THEN $2 ELSE reviewer END, changed_at = $3, version = version + 1"
        " WHERE (owner = $1 AND state IN ('draft', 'submitted', 'in_review', 'info_requested'))"
        " OR (reviewer = $1 AND state IN ('in_review', 'info_requested')) RETURNING id, partner_id",
        leaver, successor, now,
    )  # fmt: skip
    for row in rows:
        await record(
            actor, "claim.handed_over", CLAIM, row["id"], partner_id=row["partner_id"],
            changes={"membership": [str(leaver), str(successor)]}, now=now,
        )  # fmt: skip
    return len(rows)


async def _submit(actor: Actor, claim: Claim, _said: Said, now: datetime) -> None:
    company = await get_company(actor, claim.partner_id)
    if company["status"] != CompanyStatus.ACTIVE:
        message = _("Your company is not active in the programme, so nothing can be submitted.")
        raise Conflict(message, code="inactive")
    terms = await queries.find_terms(actor, now)
    _refuse(rules.missing_of(queries.facts_of(claim), _today(now), terms.look_back_days))
    await db.lock_subject(f"open claims of {claim.partner_id}")
    waiting = await db.sql_value(
        "SELECT count(*) FROM attribution_claim WHERE partner_id = $1"
        " AND state IN ('submitted', 'in_review', 'info_requested')",
        claim.partner_id,
    )
    if waiting >= terms.open_claims:
        raise Conflict(
            _("%(count)s of your claims wait for a decision, and more cannot wait at once. Submit this one later.")
            % {"count": waiting},
            code="limit",
        )
    claim.submitted_at, claim.policy_version = now, terms.version_id


async def _answer(_actor: Actor, claim: Claim, said: Said, _now: datetime) -> None:
    claim.answer = needed_words(said.note)


async def _take(actor: Actor, claim: Claim, _said: Said, now: datetime) -> None:
    claim.reviewer, claim.taken_at = actor.membership_id, now


async def _ask(actor: Actor, claim: Claim, said: Said, _now: datetime) -> None:
    claim.reviewer = actor.membership_id
    claim.question, claim.answer = needed_words(said.note), ""


async def _approve(actor: Actor, claim: Claim, said: Said, now: datetime) -> None:
    if not await db.sql_value("SELECT EXISTS (SELECT FROM partners_card_link WHERE card = $1)", claim.card):
        raise Conflict(_("Say first which account this customer is, so that the contribution counts."), code="unlinked")
    claim.reviewer, claim.decided_at = actor.membership_id, now
    claim.decision_note = said.note.strip()[:LONGEST_NOTE]


async def _reject(actor: Actor, claim: Claim, said: Said, now: datetime) -> None:
    if said.code not in list(RejectCode):
        raise Invalid({"code": _("Choose a reason.")})
    claim.reject_code = str(said.code)
    claim.reviewer, claim.decided_at = actor.membership_id, now
    claim.decision_note = needed_words(said.note)


async def _withdraw(_actor: Actor, _claim: Claim, _said: Said, _now: datetime) -> None:
    """Nothing but the state changes."""


_Effect = Callable[[Actor, Claim, Said, datetime], Awaitable[None]]
_EFFECTS: Final[dict[str, _Effect]] = {
    "submit": _submit,
    "answer": _answer,
    "take": _take,
    "ask": _ask,
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
}


def _refuse(problems: dict[str, str]) -> None:
    """Raise Invalid when there is a problem."""
    if problems:
        raise Invalid(problems)


def _today(now: datetime) -> Any:
    return clock.day_of(now, formats.time_zone().key)


async def _customer(actor: Actor, facts: ClaimFacts) -> str:
    """The name of the card, which is the partner's own, as is the deal. Raises NotFound, NotAllowed, Invalid."""
    card = await customers.get_card(actor, facts.card)
    if card.partner_id != actor.partner_id:
        raise NotAllowed(_("This customer belongs to another company; you can read it."), code="other_company")
    if facts.deal is not None:
        deal_card = await db.sql_value(
            "SELECT card FROM partners_deal WHERE id = $1 AND partner_id = $2", facts.deal, actor.partner_id
        )
        if deal_card is None:
            raise Invalid({"deal_number": _("You have no deal of this number.")})
        if deal_card != facts.card:
            raise Invalid({"deal_number": _("This deal is with another customer.")})
    return card.facts.legal_name


async def _claim_to_change(actor: Actor, claim_id: UUID) -> Claim:
    """The claim, locked. Raises NotFound when unseen, NotAllowed when it is another company's."""
    claim = await queries.get_claim(actor, claim_id, lock=True)
    if actor.is_partner and actor.partner_id != claim.partner_id:
        raise NotAllowed(_("This claim belongs to another company; you can read it."), code="other_company")
    return claim


def _check_version(claim: Claim, version: int | None) -> None:
    """Raise Conflict when the editor looked at an older version than there is now."""
    if version is not None and version != claim.version:
        message = _("This has moved on since you opened it. Look again and decide anew.")
        raise Conflict(message, code="version")


def _search_text(claim: Claim) -> str:
    return fold(claim.customer_name)[:500]


async def _save(claim: Claim, now: datetime) -> None:
    claim.changed_at = now
    claim.version += 1
    await claim.save()


async def _record(actor: Actor, claim: Claim, name: str, changes: dict[str, Any], note: str, now: datetime) -> None:
    await record(actor, name, CLAIM, claim.id, partner_id=claim.partner_id, changes=changes, note=note, now=now)


def available_moves(state: ClaimState, partner_id: UUID, actor: Actor) -> Sequence[Any]:
    """The moves that this actor has here: what its page draws as buttons."""
    if actor.is_partner and actor.partner_id != partner_id:
        return []
    return FLOW.available(state, actor)
