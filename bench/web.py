"""Measures pages at 10,000 and 1,000,000 deals beside a bare text response of the same framework and server.

    python -m bench.web [--rounds 5] [--seconds 2] [--only list,home] [--data DIR]

Prints requests per second, p50, p99, and the processor time per request of the web process, with the database's
beside it. All servers run at once and are asked in turn, so that a machine that slows down slows all of them.
"""

import argparse
import asyncio
import re
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from bench import client, rows, vendor
from bench.serving import Server, bare, cpu_of, cpu_of_tree, portal, postmaster
from partners.companies import affiliation
from portal.core import clock, db
from portal.identity import sessions

__all__ = ["affiliation"]
CONNECTIONS: Final = 2
BARE: Final = "a bare text response"
_FIELD: Final = re.compile(rb'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Place:
    """A page as somebody asks for it."""

    name: str
    who: str
    path: str
    posts: bool = False


PLACES: Final = (
    Place("deals list, partner sales", "seller", "/partners/deals?tab=all"),
    Place("deals list, partner manager", "manager", "/partners/deals?tab=all"),
    Place("deals list, waits for the manager", "manager", "/partners/deals"),
    Place("deals list, a manager's portfolio", "manager", "/partners/deals?tab=portfolio"),
    Place("deals list, by value", "manager", "/partners/deals?tab=all&sort=-amount"),
    Place("deals list, searched, partner sales", "seller", "/partners/deals?tab=all&q=meridian+robotics"),
    Place("deals list, searched, manager", "manager", "/partners/deals?tab=all&q=meridian+robotics"),
    Place("a deal, partner sales", "seller", "/partners/deals/{deal}"),
    Place("a deal, partner manager", "manager", "/partners/deals/{deal}"),
    Place("home page, partner sales", "seller", "/"),
    Place("home page, partner manager", "manager", "/"),
    Place("search, partner sales", "seller", "/search?q=meridian+robotics"),
    Place("search, partner manager", "manager", "/search?q=meridian+robotics"),
    Place("registering a deal", "seller", "/partners/deals/new", posts=True),
)


@dataclass(slots=True)
class Measured:
    """The figures of one page on one server, a value for each round."""

    per_second: list[float] = field(default_factory=list)
    half: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    size: int = 0

    def line(self, name: str, unit: float) -> str:
        """As it is printed; `unit` is the bare response's processor time."""
        web = statistics.median(self.web)
        return (
            f"{name:<40} {statistics.median(self.per_second):>8.0f} {1e3 * statistics.median(self.half):>8.2f}"
            f" {1e3 * statistics.median(self.most):>8.2f} {1e6 * web:>9.0f} {web / unit:>7.1f}"
            f" {1e6 * statistics.median(self.database):>9.0f} {self.size:>8}"
        )


HEAD: Final = f"{'':<40} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'web µs':>9} {'x bare':>7} {'db µs':>9} {'bytes':>8}"


class Visitors:
    """The people who ask: signed in at a portal, with the token of their forms."""

    def __init__(self, server: Server, tokens: dict[str, str]) -> None:
        self.server = server
        self.tokens = tokens
        self.form_tokens: dict[str, str] = {}

    def headers(self, who: str) -> dict[str, str]:
        """What the browser of this person sends."""
        return {"Cookie": f"tributary_session={self.tokens[who]}", "Accept-Language": "en"}

    async def ready(self) -> None:
        """Read the token of each person's forms off a page."""
        for who in self.tokens:
            question = client.request("GET", "/profile", self.server.port, headers=self.headers(who))
            _status, _head, body = await client.ask(self.server.port, question)
            found = _FIELD.search(body)
            if found is None:
                message = f"{who} is not signed in: {body[:200]!r}"
                raise RuntimeError(message)
            self.form_tokens[who] = found[1].decode()

    def ask(self, place: Place) -> client.Ask:
        """The request for a page; deals and customers differ from one to the next."""
        port = self.server.port
        headers = self.headers(place.who)
        if place.posts:
            headers["Origin"] = f"http://127.0.0.1:{port}"
            return lambda number: client.request("POST", place.path, port, headers=headers, body=self._typed(number))
        if "{deal}" in place.path:
            deals = [vendor.key("deal", 0, number) for number in range(200)]
            return lambda number: client.request(
                "GET", place.path.format(deal=UUID(int=deals[number % 200].int)), port, headers=headers
            )
        question = client.request("GET", place.path, port, headers=headers)
        return lambda _number: question

    def _typed(self, number: int) -> bytes:
        """A registration as a person sends it."""
        fields = {
            "csrf_token": self.form_tokens["seller"], "idempotency_key": str(uuid4()), "do": "submit", "rows": "2",
            "customer": f"Registered {number} {uuid4().hex[:12]} GmbH", "country": "DE", "currency": "EUR",
            "product_1": "Product 1.1 (SKU-1-1)", "quantity_1": "10", "expected_close_on": "2027-12-31",
        }  # fmt: skip
        return urlencode(fields).encode()


async def sign_in(url: str) -> dict[str, str]:
    """Open a session for each who asks."""
    await db.connect(url, pool_size=1)
    try:
        return {
            who: await _session(member)
            for who, member in (("seller", vendor.key("member", 0, 1)), ("manager", vendor.key("manager", 0)))
        }
    finally:
        await db.disconnect()


async def _session(member: UUID) -> str:
    actor = await sessions.actor_of(member, clock.now())
    if actor is None:
        message = "the rows are of another version: make them again"
        raise RuntimeError(message)
    async with db.auth_transaction():
        return (await sessions.open_session(actor, device="bench", now=clock.now())).token


@contextmanager
def servers(sizes: tuple[int, ...], data: Path) -> Iterator[tuple[Server, dict[int, Visitors], int]]:
    """The bare server, a portal for each size with its visitors, and the database server's process id."""
    with rows.databases(sizes, data) as urls, ExitStack() as stack:
        plain = stack.enter_context(bare())
        there = {
            size: Visitors(stack.enter_context(portal(url, data / f"home-{size}")), asyncio.run(sign_in(url)))
            for size, url in urls.items()
        }
        for visitors in there.values():
            asyncio.run(visitors.ready())
        yield plain, there, postmaster(data)


async def measure(
    server: Server, make: client.Ask, into: Measured, *, seconds: float, database: int, allowed: set[int]
) -> None:
    """One round. Raises RuntimeError when something else than the page was answered."""
    trial = await client.load(server.port, make, requests=10, connections=1)
    count = max(20, round(seconds / statistics.median(trial.seconds)))
    web, below = cpu_of(server.pid), cpu_of_tree(database)
    told = await client.load(server.port, make, requests=count, connections=CONNECTIONS, first=10)
    web, below = cpu_of(server.pid) - web, cpu_of_tree(database) - below
    if set(told.statuses) - allowed:
        message = f"answers were {told.statuses}"
        raise RuntimeError(message)
    into.per_second.append(count / told.wall)
    into.half.append(told.at(0.5))
    into.most.append(told.at(0.99))
    into.web.append(web / count)
    into.database.append(below / count)
    into.size = told.bytes // count


async def run(
    plain: Server, there: dict[int, Visitors], database: int, places: list[Place], *, rounds: int, seconds: float
) -> dict[tuple[str, int], Measured]:
    """Every page on every server, in turn, so many times."""
    found: dict[tuple[str, int], Measured] = {(BARE, 0): Measured()}
    for _round in range(rounds):
        for place in places:
            await measure(
                plain, lambda _n: client.request("GET", "/", plain.port), found[BARE, 0], seconds=seconds / 2,
                database=database, allowed={200},
            )  # fmt: skip
            for size, visitors in there.items():
                into = found.setdefault((place.name, size), Measured())
                await measure(
                    visitors.server, visitors.ask(place), into, seconds=seconds, database=database,
                    allowed={303} if place.posts else {200},
                )  # fmt: skip
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="Of each page in each round.")
    parser.add_argument("--only", default="", help="Words of the pages that are wanted, with commas.")
    parser.add_argument("--deals", type=int, nargs="+", default=rows.SIZES)
    parser.add_argument("--data", type=Path, default=rows.DATA)
    asked = parser.parse_args()
    wanted = [p for p in PLACES if not asked.only or any(word in p.name for word in asked.only.split(","))]
    with servers(tuple(asked.deals), asked.data) as (plain, there, database):
        found = asyncio.run(run(plain, there, database, wanted, rounds=asked.rounds, seconds=asked.seconds))
    unit = statistics.median(found[BARE, 0].web)
    print(HEAD)
    print(found[BARE, 0].line(BARE, unit))
    for size in there:
        print(f"\n{size:,} deals")
        for place in wanted:
            print(found[place.name, size].line(place.name, unit))


if __name__ == "__main__":
    main()
