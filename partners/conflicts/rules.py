"""What is true of conflicts: who stands in whose way, which rule gives an answer, and what a decision may say. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from partners.deals.rules import UNDECIDED
from partners.deals.states import DealState, RevokeCode
from portal.core.i18n import N_

WHOLE: Final = 100
"""Percent that the parts of an agreement add up to."""
LONGEST_WORDS: Final = 4_000
LONGEST_LINK: Final = 500
MOST_OWN_WORDS: Final = 12
"""Claims that one form has words of their own for; the API takes any number."""


class ConflictState(StrEnum):
    """Where a conflict stands."""

    OPEN = "open"
    DECIDED = "decided"
    APPEALED = "appealed"
    """Decided once, and open again because a loser appealed: the second decision is final."""
    CLOSED = "closed"
    """Ended by itself: nothing was left to decide."""


class ClaimKind(StrEnum):
    """What somebody claims the customer by."""

    REGISTRATION = "registration"
    OPPORTUNITY = "opportunity"


class Result(StrEnum):
    """What became of a claim in a conflict."""

    WAITING = "waiting"
    WON = "won"
    SHARED = "shared"
    """It goes on beside the one that is protected, by an agreement."""
    LOST = "lost"
    FREE = "free"
    """Nobody stands in its way any more, and nothing was decided against it."""
    LEFT = "left"
    """It ended by itself before anything was decided."""


class Rule(StrEnum):
    """By what a conflict can be decided without judging."""

    PROTECTION = "protection"
    CUSTOMER = "customer"
    RECORD = "record"
    FIRST_TOUCH = "first_touch"
    FIRST_REGISTRATION = "first_registration"
    EARLIER_DIRECT = "earlier_direct"


class Ground(StrEnum):
    """On what ground a person decided: one of the rules, a judgement, or an agreement of the partners."""

    PROTECTION = "protection"
    CUSTOMER = "customer"
    RECORD = "record"
    FIRST_TOUCH = "first_touch"
    FIRST_REGISTRATION = "first_registration"
    EARLIER_DIRECT = "earlier_direct"
    JUDGEMENT = "judgement"
    AGREEMENT = "agreement"


class AwardState(StrEnum):
    """What became of a decision that waited for a second person."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Whoever asked took it back."""
    LAPSED = "lapsed"
    """The claims changed meanwhile, so it was no longer what was asked."""


class Fate(StrEnum):
    """What a decision does to a claim that it is made against."""

    REJECT = "reject"
    REVOKE = "revoke"
    """It is approved: two people decide."""
    CLOSE = "close"
    KEEP = "keep"
    """It was won while it was protected, and that is for ever."""
    GONE = "gone"
    """It ended by itself, and the check will let it leave."""


class CloseReason(StrEnum):
    """Why a conflict ended by itself."""

    ONE_LEFT = "one_left"
    JOINED = "joined"
    """It turned out to be part of another conflict."""


class LeftReason(StrEnum):
    """Why a claim left."""

    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    EXPIRED = "expired"
    LOST = "lost"
    CLOSED = "closed"
    JOINED = "joined"


class Answer(StrEnum):
    """What a rule says of the claims."""

    CLEAR = "clear"
    NOBODY = "nobody"
    SEVERAL = "several"
    ELSEWHERE = "elsewhere"
    """The rule is about other conflicts."""


WITH_DAYS: Final = frozenset({Rule.FIRST_TOUCH, Rule.EARLIER_DIRECT})
"""Rules that count days."""
LONGEST_DAYS: Final = 730
GROUND_OF: Final[Mapping[Rule, Ground]] = {rule: Ground(rule.value) for rule in Rule}

STATE_LABELS: Final[Mapping[str, str]] = {
    ConflictState.OPEN: N_("To be settled"),
    ConflictState.DECIDED: N_("Settled"),
    ConflictState.APPEALED: N_("Appealed"),
    ConflictState.CLOSED: N_("Closed by itself"),
}
GROUND_LABELS: Final[Mapping[str, str]] = {
    Ground.PROTECTION: N_("Running protection"),
    Ground.CUSTOMER: N_("The customer’s own choice"),
    Ground.RECORD: N_("Partner of record of a running contract"),
    Ground.FIRST_TOUCH: N_("First touchpoint"),
    Ground.FIRST_REGISTRATION: N_("First registration"),
    Ground.EARLIER_DIRECT: N_("Direct opportunity, if it is older"),
    Ground.JUDGEMENT: N_("Judged by a person"),
    Ground.AGREEMENT: N_("Agreement of both partners"),
}
FATE_LABELS: Final[Mapping[str, str]] = {
    Fate.REJECT: N_("is rejected"),
    Fate.REVOKE: N_("loses its approval at once"),
    Fate.CLOSE: N_("is closed as lost"),
    Fate.KEEP: N_("was won meanwhile and stays"),
    Fate.GONE: N_("has ended by itself"),
}
RESULT_LABELS: Final[Mapping[str, str]] = {
    Result.WAITING: N_("Waits for the decision"),
    Result.WON: N_("Goes on"),
    Result.SHARED: N_("Joins as co-sell"),
    Result.LOST: N_("Decided against"),
    Result.FREE: N_("Nobody in its way"),
    Result.LEFT: N_("Left"),
}
LEFT_LABELS: Final[Mapping[str, str]] = {
    LeftReason.WITHDRAWN: N_("withdrawn"),
    LeftReason.REJECTED: N_("rejected"),
    LeftReason.EXPIRED: N_("protection over"),
    LeftReason.LOST: N_("sale lost"),
    LeftReason.CLOSED: N_("closed"),
    LeftReason.JOINED: N_("part of another conflict"),
}
CLOSE_LABELS: Final[Mapping[str, str]] = {
    CloseReason.ONE_LEFT: N_("Nobody was left in anybody’s way."),
    CloseReason.JOINED: N_("It turned out to be part of another conflict."),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What the rules know of somebody who claims the customer."""

    id: UUID
    owner: UUID | None
    """The partner; None for the vendor itself."""
    kind: ClaimKind
    groups: frozenset[UUID]
    """The product groups that it is about."""
    claimed_at: datetime
    """When it was registered, or the direct opportunity opened."""
    claimed_on: date
    """The same as a day, in the vendor's zone."""
    touch_days: tuple[date, ...] = ()
    """The days on which its owner met the customer."""
    is_of_record: bool = False
    protected_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule of the policy with its number of days."""

    rule: Rule
    days: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule said."""

    rule: Rule
    days: int
    answer: Answer
    winner: UUID | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who should go on by the rules, and every rule that was asked until one gave an answer."""

    winner: UUID | None
    rule: Rule | None
    steps: tuple[Step, ...]


def stand_in_way(one: Claim, other: Claim) -> bool:
    """Whether only one of the two can have the customer: different owners, and a product group that both sell."""
    return one.id != other.id and one.owner != other.owner and bool(one.groups & other.groups)


def rivals_of(claim: Claim, claims: Iterable[Claim]) -> list[Claim]:
    """Those that stand in its way."""
    return [other for other in claims if stand_in_way(claim, other)]


def contended_groups(claims: Sequence[Claim]) -> frozenset[UUID]:
    """The product groups that more than one of them wants."""
    pairs = ((one, other) for one in claims for other in claims if stand_in_way(one, other))
    return frozenset().union(*(one.groups & other.groups for one, other in pairs))


def conflicts_among(claims: Sequence[Claim]) -> list[list[Claim]]:
    """The claims that hang together by standing in each other's way, two or more each; whoever is alone is left out."""
    left = sorted(claims, key=lambda claim: claim.id)
    found = []
    while left:
        together, edge = [], [left.pop(0)]
        while edge:
            one = edge.pop()
            together.append(one)
            near = [other for other in left if stand_in_way(one, other)]
            left = [other for other in left if other not in near]
            edge += near
        if len(together) > 1:
            found.append(sorted(together, key=lambda claim: claim.id))
    return found


def propose(claims: Sequence[Claim], rules: Sequence[Asked], chosen: UUID | None, now: datetime) -> Proposal:
    """Ask the rules in their order until one gives a clear answer; it may be that none does."""
    steps: list[Step] = []
    for asked in rules:
        step = _ask(asked, claims, chosen, now)
        steps.append(step)
        if step.answer == Answer.CLEAR:
            return Proposal(step.winner, step.rule, tuple(steps))
    return Proposal(None, None, tuple(steps))


def _ask(asked: Asked, claims: Sequence[Claim], chosen: UUID | None, now: datetime) -> Step:
    if asked.rule == Rule.EARLIER_DIRECT:
        return _earlier_direct(asked, claims)
    if asked.rule == Rule.FIRST_REGISTRATION and _direct(claims):
        return Step(asked.rule, asked.days, Answer.ELSEWHERE)
    found: dict[Rule, list[UUID]] = {
        Rule.PROTECTION: [c.id for c in claims if c.protected_until is not None and c.protected_until > now],
        Rule.CUSTOMER: [c.id for c in claims if c.id == chosen],
        Rule.RECORD: [c.id for c in claims if c.is_of_record],
        Rule.FIRST_TOUCH: _first({c.id: day for c in claims if (day := _touched(c, claims, asked.days))}),
        Rule.FIRST_REGISTRATION: _first({c.id: c.claimed_at for c in claims}),
    }
    return _only(asked, found[asked.rule])


def _only(asked: Asked, found: Sequence[UUID]) -> Step:
    """The one that was found; no answer from none or several."""
    if len(found) == 1:
        return Step(asked.rule, asked.days, Answer.CLEAR, found[0])
    return Step(asked.rule, asked.days, Answer.SEVERAL if found else Answer.NOBODY)


def _first(times: Mapping[UUID, date]) -> list[UUID]:
    """All that have the earliest time."""
    earliest = min(times.values(), default=None)
    return sorted(key for key, at in times.items() if at == earliest)


def window(claims: Iterable[Claim], days: int) -> tuple[date, date]:
    """The days that count for the first touchpoint: so many before the first claim, and its own day."""
    last = min(claim.claimed_on for claim in claims)
    return last - timedelta(days=days), last


def _touched(claim: Claim, claims: Sequence[Claim], days: int) -> date | None:
    """The first day in the window on which the claim's owner met the customer."""
    since, last = window(claims, days)
    return min((day for day in claim.touch_days if since <= day <= last), default=None)


def _direct(claims: Iterable[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.kind == ClaimKind.OPPORTUNITY]


def _earlier_direct(asked: Asked, claims: Sequence[Claim]) -> Step:
    """The vendor's own sale if it began so many days before the first registration, else that registration."""
    direct = _direct(claims)
    if not direct:
        return Step(asked.rule, asked.days, Answer.ELSEWHERE)
    registered = [claim for claim in claims if claim.kind == ClaimKind.REGISTRATION]
    opened = min(claim.claimed_at for claim in direct)
    first = min((claim.claimed_at for claim in registered), default=None)
    if first is None or opened <= first - timedelta(days=asked.days):
        return _only(asked, _first({c.id: c.claimed_at for c in direct}))
    return _only(asked, _first({c.id: c.claimed_at for c in registered}))


@dataclass(frozen=True, slots=True)
class Parts:
    """What two partners agreed on: who is protected, who joins, and what each gets, in whole percent."""

    lead: UUID
    joining: UUID
    lead_percent: int
    joining_percent: int


def adds_up(parts: Parts) -> bool:
    """Whether both get something and together the whole."""
    return parts.lead_percent > 0 and parts.joining_percent > 0 and parts.lead_percent + parts.joining_percent == WHOLE


_REVOKED: Final[Mapping[Ground, RevokeCode]] = {Ground.CUSTOMER: RevokeCode.CUSTOMER_CHOICE}


def revoke_code(ground: Ground) -> RevokeCode:
    """The reason that an approval ends for, as its partner reads it: of whoever else is there it says nothing."""
    return _REVOKED.get(ground, RevokeCode.OTHER)


def fate_of(kind: ClaimKind, state: str, *, is_won: bool) -> Fate:
    """What a decision against a claim does, by the deal's state now or for the vendor's own sale."""
    if kind == ClaimKind.OPPORTUNITY:
        return Fate.CLOSE
    if state == DealState.APPROVED:
        return Fate.KEEP if is_won else Fate.REVOKE
    return Fate.REJECT if state in UNDECIDED else Fate.GONE
