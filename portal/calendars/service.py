"""What can be done about calendars: make one, change its hours, and say which days are worked or off."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from portal.calendars.rules import Week, week_to_json, write_hours
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

SUBJECT: Final = "calendar"
MOST_DAYS: Final = 62
"""Days that are changed at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a calendar shall be."""

    name: str
    country: str
    zone: str
    """Empty for the vendor's."""
    week: Week


async def create_calendar(actor: Actor, code: str, wanted: Wanted, *, now: datetime) -> UUID:
    """A new calendar. Raises NotAllowed, Invalid for a week without hours or a code that is taken."""
    actor.require(Permission.POLICIES_WRITE)
    _check(wanted)
    async with db.transaction(actor):
        found: UUID | None = await db.sql_value(
            "INSERT INTO calendars_calendar (id, code, name, country, zone, week, created_at, changed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (code) DO NOTHING RETURNING id",
            new_id(), code, wanted.name, wanted.country, wanted.zone, json.dumps(week_to_json(wanted.week)), now,
        )  # fmt: skip
        if found is None:
            raise Invalid({"code": _("There is a calendar with this code already.")})
        changes = {name: [None, value] for name, value in _facts(wanted).items()}
        await record(actor, "calendar.created", SUBJECT, found, now=now, changes=changes)
    return found


async def change_calendar(actor: Actor, calendar_id: UUID, wanted: Wanted, *, now: datetime) -> None:
    """Make a calendar be this from now on; clocks that run keep what they were told. Raises NotAllowed, NotFound."""
    actor.require(Permission.POLICIES_WRITE)
    _check(wanted)
    async with db.transaction(actor):
        await _lock(calendar_id)
        await db.sql(
            "UPDATE calendars_calendar SET name = $2, country = $3, zone = $4, week = $5, changed_at = $6,"
            " version = version + 1 WHERE id = $1",
            calendar_id, wanted.name, wanted.country, wanted.zone, json.dumps(week_to_json(wanted.week)), now,
        )  # fmt: skip
        changes = {name: [None, value] for name, value in _facts(wanted).items()}
        await record(actor, "calendar.changed", SUBJECT, calendar_id, now=now, changes=changes)


async def set_days(
    actor: Actor, calendar_id: UUID, day: date, until: date | None, *, works: bool, note: str, now: datetime
) -> int:
    """Say that each day from `day` through `until` is worked or off, whatever was said of it before; how many.

    Raises NotAllowed, NotFound, Invalid.
    """
    actor.require(Permission.POLICIES_WRITE)
    count = ((until or day) - day).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise Invalid({"until": _("The last day is at most two months after the first.")})
    async with db.transaction(actor):
        await _lock(calendar_id)
        days = [day + timedelta(days=one) for one in range(count)]
        await db.sql(
            "INSERT INTO calendars_day (id, calendar, day, is_working, note)"
            " SELECT w.id, $1, w.day, $2, $3 FROM unnest($4::uuid[], $5::date[]) AS w (id, day)"
            " ON CONFLICT (calendar, day) DO UPDATE SET is_working = excluded.is_working, note = excluded.note",
            calendar_id, works, note, [new_id() for _one in days], days,
        )  # fmt: skip
        changes = {"day": [None, day], "until": [None, days[-1]], "works": [None, works], "note": [None, note]}
        await _say_changed(actor, calendar_id, "calendar.days_set", changes, now)
    return count


async def remove_day(actor: Actor, day_id: UUID, *, now: datetime) -> UUID:
    """Forget what was said of a day; the calendar it was of. Raises NotAllowed, NotFound."""
    actor.require(Permission.POLICIES_WRITE)
    async with db.transaction(actor):
        row = await db.sql_one("DELETE FROM calendars_day WHERE id = $1 RETURNING calendar, day, is_working", day_id)
        if row is None:
            raise NotFound
        changes = {"day": [row["day"], None], "works": [row["is_working"], None]}
        await _say_changed(actor, row["calendar"], "calendar.day_removed", changes, now)
    calendar_id: UUID = row["calendar"]
    return calendar_id


async def _say_changed(actor: Actor, calendar_id: UUID, name: str, changes: dict[str, Any], now: datetime) -> None:
    await db.sql("UPDATE calendars_calendar SET version = version + 1, changed_at = $2 WHERE id = $1", calendar_id, now)
    await record(actor, name, SUBJECT, calendar_id, now=now, changes=changes)


async def _lock(calendar_id: UUID) -> None:
    """Hold the calendar until the end of the unit. Raises NotFound."""
    if await db.sql_value("SELECT id FROM calendars_calendar WHERE id = $1 FOR UPDATE", calendar_id) is None:
        raise NotFound


def _check(wanted: Wanted) -> None:
    """Raise Invalid for a week in which nobody works: nothing would ever be due."""
    if not any(wanted.week):
        raise Invalid({"mon": _("At least one day needs hours, or nothing is ever due.")})


def _facts(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "country": wanted.country,
        "zone": wanted.zone,
        "week": " | ".join(write_hours(hours) for hours in wanted.week),
    }
