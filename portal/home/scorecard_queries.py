"""What the vendor knows of one partner's work across all slices, and of partners like it, in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any, Final
from uuid import UUID

from attribution.lifecycle.rules import LOSSES
from attribution.value.rules import FEWEST
from partners.forecast.queries import WEIGHTED, in_forecast
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money, round_half_away
from portal.core.permissions import Permission

Value = int | Money | Fraction
FEWEST_PEERS: Final = 5
"""Partners like it that must have a figure for their median to be told."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of a partner's registrations and sales since a day."""

    registered: int
    decided: int
    approved: int
    won: int
    lost: int
    days: Fraction | None
    """The median from registration to decision; None where nothing was decided."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a partner's customers are worth, each on average, and which part of them came back."""

    value: Money
    low: Money | None
    high: Money | None
    kept: Fraction | None


@dataclass(frozen=True, slots=True)
class Source:
    """The sealed run or the valuation that figures come from."""

    id: UUID
    number: str
    currency: str


Amounts = Mapping[UUID, Mapping[str, int]]
"""By partner and currency, in minor units; who has none is missing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it by partner: the one asked for, and those like it."""

    peers: frozenset[UUID]
    """Active partners of the same tier that share a kind with it."""
    run: Source | None
    valuation: Source | None
    worked: Mapping[UUID, Worked]
    forecast: Amounts
    invoiced: Amounts
    months: Mapping[str, Mapping[date, int]]
    """What the partner itself invoiced: by currency and month, in minor units."""
    credited: Mapping[UUID, int]
    """Of all partners, in the run's currency."""
    earned: Amounts
    closed: Amounts
    """The part of what was earned that is in closed months."""
    customers: Mapping[UUID, tuple[int, int]]
    """How many, and how many of them are dormant."""
    worth: Mapping[UUID, Worth]

    def beside(self, partner: UUID, values: Mapping[UUID, Value | None]) -> tuple[Value | None, Value | None]:
        """A partner's own value, and the median of those like it; None where too few of them have one."""
        others = [value for one, value in values.items() if one in self.peers and value is not None]
        return values.get(partner), _median(others) if len(others) >= FEWEST_PEERS else None


_LOSSES: Final = ", ".join(f"'{kind}'" for kind in sorted(LOSSES))
_DECIDED: Final = "d.decided_at >= $3::timestamptz AND d.state IN ('approved', 'rejected', 'expired', 'revoked')"
_WORKED: Final = (
    "SELECT d.partner_id AS partner, count(*) FILTER (WHERE d.submitted_at >= $3::timestamptz) AS registered,"
    f" count(*) FILTER (WHERE {_DECIDED}) AS decided,"
    f" count(*) FILTER (WHERE {_DECIDED} AND d.state <> 'rejected') AS approved,"
    " count(*) FILTER (WHERE d.closed_at >= $3::timestamptz AND d.stage = 'won') AS won,"
    " count(*) FILTER (WHERE d.closed_at >= $3::timestamptz AND d.stage = 'lost') AS lost,"
    " (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - d.submitted_at) / 86400)"
    f" FILTER (WHERE {_DECIDED} AND d.submitted_at < d.decided_at))::numeric(12, 4)::text AS days"
    " FROM partners_deal d JOIN peer ON peer.id = d.partner_id WHERE d.state <> 'draft'"
    " AND (d.submitted_at >= $3::timestamptz OR d.decided_at >= $3::timestamptz OR d.closed_at >= $3::timestamptz)"
    " GROUP BY 1"
)
_FORECAST: Final = (
    f"SELECT d.partner_id AS partner, d.currency, sum({WEIGHTED.format(of='d')})::bigint AS minor FROM partners_deal d"
    f" JOIN peer ON peer.id = d.partner_id WHERE {in_forecast('d')} GROUP BY 1, 2"
)
_INVOICED: Final = (
    "SELECT r.partner, r.currency, CASE WHEN r.partner = $1 THEN"
    " date_trunc('month', r.occurred_at AT TIME ZONE $4::text)::date END AS month, sum(r.net_minor)::bigint AS minor"
    " FROM attribution_revenue r JOIN peer ON peer.id = r.partner"
    " WHERE r.kind IN ('invoice_line', 'credit_note') AND r.occurred_at >= $3::timestamptz GROUP BY 1, 2, 3"
)
_CREDITED: Final = (
    "SELECT s.partner, sum(s.value_minor)::bigint AS minor FROM attribution_run_sum s"
    " JOIN run ON run.id = s.run AND run.paying_model = s.model WHERE s.dimension = 'party'"
    f" AND s.partner IS NOT NULL AND s.period >= $2::date AND s.event_kind NOT IN ({_LOSSES}) GROUP BY 1"
)
_EARNED: Final = (
    "SELECT c.partner_id AS partner, c.currency, sum(c.amount_minor)::bigint AS minor,"
    " sum(c.amount_minor) FILTER (WHERE p.closed_at IS NOT NULL)::bigint AS closed FROM attribution_commission c"
    " JOIN peer ON peer.id = c.partner_id LEFT JOIN ledger_period p ON p.period = c.period"
    " WHERE c.period >= $2::date GROUP BY 1, 2 HAVING count(*) FILTER (WHERE c.amount_minor <> 0) > 0"
)
_CUSTOMERS: Final = (
    "SELECT peer.id AS partner, count(*) AS customers, count(*) FILTER (WHERE s.first_on IS NOT NULL"
    " AND s.asleep_on <= $5::date) AS dormant FROM attribution_customer_value c"
    " JOIN valuation ON valuation.id = c.valuation"
    " CROSS JOIN LATERAL unnest(c.groups) AS g(name) JOIN peer ON 'partner:' || peer.id = g.name"
    " LEFT JOIN attribution_lifecycle_standing s ON s.account = c.account GROUP BY 1"
)
_WORTH: Final = (
    "SELECT g.partner, g.value_minor, g.net_minor + g.low_minor AS low, g.net_minor + g.high_minor AS high,"
    " g.kept::text AS kept FROM attribution_group_value g JOIN valuation ON valuation.id = g.valuation"
    f" JOIN peer ON peer.id = g.partner WHERE g.customers >= {FEWEST}"
)
_SECTIONS: Final = {
    "peers": "SELECT peer.id FROM peer",
    "run": "SELECT * FROM run",
    "valuation": "SELECT * FROM valuation",
    "worked": _WORKED,
    "forecast": _FORECAST,
    "invoiced": _INVOICED,
    "credited": _CREDITED,
    "earned": _EARNED,
    "customers": _CUSTOMERS,
    "worth": _WORTH,
}
_NEEDED: Final = {
    "run": Permission.RUNS_READ,
    "credited": Permission.RUNS_READ,
    "valuation": Permission.REVENUE_READ,
    "invoiced": Permission.REVENUE_READ,
    "customers": Permission.REVENUE_READ,
    "worth": Permission.REVENUE_READ,
    "earned": Permission.COMMISSIONS_READ,
}
"""What must be allowed for a section that not all of the vendor's people read."""
_WITH: Final = (
    "WITH me AS (SELECT id, tier, kinds FROM partners_company WHERE id = $1), peer AS (SELECT c.id FROM"
    " partners_company c CROSS JOIN me WHERE c.id = me.id OR (c.status = 'active' AND c.tier = me.tier"
    " AND c.kinds && me.kinds)), run AS (SELECT id, number, currency, paying_model FROM attribution_run"
    " WHERE state = 'sealed' ORDER BY requested_at DESC, id LIMIT 1), valuation AS (SELECT v.id, r.number, v.currency"
    " FROM attribution_valuation v JOIN attribution_run r ON r.id = v.run ORDER BY v.made_at DESC, v.id LIMIT 1)"
)


async def get_facts(actor: Actor, company_id: UUID, *, since: date, today: date) -> Facts:
    """The partner and those like it, since the first of a month; empty where the actor may not read it.

    Raises NotFound, NotAllowed.
    """
    actor.require(Permission.ACCOUNTS_READ)
    zone = formats.time_zone().key
    columns = ", ".join(
        f"(SELECT coalesce(jsonb_agg(x), '[]') FROM ({rows}) AS x{_where(actor, name)}) AS {name}"
        for name, rows in _SECTIONS.items()
    )
    async with db.transaction(actor):
        row = await db.sql_one(
            f"{_WITH} SELECT {columns} FROM me", company_id, since, clock.start_of(since, zone), zone, today
        )
    if row is None:
        raise NotFound
    return _facts(company_id, {name: json.loads(row[name]) for name in _SECTIONS})


def _median(values: Sequence[Value]) -> Value:
    """The middle one; of money and counts a whole number."""
    first = values[0]
    found = median(Fraction(one.minor if isinstance(one, Money) else one) for one in values)
    if isinstance(first, Money):
        return Money(round_half_away(found), first.currency)
    return round_half_away(found) if isinstance(first, int) else found


def _where(actor: Actor, section: str) -> str:
    needed = _NEEDED.get(section)
    return "" if needed is None or actor.may(needed) else " WHERE false"


def _facts(company_id: UUID, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Facts:
    valuation = _source(found["valuation"])
    return Facts(
        peers=frozenset(UUID(row["id"]) for row in found["peers"]) - {company_id},
        run=_source(found["run"]),
        valuation=valuation,
        worked={UUID(row["partner"]): _worked(row) for row in found["worked"]},
        forecast=_summed(found["forecast"], lambda row: int(row["minor"])),
        invoiced=_summed(found["invoiced"], lambda row: int(row["minor"])),
        months=_months([row for row in found["invoiced"] if row["month"]]),
        credited={UUID(row["partner"]): row["minor"] for row in found["credited"]},
        earned=_summed(found["earned"], lambda row: int(row["minor"])),
        closed=_summed([row for row in found["earned"] if row["closed"] is not None], lambda row: int(row["closed"])),
        customers={UUID(row["partner"]): (row["customers"], row["dormant"]) for row in found["customers"]},
        worth={UUID(row["partner"]): _worth(row, valuation.currency) for row in found["worth"]} if valuation else {},
    )


def _source(rows: Sequence[Mapping[str, Any]]) -> Source | None:
    return Source(UUID(rows[0]["id"]), rows[0]["number"], rows[0]["currency"]) if rows else None


def _worked(row: Mapping[str, Any]) -> Worked:
    days = None if row["days"] is None else Fraction(row["days"])
    return Worked(row["registered"], row["decided"], row["approved"], row["won"], row["lost"], days)


def _summed(rows: Sequence[Mapping[str, Any]], minor: Any) -> Amounts:
    sums: dict[UUID, dict[str, int]] = {}
    for row in rows:
        of_partner = sums.setdefault(UUID(row["partner"]), {})
        of_partner[row["currency"]] = of_partner.get(row["currency"], 0) + minor(row)
    return sums


def _months(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[date, int]]:
    months: dict[str, dict[date, int]] = {}
    for row in rows:
        months.setdefault(row["currency"], {})[date.fromisoformat(row["month"])] = row["minor"]
    return months


def _worth(row: Mapping[str, Any], currency: str) -> Worth:
    low, high = (None if row[end] is None else Money(row[end], currency) for end in ("low", "high"))
    return Worth(Money(row["value_minor"], currency), low, high, None if row["kept"] is None else Fraction(row["kept"]))
