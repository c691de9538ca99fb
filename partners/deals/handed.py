"""What is read of hand-overs: who may take a deal over and who works there, and all that a second person is shown."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from partners.companies.rules import CompanyStatus
from partners.deals import protection, rules
from partners.deals.queries import DealRecord
from partners.deals.states import HandoverState
from partners.deals.tables import DealHandover
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import GRANTS, Permission, Side
from portal.core.text import fold

_WORKING: Final = ", ".join(
    f"'{role}'" for role, rights in GRANTS.items() if Permission.DEALS_WRITE in rights and role.side == Side.PARTNER
)
_WORDS_AT_MOST: Final = 5
FOUND_AT_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """A product that goes over, at its list price."""

    name: str
    quantity: int
    price: Money
    value: Money


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that goes over."""

    lines: tuple[Moved, ...]
    value: Money
    last_day: date | None
    role: str


def bundle_of(content: dict[str, Any]) -> Bundle:
    """What was kept of a hand-over's content, for a page. All lines have one currency."""
    currency = content["lines"][0]["currency"]
    lines = tuple(
        Moved(one["name"], one["quantity"], price, price.times(one["quantity"]))
        for one in content["lines"]
        for price in [Money(one["price"], currency)]
    )
    until, label = content["protected_until"], rules.ROLE_LABELS[content["role"]]
    return Bundle(
        lines=lines,
        value=Money(sum(line.value.minor for line in lines), currency),
        last_day=rules.last_protected_day(datetime.fromisoformat(until), formats.time_zone().key) if until else None,
        role=_(label),
    )


async def names_of(partner_id: UUID, *more: str) -> list[str]:
    """What a partner and its people are called, on the open unit of the vendor: what the other side must not read."""
    rows = await db.sql(
        "SELECT legal_name AS name FROM partners_company WHERE id = $1 UNION SELECT local_name FROM partners_company"
        " WHERE id = $1 AND local_name <> '' UNION SELECT p.name FROM identity_membership m"
        " JOIN identity_person p ON p.id = m.person WHERE m.partner_id = $1 ORDER BY name",
        partner_id,
    )
    return [*(row["name"] for row in rows), *more]


async def list_people(partner_id: UUID, account_id: UUID | None) -> list[tuple[UUID, str]]:
    """Who of a partner works deals, on the vendor's open unit: first who has most of this customer's, then most."""
    rows = await db.sql(
        "SELECT m.id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person CROSS JOIN LATERAL"
        " (SELECT count(l.card) AS theirs, count(*) AS every FROM partners_deal d LEFT JOIN partners_card_link l"
        " ON l.card = d.card AND l.account = any(partners_accounts_of($2)) WHERE d.owner = m.id) o"
        f" WHERE m.partner_id = $1 AND m.ended_at IS NULL AND m.roles && array[{_WORKING}]::varchar[]"
        " ORDER BY o.theirs DESC, o.every DESC, p.name, m.id",
        partner_id, account_id,
    )  # fmt: skip
    return [(row["id"], row["name"]) for row in rows]


def nobody_there() -> str:
    """Why a partner cannot take a deal over, and what to do."""
    return _("Nobody of this partner works deals here. Invite somebody there first, or choose another partner.")


@dataclass(frozen=True, slots=True)
class Taker:
    """A partner that may take a deal over."""

    id: UUID
    name: str
    local_name: str

    def is_called(self, typed: str) -> bool:
        """Whether this is its whole name, in either language."""
        return fold(typed) in {fold(self.name), fold(self.local_name) or fold(self.name)}


async def find_takers(actor: Actor, typed: str, chosen: str = "") -> list[Taker]:
    """Active partners in whose name or city every typed word occurs, by name; of them the chosen one first."""
    actor.require(Permission.COMPANIES_READ)
    words = fold(typed)[:100].split()[:_WORDS_AT_MOST]
    if not words:
        return []
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, legal_name AS name, local_name FROM partners_company WHERE status = $1"
            " AND (SELECT bool_and(strpos(search, w) > 0) FROM unnest($2::text[]) AS u (w))"
            ' ORDER BY id::text <> $3, sort_name COLLATE "C", id LIMIT $4',
            CompanyStatus.ACTIVE.value, words, chosen, FOUND_AT_MOST,
        )  # fmt: skip
    return [Taker(**row) for row in rows]


async def find_pending(actor: Actor, deal_id: UUID) -> DealHandover | None:
    """What waits for a second person."""
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        found: DealHandover | None = await DealHandover.objects().where(
            DealHandover.deal == deal_id, DealHandover.state == HandoverState.PENDING.value
        ).first()  # fmt: skip
    return found


async def initial_values(actor: Actor, deal_id: UUID) -> dict[str, Any]:
    """What stands in the form at first: what waits already, or nothing."""
    handover = await find_pending(actor, deal_id)
    if handover is None:
        return {}
    async with db.transaction(actor):
        name = await db.sql_value("SELECT legal_name FROM partners_company WHERE id = $1", handover.taker)
    same = ("taker", "owner", "reason", "giver_words", "taker_words", "note")
    return {"taker_text": name} | {key: getattr(handover, key) for key in same}


async def shown(actor: Actor, deal: DealRecord, handover: DealHandover) -> dict[str, Any]:
    """What the page of the request shows of it. Three statements."""
    content = json.loads(handover.content)
    names = await db.sql_one(
        "SELECT c.legal_name AS taker, c.tier, coalesce(p.name, '') AS owner, coalesce(a.legal_name, '') AS account"
        " FROM partners_company c LEFT JOIN identity_membership m ON m.id = $2 LEFT JOIN identity_person p"
        " ON p.id = m.person LEFT JOIN partners_account a ON a.id = $3 WHERE c.id = $1",
        handover.taker, handover.owner, UUID(content["account"]),
    )  # fmt: skip
    full = None
    if handover.state == HandoverState.PENDING and names is not None:
        full = await _fullness(actor, handover.taker, names["tier"], clock.now())
    return {
        "deal": deal, "handover": handover, "names": names, "account_id": content["account"],
        "bundle": bundle_of(content), "reason": _(rules.HANDOVER_LABELS[handover.reason]), "full": full,
    }  # fmt: skip


async def _fullness(actor: Actor, partner_id: UUID, tier: str, now: datetime) -> tuple[int, int] | None:
    """How many open registrations the partner has and may have, where it has no place left; None where it has."""
    terms = await protection.find_terms(actor, tier, now)
    count = await protection.count_open(actor, partner_id)
    return (count, terms.open_registrations) if terms and count >= terms.open_registrations else None
