"""Clocks of answers given before there were clocks: reckoned for a set of deals by what is known of their times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.response import rules
from partners.response.policy import DEFAULT, KEY, AnswerTimes
from partners.response.rules import Pause, What
from portal.calendars.queries import Kept, find_calendar, office
from portal.calendars.rules import add_working
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.policies.queries import InForce, approved_versions
from portal.policies.rules import in_force_on

_MINUTE: Final = timedelta(minutes=1)
_INSERT: Final = (
    "INSERT INTO partners_response (id, partner_id, deal, what, number, started_at, allowed_minutes, due_at, warn_at,"
    " lengthens, calendar, calendar_sha256, policy_version, paused_at, answered_at, ended_at, worked_minutes,"
    " warned_at, breached_at, lengthened_days) VALUES ($1, $2, $3, 'registration', 1, $4, $5, $6, $7, $17, $8, $9,"
    " $10, $11, $12, $13, $14, $15, $16, 0)"
)


_INSERT_PAUSE: Final = (
    "INSERT INTO partners_response_pause (id, partner_id, response, paused_at, resumed_at, due_before, due_after)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a registration: when it came in, rests since, and was answered or dropped."""

    deal_id: UUID
    partner_id: UUID
    tier: str
    country: str
    started_at: datetime
    rest: Pause | None
    """When the partner had to act, until it did."""
    paused_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


async def keep_past_clocks(past: Iterable[Past]) -> int:
    """Keep a clock for each that has none, by the policy of its day; how many.

    What was late is marked and not told, since nobody can be on time any more.
    """
    async with db.transaction(SYSTEM):
        known = {row["deal"] for row in await db.sql("SELECT DISTINCT deal FROM partners_response")}
        reckoner = _Reckoner(await approved_versions(SYSTEM, KEY))
        rows = [await reckoner.row(one) for one in past if one.deal_id not in known]
        await db.sql_many(_INSERT, rows)
        await db.sql_many(_INSERT_PAUSE, reckoner.pauses)
    return len(rows)


class _Reckoner:
    """Reads each calendar once, and collects the pauses of the clocks that it made."""

    def __init__(self, versions: Sequence[InForce]) -> None:
        self._versions = versions
        self._calendars: dict[str, Kept | None] = {}
        self.pauses: list[tuple[Any, ...]] = []

    async def row(self, one: Past) -> tuple[Any, ...]:
        """The values of `_INSERT`."""
        found = in_force_on(self._versions, clock.day_of(one.started_at, formats.time_zone().key))
        document: AnswerTimes = found.body if found else DEFAULT
        kept = await self._calendar(document.calendar_for(one.country))
        calendar = kept.calendar if kept else office()
        allowed = timedelta(hours=document.hours_for(one.tier, What.REGISTRATION))
        due = add_working(calendar, one.started_at, allowed)
        warn = add_working(calendar, one.started_at, allowed * document.warn_percent / 100)
        clock_id, rests = new_id(), [one.rest] if one.rest else []
        for rest in rests:
            before, due, warn = due, rules.moved(calendar, due, rest), rules.moved(calendar, warn, rest)
            self.pauses.append((new_id(), one.partner_id, clock_id, rest.begins, rest.ends, before, due))
        spent = None
        if one.answered_at is not None:
            spent = rules.worked(calendar, one.started_at, rests, one.answered_at) // _MINUTE
        late = due if one.ended_at is not None and rules.is_late(due, None, one.ended_at) else None
        return (
            clock_id, one.partner_id, one.deal_id, one.started_at, allowed // _MINUTE, due, warn,
            kept.id if kept else None, calendar.sha256, found.version_id if found else None, one.paused_at,
            one.answered_at, one.ended_at, spent, late, late, document.lengthens and one.ended_at is None,
        )  # fmt: skip

    async def _calendar(self, code: str) -> Kept | None:
        if code not in self._calendars:
            self._calendars[code] = await find_calendar(code)
        return self._calendars[code]
