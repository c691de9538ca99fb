"""Quotes of deals, kept and read: what each was quoted, what it would be quoted today, and what has accrued since."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from attribution.commissions.agreeing import find_latest, part_of
from attribution.commissions.due import STANDING
from attribution.commissions.plan import KEY, Clause, CommissionPlan
from attribution.commissions.quoting import Accrued, Asked, Quote, QuotedProduct, quote
from attribution.commissions.rules import Partner
from attribution.commissions.trace import seal
from partners.companies.queries import basics_of
from partners.conflicts.agreements import Agreed, find_of_deals
from partners.deals.states import DealRole, DealState
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, all_of, row_of
from portal.core.tenancy import visible_sql
from portal.policies.queries import InForce, approved_of, approved_versions, holds_on

SUBMITTED: Final = "deal.submitted"
AGREED: Final = "conflict.decided"
TAKEN_IN: Final = "imported"
"""The cause where no event asked for a quote."""
_AT_ONCE: Final = 500
"""Deals that are quoted together: bounds memory."""

_BASIS: Final = (
    "d.id, d.number, d.role, d.state, d.currency, d.expected_close_on, c.id AS partner_id, c.kinds, c.tier,"
    " c.status, (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', p.sku, 'product', p.name, 'product_zh', p.name_zh,"
    " 'quantity', l.quantity, 'net_minor', l.value_minor, 'group', p.\"group\") ORDER BY l.position, l.id), '[]')"
    " FROM partners_deal_line l JOIN partners_product p ON p.id = l.product WHERE l.deal = d.id) AS lines"
)
_FROM: Final = " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
_QUOTES: Final = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'made_at', q.made_at, 'cause', q.cause, 'seal',"
    " q.sha256, 'document', q.document) ORDER BY q.seq DESC), '[]')"
    " FROM attribution_quote q WHERE q.deal = d.id) AS quotes"
)
_ACCRUED: Final = (
    "(SELECT jsonb_agg(jsonb_build_object('invoice', c.invoice_id, 'net', (c.trace -> 'invoice' -> 'net_minor'),"
    " 'amount', c.amount_minor, 'cash', c.cash_minor, 'currency', c.currency, 'plan', c.trace -> 'plan', 'by_credit',"
    " c.trace -> 'credit' IS NOT NULL, 'agreement', c.trace -> 'agreement') ORDER BY c.seq)"
    " FROM attribution_commission c"
    f" WHERE c.deal_id = d.id AND c.partner_id = d.partner_id AND {STANDING}) AS accrued"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A quote as it was kept."""

    id: UUID
    made_at: datetime
    cause: str
    """The name of the event that asked for it."""
    seal: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class DealQuotes:
    """All about what a deal earns."""

    kept: list[Kept]
    """The newest first."""
    today: Quote | None
    """What it would be quoted today, while it is a draft."""
    accrued: Accrued | None
    """None while nothing was paid, or not in the deal's currency."""

    @property
    def counts(self) -> Quote | None:
        """The one to show."""
        return self.kept[0].quote if self.kept else self.today


async def get_quotes(actor: Actor, deal_id: UUID, *, now: datetime) -> DealQuotes:
    """What a deal was quoted and has earned, in one statement. Raises NotAllowed, NotFound."""
    async with db.transaction(actor):
        found: DealQuotes | None = await db.ask(quotes_of(actor, deal_id, now=now))
    if found is None:
        raise NotFound
    return found


def quotes_of(actor: Actor, deal_id: UUID, *, now: datetime, is_draft: bool = True) -> Question:
    """The question of `get_quotes`, for asking beside others: None for a deal that is not the actor's to see.

    The plans are asked for as well where it may be a draft, which is quoted as of today. Raises NotAllowed.
    """
    actor.require(Permission.COMMISSIONS_READ)
    actor.require(Permission.DEALS_READ)
    row = row_of(
        f"SELECT {_BASIS}, {_QUOTES}, {_ACCRUED}{_FROM} WHERE d.id = $1 AND {visible_sql(actor, 'd.partner_id')}",
        deal_id, id=UUID, partner_id=UUID, expected_close_on=date.fromisoformat,
    )  # fmt: skip
    if not is_draft:
        return row.then(lambda found: _deal_quotes(found, [], now))
    return all_of(row, approved_of(KEY)).then(lambda found: _deal_quotes(found[0], found[1], now))


def _deal_quotes(row: Mapping[str, Any] | None, plans: Sequence[InForce], now: datetime) -> DealQuotes | None:
    if row is None:
        return None
    kept = [
        Kept(UUID(one["id"]), datetime.fromisoformat(one["made_at"]), one["cause"], one["seal"],
             Quote.model_validate(one["document"]))
        for one in row["quotes"]
    ]  # fmt: skip
    is_quoted_today = row["state"] == DealState.DRAFT and not kept and row["lines"]
    today = _quote(row, row["lines"], plans, now) if is_quoted_today else None
    return DealQuotes(kept, today, _accrued(row["accrued"] or [], row["currency"]))


def _quote(
    row: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], plans: Sequence[InForce], now: datetime,
    agreements: Iterable[Agreed] = (),
) -> Quote:  # fmt: skip
    """What the deal of a row of `_BASIS` with these lines would be quoted now."""
    zone = formats.time_zone().key
    found = find_latest(agreements, row["id"], now)
    groups = found[0].groups if found else frozenset()
    asked = Asked(
        deal_id=row["id"],
        deal_number=row["number"],
        role=DealRole(row["role"]),
        partner=Partner(row["partner_id"], tuple(row["kinds"]), row["tier"], row["status"]),
        currency=row["currency"],
        quoted_on=clock.day_of(now, zone),
        expected_on=row["expected_close_on"],
        lines=tuple(_product(line, groups) for line in lines),
        part=part_of(*found) if found else None,
    )
    return quote(asked, plans, zone)


def _product(line: Mapping[str, Any], divided: frozenset[UUID]) -> QuotedProduct:
    """A line of a deal; `divided`: the product groups that an agreement is about."""
    plain = {name: value for name, value in line.items() if name != "group"}
    return QuotedProduct(**plain, is_divided=UUID(line["group"]) in divided)


def _accrued(results: Sequence[Mapping[str, Any]], currency: str) -> Accrued | None:
    """The sum of the partner's standing results of a deal."""
    if not results or any(one["currency"] != currency for one in results):
        return None
    paid = [one["plan"] for one in results if one["plan"]]
    return Accrued(
        amount=Money(sum(one["amount"] for one in results), currency),
        cash=Money(sum(one["cash"] for one in results), currency),
        invoiced=Money(sum({one["invoice"]: one["net"] for one in results}.values()), currency),
        rates=frozenset((UUID(one["version_id"]), one["clause"], one["rate"]) for one in paid),
        plan=f"{paid[-1]['title']} v{paid[-1]['number']}, {paid[-1]['clause']}, {paid[-1]['rate']}" if paid else "",
        by_credit=any(one["by_credit"] for one in results),
        parts=frozenset(_part(one["agreement"]) for one in results if one["plan"]),
    )


def _part(agreement: Mapping[str, Any] | None) -> int | None:
    """What an agreement gave of a result; None for the whole."""
    return agreement["share_ppb"] if agreement and agreement["divides"] else None


@dataclass(frozen=True, slots=True)
class OwnRate:
    """What the plan in force pays a partner for its registrations, before there is a deal."""

    plan: InForce | None
    clause: Clause | None
    """None where no clause is for it, or nothing is in force."""


def own_rate_of(actor: Actor, partner_id: UUID, *, now: datetime) -> Question:
    """The clause for a partner as it is today: `OwnRate`. Raises NotAllowed."""
    actor.require(Permission.COMMISSIONS_READ)
    plan = holds_on(KEY, clock.day_of(now, formats.time_zone().key))
    return all_of(plan, basics_of(actor, partner_id)).then(lambda found: _own_rate(*found))


def _own_rate(plan: InForce | None, partner: Mapping[str, Any] | None) -> OwnRate:
    if plan is None or partner is None:
        return OwnRate(None, None)
    body: CommissionPlan = plan.body
    return OwnRate(plan, body.clause_for(partner["kinds"], partner["tier"]))


async def keep_quote(deal_id: UUID, cause: str, event_id: UUID, *, now: datetime) -> None:
    """Keep what a deal is quoted now, because of an event: once for each event, whatever was kept before."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(f"SELECT {_BASIS}{_FROM} WHERE d.id = $1", deal_id)
        await _store(rows, cause, event_id, now)


async def quote_open_deals(*, now: datetime) -> int:
    """Keep a quote for every submitted deal that is open and has none, as those that came in by import; how many."""
    count = 0
    async with db.transaction(SYSTEM):
        while True:
            rows = await db.sql(
                f"SELECT {_BASIS}{_FROM} WHERE d.state IN ('submitted', 'in_review', 'info_requested', 'approved')"
                " AND d.closed_at IS NULL AND NOT EXISTS (SELECT FROM attribution_quote q WHERE q.deal = d.id)"
                " ORDER BY d.id LIMIT $1",
                _AT_ONCE,
            )
            await _store(rows, TAKEN_IN, None, now)
            count += len(rows)
            if len(rows) < _AT_ONCE:
                return count


async def keep_past_quotes() -> int:
    """Keep what each deal without a quote would have been quoted when it was submitted, for data with a past; how many.

    By the partner and the lines of today, and the plan of that day.
    """
    count = 0
    async with db.transaction(SYSTEM):
        plans = await approved_versions(SYSTEM, KEY)
        while True:
            rows = await db.sql(
                f"SELECT {_BASIS}, d.submitted_at{_FROM} WHERE d.submitted_at IS NOT NULL"
                " AND NOT EXISTS (SELECT FROM attribution_quote q WHERE q.deal = d.id)"
                " ORDER BY d.submitted_at, d.id LIMIT $1",
                _AT_ONCE,
            )
            quoted = await _quoted([(row, row["submitted_at"]) for row in rows], plans)
            await _insert(quoted, SUBMITTED, None)
            count += len(rows)
            if len(rows) < _AT_ONCE:
                return count


async def _store(rows: Sequence[Mapping[str, Any]], cause: str, event_id: UUID | None, now: datetime) -> None:
    plans = await approved_versions(SYSTEM, KEY)
    await _insert(await _quoted([(row, now) for row in rows], plans), cause, event_id)


async def _quoted(
    asked: Sequence[tuple[Mapping[str, Any], datetime]], plans: Sequence[InForce]
) -> list[tuple[Quote, datetime]]:
    """What the deals of these rows are quoted at these instants, by the agreements they are part of: one statement."""
    agreements = await find_of_deals([row["id"] for row, _at in asked])
    return [(_quote(row, json.loads(row["lines"]), plans, at, agreements), at) for row, at in asked]


async def _insert(made: Iterable[tuple[Quote, datetime]], cause: str, event_id: UUID | None) -> None:
    """Quotes with their instants: a statement for all."""
    kept = [(new_id(), one, one.document, at) for one, at in made]
    await db.sql(
        "INSERT INTO attribution_quote (cause, event, id, partner_id, deal, policy_version, reason, amount_minor,"
        " currency, document, sha256, made_at) SELECT $1, $2, q.id, q.partner_id, q.deal, q.version, q.reason,"
        " q.amount, q.currency, q.document::jsonb, q.seal, q.made_at"
        " FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::text[],"
        " $10::text[], $11::text[], $12::timestamptz[]) WITH ORDINALITY AS q (id, partner_id, deal, version, reason,"
        " amount, currency, document, seal, made_at, place) ORDER BY q.place ON CONFLICT (event) DO NOTHING",
        cause, event_id,
        [id_ for id_, _one, _text, _at in kept],
        [one.partner.id for _id, one, _text, _at in kept],
        [one.deal_id for _id, one, _text, _at in kept],
        [one.in_force for _id, one, _text, _at in kept],
        [one.why.reason.value if one.why else "" for _id, one, _text, _at in kept],
        [one.total_minor for _id, one, _text, _at in kept],
        [one.currency for _id, one, _text, _at in kept],
        [text for _id, _one, text, _at in kept],
        [seal(text) for _id, _one, text, _at in kept],
        [at for _id, _one, _text, at in kept],
    )  # fmt: skip
