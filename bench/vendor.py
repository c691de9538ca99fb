"""The vendor of the measurements: partners, customers and deals made from a seed, not yet rows of any table."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Final
from uuid import UUID

from asyncpg.pgproto import pgproto

from portal.core.text import fold, sort_key

NOW: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
YEARS_DAYS: Final = 1_095
DECIDED_AFTER_DAYS: Final = 7
PROTECTED_DAYS: Final = 180
GROUPS: Final = 12
PRODUCTS_PER_GROUP: Final = 5
MANAGERS: Final = 20
CARDS_PER_DEAL: Final = 0.4

_FIRST: Final = (
    "Nordlicht", "Alpen", "Hansa", "Rhein", "Prairie", "Cascade", "Harbour", "Sierra", "Kestrel", "Baltic", "Lumen",
    "Cobalt", "Juniper", "Meridian", "Orchard", "Falcon", "Granite", "Willow", "Atlas", "Beacon", "华东", "长江",
    "南方", "北辰", "东海",
)  # fmt: skip
_SECOND: Final = (
    "Logistics", "Foods", "Systems", "Textil", "Clinic", "Energy", "Retail", "Paper", "Optics", "Marine", "Motors",
    "Dairy", "Glass", "Robotics", "Pharma", "物流", "食品", "科技", "机械", "纺织",
)  # fmt: skip
_FORM: Final = ("GmbH", "AG", "Inc.", "Ltd", "SARL", "B.V.", "有限公司")
PLACES: Final = (
    ("DE", "Hamburg"), ("DE", "München"), ("FR", "Lyon"), ("US", "Denver"), ("CN", "上海"), ("CN", "深圳"),
    ("NL", "Utrecht"), ("AT", "Linz"),
)  # fmt: skip
_OPEN_STAGES: Final = ("prospect", "qualified", "proposal", "negotiation")
_REJECTED: Final = ("duplicate", "existing_customer", "outside_territory", "incomplete")
_LOST: Final = ("price", "competitor", "no_budget", "no_decision")

Row = tuple[object, ...]


def key(kind: str, *numbers: int) -> UUID:
    """The id of a row: the same in every run."""
    made: UUID = pgproto.UUID(blake2b(f"{kind} {numbers}".encode(), digest_size=16).digest())
    return made


@dataclass(frozen=True, slots=True)
class Name:
    """A company's name, English or Chinese, and how it is searched and sorted; the number keeps names apart."""

    text: str
    folded: str
    sorts: str


def name_of(number: int) -> Name:
    """The name with this number."""
    first, second = _FIRST[number % len(_FIRST)], _SECOND[number // 7 % len(_SECOND)]
    form = _FORM[number // 3 % len(_FORM)]
    words, tail = words_of(f"{first} {second}"), words_of(form)
    return Name(
        f"{words.text} {number} {form}",
        f"{words.folded} {number} {tail.folded}",
        f"{words.sorts} {number} {tail.sorts}",
    )


@cache
def words_of(text: str) -> Name:
    """Words that many names share."""
    return Name(text, fold(text), sort_key(text))


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner company and how much it brings."""

    number: int
    id: UUID
    deals: int
    people: tuple[UUID, ...]
    """Memberships."""
    manager: UUID

    @property
    def cards(self) -> int:
        """How many customers it has written down."""
        return max(1, round(self.deals * CARDS_PER_DEAL))


@dataclass(slots=True)
class Registered:
    """A deal, before it becomes rows."""

    id: UUID
    partner: Partner
    number: int
    card: int
    group: int
    created: datetime
    state: str = "draft"
    stage: str = "prospect"
    submitted: datetime | None = None
    decided: datetime | None = None
    until: datetime | None = None
    closed: datetime | None = None
    reject_code: str = ""
    lost_reason: str = ""

    @property
    def changed(self) -> datetime:
        """When something last happened to it."""
        return max(at for at in (self.created, self.submitted, self.decided, self.closed) if at)


@dataclass(frozen=True, slots=True)
class World:
    """All of it, for a number of deals."""

    deals: int
    partners: tuple[Partner, ...]
    managers: tuple[UUID, ...]
    registered: list["Registered"]

    @classmethod
    def of(cls, deals: int) -> "World":
        """About 500 deals a partner; a few partners bring most, as they do."""
        count = max(100, deals // 500)
        weights = [(rank + 5) ** -0.8 for rank in range(count)]
        shares = [int(deals * weight / sum(weights)) for weight in weights]
        shares[0] += deals - sum(shares)
        managers = tuple(key("manager", number) for number in range(MANAGERS))
        partners = tuple(
            Partner(
                number, key("partner", number), shares[number],
                tuple(key("member", number, one) for one in range(3)), managers[number % MANAGERS],
            )
            for number in range(count)
        )  # fmt: skip
        return cls(deals, partners, managers, list(_registered(partners)))


def _registered(partners: tuple[Partner, ...]) -> Iterator[Registered]:
    """Every deal with what became of it."""
    dice = random.Random(1)  # noqa: S311 -- the same rows in every run, nothing secret
    for partner in partners:
        for number in range(partner.deals):
            card = number % partner.cards
            # No two deals of a card are for one group, so no two protections meet.
            group = (number // partner.cards + card) % GROUPS
            created = NOW - timedelta(seconds=int(dice.random() * YEARS_DAYS * 86_400))
            deal = Registered(key("deal", partner.number, number), partner, number, card, group, created)
            _live(deal, dice)
            yield deal


def _live(deal: Registered, dice: random.Random) -> None:
    """What became of a deal by now."""
    age = NOW - deal.created
    if dice.random() < 0.02:
        return
    deal.submitted = deal.created
    if age < timedelta(days=DECIDED_AFTER_DAYS):
        deal.state = _one_of(dice, ("submitted", 0.45), ("in_review", 0.8), ("info_requested", 1))
        return
    deal.decided = min(deal.created + timedelta(hours=20 + 130 * dice.random()), NOW)
    deal.state = _one_of(dice, ("rejected", 0.15), ("withdrawn", 0.23), ("approved", 1))
    if deal.state == "rejected":
        deal.reject_code = dice.choice(_REJECTED)
    if deal.state == "approved":
        deal.until = deal.decided + timedelta(days=PROTECTED_DAYS)
        _sell(deal, age, dice)


def _one_of(dice: random.Random, *outcomes: tuple[str, float]) -> str:
    """One outcome; each says up to which throw it is meant, the last up to 1."""
    throw = dice.random()
    return next(outcome for outcome, upto in outcomes if throw < upto)


def _sell(deal: Registered, age: timedelta, dice: random.Random) -> None:
    """How the sale of an approved deal went."""
    ended = min(deal.created + timedelta(days=20 + 150 * dice.random()), NOW)
    result = _one_of(dice, ("won", 0.38), ("lost", 0.65), ("", 1)) if age > timedelta(days=30) else ""
    deal.stage = result or dice.choice(_OPEN_STAGES)
    if result:
        deal.closed = ended
        deal.lost_reason = dice.choice(_LOST) if result == "lost" else ""
    elif deal.until is not None and deal.until < NOW:
        deal.state = "expired"
