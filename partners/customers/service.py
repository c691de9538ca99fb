"""What can be done about customers: a partner's cards and their people."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from partners.customers import queries
from partners.customers.rules import (
    ContactFacts,
    CustomerFacts,
    cleaned,
    contact_problems,
    problems_of,
    search_text,
    sort_name,
)
from partners.customers.tables import CardContact, CustomerCard
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.tenancy import visible

CARD = "card"
_NOT_ON_CARDS = ("address", "postcode", "phone")


async def create_card(actor: Actor, facts: CustomerFacts, *, now: datetime) -> UUID:
    """A new customer of the actor's partner. Raises NotAllowed, Invalid."""
    actor.require(Permission.CARDS_WRITE)
    if actor.partner_id is None:
        raise NotAllowed(_("Your role does not include this."), code="permission")
    values = card_values(facts)
    card_id = new_id()
    async with db.transaction(actor):
        await CustomerCard(
            id=card_id, partner_id=actor.partner_id, created_by=actor.membership_id, created_at=now, changed_at=now,
            **values,
        ).save()  # fmt: skip
        await record(actor, "card.created", CARD, card_id, partner_id=actor.partner_id, now=now)
    return card_id


async def find_or_create_card(actor: Actor, facts: CustomerFacts, *, now: datetime) -> UUID:
    """The partner's own card of exactly this name and country, or a new one. Raises NotAllowed, Invalid."""
    async with db.transaction(actor):
        key = sort_name(facts.legal_name.strip())
        found = await queries.find_own_card(actor, facts.legal_name.strip(), facts.country, key)
        return found or await create_card(actor, facts, now=now)


async def change_card(
    actor: Actor, card_id: UUID, facts: CustomerFacts, *, now: datetime, seen: datetime | None = None
) -> None:
    """Write the card's facts anew. `seen` is the time of change that the editor had before it.

    Raises NotFound, NotAllowed, Invalid, and Conflict when somebody changed it since `seen`.
    """
    actor.require(Permission.CARDS_WRITE)
    async with db.transaction(actor):
        card = await _own_card(actor, card_id)
        if seen is not None and seen != card.changed_at:
            raise Conflict(
                _("Somebody changed this customer after you opened it. Nothing of yours was saved: look again."),
                code="version",
            )
        values = card_values(facts)
        changes = changed_values(card, values)
        if not changes:
            return
        for name, value in values.items():
            setattr(card, name, value)
        card.changed_at = now
        await card.save()
        await record(
            actor, "card.changed", CARD, card_id, partner_id=card.partner_id, changes=_without_search(changes), now=now
        )


async def add_contact(actor: Actor, card_id: UUID, facts: ContactFacts, *, now: datetime) -> UUID:
    """A person on the card. Raises NotFound, NotAllowed, Invalid."""
    actor.require(Permission.CARDS_WRITE)
    _check_contact(facts)
    contact_id = new_id()
    async with db.transaction(actor):
        card = await _own_card(actor, card_id)
        await CardContact(
            id=contact_id, partner_id=card.partner_id, card=card_id, created_at=now,
            consent_at=now if facts.consent else None, **asdict(facts),
        ).save()  # fmt: skip
        await _record_contact(actor, card, "card.contact_added", contact_id, asdict(facts), now)
    return contact_id


async def change_contact(actor: Actor, contact_id: UUID, facts: ContactFacts, *, now: datetime) -> UUID:
    """Write a person's facts anew; the card's id. A consent in other words is a new consent.

    Raises NotFound, NotAllowed, Invalid.
    """
    actor.require(Permission.CARDS_WRITE)
    _check_contact(facts)
    async with db.transaction(actor):
        contact = await _contact(actor, contact_id)
        card = await _own_card(actor, contact.card)
        before = {name: getattr(contact, name) for name in asdict(facts)}
        if before == asdict(facts):
            return card.id
        if facts.consent != contact.consent:
            contact.consent_at = now if facts.consent else None
        for name, value in asdict(facts).items():
            setattr(contact, name, value)
        await contact.save()
        changed = {name: [old, getattr(facts, name)] for name, old in before.items() if old != getattr(facts, name)}
        await _record_contact(actor, card, "card.contact_changed", contact_id, changed, now)
    return card.id


async def remove_contact(actor: Actor, contact_id: UUID, *, now: datetime) -> UUID:
    """Take a person off the card; the card's id. Raises NotFound, NotAllowed."""
    actor.require(Permission.CARDS_WRITE)
    async with db.transaction(actor):
        contact = await _contact(actor, contact_id)
        card = await _own_card(actor, contact.card)
        await contact.remove()
        await _record_contact(actor, card, "card.contact_removed", contact_id, {}, now)
    return card.id


def card_values(facts: CustomerFacts) -> dict[str, Any]:
    """The columns of a card for these facts. Raises Invalid."""
    clean = cleaned(facts)
    if problems := problems_of(clean):
        raise Invalid(problems)
    values = {name: value for name, value in asdict(clean).items() if name not in _NOT_ON_CARDS}
    return values | {
        "search": search_text(clean.legal_name, clean.local_name, clean.domain, clean.city, clean.registry_id),
        "sort_name": sort_name(clean.legal_name),
    }


def changed_values(row: Any, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Before and after of each value that differs from the row's."""
    return {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}


def _without_search(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: change for name, change in changes.items() if name not in {"search", "sort_name", "match_name"}}


def _check_contact(facts: ContactFacts) -> None:
    if problems := contact_problems(facts):
        raise Invalid(problems)


async def _own_card(actor: Actor, card_id: UUID) -> CustomerCard:
    """The card, locked. Raises NotFound when unseen, NotAllowed when it is another company's."""
    card = (
        await CustomerCard.objects()
        .where(visible(CustomerCard, actor), CustomerCard.id == card_id)
        .lock_rows("UPDATE")
        .first()
    )
    if card is None:
        raise NotFound
    if actor.is_partner and card.partner_id != actor.partner_id:
        raise NotAllowed(_("This customer belongs to another company; you can read it."), code="other_company")
    return card


async def _contact(actor: Actor, contact_id: UUID) -> CardContact:
    found = await CardContact.objects().where(visible(CardContact, actor), CardContact.id == contact_id).first()
    if found is None:
        raise NotFound
    return found


async def _record_contact(
    actor: Actor, card: CustomerCard, name: str, contact_id: UUID, personal: dict[str, Any], now: datetime
) -> None:
    """The event names the contact by id; who it is stands apart, where it can be erased."""
    await record(
        actor, name, CARD, card.id, partner_id=card.partner_id, changes={"contact": [None, str(contact_id)]},
        personal=personal or None, now=now,
    )  # fmt: skip
