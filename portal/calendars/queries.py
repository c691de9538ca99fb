"""Reading calendars: for reckoning, for the page that edits one, and the list of all."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from portal.calendars.rules import Calendar, week_from_json
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission

DAYS_OF: Final = (
    "(SELECT coalesce(jsonb_object_agg(d.day, d.is_working), '{{}}') FROM calendars_day d WHERE d.calendar = {id})"
)
"""The changed days of a calendar, for `calendar_of`; `{id}` is SQL of its id."""
_ROW: Final = (
    f"SELECT c.id, c.code, c.name, c.country, c.zone, c.week, c.version, {DAYS_OF.format(id='c.id')} AS days,"
    " (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'day', d.day, 'is_working', d.is_working,"
    " 'note', d.note) ORDER BY d.day), '[]') FROM calendars_day d WHERE d.calendar = c.id) AS changes"
    " FROM calendars_calendar c"
)


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that the vendor changed."""

    id: UUID
    day: date
    is_working: bool
    note: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A calendar as it is stored, and as it is reckoned with."""

    id: UUID
    code: str
    name: str
    country: str
    zone: str
    """Empty for the vendor's."""
    version: int
    calendar: Calendar
    changes: tuple[DayChange, ...]


def office() -> Calendar:
    """What holds where no calendar was made: Monday to Friday, nine to five in the vendor's time zone, no holidays."""
    return Calendar(formats.time_zone().key)


def calendar_of(row: Mapping[str, Any]) -> Calendar:
    """A calendar from `zone`, `week`, `country` and `days` (`DAYS_OF`) of a row, whose JSON may be read already."""
    week, days = (json.loads(one) if isinstance(one, str) else one for one in (row["week"], row["days"]))
    return Calendar(
        row["zone"] or formats.time_zone().key,
        week_from_json(week),
        row["country"],
        {date.fromisoformat(day): is_working for day, is_working in days.items()},
    )


async def find_calendar(code: str) -> Kept | None:
    """The calendar of this code, on the open unit; None where there is none."""
    row = await db.sql_one(f"{_ROW} WHERE c.code = $1", code)
    return _kept(row) if row else None


async def get_calendar(actor: Actor, calendar_id: UUID) -> Kept:
    """One calendar with its changed days. Raises NotAllowed, NotFound."""
    actor.require(Permission.POLICIES_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_ROW} WHERE c.id = $1", calendar_id)
    if row is None:
        raise NotFound
    return _kept(row)


async def list_calendars(actor: Actor) -> list[Kept]:
    """All calendars by name. Raises NotAllowed."""
    actor.require(Permission.POLICIES_READ)
    async with db.transaction(actor):
        rows = await db.sql(f'{_ROW} ORDER BY c.name COLLATE "C", c.id')
    return [_kept(row) for row in rows]


async def list_known(ids: Iterable[UUID]) -> dict[UUID, Calendar]:
    """Calendars by their ids, on the open unit."""
    rows = await db.sql(f"{_ROW} WHERE c.id = any($1::uuid[])", list(ids))
    return {row["id"]: calendar_of(row) for row in rows}


def _kept(row: Mapping[str, Any]) -> Kept:
    changes = tuple(
        DayChange(UUID(one["id"]), date.fromisoformat(one["day"]), one["is_working"], one["note"])
        for one in json.loads(row["changes"])
    )
    return Kept(
        row["id"], row["code"], row["name"], row["country"], row["zone"], row["version"], calendar_of(row), changes
    )
