"""What can be read about accounts that are one customer. The vendor's alone: partners have no right to ask."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.matching.scoring import Reason
from partners.merging.rules import PairState, Registered, differently_registered
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of

_MOST_NAMES: Final = 100
_MOST_REQUESTS: Final = 100
MEMBER_NAME: Final = (
    "coalesce((SELECT p.name FROM identity_membership w JOIN identity_person p ON p.id = w.person"
    " WHERE w.id = {id}), '')"
)
"""SQL: the name of the person of a membership, empty for the system."""


@dataclass(frozen=True, slots=True)
class OtherName:
    """An account that was merged into another: a name by which that one is known too."""

    alias_id: UUID
    account_id: UUID
    legal_name: str
    local_name: str
    city: str
    country: str
    registry_id: str
    note: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two deals that would be protected on one account for one product group: which of them stays is a decision."""

    group_name: str
    deal_id: UUID
    number: str
    partner_name: str
    until: datetime
    other_deal_id: UUID
    other_number: str
    other_partner_name: str
    other_until: datetime


@dataclass(frozen=True, slots=True)
class WaitingMerge:
    """A merge that waits, with the deals that stand in its way now; none when they ended."""

    id: UUID
    account_id: UUID
    account_name: str
    into_id: UUID
    into_name: str
    note: str
    requested_by: str
    requested_at: datetime
    rivals: tuple[Rivals, ...]


async def get_canonical(actor: Actor, account_id: UUID) -> UUID:
    """The account under which this one is found: itself while it is not merged. Raises NotFound, NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    async with db.transaction(actor):
        found = await db.sql_value(
            "SELECT partners_canonical_account(id) FROM partners_account WHERE id = $1", account_id
        )
    if not isinstance(found, UUID):
        raise NotFound
    return found


async def list_names(actor: Actor, account_id: UUID) -> list[OtherName]:
    """The accounts that were merged into this one, the latest first."""
    found: list[OtherName] = await db.ask_alone(actor, other_names_of(actor, account_id))
    return found


def other_names_of(actor: Actor, account_id: UUID) -> Question:
    """The question of `list_names`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    return rows_of(
        "SELECT m.id AS alias_id, a.id AS account_id, a.legal_name, a.local_name, a.city, a.country,"
        f" a.registry_id, m.note, {MEMBER_NAME.format(id='m.decided_by')} AS decided_by, m.decided_at"
        " FROM partners_account_alias m JOIN partners_account a ON a.id = m.account"
        " WHERE m.canonical = $1 AND m.undone_at IS NULL ORDER BY m.decided_at DESC, m.id LIMIT $2",
        account_id, _MOST_NAMES, **dict.fromkeys(("alias_id", "account_id"), UUID), decided_at=datetime.fromisoformat,
    ).then(lambda rows: [OtherName(**row) for row in rows])  # fmt: skip


async def list_rivals(account_id: UUID, other_id: UUID, now: datetime) -> tuple[Rivals, ...]:
    """The deals of two canonical accounts that hold the same product group from now on, on the open unit."""
    found: tuple[Rivals, ...] = await db.ask(rivals_of(account_id, other_id, now))
    return found


def rivals_of(account_id: UUID, other_id: UUID, now: datetime) -> Question:
    """The question of `list_rivals`, for asking beside others."""
    return rows_of(
        "SELECT g.name AS group_name, d.id AS deal_id, d.number, c.legal_name AS partner_name,"
        " a.protected_until AS until, e.id AS other_deal_id, e.number AS other_number,"
        " f.legal_name AS other_partner_name, b.protected_until AS other_until"
        " FROM partners_deal_protection a JOIN partners_deal_protection b ON b.product_group = a.product_group"
        " AND tstzrange(least(greatest(a.canonical_from, $3), a.protected_until), a.protected_until)"
        " && tstzrange(least(b.canonical_from, b.protected_until), b.protected_until)"
        " JOIN partners_product_group g ON g.id = a.product_group"
        " JOIN partners_deal d ON d.id = a.deal JOIN partners_company c ON c.id = a.partner_id"
        " JOIN partners_deal e ON e.id = b.deal JOIN partners_company f ON f.id = b.partner_id"
        " WHERE a.canonical_account = $1 AND b.canonical_account = $2 ORDER BY g.name, d.number, e.number",
        account_id, other_id, now,
        **dict.fromkeys(("deal_id", "other_deal_id"), UUID),
        **dict.fromkeys(("until", "other_until"), datetime.fromisoformat),
    ).then(lambda rows: tuple(Rivals(**row) for row in rows))  # fmt: skip


async def list_waiting(actor: Actor, *, now: datetime) -> list[WaitingMerge]:
    """Merges that wait for a person, the oldest first. Raises NotAllowed."""
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT r.id, r.account AS account_id, a.legal_name AS account_name, r.merged_into AS into_id,"
            f" b.legal_name AS into_name, r.note, {MEMBER_NAME.format(id='r.requested_by')} AS requested_by,"
            " r.requested_at, partners_canonical_account(r.account) AS one,"
            " partners_canonical_account(r.merged_into) AS other FROM partners_merge_request r"
            " JOIN partners_account a ON a.id = r.account JOIN partners_account b ON b.id = r.merged_into"
            " WHERE r.state = 'waiting' ORDER BY r.requested_at, r.id LIMIT $1",
            _MOST_REQUESTS,
        )
        rivals = await db.ask_together([rivals_of(row.pop("one"), row.pop("other"), now) for row in rows])
    return [WaitingMerge(**row, rivals=found) for row, found in zip(rows, rivals, strict=True)]


@dataclass(frozen=True, slots=True)
class PairSide:
    """One of two that may be one customer: an account, or a partner's card."""

    id: UUID
    legal_name: str
    local_name: str
    domain: str
    registry_id: str
    city: str
    country: str
    industry: str
    since: datetime
    partner_name: str
    """Whose card it is; empty for an account."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that may be one customer, with why one may think so."""

    id: UUID
    score: int
    """In percent."""
    reasons: tuple[Reason, ...]
    postponed: bool
    one: PairSide
    other: PairSide

    @property
    def is_card(self) -> bool:
        """Whether the second one is a partner's card."""
        return bool(self.other.partner_name)

    @property
    def needs_reason(self) -> bool:
        """Whether merging them takes words, since their registry ids differ."""
        one, other = (Registered(side.registry_id, side.country) for side in (self.one, self.other))
        return not self.is_card and differently_registered([one], [other])


_SIDE: Final = "legal_name local_name domain registry_id city country industry"
_UNDECIDED: Final = (
    " FROM partners_account_pair t JOIN partners_account a ON a.id = t.account"
    " LEFT JOIN partners_account b ON b.id = t.other LEFT JOIN partners_customer_card c ON c.id = t.card"
    " LEFT JOIN partners_company p ON p.id = c.partner_id WHERE t.state IN ('open', 'later')"
    " AND CASE WHEN t.card IS NULL THEN partners_canonical_account(t.account) <> partners_canonical_account(t.other)"
    " ELSE NOT EXISTS (SELECT FROM partners_card_link l WHERE l.card = t.card)"
    " AND NOT EXISTS (SELECT FROM partners_card_unlink u WHERE u.card = t.card"
    " AND partners_canonical_account(u.account) = partners_canonical_account(t.account)) END"
)


async def list_pairs(actor: Actor, *, limit: int) -> list[Pair]:
    """Pairs that nobody decided, the likeliest first and those that were put off last. Raises NotAllowed.

    Those that became one in the meantime, or whose card was linked, are left out.
    """
    actor.require(Permission.DEALS_DECIDE)
    first = ", ".join(f"a.{name} AS one_{name}" for name in _SIDE.split())
    second = ", ".join(f"coalesce(b.{name}, c.{name}) AS other_{name}" for name in _SIDE.split())
    async with db.transaction(actor):
        rows = await db.sql(
            f"SELECT t.id, t.score, t.reasons, t.state, a.id AS one_id, {first}, a.created_at AS one_since,"
            f" '' AS one_partner_name, coalesce(b.id, c.id) AS other_id, {second},"
            " coalesce(b.created_at, c.created_at) AS other_since, coalesce(p.legal_name, '') AS other_partner_name"
            f"{_UNDECIDED} ORDER BY t.state = 'later', t.score DESC, t.id LIMIT $1",
            limit,
        )
    return [_pair(row) for row in rows]


def _pair(row: dict[str, Any]) -> Pair:
    names = PairSide.__dataclass_fields__
    one, other = (PairSide(**{name: row[f"{at}_{name}"] for name in names}) for at in ("one", "other"))
    known = set(Reason)
    reasons = tuple(Reason(code) for code in row["reasons"].split(",") if code in known)
    return Pair(row["id"], row["score"], reasons, row["state"] == PairState.LATER, one, other)
