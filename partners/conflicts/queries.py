"""What can be read about conflicts: one with its claims and decisions, what waits, and what a deal is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from partners.conflicts import rules
from partners.conflicts.policy import DEFAULT, KEY, ConflictRules
from partners.conflicts.rules import AwardState, Claim, ClaimKind, ConflictState, Fate, Ground, Parts, Proposal, Result
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, all_of, row_of, rows_of
from portal.policies.queries import holds_on

_NAME_OF: Final = (
    "coalesce((SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
    " WHERE m.id = {membership}), '')"
)


@dataclass(frozen=True, slots=True)
class Group:
    """A product group by its names in both languages."""

    id: UUID
    name: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One who claims the customer, with the evidence that was kept and how it stands now."""

    id: UUID
    kind: ClaimKind
    subject: UUID
    partner_id: UUID | None
    partner_name: str
    label: str
    role: str
    groups: tuple[UUID, ...]
    owner_id: UUID
    owner_name: str
    amount: Money
    stood: str
    state: str
    """The deal's state or the opportunity's stage now."""
    is_won: bool
    """Whether its sale is won."""
    claimed_at: datetime
    first_touch: UUID | None
    first_touch_at: datetime | None
    touch_days: tuple[date, ...]
    of_record: UUID | None
    of_record_until: date | None
    protected_until: datetime | None
    result: Result
    left_reason: str
    part_percent: int | None

    @property
    def is_direct(self) -> bool:
        """Whether it is the vendor's own sale."""
        return self.kind == ClaimKind.OPPORTUNITY

    @property
    def fate(self) -> Fate:
        """What becomes of it when it is decided against."""
        return rules.fate_of(self.kind, self.state, is_won=self.is_won)

    def as_claim(self) -> Claim:
        """What the rules ask."""
        return Claim(
            self.id, self.partner_id, self.kind, frozenset(self.groups), self.claimed_at,
            clock.day_of(self.claimed_at, formats.time_zone().key), self.touch_days, self.of_record is not None,
            self.protected_until,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as it was made."""

    number: int
    winner: UUID
    ground: Ground
    proposed: UUID | None
    proposed_rule: str
    note: str
    words: str
    own_words: Mapping[UUID, str]
    """By claim: what this one reads instead."""
    decided_by: UUID
    decided_by_name: str
    agreed_by: UUID | None
    """The second person, where an approval ended by it."""
    agreed_by_name: str
    decided_at: datetime
    policy_version: UUID | None


@dataclass(frozen=True, slots=True)
class AwardView:
    """A decision that was put to a second person, as it was asked, and what became of it."""

    id: UUID
    number: int
    """Which decision it would be."""
    state: AwardState
    winner: UUID
    ground: Ground
    note: str
    words: str
    own_words: Mapping[UUID, str]
    parts: Parts | None
    proposed: UUID | None
    proposed_rule: str
    policy_version: UUID | None
    content_sha256: str
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    request_id: UUID | None
    """While it waits."""
    decided_by_name: str
    decided_at: datetime | None
    decision_note: str


@dataclass(frozen=True, slots=True)
class Room:
    """All that the room of a conflict shows."""

    id: UUID
    version: int
    account_id: UUID
    account_name: str
    groups: tuple[Group, ...]
    state: ConflictState
    chosen: UUID | None
    choice_words: str
    choice_evidence: str
    chosen_by_name: str
    chosen_at: datetime | None
    winner: UUID | None
    ground: str
    found_at: datetime
    decided_at: datetime | None
    appealed_at: datetime | None
    closed_at: datetime | None
    close_reason: str
    merge_waits: bool
    """Whether it is about two accounts whose merge waits for the decision."""
    claims: tuple[ClaimView, ...]
    decisions: tuple[DecisionView, ...]
    award: AwardView | None
    """What was put to a second person last."""

    @property
    def asked(self) -> AwardView | None:
        """What waits for a second person: nothing else is decided meanwhile."""
        return self.award if self.award is not None and self.award.state == AwardState.PENDING else None

    @property
    def unanswered(self) -> AwardView | None:
        """What a second person did not agree to, until something is asked or decided anew."""
        award = self.award
        said_no = award is not None and award.state not in {AwardState.PENDING, AwardState.AGREED}
        return award if said_no and award is not None and award.number > len(self.decisions) else None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has to decide."""
        return self.state in {ConflictState.OPEN, ConflictState.APPEALED}

    @property
    def waiting(self) -> tuple[ClaimView, ...]:
        """Those among whom is to be decided."""
        return tuple(claim for claim in self.claims if claim.result == Result.WAITING)

    def claim(self, claim_id: UUID | None) -> ClaimView | None:
        """One of the claims."""
        return next((claim for claim in self.claims if claim.id == claim_id), None)


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules that propose today, and the policy's version that says so, if one does."""

    document: ConflictRules
    version_id: UUID | None
    number: int | None


_AWARD_OF: Final = (
    "(SELECT jsonb_build_object('id', w.id, 'number', w.number, 'state', w.state, 'winner', w.winner,"
    " 'ground', w.ground, 'note', w.note, 'words', w.words, 'own_words', w.own_words, 'joining', w.joining,"
    " 'lead_percent', w.lead_percent, 'joining_percent', w.joining_percent, 'proposed', w.proposed,"
    " 'proposed_rule', w.proposed_rule, 'policy_version', w.policy_version, 'content_sha256', w.content_sha256,"
    f" 'requested_by', w.requested_by, 'requested_by_name', {_NAME_OF.format(membership='w.requested_by')},"
    " 'requested_at', w.requested_at, 'request_id', (SELECT q.id FROM approvals_request q WHERE"
    " q.subject_id = w.conflict AND q.verb = 'award' AND q.decision = 'pending' AND w.state = 'pending'),"
    f" 'decided_by_name', {_NAME_OF.format(membership='w.decided_by')}, 'decided_at', w.decided_at,"
    " 'decision_note', w.decision_note) FROM partners_conflict_award w WHERE w.conflict = c.id"
    " ORDER BY w.state = 'pending' DESC, w.requested_at DESC, w.id DESC LIMIT 1)"
)
"""What was put to a second person about the conflict `c` last, as JSON."""


async def find_rules(actor: Actor, now: datetime) -> RulesInForce:
    """What holds today; the product's own rules while no version of the policy is in force."""
    found: RulesInForce = await db.ask_alone(actor, rules_of(now))
    return found


def rules_of(now: datetime) -> Question:
    """The question of `find_rules`, for asking beside others."""
    return holds_on(KEY, clock.day_of(now, formats.time_zone().key)).then(
        lambda found: RulesInForce(found.body, found.version_id, found.number) if found
        else RulesInForce(DEFAULT, None, None)
    )  # fmt: skip


def proposal_of(room: Room, document: ConflictRules, now: datetime) -> Proposal:
    """What the rules say of those who wait."""
    return rules.propose([one.as_claim() for one in room.waiting], document.asked(), room.chosen, now)


async def get_room(actor: Actor, conflict_id: UUID) -> Room:
    """The conflict with everything beside it, in one statement. Raises NotFound, NotAllowed."""
    found: Room | None = await db.ask_alone(actor, room_of(actor, conflict_id))
    if found is None:
        raise NotFound
    return found


def room_of(actor: Actor, conflict_id: UUID) -> Question:
    """The question of `get_room`, for asking beside others: None for one that is not there. Raises NotAllowed."""
    actor.require(Permission.CONFLICTS_READ)
    return all_of(_head_of(conflict_id), _claims_of(conflict_id), _decisions_of(conflict_id)).then(
        lambda found: None if found[0] is None else _room(*found)
    )


def _head_of(conflict_id: UUID) -> Question:
    return row_of(
        "SELECT c.id, c.version, partners_canonical_account(c.account) AS account_id, a.legal_name AS account_name,"
        " c.state, c.chosen, c.choice_words, c.choice_evidence,"
        f" {_NAME_OF.format(membership='c.chosen_by')} AS chosen_by_name, c.chosen_at, c.winner, c.ground,"
        " c.found_at, c.decided_at, c.appealed_at, c.closed_at, c.close_reason,"
        " EXISTS (SELECT FROM partners_merge_request r WHERE r.state = 'waiting' AND partners_canonical_account("
        "c.account) IN (partners_canonical_account(r.account), partners_canonical_account(r.merged_into)))"
        f" AS merge_waits, {_AWARD_OF} AS award,"
        " array(SELECT g.id FROM partners_product_group g WHERE g.id = any(c.product_groups) ORDER BY g.name)"
        " AS group_ids, array(SELECT g.name FROM partners_product_group g WHERE g.id = any(c.product_groups)"
        " ORDER BY g.name) AS group_names, array(SELECT g.name_zh FROM partners_product_group g"
        " WHERE g.id = any(c.product_groups) ORDER BY g.name) AS group_names_zh FROM partners_conflict c"
        " JOIN partners_account a ON a.id = partners_canonical_account(c.account) WHERE c.id = $1",
        conflict_id,
        **dict.fromkeys(("id", "account_id", "chosen", "winner"), UUID),
        **dict.fromkeys(("chosen_at", "found_at", "decided_at", "appealed_at", "closed_at"), datetime.fromisoformat),
    )


def _decisions_of(conflict_id: UUID) -> Question:
    return rows_of(
        "SELECT d.number, d.winner, d.ground, d.proposed, d.proposed_rule, d.note, d.words, d.own_words,"
        f" d.decided_by, {_NAME_OF.format(membership='d.decided_by')} AS decided_by_name, d.agreed_by,"
        f" {_NAME_OF.format(membership='d.agreed_by')} AS agreed_by_name, d.decided_at, d.policy_version"
        " FROM partners_conflict_decision d WHERE d.conflict = $1 ORDER BY d.number",
        conflict_id,
        ground=Ground,
        decided_at=datetime.fromisoformat,
        **dict.fromkeys(("winner", "proposed", "decided_by", "agreed_by", "policy_version"), UUID),
    ).then(lambda rows: tuple(DecisionView(**row | {"own_words": _by_claim(row["own_words"])}) for row in rows))


def _room(row: dict[str, Any], claims: tuple[ClaimView, ...], decisions: tuple[DecisionView, ...]) -> Room:
    names = zip(row.pop("group_ids"), row.pop("group_names"), row.pop("group_names_zh"), strict=True)
    return Room(
        **row | {"state": ConflictState(row["state"]), "award": _award(row["award"])},
        groups=tuple(Group(UUID(group), name, name_zh) for group, name, name_zh in names),
        claims=claims,
        decisions=decisions,
    )


def _award(row: dict[str, Any] | None) -> AwardView | None:
    """The row of `_AWARD_OF`, read from JSON."""
    if row is None:
        return None
    joining, lead, other = row.pop("joining"), row.pop("lead_percent"), row.pop("joining_percent")
    for name in ("id", "winner", "proposed", "policy_version", "requested_by", "request_id"):
        row[name] = row[name] and UUID(row[name])
    for name in ("requested_at", "decided_at"):
        row[name] = row[name] and datetime.fromisoformat(row[name])
    row |= {"state": AwardState(row["state"]), "ground": Ground(row["ground"])}
    parts = Parts(row["winner"], UUID(joining), lead, other) if joining else None
    return AwardView(**row | {"own_words": _by_claim(row["own_words"]), "parts": parts})


def _by_claim(words: Mapping[str, str]) -> dict[UUID, str]:
    return {UUID(claim): said for claim, said in words.items()}


def _claims_of(conflict_id: UUID) -> Question:
    return rows_of(
        "SELECT k.id, k.kind, k.subject, k.partner_id, coalesce(p.legal_name, '') AS partner_name, k.label, k.role,"
        f" k.product_groups, k.owner AS owner_id, {_NAME_OF.format(membership='k.owner')} AS owner_name,"
        " k.amount_minor, k.currency, k.stood, coalesce(d.state, o.stage) AS state,"
        " coalesce(d.stage, o.stage) = 'won' AS is_won, k.claimed_at, k.first_touch,"
        " k.first_touch_at, k.touch_days, k.of_record, k.of_record_until, k.protected_until, k.result, k.left_reason,"
        " k.part_percent FROM partners_conflict_claim k LEFT JOIN partners_company p ON p.id = k.partner_id"
        " LEFT JOIN partners_deal d ON d.id = k.subject AND k.kind = 'registration'"
        " LEFT JOIN partners_opportunity o ON o.id = k.subject AND k.kind = 'opportunity'"
        " WHERE k.conflict = $1 ORDER BY k.claimed_at, k.id",
        conflict_id,
        kind=ClaimKind,
        result=Result,
        of_record_until=date.fromisoformat,
        **dict.fromkeys(("id", "subject", "partner_id", "owner_id", "first_touch", "of_record"), UUID),
        **dict.fromkeys(("claimed_at", "first_touch_at", "protected_until"), datetime.fromisoformat),
    ).then(lambda rows: tuple(_claim(row) for row in rows))


def _claim(row: dict[str, Any]) -> ClaimView:
    amount = Money(row.pop("amount_minor"), row.pop("currency"))
    groups = tuple(UUID(group) for group in row.pop("product_groups"))
    days = tuple(date.fromisoformat(day) for day in row.pop("touch_days"))
    return ClaimView(**row, amount=amount, groups=groups, touch_days=days)


@dataclass(frozen=True, slots=True)
class OfDeal:
    """A conflict that a deal is or was in."""

    id: UUID
    state: ConflictState
    result: Result
    others: int
    decided_at: datetime | None


def conflict_of(actor: Actor, deal_id: UUID) -> Question | None:
    """The conflict that a deal came into last: `OfDeal` or None; nothing to ask for who may not read conflicts."""
    if actor.is_partner or not actor.may(Permission.CONFLICTS_READ):
        return None
    return row_of(
        "SELECT c.id, c.state, k.result, c.decided_at, (SELECT count(*) FROM partners_conflict_claim o"
        " WHERE o.conflict = c.id AND o.id <> k.id AND o.result <> 'left') AS others"
        " FROM partners_conflict_claim k JOIN partners_conflict c ON c.id = k.conflict"
        " WHERE k.kind = 'registration' AND k.subject = $1 ORDER BY k.result = 'waiting' DESC, k.joined_at DESC,"
        " c.found_at DESC LIMIT 1",
        deal_id, id=UUID, state=ConflictState, result=Result, decided_at=datetime.fromisoformat,
    ).then(lambda row: None if row is None else OfDeal(**row))  # fmt: skip


UNASKED: Final = "NOT EXISTS (SELECT FROM partners_conflict_award w WHERE w.conflict = t.id AND w.state = 'pending')"
"""SQL over a conflict `t`: whether no second person is asked about it; who is, finds it among the approvals."""
MINE: Final = (
    "EXISTS (SELECT FROM partners_conflict_claim k LEFT JOIN partners_company m ON m.id = k.partner_id"
    " WHERE k.conflict = t.id AND (m.manager = {membership} OR k.kind = 'opportunity' AND k.owner = {membership}))"
)
"""SQL over a conflict `t`: whether it is about a partner of this person's portfolio, or a sale of its own."""


def waiting_count(actor: Actor) -> Question | None:
    """How many conflicts of its portfolio wait for this actor to decide: the number in the navigation."""
    if actor.is_partner or not actor.may(Permission.DEALS_DECIDE):
        return None
    mine = MINE.format(membership="$1")
    return Question(
        f"SELECT count(*) FROM partners_conflict t WHERE t.state IN ('open', 'appealed') AND {UNASKED} AND {mine}",
        (actor.membership_id,),
    )


@dataclass(frozen=True, slots=True)
class WaitingConflicts:
    """How many conflicts wait for one person to decide, and since when the first does."""

    count: int
    since: datetime


def waiting_of(actor: Actor) -> Question | None:
    """What `waiting_count` counts, with its time: `WaitingConflicts`, or None for nothing."""
    if waiting_count(actor) is None:
        return None
    return row_of(
        "SELECT count(*) AS count, min(coalesce(t.appealed_at, t.found_at)) AS since FROM partners_conflict t"
        f" WHERE t.state IN ('open', 'appealed') AND {UNASKED} AND {MINE.format(membership='$1')}",
        actor.membership_id, since=datetime.fromisoformat,
    ).then(lambda row: WaitingConflicts(row["count"], row["since"]) if row["count"] else None)  # fmt: skip
