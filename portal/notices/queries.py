"""What can be read of notices: how many are unread, one's own list, and what one has chosen. Always one's own only."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import SOURCE, current_locale
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.notices.kinds import Kind, find_kind, kinds_for
from portal.notices.rules import Mail

MOST_UNREAD: Final = 100
PAGE_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as its reader sees it, in the reader's language of today."""

    id: UUID
    kind: str
    icon: str
    asks: bool
    title: str
    lines: tuple[str, ...]
    path: str
    made_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notices:
    """A page of notices: the unread, which stand on the first page only, and those read, newest first."""

    unread: tuple[Told, ...]
    read: tuple[Told, ...]
    has_more_unread: bool
    older: UUID | None
    """The notice after which the next page begins."""


def unread_count(actor: Actor) -> Question:
    """How many notices the actor has not read: the number at the bell."""
    return Question(
        "SELECT count(*) FROM notices_notice WHERE membership = $1 AND read_at IS NULL", (actor.membership_id,)
    )


_COLUMNS: Final = "id, kind, words, path, made_at, read_at"
_LIST: Final = (
    f"(SELECT {_COLUMNS} FROM notices_notice WHERE membership = $1 AND read_at IS NULL AND $2::uuid IS NULL"
    f" ORDER BY made_at DESC, id DESC LIMIT {MOST_UNREAD + 1})"
    f" UNION ALL (SELECT {_COLUMNS} FROM notices_notice WHERE membership = $1 AND read_at IS NOT NULL"
    " AND ($2::uuid IS NULL OR (made_at, id) < (SELECT b.made_at, b.id FROM notices_notice b"
    f" WHERE b.id = $2 AND b.membership = $1)) ORDER BY made_at DESC, id DESC LIMIT {PAGE_ROWS + 1})"
)


async def list_notices(actor: Actor, *, before: UUID | None = None) -> Notices:
    """The actor's own notices; `before` begins the page after that notice. One statement. Raises NotAllowed."""
    actor.require(Permission.PROFILE_READ)
    async with db.transaction(actor):
        found = [_told(row) for row in await db.sql(_LIST, actor.membership_id, before)]
    unread = [one for one in found if one.read_at is None]
    read = [one for one in found if one.read_at is not None]
    return Notices(
        tuple(unread[:MOST_UNREAD]),
        tuple(read[:PAGE_ROWS]),
        has_more_unread=len(unread) > MOST_UNREAD,
        older=read[PAGE_ROWS - 1].id if len(read) > PAGE_ROWS else None,
    )


async def get_notice(actor: Actor, notice_id: UUID) -> Told:
    """One of the actor's own. Raises NotFound for another's, NotAllowed."""
    actor.require(Permission.PROFILE_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            f"SELECT {_COLUMNS} FROM notices_notice WHERE membership = $2 AND id = $1", notice_id, actor.membership_id
        )
    if row is None:
        raise NotFound
    return _told(row)


def _told(row: dict[str, Any]) -> Told:
    title, lines = words_in(json.loads(row["words"]), current_locale())
    kind = find_kind(row["kind"])
    return Told(
        row["id"], row["kind"], kind.icon if kind else "bell", bool(kind and kind.asks), title, tuple(lines),
        row["path"], row["made_at"], row["read_at"],
    )  # fmt: skip


def words_in(words: dict[str, dict[str, Any]], locale: str) -> tuple[str, list[str]]:
    """Title and lines in this language, or in the language of the code where it is missing."""
    found = words.get(locale) or words[SOURCE]
    return found["title"], found["lines"]


async def list_choices(actor: Actor) -> list[tuple[Kind, Mail]]:
    """The kinds of notices that the actor can get, each with what comes by mail. Raises NotAllowed."""
    actor.require(Permission.PROFILE_READ)
    async with db.transaction(actor):
        rows = await db.sql("SELECT kind, mail FROM notices_choice WHERE membership = $1", actor.membership_id)
    chosen = {row["kind"]: row["mail"] for row in rows}
    return [(kind, kind.mail(chosen.get(kind.key))) for kind in kinds_for(actor)]
