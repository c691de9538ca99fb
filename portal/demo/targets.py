"""Targets of the demo: what the vendor wants of each kind of lifecycle event, quarter by quarter."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from portal.demo.rates import decimal_text
from portal.demo.world import Row, World

_WANTED: Final = (
    ("new_logo", 240_000_000, 700),
    ("cross_sell", 180_000_000, 560),
    ("upsell", 150_000_000, 420),
    ("renewal", 5_000_000, 15),
    ("reactivation", 800_000, 4),
    ("contraction", 2_500_000, 40),
    ("churn", 20_000_000, 25),
)
"""Kind, what a quarter is worth in the United States in cents, and how many events are wanted in all countries."""
_SPREAD_PERCENT: Final = (85, 120)
_QUARTER: Final = 3


def target_rows(world: World) -> Iterator[Row]:
    """All targets as the importer reads them, from the first quarter with orders to the running one."""
    first, month = world.orders_from + world.orders_move, world.today
    while month >= first:
        month = date(month.year, (month.month - 1) // _QUARTER * _QUARTER + 1, 1)
        quarter = f"{month.year}-Q{month.month // _QUARTER + 1}"
        for kind, cents, events in _WANTED:
            percent = world.seeded.between(*_SPREAD_PERCENT, "target", kind, quarter)
            yield _row(kind, "US", quarter, value=decimal_text(cents // 100 * percent), currency="USD")
            yield _row(kind, "", quarter, events=str(max(events * percent // 100, 1)))
        month -= timedelta(days=1)


def _row(kind: str, country: str, quarter: str, *, value: str = "", currency: str = "", events: str = "") -> Row:
    return {
        "kind": kind,
        "country": country,
        "quarter": quarter,
        "value": value,
        "currency": currency,
        "events": events,
    }
