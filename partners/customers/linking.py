"""What the vendor does about customers: accounts, and saying which account a partner's card is."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from partners.customers import doors, queries
from partners.customers.rules import (
    CustomerFacts,
    cleaned,
    described,
    problems_of,
    search_text,
    sort_name,
    without_legal_form,
)
from partners.customers.service import CARD, card_values, changed_values
from partners.customers.tables import Account, CardUnlink, CustomerCard
from partners.matching.accounts import reasons_between, write_keys
from partners.matching.scoring import FOR
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.types import Audience

ACCOUNT = "account"
HANDED_OVER = "handed_over"
"""Why a card is linked that the vendor made for a partner which takes a deal over."""
_PUBLIC = ("legal_name", "country", "local_name", "domain", "registry_id", "region", "city")
"""What anybody finds out about a company. Industry and size may be one partner's guess."""
_STORED_ONLY = frozenset({"search", "sort_name", "match_name"})


async def create_account(actor: Actor, facts: CustomerFacts, *, now: datetime) -> UUID:
    """A new customer of the vendor. Raises NotAllowed, Invalid."""
    actor.require(Permission.ACCOUNTS_WRITE)
    values = account_values(facts)
    account_id = new_id()
    async with db.transaction(actor):
        await Account(id=account_id, created_at=now, changed_at=now, **values).save()
        await write_keys([{"id": account_id, **values}])
        await record(actor, "account.created", ACCOUNT, account_id, now=now)
    return account_id


async def change_account(
    actor: Actor, account_id: UUID, facts: CustomerFacts, *, now: datetime, seen: datetime | None = None
) -> None:
    """Write the account's facts anew. Raises NotFound, NotAllowed, Invalid, Conflict when changed since `seen`."""
    actor.require(Permission.ACCOUNTS_WRITE)
    async with db.transaction(actor):
        account = await Account.objects().where(Account.id == account_id).lock_rows("UPDATE").first()
        if account is None:
            raise NotFound
        if seen is not None and seen != account.changed_at:
            raise Conflict(
                _("Somebody changed this customer after you opened it. Nothing of yours was saved: look again."),
                code="version",
            )
        values = account_values(facts)
        changes = {name: c for name, c in changed_values(account, values).items() if name not in _STORED_ONLY}
        if not changes:
            return
        for name, value in values.items():
            setattr(account, name, value)
        account.changed_at = now
        await account.save()
        await write_keys([{"id": account_id, **values}])
        await record(actor, "account.changed", ACCOUNT, account_id, changes=changes, now=now)


async def link_card(actor: Actor, card_id: UUID, account_id: UUID, *, now: datetime, score: int | None = None) -> None:
    """Say that the card is this account; what speaks for it is kept as the reason. Nothing of it reaches the partner.

    `score`, in percent, is told where the system links by itself. Raises NotFound, NotAllowed, and Conflict when it
    is linked already.
    """
    _require_linking(actor)
    async with db.transaction(actor):
        card = await queries.get_card(actor, card_id)
        account = await queries.get_account(actor, account_id)
        emails = [person.email for person in card.contacts]
        reasons = reasons_between(described(card.facts, emails), described(account.facts))
        await _insert_link(actor, card, account_id, [one.value for one in reasons if one in FOR], now, score)


async def find_or_make_card(actor: Actor, partner_id: UUID, account_id: UUID, *, reason: str, now: datetime) -> UUID:
    """The partner's oldest card of this customer, or a new one that says what the vendor knows and anybody could find.

    Nothing comes from another partner's card. Two at once get the same. Raises NotFound, NotAllowed, Invalid.
    """
    _require_linking(actor)
    async with db.transaction(actor):
        await db.lock_subject(f"card of {partner_id} for {account_id}")
        found = await db.sql_value(
            "SELECT c.id FROM partners_customer_card c JOIN partners_card_link l ON l.card = c.id"
            " WHERE c.partner_id = $1 AND l.account = any(partners_accounts_of($2)) ORDER BY l.linked_at, c.id LIMIT 1",
            partner_id, account_id,
        )  # fmt: skip
        if found is not None:
            return UUID(str(found))
        known = (await queries.get_account(actor, account_id)).facts
        facts = CustomerFacts(**{name: getattr(known, name) for name in _PUBLIC})
        card_id = new_id()
        await CustomerCard(
            id=card_id, partner_id=partner_id, created_by=actor.membership_id, created_at=now, changed_at=now,
            **card_values(facts),
        ).save()  # fmt: skip
        await record(actor, "card.created", CARD, card_id, partner_id=partner_id, now=now)
        await _insert_link(actor, await queries.get_card(actor, card_id), account_id, [reason], now)
    return card_id


async def create_account_from_card(actor: Actor, card_id: UUID, *, now: datetime) -> UUID:
    """A new account with the facts of the card, and the link to it. Raises NotFound, NotAllowed, Conflict."""
    _require_linking(actor)
    async with db.transaction(actor):
        card = await queries.get_card(actor, card_id)
        facts = replace(card.facts, notes="")
        account_id = await create_account(actor, facts, now=now)
        await _insert_link(actor, card, account_id, ["new"], now)
    return account_id


async def unlink_card(actor: Actor, card_id: UUID, *, now: datetime) -> None:
    """Undo the link; from then on only a person links the card.

    Raises NotFound, NotAllowed, and Conflict while something rests on the link.
    """
    _require_linking(actor)
    async with db.transaction(actor):
        card = await queries.get_card(actor, card_id)
        await lock_link(card_id)
        row = await db.sql_one("SELECT account FROM partners_card_link WHERE card = $1 FOR UPDATE", card_id)
        if row is None:
            raise Conflict(_("This card is not linked to an account."), code="unlinked")
        await doors.check_unlink(actor, card_id, now)
        await db.sql("DELETE FROM partners_card_link WHERE card = $1", card_id)
        await CardUnlink(
            id=new_id(), card=card_id, account=row["account"], undone_by=actor.membership_id, undone_at=now
        ).save()
        await record(
            actor, "card.unlinked", CARD, card_id, partner_id=card.partner_id, audience=Audience.VENDOR,
            changes={"account": [str(row["account"]), None]}, now=now,
        )  # fmt: skip


def account_values(facts: CustomerFacts) -> dict[str, Any]:
    """The columns of an account for these facts. Raises Invalid."""
    clean = cleaned(facts)
    if problems := problems_of(clean):
        raise Invalid(problems)
    values = {name: value for name, value in asdict(clean).items() if name != "notes"}
    return values | {
        "match_name": without_legal_form(clean.legal_name),
        "search": search_text(clean.legal_name, clean.local_name, clean.domain, clean.city, clean.registry_id),
        "sort_name": sort_name(clean.legal_name),
    }


def _require_linking(actor: Actor) -> None:
    """Raise NotAllowed unless the actor decides deals: linking is part of a review, and the vendor's alone."""
    actor.require(Permission.DEALS_DECIDE)


async def lock_link(card_id: UUID) -> None:
    """Have whoever links this card, or undoes its link, wait for each other until the end of the unit."""
    await db.lock_subject(f"link of {card_id}")


async def _insert_link(
    actor: Actor, card: queries.Card, account_id: UUID, reasons: list[str], now: datetime, score: int | None = None
) -> None:
    await lock_link(card.id)
    made = await db.sql(
        "INSERT INTO partners_card_link (card, account, reason, linked_by, linked_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (card) DO NOTHING RETURNING card",
        card.id, account_id, ",".join(reasons), actor.membership_id, now,
    )  # fmt: skip
    if not made:
        raise Conflict(_("This card is linked to an account already. Undo that link first."), code="linked")
    changes: dict[str, list[Any]] = {"account": [None, str(account_id)], "reasons": [None, reasons]}
    if score is not None:
        changes["score"] = [None, score]
    await record(
        actor, "card.linked", CARD, card.id, partner_id=card.partner_id, audience=Audience.VENDOR, changes=changes,
        now=now,
    )  # fmt: skip
