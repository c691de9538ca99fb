"""What can be done about robots: register, change, test, pause, resume, remove. The vendor's alone."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db, outward
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.i18n import using
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.identity.handover import hands_over
from portal.robots.doors import Told, announced, write
from portal.robots.rules import SIGNS, RobotKind, mask
from portal.robots.wording import REASON_LABELS

ROBOT: Final = "robot"
_MOST: Final = 50
"""Robots of an installation."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a robot shall be. An empty address or secret keeps what there is."""

    name: str
    kind: RobotKind
    address: str
    sign_secret: str
    events: tuple[str, ...]
    manager: UUID | None
    locale: str


async def register_robot(actor: Actor, wanted: Wanted, *, now: datetime) -> UUID:
    """A new robot. Raises NotAllowed, Invalid, and Conflict when there are as many as there may be."""
    actor.require(Permission.ROBOTS_WRITE)
    wanted = _checked(wanted, is_new=True)
    robot_id = new_id()
    async with db.transaction(actor):
        await db.lock_subject("the number of robots")
        if await db.sql_value("SELECT count(*) FROM robots_robot WHERE removed_at IS NULL") >= _MOST:
            raise Conflict(_("There are %(most)s robots already. Remove one first.") % {"most": _MOST})
        await _check_manager(wanted.manager)
        await db.sql(
            "INSERT INTO robots_robot (id, name, kind, address, sign_secret, events, manager, locale, created_at,"
            " changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
            robot_id, wanted.name, wanted.kind.value, wanted.address, wanted.sign_secret, list(wanted.events),
            wanted.manager, wanted.locale, now,
        )  # fmt: skip
        await _record(actor, "robot.registered", robot_id, now, _facts(wanted))
    return robot_id


async def change_robot(actor: Actor, robot_id: UUID, wanted: Wanted, *, now: datetime) -> None:
    """Make it this. Raises NotAllowed, NotFound, Invalid."""
    actor.require(Permission.ROBOTS_WRITE)
    wanted = _checked(wanted, is_new=False)
    async with db.transaction(actor):
        row = await _locked(robot_id)
        if row["kind"] != wanted.kind and not wanted.address:
            raise Invalid({"address": _("Another kind of robot has another address.")})
        await _check_manager(wanted.manager)
        await db.sql(
            "UPDATE robots_robot SET name = $2, kind = $3, address = coalesce(nullif($4, ''), address),"
            " sign_secret = CASE WHEN $10 THEN '' ELSE coalesce(nullif($5, ''), sign_secret) END,"
            " events = $6, manager = $7, locale = $8, changed_at = $9 WHERE id = $1",
            robot_id, wanted.name, wanted.kind.value, wanted.address, wanted.sign_secret, list(wanted.events),
            wanted.manager, wanted.locale, now, wanted.kind not in SIGNS,
        )  # fmt: skip
        await _record(actor, "robot.changed", robot_id, now, _facts(wanted))


async def move_robot(actor: Actor, robot_id: UUID, verb: str, *, now: datetime) -> None:
    """`test` sends a message, `pause` and `resume` stop and start it, `remove` ends it and forgets the address.

    Raises NotAllowed, NotFound, Conflict where it makes no sense, and Invalid for another verb.
    """
    actor.require(Permission.ROBOTS_WRITE)
    async with db.transaction(actor):
        row = await _locked(robot_id)
        match verb:
            case "test":
                await write(robot_id, None, _test_words(row["locale"]), now)
            case "pause" if row["paused_at"] is None:
                await db.sql("UPDATE robots_robot SET paused_at = $2 WHERE id = $1", robot_id, now)
            case "resume" if row["paused_at"] is not None:
                await db.sql("UPDATE robots_robot SET paused_at = NULL, failures = 0 WHERE id = $1", robot_id)
            case "remove":
                await db.sql(
                    "UPDATE robots_robot SET removed_at = $2, address = '', sign_secret = '' WHERE id = $1",
                    robot_id, now,
                )  # fmt: skip
            case "pause" | "resume":
                raise Conflict(_("It is so already."))
            case _:
                raise Invalid({"verb": _("Choose one of the values offered.")})
        await _record(actor, _EVENTS[verb], robot_id, now, {"name": [row["name"], row["name"]]})


_EVENTS: Final = {
    "test": "robot.tested",
    "pause": "robot.paused",
    "resume": "robot.resumed",
    "remove": "robot.removed",
}


@hands_over("robots")
async def hand_over_robots(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """Robots that tell of the leaver's partners tell of the successor's; how many. A partner's people have none."""
    if actor.is_partner:
        return 0
    rows = await db.sql(
        "UPDATE robots_robot SET manager = $2, changed_at = $3 WHERE manager = $1 RETURNING id", leaver, successor, now
    )
    return len(rows)


def _test_words(locale: str) -> Told:
    with using(locale):
        return Told(_("A test of the partner portal"), (_("This group is told of what happens there."),), "/")


def _checked(wanted: Wanted, *, is_new: bool) -> Wanted:
    """With an address that may be asked, as far as its text tells, and events that there are. Raises Invalid."""
    problems = {}
    if is_new and not wanted.address:
        problems["address"] = _("Give the address that the group's robot has.")
    elif wanted.address:
        try:
            outward.read_target(wanted.address)
        except outward.Refused as refusal:
            problems["address"] = _(REASON_LABELS[refusal.reason])
    if not set(wanted.events) <= set(announced()):
        problems["events"] = _("Choose one of the values offered.")
    if problems:
        raise Invalid(problems)
    order = [name for name in announced() if name in wanted.events]
    return replace(
        wanted, events=tuple(order), sign_secret=wanted.sign_secret if wanted.kind in SIGNS else ""
    )  # fmt: skip


async def _check_manager(manager: UUID | None) -> None:
    """Raise Invalid for somebody who manages no partners."""
    known = manager is None or await db.sql_value(
        "SELECT EXISTS (SELECT FROM identity_membership WHERE id = $1 AND side = 'staff' AND ended_at IS NULL"
        " AND 'partner_manager' = any(roles))",
        manager,
    )
    if not known:
        raise Invalid({"manager": _("Choose one of the values offered.")})


async def _locked(robot_id: UUID) -> dict[str, Any]:
    row = await db.sql_one(
        "SELECT name, kind, locale, paused_at FROM robots_robot WHERE id = $1 AND removed_at IS NULL FOR UPDATE",
        robot_id,
    )
    if row is None:
        raise NotFound
    return row


def _facts(wanted: Wanted) -> dict[str, Any]:
    """What goes into the history: never the address itself."""
    facts: dict[str, Any] = {"name": wanted.name, "kind": wanted.kind, "events": list(wanted.events),
                             "manager": wanted.manager, "locale": wanted.locale}  # fmt: skip
    if wanted.address:
        facts["address"] = mask(wanted.address)
    return {name: [None, value] for name, value in facts.items()}


async def _record(actor: Actor, name: str, robot_id: UUID, now: datetime, changes: dict[str, Any]) -> None:
    await record(actor, name, ROBOT, robot_id, now=now, changes=changes)
