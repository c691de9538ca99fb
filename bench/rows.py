"""Fills databases of one embedded cluster with 10,000 and 1,000,000 deals by COPY; made once, used again.

python -m bench.rows [--deals 10000 1000000] [--data DIR]
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from bench import vendor, world
from partners.companies.entitlements import MOST_OPEN, TIERS, Entitlements, TierEntitlement
from partners.companies.rules import Tier
from portal.core.migrate import migrate
from portal.core.postgres import embedded

SIZES: Final = (10_000, 1_000_000)
DATA: Final = Path(tempfile.gettempdir(), "tributary-bench")
Connection = Any


@contextmanager
def databases(sizes: tuple[int, ...], data: Path = DATA) -> Iterator[dict[int, str]]:
    """The addresses of filled databases by their number of deals, while the block runs."""
    with embedded(data) as url:
        yield {size: asyncio.run(_ready(url, size)) for size in sizes}


async def _ready(url: str, deals: int) -> str:
    """The database with this many deals, brought up to date, and filled when it is new."""
    name = f"deals_{deals}"
    address = urlsplit(url)._replace(path=f"/{name}").geturl()
    server = await asyncpg.connect(url)
    try:
        if not await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            half = f"{name}_half"  # gets its name when it is whole
            await server.execute(f"DROP DATABASE IF EXISTS {half}")
            await server.execute(f"CREATE DATABASE {half}")
            half_address = urlsplit(url)._replace(path=f"/{half}").geturl()
            await migrate(half_address)
            await fill(half_address, deals)
            await server.execute(f"ALTER DATABASE {half} RENAME TO {name}")
    finally:
        await server.close()
    await migrate(address)
    return address


async def fill(url: str, deals: int, *, say: Any = print) -> None:
    """Copy the rows of `world` into an empty, migrated database."""
    began = time.perf_counter()
    connection = await asyncpg.connect(url)
    total = 0
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        async with connection.transaction():
            for table in world.tables(vendor.World.of(deals)):
                total += await _copy(connection, table)
            await _policy(connection)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()
    say(f"{deals:,} deals, {total:,} rows in {time.perf_counter() - began:.0f} s")


async def _copy(connection: Connection, table: world.Table) -> int:
    """One table: rules that look at each row are put on again when all rows are there."""
    async with _bare(connection, table.name):
        tag = await connection.copy_records_to_table(table.name, columns=table.columns, records=table.rows)
    return int(tag.split()[-1])


@dataclass
class _bare:  # noqa: N801 -- used as a block, not as a thing
    """While it lasts, the table has no indexes, foreign keys, triggers or forced row-level security."""

    connection: Connection
    table: str

    async def __aenter__(self) -> None:
        self.again = await self.connection.fetch(
            "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,"
            " pg_get_constraintdef(oid))"
            " AS make, format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop"
            " FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('f', 'x')"
            " UNION ALL SELECT indexdef, format('DROP INDEX %I', indexname) FROM pg_indexes i"
            " WHERE tablename = $1::text AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
            self.table,
        )
        for row in self.again:
            await self.connection.execute(row["drop"])
        await self.connection.execute(f"ALTER TABLE {self.table} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")

    async def __aexit__(self, *_error: object) -> None:
        if _error[0] is not None:
            return
        await self.connection.execute(f"ALTER TABLE {self.table} ENABLE TRIGGER USER")
        for row in self.again:
            await self.connection.execute(row["make"])
        await self.connection.execute(f"ALTER TABLE {self.table} FORCE ROW LEVEL SECURITY")


async def _policy(connection: Connection) -> None:
    """A policy of tiers that lets everybody register: the measurement does it often."""
    document = Entitlements(
        tiers=tuple(
            TierEntitlement(tier=t, protection_days=90, open_registrations=MOST_OPEN, extensions=1, extension_days=30)
            for t in Tier
        )
    )
    policy, version = vendor.key("policy"), vendor.key("version")
    for table in ("policies_policy", "policies_version"):
        await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    await connection.execute("INSERT INTO policies_policy (id, kind, scope) VALUES ($1, 'tiers', '')", policy)
    await connection.execute(
        "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256, effective_from,"
        " author, created_at, approver, approved_at) VALUES ($1, $2, 1, 'approved', $3, $8, '', $4, $5, $6, $7, $6)",
        version, policy, document.model_dump_json(), vendor.NOW.date().replace(year=2020), vendor.key("author"),
        vendor.NOW, vendor.key("approver"), TIERS.schema_version,
    )  # fmt: skip
    for table in ("policies_policy", "policies_version"):
        await connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def main() -> None:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, nargs="+", default=SIZES)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    with databases(tuple(asked.deals), asked.data) as ready:
        for deals, url in ready.items():
            print(f"{deals:>10,} deals: {url}")


if __name__ == "__main__":
    main()
