"""Reading what happened to a record: its events in words, as a timeline, and in full with before and after."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of
from portal.core.tenancy import visible_sql

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST: Final = 50
MOST_IN_FULL: Final = 500


@dataclass(frozen=True, slots=True)
class Wording:
    """How an event of one name is told: icon, tone and the words after the actor's name (marked with `N_`)."""

    text: str
    icon: str = "pencil"
    tone: str = ""
    fills: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    """From what changed to the values of the placeholders in the words, if there are any."""


_WORDS: Final[dict[str, Wording]] = {}


def tells(**names: Wording) -> None:
    """Register the words of events; in keywords a double underscore stands for the dot (`deal__taken`)."""
    _WORDS.update({name.replace("__", "."): wording for name, wording in names.items()})


@dataclass(frozen=True, slots=True)
class Subject:
    """What events of one subject type are about: who may read of it, where it is, and how its records are called."""

    label: str
    """Marked with `N_`: the kind of record, `Deals`."""
    href: str
    """Where a record is: `/partners/deals/{id}`."""
    needs: frozenset[Permission]
    """Any one of them lets somebody read of it."""
    icon: str = "notes"
    table: str = ""
    """The table that holds the records, and SQL of a record's name; without them it is called by its kind."""
    name: str = ""
    only: Callable[[Actor], str] | None = None
    """SQL over the table's columns: which records this actor may read of, where not all that the database shows."""
    entitle: Callable[[str], str] = str
    """From the stored name to the one that readers know."""
    is_vendors: bool = False
    """Whether its events are for the vendor only, although partners see the records."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What its fields are called, marked with `N_`; others are shown by their own names."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Words for stored values such as states, marked with `N_`."""

    def is_for(self, actor: Actor) -> bool:
        """Whether this actor may read of it at all; which records, the database says."""
        return any(actor.may(one) for one in self.needs) and not (self.is_vendors and actor.is_partner)


_SUBJECTS: Final[dict[str, Subject]] = {}


def knows(**subjects: Subject) -> None:
    """Register what the events of a subject type are about. Of a type that nobody registered nothing is shown."""
    _SUBJECTS.update(subjects)


def subjects_of(actor: Actor) -> dict[str, Subject]:
    """The subject types that this actor may read of."""
    return {key: subject for key, subject in _SUBJECTS.items() if subject.is_for(actor)}


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
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class News:
    """A happening with what it happened to."""

    happening: Happening
    kind: str
    """The kind of record in the reader's language."""
    title: str
    """The record's name, or empty where it has none that the reader may know."""
    href: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in full."""

    happening: Happening
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """By field: before and after, the personal ones with the others."""
    is_for_partner: bool = False
    """Whether the partner sees that it happened."""


def _owned(actor: Actor) -> str:
    """Whose events they may be. By a plain `=`, where it is one partner, the index has them newest first."""
    if actor.is_partner and len(actor.reads) == 1:
        return f"e.partner_id = '{next(iter(actor.reads))}'::uuid"
    return visible_sql(actor, "e.partner_id")


async def timeline(actor: Actor, subject_id: UUID, *, most: int = MOST, also: Sequence[UUID] = ()) -> list[Happening]:
    """What this actor may know of what happened to a record, and to those that are the same, newest first."""
    async with db.transaction(actor):
        found: list[Happening] = await db.ask(timeline_of(subject_id, most=most, also=also))
    return found


def timeline_of(subject_id: UUID, *, most: int = MOST, also: Sequence[UUID] = ()) -> Question:
    """The question of `timeline`, for asking beside others; the database shows each actor what it may know."""
    # With `=` where there is one: then the index gives them in order.
    which = "any($1::uuid[])" if also else "$1"
    subjects = [subject_id, *also] if also else subject_id
    return _happenings(f"{_EVENTS} WHERE e.subject_id = {which} ORDER BY e.seq DESC LIMIT $2", subjects, most)


def timeline_behind(id_query: str, *values: object) -> Question:
    """The same for the record whose id a query gives, before it is known."""
    return _happenings(f"{_EVENTS} WHERE e.subject_id = ({id_query}) ORDER BY e.seq DESC LIMIT {MOST}", *values)


def latest_of(actor: Actor, *, most: int = 10) -> Question:
    """What changed last in all that this actor may see: happenings, newest first."""
    return _happenings(f"{_EVENTS} WHERE {_owned(actor)} ORDER BY e.seq DESC LIMIT $1", most)


def _happenings(query: str, *values: object) -> Question:
    """Rows of `_EVENTS` in words."""
    return rows_of(query, *values, **_TYPES).then(lambda rows: [_happening(row) for row in rows])


async def latest_news(
    actor: Actor, *, kinds: Iterable[str] = (), before: UUID | None = None, most: int = MOST
) -> list[News]:
    """What changed last in the records that this actor may read, newest first, with their names.

    `kinds`: subject types, all for none; `before`: the event that the page before ended with.
    """
    allowed = subjects_of(actor)
    wanted = [kind for kind in kinds if kind in allowed] or list(allowed)
    async with db.transaction(actor):
        happenings: list[Happening] = await db.ask(
            _happenings(
                f"{_EVENTS} WHERE e.subject_type = any($1) AND {_owned(actor)}{_readable(allowed, actor)}"
                " AND ($2::uuid IS NULL OR e.seq < (SELECT seq FROM core_event"
                " WHERE id = $2)) ORDER BY e.seq DESC LIMIT $3",
                wanted, before, most,
            )
        )  # fmt: skip
        names = await _names(actor, happenings)
    return [
        News(one, _(allowed[one.subject_type].label), names.get(one.subject_id, ""), _href(allowed, one))
        for one in happenings
    ]


def _readable(subjects: Mapping[str, Subject], actor: Actor) -> str:
    """That an event's record is one of those that the actor may read of, where its kind says which."""
    return "".join(
        f" AND (e.subject_type <> '{kind}' OR EXISTS (SELECT FROM {one.table} x WHERE x.id = e.subject_id"
        f" AND {one.only(actor)}))"
        for kind, one in subjects.items()
        if one.only
    )


async def record_in_full(actor: Actor, subject_type: str, subject_id: UUID) -> list[Entry]:
    """All that was ever recorded of something, newest first: the vendor's own view, with values before and after.

    Raises NotAllowed, NotFound for a type that the actor may not read of, or a record of which nothing is known.
    """
    actor.require(Permission.HISTORY_READ)
    if actor.is_partner or subject_type not in subjects_of(actor):
        raise NotFound
    async with db.transaction(actor):
        rows = await db.ask(
            rows_of(
                f"SELECT known.*, x.data AS personal FROM ({_EVENTS} WHERE e.subject_type = $1 AND e.subject_id = $2"
                " ORDER BY e.seq DESC LIMIT $3) known LEFT JOIN core_event_personal x ON x.event_id = known.id"
                " ORDER BY known.seq DESC",
                subject_type, subject_id, MOST_IN_FULL, **_TYPES,
            )
        )  # fmt: skip
    if not rows:
        raise NotFound
    return [_entry(row) for row in rows]


async def name_of(actor: Actor, subject_type: str, subject_id: UUID) -> str:
    """How the record is called, or its kind where it has no name that the actor may know."""
    subject = subjects_of(actor)[subject_type]
    if not subject.table:
        return _(subject.label)
    async with db.transaction(actor):
        found = await db.sql_value(f"SELECT {subject.name} FROM {subject.table} WHERE id = $1", subject_id)
    return subject.entitle(found) if found else _(subject.label)


async def people_in(actor: Actor, entries: Sequence[Entry]) -> dict[str, str]:
    """Names of the people whose memberships stand in the values, by the membership's id as text."""
    texts = {str(value) for entry in entries for pair in entry.values.values() for value in pair if _is_id(value)}
    if not texts:
        return {}
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT m.id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
            " WHERE m.id = any($1)",
            [UUID(text) for text in texts],
        )
    return {str(row["id"]): row["name"] for row in rows}


_EVENTS: Final = (
    "SELECT e.id, e.seq, e.name, e.at, e.note, e.subject_type, e.subject_id, e.changes, e.audience,"
    " coalesce(p.name, '') AS actor FROM core_event e LEFT JOIN identity_membership m ON m.id = e.actor_id"
    " LEFT JOIN identity_person p ON p.id = m.person"
)


_TYPES: Final[Mapping[str, Callable[[Any], Any]]] = {"id": UUID, "subject_id": UUID, "at": datetime.fromisoformat}


def _happening(row: dict[str, Any]) -> Happening:
    """An event's row in words; the system is called by the product's name."""
    wording = _WORDS.get(row["name"], Wording(row["name"]))
    changes = row["changes"]
    return Happening(
        icon=wording.icon,
        tone=wording.tone,
        actor=row["actor"] or "Tributary",
        text=_(wording.text) % wording.fills(changes) if wording.fills else _(wording.text),
        quote=row["note"],
        at=row["at"],
        name=row["name"],
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        changes=changes,
        id=row["id"],
    )


def _href(allowed: dict[str, Subject], one: Happening) -> str:
    return allowed[one.subject_type].href.format(id=one.subject_id)


async def _names(actor: Actor, happenings: Sequence[Happening]) -> dict[UUID, str]:
    """The names of all records that a page of news is about, in one statement."""
    wanted: dict[str, set[UUID]] = {}
    for one in happenings:
        wanted.setdefault(one.subject_type, set()).add(one.subject_id)
    subjects = {kind: one for kind, one in subjects_of(actor).items() if one.table and kind in wanted}
    if not subjects:
        return {}
    parts = [
        f"SELECT id, {one.name} AS name, '{kind}' AS type FROM {one.table} WHERE id = any($1)"
        for kind, one in subjects.items()
    ]
    ids = {key for kind in subjects for key in wanted[kind]}
    rows = await db.sql(" UNION ALL ".join(parts), list(ids))
    return {row["id"]: subjects[row["type"]].entitle(row["name"]) for row in rows}


def _entry(row: dict[str, Any]) -> Entry:
    values = {name: _pair(pair) for name, pair in row["changes"].items()}
    personal = row["personal"] or {}
    return Entry(
        _happening(row), values | {name: _pair(pair) for name, pair in personal.items()}, row["audience"] == "partner"
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _pair(value: Any) -> tuple[Any, Any]:
    """Before and after; a value that was recorded alone is what it became."""
    return (value[0], value[1]) if isinstance(value, list) and len(value) == len(("before", "after")) else (None, value)
