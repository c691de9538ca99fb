"""What can be done about runs: ask for one, and have a sealed one reckoned again."""

import json
from datetime import date, datetime
from typing import Final
from uuid import UUID

from attribution.credits.queries import get_run
from attribution.credits.rules import RunState, number_of
from attribution.credits.running import REPRODUCE, RUN
from attribution.credits.settings import DEFAULT, KEY, SETTINGS, AttributionSettings
from attribution.credits.storing import SUBJECT
from portal.core import clock, db, events, formats, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.policies.queries import approved_versions
from portal.policies.rules import in_force_on

MONTHLY: Final = "15 14 1 * *"
"""In UTC: everywhere on Earth the first day of a month has begun, and has not ended, within a day of it."""


async def request_run(
    actor: Actor, *, now: datetime, observed_until: datetime | None = None, in_background: bool = True
) -> UUID:
    """Ask for a run by the settings in force on the day of `now`; in the background, unless the caller carries it out.

    It looks at nothing later than `observed_until`, which is now where nothing is said. Raises NotAllowed, Invalid.
    """
    actor.require(Permission.RUNS_WRITE)
    until = now if observed_until is None else observed_until
    if until > now:
        raise Invalid({"observed_until": _("Nothing later than now has been observed. Choose an earlier day.")})
    day = clock.day_of(now, formats.time_zone().key)
    run_id = new_id()
    async with db.transaction(actor):
        await db.lock_subject("numbers of runs")
        version, settings = await _settings_on(actor, day)
        number = await _next_number(day)
        await db.sql(
            "INSERT INTO attribution_run (id, number, state, settings_version, settings, observed_until, models,"
            " paying_model, currency, requested_by, requested_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            run_id, number, RunState.QUEUED, version,
            json.dumps({"document": settings.model_dump(mode="json"), "schema_version": SETTINGS.schema_version}),
            until, list(settings.all_models), settings.paying_model, settings.currency, actor.membership_id, now,
        )  # fmt: skip
        facts = {"number": [None, number], "observed_until": [None, until.isoformat()]}
        await events.record(actor, "run.requested", SUBJECT, run_id, now=now, changes=facts)
        if in_background:
            await jobs.enqueue(RUN, run_id)
    return run_id


async def _settings_on(actor: Actor, day: date) -> tuple[UUID | None, AttributionSettings]:
    """The version in force, or none and what a new installation begins with."""
    found = in_force_on(await approved_versions(actor, KEY), day)
    if found is None:
        return None, DEFAULT
    if not isinstance(found.body, AttributionSettings):
        message = f"no settings of runs: {found.body!r}"
        raise TypeError(message)
    return found.version_id, found.body


async def _next_number(day: date) -> str:
    """The first of the day, or the next."""
    before: int = await db.sql_value(
        "SELECT count(*) FROM attribution_run WHERE number = $1 OR number LIKE $1 || '-%'", number_of(day, 1)
    )
    return number_of(day, before + 1)


async def request_reproduction(actor: Actor, run_id: UUID, *, now: datetime) -> None:
    """Have a sealed run reckoned again in the background; its history tells what came of it.

    Raises NotFound, NotAllowed, Conflict unless it is sealed.
    """
    actor.require(Permission.RUNS_WRITE)
    async with db.transaction(actor):
        run = await get_run(actor, run_id)
        if run.state is not RunState.SEALED:
            raise Conflict(_("Only a sealed run can be reckoned again."), code="flow")
        await events.record(actor, "run.reproduction_requested", SUBJECT, run_id, now=now)
        await jobs.enqueue(REPRODUCE, run_id)


@jobs.scheduled("attribution-run", MONTHLY)
async def request_monthly() -> None:
    """A run over everything before this month, unless there is one already."""
    now = clock.now()
    zone = formats.time_zone().key
    until = clock.start_of(clock.month_of(clock.day_of(now, zone)), zone)
    async with db.transaction(SYSTEM):
        await db.lock_subject("numbers of runs")
        asked = await db.sql_value(
            "SELECT count(*) FROM attribution_run WHERE requested_by = $1 AND observed_until = $2",
            SYSTEM.membership_id, until,
        )  # fmt: skip
        if not asked:
            await request_run(SYSTEM, now=now, observed_until=until)
