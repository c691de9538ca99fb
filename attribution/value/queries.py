"""What can be read of value: the newest valuation, its parties, and what one customer is worth. Vendor-only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from attribution.value.rules import FEWEST, Dimension, FitState
from attribution.value.settings import ValueSettings
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, row_of

PARTIES: Final = 15
"""Of a chart; all are in the list."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An expectation with its interval."""

    value: Money
    low: Money
    high: Money


@dataclass(frozen=True, slots=True)
class ValuationView:
    """A valuation as its page shows it."""

    id: UUID
    run_id: UUID
    run_number: str
    state: FitState
    settings: ValueSettings
    settings_version: UUID | None
    observed_until: date
    made_at: datetime
    customers: int
    net: Money
    expected: Expected | None
    parameters: Mapping[str, Any]
    curve: Sequence[Mapping[str, float]]
    comparison: Mapping[str, Any]
    failure: str


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party's part of customers' value."""

    key: str
    partner_id: UUID | None
    name: str
    customers: int
    net: Money
    expected: Money | None
    alive: Decimal | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of customers that bought again within a year of their first purchase, with its interval of 95 %."""

    share: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class GroupView:
    """What customers of one group are worth; money is one customer's on average."""

    dimension: Dimension
    key: str
    name: str
    """The partner's; empty for others, which `lists.GROUP_LABELS` names."""
    customers: int
    net: Money
    median: Money
    """Of what each brought so far."""
    expected: Expected | None
    value: Money
    due: int
    kept: Kept | None

    @property
    def opens(self) -> str:
        """Its name in the filter of the list of customers."""
        return f"{self.dimension}:{self.key}"


@dataclass(frozen=True, slots=True)
class CustomerView:
    """What one customer is worth, by the newest valuation."""

    valuation_id: UUID
    run_number: str
    observed_until: date
    horizon_months: int
    orders: int
    first_on: date
    last_on: date
    net: Money
    expected: Expected | None
    alive: Decimal | None
    partner_ppb: int


_VALUATION: Final = (
    "SELECT v.*, r.number AS run_number FROM attribution_valuation v JOIN attribution_run r ON r.id = v.run"
)


async def find_newest(actor: Actor) -> ValuationView | None:
    """The newest valuation, or None before the first. Raises NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_VALUATION} ORDER BY v.made_at DESC, v.id LIMIT 1")
    return _view(row) if row else None


async def get_valuation(actor: Actor, valuation_id: UUID) -> ValuationView:
    """One valuation. Raises NotFound, NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_VALUATION} WHERE v.id = $1", valuation_id)
    if row is None:
        raise NotFound
    return _view(row)


async def list_parties(actor: Actor, valuation: ValuationView, most: int = PARTIES) -> list[PartyView]:
    """Who has the largest part of what customers brought and will bring. Raises NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT p.key, p.partner AS partner_id, coalesce(c.legal_name, '') AS name, p.customers, p.net_minor,"
            " p.expected_minor, p.alive FROM attribution_party_value p LEFT JOIN partners_company c ON c.id = p.partner"
            " WHERE p.valuation = $1 ORDER BY p.net_minor + coalesce(p.expected_minor, 0) DESC, p.key LIMIT $2",
            valuation.id, most,
        )  # fmt: skip
    currency = valuation.net.currency
    return [
        PartyView(
            row["key"], row["partner_id"], row["name"], row["customers"], Money(row["net_minor"], currency),
            None if row["expected_minor"] is None else Money(row["expected_minor"], currency), row["alive"],
        )
        for row in rows
    ]  # fmt: skip


async def list_groups(
    actor: Actor, valuation: ValuationView, dimension: Dimension, most: int = PARTIES
) -> list[GroupView]:
    """All customers, each counted once, then the largest groups of a dimension without those of too few customers.

    Nothing in valuations older than groups. Raises NotAllowed.
    """
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT g.*, coalesce(c.legal_name, '') AS name FROM attribution_group_value g"
            " LEFT JOIN partners_company c ON c.id = g.partner WHERE g.valuation = $1"
            " AND (g.dimension = $2 OR (g.dimension = $3 AND g.customers >= $4))"
            " ORDER BY g.dimension = $2 DESC, g.customers DESC, g.key LIMIT $5",
            valuation.id, Dimension.ALL, dimension, FEWEST, most + 1,
        )  # fmt: skip
    currency = valuation.net.currency
    return [
        GroupView(
            Dimension(row["dimension"]), row["key"], row["name"], row["customers"], Money(row["net_minor"], currency),
            Money(row["median_minor"], currency), _expected(row, currency), Money(row["value_minor"], currency),
            row["due"], None if row["kept"] is None else Kept(row["kept"], row["kept_low"], row["kept_high"]),
        )
        for row in rows
    ]  # fmt: skip


async def find_customer(actor: Actor, account_id: UUID) -> CustomerView | None:
    """What a customer is worth by the newest valuation; None where it has no purchase in it. Raises NotAllowed."""
    found: CustomerView | None = await db.ask_alone(actor, customer_of(actor, account_id))
    return found


def customer_of(actor: Actor, account_id: UUID) -> Question:
    """The question of `find_customer`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    return row_of(
        "SELECT v.id AS valuation_id, r.number AS run_number, v.observed_until, v.currency,"
        " (v.settings ->> 'horizon_months')::int AS horizon_months, c.orders, c.first_on, c.last_on, c.net_minor,"
        " c.expected_minor, c.low_minor, c.high_minor, c.alive::text AS alive, c.partner_ppb"
        " FROM (SELECT * FROM attribution_valuation ORDER BY made_at DESC, id LIMIT 1) v"
        " JOIN attribution_run r ON r.id = v.run JOIN attribution_customer_value c ON c.valuation = v.id"
        " WHERE c.account = $1",
        account_id, valuation_id=UUID, alive=Decimal,
        **dict.fromkeys(("observed_until", "first_on", "last_on"), date.fromisoformat),
    ).then(lambda row: None if row is None else _customer(row))  # fmt: skip


def _customer(row: dict[str, Any]) -> CustomerView:
    currency = row.pop("currency")
    net = Money(row.pop("net_minor"), currency)
    return CustomerView(**row_without(row), net=net, expected=_expected(row, currency))


def row_without(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without the three amounts of an expectation."""
    return {name: value for name, value in row.items() if name not in {"expected_minor", "low_minor", "high_minor"}}


def _expected(row: Mapping[str, Any], currency: str) -> Expected | None:
    if row["expected_minor"] is None:
        return None
    return Expected(*(Money(row[name], currency) for name in ("expected_minor", "low_minor", "high_minor")))


def _view(row: Mapping[str, Any]) -> ValuationView:
    return ValuationView(
        id=row["id"],
        run_id=row["run"],
        run_number=row["run_number"],
        state=FitState(row["state"]),
        settings=ValueSettings.model_validate_json(row["settings"]),
        settings_version=row["settings_version"],
        observed_until=row["observed_until"],
        made_at=row["made_at"],
        customers=row["customers"],
        net=Money(row["net_minor"], row["currency"]),
        expected=_expected(row, row["currency"]),
        parameters=json.loads(row["parameters"]),
        curve=json.loads(row["curve"]),
        comparison=json.loads(row["comparison"]),
        failure=row["failure"],
    )
