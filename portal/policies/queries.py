"""Reading policies: which document is in force, and all versions of one."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.policies.kinds import Document, PolicyKind, kind_of
from portal.policies.rules import VersionState, in_force_on

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
    versions = await approved_versions(actor, kind, scope)
    return in_force_on(versions, on)


async def approved_versions(actor: Actor, kind: str, scope: str = "") -> list[InForce]:
    """All approved versions of a policy by date: for reckoning over many days at once."""
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT v.id, v.number, v.effective_from, v.body, v.schema_version FROM policies_version v"
            " JOIN policies_policy p ON p.id = v.policy"
            " WHERE p.kind = $1 AND p.scope = $2 AND v.state = 'approved' ORDER BY v.effective_from",
            kind, scope,
        )  # fmt: skip
    reader = kind_of(kind)
    return [
        InForce(r["id"], r["number"], r["effective_from"], reader.read(json.loads(r["body"]), r["schema_version"]))
        for r in rows
    ]


async def get_version(actor: Actor, version_id: UUID, *, lock: bool = False) -> Version:
    """One version. Raises NotFound."""
    actor.require(Permission.POLICIES_READ)
    async with db.transaction(actor):
        if lock:
            await db.sql("SELECT id FROM policies_version WHERE id = $1 FOR UPDATE", version_id)
        row = await db.sql_one(f"{_COLUMNS} WHERE v.id = $1", version_id)
    if row is None:
        raise NotFound
    return _version(row)


async def list_versions(actor: Actor, kind: str, scope: str = "") -> list[Version]:
    """All versions of a policy, newest first."""
    actor.require(Permission.POLICIES_READ)
    async with db.transaction(actor):
        rows = await db.sql(f"{_COLUMNS} WHERE p.kind = $1 AND p.scope = $2 ORDER BY v.number DESC", kind, scope)
    return [_version(row) for row in rows]


def _version(row: dict[str, Any]) -> Version:
    kind = kind_of(row["kind"])
    return Version(
        id=row["id"],
        policy_id=row["policy"],
        kind=kind,
        scope=row["scope"],
        number=row["number"],
        state=VersionState(row["state"]),
        document=kind.read(json.loads(row["body"]), row["schema_version"]),
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
