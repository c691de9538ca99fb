"""How long a run takes from PostgreSQL to the seal, all models, beside what each step costs.

python -m bench.runs 1000000 100000

In a cluster of its own: so many touchpoints and lifecycle events of 20,000 customers and 200 partners, a tenth of the
events in another currency. Printed are seconds and processor seconds of every step, of this process and of the one that
reckons, and the greatest memory of both. The pages' own work is asked for meanwhile, once a second: a list of 25 rows.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg

from attribution import public as attribution
from attribution.credits import queries, running, service, store
from attribution.credits.rules import RunState, Step
from partners import public as partners
from portal.core import db, formats
from portal.core.actor import SYSTEM
from portal.core.migrate import migrate
from portal.core.postgres import embedded
from portal.core.web.lists import list_items
from portal.policies.kinds import kind_of

USES: Final = (attribution, partners, kind_of, list_items)
_NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
_ACCOUNTS, _PARTNERS, _DAYS = 20_000, 200, 1_000


async def make_world(url: str, touches: int, events: int) -> None:
    """Everything by the database's owner, in a few statements."""
    connection = await asyncpg.connect(url)
    tables = ("partners_account", "partners_company", "attribution_touchpoint", "attribution_lifecycle_event",
              "rates_rate")  # fmt: skip
    for table in tables:
        await connection.execute(
            f"ALTER TABLE {table} DISABLE TRIGGER USER; ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"
        )
    await connection.execute(
        "INSERT INTO partners_account (id, legal_name, country, sort_name, created_at, changed_at)"
        " SELECT md5('a' || n)::uuid, 'Customer ' || n, 'DE', n::text, now(), now()"
        f" FROM generate_series(0, {_ACCOUNTS - 1}) n"
    )
    await connection.execute(
        "INSERT INTO partners_company (id, legal_name, country, kinds, tier, status, currency, sort_name, joined_on,"
        " created_at, changed_at) SELECT md5('p' || n)::uuid, 'Partner ' || n, 'DE', '{reseller}', 'silver', 'active',"
        f" 'EUR', n::text, '2020-01-01', now(), now() FROM generate_series(0, {_PARTNERS - 1}) n"
    )
    await connection.execute(
        "INSERT INTO rates_rate (id, day, currency, per_euro, source, changed_at) SELECT gen_random_uuid(), d, 'USD',"
        " 1.05 + extract(doy FROM d) / 10000, 'bench', now() FROM generate_series($1::date, $2::date, '1 day') d",
        date(2023, 1, 1),
        date(2026, 11, 1),
    )
    await _make_rows(connection, touches, events)
    for table in tables:
        await connection.execute(
            f"ALTER TABLE {table} ENABLE TRIGGER USER; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        )
    await connection.execute("ANALYZE")
    await connection.close()


async def _make_rows(connection: Any, touches: int, events: int) -> None:
    """The touches, spread over the customers and a thousand days, and the events."""
    await connection.execute(
        "INSERT INTO attribution_touchpoint (id, occurred_at, precision, account, visitor, partner, motion, kind, node,"
        " asset, evidence, currency, source_system, source_id, recorded_at)"
        " SELECT md5('t' || n)::uuid, $1::timestamptz - (random() * $2) * interval '1 day', 'second',"
        f" md5('a' || (n::bigint * 7919 % {_ACCOUNTS}))::uuid, '',"
        f" CASE WHEN n % 2 = 0 THEN md5('p' || (n * 31 % {_PARTNERS}))::uuid END,"
        " CASE WHEN n % 2 = 0 THEN 'sell' ELSE '' END,"
        " (array['call', 'email', 'meeting', 'lead', 'registration', 'web_visit'])[1 + n % 6],"
        " s.ids[1 + n % array_length(s.ids, 1)], '', '', '', 'bench', n::text, $1 FROM generate_series(1, $3::int) n,"
        " (SELECT array_agg(id) AS ids FROM attribution_source_node) s",
        _NOW, float(_DAYS), touches,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO attribution_lifecycle_event (id, account, kind, occurred_at, occurred_on, value_minor, currency,"
        " reason, facts, derived_at) SELECT md5('e' || n)::uuid, md5('a' || (n::bigint * 104729 % $3))::uuid,"
        " CASE WHEN n <= $3 THEN 'new_logo' ELSE (array['upsell', 'cross_sell', 'renewal'])[1 + n % 3] END,"
        " d, d::date, 100 + (random() * 1000000)::bigint, CASE WHEN n % 10 = 0 THEN 'USD' ELSE 'EUR' END,"
        " 'first_order', '{}', $1 FROM (SELECT n, date_trunc('day',"
        " $1::timestamptz - (random() * $2) * interval '1 day') AS d FROM generate_series(1, $4::int) n) e",
        _NOW, float(_DAYS), _ACCOUNTS, events,
    )  # fmt: skip


class Watch:
    """Seconds of each step, as they are told."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.steps: dict[Step, float] = {}
        self._last, self._since = Step.NONE, self.begun

    def tell(self, step: Step, _done: int, _total: int) -> None:
        """Another step, or more of the same."""
        if step is not self._last:
            self.stop()
            self._last = step

    def stop(self) -> None:
        """The end of a step."""
        now = time.monotonic()
        self.steps[self._last] = self.steps.get(self._last, 0.0) + now - self._since
        self._since = now


@asynccontextmanager
async def _looking(waits: list[float]) -> AsyncIterator[None]:
    """Somebody opens the list of runs once a second."""

    async def look() -> None:
        while True:
            begun = time.monotonic()
            async with db.detached():
                await queries.list_runs(SYSTEM)
            waits.append(time.monotonic() - begun)
            await asyncio.sleep(1)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()


def _megabytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def _seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


async def measure(url: str, touches: int, events: int) -> None:
    """Make the world, then a run in it."""
    await make_world(url, touches, events)
    await db.connect(url)
    try:
        watch, waits = Watch(), list[float]()
        before = _seconds(resource.RUSAGE_SELF), _seconds(resource.RUSAGE_CHILDREN)
        async with _looking(waits):
            run_id = await service.request_run(SYSTEM, now=datetime.now(UTC), in_background=False)
            await running.carry_out(run_id, tell=watch.tell)
        watch.stop()
        run = await queries.get_run(SYSTEM, run_id)
        if run.state is not RunState.SEALED:
            raise SystemExit(str(run.failure))
        whole = time.monotonic() - watch.begun
        for step, seconds in watch.steps.items():
            sys.stdout.write(f"{step.value or 'asking':<10} {seconds:7.1f} s\n")
        own, child = _seconds(resource.RUSAGE_SELF) - before[0], _seconds(resource.RUSAGE_CHILDREN) - before[1]
        sys.stdout.write(
            f"{touches:,} touches, {events:,} events, {len(run.models)} models: {whole:.1f} s; processor {own:.1f} s"
            f" here, {child:.1f} s reckoning; memory {_megabytes(resource.RUSAGE_SELF):,.0f} MB here,"
            f" {_megabytes(resource.RUSAGE_CHILDREN):,.0f} MB reckoning\n"
            f"a list of runs meanwhile: median {median(waits) * 1000:.0f} ms, worst {max(waits) * 1000:.0f} ms\n"
        )
        sizes = {path.name[:8]: path.stat().st_size / 1e6 for path in store.folder().glob("*.parquet")}
        sys.stdout.write(f"files: {', '.join(f'{size:.0f} MB' for size in sorted(sizes.values(), reverse=True))}\n")
    finally:
        await db.disconnect()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("touches", type=int, nargs="?", default=1_000_000)
    parser.add_argument("events", type=int, nargs="?", default=100_000)
    asked = parser.parse_args()
    formats.use_time_zone("Europe/Berlin")
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder:
        store.use_folder(Path(folder))
        with embedded(Path(folder) / "cluster") as url:
            asyncio.run(migrate(url))
            asyncio.run(measure(url, asked.touches, asked.events))


if __name__ == "__main__":
    main()
