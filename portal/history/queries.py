"""Reading what happened to a record: its events in words, as a timeline."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import gettext as _

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Wording:
    """How an event of one name is told: icon, tone and the words after the actor's name (marked with `N_`)."""

    text: str
    icon: str = "pencil"
    tone: str = ""


_WORDS: Final[dict[str, Wording]] = {}


def tells(**names: Wording) -> None:
    """Register the words of events; in keywords a double underscore stands for the dot (`deal__taken`)."""
    _WORDS.update({name.replace("__", "."): wording for name, wording in names.items()})


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline, as `ui.timeline` draws it."""

    icon: str
    tone: str
    actor: str
    text: str
    quote: str
    at: datetime
    name: str
    subject_type: str
    subject_id: UUID
    changes: dict[str, Any]


async def timeline(actor: Actor, subject_id: UUID, *, most: int = MOST) -> list[Happening]:
    """What this actor may know of what happened to a record, newest first."""
    async with db.transaction(actor):
        rows = await db.sql(f"{_EVENTS} WHERE e.subject_id = $1 ORDER BY e.seq DESC LIMIT $2", subject_id, most)
    return [happening(row) for row in rows]


async def latest(actor: Actor, *, most: int = 10, names: list[str] | None = None) -> list[Happening]:
    """What changed last in all that this actor may see, newest first; of `names` only, if given."""
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_EVENTS} WHERE ($2::text[] IS NULL OR e.name = any($2)) ORDER BY e.seq DESC LIMIT $1", most, names
        )
    return [happening(row) for row in rows]


_EVENTS: Final = (
    "SELECT e.name, e.at, e.note, e.subject_type, e.subject_id, e.changes, coalesce(p.name, '') AS actor"
    " FROM core_event e LEFT JOIN identity_membership m ON m.id = e.actor_id"
    " LEFT JOIN identity_person p ON p.id = m.person"
)


def happening(row: dict[str, Any]) -> Happening:
    """An event's row in words; the system is called by the product's name."""
    wording = _WORDS.get(row["name"], Wording(row["name"]))
    return Happening(
        icon=wording.icon,
        tone=wording.tone,
        actor=row["actor"] or "Tributary",
        text=_(wording.text),
        quote=row["note"],
        at=row["at"],
        name=row["name"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        changes=json.loads(row["changes"]),
    )
