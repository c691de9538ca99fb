"""Measures exports of 100,000 deals beside the bare writers.

    python -m bench.exports [--data DIR] [--deals 1000000]

Prints seconds to the first byte and to the last, the web process's processor time and how much its memory grew, and
the same of PostgreSQL's own `COPY … TO STDOUT`, of Python's csv writer and of xlsxwriter on rows of the same shape.
"""

import argparse
import asyncio
import csv
import io
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

from bench import client, rows
from bench.serving import cpu_of, memory_mib, peak_mib
from bench.web import Visitors, servers

ROWS: Final = 100_000
QUERY: Final = (
    "SELECT t.customer_name, p.legal_name, t.amount_minor, t.currency, t.changed_at, t.number, t.state, t.stage,"
    " t.role, t.source, t.expected_close_on, t.submitted_at, t.decided_at, t.closed_at, t.reject_code, t.lost_reason,"
    " t.competitor, t.reference, (SELECT"
    " string_agg(x.name, ', ' ORDER BY l.position) FROM partners_deal_line l JOIN partners_product x"
    " ON x.id = l.product WHERE l.deal = t.id) FROM partners_deal t JOIN partners_company p ON p.id = t.partner_id"
    " WHERE t.changed_at > $1 ORDER BY t.changed_at DESC, t.id DESC LIMIT 100000"
)


def show(name: str, first: float, last: float, cpu: float, grew: float, size: int, count: int) -> None:
    """One line of the table."""
    print(f"{name:<44} {first:>8.2f} {last:>8.2f} {cpu:>8.2f} {grew:>8.0f} {size / 2**20:>8.1f} {count:>9,}")


async def download(visitors: Visitors, path: str) -> tuple[float, float, float, float, int, int]:
    """First byte, last byte, processor seconds, growth of memory in MiB, bytes, and lines."""
    server = visitors.server
    before, cpu = memory_mib(server.pid), cpu_of(server.pid)
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        client.request("GET", path, server.port, headers={**visitors.headers("manager"), "Connection": "close"})
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        message = f"the export failed: {head!r}"
        raise RuntimeError(message)
    first, size, lines = 0.0, 0, 0
    most = before
    while chunk := await reader.read(2**16):
        first = first or time.perf_counter() - began
        size += len(chunk)
        lines += chunk.count(b"\r\n") if path.endswith("csv") or "csv?" in path else 0
        if size % 2**20 < len(chunk):
            most = max(most, memory_mib(server.pid))
    last = time.perf_counter() - began
    writer.close()
    grew = max(most, min(peak_mib(server.pid), memory_mib(server.pid))) - before
    return first, last, cpu_of(server.pid) - cpu, grew, size, lines


def timed(name: str, work: Callable[[], tuple[int, int]]) -> None:
    """A bare writer in this process."""
    cpu, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    size, count = work()
    last = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    show(name, 0, last, after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime, 0, size, count)


async def fetched(url: str) -> tuple[list[tuple[Any, ...]], float, int]:
    """The rows, and the seconds and bytes of PostgreSQL's own COPY of them."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE tributary_staff")
            since = await connection.fetchval("SELECT min(changed_at) FROM partners_deal")
            found = [tuple(row) for row in await connection.fetch(QUERY, since)]
            out = io.BytesIO()
            began = time.perf_counter()
            text = QUERY.replace("$1", f"'{since.isoformat()}'")
            await connection.execute("SET LOCAL ROLE tributary_staff")
            await connection.copy_from_query(text, output=out, format="csv")
            return found, time.perf_counter() - began, out.tell()
    finally:
        await connection.close()


def _csv(found: list[tuple[Any, ...]]) -> tuple[int, int]:
    out = io.StringIO()
    csv.writer(out).writerows(found)
    return len(out.getvalue().encode()), len(found)


def _xlsx(found: list[tuple[Any, ...]]) -> tuple[int, int]:
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        book = Workbook(file.name, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet()
        for number, row in enumerate(found):
            for place, value in enumerate(row):
                match value:
                    case None:
                        pass
                    case str():
                        sheet.write_string(number, place, value)
                    case datetime():
                        sheet.write_datetime(number, place, value.replace(tzinfo=None))
                    case int():
                        sheet.write_number(number, place, value)
                    case _:
                        sheet.write_datetime(number, place, value)
        book.close()
        return Path(file.name).stat().st_size, len(found)


def _kinds() -> Iterator[str]:
    yield from ("csv", "xlsx")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deals", type=int, default=rows.SIZES[-1])
    parser.add_argument("--data", type=Path, default=rows.DATA)
    asked = parser.parse_args()
    print(f"{'':<44} {'first s':>8} {'last s':>8} {'cpu s':>8} {'grew MiB':>8} {'MiB':>8} {'rows':>9}")
    with rows.databases((asked.deals,), asked.data) as urls:
        found, seconds, size = asyncio.run(fetched(urls[asked.deals]))
    show("COPY … TO STDOUT of these columns", 0, seconds, 0, 0, size, len(found))
    timed("csv.writer on rows in memory", lambda: _csv(found))
    timed("xlsxwriter, constant memory, on the same", lambda: _xlsx(found))
    with servers((asked.deals,), asked.data) as (_plain, there, _database):
        visitors = there[asked.deals]
        # A tenth of a million deals or so: those that were rejected.
        for kind in _kinds():
            path = f"/partners/deals/export/{kind}?tab=all&state=rejected"
            asyncio.run(download(visitors, f"/partners/deals/export/{kind}?tab=all&q=nosuchword"))
            first, last, cpu, grew, size, lines = asyncio.run(download(visitors, path))
            show(f"the portal, deals as {kind.upper()}", first, last, cpu, grew, size, max(lines - 1, 0))


if __name__ == "__main__":
    main()
