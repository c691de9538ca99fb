"""Moving dates by whole weeks, and writing them the way the importers read them."""

from datetime import UTC, date, datetime, time, timedelta

_WEEK = 7


def whole_weeks(newest: date, today: date) -> timedelta:
    """By how much to move so that `newest` falls into the seven days before `today`, on the same weekday."""
    yesterday = today - timedelta(days=1)
    return timedelta(days=(yesterday - newest).days // _WEEK * _WEEK)


def moment(day: date, *, minutes: int) -> datetime:
    """So many minutes after midnight of that day, UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(minutes=minutes)


def written(value: date | datetime | None) -> str:
    """A date as `2026-11-14`, a time as `2026-11-14T09:30:00Z`, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()


def window_start(newest: date, months: int) -> date:
    """The first day of the last `months` calendar months, that of `newest` being the last of them."""
    index = newest.year * 12 + newest.month - months
    return date(index // 12, index % 12 + 1, 1)
