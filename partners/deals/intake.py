"""Taking in deals of another system: cards, links, contacts, lines and protections, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers import bulk
from partners.customers.rules import search_text, sort_name
from partners.deals import rules
from partners.deals.historic import PastDeal, Problem, kept_state, problems_of
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.imports.states import RowOutcome

RECEIPTS: Final = "deals"
_COMPANIES: Final = "companies"
_ACCOUNTS: Final = "accounts"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one deal: every reason why it was refused, or nothing."""

    outcome: RowOutcome
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Partner:
    id: UUID
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class _Product:
    id: UUID
    group: UUID
    group_name: str


@dataclass(frozen=True, slots=True)
class _Hold:
    """A protection, of before or of this batch."""

    since: datetime
    until: datetime
    number: str
    partner_name: str


@dataclass(slots=True)
class _Cards:
    """Cards of the partners that a batch names."""

    linked: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)
    """By partner and account."""
    named: defaultdict[tuple[UUID, str], list[tuple[UUID, bool]]] = field(default_factory=lambda: defaultdict(list))
    """By partner and folded name: the card, and whether it is linked."""
    people: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    """What the people of each card are told apart by."""


@dataclass(slots=True)
class _Known:
    """All that a batch refers to, as it is stored."""

    receipts: dict[str, bulk.Receipt]
    partners: dict[str, _Partner]
    accounts: dict[str, UUID]
    products: dict[str, _Product]
    people: dict[tuple[UUID, str], UUID]
    cards: _Cards
    numbers: dict[str, int]
    """The last count by partner and beginning of the number."""
    customers: dict[UUID, UUID]
    """The account under which each is found since accounts were merged."""
    holds: defaultdict[tuple[UUID, UUID], list[_Hold]]
    """By such an account and product group."""


@dataclass(slots=True)
class _Rows:
    """What will be inserted, by table."""

    cards: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    deals: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    protections: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[tuple[str, UUID, str]] = field(default_factory=list)


async def take(actor: Actor, deals: Sequence[PastDeal], *, source_system: str, now: datetime) -> list[Taken]:
    """Take in deals of one source system; what became of each, in order. The same again does nothing.

    A deal whose protection would overlap another's is refused by name. Raises NotAllowed.
    """
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        known = await _look_up(deals, source_system)
        batch = _Batch(actor, known, now)
        taken = [batch.take(deal) for deal in deals]
        rows = batch.rows
        await bulk.insert_rows("partners_customer_card", rows.cards)
        await bulk.insert_rows("partners_card_link", rows.links)
        await bulk.insert_rows("partners_card_contact", rows.contacts)
        await bulk.insert_rows("partners_deal", rows.deals)
        await bulk.insert_rows("partners_deal_line", rows.lines)
        await bulk.insert_rows("partners_deal_protection", rows.protections)
        await bulk.write_receipts(RECEIPTS, source_system, rows.receipts, now=now)
    return taken


class _Batch:
    """Deals on their way in, one after the other; each sees those before it."""

    def __init__(self, actor: Actor, known: _Known, now: datetime) -> None:
        self.rows = _Rows()
        self._actor = actor
        self._known = known
        self._now = now
        self._zone = formats.time_zone().key
        self._seen: set[str] = set()

    def take(self, deal: PastDeal) -> Taken:
        """Check it, find or make what it needs, and keep its rows."""
        problems = problems_of(deal, self._now)
        if deal.source_id in self._seen:
            problems = [Problem("repeated", "source_id")]
        self._seen.add(deal.source_id)
        digest = bulk.content_hash({one.name: getattr(deal, one.name) for one in fields(deal)})
        before = self._known.receipts.get(deal.source_id)
        if before is not None and not problems:
            if before.content_sha256 == digest:
                return Taken(RowOutcome.SAME)
            problems = [Problem("changed", "source_id")]
        problems += self._unknown(deal)
        if problems:
            return Taken(RowOutcome.REFUSED, tuple(problems))
        partner = self._known.partners[deal.partner]
        held = self._held(deal)
        if held:
            return Taken(RowOutcome.REFUSED, (held,))
        deal_id = new_id()
        self._add(deal_id, deal, partner)
        self.rows.receipts.append((deal.source_id, deal_id, digest))
        return Taken(RowOutcome.IMPORTED)

    def _unknown(self, deal: PastDeal) -> list[Problem]:
        """What it names and we do not have."""
        known = self._known
        partner = known.partners.get(deal.partner)
        no_account = bool(deal.account) and deal.account not in known.accounts
        no_person = bool(partner and deal.registered_by) and self._member(partner, deal) is None
        wrong = (
            (partner is None, "unknown_partner", "partner_source_id", deal.partner),
            (no_account, "unknown_account", "account_source_id", deal.account),
            (deal.sku not in known.products, "unknown_product", "product_sku", deal.sku),
            (no_person, "unknown_person", "registered_by_email", deal.registered_by),
        )
        return [Problem(code, name, {"text": value}) for is_wrong, code, name, value in wrong if is_wrong]

    def _member(self, partner: _Partner | None, deal: PastDeal) -> UUID | None:
        """Who registered it, if it is one of the partner's people."""
        return self._known.people.get((partner.id, deal.registered_by.lower())) if partner else None

    def _held(self, deal: PastDeal) -> Problem | None:
        """Who holds customer and product group in the deal's time, if somebody does."""
        if not deal.was_protected or deal.decided_at is None or deal.protected_until is None:
            return None
        product = self._known.products[deal.sku]
        for hold in self._known.holds[self._customer(deal), product.group]:
            if hold.since < deal.protected_until and deal.decided_at < hold.until:
                params = {"group": product.group_name, "partner": hold.partner_name, "number": hold.number}
                return Problem("protected", "decided_at", params)
        return None

    def _add(self, deal_id: UUID, deal: PastDeal, partner: _Partner) -> None:
        """The rows of a deal that is taken in."""
        known, product = self._known, self._known.products[deal.sku]
        member = self._member(partner, deal) or self._actor.membership_id
        card_id = self._card(deal, partner, member)
        number = self._number(deal, partner)
        value = rules.line_value(deal.quantity, deal.unit_price.minor)
        self._contact(deal, partner, card_id)
        same = (
            "customer_name", "role", "stage", "expected_close_on", "source", "contact_name", "contact_email",
            "competitor", "reference", "notes", "question", "answer", "reject_code", "lost_reason", "submitted_at",
            "taken_at", "decided_at", "protected_until", "closed_at", "created_at",
        )  # fmt: skip
        self.rows.deals.append(
            {name: getattr(deal, name) for name in same}
            | {
                "id": deal_id, "partner_id": partner.id, "number": number, "card": card_id,
                "registered_by": member, "owner": member, "state": kept_state(deal, self._now),
                "amount_minor": value, "currency": deal.unit_price.currency, "help_wanted": "", "decision_note": "",
                "asked_fields": [], "search": fold(f"{deal.customer_name} {number} {deal.reference}")[:500],
                "changed_at": self._changed(deal), "version": 1,
            }
        )  # fmt: skip
        self.rows.lines.append(
            {
                "id": new_id(), "partner_id": partner.id, "deal": deal_id, "position": 1, "product": product.id,
                "quantity": deal.quantity, "unit_price_minor": deal.unit_price.minor, "value_minor": value,
            }
        )  # fmt: skip
        if deal.was_protected and deal.decided_at and deal.protected_until:
            account = known.accounts[deal.account]
            known.holds[self._customer(deal), product.group].append(
                _Hold(deal.decided_at, deal.protected_until, number, partner.name)
            )
            self.rows.protections.append(
                {
                    "id": new_id(), "deal": deal_id, "partner_id": partner.id, "account": account,
                    "product_group": product.group, "protected_from": deal.decided_at,
                    "protected_until": deal.protected_until,
                }
            )  # fmt: skip

    def _customer(self, deal: PastDeal) -> UUID:
        return self._known.customers[self._known.accounts[deal.account]]

    def _changed(self, deal: PastDeal) -> datetime:
        """When it last changed: the last time that its row tells, and never in the future."""
        times = (deal.created_at, deal.submitted_at, deal.taken_at, deal.decided_at, deal.closed_at)
        return max(at for at in times if at is not None)

    def _card(self, deal: PastDeal, partner: _Partner, member: UUID) -> UUID:
        """The partner's card of the account, or of the name; one that is not linked yet is linked now."""
        cards, account = self._known.cards, self._known.accounts.get(deal.account)
        if account and (partner.id, account) in cards.linked:
            return cards.linked[partner.id, account]
        named = cards.named[partner.id, fold(deal.customer_name)]
        if account is None and named:
            return named[0][0]
        free = next((place for place, (_card, linked) in enumerate(named) if not linked), None)
        if free is None:
            card_id = self._new_card(deal, partner, member)
            named.append((card_id, account is not None))
        else:
            card_id = named[free][0]
            named[free] = (card_id, account is not None)
        if account:
            cards.linked[partner.id, account] = card_id
            self.rows.links.append(
                {
                    "card": card_id, "account": account, "reason": "import",
                    "linked_by": self._actor.membership_id, "linked_at": self._now,
                }
            )  # fmt: skip
        return card_id

    def _new_card(self, deal: PastDeal, partner: _Partner, member: UUID) -> UUID:
        """A card that says no more than the row does; the country is the partner's, where most customers are."""
        card_id = new_id()
        self.rows.cards.append(
            {
                "id": card_id, "partner_id": partner.id, "legal_name": deal.customer_name, "local_name": "",
                "domain": "", "registry_id": "", "country": partner.country, "region": "", "city": "",
                "industry": "", "size": "", "notes": "", "search": search_text(deal.customer_name),
                "sort_name": sort_name(deal.customer_name), "created_by": member, "created_at": deal.created_at,
                "changed_at": deal.created_at,
            }
        )  # fmt: skip
        return card_id

    def _contact(self, deal: PastDeal, partner: _Partner, card_id: UUID) -> None:
        """The person of the row, once per card: by address, else by name. No consent is made up."""
        key = deal.contact_email.lower() or fold(deal.contact_name)
        if not deal.contact_name or key in self._known.cards.people[card_id]:
            return
        self._known.cards.people[card_id].add(key)
        self.rows.contacts.append(
            {
                "id": new_id(), "partner_id": partner.id, "card": card_id, "name": deal.contact_name,
                "email": deal.contact_email, "phone": deal.contact_phone, "job_title": deal.contact_title,
                "consent": "", "consent_at": None, "created_at": deal.created_at,
            }
        )  # fmt: skip

    def _number(self, deal: PastDeal, partner: _Partner) -> str:
        year = clock.day_of(deal.created_at, self._zone).year
        prefix = rules.number_prefix(partner.name)
        key = f"{partner.id} {prefix}-{year}"
        count = self._known.numbers.get(key, 0) + 1
        self._known.numbers[key] = count
        return rules.deal_number(prefix, year, count)


async def _look_up(deals: Sequence[PastDeal], source_system: str) -> _Known:
    """All that these deals refer to, and the locks under which nobody else changes it."""
    companies = await bulk.receipts(_COMPANIES, source_system, {deal.partner for deal in deals})
    accounts = await bulk.receipts(_ACCOUNTS, source_system, {deal.account for deal in deals} - {""})
    account_ids = {source_id: receipt.target_id for source_id, receipt in accounts.items()}
    partner_ids = [receipt.target_id for receipt in companies.values()]
    customers = await _customers(list(account_ids.values()))
    await bulk.lock_all(
        {f"deal numbers of {one}" for one in partner_ids} | {f"protection of {one}" for one in customers.values()}
    )
    partners = await _partners(companies)
    return _Known(
        receipts=await bulk.receipts(RECEIPTS, source_system, {deal.source_id for deal in deals}),
        partners=partners,
        accounts=account_ids,
        products=await _products({deal.sku for deal in deals}),
        people=await _people(partner_ids, {deal.registered_by for deal in deals} - {""}),
        cards=await _cards(partner_ids, deals, list(account_ids.values())),
        numbers=await _numbers(partner_ids),
        customers=customers,
        holds=await _holds(list(customers.values())),
    )


async def _customers(accounts: list[UUID]) -> dict[UUID, UUID]:
    rows = await db.sql(
        "SELECT a.id, partners_canonical_account(a.id) AS customer FROM unnest($1::uuid[]) AS a (id)", accounts
    )
    return {row["id"]: row["customer"] for row in rows}


async def _partners(companies: Mapping[str, bulk.Receipt]) -> dict[str, _Partner]:
    rows = await db.sql(
        "SELECT id, legal_name, country FROM partners_company WHERE id = any($1::uuid[])",
        [receipt.target_id for receipt in companies.values()],
    )
    found = {row["id"]: _Partner(row["id"], row["legal_name"], row["country"]) for row in rows}
    return {source_id: found[one.target_id] for source_id, one in companies.items() if one.target_id in found}


async def _products(skus: set[str]) -> dict[str, _Product]:
    rows = await db.sql(
        'SELECT p.sku, p.id, p."group", g.name FROM partners_product p JOIN partners_product_group g'
        ' ON g.id = p."group" WHERE p.sku = any($1::text[])',
        list(skus),
    )
    return {row["sku"]: _Product(row["id"], row["group"], row["name"]) for row in rows}


async def _people(partner_ids: list[UUID], emails: set[str]) -> dict[tuple[UUID, str], UUID]:
    """Memberships of partners by address in lower case, those that have ended too: they were there then."""
    rows = await db.sql(
        "SELECT m.id, m.partner_id, p.email FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.partner_id = any($1::uuid[]) AND p.email = any($2::text[]) ORDER BY m.ended_at DESC NULLS LAST",
        partner_ids, [email.lower() for email in emails],
    )  # fmt: skip
    return {(row["partner_id"], row["email"]): row["id"] for row in rows}


async def _cards(partner_ids: list[UUID], deals: Sequence[PastDeal], accounts: list[UUID]) -> _Cards:
    """The partners' cards of these accounts and of these names, with what their people are told apart by."""
    rows = await db.sql(
        "SELECT c.id, c.partner_id, c.legal_name, l.account, array(SELECT coalesce(nullif(lower(x.email), ''), x.name)"
        " FROM partners_card_contact x WHERE x.card = c.id) AS people FROM partners_customer_card c"
        " LEFT JOIN partners_card_link l ON l.card = c.id WHERE c.partner_id = any($1::uuid[])"
        " AND (l.account = any($2::uuid[]) OR c.sort_name = any($3::text[])) ORDER BY c.created_at, c.id",
        partner_ids, accounts, sorted({sort_name(deal.customer_name) for deal in deals}),
    )  # fmt: skip
    cards = _Cards()
    for row in rows:
        if row["account"]:
            cards.linked.setdefault((row["partner_id"], row["account"]), row["id"])
        cards.named[row["partner_id"], fold(row["legal_name"])].append((row["id"], row["account"] is not None))
        cards.people[row["id"]].update(one if "@" in one else fold(one) for one in row["people"])
    return cards


async def _numbers(partner_ids: list[UUID]) -> dict[str, int]:
    rows = await db.sql(
        "SELECT partner_id, regexp_replace(number, '-\\d+$', '') AS beginning,"
        " max(substring(number from '\\d+$')::integer) AS last FROM partners_deal"
        " WHERE partner_id = any($1::uuid[]) AND number ~ '-\\d+$' GROUP BY 1, 2",
        partner_ids,
    )
    return {f"{row['partner_id']} {row['beginning']}": row["last"] for row in rows}


async def _holds(customers: list[UUID]) -> defaultdict[tuple[UUID, UUID], list[_Hold]]:
    rows = await db.sql(
        "SELECT x.canonical_account AS customer, x.product_group, x.protected_from, x.protected_until,"
        " d.number, c.legal_name FROM partners_deal_protection x JOIN partners_deal d ON d.id = x.deal"
        " JOIN partners_company c ON c.id = x.partner_id WHERE x.canonical_account = any($1::uuid[])",
        customers,
    )
    found: defaultdict[tuple[UUID, UUID], list[_Hold]] = defaultdict(list)
    for row in rows:
        hold = _Hold(row["protected_from"], row["protected_until"], row["number"], row["legal_name"])
        found[row["customer"], row["product_group"]].append(hold)
    return found
