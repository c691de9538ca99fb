"""What can be read about deals: one row, the whole record of a page, and what waits for somebody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from partners.customers.doors import CustomerDeal, shows_deals
from partners.customers.rules import CustomerFacts
from partners.deals import prices, rules
from partners.deals.asked import (
    AMENDMENTS_OF,
    CONTINUED_BY_OF,
    CONTINUES_OF,
    EXTENSIONS_OF,
    JUDGES,
    NAME_OF,
    Amendment,
    Continued,
    Extension,
    read_amendments,
    read_continued,
    read_extensions,
)
from partners.deals.rules import Contact, Line, Registration
from partners.deals.states import DealRole, DealSource, DealState, Stage
from partners.deals.tables import Deal
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of
from portal.core.tenancy import visible, visible_sql

CARD_FACTS: Final = (
    "legal_name", "country", "local_name", "domain", "registry_id", "region", "city", "industry", "size",
)  # fmt: skip


async def get_deal(actor: Actor, deal_id: UUID, *, lock: bool = False) -> Deal:
    """The deal's own row, locked for a change if asked. Raises NotFound, also when it is not the actor's to see."""
    actor.require(Permission.DEALS_READ)
    query = Deal.objects().where(visible(Deal, actor), Deal.id == deal_id)
    deal = await (query.lock_rows("UPDATE") if lock else query).first()
    if deal is None:
        raise NotFound
    return deal


@dataclass(frozen=True, slots=True)
class DealLine:
    """A product of a deal; `list_price` is None where the catalogue has it in another currency."""

    product_id: UUID
    sku: str
    name: str
    unit: str
    group_name: str
    quantity: int
    unit_price: Money
    list_price: Money | None
    value: Money

    @property
    def below_list(self) -> Money | None:
        """What the line is cheaper than its list price; negative when dearer, None without a list price."""
        return None if self.list_price is None else self.list_price.times(self.quantity) - self.value


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the customer, on the partner's card."""

    name: str
    job_title: str
    email: str
    phone: str
    consent: str


@dataclass(frozen=True, slots=True)
class DealRecord:
    """All that the page of a deal shows to whoever may see it. What only the vendor knows is in `VendorSide`."""

    id: UUID
    number: str
    version: int
    partner_id: UUID
    partner_name: str
    partner_tier: str
    role: str
    state: DealState
    stage: Stage
    amount: Money
    customer_name: str
    card_id: UUID
    customer: CustomerFacts
    people: tuple[Person, ...]
    lines: tuple[DealLine, ...]
    owner_name: str
    registered_by: str
    reviewer_name: str
    manager_name: str
    expected_close_on: date | None
    source: str
    contact_name: str
    contact_email: str
    competitor: str
    help_wanted: str
    reference: str
    notes: str
    price_reason: str
    price_wanted_until: date | None
    price_until: datetime | None
    question: str
    asked_fields: tuple[str, ...]
    answer: str
    reject_code: str
    decision_note: str
    revoke_code: str
    revoke_note: str
    rejected_by: UUID | None
    rejected_by_name: str
    appeal: str
    appealed_at: datetime | None
    other_judge: bool
    """Whether somebody else than who rejected it could decide an appeal."""
    pending: str
    extensions: tuple[Extension, ...]
    amendments: tuple[Amendment, ...]
    continues: Continued | None
    """The partner's earlier deal that this one continues."""
    continued_by: Continued | None
    lost_reason: str
    submitted_at: datetime | None
    taken_at: datetime | None
    decided_at: datetime | None
    protected_until: datetime | None
    revoked_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    changed_at: datetime

    @property
    def weighted(self) -> Money:
        """Its value times the probability of its stage."""
        return self.amount.times(rules.PROBABILITY[self.stage])

    @property
    def deepest_discount(self) -> Fraction:
        """The greatest share by which a line is cheaper than the list; 0 when none is."""
        return prices.deepest_discount(
            (line.unit_price.minor, line.list_price.minor if line.list_price else None) for line in self.lines
        )

    @property
    def registration(self) -> Registration:
        """What is written down now, as the partner would write it again: what an editor starts from."""
        return Registration(
            customer=self.card_id,
            currency=self.amount.currency,
            lines=tuple(Line(line.product_id, line.quantity, line.unit_price.minor) for line in self.lines),
            expected_close_on=self.expected_close_on,
            role=DealRole(self.role),
            source=DealSource(self.source),
            contact=Contact(self.contact_name, self.contact_email),
            competitor=self.competitor,
            help_wanted=self.help_wanted,
            reference=self.reference,
            notes=self.notes,
            price_reason=self.price_reason,
            price_wanted_until=self.price_wanted_until,
        )


_CARD: Final = ", ".join(f"'{name}', k.{name}" for name in CARD_FACTS)
_RECORD: Final = (
    "SELECT d.id, d.number, d.version, d.partner_id, c.legal_name AS partner_name, c.tier AS partner_tier, d.role,"
    " d.state, d.stage, d.amount_minor, d.currency, d.customer_name, d.card AS card_id,"
    f" jsonb_build_object({_CARD}) AS customer,"
    " (SELECT coalesce(jsonb_agg(jsonb_build_object('name', x.name, 'job_title', x.job_title, 'email', x.email,"
    " 'phone', x.phone, 'consent', x.consent) ORDER BY x.created_at, x.id), '[]') FROM partners_card_contact x"
    " WHERE x.card = d.card) AS people,"
    " (SELECT coalesce(jsonb_agg(jsonb_build_object('product_id', l.product, 'sku', p.sku, 'name', p.name,"
    " 'name_zh', p.name_zh, 'unit', p.unit, 'group', g.name, 'group_zh', g.name_zh, 'quantity', l.quantity,"
    " 'unit_price', l.unit_price_minor, 'list_price', CASE WHEN p.currency = d.currency THEN p.list_price_minor END,"
    " 'value', l.value_minor) ORDER BY l.position, l.id), '[]') FROM partners_deal_line l"
    ' JOIN partners_product p ON p.id = l.product JOIN partners_product_group g ON g.id = p."group"'
    " WHERE l.deal = d.id) AS lines,"
    f" coalesce({NAME_OF.format(membership='d.owner')}, '') AS owner_name,"
    f" coalesce({NAME_OF.format(membership='d.registered_by')}, '') AS registered_by,"
    f" coalesce({NAME_OF.format(membership='d.reviewer')}, '') AS reviewer_name,"
    f" coalesce({NAME_OF.format(membership='c.manager')}, '') AS manager_name,"
    " d.expected_close_on, d.source, d.contact_name, d.contact_email, d.competitor, d.help_wanted, d.reference,"
    " d.notes, d.price_reason, d.price_wanted_until, d.price_until,"
    " d.question, d.asked_fields, d.answer, d.reject_code, d.decision_note, d.lost_reason, d.submitted_at,"
    f" d.rejected_by, coalesce({NAME_OF.format(membership='d.rejected_by')}, '') AS rejected_by_name, d.appeal,"
    f" d.appealed_at, EXISTS ({JUDGES} AND m.id IS DISTINCT FROM d.rejected_by) AS other_judge,"
    f" d.pending, {EXTENSIONS_OF} AS extensions, {AMENDMENTS_OF} AS amendments,"
    f" {CONTINUES_OF} AS continues, {CONTINUED_BY_OF} AS continued_by,"
    " d.taken_at, d.decided_at, d.protected_until, d.revoked_at,"
    " d.revoke_code, d.revoke_note, d.closed_at, d.created_at, d.changed_at"
    " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
    " JOIN partners_customer_card k ON k.id = d.card"
)


async def get_record(actor: Actor, deal_id: UUID) -> DealRecord:
    """The whole record, in one statement. Raises NotFound, also when it is not the actor's to see."""
    actor.require(Permission.DEALS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_RECORD} WHERE {visible_sql(actor, 'd.partner_id')} AND d.id = $1", deal_id)
    if row is None:
        raise NotFound
    return _record(row)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deal that waits for this actor to act."""

    id: UUID
    number: str
    customer_name: str
    partner_name: str
    state: DealState
    pending: str
    """What the partner asked about the running deal: `extension` or `amendment`; empty for a registration."""
    amount: Money
    since: datetime
    all: int
    """How many wait altogether."""


def waits_for_vendor(deal: str, acting: str) -> str:
    """The condition for what waits for who acts for these memberships; `deal` is the name of the deal's row.

    A registration to decide, or a request about a running deal. What is decided in steps waits for whose turn it is.
    """
    # The portfolio as a list of its own: an OR over two tables could use no index.
    portfolio = f"array(SELECT m.id FROM partners_company m WHERE m.manager = any({acting}))"
    return (
        f"({deal}.state IN ('submitted', 'in_review') AND NOT partners_decided_in_steps({deal}.id)"
        f" AND ({deal}.reviewer = any({acting}) OR {deal}.partner_id = any({portfolio}))"
        f" OR {deal}.pending <> '' AND {deal}.partner_id = any({portfolio}))"
    )


_ACTING: Final = "(SELECT absences_acts_for($1, (now() AT TIME ZONE '{zone}')::date))::uuid[]"
"""Oneself, and for whom one acts today because they are away."""
_WAITS_FOR_PARTNER: Final = "d.state = 'info_requested' AND d.partner_id = {partner}"
_SINCE: Final = (
    "CASE WHEN d.state = 'submitted' THEN coalesce(d.submitted_at, d.changed_at) WHEN d.pending <> '' THEN"
    " coalesce((SELECT x.asked_at FROM partners_deal_extension x WHERE x.deal = d.id AND x.state = 'pending'),"
    " (SELECT y.asked_at FROM partners_deal_amendment y WHERE y.deal = d.id AND y.state = 'pending'), d.changed_at)"
    " ELSE d.changed_at END"
)
"""Since when it waits."""


def _waits(actor: Actor) -> tuple[str, list[object]]:
    """The condition for what waits for this actor, and its parameters; nothing for who only reads."""
    if actor.may(Permission.DEALS_DECIDE) and not actor.is_partner:
        acting = _ACTING.format(zone=formats.time_zone().key)
        return waits_for_vendor("d", acting), [actor.membership_id]
    if actor.is_partner and actor.may(Permission.DEALS_WRITE):
        return _WAITS_FOR_PARTNER.format(partner="$1"), [actor.partner_id]
    return "", []


async def list_waiting(actor: Actor, *, most: int = 20) -> list[Waiting]:
    """Deals that wait for this actor, the longest waiting first: to decide in its portfolio, or to answer.

    To decide are registrations and what is asked about running deals.
    """
    return await db.ask_alone(actor, waiting_of(actor, most=most)) or []


def waiting_of(actor: Actor, *, most: int = 20) -> Question | None:
    """The question of `list_waiting`, for asking beside others; None for who only reads."""
    condition, values = _waits(actor)
    if not condition:
        return None
    return rows_of(
        "SELECT d.id, d.number, d.customer_name, c.legal_name AS partner_name, d.state, d.pending,"
        f" d.amount_minor, d.currency, count(*) OVER () AS all, {_SINCE} AS since"
        " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
        f" WHERE {visible_sql(actor, 'd.partner_id')} AND {condition} ORDER BY since, d.id LIMIT $2",
        *values, most, id=UUID, state=DealState, since=datetime.fromisoformat,
    ).then(
        lambda rows: [Waiting(amount=Money(row.pop("amount_minor"), row.pop("currency")), **row) for row in rows]
    )  # fmt: skip


def waiting_count(actor: Actor) -> Question | None:
    """How many deals wait for this actor: the number beside the entry in the navigation."""
    condition, values = _waits(actor)
    if not condition:
        return None
    visible_ones = visible_sql(actor, "d.partner_id")
    return Question(f"SELECT count(*) FROM partners_deal d WHERE {visible_ones} AND {condition}", tuple(values))


async def count_waiting(actor: Actor) -> int:
    """The same number by itself."""
    question = waiting_count(actor)
    if question is None:
        return 0
    async with db.transaction(actor):
        [count] = await db.ask_together([question])
    return int(count)


@shows_deals
def deals_of_cards(actor: Actor, cards: Sequence[UUID]) -> Question | None:
    """The deals on these cards, for the pages of customers; nothing for who may not read deals."""
    if not actor.may(Permission.DEALS_READ):
        return None
    return rows_of(
        "SELECT d.id, d.number, c.legal_name AS partner_name, d.state, d.stage, d.amount_minor, d.currency,"
        " d.changed_at FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
        f" WHERE {visible_sql(actor, 'd.partner_id')} AND d.card = any($1::uuid[])"
        " ORDER BY d.changed_at DESC, d.id LIMIT 100",
        list(cards), id=UUID, changed_at=datetime.fromisoformat,
    ).then(_customer_deals)  # fmt: skip


def _customer_deals(rows: Sequence[Mapping[str, Any]]) -> list[CustomerDeal]:
    return [
        CustomerDeal(
            id=row["id"],
            number=row["number"],
            href=f"/partners/deals/{row['id']}",
            partner_name=row["partner_name"],
            state=row["state"],
            state_label=_word(rules.STATE_LABELS, row["state"]),
            stage_label=_word(rules.STAGE_LABELS, row["stage"]),
            amount=Money(row["amount_minor"], row["currency"]),
            changed_at=row["changed_at"],
        )
        for row in rows
    ]


def _word(labels: Mapping[str, str], value: str) -> str:
    """The word for a stored value, in the reader's language."""
    return _(labels[value])


def _record(row: dict[str, Any]) -> DealRecord:
    currency, amount = row.pop("currency"), row.pop("amount_minor")
    lines = json.loads(row.pop("lines"))
    return DealRecord(
        **row
        | {
            "state": DealState(row["state"]),
            "stage": Stage(row["stage"]),
            "amount": Money(amount, currency),
            "customer": CustomerFacts(**json.loads(row["customer"])),
            "people": tuple(Person(**one) for one in json.loads(row["people"])),
            "lines": tuple(_line(line, currency) for line in lines),
            "asked_fields": tuple(row["asked_fields"]),
            "extensions": read_extensions(row["extensions"]),
            "amendments": read_amendments(row["amendments"]),
            "continues": read_continued(row["continues"]),
            "continued_by": read_continued(row["continued_by"]),
        }
    )


def _line(line: dict[str, Any], currency: str) -> DealLine:
    chinese = current_locale() == "zh_CN"
    return DealLine(
        product_id=UUID(line["product_id"]),
        sku=line["sku"],
        name=(chinese and line["name_zh"]) or line["name"],
        unit=line["unit"],
        group_name=(chinese and line["group_zh"]) or line["group"],
        quantity=line["quantity"],
        unit_price=Money(line["unit_price"], currency),
        list_price=None if line["list_price"] is None else Money(line["list_price"], currency),
        value=Money(line["value"], currency),
    )
