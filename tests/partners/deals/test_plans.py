"""Lists of deals touch as many rows as they show, however many there are: no plan reads or sorts all of them."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from partners.deals import queries
from partners.deals.lists import DEALS
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.web import cursors
from portal.core.web.cursors import Place
from portal.core.web.list_query import parse
from portal.core.web.listing_sql import Shape, columns_for, conditions_for, named_values, rows_statement
from portal.home import queries as home
from tests import make
from tests.make import NOON, Cast

ROWS = 20_000
BIG = frozenset({"partners_deal", "partners_deal_line", "core_event"})
FEW_PAGES = 6_000
"""Of the 8 kB pages that a list may touch: going to each of these deals by an index touches three times as many."""

_DEALS = """
INSERT INTO partners_deal (id, partner_id, number, card, customer_name, registered_by, owner, state, stage,
    amount_minor, currency, decided_at, protected_until, closed_at, search, created_at, changed_at)
SELECT gen_random_uuid(), $1, $4 || '-' || n, $2, 'Customer ' || lpad((n * 7919 % $5)::text, 6, '0'), $3, $3,
    CASE WHEN n % 100 = 0 THEN 'submitted' WHEN n % 100 = 1 THEN 'draft' WHEN n % 5 = 2 THEN 'rejected'
         ELSE 'approved' END,
    CASE WHEN n % 5 = 3 THEN 'won' ELSE 'prospect' END, n * 104729 % 1000003, 'EUR',
    CASE WHEN n % 100 > 1 THEN $6::timestamptz END,
    CASE WHEN n % 100 > 1 AND n % 5 <> 2 THEN $6::timestamptz + (n % 200 - 100) * interval '1 day' END,
    CASE WHEN n % 5 = 3 THEN $6::timestamptz END, 'customer ' || n || ' word' || (n % 3) || ' rare' || (n % 4001),
    $6::timestamptz - n * interval '1 minute', $6::timestamptz - n * interval '1 minute'
FROM generate_series(1, $5::int) n
"""

_LINES = """
INSERT INTO partners_deal_line (id, partner_id, deal, position, product, quantity, unit_price_minor, value_minor)
SELECT gen_random_uuid(), partner_id, id, 1, $1, 1, amount_minor, amount_minor FROM partners_deal
"""


@pytest.fixture(autouse=True)
def _secret() -> None:
    cursors.use_secret("a secret for tests")


@pytest_asyncio.fixture(loop_scope="session")
async def many(cast: Cast) -> AsyncIterator[Cast]:
    """Twenty thousand deals of one line each, a tenth of them Alpha's."""
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.omega
        )  # fmt: skip
    for who, count in ((cast.pia, ROWS // 10), (cast.otto, ROWS - ROWS // 10)):
        card = await make.card(who)
        async with db.transaction(SYSTEM):
            await db.sql(_DEALS, who.partner_id, card, who.membership_id, str(who.partner_id)[:6], count, NOON)
    async with db.transaction(SYSTEM):
        await db.sql(_LINES, await make.product())
    await db.ENGINE.held.execute("ANALYZE partners_deal")
    await db.ENGINE.held.execute("ANALYZE partners_deal_line")
    yield cast


async def plan_of(actor: Actor, params: Mapping[str, str], *, place: Place | None = None) -> dict[str, Any]:
    """The plan of a page of the list, as it ran."""
    query = parse(DEALS, actor, params)
    narrow = bool(query.words) or bool(query.tab and query.tab.narrow)
    way = place.way if place else "first"
    shape = Shape(
        columns_for(DEALS, actor), conditions_for(query, actor), query.sort, query.descending, way, narrow=narrow
    )
    statement = rows_statement(DEALS, shape)
    values: dict[str, object] = {**named_values(query, actor, NOON), "limit": 26}
    if place:
        values |= {"place_value": place.value, "place_id": place.id}
    return await explained(actor, statement.text, *statement.values(values))


async def explained(actor: Actor, text: str, *values: object) -> dict[str, Any]:
    """The plan of a statement, as it ran. A table is read from end to end only where no index could be used.

    Which of the two is cheaper for so few rows depends on what other tests left in the files.
    """
    async with db.transaction(actor):
        await db.sql("SET LOCAL enable_seqscan = off")
        raw = await db.sql_value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", *values)
        await db.sql("SET LOCAL enable_seqscan = on")
    plan: dict[str, Any] = json.loads(raw)[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def pages(plan: dict[str, Any]) -> int:
    """How many pages it touched."""
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def check(plan: dict[str, Any]) -> None:
    """No big table is read from end to end, and nothing like all of it is sorted."""
    for step in nodes(plan):
        assert not (step["Node Type"] == "Seq Scan" and step["Relation Name"] in BIG), step
        if step["Node Type"] in {"Sort", "Incremental Sort"}:
            below = [part["Actual Rows"] * part["Actual Loops"] for part in step["Plans"]]
            assert max(below) <= ROWS / 10, step
    assert pages(plan) < FEW_PAGES


VIEWS: list[dict[str, str]] = [
    *({"tab": tab.key} for tab in DEALS.tabs),
    *({"tab": "all", "state": state} for state in ("approved", "draft", "submitted", "info_requested")),
    {"tab": "all", "stage": "negotiation"}, {"tab": "all", "role": "build"}, {"tab": "all", "age": "day"},
    {"tab": "all", "q": "rare17 word1"}, {"tab": "all", "q": "nothingisso"},
]  # fmt: skip
MIDDLE = {"changed": "2026-11-15 00:00:00+00", "customer": "Customer 001000", "amount": "500000"}


async def test_every_sort_walks_an_index_and_the_middle_costs_what_the_beginning_does(many: Cast) -> None:
    for actor in (many.pia, many.vera):
        for sort in (f"{sign}{one.key}" for one in DEALS.sorts for sign in ("", "-")):
            first = await plan_of(actor, {"tab": "all", "sort": sort})
            place = Place("after", 25, MIDDLE[sort.removeprefix("-")], UUID(int=7))
            deep = await plan_of(actor, {"tab": "all", "sort": sort}, place=place)
            for plan in (first, deep):
                check(plan)
                assert not any(step["Node Type"] == "Sort" and step["Actual Rows"] > 26 for step in nodes(plan))
            assert pages(deep) < 2 * pages(first) + 200


async def test_every_view_filter_and_count_finds_its_rows_by_an_index(many: Cast) -> None:
    for actor in (many.pia, many.vera):
        for params in VIEWS:
            check(await plan_of(actor, params))
        question = queries.waiting_count(actor)
        assert question
        check(await explained(actor, question.text, *question.values))


async def test_months_of_decisions_are_counted_as_they_were(many: Cast) -> None:
    question = home.decided_of(many.vera, NOON.date().replace(day=1), 1, "Europe/Berlin")
    found = await db.ask_alone(many.vera, question)
    async with db.transaction(many.vera):
        want = await db.sql(
            "SELECT CASE WHEN state = 'rejected' THEN 'rejected' ELSE 'approved' END AS outcome, count(*) AS count"
            " FROM partners_deal WHERE state IN ('approved', 'rejected', 'expired') GROUP BY 1 ORDER BY 1"
        )
    assert [(outcome, count) for _month, outcome, count in found] == [(row["outcome"], row["count"]) for row in want]
