"""Prints how long a partner waits when it registers a customer that others have, beside one that nobody has.

    python -m bench.same_time [--each 300] [--data DIR]

Three kinds of registrations in one run, in an order of the dice, one after the other on one connection: the customer
is protected for another partner; nobody has it; nobody has it, once more. The last two differ by nothing, so their
ratio is what chance alone makes: the first must not stand out beside it. The server works through its own queue
meanwhile, as installed: what the check costs after the answer falls on whatever is asked next, which is timed too.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

import asyncpg

from bench import client, rows, vendor
from bench.serving import Server, portal
from bench.web import Visitors, sign_in

DEALS: Final = 10_000
KINDS: Final = ("protected for another", "nobody's", "nobody's, once more")
_CLAIMED: Final = """
SELECT a.legal_name, a.country, p.name || ' (' || p.sku || ')' AS product
FROM partners_account a CROSS JOIN LATERAL (
    SELECT x.product_group FROM partners_deal_protection x
    WHERE x.canonical_account = a.id AND x.protected_until > now() AND x.partner_id <> $1 LIMIT 1) held
JOIN LATERAL (SELECT name, sku FROM partners_product WHERE "group" = held.product_group LIMIT 1) p ON true
ORDER BY a.id LIMIT $2
"""
_FREE: Final = """
SELECT a.legal_name, a.country, p.name || ' (' || p.sku || ')' AS product
FROM partners_account a CROSS JOIN LATERAL (SELECT name, sku FROM partners_product ORDER BY sku LIMIT 1) p
WHERE NOT EXISTS (SELECT FROM partners_deal_protection x WHERE x.canonical_account = a.id AND x.protected_until > now())
ORDER BY a.id LIMIT $1
"""


@dataclass(slots=True)
class Waited:
    """Seconds of each registration of one kind, and of the page asked for right after it."""

    registering: list[float] = field(default_factory=list)
    next_page: list[float] = field(default_factory=list)


async def customers(url: str, each: int) -> list[list[asyncpg.Record]]:
    """Names, countries and products to register, for each of `KINDS`. Raises RuntimeError with too few rows."""
    connection = await asyncpg.connect(url)
    try:
        own = vendor.key("partner", 0)
        claimed = await connection.fetch(_CLAIMED, own, each)
        free = await connection.fetch(_FREE, 2 * each)
    finally:
        await connection.close()
    if len(claimed) < each or len(free) < 2 * each:
        message = f"only {len(claimed)} customers are protected and {len(free)} are not"
        raise RuntimeError(message)
    return [claimed, free[:each], free[each:]]


async def _timed(port: int, question: bytes, allowed: int) -> float:
    began = time.perf_counter()
    status, _head, body = await client.ask(port, question)
    took = time.perf_counter() - began
    if status != allowed:
        message = f"answered {status}: {body[-400:]!r}"
        raise RuntimeError(message)
    return took


def _registration(visitors: Visitors, one: asyncpg.Record) -> bytes:
    fields = {
        "csrf_token": visitors.form_tokens["seller"], "idempotency_key": str(uuid4()), "do": "submit", "rows": "1",
        "customer": one["legal_name"], "card": "new", "country": one["country"], "currency": "EUR",
        "product_1": one["product"], "quantity_1": "10", "expected_close_on": "2027-12-31",
    }  # fmt: skip
    headers = visitors.headers("seller") | {"Origin": f"http://127.0.0.1:{visitors.server.port}"}
    return client.request(
        "POST", "/partners/deals/new", visitors.server.port, headers=headers, body=urlencode(fields).encode()
    )


async def measure(server: Server, url: str, each: int) -> list[Waited]:
    """All registrations in an order of the dice, each followed by a page."""
    visitors = Visitors(server, await sign_in(url))
    await visitors.ready()
    named = await customers(url, each)
    order = [(kind, one) for kind, found in enumerate(named) for one in found]
    random.Random(2).shuffle(order)  # noqa: S311 -- an order to reproduce, no secret
    page = client.request("GET", "/partners/deals?tab=all", server.port, headers=visitors.headers("seller"))
    waited = [Waited() for _kind in KINDS]
    for kind, one in order:
        waited[kind].registering.append(await _timed(server.port, _registration(visitors, one), 303))
        waited[kind].next_page.append(await _timed(server.port, page, 200))
    return waited


def interval(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """The ratio of the medians and its 95 % interval, by 2,000 resamples (Efron's percentile bootstrap)."""
    dice = random.Random(3)  # noqa: S311 -- resamples to reproduce, no secret
    found = sorted(
        statistics.median(dice.choices(one, k=len(one))) / statistics.median(dice.choices(other, k=len(other)))
        for _number in range(2_000)
    )
    return statistics.median(one) / statistics.median(other), found[50], found[-51]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=300, help="Registrations of each kind.")
    parser.add_argument("--data", type=Path, default=rows.DATA)
    asked = parser.parse_args()
    with rows.databases((DEALS,), asked.data) as urls:
        url = urls[DEALS]
        with portal(url, asked.data / f"home-{DEALS}", jobs=True) as server:
            waited = asyncio.run(measure(server, url, asked.each))
    free = waited[1]
    print(f"{'':<24} {'registering, p50 ms':>20} {'x nobody’s (95 %)':>22} {'page after, p50 ms':>20} {'x (95 %)':>22}")
    for kind, one in zip(KINDS, waited, strict=True):
        parts = []
        for mine, other in ((one.registering, free.registering), (one.next_page, free.next_page)):
            ratio, low, high = interval(mine, other)
            parts += [f"{1e3 * statistics.median(mine):>20.2f}", f"{ratio:>8.3f} ({low:.3f}–{high:.3f})"]
        print(f"{kind:<24} {' '.join(parts)}")


if __name__ == "__main__":
    main()
