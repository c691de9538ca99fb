"""Reading absences: who is away now and soon, who acts for whom today, and who could cover."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from portal.absences.rules import Absence, covers_on, last_day
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of


@dataclass(frozen=True, slots=True)
class Noted:
    """An absence with names."""

    id: UUID
    absence: Absence
    name: str
    cover_name: str
    noted_by: str

    @property
    def last(self) -> date:
        """Its last day."""
        return last_day(self.absence.until)


_NOTED: Final = (
    "SELECT a.id, a.membership, a.cover, a.since, a.until, p.name, q.name AS cover_name, coalesce(r.name, '')"
    " AS noted_by FROM absences_absence a"
    " JOIN identity_membership m ON m.id = a.membership JOIN identity_person p ON p.id = m.person"
    " JOIN identity_membership n ON n.id = a.cover JOIN identity_person q ON q.id = n.person"
    " LEFT JOIN identity_membership b ON b.id = a.noted_by LEFT JOIN identity_person r ON r.id = b.person"
)


async def list_absences(actor: Actor, now: datetime) -> list[Noted]:
    """All that run or come, the soonest first. Raises NotAllowed for partners."""
    actor.require(Permission.ABSENCES_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_NOTED} WHERE a.cancelled_at IS NULL AND a.until > $1 ORDER BY a.since, a.id", day_of(now)
        )
    return [_noted(row) for row in rows]


async def get_absence(actor: Actor, absence_id: UUID) -> Noted:
    """One that was not cancelled, locked. Raises NotFound."""
    actor.require(Permission.ABSENCES_READ)
    async with db.transaction(actor):
        await db.sql("SELECT id FROM absences_absence WHERE id = $1 FOR UPDATE", absence_id)
        row = await db.sql_one(f"{_NOTED} WHERE a.id = $1 AND a.cancelled_at IS NULL", absence_id)
    if row is None:
        raise NotFound
    return _noted(row)


async def find_acting_cover(membership_id: UUID, now: datetime) -> UUID | None:
    """Who acts today for somebody who is away; None when it is there or nobody does. On the open unit of the vendor."""
    today = day_of(now)
    rows = await db.sql(
        "SELECT membership, cover, since, until FROM absences_absence WHERE cancelled_at IS NULL"
        " AND since <= $1 AND until > $1",
        today,
    )
    return covers_on([Absence(**row) for row in rows], today).get(membership_id)


@dataclass(frozen=True, slots=True)
class Covered:
    """Somebody whom one acts for, and the last day of it."""

    name: str
    last: date


async def list_covered(actor: Actor, now: datetime) -> list[Covered]:
    """For whom this actor acts today, by name."""
    return await db.ask_alone(actor, covered_of(actor, now)) or []


def covered_of(actor: Actor, now: datetime) -> Question | None:
    """The question of `list_covered`, for asking beside others; None for who acts for nobody."""
    if not actor.may(Permission.ABSENCES_READ) or actor.is_partner:
        return None
    return rows_of(
        "SELECT p.name, a.until FROM absences_absence a JOIN identity_membership m ON m.id = a.membership"
        " JOIN identity_person p ON p.id = m.person WHERE a.cancelled_at IS NULL AND a.since <= $2 AND a.until > $2"
        " AND a.membership <> $1 AND a.membership = any(absences_acts_for($1, $2)) ORDER BY p.name",
        actor.membership_id, day_of(now), until=date.fromisoformat,
    ).then(lambda rows: [Covered(row["name"], last_day(row["until"])) for row in rows])  # fmt: skip


async def list_staff(actor: Actor) -> list[tuple[UUID, str, frozenset[str]]]:
    """Everybody of the vendor with access: membership, name, roles; by name."""
    actor.require(Permission.ABSENCES_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT m.id, p.name, m.roles FROM identity_membership m JOIN identity_person p ON p.id = m.person"
            " WHERE m.side = 'staff' AND m.ended_at IS NULL ORDER BY p.name, m.id"
        )
    return [(row["id"], row["name"], frozenset(row["roles"])) for row in rows]


def day_of(now: datetime) -> date:
    """The vendor's day."""
    return clock.day_of(now, formats.time_zone().key)


def _noted(row: Mapping[str, Any]) -> Noted:
    absence = Absence(row["membership"], row["cover"], row["since"], row["until"])
    return Noted(row["id"], absence, row["name"], row["cover_name"], row["noted_by"])
