"""What health is reckoned from: everything that was known of all customers on a day, in a handful of statements."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from attribution.health.rules import USUAL_WINDOWS, Answer, Facts, Open, Settings, Severity, Touches, Use
from portal.core import clock, db, formats

_ALIAS: Final = "LEFT JOIN partners_account_alias m ON m.account = {of} AND m.undone_at IS NULL"
_CUSTOMER: Final = "coalesce(m.canonical, s.account) AS customer"
_LATEST: Final = "NOT EXISTS (SELECT FROM {table} n WHERE n.replaces = s.id)"
"""The row that holds: no other replaces it."""


def _signals(table: str) -> str:
    """The rows of a store that hold, as `s`, with the customer they are found under."""
    return f"FROM {table} s {_ALIAS.format(of='s.account')} WHERE {_LATEST.format(table=table)}"


_CUSTOMERS: Final = (
    "WITH fed (account) AS (SELECT account FROM attribution_usage WHERE day <= $1"
    " UNION SELECT account FROM attribution_ticket WHERE opened_on <= $1"
    " UNION SELECT account FROM attribution_survey WHERE answered_on <= $1)"
    " SELECT id AS customer FROM attribution_lifecycle_standing"
    " WHERE asleep_on > $1 AND coalesce(first_on, $1) <= $1"
    f" UNION SELECT coalesce(m.canonical, f.account) FROM fed f {_ALIAS.format(of='f.account')}"
    " WHERE NOT EXISTS (SELECT FROM attribution_lifecycle_standing l WHERE l.id = coalesce(m.canonical, f.account))"
)
"""Who is a customer on the day `$1`: not dormant by then, or known by signals alone."""
_ORDERS: Final = (
    f"SELECT {_CUSTOMER}, array_agg(DISTINCT s.day) FILTER (WHERE s.is_order) AS days, max(s.day) AS last_on"
    " FROM (SELECT account, ordered_on AS day, true AS is_order FROM attribution_revenue WHERE parent IS NULL"
    " UNION ALL SELECT account, (occurred_at AT TIME ZONE $2)::date, false FROM attribution_revenue"
    " WHERE kind = 'payment' UNION ALL SELECT account, starts_on, true FROM attribution_term)"
    f" AS s {_ALIAS.format(of='s.account')} WHERE s.day <= $1 GROUP BY 1"
)
_USES: Final = (
    f"SELECT {_CUSTOMER}, sum(s.amount) FILTER (WHERE s.day > $2) AS recent,"
    " count(*) FILTER (WHERE s.day > $2) AS recent_count, sum(s.amount) FILTER (WHERE s.day <= $2) AS before,"
    " count(*) FILTER (WHERE s.day <= $2) AS before_count,"
    " sum(s.amount) FILTER (WHERE s.day > $2 AND s.licensed IS NOT NULL) AS licensed_use,"
    " sum(s.licensed) FILTER (WHERE s.day > $2) AS licensed,"
    " count(s.licensed) FILTER (WHERE s.day > $2) AS licensed_count"
    f" {_signals('attribution_usage')} AND s.day > $3 AND s.day <= $1 GROUP BY 1, s.product ORDER BY 1, s.product"
)
_TOUCHES: Final = (
    "WITH verdict AS (SELECT DISTINCT ON (touchpoint) touchpoint, state FROM attribution_touchpoint_decision"
    " ORDER BY touchpoint, seq DESC)"
    f" SELECT {_CUSTOMER}, count(*) FILTER (WHERE s.occurred_at >= $2) AS recent,"
    " count(DISTINCT s.contact) FILTER (WHERE s.occurred_at >= $2) AS people,"
    " count(*) FILTER (WHERE s.occurred_at >= $3 AND s.occurred_at < $2) AS before,"
    " (min(s.occurred_at) AT TIME ZONE $4)::date AS first_on"
    f" FROM attribution_touchpoint s {_ALIAS.format(of='s.account')} LEFT JOIN verdict v ON v.touchpoint = s.id"
    " WHERE s.contact IS NOT NULL AND s.account IS NOT NULL AND s.occurred_at < $1"
    " AND coalesce(v.state, 'approved') = 'approved' GROUP BY 1"
)
"""With people only: visits of a website say nothing of whether anybody still talks with them."""
_TICKETS: Final = (
    f"SELECT {_CUSTOMER}, s.severity, s.opened_on, coalesce(s.closed_on > $1, true) AS is_open"
    f" {_signals('attribution_ticket')} AND s.opened_on <= $1"
)
_ANSWERS: Final = (
    f"SELECT {_CUSTOMER}, s.score, s.lowest, s.highest, s.answered_on"
    f" {_signals('attribution_survey')} AND s.answered_on <= $1 AND s.answered_on >= $2"
)


async def gather(day: date, settings: Settings) -> dict[UUID, Facts]:
    """The facts of all customers as of the end of a day, on the open unit. Six statements, however many they are.

    What was imported later counts too where it is of that day or before.
    """
    zone = formats.time_zone().key
    window = timedelta(days=settings.window_days)
    # The window ends with the day itself: of 90 days, the first is 89 days before.
    edge, since = day - window, day - (1 + USUAL_WINDOWS) * window
    customers = [row[0] for row in await _fetch(_CUSTOMERS, day)]
    orders = {row[0]: row for row in await _fetch(_ORDERS, day, zone)}
    uses = _by_customer((row[0], Use(*(int(value or 0) for value in row[1:])))
                        for row in await _fetch(_USES, day, edge, edge - window))  # fmt: skip
    starts = [clock.start_of(one + timedelta(days=1), zone) for one in (day, edge, since)]
    touches = {row[0]: _touches(row, edge, since) for row in await _fetch(_TOUCHES, *starts, zone)}
    tickets: dict[UUID, list[Open]] = defaultdict(list)
    for customer, severity, opened_on, is_open in await _fetch(_TICKETS, day):
        tickets[customer] += [Open(Severity(severity), (day - opened_on).days)] if is_open else []
    answers = _by_customer(
        (row[0], Answer(Fraction(row[1] - row[2]) / (row[3] - row[2]), (day - row[4]).days))
        for row in await _fetch(_ANSWERS, day, day - timedelta(days=settings.oldest_days))
    )
    return {
        customer: Facts(
            order_days=sorted(orders[customer][1] or ()) if customer in orders else (),
            last_on=orders[customer][2] if customer in orders else None,
            uses=uses.get(customer, ()),
            touches=touches.get(customer),
            tickets=tickets.get(customer),
            answers=answers.get(customer, ()),
        )
        for customer in customers
    }


def _touches(row: Any, edge: date, since: date) -> Touches:
    """`before_days` are those from the later of `since` and the first touch up to the edge."""
    begun = max(since, row[4] - timedelta(days=1))
    return Touches(row[1], row[2], row[3], max((edge - begun).days, 0))


def _by_customer(rows: Iterable[tuple[UUID, Any]]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for customer, value in rows:
        found[customer].append(value)
    return found


async def _fetch(query: str, *args: object) -> list[Any]:
    """Records as they come: making mappings of a hundred thousand rows would cost as much as reckoning them."""
    return list(await db.open_unit().connection.fetch(query, *args))
