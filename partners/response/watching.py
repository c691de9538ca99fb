"""Watching the clocks: reminding who has to answer, saying what is late, and taking the policy's steps, once each."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.deals import service as deals
from partners.deals.running import DEAL
from partners.deals.states import DealState
from partners.response import rules, service
from partners.response.policy import DEFAULT, KEY, AnswerTimes, LateStep
from partners.response.queries import find_staff
from partners.response.rules import What
from partners.response.telling import tell_escalated, tell_late, tell_soon
from portal.calendars.queries import list_known, office
from portal.calendars.rules import Calendar
from portal.core import db, jobs
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict
from portal.core.events import Recorded, record
from portal.core.ids import new_id
from portal.core.types import Audience
from portal.policies.queries import approved_versions

SOON: Final = "deal.answer_due_soon"
ESCALATED: Final = "deal.escalated"
HELD: Final = "deal.approval_held"
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


async def list_held() -> list[UUID]:
    """The clocks whose registration would have been approved, but something forbade it; on the open unit."""
    rows = await db.sql(
        "SELECT r.id FROM partners_response r WHERE r.ended_at IS NULL AND r.paused_at IS NULL AND EXISTS ("
        "SELECT FROM partners_response_step s WHERE s.response = r.id AND s.does = 'approve') ORDER BY r.due_at, r.id"
    )
    return [row["id"] for row in rows]


async def look_again(clock_id: UUID, *, now: datetime) -> None:
    """Look at one clock: what forbade an approval may be over. Twice or late does no harm."""
    async with db.transaction(SYSTEM):
        deal_id = await db.sql_value("SELECT deal FROM partners_response WHERE id = $1", clock_id)
        if deal_id is not None:
            await _look(clock_id, deal_id, now)


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
            await tell_late(_recorded(service.LATE, event, row, now), row["id"], row["due_at"])
        if row["paused_at"] is None:
            await _take_steps(row, now)
    elif row["paused_at"] is None and row["warned_at"] is None and row["warn_at"] <= now:
        await db.sql("UPDATE partners_response SET warned_at = $2 WHERE id = $1", row["id"], now)
        changes = {"due_at": [None, row["due_at"]]}
        event = await record(SYSTEM, SOON, DEAL, row["deal"], audience=Audience.VENDOR, changes=changes, now=now)
        await tell_soon(_recorded(SOON, event, row, now), row["id"], row["due_at"])


def _recorded(name: str, event_id: UUID, row: dict[str, Any], now: datetime) -> Recorded:
    return Recorded(event_id, name, now, SYSTEM.membership_id, None, DEAL, row["deal"])


async def _take_steps(row: dict[str, Any], now: datetime) -> None:
    """The steps of the policy by which the clock began, in their order, each once; one that is forbidden, again."""
    document = await _document(row["policy_version"])
    calendar = await _calendar(row["calendar"])
    rows = await db.sql(
        "SELECT place, outcome FROM partners_response_step WHERE response = $1 ORDER BY at, id", row["id"]
    )
    before = {one["place"]: one["outcome"] for one in rows}
    done = [place for place, outcome in before.items() if outcome == rules.DONE]
    hours = [step.after_hours for step in document.steps]
    for place in rules.steps_due(calendar, row["due_at"], hours, done, now):
        step = document.steps[place]
        outcome = await _take(document, step, row, calendar, now)
        if outcome and outcome != before.get(place):
            await db.sql(
                "INSERT INTO partners_response_step (id, response, place, does, outcome, at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                new_id(), row["id"], place, step.does, outcome, now,
            )  # fmt: skip
            if outcome != rules.DONE:
                changes = {"held_by": [before.get(place), outcome]}
                await record(SYSTEM, HELD, DEAL, row["deal"], audience=Audience.VENDOR, changes=changes, now=now)
        if outcome == rules.DONE and step.does == "approve" and row["what"] == What.REGISTRATION:
            return


async def _take(document: AnswerTimes, step: LateStep, row: dict[str, Any], calendar: Calendar, now: datetime) -> str:
    """Take a step; `done`, what forbade it, or nothing where its time has not come."""
    match step.does:
        case "escalate":
            await _escalate(step, row, now)
            return rules.DONE
        case "approve" if row["what"] == What.REGISTRATION:
            return await _approve(document.least_hours, row, calendar, now)
        case _:
            # Only registrations are approved, and the protection is made longer by `service.lengthen`.
            return rules.DONE


async def _escalate(step: LateStep, row: dict[str, Any], now: datetime) -> None:
    """Tell whom the policy names; where it names nobody or somebody named has left, those of the role too."""
    addresses = step.addresses()
    named = await find_staff(addresses)
    people = [named[one] for one in addresses if one in named]
    if len(people) < len(addresses) or not addresses:
        found = await db.sql(
            "SELECT m.id FROM identity_membership m WHERE m.side = 'staff' AND m.ended_at IS NULL AND CASE"
            " WHEN $1 = 'manager' THEN m.id = (SELECT c.manager FROM partners_company c WHERE c.id = $2)"
            " ELSE $1 = any(m.roles) END ORDER BY m.id",
            step.to, row["partner_id"],
        )  # fmt: skip
        people += [one["id"] for one in found]
    changes = {"due_at": [None, row["due_at"]], "to": [None, step.to], "people": [None, list(named.values())]}
    event = await record(SYSTEM, ESCALATED, DEAL, row["deal"], audience=Audience.VENDOR, changes=changes, now=now)
    for person in dict.fromkeys(people):
        await tell_escalated(_recorded(ESCALATED, event, row, now), person, row["due_at"])


async def _approve(least_hours: int, row: dict[str, Any], calendar: Calendar, now: datetime) -> str:
    """Approve the registration by the clock, where nothing forbids it; else the code of what does.

    Never before the least time, so that how long it took tells a partner nothing about others.
    """
    pauses = await service.pauses_of(row["id"])
    spent = rules.worked(calendar, row["started_at"], pauses, now)
    if spent < timedelta(hours=least_hours):
        return ""
    if await _is_behind(row["deal"]):
        return ""
    verbs = ["take", "approve"] if row["state"] == DealState.SUBMITTED else ["approve"]
    try:
        async with db.savepoint():
            for verb in verbs:
                await deals.move_deal(SYSTEM, row["deal"], verb, now=now)
    except Conflict as refusal:
        return refusal.code if refusal.code in rules.HELD_LABELS else rules.OTHER
    return rules.DONE


async def _is_behind(deal_id: UUID) -> bool:
    """Whether something that happened to the deal or its customer's card was not followed up yet.

    A conflict, for one, is found by a reaction: a card that was linked a moment ago may still show one.
    """
    behind: bool = await db.sql_value(
        "SELECT EXISTS (SELECT FROM partners_deal d JOIN core_event e ON e.subject_id IN (d.id, d.card)"
        " JOIN pgqueuer q ON q.entrypoint = $2 AND q.payload = uuid_send(e.id)"
        " WHERE d.id = $1 AND e.name <> ALL($3::text[]))",
        deal_id, jobs.REACT, [SOON, service.LATE, ESCALATED, HELD],
    )  # fmt: skip
    return behind


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
