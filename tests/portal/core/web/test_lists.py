"""Lists: what an address asks for, the statements made of it, and pages over real rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core import db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Invalid
from portal.core.i18n import using
from portal.core.web import cursors, listing_sql, lists
from portal.core.web.list_query import parse
from portal.core.web.lists import (
    Column,
    Kind,
    Listing,
    ListSpec,
    Sort,
    Tab,
    list_items,
    list_page,
    own_rows,
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
    make_table,
    thing,
)

ON_ONE_CONNECTION = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True, scope="module")
def _installation() -> Iterator[None]:
    cursors.use_secret("a secret for tests")
    formats.use_time_zone("Europe/Berlin")
    yield
    formats.use_time_zone("UTC")


@pytest_asyncio.fixture
async def things(db: str) -> None:  # noqa: ARG001 -- that it is rolled back is what counts
    await make_table()


def asked(href: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(href).query))


# --- the address --------------------------------------------------------------------------------------------------


def test_an_empty_address_is_the_first_tab_by_the_first_sort() -> None:
    query = parse(SPEC, PIA, {})
    assert (query.tab, query.sort, query.descending) == (SPEC.tabs[0], SPEC.sorts[0], True)
    assert not query.filters
    assert not query.errors
    assert query.href(SPEC.path) == "/things"


def test_what_is_asked_stands_in_the_address_and_is_read_back() -> None:
    params = {"tab": "won", "q": "Käse GmbH", "state": "open", "least": "3", "sort": "-name"}
    query = parse(SPEC, PIA, params)
    assert not query.errors
    assert query.words == ("kase", "gmbh")
    assert [chosen.value for chosen in query.filters] == ["open", 3]
    assert asked(query.href("/things")) == params


def test_the_lists_own_sort_is_not_written_out() -> None:
    assert parse(SPEC, PIA, {"sort": "-changed"}).params() == {}
    assert parse(SPEC, PIA, {"sort": "changed"}).params() == {"sort": "changed"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "stolen"), ("state", "open' or true --"), ("done", "2026-13-01"), ("done", "yesterday"), ("least", "many"),
        ("least", "1e5"), ("least", str(2**31)), ("sort", "password"), ("sort", "--name"), ("tab", "theirs"), ("cursor", "AAAA"),
        ("least", "9" * 5_000), ("q", "a b c d e f"), ("q", "x" * 101),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_ignored_and_told(name: str, value: str) -> None:
    query = parse(SPEC, PIA, {name: value})
    assert list(query.errors) == [name]
    assert not query.filters
    assert query.place is None


def test_a_wrong_uuid_is_told_and_a_null_byte_reaches_nothing() -> None:
    assert list(parse(SPEC, VERA, {"partner": "alpha"}).errors) == ["partner"]
    assert parse(SPEC, VERA, {"q": "a\0b"}).words == ("ab",)
    assert list(parse(SPEC, VERA, {"state": "open\0"}).errors) == ["state"]


def test_unknown_parameters_are_ignored_and_so_are_those_of_the_other_side() -> None:
    query = parse(SPEC, PIA, {"utm": "x", "partner": str(OMEGA)})
    assert not query.errors
    assert not query.filters
    assert list(parse(SPEC, PIA, {"tab": "rivals"}).errors) == ["tab"]
    assert parse(SPEC, VERA, {"tab": "rivals"}).tab is SPEC.tabs[3]


@given(
    st.dictionaries(
        st.sampled_from(["q", "sort", "tab", "cursor", "state", "done", "least", "partner", "x"]), st.text(max_size=120)
    )
)
def test_any_address_makes_a_query_and_an_address_that_reads_the_same(params: dict[str, str]) -> None:
    query = parse(SPEC, VERA, params)
    again = parse(SPEC, VERA, asked(query.href("/things")))
    assert (again.params(), again.context()) == (query.params(), query.context())
    assert set(again.errors) <= {"q"}


# --- declarations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"sorts": ()},
        {"sorts": tuple(Sort(key=f"s{n}", column="score", type="integer") for n in range(5))},
        {"columns": (SPEC.columns[0], SPEC.columns[0])},
        {"columns": (Column(key="id", label="Id", sql="t.id"),)},
        {"columns": (Column(key="amount", label="Value", sql="t.amount_minor", kind=Kind.MONEY),)},
        {"columns": (Column(key="state", label="State", sql="t.state", kind=Kind.STATE),)},
        {"columns": (Column(key='x" --', label="X", sql="t.name"),)},
        {"filters": (replace(SPEC.filters[0], key="sort"),)},
        {"filters": (SPEC.filters[0], SPEC.filters[0])},
        {"tabs": (SPEC.tabs[0], SPEC.tabs[0])},
    ],
)
def test_a_declaration_that_cannot_work_is_refused_where_it_is_written(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="list things"):
        replace(SPEC, **wrong)


def test_whose_rows_come_first_in_every_statement() -> None:
    for visible in (own_rows, vendor_rows, shared_rows):
        spec = replace(SPEC, visible=visible)
        for actor in (PIA, DORA, VERA):
            clause = visible(actor)
            query = parse(spec, actor, {"state": "open", "q": "x"})
            assert listing_sql.conditions_for(query, actor)[0] == clause
            assert listing_sql.tab_conditions(spec, SPEC.tabs[1], actor)[0] == clause
    assert (own_rows(PIA), own_rows(DORA)) == ("t.partner_id = {read}", "t.partner_id = any({reads})")
    assert (own_rows(VERA), vendor_rows(VERA), vendor_rows(PIA)) == ("true", "true", "false")


def test_names_become_numbered_typed_parameters() -> None:
    statement = listing_sql.number_names("a = {me} and b < {now} and c = {me} and d = {filter_x:text} and e = '{}'")
    assert statement.text == "a = $1::uuid and b < $2::timestamptz and c = $1::uuid and d = $3::text and e = '{}'"
    assert statement.names == ("me", "now", "filter_x")
    with pytest.raises(KeyError):
        listing_sql.number_names("{password}")


@pytest.mark.security
@given(st.text(min_size=1, max_size=40), st.sampled_from(["q", "tab", "sort", "state", "since", "cursor"]))
def test_nothing_typed_is_part_of_a_statement(typed: str, name: str) -> None:
    query = parse(SPEC, VERA, {name: typed})
    shape = lists._shape(query, VERA, "first")
    written = listing_sql.rows_statement(SPEC, shape).text
    # Short words are asked row by row, long ones by the index.
    words = [combined for number in range(6) for combined in product(("a", "aaa"), repeat=number)]
    known = [parse(SPEC, VERA, {"q": " ".join(combined)}) for combined in words]
    known += [parse(SPEC, VERA, {"tab": tab.key}) for tab in SPEC.tabs]
    known += [parse(SPEC, VERA, {"sort": sign + sort.key}) for sort in SPEC.sorts for sign in ("", "-")]
    known += [
        parse(SPEC, VERA, {key: value}) for key, value in (("state", "won"), ("since", "week"), ("since", "today"))
    ]
    assert written in {listing_sql.rows_statement(SPEC, lists._shape(one, VERA, "first")).text for one in known}


def test_requests_of_one_shape_share_a_text() -> None:
    def text(params: dict[str, str]) -> object:
        return listing_sql.rows_statement(SPEC, lists._shape(parse(SPEC, PIA, params), PIA, "first"))

    assert text({"state": "open", "q": "one"}) is text({"state": "won", "q": "two"})
    assert text({"state": "open"}) is not text({"least": "3"})


# --- pages --------------------------------------------------------------------------------------------------------


async def read(params: dict[str, str], actor: Actor = PIA, spec: ListSpec = SPEC, rows: int = 25) -> Listing:
    async with db.transaction(actor):
        return await list_page(spec, actor, params, now=NOON, rows=rows)


def names(listing: Listing) -> list[str]:
    return words(listing, "name")


def words(listing: Listing, key: str) -> list[str]:
    """What stands in a column."""
    column = next(one for one in (*listing.drawn, *SPEC.columns) if one.key == key)
    return [str(row.text(column)) for row in listing.rows]


def href(listing: Listing, key: str) -> str:
    """Where the first row's cell of a column leads."""
    [column] = [one for one in listing.drawn if one.key == key]
    return listing.rows[0].href_of(column)


async def walk(params: dict[str, str], actor: Actor, rows: int) -> list[list[UUID]]:
    """All pages forward; and the way back shows the very same ones."""
    pages = [await read(params, actor, rows=rows)]
    while pages[-1].next_href:
        pages.append(await read(asked(pages[-1].next_href), actor, rows=rows))
        assert len(pages) < 50
    here = pages[-1]
    for before in reversed(pages[:-1]):
        here = await read(asked(here.back_href), actor, rows=rows)
        assert [row.id for row in here.rows] == [row.id for row in before.rows]
    assert not here.back_href
    return [[row.id for row in page.rows] for page in pages]


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


# --- what a template and a program get ------------------------------------------------------------------------------


@pytest.mark.usefixtures("things")
async def test_a_row_has_values_words_and_addresses() -> None:
    row = thing(1, amount_minor=1_932_800, state="won", changed_at=NOON - timedelta(hours=3))
    await add_things([row])
    listing = await read({}, VERA)
    [shown] = listing.rows
    assert shown.href == f"/things/{row['id']}"
    expected = {"amount": "€19,328.00", "rate": "7.3%", "score": "1", "state": "Won", "done": "1 Nov 2026"}
    assert {key: words(listing, key) for key in expected} == {key: [word] for key, word in expected.items()}
    state = shown.state(next(column for column in listing.drawn if column.key == "state"))
    assert state is not None
    assert (state.tone, state.icon) == ("good", "circle-check")
    assert words(listing, "kinds") == ["Large, new"]
    assert "3 hours ago" in words(listing, "changed")[0]
    assert href(listing, "partner") == f"/partners/{ALPHA}"
    with using("zh_CN"):
        listing = await read({}, PIA)
        assert (words(listing, "amount"), words(listing, "done")) == (["€19,328.00"], ["2026年11月1日"])
    assert "partner" not in {column.key for column in listing.drawn}


@pytest.mark.usefixtures("things")
async def test_missing_values_have_no_words() -> None:
    await add_things([thing(1, amount_minor=None, done_on=None, rate=None)])
    listing = await read({})
    assert [words(listing, key) for key in ("amount", "done", "rate")] == [[""]] * 3


@pytest.mark.usefixtures("things")
async def test_headings_turn_the_sort_and_keep_the_filters() -> None:
    listing = await read({"state": "open", "sort": "-score"}, VERA)
    headings = {heading.key: heading for heading in listing.columns}
    assert list(headings) == ["name", "partner", "amount", "score", "state", "done", "changed"]
    assert (headings["score"].sorted, asked(headings["score"].sort_href)) == (
        "descending",
        {"state": "open", "sort": "score"},
    )
    assert (headings["name"].sorted, asked(headings["name"].sort_href)) == ("", {"state": "open", "sort": "name"})
    assert asked(headings["changed"].sort_href) == {"state": "open"}
    assert (headings["amount"].sortable, headings["amount"].align, headings["name"].align) == (False, "end", "start")


@pytest.mark.usefixtures("things")
async def test_chips_lead_on_and_off() -> None:
    await add_things([thing(1)])
    listing = await read(
        {"state": "open", "partner": str(OMEGA), "done": "2026-11-01", "q": "th", "tab": "rivals"}, VERA
    )
    chips = {chip.key: chip for chip in listing.filters}
    assert list(chips) == ["state", "since", "partner", "done"]
    assert [(option.label, option.selected) for option in chips["state"].options] == [("Open", True), ("Won", False)]
    assert asked(chips["state"].options[1].href)["state"] == "won"
    assert "state" not in asked(chips["state"].clear_href)
    assert [option.label for option in chips["partner"].options] == ["Partner a", "Partner e"]
    assert (chips["partner"].active_label, chips["done"].active_label) == ("Partner e", "1 Nov 2026")
    assert chips["since"].active_label == chips["since"].clear_href == ""
    assert asked(listing.clear_href) == {"tab": "rivals"}
    assert listing.search is not None
    assert dict(listing.search.hidden) == {
        "tab": "rivals",
        "state": "open",
        "partner": str(OMEGA),
        "done": "2026-11-01",
    }
    assert urlsplit(listing.export_csv_href).path == "/things/export/csv"
    assert asked(listing.export_xlsx_href) == asked(listing.export_csv_href) | {}
    assert listing.tabs[0].href == "/things"
    assert (await read({}, VERA)).clear_href == ""


@pytest.mark.usefixtures("things")
async def test_json_has_the_same_rows_and_walks_them() -> None:
    rows = [thing(number) for number in range(7)]
    await add_things(rows)
    seen: list[str] = []
    params = {"limit": "3", "state": "open"}
    async with db.transaction(PIA):
        while True:
            page: Any = await list_items(SPEC, PIA, params, now=NOON)
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            params = {**params, "cursor": page["next_cursor"]}
    assert seen == [str(row["id"]) for row in rows]
    assert page["items"][0] == {
        "id": str(rows[6]["id"]),
        "name": "Thing 0006",
        "amount": {"minor": 607, "currency": "EUR"},
        "rate": "0.0725000000",
        "score": 6,
        "state": "open",
        "kinds": ["big", "new"],
        "done": "2026-11-01",
        "changed": "2026-11-18T10:54:00Z",
    }


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "²"},
        {"limit": "9" * 5_000},
        {"state": "x"},
        {"sort": "x"},
        {"cursor": "x"},
        {"tab": "x"},
    ],
)
async def test_json_refuses_what_makes_no_sense(params: dict[str, str]) -> None:
    async with db.transaction(PIA):
        with pytest.raises(Invalid) as refused:
            await list_items(SPEC, PIA, params, now=NOON)
    assert list(refused.value.errors) == list(params)


@pytest.mark.usefixtures("things")
async def test_every_choice_tab_and_sort_of_the_sample_runs() -> None:
    for actor in (PIA, DORA, VERA):
        for sort in SPEC.sorts:
            await read({"sort": sort.key}, actor)
        for tab in SPEC.tabs:
            await read({"tab": tab.key} if tab.when(actor) else {}, actor)
    assert re.fullmatch(r"[a-z]+", SPEC.name)
    assert Tab(key="x", label="X").counted


@pytest.mark.usefixtures("things")
async def test_an_address_with_a_missing_value_is_none_and_others_are_quoted() -> None:
    columns = (
        Column(key="name", label="Name", sql="t.name", href="/x/{name}?of={id}"),
        Column(key="done", label="Done", sql="t.done_on", href="/days/{done}"),
    )
    row = thing(1, name="../a&b", done_on=None)
    await add_things([row])
    listing = await read({}, spec=replace(SPEC, columns=columns, search=None))
    assert href(listing, "name") == f"/x/..%2Fa%26b?of={row['id']}"
    assert href(listing, "done") == ""
