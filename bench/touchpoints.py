"""How fast touchpoints come in, beside a bare COPY of the same rows.

python -m bench.touchpoints 1000000

In a cluster of its own: the file is read, guessed, studied and taken in by the importer, with 2,000 customers, 6,000
contacts and 200 partners behind it; then the stored rows are copied into a table with the same columns and indexes.
"""

import argparse
import asyncio
import cProfile
import csv
import io
import itertools
import pstats
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from attribution import public as attribution
from partners import public as partners
from portal.core import db, formats
from portal.core.actor import SYSTEM
from portal.core.migrate import migrate
from portal.core.postgres import embedded
from portal.imports import running
from portal.imports import service as imports

USES: Final = (attribution, partners)
_NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
_ACCOUNTS, _PEOPLE, _PARTNERS = 2_000, 3, 200
_KINDS: Final = ("call", "email", "meeting", "demo", "web_visit", "asset_opened", "webinar", "event")
_SOURCES: Final = (("Search", "Google"), ("Social media", "LinkedIn"), ("E-mail", ""), ("Website", ""), ("Call", ""))
_HEAD: Final = ("source_id", "occurred_at", "kind", "account", "contact", "partner_source_id", "channel", "platform",
                "campaign")  # fmt: skip


def make_file(rows: int) -> bytes:
    """A CSV of so many touches: no two alike, a tenth of them within campaigns, half of them by partners."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for number in range(rows):
        account = number * 7919 % _ACCOUNTS
        when = _NOW - timedelta(minutes=number % 1_500_000)
        partner = f"P-{number % _PARTNERS}" if number % 2 else ""
        channel, platform = _SOURCES[number % len(_SOURCES)]
        writer.writerow((
            f"T-{number}", when.isoformat(), _KINDS[number % len(_KINDS)], f"A-{account}",
            f"A-{account}-{number % _PEOPLE}", partner, channel, platform,
            f"Campaign {number % 97}" if number % 10 == 0 else "",
        ))  # fmt: skip
    return text.getvalue().encode()


async def make_world() -> None:
    """The customers, contacts and partners that the file names, each with its receipt."""
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO partners_account (id, legal_name, country, sort_name, created_at, changed_at)"
            " SELECT md5('a' || n)::uuid, 'Customer ' || n, 'DE', n::text, $2, $2 FROM generate_series(0, $1 - 1) n",
            _ACCOUNTS, _NOW,
        )  # fmt: skip
        await db.sql(
            "INSERT INTO partners_contact (id, account, name, sort_name, created_at, changed_at)"
            " SELECT md5('k' || n || '-' || m)::uuid, md5('a' || n)::uuid, 'Person ' || m, m::text, $3, $3"
            " FROM generate_series(0, $1 - 1) n, generate_series(0, $2 - 1) m",
            _ACCOUNTS, _PEOPLE, _NOW,
        )  # fmt: skip
        await db.sql(
            "INSERT INTO partners_company (id, legal_name, country, kinds, tier, status, currency, sort_name,"
            " joined_on, created_at, changed_at) SELECT md5('p' || n)::uuid, 'Partner ' || n, 'DE', '{reseller}',"
            " 'silver', 'active', 'EUR', n::text, '2020-01-01', $2, $2 FROM generate_series(0, $1 - 1) n",
            _PARTNERS, _NOW,
        )  # fmt: skip
        people = f"FROM generate_series(0, {_ACCOUNTS - 1}) n, generate_series(0, {_PEOPLE - 1}) m"
        for kind, select in (
            ("accounts", f"'A-' || n, md5('a' || n)::uuid FROM generate_series(0, {_ACCOUNTS - 1}) n"),
            ("contacts", f"'A-' || n || '-' || m, md5('k' || n || '-' || m)::uuid {people}"),
            ("companies", f"'P-' || n, md5('p' || n)::uuid FROM generate_series(0, {_PARTNERS - 1}) n"),
        ):  # fmt: skip
            await db.sql(
                "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, at)"
                f" SELECT $1, 'bench', s.* , $2 FROM (SELECT {select}) s",
                kind, _NOW,
            )  # fmt: skip


async def bring(content: bytes, rows: int) -> None:
    """Import the file as the command line does, and print what it took."""
    began, used = time.perf_counter(), time.process_time()
    job = await imports.bring_file(
        SYSTEM, "touchpoints", "touches.csv", content, source_system="bench", look=False, now=_NOW
    )
    await imports.start(SYSTEM, job, now=_NOW, in_background=False)
    looked = time.perf_counter()
    counts = await running.run(SYSTEM, job)
    done = time.perf_counter()
    print(f"{rows:,} rows, {len(content) / 1e6:.1f} MB: {dict(counts)}")
    print(f"looking at the file  {looked - began:7.1f} s")
    print(f"taking the rows in   {done - looked:7.1f} s   {rows / (done - looked):10,.0f} rows/s")
    print(f"processor of Python  {time.process_time() - used:7.1f} s")


async def copy_bare(url: str, folder: Path) -> None:
    """The stored rows out to a file and by COPY into an equal table, without our application."""
    file = folder / "rows.bin"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE UNLOGGED TABLE bare (LIKE attribution_touchpoint INCLUDING INDEXES)")
        await connection.execute("ALTER TABLE bare SET LOGGED")
        await connection.copy_from_query("SELECT * FROM attribution_touchpoint", output=file, format="binary")
        began = time.perf_counter()
        told = await connection.copy_to_table("bare", source=file, format="binary")
        took = time.perf_counter() - began
        count = int(told.split()[-1])
        print(f"COPY of these rows   {took:7.1f} s   {count / took:10,.0f} rows/s, with the same indexes")
    finally:
        await connection.close()


async def _run(url: str, rows: int, folder: Path) -> None:
    await migrate(url)
    await db.connect(url)
    try:
        await make_world()
        await bring(make_file(rows), rows)
    finally:
        await db.disconnect()
    await copy_bare(url, folder)


def main() -> None:
    """Print seconds and rows per second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--profile", action="store_true", help="Say where the time goes.")
    asked = parser.parse_args()
    formats.use_time_zone("UTC")
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as url:
        profile = cProfile.Profile() if asked.profile else None
        if profile:
            profile.enable()
        asyncio.run(_run(url, asked.rows, Path(folder)))
        if profile:
            profile.disable()
            text = io.StringIO()
            pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(35)
            print("\n".join(itertools.islice(text.getvalue().splitlines(), 60)))


if __name__ == "__main__":
    main()
