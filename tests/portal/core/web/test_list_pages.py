"""Pages of lists over real rows: whose rows, in which order, forward and back, filtered, and by how many statements."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.web import listing_sql, lists
from portal.core.web.list_query import parse
from portal.core.web.lists import (
    list_items,
    shared_rows,
    stream_rows,
    vendor_rows,
)
from tests.portal.core.web.list_samples import (
    ALPHA,
    DELTA,
    DORA,
    NOON,
    OMEGA,
    OTTO,
    PIA,
    SPEC,
    VERA,
    add_things,
    asked,
    make_table,
    names,
    read,
    thing,
    walk,
)

ON_ONE_CONNECTION = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


pytestmark = pytest.mark.usefixtures("installation")


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["Äpfel", "apfel", "Apfel", "客户", "", "zz", "Zz"]),
            "score": st.integers(0, 2),
            "changed_at": st.integers(0, 2).map(lambda hours: NOON - timedelta(hours=hours, microseconds=hours * 7)),
            "partner_id": st.sampled_from([ALPHA, OMEGA, DELTA]),
            "state": st.sampled_from(["open", "won"]),
        }
    ),
    max_size=30,
)


@pytest.mark.usefixtures("things")
@ON_ONE_CONNECTION
@given(
    rows=ROWS,
    size=st.integers(1, 7),
    sort=st.sampled_from(["", "changed", "name", "-name", "score", "-score"]),
    tab=st.sampled_from(["", "won"]),
)
async def test_paging_visits_every_own_row_once_in_order_and_back(
    rows: list[dict[str, Any]], size: int, sort: str, tab: str
) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("delete from things")
    made = [thing(number, **row) for number, row in enumerate(rows)]
    await add_things(made)
    sorts = {"": "changed_at", "changed": "changed_at", "name": "name", "score": "score"}
    key, descending = sorts[sort.removeprefix("-")], sort.startswith("-") or not sort
    for actor, mine in ((PIA, {ALPHA}), (OTTO, {OMEGA}), (DORA, {DELTA, ALPHA}), (VERA, {ALPHA, OMEGA, DELTA})):
        expected = [row for row in made if row["partner_id"] in mine and (not tab or row["state"] == "won")]
        expected.sort(key=lambda row: (_bytes(row[key]), row["id"]), reverse=descending)
        params = {name: value for name, value in (("sort", sort), ("tab", tab)) if value}
        pages = await walk(params, actor, size)
        assert [id_ for page in pages for id_ in page] == [row["id"] for row in expected]
        assert all(len(page) == size for page in pages[:-1])


def _bytes(value: Any) -> Any:
    """Text sorts by its bytes, as `COLLATE "C"` does."""
    return value.encode() if isinstance(value, str) else value


@pytest.mark.security
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("lock", ["the clause", "row-level security"])
@pytest.mark.parametrize(
    "params", [{}, {"state": "open"}, {"q": "thing"}, {"tab": "won"}, {"sort": "name"}, {"least": "0"}]
)
async def test_each_lock_alone_keeps_rivals_rows_out(params: dict[str, str], lock: str) -> None:
    await make_table(protected=lock == "row-level security")
    spec = SPEC if lock == "the clause" else replace(SPEC, visible=shared_rows)
    owners = [(ALPHA, "open"), (OMEGA, "open"), (DELTA, "won"), (ALPHA, "won"), (OMEGA, "won")]
    rows = [thing(number, partner_id=owner, state=state) for number, (owner, state) in enumerate(owners)]
    await add_things(rows)
    for actor, mine in ((PIA, {ALPHA}), (OTTO, {OMEGA}), (DORA, {DELTA, ALPHA})):
        own = {row["id"] for row in rows if row["partner_id"] in mine}
        listing = await read(params, actor, spec)
        async with db.transaction(actor):
            items: Any = (await list_items(spec, actor, params, now=NOON))["items"]
            streamed = [row["_id"] async for row in stream_rows(parse(spec, actor, params), actor, now=NOON)]
        shown = {row.id for row in listing.rows}
        assert shown == {UUID(item["id"]) for item in items} == set(streamed)
        assert shown
        assert shown <= own
        assert listing.total_text == str(len(shown))
        assert int(listing.tabs[0].count) == len(own)


@pytest.mark.usefixtures("things")
async def test_vendor_rows_hide_everything_from_partners() -> None:
    await add_things([thing(1)])
    spec = replace(SPEC, visible=vendor_rows)
    assert names(await read({}, VERA, spec)) == ["Thing 0001"]
    empty = await read({}, PIA, spec)
    assert (empty.rows, empty.total_text, [tab.count for tab in empty.tabs]) == ((), "0", ["0", "0", ""])


@pytest.mark.usefixtures("things")
async def test_filters_search_and_tabs_narrow() -> None:
    await add_things([
        thing(1, name="Kessler & Roth", state="won"),
        thing(2, name="Keßler_Bau 100 %", changed_at=NOON - timedelta(days=8)),
        thing(3, name="Molkerei", partner_id=OMEGA, done_on=date(2026, 10, 2)),
    ])  # fmt: skip
    assert names(await read({"q": "KESSLER"})) == ["Kessler & Roth", "Keßler_Bau 100 %"]
    assert names(await read({"q": "roth kess"})) == ["Kessler & Roth"]
    assert names(await read({"q": "100 %"})) == ["Keßler_Bau 100 %"]
    assert names(await read({"q": "r_b"})) == ["Keßler_Bau 100 %"]
    assert names(await read({"q": "l%r"})) == []
    assert names(await read({"q": "\\"})) == []
    assert names(await read({"state": "won"})) == ["Kessler & Roth"]
    assert names(await read({"since": "week"})) == ["Kessler & Roth"]
    assert names(await read({"since": "today"})) == ["Kessler & Roth"]
    assert names(await read({"done": "2026-10-02"}, VERA)) == ["Molkerei"]
    assert names(await read({"partner": str(OMEGA)}, VERA)) == ["Molkerei"]
    assert names(await read({"tab": "won"}, VERA)) == ["Kessler & Roth"]
    assert names(await read({"tab": "mine"}, OTTO)) == ["Molkerei"]
    assert names(await read({"least": "2", "sort": "score"}, VERA)) == ["Keßler_Bau 100 %", "Molkerei"]


@pytest.mark.usefixtures("things")
async def test_a_cursor_of_another_list_filter_or_hand_is_the_first_page_and_told() -> None:
    await add_things([thing(number) for number in range(6)])
    cursor = asked((await read({}, rows=2)).next_href)["cursor"]
    first = names(await read({}, rows=2))
    assert names(await read({"cursor": cursor}, rows=2)) != first
    for params in ({"cursor": cursor[:-1]}, {"cursor": cursor, "state": "open"}, {"cursor": cursor, "sort": "changed"}):
        listing = await read(params, rows=2)
        assert listing.notices == ("That page is out of date, so the list starts again.",)
        assert names(listing) == names(
            await read({key: value for key, value in params.items() if key != "cursor"}, rows=2)
        )
    other = replace(SPEC, name="others")
    assert names(await read({"cursor": cursor}, spec=other, rows=2)) == first


@pytest.mark.usefixtures("things")
async def test_a_page_whose_rows_are_gone_is_the_first_page() -> None:
    rows = [thing(number) for number in range(6)]
    await add_things(rows)
    second = await read(asked((await read({}, rows=2)).next_href), rows=2)
    third = asked(second.next_href)
    async with db.transaction(SYSTEM):
        await db.sql("delete from things where score >= 3")
    assert names(await read(third, rows=2)) == ["Thing 0000", "Thing 0001"]
    back = await read(asked(second.back_href), rows=2)
    assert (names(back), back.back_href) == (["Thing 0000", "Thing 0001"], "")


@pytest.mark.usefixtures("things")
async def test_new_rows_above_make_the_first_page_full_on_the_way_back() -> None:
    await add_things([thing(number) for number in range(10, 16)])
    second = await read(asked((await read({}, rows=3)).next_href), rows=3)
    await add_things([thing(number) for number in (1, 2)])
    back = await read(asked(second.back_href), rows=3)
    assert names(back) == ["Thing 0010", "Thing 0011", "Thing 0012"]
    assert names(await read(asked(back.back_href), rows=3)) == ["Thing 0001", "Thing 0002", "Thing 0010"]


@pytest.mark.usefixtures("things")
async def test_counts_stop_at_a_thousand_and_searches_at_two_hundred() -> None:
    await add_things([thing(number) for number in range(1, 1_001)])
    listing = await read({})
    assert (listing.shown, listing.total_text) == (25, "1,000")
    assert [(tab.key, tab.count, tab.active) for tab in listing.tabs] == [
        ("all", "1,000", True),
        ("won", "0", False),
        ("mine", "", False),
    ]
    await add_things([thing(1_001)])
    listing = await read({}, VERA)
    assert (listing.total_text, listing.tabs[3].count) == ("1,000+", "1,000+")
    listing = await read({"q": "thing"}, rows=60)
    assert listing.total_text == "200+"
    assert listing.notices == ("The first 200 matches are listed. Add a word, or export all of them.",)
    assert sum(len(page) for page in await walk({"q": "thing"}, PIA, 60)) == 200
    assert (await read({"q": "thing 0007"})).notices == ()


@pytest.mark.usefixtures("things")
async def test_two_statements_make_a_page_and_one_more_for_choices_from_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await add_things([thing(number) for number in range(60)])
    seen: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def counting(self: asyncpg.Connection, query: str, *args: Any, **more: Any) -> Any:
        seen.append(query)
        return await fetch(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Connection, "fetch", counting)
    listing = await read({"state": "open", "q": "thing"})
    assert len(seen) == 2
    await read(asked(listing.next_href))
    assert len(seen) == 4
    await read({}, VERA)
    assert len(seen) == 7
    async with db.transaction(PIA):
        await list_items(SPEC, PIA, {}, now=NOON)
    assert len(seen) == 8


@pytest.mark.usefixtures("things")
async def test_the_index_serves_the_order_of_a_partner() -> None:
    async with db.transaction(SYSTEM):
        await db.sql("create index on things (partner_id, changed_at, id)")
        await db.sql("create index on things (changed_at, id)")
        await db.sql(
            "insert into things select gen_random_uuid(), md5((n % 50)::text)::uuid, 'n', 'n', n, n, 'EUR', 0, 'open', null, '{}',"
            " now() - n * interval '1 minute' from generate_series(1, 20000) as n"
        )
        await db.sql("update things set partner_id = $1 where score % 50 = 7", ALPHA)
        await db.sql("analyze things")
    first = await read({})
    for way, params in (("first", {}), ("after", asked(first.next_href))):
        query = parse(SPEC, PIA, params)
        statement = listing_sql.rows_statement(SPEC, lists._shape(query, PIA, way))  # type: ignore[arg-type]
        values = statement.values({**listing_sql.named_values(query, PIA, NOON), "limit": 26})
        async with db.transaction(PIA):
            await db.sql("set local enable_sort = off")
            plan = "\n".join(row["QUERY PLAN"] for row in await db.sql(f"explain {statement.text}", *values))
        assert "Index Scan" in plan
        assert "Sort" not in plan
        assert ("ROW(" in plan) == (way == "after")
