"""What the database of the measurements holds: the rows of every table, the shape of a vendor of that size."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from bench.vendor import (
    GROUPS,
    NOW,
    PLACES,
    PRODUCTS_PER_GROUP,
    Partner,
    Registered,
    Row,
    World,
    key,
    name_of,
    words_of,
)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table, in the order in which foreign keys want them."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


def tables(world: World) -> Iterator[Table]:
    """Every table with its rows."""
    yield from _catalogue()
    yield from _people(world)
    yield from _customers(world)
    yield from _deals(world)
    yield from _money(world)


def _catalogue() -> Iterator[Table]:
    groups = range(GROUPS)
    yield Table(
        "partners_product_group", ("id", "code", "name", "name_zh"),
        ((key("group", g), f"group-{g}", f"Group {g}", f"产品组 {g}") for g in groups),
    )  # fmt: skip
    yield Table(
        "partners_product",
        ("id", "sku", "name", "name_zh", "group", "unit", "list_price_minor", "currency", "active", "search"),
        (
            (
                key("product", g, p), f"SKU-{g}-{p}", f"Product {g}.{p}", "", key("group", g), "", 100_00 * (p + 1),
                "EUR", True, f"product {g}.{p} sku-{g}-{p}",
            )
            for g, p in itertools.product(groups, range(PRODUCTS_PER_GROUP))
        ),
    )  # fmt: skip


def _people(world: World) -> Iterator[Table]:
    staff = [(member, f"manager-{n}@bench.example", f"Vera Manager {n}") for n, member in enumerate(world.managers)]
    sellers = [
        (member, f"p{partner.number}-{n}@bench.example", f"Pia Partner {partner.number}.{n}", partner, n)
        for partner in world.partners
        for n, member in enumerate(partner.people)
    ]
    yield Table(
        "partners_company",
        (
            "id", "legal_name", "country", "city", "kinds", "tier", "status", "currency", "languages", "manager",
            "joined_on", "search", "sort_name", "created_at", "changed_at",
        ),
        (_company(partner) for partner in world.partners),
    )  # fmt: skip
    yield Table(
        "identity_person", ("id", "email", "name", "locale", "created_at"),
        ((member, email, name, "en", NOW) for member, email, name, *_ in (*staff, *sellers)),
    )  # fmt: skip
    yield Table(
        "identity_membership", ("id", "person", "side", "partner_id", "roles", "created_at", "sessions_since"),
        itertools.chain(
            ((one, one, "staff", None, ["partner_manager"], NOW, NOW - timedelta(days=1)) for one, *_ in staff),
            (
                (
                    member, member, "partner", partner.id, ["partner_admin" if n == 0 else "partner_sales"], NOW,
                    NOW - timedelta(days=1),
                )
                for member, _email, _name, partner, n in sellers
            ),
        ),
    )  # fmt: skip


def _company(partner: Partner) -> Row:
    named = name_of(partner.number)
    country, city = PLACES[partner.number % len(PLACES)]
    return (
        partner.id, f"Partner {named.text}", country, city, ["reseller"],
        "platinum" if partner.number == 0 else "gold", "active", "EUR",
        ["en"], partner.manager, date(2020, 1, 1), f"partner {named.folded}", f"partner {named.sorts}", NOW, NOW,
    )  # fmt: skip


def _cards(world: World) -> Iterator[tuple[Partner, int, int]]:
    """Partner, number of the card with it, and number over all."""
    numbers = itertools.count()
    for partner in world.partners:
        for card in range(partner.cards):
            yield partner, card, next(numbers)


def _customers(world: World) -> Iterator[Table]:
    common = ("id", "legal_name", "domain", "country", "city", "search", "sort_name", "created_at", "changed_at")
    yield Table("partners_account", (*common, "match_name"), (_account(n) for _partner, _card, n in _cards(world)))
    yield Table(
        "partners_customer_card", (*common, "partner_id", "created_by"),
        (
            (key("card", partner.number, card), *_named(n), partner.id, partner.people[0])
            for partner, card, n in _cards(world)
        ),
    )  # fmt: skip
    yield Table(
        "partners_card_link", ("card", "account", "reason", "linked_by", "linked_at"),
        (
            (key("card", partner.number, card), key("account", n), "domain", partner.manager, NOW)
            for partner, card, n in _cards(world)
        ),
    )  # fmt: skip


def _named(number: int) -> Row:
    """Name, domain, place, folded texts and times of a customer."""
    name = name_of(number)
    country, city = PLACES[number % len(PLACES)]
    at = NOW - timedelta(minutes=number % 1_000_000)
    return name.text, f"c{number}.example", country, city, f"{name.folded} {words_of(city).folded}", name.sorts, at, at


def _account(number: int) -> Row:
    return (key("account", number), *_named(number), name_of(number).folded)


def _deals(world: World) -> Iterator[Table]:
    yield Table(
        "partners_deal",
        (
            "id", "partner_id", "number", "role", "card", "customer_name", "registered_by", "owner", "state", "stage",
            "amount_minor", "currency", "expected_close_on", "reviewer", "reject_code", "lost_reason", "submitted_at",
            "taken_at", "decided_at", "protected_until", "closed_at", "search", "created_at", "changed_at",
        ),
        _deal_rows(world),
    )  # fmt: skip
    yield Table(
        "partners_deal_line",
        ("id", "partner_id", "deal", "position", "product", "quantity", "unit_price_minor", "value_minor"),
        (
            (
                key("line", deal.partner.number, deal.number, line), deal.partner.id, deal.id, line + 1,
                key("product", deal.group, line), 1 + deal.number % 9, 100_00, 100_00 * (1 + deal.number % 9),
            )
            for deal in world.registered
            for line in range(1 + deal.number % 2)
        ),
    )  # fmt: skip
    first = _first_numbers(world)
    yield Table(
        "partners_deal_protection",
        (
            "id", "deal", "partner_id", "account", "product_group", "protected_from", "protected_until",
            "canonical_account", "canonical_from",
        ),
        (
            (
                key("protection", deal.partner.number, deal.number), deal.id, deal.partner.id,
                key("account", first[deal.partner.number] + deal.card), key("group", deal.group), deal.decided,
                deal.until, key("account", first[deal.partner.number] + deal.card), deal.decided,
            )
            for deal in world.registered
            if deal.until
        ),
    )  # fmt: skip
    yield Table(
        "core_event",
        (
            "id", "name", "at", "actor_id", "partner_id", "audience", "subject_type", "subject_id", "command_id",
            "changes",
        ),
        _event_rows(world),
    )  # fmt: skip


def _first_numbers(world: World) -> list[int]:
    """For each partner the number of its first account."""
    return [0, *itertools.accumulate(partner.cards for partner in world.partners)]


def _deal_rows(world: World) -> Iterator[Row]:
    first = _first_numbers(world)
    for deal in world.registered:
        partner = deal.partner
        name = name_of(first[partner.number] + deal.card)
        number = f"P{partner.number}-{deal.number:06}"
        quantity = 1 + deal.number % 9
        amount = 100_00 * quantity * (1 + deal.number % 2)
        reviewed = deal.decided is not None or deal.state == "in_review"
        yield (
            deal.id, partner.id, number, "sell", key("card", partner.number, deal.card), name.text,
            partner.people[deal.number % 3], partner.people[deal.number % 3], deal.state, deal.stage, amount,
            "EUR" if partner.number % 5 else "USD", (deal.created + timedelta(days=120)).date(),
            partner.manager if reviewed else None, deal.reject_code, deal.lost_reason, deal.submitted, deal.decided,
            deal.decided, deal.until, deal.closed, f"{name.folded} {number.lower()}", deal.created, deal.changed,
        )  # fmt: skip


def _event_rows(world: World) -> Iterator[Row]:
    for deal in world.registered:
        happened = [("deal.drafted", deal.created, deal.partner.people[0])]
        if deal.submitted:
            happened.append(("deal.submitted", deal.submitted, deal.partner.people[0]))
        if deal.decided and deal.state != "withdrawn":
            name = "deal.rejected" if deal.state == "rejected" else "deal.approved"
            happened.append((name, deal.decided, deal.partner.manager))
        for number, (name, at, who) in enumerate(happened):
            id_ = key("event", deal.partner.number, deal.number, number)
            yield id_, name, at, who, deal.partner.id, "partner", "deal", deal.id, id_, "{}"


def _paid(world: World) -> Iterator[tuple[Registered, datetime]]:
    """Won deals that were paid."""
    for deal in world.registered:
        if deal.stage == "won" and deal.closed and deal.number % 2:
            yield deal, deal.closed


def _money(world: World) -> Iterator[Table]:
    first = _first_numbers(world)
    yield Table(
        "attribution_revenue",
        (
            "id", "kind", "source_system", "source_id", "parent", "account", "partner", "deal", "product", "quantity",
            "net_minor", "currency", "ordered_on", "occurred_at", "recorded_at",
        ),
        (
            (
                key(kind, deal.partner.number, deal.number), kind, "bench", f"{kind} {deal.id}",
                None if kind == "invoice_line" else key("invoice_line", deal.partner.number, deal.number),
                key("account", first[deal.partner.number] + deal.card), deal.partner.id, deal.id,
                key("product", deal.group, 0), 1, 500_00, "EUR" if deal.partner.number % 5 else "USD", at.date(),
                at, at,
            )
            for deal, at in _paid(world)
            for kind in ("invoice_line", "payment")
        ),
    )  # fmt: skip
    entry = key("entry", 0)
    yield Table(
        "ledger_entry", ("id", "partner_id", "at", "period", "cause_type", "cause_id", "kind"),
        iter([(entry, world.partners[0].id, NOW, NOW.date().replace(day=1), "bench", entry, "accrual")]),
    )  # fmt: skip
    yield Table(
        "attribution_commission",
        (
            "id", "partner_id", "source_id", "invoice_id", "deal_id", "clause", "outcome", "reason", "period",
            "occurred_at", "accrued_at", "cash_minor", "amount_minor", "currency", "customer_name", "trace_sha256",
            "entry_id",
        ),
        (_commission(deal, at, entry) for deal, at in _paid(world)),
    )  # fmt: skip


def _commission(deal: Registered, at: datetime, entry: UUID) -> Row:
    numbers = deal.partner.number, deal.number
    earns = deal.number % 4 == 1
    return (
        key("commission", *numbers), deal.partner.id, key("payment", *numbers), key("invoice_line", *numbers), deal.id,
        "resell", "accrued" if earns else "zero", "" if earns else "not_protected_then", at.date().replace(day=1), at,
        at, 500_00, 50_00 if earns else 0, "EUR" if deal.partner.number % 5 else "USD", name_of(deal.card).text, "",
        entry if earns else None,
    )  # fmt: skip
