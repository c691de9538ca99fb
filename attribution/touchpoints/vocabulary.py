"""Words that no vocabulary knows: what waits, what people say that they mean, and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from attribution.touchpoints.rules import OPEN, Level, Meaning
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.core.text import fold
from portal.history.queries import Subject, Wording, knows, tells

SUBJECT: Final = "source"
MOST_AT_ONCE: Final = 200
"""Words on one page, and mapped by one command."""
_LOCK: Final = "vocabulary of sources"

tells(
    source__mapped=Wording(N_("said what the words of a source mean"), "link", "good"),
    source__unmapped=Wording(N_("took back what the words of a source mean"), "unlink", "draft"),
)
knows(
    source=Subject(
        N_("Sources"), "/touchpoints?source={id}", frozenset({Permission.TOUCHPOINTS_READ}), "hierarchy",
        table="attribution_source_node", name="name", is_vendors=True, fields={"maps_to": N_("They mean")},
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WaitingWords:
    """Words with what hangs on them."""

    id: UUID
    name: str
    touches: int
    costs: int
    last_seen_at: datetime | None
    """The latest touch; None where only costs name them."""
    means: str
    means_zh: str
    """The path of what they were mapped to; empty while they wait."""


@dataclass(frozen=True, slots=True)
class Target:
    """A node that words can be mapped to."""

    id: UUID
    path: str
    path_zh: str


def waiting_count(actor: Actor) -> Question | None:
    """How many words wait: the number in the navigation of those who can map them."""
    if not actor.may(Permission.SOURCES_WRITE):
        return None
    return Question("SELECT count(*) FROM attribution_source_node WHERE level = 'words' AND maps_to IS NULL")


async def list_words(actor: Actor, *, mapped: bool = False) -> list[WaitingWords]:
    """The words that wait, or those that were mapped: those with the most touches first. Raises NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT n.id, n.name, x.touches, (SELECT count(*) FROM attribution_cost k WHERE k.node = n.id) AS costs,"
            " x.last_seen_at, coalesce(m.path, '') AS means, coalesce(m.path_zh, '') AS means_zh"
            " FROM attribution_source_node n LEFT JOIN attribution_source_node m ON m.id = n.maps_to CROSS JOIN LATERAL"
            " (SELECT count(*) AS touches, max(t.occurred_at) AS last_seen_at FROM attribution_touchpoint t"
            " WHERE t.node = n.id) x WHERE n.level = 'words' AND (n.maps_to IS NOT NULL) = $1"
            ' ORDER BY x.touches DESC, n.name COLLATE "C", n.id LIMIT $2',
            mapped, MOST_AT_ONCE,
        )  # fmt: skip
    return [WaitingWords(**row) for row in rows]


async def list_targets(actor: Actor) -> list[Target]:
    """The governed nodes, each after the one above it. Raises NotAllowed."""
    actor.require(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, path, path_zh FROM attribution_source_node"
            " WHERE level IN ('origin', 'channel', 'platform') ORDER BY key"
        )
    return [Target(**row) for row in rows]


async def map_words(actor: Actor, words: Sequence[UUID], target: UUID, meaning: Meaning, *, now: datetime) -> int:
    """Say that these words mean a governed node, or a campaign or content of their own name below it; how many.

    Touches and costs stay where they are and are read through it. One event for each of the words.
    Raises NotAllowed, Invalid, NotFound for words or a node that are none, Conflict for words mapped already.
    """
    actor.require(Permission.SOURCES_WRITE)
    _check_number(words)
    async with db.transaction(actor):
        version = await _next_version()
        names = await _words(words, waiting=True)
        is_governed = await db.sql_value(
            "SELECT EXISTS (SELECT FROM attribution_source_node WHERE id = $1"
            " AND level IN ('origin', 'channel', 'platform'))",
            target,
        )
        if not is_governed:
            raise NotFound
        command = new_id()
        for word, name in names.items():
            meant = (
                target if meaning is Meaning.NODE else await _child(target, Level(meaning.value), name, version, now)
            )
            await _set(actor, "source.mapped", word, None, meant, version, command, now)
    return len(names)


async def unmap_words(actor: Actor, words: Sequence[UUID], *, now: datetime) -> int:
    """Have these words wait again; how many. What was made of them below a node stays there.

    Raises NotAllowed, Invalid, NotFound, Conflict for words that wait already.
    """
    actor.require(Permission.SOURCES_WRITE)
    _check_number(words)
    async with db.transaction(actor):
        version = await _next_version()
        names = await _words(words, waiting=False)
        rows = await db.sql("SELECT id, maps_to FROM attribution_source_node WHERE id = any($1::uuid[])", list(names))
        command = new_id()
        for row in rows:
            await _set(actor, "source.unmapped", row["id"], row["maps_to"], None, version, command, now)
    return len(names)


def _check_number(words: Sequence[UUID]) -> None:
    if not words:
        raise Invalid({"words": _("Choose the words first.")})
    if len(words) > MOST_AT_ONCE:
        raise Invalid({"words": _("Choose at most %(most)s at once.") % {"most": MOST_AT_ONCE}})


async def _next_version() -> int:
    """The version of the vocabulary that this change makes. Two changes are made one after the other."""
    await db.lock_subject(_LOCK)
    return int(await db.sql_value("SELECT max(version) + 1 FROM attribution_source_node"))


async def _words(words: Sequence[UUID], *, waiting: bool) -> dict[UUID, str]:
    """The names of these words. Raises NotFound for what are none, Conflict where somebody was quicker."""
    rows = await db.sql(
        "SELECT id, name, maps_to IS NULL AS waits FROM attribution_source_node"
        " WHERE id = any($1::uuid[]) AND level = 'words' ORDER BY id FOR UPDATE",
        list(words),
    )
    if len(rows) != len(set(words)):
        raise NotFound
    if any(row["waits"] != waiting for row in rows):
        raise Conflict(_("This has moved on since you opened it. Look again and decide anew."), code="flow")
    return {row["id"]: row["name"] for row in rows}


async def _child(parent: UUID, level: Level, name: str, version: int, now: datetime) -> UUID:
    """The node of this name below a governed one, made where it is missing."""
    if level not in OPEN:
        raise ValueError(level)
    await db.sql(
        "INSERT INTO attribution_source_node (id, parent, level, key, name, words, path, path_zh, version, created_at)"
        " SELECT $1, p.id, $3, $4, $5::text, '{}', p.path || ' / ' || $5, p.path_zh || ' / ' || $5, $6, $7"
        " FROM attribution_source_node p WHERE p.id = $2 ON CONFLICT (parent, level, key) DO NOTHING",
        new_id(), parent, level, fold(name), name, version, now,
    )  # fmt: skip
    found: UUID = await db.sql_value(
        "SELECT id FROM attribution_source_node WHERE parent = $1 AND level = $2 AND key = $3",
        parent, level, fold(name),
    )  # fmt: skip
    return found


async def _set(
    actor: Actor, event: str, word: UUID, before: UUID | None, after: UUID | None, version: int, command: UUID,
    now: datetime,
) -> None:  # fmt: skip
    await db.sql("UPDATE attribution_source_node SET maps_to = $2, version = $3 WHERE id = $1", word, after, version)
    changes = {"maps_to": [str(before) if before else None, str(after) if after else None]}
    await record(actor, event, SUBJECT, word, now=now, changes=changes, command_id=command)
