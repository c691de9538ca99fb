"""What a template needs to draw a list: headings, chips, tabs and the addresses they lead to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote_plus

from markupsafe import Markup

from portal.core import formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.web.list_html import draw_rows
from portal.core.web.list_query import Chosen, ListQuery, sort_param
from portal.core.web.list_rows import Row
from portal.core.web.list_spec import Choice, Column, Filter, Kind

_VALUE: Final = "__value__"
_TO_THE_RIGHT: Final = frozenset({Kind.MONEY, Kind.NUMBER, Kind.PERCENT})


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading; `sorted` is `ascending`, `descending` or empty, as `aria-sort` wants it."""

    key: str
    label: str
    kind: Kind
    align: str
    sortable: bool
    sort_href: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter and where it leads."""

    value: str
    label: str
    href: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter as a chip: its choices, what is chosen, and where taking it off leads."""

    key: str
    label: str
    options: tuple[Option, ...]
    active_label: str
    clear_href: str


@dataclass(frozen=True, slots=True)
class SearchBox:
    """The search form: its field, and what else the address must keep."""

    name: str
    value: str
    placeholder: str
    hidden: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TabLink:
    """A saved view; `count` is empty when it is not counted."""

    key: str
    label: str
    href: str
    count: str
    active: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a template needs to draw a list. Addresses and texts that do not apply are empty."""

    title: str
    rows: tuple[Row, ...]
    columns: tuple[Heading, ...]
    filters: tuple[FilterChip, ...]
    search: SearchBox | None
    tabs: tuple[TabLink, ...]
    next_href: str
    back_href: str
    shown: int
    total_text: str
    export_csv_href: str
    export_xlsx_href: str
    clear_href: str
    """Takes off filters and search. Empty when none is on: an empty list then says what to do first."""
    notices: tuple[str, ...]
    """What of the address made no sense, and what was left out."""
    drawn: tuple[Column, ...]
    """The declarations behind `columns`."""

    def draw_rows(self, more: Collection[str] = ()) -> Markup:
        """The rows of the table's body; `more` are columns that small screens leave out."""
        return draw_rows(self.rows, self.drawn, [column.label for column in self.columns], more)


def make_headings(query: ListQuery, columns: Sequence[Column]) -> tuple[Heading, ...]:
    """The headings of the columns that stand in the table."""
    return tuple(_heading(query, column) for column in columns if column.in_table)


async def make_chips(query: ListQuery, actor: Actor) -> tuple[FilterChip, ...]:
    """The filters that this actor can use or has on; a statement for each with choices in the database."""
    chips = [await _chip(query, one, actor) for one in query.spec.filters if one.when(actor)]
    return tuple(chip for chip in chips if chip.options or chip.active_label)


def make_search_box(query: ListQuery) -> SearchBox | None:
    """The search form, if the list has one."""
    if query.spec.search is None:
        return None
    kept = tuple(query.params(q=None).items())
    return SearchBox("q", query.search, _(query.spec.search.placeholder), kept)


def make_tabs(query: ListQuery, counts: Mapping[str, str]) -> tuple[TabLink, ...]:
    """The saved views; each leads to all of it, without filters."""
    return tuple(
        TabLink(
            key=tab.key,
            label=_(tab.label),
            href=query.spec.path if tab is query.tabs[0] else f"{query.spec.path}?tab={tab.key}",
            count=counts.get(f"tab_{tab.key}", ""),
            active=tab is query.tab,
        )
        for tab in query.tabs
    )


def clear_href(query: ListQuery) -> str:
    """Where taking off all filters and the search leads; nothing when none is on."""
    if not query.filters and not query.search:
        return ""
    return query.href(query.spec.path, q=None, **{chosen.filter.key: None for chosen in query.filters})


def _heading(query: ListQuery, column: Column) -> Heading:
    align = "end" if column.kind in _TO_THE_RIGHT else "start"
    sort = next((sort for sort in query.spec.sorts if sort.key == column.key), None)
    if sort is None:
        return Heading(column.key, _(column.label), column.kind, align, sortable=False, sort_href="", sorted="")
    active = sort is query.sort
    descending = not query.descending if active else sort.descending
    is_default = sort is query.spec.sorts[0] and descending == sort.descending
    param = None if is_default else sort_param(sort, descending=descending)
    now = ("descending" if query.descending else "ascending") if active else ""
    href = query.href(query.spec.path, sort=param)
    return Heading(column.key, _(column.label), column.kind, align, sortable=True, sort_href=href, sorted=now)


async def _chip(query: ListQuery, one: Filter, actor: Actor) -> FilterChip:
    chosen = next((chosen for chosen in query.filters if chosen.filter is one), None)
    raw = chosen.raw if chosen else None
    path = query.spec.path
    clear = query.href(path, **{one.key: None}) if chosen else ""
    # One address is put together, and the values take the place of the first: a page has dozens of choices.
    pattern = query.href(path, **{one.key: _VALUE})
    options = tuple(
        Option(choice.value, label, pattern.replace(_VALUE, quote_plus(choice.value)), choice.value == raw)
        for choice, label in await _labelled(one, actor, raw)
    )
    return FilterChip(one.key, _(one.label), options, _active_label(chosen, options), clear)


async def _labelled(one: Filter, actor: Actor, raw: str | None) -> list[tuple[Choice, str]]:
    """The choices with their words: fixed ones are translated, those from the database are names."""
    if isinstance(one.choices, tuple):
        return [(choice, _(choice.label)) for choice in one.choices]
    return [(choice, choice.label) for choice in await one.choices(actor, raw)]


def _active_label(chosen: Chosen | None, options: Sequence[Option]) -> str:
    """What is chosen, in words."""
    if chosen is None:
        return ""
    named = next((option.label for option in options if option.selected), None)
    if named is not None:
        return named
    if isinstance(chosen.value, date):
        return formats.date(chosen.value)
    return _("chosen") if chosen.filter.type == "uuid" else chosen.raw
