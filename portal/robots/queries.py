"""What can be read of robots: never an address, only how it ends. Vendor-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.identity.queries import list_members
from portal.robots.rules import RobotKind, mask

_MESSAGES: Final = 20


@dataclass(frozen=True, slots=True)
class RobotView:
    """A robot as its page shows it."""

    id: UUID
    name: str
    kind: RobotKind
    masked: str
    is_signed: bool
    events: tuple[str, ...]
    manager_id: UUID | None
    manager_name: str
    locale: str
    failures: int
    paused_at: datetime | None
    changed_at: datetime
    last_sent_at: datetime | None
    last_error: str
    """Of the newest message, if it was not delivered."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """What became of a message."""

    id: UUID
    title: str
    created_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None
    attempts: int
    error: str
    is_test: bool


_ROBOT: Final = (
    "SELECT r.id, r.name, r.kind, r.address, r.sign_secret <> '' AS is_signed, r.events, r.manager, r.locale,"
    " r.failures, r.paused_at, r.changed_at, coalesce(p.name, '') AS manager_name,"
    " (SELECT max(sent_at) FROM robots_message m WHERE m.robot = r.id) AS last_sent_at,"
    " coalesce((SELECT m.error FROM robots_message m WHERE m.robot = r.id ORDER BY m.created_at DESC, m.id LIMIT 1),"
    " '') AS last_error FROM robots_robot r LEFT JOIN identity_membership i ON i.id = r.manager"
    " LEFT JOIN identity_person p ON p.id = i.person WHERE r.removed_at IS NULL"
)


async def list_robots(actor: Actor) -> list[RobotView]:
    """All of them by name. Raises NotAllowed."""
    actor.require(Permission.ROBOTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(f"{_ROBOT} ORDER BY r.name, r.id")
    return [_view(row) for row in rows]


async def get_robot(actor: Actor, robot_id: UUID) -> RobotView:
    """One. Raises NotAllowed, NotFound."""
    actor.require(Permission.ROBOTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(f"{_ROBOT} AND r.id = $1", robot_id)
    if row is None:
        raise NotFound
    return _view(row)


def _view(row: Mapping[str, Any]) -> RobotView:
    return RobotView(
        id=row["id"],
        name=row["name"],
        kind=RobotKind(row["kind"]),
        masked=mask(row["address"]),
        is_signed=row["is_signed"],
        events=tuple(row["events"]),
        manager_id=row["manager"],
        manager_name=row["manager_name"],
        locale=row["locale"],
        failures=row["failures"],
        paused_at=row["paused_at"],
        changed_at=row["changed_at"],
        last_sent_at=row["last_sent_at"],
        last_error=row["last_error"],
    )


async def list_messages(actor: Actor, robot_id: UUID) -> list[MessageView]:
    """The newest messages to a robot. Raises NotAllowed."""
    actor.require(Permission.ROBOTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT id, title, created_at, sent_at, given_up_at, attempts, error, event IS NULL AS is_test"
            " FROM robots_message WHERE robot = $1 ORDER BY created_at DESC, id LIMIT $2",
            robot_id, _MESSAGES,
        )  # fmt: skip
    return [MessageView(**row) for row in rows]


async def list_managers(actor: Actor) -> list[tuple[UUID, str]]:
    """Who manages partners, by name."""
    return [(one["id"], one["name"]) for one in await list_members(actor, None) if "partner_manager" in one["roles"]]
