"""Watching the clocks: reminding who has to answer, saying what is late, and taking the policy's steps, once each."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.deals import service as deals
from partners.deals.running import DEAL
from partners.deals.states import DealState
from partners.response import rules, service
from partners.response.policy import DEFAULT, KEY, AnswerTimes, LateStep
from partners.response.rules import What
from partners.response.telling import tell_escalated, tell_late, tell_soon
from portal.calendars.queries import list_known, office
from portal.calendars.rules import Calendar
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from portal.core.events import Recorded, record
from portal.core.ids import new_id
from portal.core.types import Audience
from portal.policies.queries import approved_versions

SOON: Final = "deal.answer_due_soon"
ESCALATED: Final = "deal.escalated"
_MOST: Final = 500
"""Clocks that are looked at in one go; the next go is minutes later."""


async def watch(*, now: datetime) -> None:
    """Remind, say what is late, and take the steps whose time has come. Twice or late does no harm."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT id, deal FROM partners_response WHERE ended_at IS NULL"
            " AND ((paused_at IS NULL AND warned_at IS NULL AND warn_at <= $1)"
            " OR (breached_at IS NULL AND due_at <= least($1, coalesce(paused_at, $1)))"
            " OR (breached_at IS NOT NULL AND paused_at IS NULL)) ORDER BY due_at LIMIT $2",
            now, _MOST,
        )  # fmt: skip
    for row in rows:
        async with db.transaction(SYSTEM):
            await _look(row["id"], row["deal"], now)


async def _look(clock_id: UUID, deal_id: UUID, now: datetime) -> None:
    """One clock, held against everybody else who moves it."""
    await service.follow(SYSTEM, deal_id, now=now)
    row = await db.sql_one(
        "SELECT r.id, r.deal, r.partner_id, r.what, r.started_at, r.due_at, r.warn_at, r.paused_at, r.ended_at,"
        " r.warned_at, r.breached_at, r.calendar, r.policy_version, d.state FROM partners_response r"
        " JOIN partners_deal d ON d.id = r.deal WHERE r.id = $1",
        clock_id,
    )
    if row is None or row["ended_at"] is not None:
        return
    if rules.is_late(row["due_at"], row["paused_at"], now) or row["due_at"] == now:
        event = await service.say_late(SYSTEM, row["id"], row["deal"], row["due_at"], now)
        if event is not None:
            await tell_late(_recorded(service.LATE, event, row, now), row["due_at"])
        if row["paused_at"] is None:
            await _take_steps(row, now)
    elif row["paused_at"] is None and row["warned_at"] is None and row["warn_at"] <= now:
        await db.sql("UPDATE partners_response SET warned_at = $2 WHERE id = $1", row["id"], now)
        changes = {"due_at": [None, row["due_at"]]}
        event = await record(SYSTEM, SOON, DEAL, row["deal"], audience=Audience.VENDOR, changes=changes, now=now)
        await tell_soon(_recorded(SOON, event, row, now), row["due_at"])


def _recorded(name: str, event_id: UUID, row: dict[str, Any], now: datetime) -> Recorded:
    return Recorded(event_id, name, now, SYSTEM.membership_id, None, DEAL, row["deal"])


async def _take_steps(row: dict[str, Any], now: datetime) -> None:
    """The steps of the policy by which the clock began, in their order, each once."""
    document = await _document(row["policy_version"])
    calendar = await _calendar(row["calendar"])
    done = [
        one["place"] for one in await db.sql("SELECT place FROM partners_response_step WHERE response = $1", row["id"])
    ]
    hours = [step.after_hours for step in document.steps]
    for place in rules.steps_due(calendar, row["due_at"], hours, done, now):
        outcome = await _take(document, document.steps[place], row, calendar, now)
        if outcome:
            await db.sql(
                "INSERT INTO partners_response_step (id, response, place, does, outcome, at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                new_id(), row["id"], place, document.steps[place].does, outcome[:40], now,
            )  # fmt: skip
        if outcome == "done" and document.steps[place].does == "approve":
            return


async def _take(document: AnswerTimes, step: LateStep, row: dict[str, Any], calendar: Calendar, now: datetime) -> str:
    """Take a step; how it came out, or nothing where its time has not come."""
    match step.does:
        case "escalate":
            await _escalate(step.to, row, now)
            return "done"
        case "approve":
            return await _approve(document.least_hours, row, calendar, now)
        case _:
            # The protection is made longer when the deal is approved: `service.lengthen`.
            return "done"


async def _escalate(to: str, row: dict[str, Any], now: datetime) -> None:
    """Tell each person of the role, or the partner's manager."""
    people = await db.sql(
        "SELECT m.id FROM identity_membership m WHERE m.side = 'staff' AND m.ended_at IS NULL AND CASE"
        " WHEN $1 = 'manager' THEN m.id = (SELECT c.manager FROM partners_company c WHERE c.id = $2)"
        " ELSE $1 = any(m.roles) END ORDER BY m.id",
        to, row["partner_id"],
    )  # fmt: skip
    changes = {"due_at": [None, row["due_at"]], "to": [None, to]}
    event = await record(SYSTEM, ESCALATED, DEAL, row["deal"], audience=Audience.VENDOR, changes=changes, now=now)
    for person in people:
        await tell_escalated(_recorded(ESCALATED, event, row, now), person["id"], row["due_at"])


async def _approve(least_hours: int, row: dict[str, Any], calendar: Calendar, now: datetime) -> str:
    """Approve the registration by the clock, where nothing forbids it; the code of what does.

    Never before the least time, so that how long it took tells a partner nothing about others.
    """
    if row["what"] != What.REGISTRATION:
        return "no_registration"
    pauses = await service.pauses_of(row["id"])
    spent = rules.worked(calendar, row["started_at"], pauses, now)
    if spent < timedelta(hours=least_hours):
        return ""
    verbs = ["take", "approve"] if row["state"] == DealState.SUBMITTED else ["approve"]
    try:
        async with db.savepoint():
            for verb in verbs:
                await deals.move_deal(SYSTEM, row["deal"], verb, now=now)
    except Conflict as refusal:
        return refusal.code or "conflict"
    return "done"


async def _document(version: UUID | None) -> AnswerTimes:
    """What the version said by which a clock began."""
    if version is None:
        return DEFAULT
    for one in await approved_versions(SYSTEM, KEY):
        if one.version_id == version:
            document: AnswerTimes = one.body
            return document
    return DEFAULT


async def _calendar(calendar_id: UUID | None) -> Calendar:
    return office() if calendar_id is None else (await list_known([calendar_id]))[calendar_id]
