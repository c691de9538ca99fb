"""Reading policies: which document is in force, and all versions of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of
from portal.policies.kinds import Document, PolicyKind, all_kinds, kind_of
from portal.policies.rules import Standing, VersionState, in_force_before, in_force_on, standing_of

_COLUMNS = (
    "SELECT v.id, v.policy, p.kind, p.scope, v.number, v.state, v.body, v.schema_version, v.body_sha256,"
    " v.effective_from, v.note, v.author, v.created_at, v.approver, v.approved_at,"
    " pa.name AS author_name, pb.name AS approver_name"
    " FROM policies_version v JOIN policies_policy p ON p.id = v.policy"
    " LEFT JOIN identity_membership ma ON ma.id = v.author LEFT JOIN identity_person pa ON pa.id = ma.person"
    " LEFT JOIN identity_membership mb ON mb.id = v.approver LEFT JOIN identity_person pb ON pb.id = mb.person"
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a policy with its document read."""

    id: UUID
    policy_id: UUID
    kind: PolicyKind
    scope: str
    number: int
    state: VersionState
    document: Document
    body: dict[str, Any]
    """As it is stored, whatever its age."""
    sha256: str
    effective_from: date | None
    note: str
    author: UUID
    author_name: str
    created_at: datetime
    approver: UUID | None
    approver_name: str
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class InForce:
    """An approved version that holds on the day that was asked for."""

    version_id: UUID
    number: int
    effective_from: date
    body: Any
    """The kind's own document."""


async def in_force(actor: Actor, kind: str, on: date, scope: str = "") -> InForce | None:
    """What holds on a day, or None when nothing has been approved for it."""
    async with db.transaction(actor):
        found: InForce | None = await db.ask(holds_on(kind, on, scope))
    return found


async def approved_versions(actor: Actor, kind: str, scope: str = "") -> list[InForce]:
    """All approved versions of a policy by date: for reckoning over many days at once."""
    async with db.transaction(actor):
        found: list[InForce] = await db.ask(approved_of(kind, scope))
    return found


def holds_on(kind: str, on: date, scope: str = "") -> Question:
    """The question of `in_force`, for asking beside others."""
    return approved_of(kind, scope).then(lambda versions: in_force_on(versions, on))


def approved_of(kind: str, scope: str = "") -> Question:
    """The question of `approved_versions`, for asking beside others."""
    document = kind_of(kind).read
    return rows_of(
        "SELECT v.id, v.number, v.effective_from, v.body, v.schema_version FROM policies_version v"
        " JOIN policies_policy p ON p.id = v.policy"
        " WHERE p.kind = $1 AND p.scope = $2 AND v.state = 'approved' ORDER BY v.effective_from",
        kind, scope, id=UUID, effective_from=date.fromisoformat,
    ).then(
        lambda rows: [
            InForce(r["id"], r["number"], r["effective_from"], document(r["body"], r["schema_version"])) for r in rows
        ]
    )  # fmt: skip


async def get_version(actor: Actor, version_id: UUID, *, lock: bool = False) -> Version:
    """One version. Raises NotFound."""
    actor.require(Permission.POLICIES_READ)
    async with db.transaction(actor):
        if lock:
            await db.sql("SELECT id FROM policies_version WHERE id = $1 FOR UPDATE", version_id)
        found: list[Version] = await db.ask(_versions("v.id = $1", version_id))
    if not found:
        raise NotFound
    return found[0]


async def list_versions(actor: Actor, kind: str, scope: str = "") -> list[Version]:
    """All versions of a policy, newest first."""
    actor.require(Permission.POLICIES_READ)
    found: list[Version] = await db.ask_alone(actor, _versions("p.kind = $1 AND p.scope = $2", kind, scope))
    return found


def versions_beside(actor: Actor, version_id: UUID) -> Question:
    """All versions of the policy that this one is of, newest first; none where there is no such version.

    Raises NotAllowed.
    """
    actor.require(Permission.POLICIES_READ)
    return _versions("v.policy = (SELECT o.policy FROM policies_version o WHERE o.id = $1)", version_id)


@dataclass(frozen=True, slots=True)
class Overview:
    """One kind of policy as it stands on a day."""

    kind: PolicyKind
    current: Version | None
    """What holds."""
    to_come: Version | None
    """What is approved and holds next."""
    open: tuple[Version, ...]
    """Drafts and what waits for a second person, newest first."""


async def list_kinds(actor: Actor, today: date) -> list[Overview]:
    """Every kind with what is in force, what comes next and what is being worked on."""
    actor.require(Permission.POLICIES_READ)
    known = [kind.key for kind in all_kinds()]
    versions: list[Version] = await db.ask_alone(actor, _versions("p.scope = '' AND p.kind = any($1)", known))
    return [overview(kind, [one for one in versions if one.kind.key == kind.key], today) for kind in all_kinds()]


def overview(kind: PolicyKind, versions: Sequence[Version], today: date) -> Overview:
    """One kind, from all its versions, newest first."""
    standings = standings_of(versions, today)
    to_come = [one for one in versions if standings[one.id] == Standing.TO_COME]
    return Overview(
        kind=kind,
        current=next((one for one in versions if standings[one.id] == Standing.IN_FORCE), None),
        to_come=min(to_come, key=lambda one: one.effective_from or today, default=None),
        open=tuple(one for one in versions if standings[one.id] in {Standing.DRAFT, Standing.SUBMITTED}),
    )


def standings_of(versions: Sequence[Version], today: date) -> dict[UUID, Standing]:
    """What each version of one policy is today."""
    approved = [one.effective_from for one in versions if one.state == VersionState.APPROVED and one.effective_from]
    return {one.id: standing_of(one.state, one.effective_from, approved, today) for one in versions}


def predecessor_of(version: Version, versions: Sequence[Version], today: date) -> Version | None:
    """What one of the versions takes over from on its day (today when it has none yet), or None for the first."""
    others = [
        InForce(one.id, one.number, one.effective_from, one)
        for one in versions
        if one.id != version.id and one.state == VersionState.APPROVED and one.effective_from
    ]
    if version.effective_from is None:
        found = in_force_on(others, today)
    else:
        found = in_force_before(others, version.effective_from)
    return found.body if found else None


def _versions(condition: str, *values: object) -> Question:
    """Versions that meet it, those with the highest numbers first."""
    return rows_of(
        f"{_COLUMNS} WHERE {condition} ORDER BY v.number DESC",
        *values,
        **dict.fromkeys(("id", "policy", "author", "approver"), UUID),
        **dict.fromkeys(("created_at", "approved_at"), datetime.fromisoformat),
        effective_from=date.fromisoformat,
    ).then(lambda rows: [_version(row) for row in rows])


def _version(row: dict[str, Any]) -> Version:
    kind = kind_of(row["kind"])
    body: dict[str, Any] = row["body"]
    return Version(
        id=row["id"],
        policy_id=row["policy"],
        kind=kind,
        scope=row["scope"],
        number=row["number"],
        state=VersionState(row["state"]),
        document=kind.read(body, row["schema_version"]),
        body=body,
        sha256=row["body_sha256"],
        effective_from=row["effective_from"],
        note=row["note"],
        author=row["author"],
        author_name=row["author_name"] or "",
        created_at=row["created_at"],
        approver=row["approver"],
        approver_name=row["approver_name"] or "",
        approved_at=row["approved_at"],
    )
