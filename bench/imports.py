"""Prints how many rows of accounts, deals and revenue an import takes in a second, beside a bare COPY of the same rows.

    python -m bench.imports [--rows 20000] [--data DIR]

Each kind is taken in as `tributary import` does it: read, parsed, checked, stored in chunks of one transaction each,
with a report for every row. The COPY puts the same cells as text into a table without indexes, in the same database
and run: what the disk and the protocol cost at the least.
"""

import argparse
import asyncio
import csv
import io
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from attribution import public as attribution
from partners import public as partners
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.migrate import migrate
from portal.core.postgres import embedded
from portal.imports import queries, running, service

USES: Final = (attribution, partners)
DATA: Final = Path(tempfile.gettempdir(), "tributary-bench-imports")
DATABASE: Final = "imports"
PARTNERS: Final = 200
PRODUCTS: Final = 50
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind under headings that are guessed right."""

    kind: str
    headings: Row
    rows: Sequence[Row]

    def content(self) -> bytes:
        """As a CSV file."""
        target = io.StringIO(newline="")
        csv.writer(target).writerows([self.headings, *self.rows])
        return target.getvalue().encode()


def before() -> Iterator[Table]:
    """What the measured files refer to."""
    names = ("source_id", "legal_name", "country", "kinds", "currency")
    rows = [(f"P-{n}", f"Partner {n} GmbH", "DE", "reseller", "EUR") for n in range(PARTNERS)]
    yield Table("companies", names, rows)
    names = ("sku", "name", "group", "list_price", "currency")
    yield Table("products", names, [(f"S-{n}", f"Product {n}", f"g{n % 10}", "100", "EUR") for n in range(PRODUCTS)])


def measured(rows: int) -> Iterator[Table]:
    """The files that are timed."""
    names: Row = ("source_id", "legal_name", "country", "city", "domain", "industry", "size", "phone")
    yield Table(
        "accounts",
        names,
        [
            (f"A-{n}", f"Account {n} AG", "DE", "Ulm", f"a{n}.example.com", "Retail", "50-249", "123")
            for n in range(rows)
        ],
    )
    names = (
        "source_id", "partner_source_id", "account_source_id", "customer_name", "product_sku", "quantity",
        "unit_price", "currency", "state", "created_at", "submitted_at",
    )  # fmt: skip
    at = "2026-03-01T10:00:00Z"
    yield Table(
        "deals",
        names,
        [
            (f"D-{n}", f"P-{n % PARTNERS}", f"A-{n}", f"Account {n} AG", f"S-{n % PRODUCTS}", "3", "99.50", "EUR",
             "submitted", at, at)
            for n in range(rows)
        ],
    )  # fmt: skip
    names = (
        "kind", "source_id", "account_source_id", "partner_source_id", "product_sku", "ordered_on", "occurred_on",
        "quantity", "net_amount", "currency",
    )  # fmt: skip
    yield Table(
        "revenue",
        names,
        [
            ("invoice_line", f"R-{n}", f"A-{n}", f"P-{n % PARTNERS}", f"S-{n % PRODUCTS}", "2026-03-01", "2026-03-02",
             "3", "298.50", "EUR")
            for n in range(rows)
        ],
    )  # fmt: skip


async def take(table: Table) -> float:
    """Import a table; seconds from the bytes of the file to its last row. Raises RuntimeError when a row is refused."""
    began = time.perf_counter()
    job_id = await service.bring_file(
        SYSTEM, table.kind, f"{table.kind}.csv", table.content(), source_system="bench", look=False, now=clock.now()
    )
    await service.start(SYSTEM, job_id, now=clock.now(), in_background=False)
    counts = await running.run(SYSTEM, job_id)
    took = time.perf_counter() - began
    if counts["imported"] != len(table.rows):
        job = await queries.get_job(SYSTEM, job_id)
        first = await queries.list_rows(SYSTEM, job, None, most=3)
        message = f"{table.kind}: {dict(counts)}, such as {[row.problems for row in first]}"
        raise RuntimeError(message)
    return took


async def copy(url: str, table: Table) -> float:
    """COPY the same cells as text into a fresh table without indexes; seconds."""
    connection = await asyncpg.connect(url)
    try:
        columns = ", ".join(f"{name} text" for name in table.headings)
        await connection.execute(f"DROP TABLE IF EXISTS bare; CREATE TABLE bare ({columns})")
        began = time.perf_counter()
        await connection.copy_records_to_table("bare", columns=table.headings, records=table.rows)
        took = time.perf_counter() - began
        await connection.execute("DROP TABLE bare")
    finally:
        await connection.close()
    return took


async def bench(url: str, rows: int, *, say: Any = print) -> None:
    """Say a line for each kind."""
    await db.connect(url)
    try:
        for table in before():
            await take(table)
        say(f"{rows:,} rows each")
        say(f"{'kind':<10}{'import s':>10}{'rows/s':>10}{'COPY s':>10}{'rows/s':>12}{'times':>8}")
        for table in measured(rows):
            took, bare = await take(table), await copy(url, table)
            line = f"{table.kind:<10}{took:>10.1f}{rows / took:>10,.0f}"
            say(f"{line}{bare:>10.2f}{rows / bare:>12,.0f}{took / bare:>8.0f}")
    finally:
        await db.disconnect()


async def fresh(url: str) -> str:
    """The address of an empty database at this version."""
    server = await asyncpg.connect(url)
    try:
        await server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        await server.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await server.close()
    address = urlsplit(url)._replace(path=f"/{DATABASE}").geturl()
    await migrate(address)
    return address


def main() -> None:
    """Read what is asked for, and measure it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    with embedded(asked.data) as url:
        asyncio.run(bench(asyncio.run(fresh(url)), asked.rows))


if __name__ == "__main__":
    main()
