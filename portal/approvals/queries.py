"""Reading requests for a second person: one, what waits for whom, who may decide, and what a request is about."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.approvals.rules import Decision
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission, Role, permissions_of
from portal.core.questions import Question, row_of, rows_of

MOST_DECIDED: Final = 50


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands."""

    id: UUID
    subject_type: str
    subject_id: UUID
    verb: str
    content_sha256: str
    summary: str
    needs: Permission
    requested_by: UUID
    requested_at: datetime
    decision: Decision
    decided_by: UUID | None
    decided_at: datetime | None
    note: str
    requester: str
    """Name of who asked."""
    decider: str
    """Name of who decided, empty before."""


@dataclass(frozen=True, slots=True)
class Content:
    """Exactly what is to be approved, for the page that shows it."""

    sha256: str
    """Of what stands there now; an answer is good for this content only."""
    template: str
    """A file with the macro `content(context)`, imported with context, that draws it."""
    context: dict[str, Any]
    href: str
    """Where the thing itself is found."""
    barred: frozenset[UUID] = field(default=frozenset())
    """Memberships that may not decide although they did not ask: those who wrote it."""


Entitle = Callable[[str], str]
"""From the stored summary to a title in the reader's language."""
GetContent = Callable[[Actor, UUID], Awaitable[Content]]


@dataclass(frozen=True, slots=True)
class _Presenter:
    entitle: Entitle
    get_content: GetContent


_PRESENTERS: Final[dict[tuple[str, str], _Presenter]] = {}


def presents(subject_type: str, verb: str, entitle: Entitle) -> Callable[[GetContent], GetContent]:
    """Register how requests about something are called, and how their content is read."""

    def register(get_content: GetContent) -> GetContent:
        _PRESENTERS[subject_type, verb] = _Presenter(entitle, get_content)
        return get_content

    return register


def title_of(asked: Request) -> str:
    """What is asked for, in the reader's language."""
    presenter = _PRESENTERS.get((asked.subject_type, asked.verb))
    return presenter.entitle(asked.summary) if presenter else asked.summary


async def get_content(actor: Actor, asked: Request) -> Content:
    """What is to be approved as it stands now. Raises NotFound for what nobody presents any more."""
    presenter = _PRESENTERS.get((asked.subject_type, asked.verb))
    if presenter is None:
        raise NotFound
    return await presenter.get_content(actor, asked.subject_id)


_SELECT: Final = (
    "SELECT r.id, r.subject_type, r.subject_id, r.verb, r.content_sha256, r.summary, r.needs, r.requested_by,"
    " r.requested_at, r.decision, r.decided_by, r.decided_at, r.note, coalesce(pa.name, '') AS requester,"
    " coalesce(pb.name, '') AS decider FROM approvals_request r"
    " LEFT JOIN identity_membership ma ON ma.id = r.requested_by LEFT JOIN identity_person pa ON pa.id = ma.person"
    " LEFT JOIN identity_membership mb ON mb.id = r.decided_by LEFT JOIN identity_person pb ON pb.id = mb.person"
)
_TYPES: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("id", "subject_id", "requested_by", "decided_by"), UUID),
    **dict.fromkeys(("requested_at", "decided_at"), datetime.fromisoformat),
}
_MINE_TO_DECIDE: Final = "r.decision = 'pending' AND r.requested_by <> $1 AND r.needs = any($2)"


async def get_request(actor: Actor, request_id: UUID, *, lock: bool = False) -> Request:
    """One request. Raises NotAllowed, NotFound."""
    async with db.transaction(actor):
        if lock:
            await db.sql("SELECT id FROM approvals_request WHERE id = $1 FOR UPDATE", request_id)
        found: Request | None = await db.ask(request_of(actor, request_id))
    if found is None:
        raise NotFound
    return found


def request_of(actor: Actor, request_id: UUID) -> Question:
    """One request or None, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.APPROVALS_READ)
    return row_of(f"{_SELECT} WHERE r.id = $1", request_id, **_TYPES).then(lambda row: _request(row) if row else None)


async def find_pending(actor: Actor, subject_id: UUID, verb: str) -> Request | None:
    """The request that waits about a subject, or None. Raises NotAllowed."""
    found: Request | None = await db.ask_alone(actor, pending_about(actor, subject_id, verb))
    return found


def pending_about(actor: Actor, subject_id: UUID, verb: str) -> Question:
    """The question of `find_pending`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.APPROVALS_READ)
    return row_of(
        f"{_SELECT} WHERE r.subject_id = $1 AND r.verb = $2 AND r.decision = 'pending'", subject_id, verb, **_TYPES
    ).then(lambda row: _request(row) if row else None)


async def list_pending(actor: Actor) -> list[Request]:
    """What waits for a decision that this actor may make, oldest first."""
    return await db.ask_alone(actor, pending_of(actor)) or []


def pending_of(actor: Actor) -> Question | None:
    """The question of `list_pending`, for asking beside others; None for who decides nothing."""
    if not actor.may(Permission.APPROVALS_DECIDE):
        return None
    return rows_of(
        f"{_SELECT} WHERE {_MINE_TO_DECIDE} ORDER BY r.requested_at, r.id",
        actor.membership_id, _rights(actor), **_TYPES,
    ).then(lambda rows: [_request(row) for row in rows])  # fmt: skip


def pending_count(actor: Actor) -> Question | None:
    """How much waits for a decision that this actor may make: the number beside the entry in the navigation."""
    if not actor.may(Permission.APPROVALS_DECIDE):
        return None
    text = f"SELECT count(*) FROM approvals_request r WHERE {_MINE_TO_DECIDE}"
    return Question(text, (actor.membership_id, _rights(actor)))


async def count_pending(actor: Actor) -> int:
    """The same number by itself."""
    question = pending_count(actor)
    if question is None:
        return 0
    async with db.transaction(actor):
        [count] = await db.ask_together([question])
    return int(count)


async def list_waiting(actor: Actor) -> list[Request]:
    """What waits for somebody else: first what this actor asked for, then the rest, oldest first."""
    actor.require(Permission.APPROVALS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_SELECT} WHERE r.decision = 'pending' ORDER BY r.requested_by <> $1, r.requested_at, r.id",
            actor.membership_id,
        )
    waiting = [_request(row) for row in rows]
    return [one for one in waiting if not may_decide(actor, one)]


async def list_decided(actor: Actor, *, most: int = MOST_DECIDED) -> list[Request]:
    """What was decided or withdrawn last, newest first."""
    actor.require(Permission.APPROVALS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            f"{_SELECT} WHERE r.decision <> 'pending' ORDER BY coalesce(r.decided_at, r.requested_at) DESC, r.id"
            " LIMIT $1",
            most,
        )
    return [_request(row) for row in rows]


async def list_deciders(actor: Actor, needs: Permission, barred: frozenset[UUID]) -> list[str]:
    """Names of the vendor's people who hold the rights to decide, without those who are barred, sorted."""
    return deciders_among(await db.ask_alone(actor, STAFF), needs, barred)


STAFF: Final = rows_of(
    "SELECT m.id, m.roles, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
    " WHERE m.side = 'staff' AND m.ended_at IS NULL ORDER BY p.name",
    id=UUID,
)
"""The vendor's people, for `deciders_among`."""


def deciders_among(staff: Sequence[Mapping[str, Any]], needs: Permission, barred: frozenset[UUID]) -> list[str]:
    """The question of `list_deciders` answered from `STAFF`."""
    rights = {needs, Permission.APPROVALS_DECIDE}
    return [
        row["name"]
        for row in staff
        if row["id"] not in barred and rights <= permissions_of(frozenset(Role(role) for role in row["roles"]))
    ]


def may_decide(actor: Actor, asked: Request) -> bool:
    """Whether this actor has the rights and did not ask for it."""
    rights = actor.may(Permission.APPROVALS_DECIDE) and actor.may(asked.needs)
    return rights and asked.decision == Decision.PENDING and asked.requested_by != actor.membership_id


def _rights(actor: Actor) -> list[str]:
    return [permission.value for permission in actor.permissions]


def _request(row: dict[str, Any]) -> Request:
    return Request(**{**row, "needs": Permission(row["needs"]), "decision": Decision(row["decision"])})
