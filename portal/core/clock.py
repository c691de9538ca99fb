"""The clock and the vendor's days and months; everything else gets `now` as an argument."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The instant, in UTC. Called at the edges only: routes, jobs, the command line."""
    return datetime.now(UTC)


def day_of(instant: datetime, zone: str) -> date:
    """The vendor's calendar day on which `instant` falls."""
    return instant.astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The instant, in UTC, at which that day begins for the vendor."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def month_of(day: date) -> date:
    """The first day of the month: how a period is named (half-open: up to the next first)."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
