"""How long due times take: of 20,000 deals, by the calendars of several countries, from submission to due time."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from portal.calendars.rules import OFFICE_WEEK, Calendar, Span, add_working, working_between

DEALS: Final = 20_000
_LUNCH: Final = (*((Span(540, 720), Span(780, 1080)),) * 5, (), ())
_CALENDARS: Final = (
    Calendar("Europe/Berlin", OFFICE_WEEK, "DE"),
    Calendar("Europe/Paris", _LUNCH, "FR"),
    Calendar("America/New_York", OFFICE_WEEK, "US"),
    Calendar("Asia/Shanghai", _LUNCH, "CN"),
)
_HOURS: Final = (8, 16, 24, 40)


def main() -> None:
    """Print how long each takes."""
    chance = random.Random(1)  # noqa: S311 -- nothing secret
    start = datetime(2025, 1, 1, tzinfo=UTC)
    asked = [
        (chance.choice(_CALENDARS), start + timedelta(minutes=chance.randrange(525_600)),
         timedelta(hours=chance.choice(_HOURS)))
        for _deal in range(DEALS)
    ]  # fmt: skip
    began = time.perf_counter()
    due = [add_working(calendar, at, length) for calendar, at, length in asked]
    added = time.perf_counter()
    same = sum(
        working_between(calendar, at, until) == length for (calendar, at, length), until in zip(asked, due, strict=True)
    )
    between = time.perf_counter()
    print(f"{DEALS:,} due times: {added - began:.2f} s; counting back: {between - added:.2f} s, {same:,} agree")


if __name__ == "__main__":
    main()
