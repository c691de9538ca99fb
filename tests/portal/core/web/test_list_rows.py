"""What a page of a list holds: values, words and addresses of rows, headings, chips, and the same as JSON."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.core import db
from portal.core.errors import Invalid
from portal.core.i18n import using
from portal.core.web.lists import (
    Column,
    Tab,
    list_items,
)
from tests.portal.core.web.list_samples import (
    ALPHA,
    DORA,
    NOON,
    OMEGA,
    PIA,
    SPEC,
    VERA,
    add_things,
    asked,
    href,
    read,
    thing,
    words,
)

pytestmark = pytest.mark.usefixtures("installation")


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
