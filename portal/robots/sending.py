"""Sending what robots are to say: by job, a few times, then given up; a robot that fails again and again is paused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from portal.core import clock, db, jobs, outward
from portal.core.actor import SYSTEM
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.i18n import using
from portal.core.jobs import handles
from portal.mail.service import link_to
from portal.robots.doors import SEND
from portal.robots.rules import MOST_ATTEMPTS, PAUSES_AFTER, RobotKind, Words, problem_of, request_for, wait_after
from portal.robots.service import ROBOT


@handles(SEND)
async def send(message_id: UUID) -> None:
    """Send one message unless it went out already, was given up, or its robot was paused or removed.

    A failure is written down and tried again later, by a job of its own: it concerns this message alone. Who was told
    and crashed before it could write that down is told twice.
    """
    async with db.transaction(SYSTEM):
        row = await db.sql_one(
            "UPDATE robots_message m SET attempts = attempts + 1 FROM robots_robot r WHERE m.id = $1 AND r.id = m.robot"
            " AND m.sent_at IS NULL AND m.given_up_at IS NULL AND r.removed_at IS NULL"
            " AND (r.paused_at IS NULL OR m.event IS NULL) RETURNING m.id, m.robot, m.event, m.title, m.lines, m.path,"
            " m.attempts, r.kind, r.address, r.sign_secret, r.locale, r.name",
            message_id,
        )
    if row is None:
        return
    problem = await _deliver(row, clock.now())
    async with db.transaction(SYSTEM):
        await _note(row, problem, clock.now())


async def _deliver(row: dict[str, Any], now: datetime) -> str:
    """Send it; what went wrong, or nothing."""
    kind = RobotKind(row["kind"])
    with using(row["locale"]):
        words = Words(row["title"], tuple(row["lines"]), link_to(row["path"]), _("Open in the portal:"))
    request = request_for(kind, row["address"], row["sign_secret"], words, now)
    try:
        answer = await outward.post_json(request.address, request.body)
    except outward.OutwardError as error:
        return error.reason.value
    return problem_of(kind, answer.status, answer.body)


async def _note(row: dict[str, Any], problem: str, now: datetime) -> None:
    """Write down what became of it: done, to be tried again, or given up."""
    if not problem:
        await db.sql("UPDATE robots_message SET sent_at = $2, error = '' WHERE id = $1", row["id"], now)
        await db.sql("UPDATE robots_robot SET failures = 0 WHERE id = $1 AND failures > 0", row["robot"])
        return
    # A test is tried once: somebody waits for its answer.
    is_over = row["event"] is None or row["attempts"] >= MOST_ATTEMPTS
    await db.sql(
        "UPDATE robots_message SET error = $2, given_up_at = $3 WHERE id = $1",
        row["id"], problem[:300], now if is_over else None,
    )  # fmt: skip
    if not is_over:
        await jobs.enqueue(SEND, row["id"], after_seconds=wait_after(row["attempts"]).total_seconds())
    elif row["event"] is not None:
        await _count_failure(row, now)


async def _count_failure(row: dict[str, Any], now: datetime) -> None:
    """One more that could not be delivered: after several in a row the robot is left alone, and the history says so."""
    paused = await db.sql(
        "UPDATE robots_robot SET failures = failures + 1, paused_at = CASE WHEN failures + 1 >= $2"
        " THEN coalesce(paused_at, $3) ELSE paused_at END WHERE id = $1 RETURNING failures",
        row["robot"], PAUSES_AFTER, now,
    )  # fmt: skip
    if paused and paused[0]["failures"] == PAUSES_AFTER:
        await record(
            SYSTEM, "robot.gave_up", ROBOT, row["robot"], now=now, changes={"name": [row["name"], row["name"]]}
        )
