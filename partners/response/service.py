"""What is done about answers: clocks follow what happens to a deal; late ones are said, and acted on, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.deals.running import DEAL
from partners.response import rules
from partners.response.policy import DEFAULT, KEY, AnswerTimes
from partners.response.rules import FOLLOWED, Happened, Pause, Run, What
from portal.calendars.queries import find_calendar, list_known, office
from portal.calendars.rules import Calendar, add_working
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.events import record
from portal.core.ids import new_id
from portal.core.types import Audience
from portal.policies.queries import in_force

LATE: Final = "deal.answer_late"
LENGTHENED: Final = "deal.protection_lengthened"
_MINUTE: Final = timedelta(minutes=1)
_COLUMNS: Final = (
    "id, partner_id, deal, what, number, started_at, allowed_minutes, due_at, warn_at, lengthens, calendar,"
    " calendar_sha256, policy_version, paused_at, answered_at, ended_at, worked_minutes, warned_at, breached_at,"
    " lengthened_days"
)


@dataclass(frozen=True, slots=True)
class _Terms:
    """By what a new clock runs."""

    version: UUID | None
    document: AnswerTimes
    calendar_id: UUID | None
    calendar: Calendar
    tier: str


async def follow(actor: Actor, deal_id: UUID, *, now: datetime) -> None:
    """Bring the clocks of a deal up to all that has happened to it, on the open unit. Twice or late does no harm.

    Reads the deal's events in the order in which they were recorded, whichever of them it is called for.
    """
    await lock(deal_id)
    rows = await db.sql(
        "SELECT name, at FROM core_event WHERE subject_id = $1 AND subject_type = 'deal' AND name = any($2::text[])"
        " ORDER BY seq",
        deal_id, list(FOLLOWED),
    )  # fmt: skip
    happened = [Happened(row["name"], row["at"]) for row in rows]
    kept = {
        (row["what"], row["number"]): row
        for row in await db.sql(f"SELECT {_COLUMNS} FROM partners_response WHERE deal = $1", deal_id)
    }
    runs = rules.runs_of([*await _before(kept, happened), *happened])
    calendars = await list_known({row["calendar"] for row in kept.values() if row["calendar"]})
    for run in runs:
        row = kept.get((run.what.value, run.number))
        if row is not None:
            calendar = calendars[row["calendar"]] if row["calendar"] else office()
        else:
            row, calendar = await _begin(actor, deal_id, run)
        if row["ended_at"] is None:
            await _bring(actor, row, run, calendar, now)


async def _before(kept: Mapping[tuple[str, int], Mapping[str, Any]], happened: Sequence[Happened]) -> list[Happened]:
    """What moved a clock of a registration that came in before its deal's events were recorded, as it is kept."""
    row = kept.get((What.REGISTRATION.value, 1))
    if row is None or any(rules.STARTS.get(one.name) is What.REGISTRATION for one in happened):
        return []
    run = Run(
        What.REGISTRATION, 1, row["started_at"], list(await pauses_of(row["id"])), row["paused_at"],
        row["answered_at"], row["ended_at"],
    )  # fmt: skip
    return rules.remembered(run)


async def lock(deal_id: UUID) -> None:
    """Let nobody else move this deal or its clocks until the end of the unit.

    The deal's own row and no second lock: an approval holds that already when it asks for the delay.
    """
    await db.sql("SELECT id FROM partners_deal WHERE id = $1 FOR NO KEY UPDATE", deal_id)


async def _begin(actor: Actor, deal_id: UUID, run: Run) -> tuple[dict[str, Any], Calendar]:
    """A new clock, by the policy and the calendar of its start."""
    terms = await _terms(actor, deal_id, run.started_at)
    document, calendar = terms.document, terms.calendar
    allowed = timedelta(hours=document.hours_for(terms.tier, run.what))
    row = await db.sql_one(
        "INSERT INTO partners_response (id, partner_id, deal, what, number, started_at, allowed_minutes, due_at,"
        " warn_at, lengthens, calendar, calendar_sha256, policy_version, lengthened_days)"
        " SELECT $1, d.partner_id, d.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0 FROM partners_deal d"
        f" WHERE d.id = $2 RETURNING {_COLUMNS}",
        new_id(), deal_id, run.what.value, run.number, run.started_at, allowed // _MINUTE,
        add_working(calendar, run.started_at, allowed),
        add_working(calendar, run.started_at, allowed * document.warn_percent / 100),
        document.lengthens and run.what not in rules.RUNNING, terms.calendar_id, calendar.sha256, terms.version,
    )  # fmt: skip
    if row is None:
        message = f"{actor.db_role} cannot see the deal whose clock begins"
        raise TypeError(message)
    return row, calendar


async def _terms(actor: Actor, deal_id: UUID, at: datetime) -> _Terms:
    """The policy of that day, and the calendar that it names for the partner's country."""
    company = await db.sql_one(
        "SELECT c.tier, c.country FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id WHERE d.id = $1",
        deal_id,
    )
    tier, country = (company["tier"], company["country"]) if company else ("", "")
    found = await in_force(actor, KEY, clock.day_of(at, formats.time_zone().key))
    document: AnswerTimes = found.body if found else DEFAULT
    version = found.version_id if found else None
    kept = await find_calendar(document.calendar_for(country))
    if kept is None:
        # A code that nobody made a calendar for is no reason to have no clock at all.
        return _Terms(version, document, None, office(), tier)
    return _Terms(version, document, kept.id, kept.calendar, tier)


async def _bring(actor: Actor, row: dict[str, Any], run: Run, calendar: Calendar, now: datetime) -> None:
    """Write down the pauses and the end that a clock has not seen yet."""
    due, warn = row["due_at"], row["warn_at"]
    known = await db.sql_value("SELECT count(*) FROM partners_response_pause WHERE response = $1", row["id"])
    for pause in run.pauses[known:]:
        before, due = due, rules.moved(calendar, due, pause)
        warn = rules.moved(calendar, warn, pause)
        await db.sql(
            "INSERT INTO partners_response_pause (id, partner_id, response, paused_at, resumed_at, due_before,"
            " due_after) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            new_id(), row["partner_id"], row["id"], pause.begins, pause.ends, before, due,
        )  # fmt: skip
    spent = None
    if run.answered_at is not None:
        spent = rules.worked(calendar, run.started_at, run.pauses, run.answered_at) // _MINUTE
    sha256 = calendar.sha256 if run.pauses[known:] else row["calendar_sha256"]
    await db.sql(
        "UPDATE partners_response SET due_at = $2, warn_at = $3, paused_at = $4, answered_at = $5, ended_at = $6,"
        " worked_minutes = $7, calendar_sha256 = $8 WHERE id = $1",
        row["id"], due, warn, run.paused_at, run.answered_at, run.ended_at, spent, sha256,
    )  # fmt: skip
    until = run.ended_at
    if until is not None and row["breached_at"] is None and rules.is_late(due, None, until):
        await say_late(actor, row["id"], row["deal"], due, now)


async def say_late(actor: Actor, clock_id: UUID, deal_id: UUID, due: datetime, now: datetime) -> UUID | None:
    """Say that an answer was due; the event, or None where it was said already. On the open unit."""
    fresh = await db.sql_value(
        "UPDATE partners_response SET breached_at = $2, warned_at = coalesce(warned_at, $3) WHERE id = $1"
        " AND breached_at IS NULL RETURNING id",
        clock_id, due, now,
    )  # fmt: skip
    if fresh is None:
        return None
    return await record(
        actor, LATE, DEAL, deal_id, audience=Audience.VENDOR, changes={"due_at": [None, due]}, now=now
    )  # fmt: skip


async def lengthen(actor: Actor, deal_id: UUID, partner_id: UUID, *, now: datetime) -> int:
    """By how many days the protection of a deal that is approved now is longer, because answers came late; says so.

    On the open unit. Counts each answer that was due before it came, also the one that comes now.
    """
    await follow(actor, deal_id, now=now)
    rows = await db.sql(
        f"SELECT {_COLUMNS} FROM partners_response WHERE deal = $1 AND lengthens AND lengthened_days = 0", deal_id
    )
    total = 0
    for row in rows:
        until = row["ended_at"] or now
        days = rules.days_longer(rules.delay(row["due_at"], await pauses_of(row["id"]), until))
        if days:
            await say_late(actor, row["id"], deal_id, row["due_at"], now)
            await db.sql("UPDATE partners_response SET lengthened_days = $2 WHERE id = $1", row["id"], days)
        total += days
    if total:
        changes = {"days": [None, total]}
        await record(actor, LENGTHENED, DEAL, deal_id, partner_id=partner_id, changes=changes, now=now)
    return total


async def pauses_of(clock_id: UUID) -> Sequence[Pause]:
    """When a clock rested, on the open unit."""
    rows = await db.sql(
        "SELECT paused_at, resumed_at FROM partners_response_pause WHERE response = $1 ORDER BY paused_at", clock_id
    )
    return [Pause(row["paused_at"], row["resumed_at"]) for row in rows]


async def reckon_figures(actor: Actor, *, now: datetime) -> bool:
    """Keep how fast registrations were answered in the last days, once for each of the vendor's days.

    False where the day has its figures already. Twice or late does no harm.
    """
    async with db.transaction(actor):
        fresh = await db.sql(
            "INSERT INTO partners_response_figure (id, reckoned_on, decisions, partners, median_minutes, high_minutes)"
            " SELECT $1, $2, count(*), count(DISTINCT partner_id),"
            " coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY worked_minutes), 0),"
            " coalesce(percentile_disc(0.9) WITHIN GROUP (ORDER BY worked_minutes), 0) FROM partners_response"
            " WHERE what = 'registration' AND answered_at > $3 AND answered_at <= $4"
            " ON CONFLICT (reckoned_on) DO NOTHING RETURNING id",
            new_id(), clock.day_of(now, formats.time_zone().key), now - timedelta(days=rules.WINDOW_DAYS), now,
        )  # fmt: skip
    return bool(fresh)
