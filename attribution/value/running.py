"""Carrying out a valuation when a run is sealed: reckon in a process of its own, store once for the run."""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attribution.credits import store
from attribution.credits.queries import RunView, get_run
from attribution.credits.rules import RunState
from attribution.value.reckoning import CUSTOMERS, GROUPS, PARTIES, RESULT, Task
from attribution.value.rules import FitState
from attribution.value.settings import DEFAULT, KEY, ValueSettings
from portal.core import bulk, clock, db, events, formats, jobs
from portal.core.actor import SYSTEM
from portal.core.beside import run_beside
from portal.core.ids import new_id
from portal.core.types import Audience
from portal.policies.queries import in_force

VALUE: Final = "value"
SUBJECT: Final = "valuation"
_ACCOUNTS: Final = (
    "SELECT a.id::text AS account, a.country, a.industry, a.size FROM partners_account a ORDER BY a.id::text"
)
_TIERS: Final = "SELECT c.id::text AS company, c.tier FROM partners_company c ORDER BY c.id::text"
_CUSTOMERS: Final = {
    "account": "uuid", "orders": "int", "first_on": "date", "last_on": "date", "net_minor": "bigint",
    "expected_minor": "bigint", "low_minor": "bigint", "high_minor": "bigint", "alive": "numeric",
    "value_minor": "bigint", "partner_ppb": "bigint", "groups": "text[]",
}  # fmt: skip
_PARTIES: Final = {
    "key": "text", "customers": "int", "net_minor": "bigint", "expected_minor": "bigint", "alive": "numeric",
}  # fmt: skip

_GROUPS: Final = {
    "dimension": "text", "key": "text", "folded": "int", "customers": "int", "net_minor": "bigint",
    "median_minor": "bigint", "expected_minor": "bigint", "low_minor": "bigint", "high_minor": "bigint",
    "value_minor": "bigint", "due": "int", "kept": "numeric", "kept_low": "numeric", "kept_high": "numeric",
}  # fmt: skip


@jobs.handles(VALUE)
async def value_in_background(run_id: UUID) -> None:
    """Value all customers by a sealed run, unless that is done."""
    run = await get_run(SYSTEM, run_id)
    if run.state is not RunState.SEALED or await _is_valued(run_id):
        return
    with store.workshop() as place:
        found, settings, version, until = await _reckoned(run, place)
        await _store(run, place, found, settings, version, until)


async def _is_valued(run_id: UUID) -> bool:
    async with db.transaction(SYSTEM):
        return bool(await db.sql_value("SELECT count(*) FROM attribution_valuation WHERE run = $1", run_id))


async def _reckoned(run: RunView, place: Path) -> tuple[dict[str, Any], ValueSettings, UUID | None, date]:
    """Have another process reckon the run's frozen files. Raises RuntimeError with what it said when it broke."""
    zone = formats.time_zone().key
    until = clock.day_of(run.observed_until, zone)
    async with db.transaction(SYSTEM):
        chosen = await in_force(SYSTEM, KEY, until)
        accounts, tiers = place / "accounts.csv", place / "tiers.csv"
        for query, path in ((_ACCOUNTS, accounts), (_TIERS, tiers)):
            await db.open_unit().connection.copy_from_query(query, output=path, format="csv", header=True)
    settings: ValueSettings = chosen.body if chosen else DEFAULT
    task = Task(
        store.place(run.events_sha256), store.place(run.party_sha256), store.place(run.touches_sha256), accounts, tiers,
        place, run.paying_model, run.currency, zone, until, settings,
    )  # fmt: skip
    await run_beside("attribution.value.reckoning", task.to_json())
    found: dict[str, Any] = json.loads((place / RESULT).read_text(encoding="utf-8"))
    return found, settings, chosen.version_id if chosen else None, until


async def _store(
    run: RunView, place: Path, found: dict[str, Any], settings: ValueSettings, version: UUID | None, until: date
) -> None:
    """All of it in one transaction, once for a run."""
    now = clock.now()
    valuation = new_id()
    state = FitState.UNFIT if found["failure"] else FitState.FITTED
    async with db.transaction(SYSTEM):
        await db.lock_subject(run.id)
        if await _is_valued(run.id):
            return
        await db.sql(
            "INSERT INTO attribution_valuation (id, run, state, settings, settings_version, observed_until, currency,"
            " customers, net_minor, expected_minor, low_minor, high_minor, parameters, curve, comparison, failure,"
            " made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            valuation, run.id, state, json.dumps(settings.model_dump(mode="json")), version, until, run.currency,
            found["customers"], found["net_minor"], found.get("expected_minor"), found.get("low_minor"),
            found.get("high_minor"), json.dumps(found["parameters"]), json.dumps(found["curve"]),
            json.dumps(found["comparison"]), found["failure"][:400], now,
        )  # fmt: skip
        customers = await bulk.stage_file(_CUSTOMERS, place / CUSTOMERS)
        columns = ", ".join(_CUSTOMERS)
        await db.sql(
            f"INSERT INTO attribution_customer_value (id, valuation, {columns})"
            f" SELECT gen_random_uuid(), $1, {columns} FROM {customers} c"
            " WHERE EXISTS (SELECT FROM partners_account a WHERE a.id = c.account)",
            valuation,
        )
        parties = await bulk.stage_file(_PARTIES, place / PARTIES)
        await db.sql(
            "INSERT INTO attribution_party_value (valuation, key, partner, customers, net_minor, expected_minor, alive)"
            " SELECT $1, key, CASE WHEN length(key) = 36 THEN key::uuid END, customers, net_minor, expected_minor,"
            f" alive FROM {parties}",
            valuation,
        )
        groups = await bulk.stage_file(_GROUPS, place / GROUPS)
        await db.sql(
            f"INSERT INTO attribution_group_value (id, valuation, partner, {', '.join(_GROUPS)})"
            " SELECT gen_random_uuid(), $1, CASE WHEN dimension = 'partner' AND length(key) = 36 THEN key::uuid END,"
            f" {', '.join(_GROUPS)} FROM {groups}",
            valuation,
        )
        facts = {"customers": [None, found["customers"]], "state": [None, state]}
        await events.record(
            SYSTEM, "valuation.made", SUBJECT, valuation, audience=Audience.VENDOR, now=now, changes=facts
        )
