"""What can be read about segments: one's own and those that colleagues share."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.questions import Question
from portal.core.web.lists import ListSpec
from portal.segments.rules import may_change
from portal.segments.service import get_list, plain_query

_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Saved:
    """A segment as it is offered."""

    id: UUID
    name: str
    query: str
    href: str
    is_shared: bool
    owner: str
    """Who saved it; empty for oneself."""
    may_change: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """What a list shows of its segments: all that one has, the one that is on, and the filter that could be saved."""

    list_name: str
    segments: tuple[Saved, ...]
    chosen: Saved | None
    query: str
    """Empty for the whole list."""


_SAVED: Final = (
    "SELECT coalesce(jsonb_agg(x ORDER BY x.is_others, x.folded COLLATE \"C\", x.id), '[]') FROM (SELECT s.id, s.name,"
    " s.folded, s.query, s.is_shared, s.owner, s.owner <> $2 AS is_others, coalesce(p.name, '') AS owner_name,"
    " m.ended_at IS NOT NULL OR m.id IS NULL AS owner_is_gone FROM segments_segment s"
    " LEFT JOIN identity_membership m ON m.id = s.owner LEFT JOIN identity_person p ON p.id = m.person"
    " WHERE s.list_name = $1 AND (s.owner = $2 OR s.is_shared)"
    ' ORDER BY s.owner <> $2, s.folded COLLATE "C", s.id LIMIT $3) AS x'
)


async def list_segments(actor: Actor, list_name: str) -> list[Saved]:
    """The segments of a list, one's own first. Raises NotFound for a list without any, NotAllowed."""
    spec = get_list(actor, list_name)
    async with db.transaction(actor):
        [found] = await db.ask_together([_question(actor, spec)])
    return _read(actor, spec, found)


async def bar_of(
    actor: Actor, spec: ListSpec, params: Mapping[str, str], beside: Sequence[Question] = ()
) -> tuple[Bar, list[Any]]:
    """The segments beside a list as it is filtered now; `beside` is asked in the same statement, and its values follow.

    Raises NotAllowed.
    """
    get_list(actor, spec.name)
    async with db.transaction(actor):
        found, *others = await db.ask_together([_question(actor, spec), *beside])
    segments = tuple(_read(actor, spec, found))
    try:
        query = plain_query(actor, spec, params)
    except Invalid:
        query = ""
    chosen = next((one for one in segments if query and one.query == query), None)
    return Bar(spec.name, segments, chosen, query), others


def _question(actor: Actor, spec: ListSpec) -> Question:
    return Question(_SAVED, (spec.name, actor.membership_id, _MOST))


def _read(actor: Actor, spec: ListSpec, found: str) -> list[Saved]:
    """What `_SAVED` gave."""
    return [
        Saved(
            id=UUID(row["id"]),
            name=row["name"],
            query=row["query"],
            href=f"{spec.path}?{row['query']}",
            is_shared=row["is_shared"],
            owner=row["owner_name"] if row["is_others"] else "",
            may_change=may_change(
                actor.membership_id, UUID(row["owner"]), is_shared=row["is_shared"], owner_is_gone=row["owner_is_gone"]
            ),
        )
        for row in json.loads(found)
    ]
