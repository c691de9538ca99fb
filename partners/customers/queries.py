"""What can be read about customers: a partner's cards, the vendor's accounts, and which account a card may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers.rules import CustomerFacts, described
from partners.matching.accounts import Candidate, find_candidates
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, all_of, row_of, rows_of
from portal.core.tenancy import visible_sql
from portal.core.text import fold

FOUND_AT_MOST: Final = 8
"""How many customers the search field offers; who looks for more opens the list."""
_SUGGESTED_AT_MOST: Final = 10
_WORDS_AT_MOST: Final = 5
_CARD_FACTS: Final = (
    "c.legal_name, c.country, c.local_name, c.domain, c.registry_id, c.region, c.city, c.industry, c.size, c.notes"
)
_ACCOUNT_FACTS: Final = (
    "a.legal_name, a.country, a.local_name, a.domain, a.registry_id, a.region, a.city, a.industry, a.size,"
    " a.address, a.postcode, a.phone"
)


@dataclass(frozen=True, slots=True)
class CardContact:
    """A person on a card."""

    id: UUID
    name: str
    email: str
    phone: str
    job_title: str
    consent: str
    consent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """A partner's customer card with its people. Nothing of the account it may be is here."""

    id: UUID
    partner_id: UUID
    partner_name: str
    facts: CustomerFacts
    contacts: tuple[CardContact, ...]
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card as the search field offers it."""

    id: UUID
    legal_name: str
    local_name: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account as a search for it finds it."""

    account_id: UUID
    legal_name: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Link:
    """Which account a card is; for the vendor's eyes only."""

    account_id: UUID
    legal_name: str
    city: str
    country: str
    reason: str
    linked_by: str
    """The name of who linked it; empty for the system."""
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class LinkedCard:
    """A partner's card of an account."""

    id: UUID
    partner_id: UUID
    partner_name: str
    legal_name: str
    city: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of the vendor with the cards that partners keep of it."""

    id: UUID
    facts: CustomerFacts
    cards: tuple[LinkedCard, ...]
    tags: tuple[str, ...]
    created_at: datetime
    changed_at: datetime


async def get_card(actor: Actor, card_id: UUID) -> Card:
    """A card with its people. Raises NotFound, also for a card that is not the actor's to see."""
    actor.require(Permission.CARDS_READ)
    card = row_of(
        f"SELECT c.id, c.partner_id, p.legal_name AS partner_name, {_CARD_FACTS}, c.created_at, c.changed_at"
        f" FROM partners_customer_card c JOIN partners_company p ON p.id = c.partner_id"
        f" WHERE {visible_sql(actor, 'c.partner_id')} AND c.id = $1",
        card_id,
        **dict.fromkeys(("id", "partner_id"), UUID),
        **dict.fromkeys(("created_at", "changed_at"), datetime.fromisoformat),
    )
    async with db.transaction(actor):
        row, contacts = await db.ask_together([card, _contacts_of(actor, card_id)])
    if row is None:
        raise NotFound
    return Card(
        id=row["id"],
        partner_id=row["partner_id"],
        partner_name=row["partner_name"],
        facts=_facts(row),
        contacts=contacts,
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


async def list_contacts(actor: Actor, card_id: UUID) -> tuple[CardContact, ...]:
    """The people on a card, the first that were written down first."""
    found: tuple[CardContact, ...] = await db.ask(_contacts_of(actor, card_id))
    return found


def _contacts_of(actor: Actor, card_id: UUID) -> Question:
    return rows_of(
        "SELECT id, name, email, phone, job_title, consent, consent_at FROM partners_card_contact"
        f" WHERE {visible_sql(actor, 'partner_id')} AND card = $1 ORDER BY created_at, id",
        card_id, id=UUID, consent_at=datetime.fromisoformat,
    ).then(lambda rows: tuple(CardContact(**row) for row in rows))  # fmt: skip


async def get_contact(actor: Actor, contact_id: UUID) -> tuple[Card, CardContact]:
    """A person with the card it is on. Raises NotFound."""
    actor.require(Permission.CARDS_READ)
    async with db.transaction(actor):
        card_id = await db.sql_value(
            f"SELECT card FROM partners_card_contact WHERE {visible_sql(actor, 'partner_id')} AND id = $1", contact_id
        )
        if not isinstance(card_id, UUID):
            raise NotFound
        card = await get_card(actor, card_id)
    return card, next(one for one in card.contacts if one.id == contact_id)


async def find_cards(actor: Actor, typed: str, *, limit: int = FOUND_AT_MOST) -> list[FoundCard]:
    """Own cards in which every typed word occurs, for the search field. Never cards of partners below."""
    question = cards_like(actor, typed, limit=limit)
    if question is None:
        return []
    async with db.transaction(actor):
        found: list[FoundCard] = await db.ask(question)
    return found


def cards_like(actor: Actor, typed: str, *, limit: int = FOUND_AT_MOST) -> Question | None:
    """The question of `find_cards`, for asking beside others; None where nothing can be found. Raises NotAllowed."""
    actor.require(Permission.CARDS_READ)
    words = fold(typed)[:100].split()[:_WORDS_AT_MOST]
    if not words or actor.partner_id is None:
        return None
    found = " AND ".join(f"c.search LIKE ${i}" for i in range(3, len(words) + 3))
    return rows_of(
        "SELECT c.id, c.legal_name, c.local_name, c.city, c.country FROM partners_customer_card c"
        f' WHERE c.partner_id = $1 AND {found} ORDER BY c.sort_name COLLATE "C", c.id LIMIT $2',
        actor.partner_id, limit, *(f"%{_escaped(word)}%" for word in words), id=UUID,
    ).then(lambda rows: [FoundCard(**row) for row in rows])  # fmt: skip


async def get_account(actor: Actor, account_id: UUID) -> Account:
    """An account with its cards. Raises NotFound; partners have no right to ask."""
    found: Account | None = await db.ask_alone(actor, account_of(actor, account_id))
    if found is None:
        raise NotFound
    return found


def account_of(actor: Actor, account_id: UUID) -> Question:
    """The question of `get_account`, for asking beside others: None for one that is not there. Raises NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    account = row_of(
        f"SELECT a.id, {_ACCOUNT_FACTS}, a.created_at, a.changed_at,"
        " (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(g.folded, g.name)), '[]')"
        " FROM partners_account_tag x JOIN partners_tag g ON g.id = x.tag"
        " WHERE x.account = any(partners_accounts_of(a.id))) AS tags"
        " FROM partners_account a WHERE a.id = $1",
        account_id, id=UUID, **dict.fromkeys(("created_at", "changed_at"), datetime.fromisoformat),
    )  # fmt: skip
    cards = rows_of(
        "SELECT c.id, c.partner_id, p.legal_name AS partner_name, c.legal_name, c.city, l.linked_at"
        " FROM partners_card_link l JOIN partners_customer_card c ON c.id = l.card"
        " JOIN partners_company p ON p.id = c.partner_id WHERE l.account = any(partners_accounts_of($1))"
        " ORDER BY l.linked_at, c.id",
        account_id, id=UUID, partner_id=UUID, linked_at=datetime.fromisoformat,
    )  # fmt: skip
    return all_of(account, cards).then(lambda found: None if found[0] is None else _account(found[0], found[1]))


def _account(row: dict[str, Any], cards: Sequence[dict[str, Any]]) -> Account:
    return Account(
        id=row["id"],
        facts=_facts(row),
        cards=tuple(LinkedCard(**card) for card in cards),
        tags=tuple(name for _folded, name in row["tags"]),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


async def find_link(actor: Actor, card_id: UUID) -> Link | None:
    """Which account a card is, or None while nobody has said. The vendor's only."""
    found: Link | None = await db.ask_alone(actor, link_of(actor, card_id))
    return found


def link_of(actor: Actor, card_id: UUID) -> Question:
    """The question of `find_link`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    return row_of(
        "SELECT a.id AS account_id, a.legal_name, a.city, a.country, l.reason, coalesce(p.name, '') AS linked_by,"
        " l.linked_at FROM partners_card_link l JOIN partners_account a ON a.id = l.account"
        " LEFT JOIN identity_membership m ON m.id = l.linked_by LEFT JOIN identity_person p ON p.id = m.person"
        " WHERE l.card = $1",
        card_id, account_id=UUID, linked_at=datetime.fromisoformat,
    ).then(lambda row: None if row is None else Link(**row))  # fmt: skip


async def suggest_accounts(actor: Actor, facts: CustomerFacts) -> list[Candidate]:
    """Accounts that a customer may be, the likeliest first; of accounts that are one customer, the likest only."""
    found = await find_candidates(actor, *described(facts), limit=_SUGGESTED_AT_MOST)
    likeliest: dict[UUID, Candidate] = {}
    for one in found:
        likeliest.setdefault(one.canonical, one)
    return list(likeliest.values())


async def search_accounts(actor: Actor, typed: str, *, limit: int = FOUND_AT_MOST) -> list[FoundAccount]:
    """Accounts in which every typed word occurs, for linking by hand."""
    return await db.ask_alone(actor, accounts_like(actor, typed, limit=limit)) or []


def accounts_like(actor: Actor, typed: str, *, limit: int = FOUND_AT_MOST) -> Question | None:
    """The question of `search_accounts`, for asking beside others; None without words. Raises NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    words = fold(typed)[:100].split()[:_WORDS_AT_MOST]
    if not words:
        return None
    found = " AND ".join(f"a.search LIKE ${i}" for i in range(2, len(words) + 2))
    return rows_of(
        "SELECT a.id AS account_id, a.legal_name, a.city, a.country FROM partners_account a"
        f' WHERE {found} ORDER BY a.sort_name COLLATE "C", a.id LIMIT $1',
        limit, *(f"%{_escaped(word)}%" for word in words), account_id=UUID,
    ).then(lambda rows: [FoundAccount(**row) for row in rows])  # fmt: skip


async def find_own_card(actor: Actor, name: str, country: str, sort_name: str) -> UUID | None:
    """The actor's own card of exactly this name and country, so that registering again makes no second one."""
    rows = await db.sql(
        "SELECT id, legal_name FROM partners_customer_card WHERE partner_id = $1 AND sort_name = $2 AND country = $3"
        " ORDER BY created_at, id",
        actor.partner_id, sort_name, country,
    )  # fmt: skip
    same: Sequence[UUID] = [row["id"] for row in rows if fold(row["legal_name"]) == fold(name)]
    return same[0] if same else None


def _facts(row: dict[str, Any]) -> CustomerFacts:
    names = CustomerFacts.__dataclass_fields__
    return CustomerFacts(**{name: row[name] for name in names if name in row})


def _escaped(word: str) -> str:
    """A word in which LIKE finds no wildcard."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
