"""Storing what was reckoned: by COPY, checked set by set, and sealed in the same transaction."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attribution.credits import store
from attribution.credits.rules import FLOW, RunState
from attribution.credits.summing import Unbalanced
from portal.core import bulk, db, events
from portal.core.actor import SYSTEM

SUBJECT: Final = "run"
_PARTNER: Final = "CASE WHEN length(s.key) = 36 THEN s.key::uuid END"
"""Other keys are origins and channels, whose names are shorter or have other letters."""

_SUMS: Final = {
    "dimension": "text", "model": "text", "key": "text", "event_kind": "text", "period": "date", "share_ppb": "bigint",
    "value_minor": "bigint", "events": "int",
}  # fmt: skip
_EFFECTS: Final = {
    "dimension": "text", "model": "text", "key": "text", "share_ppb": "bigint", "value_minor": "bigint",
    "removal_effect": "numeric", "low_minor": "bigint", "high_minor": "bigint", "bought": "int", "touched": "int",
}  # fmt: skip
_PAYING: Final = {
    "event": "uuid", "event_kind": "text", "period": "date", "touchpoint": "uuid", "key": "text",
    "share_ppb": "bigint", "value_minor": "bigint",
}  # fmt: skip

CHECKS: Final[Mapping[str, str]] = {
    "every event is credited once": (
        "SELECT event FROM attribution_run_credit WHERE run = $1 GROUP BY event HAVING sum(share_ppb) <> 1000000000"
    ),
    "sums are what the rows say": (
        "SELECT key FROM (SELECT key, event_kind, period, sum(share_ppb) AS share, sum(value_minor) AS value,"
        " count(DISTINCT event) AS events FROM attribution_run_credit WHERE run = $1 GROUP BY 1, 2, 3) c"
        " FULL JOIN (SELECT s.* FROM attribution_run_sum s JOIN attribution_run r ON r.id = s.run"
        " WHERE s.run = $1 AND s.dimension = 'party' AND s.model = r.paying_model) s USING (key, event_kind, period)"
        " WHERE (c.share, c.value, c.events) IS DISTINCT FROM (s.share_ppb, s.value_minor, s.events)"
    ),
    "all credits together are the revenue": (
        "SELECT s.model FROM attribution_run_sum s JOIN attribution_run r ON r.id = s.run WHERE s.run = $1"
        " GROUP BY s.dimension, s.model, r.value_minor, r.lost_minor HAVING"
        " coalesce(sum(s.value_minor) FILTER (WHERE s.event_kind NOT IN ('contraction', 'churn')), 0) <> r.value_minor"
        " OR coalesce(sum(s.value_minor) FILTER (WHERE s.event_kind IN ('contraction', 'churn')), 0) <> r.lost_minor"
    ),
}
"""What must hold of a run's rows before it is sealed: queries for what breaks it."""


def outputs_hash(files: Mapping[str, str]) -> str:
    """One hash of all that a run gave."""
    return hashlib.sha256("".join(f"{name} {files[name]}\n" for name in sorted(files)).encode()).hexdigest()


async def seal(run_id: UUID, inputs_sha256: str, place: Path, found: Mapping[str, Any], *, now: datetime) -> bool:
    """Store and seal a run; False where it is no longer the run that was reckoned, because another job was faster.

    Raises Unbalanced when the stored rows do not add up: then nothing of it is stored.
    """
    async with db.transaction(SYSTEM):
        run = await db.sql_one("SELECT state, inputs_sha256 FROM attribution_run WHERE id = $1 FOR UPDATE", run_id)
        if run is None or run["state"] != RunState.COMPUTING or run["inputs_sha256"] != inputs_sha256:
            return False
        move = FLOW.move(RunState(run["state"]), "seal", SYSTEM)
        await _store(run_id, place)
        await check(run_id)
        files = dict(found["files"])
        kept = {name: store.keep(place / f"{name}.parquet") for name in ("party", "channel")}
        counts = {name: value for name, value in found.items() if name != "files"}
        await db.sql(
            "UPDATE attribution_run SET state = $2, sealed_at = $3, step = '', party_sha256 = $4, channel_sha256 = $5,"
            " outputs_sha256 = $6, counts = counts || $7::jsonb, failure = '{}' WHERE id = $1",
            run_id, move.target, now, kept["party"], kept["channel"], outputs_hash(files), json.dumps(counts),
        )  # fmt: skip
        facts = {"outputs_sha256": [None, outputs_hash(files)], "events": [None, counts["events"]]}
        await events.record(SYSTEM, move.event, SUBJECT, run_id, now=now, changes=facts)
    return True


async def _store(run_id: UUID, place: Path) -> None:
    sums = await bulk.stage_file(_SUMS, place / "sums.csv")
    await db.sql(
        "INSERT INTO attribution_run_sum (run, dimension, model, key, partner, event_kind, period, share_ppb,"
        f" value_minor, events) SELECT $1, s.dimension, s.model, s.key, {_PARTNER}, s.event_kind, s.period,"
        f" s.share_ppb, s.value_minor, s.events FROM {sums} s",
        run_id,
    )
    effects = await bulk.stage_file(_EFFECTS, place / "effects.csv")
    await db.sql(
        "INSERT INTO attribution_run_effect (run, dimension, model, key, partner, share_ppb, value_minor,"
        " removal_effect, low_minor, high_minor, bought, touched) SELECT $1, s.dimension, s.model, s.key,"
        f" {_PARTNER}, s.share_ppb, s.value_minor, s.removal_effect, s.low_minor, s.high_minor, s.bought, s.touched"
        f" FROM {effects} s",
        run_id,
    )
    paying = await bulk.stage_file(_PAYING, place / "paying.csv")
    await db.sql(
        "INSERT INTO attribution_run_credit (run, event, event_kind, period, touchpoint, key, partner, share_ppb,"
        f" value_minor) SELECT $1, s.event, s.event_kind, s.period, s.touchpoint, s.key, {_PARTNER}, s.share_ppb,"
        f" s.value_minor FROM {paying} s",
        run_id,
    )


async def check(run_id: UUID) -> None:
    """Whether the stored rows add up, on the open unit. Raises Unbalanced."""
    for says, query in CHECKS.items():
        broken = await db.sql(f"{query} LIMIT 3", run_id)
        if broken:
            message = f"not so: {says}: {broken}"
            raise Unbalanced(message)
