"""What can be done about lifecycle: derive events again from revenue and contracts, replacing only what differs."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from attribution.lifecycle.gathering import Material, find_families, find_stale, gather
from attribution.lifecycle.rules import Derived, derive
from attribution.lifecycle.settings import Chosen, settings_on
from portal.core import bulk, clock, db, events, formats
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.types import Audience

DERIVED: Final = "lifecycle.derived"
SUBJECT: Final = ("lifecycle", UUID("0d3c9a52-8a0e-4f2b-9d51-5f7c2f1f6e12"))
"""What the event is about when neither an import nor an account caused it: all of lifecycle."""
_CHUNK: Final = 200
"""Customers at a time: bounds memory; the transaction is one."""
_EVENT: Final = {
    "id": "uuid", "account": "uuid", "kind": "text", "occurred_at": "timestamptz", "occurred_on": "date",
    "product_group": "uuid", "currency": "text", "value_minor": "bigint", "reason": "text", "facts": "jsonb",
    "partner": "uuid", "term": "uuid",
}  # fmt: skip
_LINE: Final = {"line": "uuid", "event": "uuid"}
_STANDING: Final = {
    "id": "uuid", "account": "uuid", "first_on": "date", "last_on": "date", "asleep_on": "date", "due_on": "date",
    "terms_mark": "bigint", "policy_version": "uuid",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counts:
    """What a derivation did: customers looked at; events written, new or changed; events taken away."""

    customers: int = 0
    written: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        """Whether any event is another one now."""
        return bool(self.written or self.removed)


async def derive_accounts(
    actor: Actor,
    account_ids: Iterable[UUID] | None = None,
    *,
    now: datetime,
    because: tuple[str, UUID] = SUBJECT,
) -> Counts:
    """Derive the events of these accounts' customers again, or of all; running it twice changes nothing.

    An account that was merged counts as the one it was merged into. One event is recorded when something changed;
    `because` is the type and id of its subject. Raises NotAllowed.
    """
    actor.require(Permission.REVENUE_WRITE)
    async with db.transaction(actor):
        await db.lock_subject(SUBJECT[0])
        families = await find_families(account_ids)
        chosen = await settings_on(actor, clock.day_of(now, formats.time_zone().key))
        work = _Work(chosen, now)
        customers = list(families)
        for start in range(0, len(customers), _CHUNK):
            await work.derive({one: families[one] for one in customers[start : start + _CHUNK]})
        counts = await work.finish([account for some in families.values() for account in some])
        if counts:
            changes = {"events": [None, counts.written], "removed": [None, counts.removed]}
            await events.record(actor, DERIVED, *because, now=now, audience=Audience.VENDOR, changes=changes)
    return counts


async def derive_stale(actor: Actor, *, now: datetime, because: tuple[str, UUID] = SUBJECT) -> Counts:
    """Derive what no longer follows: revenue or contracts came, the policy changed, or a clock ran out."""
    actor.require(Permission.REVENUE_WRITE)
    async with db.transaction(actor):
        today = clock.day_of(now, formats.time_zone().key)
        stale = await find_stale(today, (await settings_on(actor, today)).version)
        return await derive_accounts(actor, stale, now=now, because=because) if stale else Counts()


class _Work:
    """One derivation over many customers, chunk by chunk."""

    def __init__(self, chosen: Chosen, now: datetime) -> None:
        self._chosen = chosen
        self._now = now
        self._zone = formats.time_zone().key
        self._today = clock.day_of(now, self._zone)
        self._events: list[UUID] = []
        self._standings: list[UUID] = []
        self._written = 0
        self._customers = 0

    async def derive(self, families: Mapping[UUID, Sequence[UUID]]) -> None:
        """Derive some customers and store what is new or other."""
        material = await gather(families)
        # In a thread: the web process may be the one that works, and answers people meanwhile.
        derived = await asyncio.to_thread(self._derive, material)
        self._customers += len(derived)
        self._events += [event.id for one in derived.values() for event in one.events]
        self._standings += [customer for customer, one in derived.items() if one.standing]
        self._written += await _upsert("attribution_lifecycle_event", _EVENT, self._event_rows(derived), self._now)
        lines = ((line, event.id) for one in derived.values() for event in one.events for line in event.lines)
        await _upsert("attribution_lifecycle_line", _LINE, lines)
        await _upsert("attribution_lifecycle_standing", _STANDING, self._standing_rows(derived, material), self._now)

    def _derive(self, material: Mapping[UUID, Material]) -> dict[UUID, Derived]:
        return {
            customer: derive(customer, found.lines, found.terms, self._chosen.settings, self._today)
            for customer, found in material.items()
        }

    async def finish(self, accounts: Sequence[UUID]) -> Counts:
        """Take away what no longer follows: by now no line belongs to it."""
        removed = await _remove("attribution_lifecycle_event", accounts, self._events)
        await _remove("attribution_lifecycle_standing", accounts, self._standings)
        return Counts(self._customers, self._written, removed)

    def _event_rows(self, derived: Mapping[UUID, Derived]) -> Iterator[tuple[Any, ...]]:
        for one in derived.values():
            for event in one.events:
                yield (
                    event.id, event.account, event.kind.value, clock.start_of(event.day, self._zone), event.day,
                    event.group, event.currency, event.value_minor, event.reason.value,
                    json.dumps(dict(event.facts), sort_keys=True), event.partner, event.term,
                )  # fmt: skip

    def _standing_rows(
        self, derived: Mapping[UUID, Derived], material: Mapping[UUID, Material]
    ) -> Iterator[tuple[Any, ...]]:
        for customer, one in derived.items():
            if one.standing:
                mark = material[customer].terms_mark
                yield (customer, customer, *astuple(one.standing), mark, self._chosen.version)


async def _upsert(
    table: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]], now: datetime | None = None
) -> int:
    """Insert rows that are new and change those that differ, by the first column; how many were either."""
    staged = await bulk.stage(columns, rows)
    key, *others = columns
    stamp = "" if now is None else ", derived_at"
    listed = ", ".join(columns)
    mine, theirs = (", ".join(f"{of}.{name}" for name in others) for of in ("t", "excluded"))
    changes = ", ".join(f"{name} = excluded.{name}" for name in others) + stamp.replace(
        "derived_at", "derived_at = excluded.derived_at"
    )
    return int(
        await db.sql_value(
            f"WITH written AS (INSERT INTO {table} AS t ({listed}{stamp})"
            f" SELECT {listed}{'' if now is None else ', $1'} FROM {staged} ON CONFLICT ({key}) DO UPDATE SET {changes}"
            f" WHERE ({mine}) IS DISTINCT FROM ({theirs}) RETURNING 1) SELECT count(*) FROM written",
            *([] if now is None else [now]),
        )
    )


async def _remove(table: str, accounts: Sequence[UUID], kept: Iterable[UUID]) -> int:
    """Delete rows of these accounts but for those that are kept."""
    staged = await bulk.stage({"id": "uuid"}, ((one,) for one in kept))
    return int(
        await db.sql_value(
            f"WITH gone AS (DELETE FROM {table} t WHERE t.account = any($1::uuid[])"
            f" AND NOT EXISTS (SELECT FROM {staged} k WHERE k.id = t.id) RETURNING 1) SELECT count(*) FROM gone",
            accounts,
        )
    )
