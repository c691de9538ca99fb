"""One look-up against many accounts: generated ones in a cluster of its own, found as the application finds them."""

import asyncio
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench.generate_companies import make_company, write_differently
from partners.matching.accounts import find_candidates, keys_of
from partners.matching.records import Description
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.migrate import migrate
from portal.core.postgres import embedded

_BATCH: Final = 10_000
_ASKED: Final = 300
_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_COLUMNS: Final = (
    "id", "legal_name", "local_name", "domain", "registry_id", "country", "region", "city", "address", "postcode",
    "industry", "size", "phone", "match_name", "search", "sort_name", "created_at", "changed_at",
)  # fmt: skip


def make_batch(start: int) -> list[tuple[dict[str, Any], list[int]]]:
    """Accounts and their keys; the same for the same start."""
    chance = random.Random(start)  # noqa: S311 -- nothing secret
    out = []
    for at in range(start, start + _BATCH):
        row = asdict(make_company(chance))
        row |= {"id": UUID(int=at + 1), "legal_name": row.pop("name"), "local_name": "", "region": "", "industry": ""}
        row |= {"size": "", "match_name": "", "search": "", "sort_name": "", "created_at": _AT, "changed_at": _AT}
        out.append((row, sorted(keys_of(row))))
    return out


async def fill(url: str, count: int) -> None:
    """Accounts and keys by COPY, as the owner."""
    connection = await asyncpg.connect(url)
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'partners_account' AND indexname NOT LIKE '%pkey'"
    )
    for index in indexes:  # none of them is used by the look-up
        await connection.execute(f'DROP INDEX "{index["indexname"]}"')
    for table in ("partners_account", "partners_account_key"):  # COPY is refused under row-level security
        await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for made in pool.map(make_batch, range(0, count, _BATCH)):
            rows = [tuple(row[name] for name in _COLUMNS) for row, _keys in made]
            await connection.copy_records_to_table("partners_account", records=rows, columns=list(_COLUMNS))
            keys = [(row["id"], keys) for row, keys in made]
            await connection.copy_records_to_table("partners_account_key", records=keys, columns=["account", "keys"])
    for table in ("partners_account", "partners_account_key"):
        await connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    await connection.execute("VACUUM ANALYZE partners_account_key")
    await connection.execute("VACUUM ANALYZE partners_account")
    sizes = await connection.fetchrow(
        "SELECT pg_total_relation_size('partners_account') AS accounts,"
        " pg_relation_size('partners_account_key') AS keys,"
        " pg_relation_size('partners_account_key_keys') AS index"
    )
    print("  ".join(f"{name} {size / 2**20:,.0f} MiB" for name, size in (sizes or {}).items()))
    await connection.close()


def asked_for(count: int) -> list[tuple[UUID, Description]]:
    """Accounts written differently, with the account that each is."""
    chance = random.Random(99)  # noqa: S311 -- nothing secret
    out = []
    for _ in range(_ASKED):
        at = chance.randrange(count)
        start = at - at % _BATCH
        made = random.Random(start)  # noqa: S311 -- nothing secret
        company = [make_company(made) for _ in range(at - start + 1)][-1]
        out.append((UUID(int=at + 1), write_differently(chance, company)))
    return out


async def look_up(url: str, count: int) -> None:
    """Print how long a look-up takes, the transaction included, and how often the right account is first."""
    await db.connect(url)
    seconds, worked, right = [], [], 0
    questions = asked_for(count)
    for warm in (True, False):
        for account_id, description in questions[:50] if warm else questions:
            before, before_cpu = time.perf_counter(), time.process_time()
            found = await find_candidates(SYSTEM, description)
            if not warm:
                seconds.append(time.perf_counter() - before)
                worked.append(time.process_time() - before_cpu)
                right += bool(found) and found[0].account_id == account_id
    await db.disconnect()
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"{count:,} accounts, {len(seconds)} look-ups: p50 {cuts[49] * 1e3:.1f} ms  p95 {cuts[94] * 1e3:.1f} ms  "
        f"p99 {cuts[98] * 1e3:.1f} ms  (in Python {statistics.median(worked) * 1e3:.1f} ms)"
        f"  first is right {right / len(seconds):.3f}"
    )


def bench_lookup(count: int) -> None:
    """Make the accounts and measure."""
    with tempfile.TemporaryDirectory() as name, embedded(Path(name) / "data", fsync=False) as url:
        asyncio.run(migrate(url))
        before = time.perf_counter()
        asyncio.run(fill(url, count))
        print(f"filled in {time.perf_counter() - before:.0f} s")
        asyncio.run(look_up(url, count))
