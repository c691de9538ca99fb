"""Reckoning the health of all customers: where they stand now, and the months of which nothing is kept yet."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attribution.health.gathering import gather
from attribution.health.rules import UNKNOWN_RANK, Facts, Reckoned, Settings, Term, reckon
from attribution.health.settings import settings_on
from portal.core import bulk, clock, db, events, formats
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.types import Audience

RECKONED: Final = "health.reckoned"
SUBJECT: Final = ("health", UUID("6b1f6f0e-6a57-4f0e-9f7c-2f9ad0b7f3a1"))
"""What the event is about: health of all customers."""
MONTHS_BACK: Final = 12
"""So many months that nothing is kept of are reckoned afterwards, from what is known of them now."""
_TERMS: Final = tuple(term.value for term in Term)
_SCORES: Final = {"score": "int", "level": "text", **dict.fromkeys(_TERMS, "int")}
_NOW: Final = {
    "id": "uuid", "account": "uuid", "rank": "int", **_SCORES, "facts": "jsonb", "as_of": "date",
    "policy_version": "uuid",
}  # fmt: skip
_MONTH: Final = {"account": "uuid", "month": "date", **_SCORES, "as_of": "date", "policy_version": "uuid"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done: customers looked at, scores or levels that are other ones now, and months filled in."""

    customers: int
    changed: int
    months: int


async def reckon_all(actor: Actor, *, now: datetime) -> Counts:
    """Reckon all customers anew; running it twice changes nothing.

    The running month's row follows, those of months gone by stay as they are. Customers that are dormant by now
    keep their months and stand nowhere. Raises NotAllowed.
    """
    actor.require(Permission.HEALTH_WRITE)
    async with db.transaction(actor):
        await db.lock_subject(SUBJECT[0])
        today = clock.day_of(now, formats.time_zone().key)
        version, settings = await settings_on(actor, today)
        missing = await _missing(clock.month_of(today))
        for month in missing:
            day = clock.next_month(month) - timedelta(days=1)
            await _store_month(await _reckoned(day, settings), day, version, now)
        reckoned = await _reckoned(today, settings)
        await _store_month(reckoned, today, version, now)
        changed = await _store_now(reckoned, today, version, now)
        if changed:
            facts = {"customers": [None, len(reckoned)], "changed": [None, changed]}
            await events.record(actor, RECKONED, *SUBJECT, now=now, audience=Audience.VENDOR, changes=facts)
    return Counts(len(reckoned), changed, len(missing))


async def _missing(running: date) -> list[date]:
    """The months before the running one of which nothing is kept, oldest first."""
    months = [running]
    for _one in range(MONTHS_BACK):
        months.append(clock.previous_month(months[-1]))
    rows = await db.sql("SELECT DISTINCT month FROM attribution_health_month WHERE month = any($1::date[])", months)
    kept = {row["month"] for row in rows}
    return [month for month in reversed(months[1:]) if month not in kept]


async def _reckoned(day: date, settings: Settings) -> dict[UUID, Reckoned]:
    # In a thread: the web process may be the one that works, and answers people meanwhile.
    return await asyncio.to_thread(_all, await gather(day, settings), settings, day)


def _all(facts: Mapping[UUID, Facts], settings: Settings, day: date) -> dict[UUID, Reckoned]:
    return {customer: reckon(one, settings, day) for customer, one in facts.items()}


def _scores(one: Reckoned) -> tuple[Any, ...]:
    return (one.score, one.level.value, *(one.terms[term].score for term in Term))


async def _store_now(reckoned: Mapping[UUID, Reckoned], day: date, version: UUID | None, now: datetime) -> int:
    """Where customers stand, those who are none any more taken away; how many have another score or level."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for customer, one in reckoned.items():
            facts = json.dumps({term.value: dict(found.facts) for term, found in one.terms.items()}, sort_keys=True)
            rank = UNKNOWN_RANK if one.score is None else one.score
            yield (customer, customer, rank, *_scores(one), facts, day, version)

    staged = await bulk.stage(_NOW, rows())
    changed = await db.sql_value(
        f"SELECT count(*) FROM {staged} s FULL JOIN attribution_health t ON t.id = s.id"
        " WHERE (s.id, s.score, s.level) IS DISTINCT FROM (t.id, t.score, t.level)"
    )
    await db.sql(f"DELETE FROM attribution_health t WHERE NOT EXISTS (SELECT FROM {staged} s WHERE s.id = t.id)")
    await _upsert("attribution_health", list(_NOW), "id", staged, now)
    return int(changed)


async def _store_month(reckoned: Mapping[UUID, Reckoned], day: date, version: UUID | None, now: datetime) -> None:
    month = clock.month_of(day)
    rows = ((customer, month, *_scores(one), day, version) for customer, one in reckoned.items())
    staged = await bulk.stage(_MONTH, rows)
    await _upsert("attribution_health_month", list(_MONTH), "account, month", staged, now)


async def _upsert(table: str, columns: Sequence[str], key: str, staged: str, now: datetime) -> None:
    """Insert what is new, change what differs, leave the rest."""
    listed, new_id = ", ".join(columns), "" if "id" in columns else "id, "
    made = "gen_random_uuid(), " if new_id else ""
    others = [name for name in columns if name not in key.split(", ")]
    mine, theirs = (", ".join(f"{of}.{name}" for name in others) for of in ("t", "excluded"))
    changes = ", ".join(f"{name} = excluded.{name}" for name in (*others, "reckoned_at"))
    await db.sql(
        f"INSERT INTO {table} AS t ({new_id}reckoned_at, {listed}) SELECT {made}$1, {listed} FROM {staged}"
        f" ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE ({mine}) IS DISTINCT FROM ({theirs})",
        now,
    )
