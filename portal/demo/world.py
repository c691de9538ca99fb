"""What every part of the generator is given: the source, the seed, and by how much dates move."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from portal.demo.reading import read_source
from portal.demo.seeded import Seeded
from portal.demo.source import Source
from portal.demo.timeline import whole_weeks, window_start

SEED: Final = "tributary"
Row = dict[str, str]
"""One row as an importer reads it: texts only."""


@dataclass(frozen=True, slots=True)
class World:
    """The frame of one demo. The two sets end on different days, so that each moves by its own weeks."""

    source: Source
    seeded: Seeded
    today: date
    orders_move: timedelta
    deals_move: timedelta
    orders_from: date
    """The first day of the window of order lines, before moving."""
    zone: ZoneInfo
    """The vendor's time zone, in which days of protection are counted."""
    opportunities: int
    """How many opportunities become deals, at most."""

    @property
    def now(self) -> datetime:
        """The end of yesterday, UTC: nothing in the demo has happened later."""
        return datetime.combine(self.today, time(), UTC)

    def window_contains(self, day: date) -> bool:
        """Whether the order lines of that day, before moving, are in the demo."""
        return day >= self.orders_from


def make_world(today: date, *, months: int = 3, opportunities: int = 500, zone: str = "UTC", seed: str = SEED) -> World:
    """The frame for a demo seen on `today`: order lines of so many months, at most so many opportunities."""
    source = read_source()
    return World(
        source=source,
        seeded=Seeded(seed),
        today=today,
        orders_move=whole_weeks(source.newest_order, today),
        deals_move=whole_weeks(source.newest_opportunity, today),
        orders_from=window_start(source.newest_order, months),
        zone=ZoneInfo(zone),
        opportunities=opportunities,
    )
