"""What can be done about segments: save a filter of a list under a name, share it, remove it. The vendor's alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.core.web.lists import ListSpec, parse
from portal.segments.rules import may_change, problems_of, written

SEGMENT: Final = "segment"
_MOST_OF_ONE: Final = 50
"""Segments of one person in one list."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A list of which segments can be saved, and the right to read it."""

    spec: ListSpec
    needs: Permission


_LISTS: Final[dict[str, Offered]] = {}


def offer(spec: ListSpec, needs: Permission) -> None:
    """Let filters of this list be saved."""
    _LISTS[spec.name] = Offered(spec, needs)


def get_list(actor: Actor, list_name: str) -> ListSpec:
    """The list of this name. Raises NotAllowed for partners and who may not read it, NotFound without such a list."""
    _require_staff(actor)
    offered = _LISTS.get(list_name)
    if offered is None:
        raise NotFound
    actor.require(offered.needs)
    return offered.spec


def plain_query(actor: Actor, spec: ListSpec, params: Mapping[str, str]) -> str:
    """What the parameters ask of the list, always written the same; empty for the whole list as it opens.

    The page in the list is no part of it. Raises Invalid for what makes no sense.
    """
    query = parse(spec, actor, {key: value for key, value in params.items() if key != "cursor"})
    if query.errors:
        raise Invalid({"query": " ".join(query.errors.values())})
    return urlencode(query.params())


async def save_segment(actor: Actor, list_name: str, name: str, query: str, *, shared: bool, now: datetime) -> UUID:
    """Keep a filter of a list under a name. The same name again is that segment with the new filter.

    `query` is what stands in the list's address after the question mark. Raises NotFound, NotAllowed, Invalid, and
    Conflict when the person has as many as one may have.
    """
    spec = get_list(actor, list_name)
    kept_name, asked = written(name), plain_query(actor, spec, dict(parse_qsl(query)))
    if problems := problems_of(kept_name, asked):
        raise Invalid(problems)
    async with db.transaction(actor):
        await db.lock_subject(f"segments of {actor.membership_id}")
        many = await db.sql_value(
            "SELECT count(*) FROM segments_segment WHERE list_name = $1 AND owner = $2 AND folded <> $3",
            list_name, actor.membership_id, fold(kept_name),
        )  # fmt: skip
        if many >= _MOST_OF_ONE:
            raise Conflict(_("You have %(most)s segments of this list. Remove one first.") % {"most": _MOST_OF_ONE})
        segment_id: UUID = await db.sql_value(
            "INSERT INTO segments_segment (id, list_name, name, folded, query, owner, is_shared, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (list_name, owner, folded) DO UPDATE"
            " SET name = excluded.name, query = excluded.query, is_shared = excluded.is_shared RETURNING id",
            new_id(), list_name, kept_name, fold(kept_name), asked, actor.membership_id, shared, now,
        )  # fmt: skip
        changes: dict[str, Any] = {"list": list_name, "name": kept_name, "query": asked, "shared": shared}
        await record(actor, "segment.saved", SEGMENT, segment_id, now=now, changes=changes)
    return segment_id


async def share_segment(actor: Actor, segment_id: UUID, *, shared: bool, now: datetime) -> str:
    """Show a segment to all colleagues, or to its owner alone; the list's address with it.

    Raises NotFound, NotAllowed.
    """
    async with db.transaction(actor):
        row = await _changeable(actor, segment_id)
        if row["is_shared"] != shared:
            await db.sql("UPDATE segments_segment SET is_shared = $2 WHERE id = $1", segment_id, shared)
            name = "segment.shared" if shared else "segment.unshared"
            await record(actor, name, SEGMENT, segment_id, now=now, changes={"shared": [row["is_shared"], shared]})
    return f"{_LISTS[row['list_name']].spec.path}?{row['query']}"


async def remove_segment(actor: Actor, segment_id: UUID, *, now: datetime) -> str:
    """Forget a segment; the list's address. Raises NotFound, NotAllowed."""
    async with db.transaction(actor):
        row = await _changeable(actor, segment_id)
        await db.sql("DELETE FROM segments_segment WHERE id = $1", segment_id)
        changes: dict[str, Any] = {"name": [row["name"], None], "query": [row["query"], None]}
        await record(actor, "segment.removed", SEGMENT, segment_id, now=now, changes=changes)
    return _LISTS[row["list_name"]].spec.path


def _require_staff(actor: Actor) -> None:
    """Raise NotAllowed for partners: segments are the vendor's."""
    if actor.is_partner:
        raise NotAllowed(_("Your role does not include this."), code="permission")


async def _changeable(actor: Actor, segment_id: UUID) -> dict[str, Any]:
    """A segment that the actor may change, locked. Raises NotFound, also for another's own; NotAllowed."""
    _require_staff(actor)
    row = await db.sql_one(
        "SELECT s.list_name, s.name, s.query, s.owner, s.is_shared, NOT EXISTS (SELECT FROM identity_membership m"
        " WHERE m.id = s.owner AND m.ended_at IS NULL) AS owner_is_gone FROM segments_segment s WHERE s.id = $1"
        " AND s.list_name = any($2::text[]) FOR UPDATE OF s",
        segment_id, list(_LISTS),
    )  # fmt: skip
    if row is None or not (row["is_shared"] or row["owner"] == actor.membership_id):
        raise NotFound
    get_list(actor, row["list_name"])
    if not may_change(
        actor.membership_id, row["owner"], is_shared=row["is_shared"], owner_is_gone=row["owner_is_gone"]
    ):
        raise NotAllowed(_("Only who saved it can change it."), code="owner")
    return row
