"""What can be done about forecasts: keep how all open deals stand, once a day at most, now or for a day gone by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from partners.deals.states import Stage
from partners.forecast import rules
from partners.forecast.queries import WEIGHTED, in_forecast
from portal.core import bulk, clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.events import record
from portal.core.ids import new_id
from portal.core.types import Audience

SUBJECT: Final = "forecast"
_COLUMNS: Final = "deal, partner_id, stage, currency, amount_minor, weighted_minor, expected_close_on"
_STAGED: Final = {
    "deal": "uuid", "partner_id": "uuid", "stage": "text", "currency": "text", "amount_minor": "bigint",
    "weighted_minor": "bigint", "expected_close_on": "date",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stood:
    """How a deal stood on a day; its amount in minor units."""

    deal_id: UUID
    partner_id: UUID
    stage: Stage
    currency: str
    amount_minor: int
    expected_close_on: date | None


async def take_snapshot(*, now: datetime) -> int | None:
    """Keep how all deals of the forecast stand; how many. None where the vendor's day has a snapshot already."""
    async with db.transaction(SYSTEM):
        snapshot = await _begun(now)
        if snapshot is None:
            return None
        return await _filled(
            snapshot,
            f"SELECT d.id, d.partner_id, d.stage, d.currency, d.amount_minor, {WEIGHTED.format(of='d')},"
            f" d.expected_close_on FROM partners_deal d WHERE {in_forecast('d')}",
            now,
        )


async def take_due_snapshot(*, now: datetime) -> None:
    """Take one, unless this week has one. Twice or late does no harm."""
    async with db.transaction(SYSTEM):
        newest = await db.sql_value("SELECT max(taken_on) FROM partners_forecast_snapshot")
        if rules.is_due(newest, clock.day_of(now, formats.time_zone().key)):
            await take_snapshot(now=now)


async def keep_past_snapshot(taken_at: datetime, stood: Iterable[Stood]) -> int | None:
    """Keep how deals stood on a day gone by; how many. None where that day has a snapshot already."""
    async with db.transaction(SYSTEM):
        snapshot = await _begun(taken_at)
        if snapshot is None:
            return None
        rows = [
            (one.deal_id, one.partner_id, one.stage.value, one.currency, one.amount_minor,
             rules.weighted_minor(one.amount_minor, one.stage), one.expected_close_on)
            for one in stood
        ]  # fmt: skip
        staged = await bulk.stage(_STAGED, rows)
        return await _filled(snapshot, f"SELECT {_COLUMNS} FROM {staged}", taken_at)


async def _begun(at: datetime) -> UUID | None:
    """A snapshot of the vendor's day, still empty; of two at once, one waits and gets none."""
    found: UUID | None = await db.sql_value(
        "INSERT INTO partners_forecast_snapshot (id, taken_on, taken_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (taken_on) DO NOTHING RETURNING id",
        new_id(), clock.day_of(at, formats.time_zone().key), at,
    )  # fmt: skip
    return found


async def _filled(snapshot: UUID, rows: str, now: datetime) -> int:
    """Fill it with what a statement gives, and say so."""
    count: int = await db.sql_value(
        f"WITH kept AS (INSERT INTO partners_forecast_deal (id, snapshot, {_COLUMNS})"
        f" SELECT gen_random_uuid(), $1, r.* FROM ({rows}) r RETURNING 1) SELECT count(*) FROM kept",
        snapshot,
    )
    await record(
        SYSTEM, "forecast.taken", SUBJECT, snapshot, audience=Audience.VENDOR, now=now,
        changes={"count": [None, count]},
    )  # fmt: skip
    return count
