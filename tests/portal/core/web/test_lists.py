"""Lists: what an address asks for, the statements made of it, and pages over real rows."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.web import listing_sql, lists
from portal.core.web.list_query import parse
from portal.core.web.lists import (
    Column,
    Kind,
    Sort,
    own_rows,
    shared_rows,
    vendor_rows,
)
from tests.portal.core.web.list_samples import (
    DORA,
    OMEGA,
    PIA,
    SPEC,
    VERA,
    asked,
)

pytestmark = pytest.mark.usefixtures("installation")


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
