"""Customers as JSON: all that the pages do."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from partners.customers import linking, queries, service, tags
from partners.customers.lists import ACCOUNTS, CARDS
from partners.customers.queries import Account, Card, CardContact
from partners.customers.schemas import AccountBody, CardBody, ContactBody, LinkBody, TagBody
from partners.matching.accounts import Candidate
from portal.core import clock
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items
from portal.core.web.visit import AnyRequest


class CardApi(Controller):
    """A partner's customers."""

    path = "/api/v1/partners/cards"
    tags = ("customers",)

    @get("/", needs=Permission.CARDS_READ, operation_class=list_operation(CARDS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of cards and the cursor of the next."""
        return await list_items(CARDS, actor, request.query_params, now=clock.now())

    @post("/", needs=Permission.CARDS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[CardBody]) -> dict[str, Any]:
        """Write a customer down."""
        card_id = await service.create_card(actor, data.facts(), now=clock.now())
        return card_json(await queries.get_card(actor, card_id))

    @get("/{card_id:uuid}", needs=Permission.CARDS_READ)
    async def show(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> dict[str, Any]:
        """One customer with its people."""
        return card_json(await queries.get_card(actor, card_id))

    @put("/{card_id:uuid}", needs=Permission.CARDS_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], card_id: FromPath[UUID], data: JSONBody[CardBody]
    ) -> dict[str, Any]:
        """Write it anew."""
        await service.change_card(actor, card_id, data.facts(), now=clock.now())
        return card_json(await queries.get_card(actor, card_id))

    @post("/{card_id:uuid}/contacts", needs=Permission.CARDS_WRITE)
    async def add_contact(
        self, actor: NamedDependency[Actor], card_id: FromPath[UUID], data: JSONBody[ContactBody]
    ) -> dict[str, Any]:
        """Add a person."""
        await service.add_contact(actor, card_id, data.facts(), now=clock.now())
        return card_json(await queries.get_card(actor, card_id))

    @put("/contacts/{contact_id:uuid}", needs=Permission.CARDS_WRITE)
    async def change_contact(
        self, actor: NamedDependency[Actor], contact_id: FromPath[UUID], data: JSONBody[ContactBody]
    ) -> dict[str, Any]:
        """Write a person's facts anew; the answer is its card."""
        card_id = await service.change_contact(actor, contact_id, data.facts(), now=clock.now())
        return card_json(await queries.get_card(actor, card_id))

    @delete("/contacts/{contact_id:uuid}", needs=Permission.CARDS_WRITE, status_code=200)
    async def remove_contact(self, actor: NamedDependency[Actor], contact_id: FromPath[UUID]) -> dict[str, Any]:
        """Take a person off; the answer is its card."""
        card_id = await service.remove_contact(actor, contact_id, now=clock.now())
        return card_json(await queries.get_card(actor, card_id))

    @get("/{card_id:uuid}/link", needs=Permission.DEALS_DECIDE)
    async def show_link(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> dict[str, Any]:
        """Which account the card is, or may be; for the vendor only."""
        card = await queries.get_card(actor, card_id)
        link = await queries.find_link(actor, card_id)
        suggestions = [] if link else await queries.suggest_accounts(actor, card.facts)
        return {
            "account": str(link.account_id) if link else None,
            "suggestions": [suggestion_json(one) for one in suggestions],
        }

    @put("/{card_id:uuid}/link", needs=Permission.DEALS_DECIDE)
    async def link(
        self, actor: NamedDependency[Actor], card_id: FromPath[UUID], data: JSONBody[LinkBody]
    ) -> dict[str, Any]:
        """Say which account the card is."""
        await linking.link_card(actor, card_id, data.account, now=clock.now())
        return {"account": str(data.account)}

    @delete("/{card_id:uuid}/link", needs=Permission.DEALS_DECIDE, status_code=200)
    async def unlink(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> dict[str, Any]:
        """Undo the link."""
        await linking.unlink_card(actor, card_id, now=clock.now())
        return {"account": None}

    @post("/{card_id:uuid}/account", needs=Permission.DEALS_DECIDE)
    async def create_account(self, actor: NamedDependency[Actor], card_id: FromPath[UUID]) -> dict[str, Any]:
        """Make an account of the card, and link it."""
        account_id = await linking.create_account_from_card(actor, card_id, now=clock.now())
        return {"account": str(account_id)}


class AccountApi(Controller):
    """The vendor's customers."""

    path = "/api/v1/partners/accounts"
    tags = ("customers",)

    @get("/", needs=Permission.ACCOUNTS_READ, operation_class=list_operation(ACCOUNTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of accounts and the cursor of the next."""
        return await list_items(ACCOUNTS, actor, request.query_params, now=clock.now())

    @post("/", needs=Permission.ACCOUNTS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[AccountBody]) -> dict[str, Any]:
        """Add an account."""
        account_id = await linking.create_account(actor, data.facts(), now=clock.now())
        return account_json(await queries.get_account(actor, account_id))

    @get("/{account_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> dict[str, Any]:
        """One account with the partners' cards of it."""
        return account_json(await queries.get_account(actor, account_id))

    @put("/{account_id:uuid}", needs=Permission.ACCOUNTS_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], account_id: FromPath[UUID], data: JSONBody[AccountBody]
    ) -> dict[str, Any]:
        """Write it anew."""
        await linking.change_account(actor, account_id, data.facts(), now=clock.now())
        return account_json(await queries.get_account(actor, account_id))

    @get("/tags", needs=Permission.ACCOUNTS_READ)
    async def list_tags(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """The tags in which `q` is written, with how many accounts have each."""
        found = await tags.list_tags(actor, request.query_params.get("q", ""))
        return {"items": [asdict(one) for one in found]}

    @post("/{account_id:uuid}/tags", needs=Permission.ACCOUNTS_WRITE)
    async def tag(
        self, actor: NamedDependency[Actor], account_id: FromPath[UUID], data: JSONBody[TagBody]
    ) -> dict[str, Any]:
        """Put a tag on an account."""
        await tags.tag_account(actor, account_id, data.name, now=clock.now())
        return account_json(await queries.get_account(actor, account_id))

    @post("/{account_id:uuid}/tags/remove", needs=Permission.ACCOUNTS_WRITE)
    async def untag(
        self, actor: NamedDependency[Actor], account_id: FromPath[UUID], data: JSONBody[TagBody]
    ) -> dict[str, Any]:
        """Take a tag off an account."""
        await tags.untag_account(actor, account_id, data.name, now=clock.now())
        return account_json(await queries.get_account(actor, account_id))


def card_json(card: Card) -> dict[str, Any]:
    """A card as JSON. Nothing of the account it may be is in it."""
    facts = {name: value for name, value in asdict(card.facts).items() if name not in {"address", "postcode", "phone"}}
    return {
        "id": str(card.id),
        "partner": str(card.partner_id),
        "partner_name": card.partner_name,
        **facts,
        "contacts": [_contact_json(one) for one in card.contacts],
        "created_at": card.created_at.isoformat(),
        "changed_at": card.changed_at.isoformat(),
    }


def suggestion_json(one: Candidate) -> dict[str, Any]:
    """An account that a card may be, with the score in percent and codes of what speaks for and against it."""
    return {
        "account": str(one.account_id),
        "legal_name": one.legal_name,
        "score": one.percent,
        "reasons": [reason.value for reason in one.reasons],
    }


def _contact_json(contact: CardContact) -> dict[str, Any]:
    return asdict(contact) | {
        "id": str(contact.id),
        "consent_at": contact.consent_at.isoformat() if contact.consent_at else None,
    }


def account_json(account: Account) -> dict[str, Any]:
    """An account as JSON."""
    facts = {name: value for name, value in asdict(account.facts).items() if name != "notes"}
    return {
        "id": str(account.id),
        **facts,
        "cards": [
            {"card": str(one.id), "partner": str(one.partner_id), "partner_name": one.partner_name}
            for one in account.cards
        ],
        "tags": list(account.tags),
        "created_at": account.created_at.isoformat(),
        "changed_at": account.changed_at.isoformat(),
    }
