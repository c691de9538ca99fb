"""Making the report of a run when it is sealed: computed in a process of its own, stored once for the run."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attribution.credits import store
from attribution.credits.queries import RunView, get_run
from attribution.credits.rules import RunState
from attribution.reports.computing import RESULT, Task
from portal.core import clock, db, formats, jobs
from portal.core.actor import SYSTEM
from portal.core.beside import run_beside
from portal.core.events import Recorded, reacts_to
from portal.core.ids import new_id
from portal.core.money import Money
from portal.rates.queries import get_rates
from portal.rates.rules import MissingRate

REPORT: Final = "report"
_PEOPLE: Final = (
    "SELECT seq, contact::text FROM attribution_touchpoint WHERE contact IS NOT NULL AND seq <= $1 ORDER BY seq"
)
_ACCOUNTS: Final = "SELECT id::text, country FROM partners_account"
_COSTS: Final = (
    "WITH RECURSIVE tree AS (SELECT id, key AS channel FROM attribution_source_node WHERE parent IS NULL"
    " UNION ALL SELECT n.id, CASE n.level WHEN 'channel' THEN n.key ELSE t.channel END FROM attribution_source_node n"
    " JOIN tree t ON n.parent = t.id)"
    " SELECT t.channel, k.amount_minor, k.currency, k.starts_on FROM attribution_cost k"
    " JOIN attribution_source_node n ON n.id = k.node JOIN tree t ON t.id = coalesce(n.maps_to, n.id)"
    " WHERE k.kind = 'actual' AND k.starts_on <= $1 ORDER BY k.starts_on, k.id"
)


@reacts_to("run.sealed")
async def report_sealed(event: Recorded) -> None:
    """A run is sealed: its report is made."""
    await jobs.enqueue(REPORT, event.subject_id)


@jobs.handles(REPORT)
async def report_in_background(run_id: UUID) -> None:
    """Make the report of a sealed run, unless there is one."""
    run = await get_run(SYSTEM, run_id)
    if run.state is not RunState.SEALED:
        return
    with store.workshop() as place:
        await run_beside("attribution.reports.computing", (await _task(run, place)).to_json())
        body = json.loads((place / RESULT).read_text(encoding="utf-8"))
    async with db.transaction(SYSTEM):
        body |= await _costs(run)
        await db.sql(
            "INSERT INTO attribution_report (id, run, body, made_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (run) DO NOTHING",
            new_id(), run_id, json.dumps(body), clock.now(),
        )  # fmt: skip
        await _tell_partners(run)


async def _task(run: RunView, place: Path) -> Task:
    """What is computed, with those columns that a run does not freeze, as they are now."""
    people, accounts = place / "people.csv", place / "accounts.csv"
    async with db.transaction(SYSTEM):
        connection = db.open_unit().connection
        await connection.copy_from_query(_PEOPLE, run.touchpoint_seq, output=people, format="csv")
        await connection.copy_from_query(_ACCOUNTS, output=accounts, format="csv")
    frozen = [str(store.place(one)) for one in (run.events_sha256, run.touches_sha256, run.channel_sha256)]
    return Task(frozen[0], frozen[1], frozen[2], str(people), str(accounts), str(place))


async def _tell_partners(run: RunView) -> None:
    """Put down what each partner may read of the run: its own sums under the paying model. Once for a run."""
    await db.sql(
        "INSERT INTO attribution_partner_credit (id, partner_id, run, sealed_at, period, event_kind, events,"
        " value_minor, currency) SELECT gen_random_uuid(), s.partner, s.run, $2, s.period, s.event_kind, s.events,"
        " s.value_minor, $3 FROM attribution_run_sum s WHERE s.run = $1 AND s.dimension = 'party' AND s.model = $4"
        " AND s.partner IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM attribution_partner_credit c WHERE c.run = s.run)",
        run.id, run.sealed_at, run.currency, run.paying_model,
    )  # fmt: skip


async def _costs(run: RunView) -> dict[str, Any]:
    """What each channel cost until the run, in its currency by the rates of each cost's first day.

    `unpriced` counts the costs that no rate converts.
    """
    rows = await db.sql(_COSTS, clock.day_of(run.observed_until, formats.time_zone().key))
    if not rows:
        return {"costs": {}, "unpriced": 0}
    days = [row["starts_on"] for row in rows]
    rates = await get_rates(SYSTEM, {run.currency, *(row["currency"] for row in rows)}, min(days), max(days))
    costs: Counter[str] = Counter()
    unpriced = 0
    for row in rows:
        try:
            amount = rates.convert(Money(row["amount_minor"], row["currency"]), run.currency, row["starts_on"])
        except MissingRate:
            unpriced += 1
        else:
            costs[row["channel"]] += amount.minor
    return {"costs": dict(costs), "unpriced": unpriced}
