"""What tests of runs play on: customers with touches and orders, rates, and a run carried out."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attribution.credits import queries, running, service, store
from attribution.credits.queries import RunView
from attribution.lifecycle.service import derive_accounts
from attribution.touchpoints.rules import Decision
from attribution.touchpoints.tables import TouchpointDecision
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, TODAY, Cast

DAY: Final = timedelta(days=1)


async def rate(day: date, currency: str, per_euro: str) -> None:
    """What one euro was worth on a day."""
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO rates_rate (id, day, currency, per_euro, source, changed_at)"
            " VALUES ($1, $2, $3, $4::text::numeric, 'test', $5)",
            new_id(), day, currency, per_euro, NOON,
        )  # fmt: skip


async def touch(account: UUID | None, days_ago: int, partner: UUID | None = None, **more: Any) -> UUID:
    """A touch so many days before today; of a partner, or of the vendor's own on LinkedIn."""
    motion = "sell" if partner else ""
    return await make.touchpoint(
        account, partner=partner, occurred_at=NOON - days_ago * DAY, **{"motion": motion, **more}
    )


async def decide(cast: Cast, touch: UUID, state: Decision, at: datetime = NOON) -> None:
    """Whether a touch counts, from now on."""
    decision = TouchpointDecision(
        id=new_id(), touchpoint=touch, state=state, decided_by=cast.vera.membership_id, decided_at=at
    )
    async with db.transaction(SYSTEM):
        await decision.save()


async def order(account: UUID, minor: int, days_ago: int = 1, *, product: UUID | None = None, **more: Any) -> UUID:
    """An order line so many days before today, which is an event once it is derived."""
    bought, when = product or await make.product(), NOON - days_ago * DAY
    return await make.revenue(account, bought, minor, ordered_on=TODAY - days_ago * DAY, occurred_at=when, **more)


async def derive(*accounts: UUID, now: datetime = NOON) -> None:
    """Orders into events."""
    await derive_accounts(SYSTEM, list(accounts), now=now)


async def story(cast: Cast) -> dict[str, UUID]:
    """Three customers: one whom both partners and marketing touched, one of Omega's alone, one whom nobody touched."""
    both, alone, nobody = await make.account("Both AG"), await make.account("Alone GmbH"), await make.account()
    found = {
        "both": both, "alone": alone, "nobody": nobody,
        "first": await touch(both, 40), "alpha": await touch(both, 20, cast.alpha, kind="demo"),
        "omega": await touch(both, 5, cast.omega), "last": await touch(alone, 9, cast.omega),
    }  # fmt: skip
    await touch(None, 12, cast.alpha, visitor="v-1")
    await order(both, 100_01)
    await order(alone, 50_00)
    await order(nobody, 7_00)
    await derive(both, alone, nobody)
    return found


async def run(actor: Actor, *, now: datetime = NOON, until: datetime | None = None) -> RunView:
    """A run asked for and carried out."""
    run_id = await service.request_run(actor, now=now, observed_until=until, in_background=False)
    await running.carry_out(run_id)
    return await queries.get_run(SYSTEM, run_id)


def keep_files_in(path: Path) -> None:
    """Frozen files of a test go with it."""
    store.use_folder(path)


async def shares(run_id: UUID, event: UUID) -> dict[str, int]:
    """What the paying model gives of an event, by key, in minor units."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT key, sum(value_minor)::bigint AS minor FROM attribution_run_credit WHERE run = $1 AND event = $2"
            " GROUP BY 1",
            run_id, event,
        )  # fmt: skip
    return {row["key"]: row["minor"] for row in rows}


async def event_of(account: UUID) -> UUID:
    """The newest event of an account."""
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value(
            "SELECT id FROM attribution_lifecycle_event WHERE account = $1 ORDER BY occurred_at DESC, id LIMIT 1",
            account,
        )
    return found


def by_key(rows: Iterable[queries.KeyFigure], model: str) -> dict[str, int]:
    """Values of one model, in minor units."""
    return {row.key: row.value_minor for row in rows if row.model == model}
