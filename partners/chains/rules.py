"""What is true of approval chains: which steps a deal needs, whose turn it is, who may act, when it is done. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, Protocol
from uuid import UUID

from portal.core.money import Money
from portal.core.permissions import Role


class Approver(StrEnum):
    """Who is asked in a step."""

    OWN_MANAGER = "own_manager"
    """The manager who looks after the partner; without one, any partner manager."""
    PARTNER_MANAGER = "partner_manager"
    FINANCE = "finance"
    SALES = "sales"
    PERSON = "person"
    """One person by name."""


ROLE_OF: Final[dict[str, Role]] = {
    Approver.PARTNER_MANAGER: Role.PARTNER_MANAGER,
    Approver.FINANCE: Role.FINANCE,
    Approver.SALES: Role.SALES,
}
"""Whose work it is to agree, where a step asks for a role."""
_MANAGERS: Final = frozenset({Approver.OWN_MANAGER, Approver.PARTNER_MANAGER})
_ALONE: Final = frozenset({Approver.OWN_MANAGER, Approver.PERSON})
"""One human being each, who can agree once only."""


class Outcome(StrEnum):
    """What became of a chain."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    REPLACED = "replaced"
    """The deal changed, so that its steps were found anew."""
    DROPPED = "dropped"
    """The deal ended otherwise: it was withdrawn."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at."""

    amount: Money
    groups: frozenset[str]
    """Codes of the product groups on its lines."""
    country: str
    region: str
    tier: str
    below_list: Fraction | None
    """How far the whole deal is below its list prices, as a part of them; None where one is in another currency."""

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the steps."""
        return {
            "amount_minor": self.amount.minor,
            "currency": self.amount.currency,
            "groups": sorted(self.groups),
            "country": self.country,
            "region": self.region,
            "tier": self.tier,
            "below_list": None if self.below_list is None else str(self.below_list),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Facts":
        """As they were when the steps were found."""
        below = kept["below_list"]
        return cls(
            Money(kept["amount_minor"], kept["currency"]), frozenset(kept["groups"]), kept["country"], kept["region"],
            kept["tier"], None if below is None else Fraction(below),
        )  # fmt: skip


class Rule(Protocol):
    """When a deal needs more, and who is asked (`policy.ChainRule`); what is empty fits every deal."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def value(self) -> Money | None:
        """From which value on."""

    @property
    def groups(self) -> Collection[str]:
        """Codes of product groups, any of them."""

    @property
    def tiers(self) -> Collection[str]:
        """Tiers of the partner, any of them."""

    @property
    def below_list(self) -> Fraction | None:
        """From which part below the list price on."""

    def place_pairs(self) -> Sequence[tuple[str, str]]:
        """Country and region of the customer, the latter empty for all of a country; any of them."""

    def asked(self) -> Iterator[tuple[int, Approver, str]]:
        """Number of the step, who is asked in it, and the address where it is one person."""


Convert = Callable[[Money, str], Money | None]
"""(amount, currency) -> the amount in that currency, or None where no rate is known."""


def fits(rule: Rule, facts: Facts, convert: Convert) -> bool | None:
    """Whether the rule fits the deal; None where something that decides it is not known."""
    answers = [
        _value_fits(rule, facts, convert),
        not rule.groups or bool(facts.groups & set(rule.groups)),
        _place_fits(rule, facts),
        not rule.tiers or facts.tier in rule.tiers,
        rule.below_list is None or (None if facts.below_list is None else facts.below_list >= rule.below_list),
    ]  # fmt: skip
    if False in answers:
        return False
    return None if None in answers else True


def _place_fits(rule: Rule, facts: Facts) -> bool:
    pairs = rule.place_pairs()
    return not pairs or any(
        country == facts.country and (not region or region.casefold() == facts.region.casefold())
        for country, region in pairs
    )


def _value_fits(rule: Rule, facts: Facts, convert: Convert) -> bool | None:
    if rule.value is None:
        return True
    there = convert(facts.amount, rule.value.currency)
    return None if there is None else there.minor >= rule.value.minor


@dataclass(frozen=True, slots=True)
class NeededStep:
    """One step that a deal needs: the same number at the same time, a higher one afterwards."""

    number: int
    approver: Approver
    person: str
    """The address where one person is asked."""
    rules: tuple[str, ...]
    """The rules that ask; nothing for the manager's own step, which each chain has."""
    unsure: bool
    """Whether it is asked only because something could not be known, such as a rate."""


def steps_for(facts: Facts, rules: Iterable[Rule], convert: Convert) -> tuple[NeededStep, ...]:
    """The steps that a deal needs beyond its manager's word, in order; none when no rule fits.

    What cannot be known asks rather than not: a rule that may fit adds its steps, marked as unsure. A manager always
    has the first word, and one human being is asked once, at the earliest place.
    """
    asked: dict[tuple[int, Approver, str], tuple[list[str], bool]] = {}
    for rule in rules:
        fit = fits(rule, facts, convert)
        if fit is False:
            continue
        for key in rule.asked():
            names, unsure = asked.get(key, ([], True))
            asked[key] = ([*names, rule.name], unsure and fit is None)
    if not asked:
        return ()
    if not any(number == 1 and approver in _MANAGERS for number, approver, _person in asked):
        asked[1, Approver.PARTNER_MANAGER, ""] = ([], False)
    found: list[NeededStep] = []
    alone: set[tuple[Approver, str]] = set()
    for number, approver, person in sorted(asked, key=lambda key: (key[0], list(Approver).index(key[1]), key[2])):
        if approver in _ALONE and (approver, person) in alone:
            continue
        alone.add((approver, person))
        names, unsure = asked[number, approver, person]
        found.append(NeededStep(number, approver, person, tuple(names), unsure))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it stands."""

    id: UUID
    number: int
    approver: Approver
    person: UUID | None
    """The membership where one person is asked."""
    rules: tuple[str, ...] = ()
    unsure: bool = False
    decided_by: UUID | None = None
    on_behalf_of: UUID | None = None
    """Who was away."""
    decided_at: datetime | None = None
    note: str = ""

    @property
    def is_done(self) -> bool:
        """Whether somebody agreed."""
        return self.decided_by is not None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the vendor who could be asked."""

    id: UUID
    name: str
    roles: frozenset[Role]
    is_registrants: bool = False
    """Whether it is one of the partner's own people too, who never agrees."""


def open_steps(steps: Iterable[Step]) -> list[Step]:
    """Whose turn it is: those of the lowest number at which somebody has not agreed."""
    waiting = [step for step in steps if not step.is_done]
    lowest = min((step.number for step in waiting), default=0)
    return [step for step in waiting if step.number == lowest]


def is_complete(steps: Sequence[Step]) -> bool:
    """Whether everybody has agreed."""
    return all(step.is_done for step in steps)


def _used(steps: Iterable[Step]) -> frozenset[UUID]:
    """Who has agreed, and for whom."""
    return frozenset(one for step in steps for one in (step.decided_by, step.on_behalf_of) if one is not None)


def holders_of(step: Step, steps: Iterable[Step], staff: Iterable[Colleague], manager: UUID | None) -> frozenset[UUID]:
    """Who may decide the step by right.

    For one person who is gone, or who has agreed to another step already, any partner manager stands in.
    """
    people = list(staff)
    if step.approver in _ALONE:
        one = manager if step.approver is Approver.OWN_MANAGER else step.person
        if one is not None and one not in _used(steps) and any(one == other.id for other in people):
            return frozenset({one})
    role = ROLE_OF.get(step.approver, Role.PARTNER_MANAGER)
    return frozenset(one.id for one in people if role in one.roles)


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that somebody may decide now, and for whom: None for oneself."""

    step: Step
    on_behalf_of: UUID | None


def find_turn(
    me: UUID,
    steps: Sequence[Step],
    holders: Mapping[UUID, frozenset[UUID]],
    covers: Mapping[UUID, UUID],
    *,
    is_registrants: bool,
) -> Turn | None:
    """The first open step that this member may decide, by right or for somebody away; None when there is none.

    Nobody agrees twice in one chain, neither for two people nor through another; the partner's own people never do.
    `covers`: who is away -> who acts for them today.
    """
    if is_registrants:
        return None
    used = _used(steps)
    if me in used:
        return None
    for step in open_steps(steps):
        entitled = holders[step.id]
        if me in entitled:
            return Turn(step, None)
        away = sorted((one for one in entitled - used if covers.get(one) == me), key=str)
        if away:
            return Turn(step, away[0])
    return None


def asked_now(
    steps: Sequence[Step],
    holders: Mapping[UUID, frozenset[UUID]],
    covers: Mapping[UUID, UUID],
    staff: Iterable[Colleague],
) -> dict[UUID, Turn]:
    """Everybody whose turn it is, with the step of each: `find_turn` for all of them.

    Who is away is left out while somebody acts for them.
    """
    found = {}
    for one in staff:
        turn = find_turn(one.id, steps, holders, covers, is_registrants=one.is_registrants)
        if turn is not None and one.id not in covers:
            found[one.id] = turn
    return found


def still_counts(before: Facts, after: Facts) -> bool:
    """Whether what was agreed for `before` holds for `after`: nothing in it is more, dearer to us or elsewhere."""
    cheaper = (
        after.below_list == before.below_list
        if None in (after.below_list, before.below_list)
        else (after.below_list or 0) <= (before.below_list or 0)
    )
    return (
        after.amount.currency == before.amount.currency
        and after.amount.minor <= before.amount.minor
        and after.groups <= before.groups
        and (after.country, after.region, after.tier) == (before.country, before.region, before.tier)
        and cheaper
    )


def carried(old: Sequence[Step], before: Facts, after: Facts, step: tuple[int, Approver, UUID | None]) -> Step | None:
    """The agreement of an earlier chain that still counts for this step of a new one, if there is one."""
    if not still_counts(before, after):
        return None
    return next((one for one in old if one.is_done and (one.number, one.approver, one.person) == step), None)
