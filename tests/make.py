"""Builders: the smallest true rows, made as the system, for tests to stand on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from attribution.health.tables import Survey, Ticket, UsageReading
from attribution.revenue.tables import RevenueLine
from attribution.terms.tables import Term
from attribution.touchpoints.tables import CostRecord, Touchpoint
from partners.companies.tables import Company, CompanyParent, CompanyTerritory
from partners.contacts.tables import Contact
from partners.customers.tables import Account, CardContact, CardLink, CustomerCard
from partners.deals.tables import Deal, DealLine, DealProtection
from partners.opportunities.tables import Opportunity
from partners.products.tables import Product, ProductGroup
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.permissions import Role, Side
from portal.core.text import fold, sort_key
from portal.identity.tables import Membership, Person

NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
"""A Wednesday, noon in Berlin: when tests play unless they say otherwise."""
TODAY = date(2026, 11, 18)
_COUNT = iter(range(1, 1_000_000))


@dataclass(frozen=True)
class Cast:
    """Who plays. Pia, Paul, Pam and Petra work for Alpha, Otto for its rival Omega, Dora for Alpha's distributor."""

    alpha: UUID
    omega: UUID
    delta: UUID
    pia: Actor
    paul: Actor
    pam: Actor
    petra: Actor
    otto: Actor
    oona: Actor
    dora: Actor
    vera: Actor
    sam: Actor
    cleo: Actor
    milo: Actor
    faye: Actor
    finn: Actor
    audra: Actor
    ada: Actor

    def everybody(self) -> dict[str, Actor]:
        """All actors by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Actor)}


async def cast() -> Cast:
    """Three companies (Delta distributes for Alpha; Omega competes) and everybody in them."""
    delta = await company("Delta Distribution GmbH", kinds=["distributor"], tier="platinum")
    alpha = await company("Alpha Systemhaus GmbH", tier="gold")
    omega = await company("Omega IT AG", tier="silver")
    async with db.transaction(SYSTEM):
        await CompanyParent(id=new_id(), partner_id=alpha, parent=delta, since=date(2024, 1, 1)).save()
    p, s = Side.PARTNER, Side.STAFF
    return Cast(
        alpha=alpha,
        omega=omega,
        delta=delta,
        pia=await person("Pia Alpha", p, [Role.PARTNER_SALES], alpha),
        paul=await person("Paul Alpha", p, [Role.PARTNER_ADMIN], alpha),
        pam=await person("Pam Alpha", p, [Role.PARTNER_MARKETING], alpha),
        petra=await person("Petra Alpha", p, [Role.PARTNER_FINANCE], alpha),
        otto=await person("Otto Omega", p, [Role.PARTNER_SALES], omega),
        oona=await person("Oona Omega", p, [Role.PARTNER_ADMIN], omega),
        dora=await person("Dora Delta", p, [Role.PARTNER_ADMIN], delta, reads=[delta, alpha]),
        vera=await person("Vera Vendor", s, [Role.PARTNER_MANAGER]),
        sam=await person("Sam Vendor", s, [Role.SALES]),
        cleo=await person("Cleo Vendor", s, [Role.CUSTOMER_SUCCESS]),
        milo=await person("Milo Vendor", s, [Role.MARKETING]),
        faye=await person("Faye Vendor", s, [Role.FINANCE]),
        finn=await person("Finn Vendor", s, [Role.FINANCE]),
        audra=await person("Audra Vendor", s, [Role.AUDITOR]),
        ada=await person("Ada Vendor", s, [Role.ADMIN]),
    )


async def person(
    name: str, side: Side, roles: list[Role], partner_id: UUID | None = None, *, reads: list[UUID] | None = None
) -> Actor:
    """A person with one membership, as the actor it will be."""
    ids = new_id(), new_id()
    email = f"{name.lower().replace(' ', '.')}.{next(_COUNT)}@test.example"
    async with db.transaction(SYSTEM):
        await Person(id=ids[0], email=email, name=name, created_at=NOON).save()
        await Membership(
            id=ids[1], person=ids[0], side=side, partner_id=partner_id, roles=[r.value for r in roles], created_at=NOON,
            sessions_since=NOON,
        ).save()  # fmt: skip
    own = [partner_id] if partner_id else []
    return Actor(
        ids[0], ids[1], name, email, side, frozenset(roles), partner_id, frozenset(reads or own), company_name=None
    )


async def company(name: str = "", **more: Any) -> UUID:
    """A partner company; active, in Germany, in euro."""
    name = name or f"Partner {next(_COUNT)} GmbH"
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "legal_name": name, "country": "DE", "currency": "EUR", "kinds": ["reseller"],
        "tier": "registered", "status": "active", "joined_on": date(2024, 1, 1), "search": fold(name),
        "sort_name": sort_key(name), "created_at": NOON, "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Company(**row).save()
    return key


async def territory(partner_id: UUID, country: str = "DE", region: str = "") -> None:
    """A territory of a company."""
    async with db.transaction(SYSTEM):
        await CompanyTerritory(id=new_id(), partner_id=partner_id, country=country, region=region).save()


async def product(name: str = "", *, group: UUID | None = None, price: int = 100_00, currency: str = "EUR") -> UUID:
    """A product, in a group of its own unless one is given."""
    number = next(_COUNT)
    name = name or f"Product {number}"
    product_id = new_id()
    async with db.transaction(SYSTEM):
        if group is None:
            group = new_id()
            await ProductGroup(id=group, code=f"g{number}", name=f"{name} group").save()
        await Product(
            id=product_id, sku=f"SKU-{number}", name=name, group=group, list_price_minor=price, currency=currency,
            search=fold(name),
        ).save()  # fmt: skip
    return product_id


async def group_of(product_id: UUID) -> UUID:
    """The group of a product."""
    async with db.transaction(SYSTEM):
        found = await db.sql_value('SELECT "group" FROM partners_product WHERE id = $1', product_id)
    assert isinstance(found, UUID)
    return found


async def account(name: str = "", **more: Any) -> UUID:
    """An end customer of the vendor."""
    name = name or f"Account {next(_COUNT)} AG"
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "legal_name": name, "country": "DE", "match_name": fold(name), "search": fold(name),
        "sort_name": sort_key(name), "created_at": NOON, "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Account(**row).save()
    return key


async def card(actor: Actor, name: str = "", *, account_id: UUID | None = None, **more: Any) -> UUID:
    """A customer card of the actor's partner, linked to an account if one is given."""
    name = name or f"Customer {next(_COUNT)} GmbH"
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "partner_id": actor.partner_id, "legal_name": name, "country": "DE", "search": fold(name),
        "sort_name": sort_key(name), "created_by": actor.membership_id, "created_at": NOON, "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await CustomerCard(**row).save()
        if account_id:
            link = CardLink(card=key, account=account_id, linked_by=actor.membership_id, linked_at=NOON)
            await CardLink.insert(link)
    return key


async def contact(actor: Actor, card_id: UUID, name: str = "Anke Petersen") -> UUID:
    """A person on a card."""
    contact_id = new_id()
    async with db.transaction(SYSTEM):
        await CardContact(id=contact_id, partner_id=actor.partner_id, card=card_id, name=name, created_at=NOON).save()
    return contact_id


async def deal(
    actor: Actor,
    *,
    card_id: UUID | None = None,
    product_id: UUID | None = None,
    quantity: int = 10,
    price: int = 100_00,
    **more: Any,
) -> UUID:
    """A deal with one line, a draft unless `state` says otherwise; its times follow from the state."""
    card_id = card_id or await card(actor)
    product_id = product_id or await product(price=price)
    state = more.get("state", "draft")
    decided = NOON if state in ("approved", "rejected", "expired", "revoked") else None
    if state == "revoked":
        more = {"revoked_at": NOON, "revoke_code": "other", "protected_until": NOON} | more
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "partner_id": actor.partner_id, "number": f"D-{next(_COUNT):06}", "card": card_id,
        "customer_name": await _card_name(card_id), "registered_by": actor.membership_id,
        "owner": actor.membership_id, "amount_minor": quantity * price, "currency": "EUR", "created_at": NOON,
        "changed_at": NOON, "submitted_at": None if state == "draft" else NOON, "decided_at": decided,
        "protected_until": NOON + timedelta(days=90) if state == "approved" else None,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Deal(**row).save()
        await DealLine(
            id=new_id(), partner_id=actor.partner_id, deal=key, product=product_id, quantity=quantity,
            unit_price_minor=price, value_minor=quantity * price,
        ).save()  # fmt: skip
    return key


async def protection(deal_id: UUID, actor: Actor, account_id: UUID, group_id: UUID, **more: Any) -> UUID:
    """A protection row of a deal: from a year ago to in a year unless said otherwise."""
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "deal": deal_id, "partner_id": actor.partner_id, "account": account_id,
        "product_group": group_id, "protected_from": NOON - timedelta(days=365),
        "protected_until": NOON + timedelta(days=365),
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await DealProtection(**row).save()
    return key


async def revenue(account_id: UUID, product_id: UUID, minor: int, *, kind: str = "invoice_line", **more: Any) -> UUID:
    """A line of revenue; give `parent` for payments and refunds."""
    number = next(_COUNT)
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "kind": kind, "source_system": "test", "source_id": f"R-{number}", "account": account_id,
        "product": product_id, "quantity": 1, "net_minor": minor, "currency": "EUR", "ordered_on": TODAY,
        "occurred_at": NOON, "recorded_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await RevenueLine(**row).save()
    return key


async def person_at(account_id: UUID, name: str = "Anke Petersen", **more: Any) -> UUID:
    """A contact of the vendor at an account."""
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "account": account_id, "name": name, "email": f"person.{next(_COUNT)}@customer.example",
        "buying_role": "champion", "search": fold(name), "sort_name": sort_key(name), "created_at": NOON,
        "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Contact(**row).save()
    return key


async def opportunity(account_id: UUID, owner: Actor, name: str = "", **more: Any) -> UUID:
    """A sale that somebody of the vendor works directly."""
    name, key = name or f"Opportunity {next(_COUNT)}", new_id()
    row: dict[str, Any] = {
        "id": key, "account": account_id, "name": name, "owner": owner.membership_id, "amount_minor": 5_000_00,
        "currency": "EUR", "opened_at": NOON, "search": fold(name), "created_at": NOON, "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Opportunity(**row).save()
    return key


async def term(account_id: UUID, product_id: UUID, **more: Any) -> UUID:
    """A contract that runs for a year."""
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "account": account_id, "product": product_id, "number": f"C-{next(_COUNT)}",
        "source_system": "test", "quantity": 10, "starts_on": TODAY, "ends_on": TODAY + timedelta(days=364),
        "value_minor": 1_200_00, "currency": "EUR", "created_at": NOON, "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Term(**row).save()
    return key


async def signals(account_id: UUID) -> None:
    """A reading, an open ticket and an answer of a customer."""
    common: dict[str, Any] = {"account": account_id, "source_system": "test", "recorded_at": NOON}
    number = next(_COUNT)
    async with db.transaction(SYSTEM):
        await UsageReading(id=new_id(), source_id=f"U-{number}", day=TODAY, amount=40, licensed=80, **common).save()
        await Ticket(id=new_id(), source_id=f"T-{number}", opened_on=TODAY, severity="high", **common).save()
        await Survey(
            id=new_id(), source_id=f"S-{number}", answered_on=TODAY, score=8, lowest=0, highest=10,
            comment="Said in confidence", **common,
        ).save()  # fmt: skip


async def source_node(key: str = "marketing/social/linkedin") -> UUID:
    """A node of the source tree that every installation has."""
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value("SELECT id FROM attribution_source_node WHERE key = $1", key)
    return found


async def touchpoint(account_id: UUID | None, **more: Any) -> UUID:
    """A call."""
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "account": account_id, "occurred_at": NOON, "kind": "call", "source_system": "test",
        "source_id": f"T-{next(_COUNT)}", "recorded_at": NOON, "node": more.pop("node", None) or await source_node(),
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await Touchpoint(**row).save()
    return key


async def cost(**more: Any) -> UUID:
    """What a platform cost in a month."""
    key = new_id()
    row: dict[str, Any] = {
        "id": key, "node": await source_node(), "kind": "actual", "amount_minor": 900_00, "currency": "EUR",
        "starts_on": TODAY, "before": TODAY + timedelta(days=30), "number": f"K-{next(_COUNT)}",
        "source_system": "test", "created_at": NOON, "changed_at": NOON,
    } | more  # fmt: skip
    async with db.transaction(SYSTEM):
        await CostRecord(**row).save()
    return key


async def _card_name(card_id: UUID) -> str:
    async with db.transaction(SYSTEM):
        return str(await db.sql_value("SELECT legal_name FROM partners_customer_card WHERE id = $1", card_id))
