"""What the vendor knows of one customer across all slices: people, own opportunities, contracts, revenue by month."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from attribution.lifecycle.queries import STAGE, Stage
from attribution.lifecycle.rules import LOSSES, EventKind
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission

SHOWN: Final = 8
"""Rows of each section; the list of all is one click away."""
MOST_JOURNEYS: Final = 3


@dataclass(frozen=True, slots=True)
class Some:
    """The first rows of a section, and whether there are more."""

    rows: Sequence[Any]
    more: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person at the customer."""

    id: str
    name: str
    job_title: str
    persona: str
    buying_role: str


@dataclass(frozen=True, slots=True)
class Chance:
    """An opportunity of the vendor's own."""

    id: str
    name: str
    stage: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Contract:
    """What the customer has from a day to a day."""

    id: str
    number: str
    product_name: str
    partner_name: str
    starts_on: date
    ends_on: date
    value: Money


@dataclass(frozen=True, slots=True)
class Total:
    """All that was invoiced and paid in one currency."""

    invoiced: Money
    paid: Money
    lines: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """Totals by currency, the largest first, and what was invoiced by month in each."""

    totals: tuple[Total, ...]
    months: Mapping[str, Mapping[date, int]]
    """By currency: minor units by the first day of the month."""


@dataclass(frozen=True, slots=True)
class Way:
    """A purchase that a journey led to."""

    event_id: str
    kind: EventKind
    occurred_on: date


@dataclass(frozen=True, slots=True)
class Sides:
    """One customer from the sides that other slices know."""

    canonical: UUID
    """The account under which this one is found."""
    people: Some
    chances: Some
    contracts: Some
    revenue: Revenue | None
    """None for who may not read revenue, who sees no contracts either."""
    stage: Stage | None
    """Where it is in its life; None for the same, and while nothing has been derived."""
    journeys: tuple[Way, ...]
    """The newest, for who may read touchpoints."""


_IN: Final = "any(partners_accounts_of($1))"
_PEOPLE: Final = (
    "SELECT id, name, job_title, persona, buying_role FROM partners_contact"
    f" WHERE account = {_IN} ORDER BY array_position(ARRAY['decision_maker', 'budget_holder', 'champion'],"
    ' buying_role::text) NULLS LAST, sort_name COLLATE "C", id LIMIT $2'
)
_CHANCES: Final = (
    "SELECT id, name, stage, amount_minor AS minor, currency FROM partners_opportunity"
    f" WHERE account = {_IN} ORDER BY closed_at IS NOT NULL, changed_at DESC, id LIMIT $2"
)
_CONTRACTS: Final = (
    "SELECT x.id, x.number, coalesce(nullif(p.name, ''), p.sku) AS product_name,"
    " coalesce(c.legal_name, '') AS partner_name, x.starts_on, x.ends_on, x.value_minor AS minor, x.currency"
    " FROM attribution_term x JOIN partners_product p ON p.id = x.product"
    f" LEFT JOIN partners_company c ON c.id = x.partner WHERE x.account = {_IN}"
    " ORDER BY x.ends_on < $3, abs(x.ends_on - $3), x.id LIMIT $2"
)
_REVENUE: Final = (
    "SELECT currency, date_trunc('month', greatest(occurred_at, $4) AT TIME ZONE $5)::date AS month,"
    " occurred_at < $4 AS is_before, count(*) AS lines,"
    " coalesce(sum(net_minor) FILTER (WHERE kind IN ('invoice_line', 'credit_note')), 0)::bigint AS invoiced,"
    " coalesce(sum(net_minor) FILTER (WHERE kind IN ('payment', 'refund')), 0)::bigint AS paid"
    f" FROM attribution_revenue WHERE account = {_IN} GROUP BY 1, 2, 3"
)
_GAINS: Final = ", ".join(f"'{kind}'" for kind in EventKind if kind not in LOSSES)
_JOURNEYS: Final = (
    "SELECT id AS event_id, kind, occurred_on FROM attribution_lifecycle_event"
    f" WHERE account = partners_canonical_account($1) AND kind IN ({_GAINS})"
    f" ORDER BY occurred_on DESC, id LIMIT {MOST_JOURNEYS}"
)
_SECTIONS: Final = {
    "people": _PEOPLE,
    "chances": _CHANCES,
    "contracts": _CONTRACTS,
    "revenue": _REVENUE,
    "stage": STAGE,
    "journeys": _JOURNEYS,
}
_ALL: Final = (
    "SELECT partners_canonical_account(a.id) AS canonical, "
    + ", ".join(
        f"(SELECT coalesce(jsonb_agg(x), '[]') FROM ({rows}) AS x{{{name}}}) AS {name}"
        for name, rows in _SECTIONS.items()
    )
    + " FROM partners_account a WHERE a.id = $1"
)


async def get_sides(actor: Actor, account_id: UUID, *, today: date, since: date) -> Sides:
    """All of it in one statement; revenue by month from `since` on. Raises NotFound, NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    reads_revenue = actor.may(Permission.REVENUE_READ)
    hidden = "" if reads_revenue else " WHERE false"
    untouched = "" if actor.may(Permission.TOUCHPOINTS_READ) else " WHERE false"
    zone = formats.time_zone().key
    async with db.transaction(actor):
        row = await db.sql_one(
            _ALL.format(people="", chances="", contracts=hidden, revenue=hidden, stage=hidden, journeys=untouched),
            account_id, SHOWN + 1, today, clock.start_of(since, zone), zone,
        )  # fmt: skip
    if row is None:
        raise NotFound
    people, chances, contracts, revenue, stages, journeys = (json.loads(row[name]) for name in _SECTIONS)
    return Sides(
        canonical=row["canonical"],
        people=_some([Person(**one) for one in people]),
        chances=_some([Chance(**_read(one, "amount")) for one in chances]),
        contracts=_some([Contract(**_read(one, "value")) for one in contracts]),
        revenue=_revenue(revenue) if reads_revenue else None,
        stage=Stage.of(stages[0]) if stages else None,
        journeys=tuple(_way(one) for one in journeys),
    )


def _way(row: dict[str, Any]) -> Way:
    return Way(row["event_id"], EventKind(row["kind"]), date.fromisoformat(row["occurred_on"]))


def _read(row: dict[str, Any], amount: str) -> dict[str, Any]:
    """A row of JSON with its days as days and its money as money."""
    money = Money(row.pop("minor"), row.pop("currency"))
    days = {name: date.fromisoformat(row[name]) for name in ("starts_on", "ends_on") if name in row}
    return row | days | {amount: money}


def _revenue(rows: list[dict[str, Any]]) -> Revenue:
    """Sums by currency for all time, and by month."""
    months: dict[str, dict[date, int]] = {}
    sums: dict[str, list[int]] = {}
    for row in rows:
        total = sums.setdefault(row["currency"], [0, 0, 0])
        for place, name in enumerate(("invoiced", "paid", "lines")):
            total[place] += row[name]
        if not row["is_before"]:
            by_month = months.setdefault(row["currency"], {})
            month = date.fromisoformat(row["month"])
            by_month[month] = by_month.get(month, 0) + row["invoiced"]
    totals = [
        Total(Money(invoiced, currency), Money(paid, currency), lines)
        for currency, (invoiced, paid, lines) in sums.items()
    ]
    ordered = sorted(totals, key=lambda one: (-one.invoiced.minor, one.invoiced.currency))
    return Revenue(tuple(ordered), months)


def _some(rows: list[Any]) -> Some:
    return Some(rows[:SHOWN], len(rows) > SHOWN)
