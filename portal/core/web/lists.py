"""Lists: one declaration gives a page with filters, tabs, sorts and paging, and the same rows as JSON."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypedDict

from portal.core import formats
from portal.core.actor import Actor
from portal.core.db import sql, stream
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.web import cursors
from portal.core.web.cursors import Place
from portal.core.web.list_query import ListQuery, parse
from portal.core.web.list_rows import Row, make_item, make_row
from portal.core.web.list_spec import (
    Choice,
    Column,
    Filter,
    Kind,
    ListSpec,
    Search,
    Sort,
    State,
    Tab,
    anyone,
    latest_months,
    own_rows,
    rows_by,
    shared_rows,
    staff_only,
    vendor_rows,
)
from portal.core.web.list_view import (
    Listing,
    clear_href,
    make_chips,
    make_headings,
    make_search_box,
    make_tabs,
)
from portal.core.web.listing_sql import (
    Shape,
    Way,
    columns_for,
    conditions_for,
    counts_statement,
    named_values,
    rows_statement,
    tab_conditions,
)

__all__ = [
    "Choice",
    "Column",
    "Filter",
    "ItemPage",
    "Kind",
    "ListQuery",
    "ListSpec",
    "Listing",
    "Row",
    "Search",
    "Sort",
    "State",
    "Tab",
    "anyone",
    "latest_months",
    "list_items",
    "list_page",
    "own_rows",
    "parse",
    "rows_by",
    "shared_rows",
    "staff_only",
    "stream_rows",
    "vendor_rows",
]

PAGE_ROWS: Final = 25
MOST_ITEMS: Final = 100
COUNT_LIMIT: Final = 1_000
SEARCH_LIMIT: Final = 200
"""A search leads no further than this many rows; its export has them all."""


class ItemPage(TypedDict):
    """Rows as JSON."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in their order, and the places before and after them where there is more."""

    records: Sequence[Mapping[str, Any]]
    columns: tuple[Column, ...]
    back: Place | None
    next: Place | None


async def list_page(
    spec: ListSpec, actor: Actor, params: Mapping[str, str], *, now: datetime, rows: int = PAGE_ROWS
) -> Listing:
    """One page for a template. Two statements, and one for each filter whose choices are in the database."""
    query = parse(spec, actor, params)
    counts = await _count(query, actor, now)
    common = counts["total"] > COUNT_LIMIT
    batch = await _read_batch(query, actor, rows, now, common=common)
    if query.place and not batch.records:
        query = replace(query, place=None)
        batch = await _read_batch(query, actor, rows, now, common=common)
    return Listing(
        title=_(spec.title),
        rows=tuple(make_row(spec, record, now) for record in batch.records),
        columns=make_headings(query, batch.columns),
        filters=await make_chips(query, actor),
        search=make_search_box(query),
        tabs=make_tabs(query, {name: _bounded(count, COUNT_LIMIT) for name, count in counts.items()}),
        next_href=_place_href(query, batch.next),
        back_href=_place_href(query, batch.back),
        shown=len(batch.records),
        total_text=_bounded(counts["total"], _total_limit(query)),
        export_csv_href=query.href(f"{spec.path}/export/csv"),
        export_xlsx_href=query.href(f"{spec.path}/export/xlsx"),
        clear_href=clear_href(query),
        notices=(*query.errors.values(), *_left_out(query, counts["total"])),
        drawn=tuple(column for column in batch.columns if column.in_table),
    )


async def list_items(spec: ListSpec, actor: Actor, params: Mapping[str, str], *, now: datetime) -> ItemPage:
    """The same rows for JSON, `limit` of them: `items`, and `next_cursor` or null. One statement.

    Raises Invalid for a parameter that makes no sense: a program must not take all rows for those it wanted.
    """
    query = parse(spec, actor, params)
    errors = dict(query.errors)
    limit = _read_limit(params.get("limit", str(PAGE_ROWS)), errors)
    if errors:
        raise Invalid(errors)
    batch = await _read_batch(query, actor, limit, now)
    return {
        "items": [make_item(batch.columns, record) for record in batch.records],
        "next_cursor": cursors.seal(batch.next, query.context()) if batch.next else None,
    }


async def stream_rows(query: ListQuery, actor: Actor, *, now: datetime) -> AsyncIterator[dict[str, Any]]:
    """Every row that the query asks for, in its order, by a server-side cursor; for exports."""
    statement = rows_statement(query.spec, _shape(query, actor, "all"))
    async for record in stream(statement.text, *statement.values(named_values(query, actor, now))):
        yield record


def _shape(query: ListQuery, actor: Actor, way: Way, *, common: bool = False) -> Shape:
    columns, conditions = columns_for(query.spec, actor), conditions_for(query, actor, common=common)
    is_narrow = bool(query.words and not common) or (query.tab is not None and query.tab.narrow)
    return Shape(columns, conditions, query.sort, query.descending, way, narrow=is_narrow)


async def _read_batch(query: ListQuery, actor: Actor, rows: int, now: datetime, *, common: bool = False) -> Batch:
    """The rows at the query's place; a page on the way back that is not full is read as the first page.

    `common`: more rows than are ever counted meet it.
    """
    place = query.place
    start = place.start if place else 0
    room = min(rows, SEARCH_LIMIT - start) if query.words else rows
    shape = _shape(query, actor, place.way if place else "first", common=common)
    statement = rows_statement(query.spec, shape)
    values = {**named_values(query, actor, now), "limit": room + 1}
    found = await sql(statement.text, *statement.values(values))
    records, has_more = found[:room], len(found) > room
    if place and place.way == "before":
        if not has_more and len(records) < room:
            return await _read_batch(replace(query, place=None), actor, rows, now, common=common)
        records.reverse()
        has_back, has_next = has_more, True
    else:
        has_back = place is not None and bool(records)
        has_next = has_more and not (query.words and start + room >= SEARCH_LIMIT)
    return Batch(
        records,
        shape.columns,
        _edge("before", max(start - rows, 0), records[0]) if has_back else None,
        _edge("after", start + len(records), records[-1]) if has_next else None,
    )


def _edge(way: Literal["after", "before"], start: int, record: Mapping[str, Any]) -> Place:
    """The place beyond a record at the edge of its page."""
    return Place(way, start, record["_key"], record["_id"])


async def _count(query: ListQuery, actor: Actor, now: datetime) -> dict[str, int]:
    """How many rows there are (`total`) and in each counted tab (`tab_…`), none beyond its limit and one."""
    tabs = [tab for tab in query.tabs if tab.counted]
    counted = (
        ("total", conditions_for(query, actor)),
        *((f"tab_{tab.key}", tab_conditions(query.spec, tab, actor)) for tab in tabs),
    )
    statement = counts_statement(query.spec, counted)
    limits = {f"limit_{name}": COUNT_LIMIT + 1 for name, _conditions in counted}
    found = await sql(statement.text, *statement.values(named_values(query, actor, now) | limits))
    return found[0]


def _total_limit(query: ListQuery) -> int:
    return SEARCH_LIMIT if query.words else COUNT_LIMIT


def _bounded(count: int, limit: int) -> str:
    """The count, or `1,000+`: nobody learns volumes beyond that, and nothing waits for a long count."""
    return f"{formats.number(limit)}+" if count > limit else formats.number(count)


def _left_out(query: ListQuery, total: int) -> tuple[str, ...]:
    """The sentence that a search found more than its pages show."""
    if not query.words or total <= SEARCH_LIMIT:
        return ()
    sentence = _("The first %(limit)s matches are listed. Add a word, or export all of them.")
    return (sentence % {"limit": formats.number(SEARCH_LIMIT)},)


def _place_href(query: ListQuery, place: Place | None) -> str:
    return query.href(query.spec.path, cursor=cursors.seal(place, query.context())) if place else ""


def _read_limit(raw: str, errors: dict[str, str]) -> int:
    """How many rows a program wants at once."""
    limit = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= len(str(MOST_ITEMS)) else 0
    if not 1 <= limit <= MOST_ITEMS:
        errors["limit"] = _("The limit is a whole number from 1 to %(most)s.") % {"most": MOST_ITEMS}
    return limit
