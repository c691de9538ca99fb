"""Writing what a registration says into its rows: the draft, its number, its lines and its contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.companies.queries import get_company
from partners.customers import queries as customers
from partners.customers import service as cards
from partners.customers.rules import ContactFacts, CustomerFacts, is_email
from partners.deals import rules
from partners.deals.locks import DealField
from partners.deals.rules import Contact, Line, NewCustomer, Registration
from partners.deals.states import DealState, Stage
from partners.deals.tables import Deal, DealLine
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.money import is_currency
from portal.core.text import fold

LIMITS: Final[dict[str, int]] = {
    "competitor": 120, "help_wanted": 1000, "reference": 60, "notes": 10_000, "price_reason": 1000,
}  # fmt: skip
_CONTACT_LIMITS: Final[dict[str, int]] = {"name": 120, "email": 254, "consent": 200}
_PLAIN: Final[dict[str, DealField]] = {
    "role": DealField.ROLE,
    "expected_close_on": DealField.EXPECTED_CLOSE,
    "price_reason": DealField.PRICE,
    "price_wanted_until": DealField.PRICE,
    "source": DealField.SOURCE,
    "competitor": DealField.COMPETITOR,
    "help_wanted": DealField.HELP_WANTED,
    "reference": DealField.REFERENCE,
    "notes": DealField.NOTES,
}


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its price settled."""

    product_id: UUID
    quantity: int
    unit_price_minor: int

    @property
    def value_minor(self) -> int:
        """Its value."""
        return rules.line_value(self.quantity, self.unit_price_minor)


@dataclass(frozen=True, slots=True)
class Change:
    """What would change: the fields touched, the facts before and after, and personal values apart."""

    wanted: Registration
    lines: tuple[PricedLine, ...]
    fields: frozenset[DealField]
    facts: dict[str, list[Any]] = field(default_factory=dict)
    personal: dict[str, list[Any]] = field(default_factory=dict)


async def insert_draft(actor: Actor, partner_id: UUID, wanted: Registration, now: datetime) -> Deal:
    """A new draft with its lines, its card and its contact. Raises NotFound for a card unseen, Invalid."""
    refuse(_text_problems(wanted) | _contact_problems(wanted.contact) | line_problems(wanted.lines))
    _check_source(wanted)
    lines = await price_lines(wanted.lines, wanted.currency)
    card_id, customer_name = await _card(actor, wanted.customer, now)
    deal = Deal(
        id=new_id(),
        partner_id=partner_id,
        number=await next_number(actor, partner_id, now),
        card=card_id,
        customer_name=customer_name,
        registered_by=actor.membership_id,
        owner=actor.membership_id,
        continued_from=wanted.continues,
        state=DealState.DRAFT,
        stage=Stage.PROSPECT,
        amount_minor=sum(line.value_minor for line in lines),
        currency=wanted.currency,
        contact_name=wanted.contact.name.strip(),
        contact_email=wanted.contact.email.strip(),
        created_at=now,
        changed_at=now,
        **{name: getattr(wanted, name) for name in _PLAIN},
    )
    deal.search = search_text(deal)
    await deal.save()
    await insert_lines(deal, lines)
    await _keep_contact(actor, card_id, wanted, now)
    return deal


async def compare(deal: Deal, wanted: Registration) -> Change:
    """What of the deal would change; only that is checked. Raises Invalid."""
    refuse(_text_problems(wanted))
    facts: dict[str, list[Any]] = {}
    fields: set[DealField] = set()
    for name, part in _PLAIN.items():
        before, after = getattr(deal, name), getattr(wanted, name)
        if before != after:
            fields.add(part)
            facts[name] = [before, after]
    if DealField.SOURCE in fields:
        _check_source(wanted)
    if not isinstance(wanted.customer, UUID) or wanted.customer != deal.card:
        fields.add(DealField.CUSTOMER)
        facts["card"] = [str(deal.card), str(wanted.customer) if isinstance(wanted.customer, UUID) else "new"]
    lines = await _compare_lines(deal, wanted, fields, facts)
    personal = {
        name: [before, after]
        for name, before, after in (
            ("contact_name", deal.contact_name, wanted.contact.name.strip()),
            ("contact_email", deal.contact_email, wanted.contact.email.strip()),
        )
        if before != after
    }
    if personal:
        refuse(_contact_problems(wanted.contact))
        fields.add(DealField.CONTACT)
    return Change(wanted, lines, frozenset(fields), facts, personal)


async def _compare_lines(
    deal: Deal, wanted: Registration, fields: set[DealField], facts: dict[str, list[Any]]
) -> tuple[PricedLine, ...]:
    """The lines as they would be; a product that has left the catalogue may stay where it is. Raises Invalid."""
    stored = await read_lines(deal.id)
    as_given = [(line.product_id, line.quantity, line.unit_price_minor) for line in wanted.lines]
    unchanged = as_given == [(line.product_id, line.quantity, line.unit_price_minor) for line in stored]
    if unchanged and wanted.currency == deal.currency:
        return tuple(stored)
    refuse(line_problems(wanted.lines))
    lines = await price_lines(wanted.lines, wanted.currency)
    if stored != list(lines) or wanted.currency != deal.currency:
        fields.add(DealField.LINES)
        facts["lines"] = [_plain_lines(stored, deal.currency), _plain_lines(lines, wanted.currency)]
    return lines


async def apply(actor: Actor, deal: Deal, change: Change, now: datetime) -> None:
    """Set the deal's columns and write its lines anew; the deal itself is saved by the caller. Raises NotFound."""
    wanted = change.wanted
    for name in _PLAIN:
        setattr(deal, name, getattr(wanted, name))
    if DealField.CUSTOMER in change.fields:
        deal.card, deal.customer_name = await _card(actor, wanted.customer, now)
    if DealField.LINES in change.fields:
        await db.sql("DELETE FROM partners_deal_line WHERE deal = $1", deal.id)
        deal.currency = wanted.currency
        deal.amount_minor = sum(line.value_minor for line in change.lines)
        await insert_lines(deal, change.lines)
    if DealField.CONTACT in change.fields:
        deal.contact_name, deal.contact_email = wanted.contact.name.strip(), wanted.contact.email.strip()
        await _keep_contact(actor, deal.card, wanted, now)
    deal.search = search_text(deal)


async def price_lines(lines: Sequence[Line], currency: str) -> tuple[PricedLine, ...]:
    """The lines with the list price where none was given. Raises Invalid, naming each line by its place."""
    rows = await db.sql(
        "SELECT id, list_price_minor, currency FROM partners_product WHERE id = any($1::uuid[]) AND active",
        [line.product_id for line in lines],
    )
    products = {row["id"]: row for row in rows}
    problems: dict[str, str] = {}
    priced: list[PricedLine] = []
    for index, line in enumerate(lines):
        product = products.get(line.product_id)
        price = line.unit_price_minor
        if product is None:
            problems[f"lines.{index}.product"] = _("Choose a product of the catalogue.")
            continue
        if price is None and product["currency"] == currency:
            price = product["list_price_minor"]
        if price is None:
            problems[f"lines.{index}.price"] = _("The list price is in %(theirs)s: give the price in %(yours)s.") % {
                "theirs": product["currency"],
                "yours": currency,
            }
            continue
        priced.append(PricedLine(line.product_id, line.quantity, price))
    if problems:
        raise Invalid(problems)
    return tuple(priced)


async def insert_lines(deal: Deal, lines: Sequence[PricedLine]) -> None:
    """The lines of a deal, in their order, in one statement."""
    if lines:
        await DealLine.insert(
            *(
                DealLine(
                    id=new_id(),
                    partner_id=deal.partner_id,
                    deal=deal.id,
                    position=position,
                    product=line.product_id,
                    quantity=line.quantity,
                    unit_price_minor=line.unit_price_minor,
                    value_minor=line.value_minor,
                )
                for position, line in enumerate(lines, start=1)
            )
        )


async def read_lines(deal_id: UUID) -> list[PricedLine]:
    """The stored lines, in their order."""
    rows = await db.sql(
        "SELECT product, quantity, unit_price_minor FROM partners_deal_line WHERE deal = $1 ORDER BY position, id",
        deal_id,
    )
    return [PricedLine(row["product"], row["quantity"], row["unit_price_minor"]) for row in rows]


def search_text(deal: Deal) -> str:
    """What the list of deals searches: customer, number and the partner's own reference."""
    return fold(f"{deal.customer_name} {deal.number} {deal.reference}")[:500]


async def _card(actor: Actor, customer: UUID | NewCustomer, now: datetime) -> tuple[UUID, str]:
    """The card and its name: the partner's own, found again, or made. Raises NotFound, Invalid."""
    if isinstance(customer, NewCustomer):
        facts = CustomerFacts(customer.name, customer.country, city=customer.city, domain=customer.domain)
        try:
            card_id = await cards.find_or_create_card(actor, facts, now=now)
        except Invalid as refusal:
            names = {"legal_name": "customer"}
            raise Invalid({names.get(name, name): why for name, why in refusal.errors.items()}) from refusal
        return card_id, customer.name.strip()
    card = await customers.get_card(actor, customer)
    if card.partner_id != actor.partner_id:
        raise NotFound
    return card.id, card.facts.legal_name


async def _keep_contact(actor: Actor, card_id: UUID, wanted: Registration, now: datetime) -> None:
    """Put the person on the card, unless it is there: the same address, or the same name where none was given."""
    contact = wanted.contact
    name, email = contact.name.strip(), contact.email.strip()
    if not name:
        return
    for known in await customers.list_contacts(actor, card_id):
        if known.email.lower() == email.lower() if email else fold(known.name) == fold(name):
            if contact.consent and not known.consent:
                facts = ContactFacts(known.name, known.email, known.phone, known.job_title, contact.consent)
                await cards.change_contact(actor, known.id, facts, now=now)
            return
    await cards.add_contact(actor, card_id, ContactFacts(name, email, consent=contact.consent), now=now)


async def next_number(actor: Actor, partner_id: UUID, now: datetime) -> str:
    """The partner's next number of the vendor's year. Two at once get theirs one after the other."""
    company = await get_company(actor, partner_id)
    prefix = rules.number_prefix(company["legal_name"])
    year = clock.day_of(now, formats.time_zone().key).year
    await db.lock_subject(f"deal numbers of {partner_id}")
    last = await db.sql_value(
        "SELECT coalesce(max(substring(number from '\\d+$')::integer), 0) FROM partners_deal"
        " WHERE partner_id = $1 AND number LIKE $2",
        partner_id, f"{prefix}-{year}-%",
    )  # fmt: skip
    return rules.deal_number(prefix, year, int(last) + 1)


def refuse(problems: dict[str, str]) -> None:
    """Raise Invalid when there is a problem."""
    if problems:
        raise Invalid(problems)


def _text_problems(wanted: Registration) -> dict[str, str]:
    """Texts that are too long, and a currency that is none."""
    problems = _too_long(wanted, LIMITS)
    if not is_currency(wanted.currency):
        problems["currency"] = _("Choose a currency.")
    return problems


def _check_source(wanted: Registration) -> None:
    """Raise Invalid for a source that only the vendor's own act gives."""
    if wanted.source not in rules.TYPED_SOURCES:
        raise Invalid({"source": _("Choose one of the values offered.")})


def _contact_problems(contact: Contact) -> dict[str, str]:
    """What is wrong with the contact, by the names of the form's fields."""
    problems = _too_long(contact, _CONTACT_LIMITS)
    if contact.email.strip() and not is_email(contact.email.strip()):
        problems["email"] = _("This is not an e-mail address.")
    if contact.email.strip() and not contact.name.strip():
        problems["name"] = _("Say who it is.")
    return {f"contact_{name}": why for name, why in problems.items()}


def line_problems(lines: Sequence[Line]) -> dict[str, str]:
    """Quantities and prices that no line can have."""
    problems = {}
    if len(lines) > rules.MOST_LINES:
        problems["lines"] = _("Give at most %(most)s products.") % {"most": rules.MOST_LINES}
    for index, line in enumerate(lines):
        if not 1 <= line.quantity <= rules.MOST_QUANTITY:
            problems[f"lines.{index}.quantity"] = _("Give a quantity of one or more.")
        if line.unit_price_minor is not None and not 0 <= line.unit_price_minor <= rules.MOST_MINOR:
            problems[f"lines.{index}.price"] = _("This price cannot be.")
    return problems


def _too_long(facts: object, limits: Mapping[str, int]) -> dict[str, str]:
    return {
        name: _("Write at most %(max_length)s characters.") % {"max_length": most}
        for name, most in limits.items()
        if len(getattr(facts, name)) > most
    }


def _plain_lines(lines: Sequence[PricedLine], currency: str) -> list[list[Any]]:
    return [[str(line.product_id), line.quantity, line.unit_price_minor, currency] for line in lines]
