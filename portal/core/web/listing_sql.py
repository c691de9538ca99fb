"""The SQL of lists: built from declarations only, every value a numbered parameter, texts kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.web.list_query import Chosen, ListQuery
from portal.core.web.list_spec import Column, Kind, ListSpec, Sort, Tab

_NAME: Final = re.compile(r"\{(\w+)(?::([a-z]+(?:\[\])?))?\}")
_TYPES: Final = {
    "me": "uuid",
    "membership": "uuid",
    "partner": "uuid",
    "read": "uuid",
    "reads": "uuid[]",
    "now": "timestamptz",
    "today": "date",
    "zone": "text",
}
_ALIAS: Final = re.compile(r"\bJOIN\s+\w+\s+(?:AS\s+)?(\w+)", re.IGNORECASE)
"""Names of joined tables."""
_INDEXED_LETTERS: Final = 3
_KEPT: Final = 1_024

Way = Literal["first", "after", "before", "all"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A text with `$1`, `$2` … and the names of the values that go there, in this order."""

    text: str
    names: tuple[str, ...]

    def values(self, named: Mapping[str, object]) -> list[object]:
        """The values in the order of the parameters."""
        return [named[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class Shape:
    """All that decides the text of a statement: two requests of the same shape share it."""

    columns: tuple[Column, ...]
    conditions: tuple[str, ...]
    sort: Sort
    descending: bool
    way: Way
    narrow: bool = False
    """Find the rows first and sort them then; PostgreSQL would walk the whole list in its order for few rows."""


def number_names(text: str) -> Statement:
    """Turn each `{name}` or `{name:type}` into a typed parameter; a name used twice is one parameter.

    Raises KeyError for a name that has no type: a mistake in a declaration.
    """
    names: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        name, type_ = match[1], match[2] or _TYPES[match[1]]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}::{type_}"

    return Statement(_NAME.sub(numbered, text), tuple(names))


def columns_for(spec: ListSpec, actor: Actor) -> tuple[Column, ...]:
    """The columns that this actor may see."""
    return tuple(column for column in spec.columns if column.when(actor))


def conditions_for(query: ListQuery, actor: Actor, *, common: bool = False) -> tuple[str, ...]:
    """The conditions of the rows asked for; whose rows they may be comes first.

    `common`: many rows meet them, so walking the list in its order meets a page of them soon.
    """
    return (
        query.spec.visible(actor),
        *_tab_condition(query.tab),
        *(_filter_condition(chosen, common=common) for chosen in query.filters),
        *(_word_condition(query, number, common=common) for number in range(len(query.words))),
    )


def _word_condition(query: ListQuery, number: int, *, common: bool) -> str:
    column = query.spec.search.column if query.spec.search else ""
    condition = f"{column} like {{word_{number}:text}}"
    # The index knows three letters in a row; with fewer it would read itself from end to end.
    return _row_by_row(condition) if common or len(query.words[number]) < _INDEXED_LETTERS else condition


def _row_by_row(condition: str) -> str:
    """The condition so that it is asked of each row that is met, and no index or join is made for it.

    The planner expects every other row to meet it, and so walks the list in its order up to a full page.
    """
    return f"(select {condition})"


def tab_conditions(spec: ListSpec, tab: Tab, actor: Actor) -> tuple[str, ...]:
    """The conditions of a saved view without filters or search."""
    return (spec.visible(actor), *_tab_condition(tab))


def named_values(query: ListQuery, actor: Actor, now: datetime) -> dict[str, object]:
    """Every value that a statement of this list may name."""
    zone = formats.time_zone().key
    values: dict[str, object] = {
        "me": actor.person_id,
        "membership": actor.membership_id,
        "partner": actor.partner_id,
        "read": next(iter(actor.reads), None),
        "reads": list(actor.reads),
        "now": now,
        "today": clock.day_of(now, zone),
        "zone": zone,
    }
    values.update((f"filter_{chosen.filter.key}", chosen.value) for chosen in query.filters)
    values.update((f"word_{i}", f"%{_escaped(word)}%") for i, word in enumerate(query.words))
    if query.place:
        values.update(place_value=query.place.value, place_id=query.place.id)
    return values


@lru_cache(maxsize=_KEPT)
def rows_statement(spec: ListSpec, shape: Shape) -> Statement:
    """The rows of one page, or all of them; each with `_id` and its sort value as text, `_key`."""
    wanted = [f"t.id as _id, t.{shape.sort.column}::text as _key"]
    for column in shape.columns:
        wanted.append(f'({column.sql}) as "{column.key}"')
        if column.kind == Kind.MONEY:
            wanted.append(f'({column.currency}) as "{column.key}__currency"')
    key = f"t.{shape.sort.column}" + (' collate "C"' if shape.sort.type == "text" else "")
    upwards = shape.descending == (shape.way == "before")
    order, comparison = ("asc", ">") if upwards else ("desc", "<")
    conditions = list(shape.conditions)
    if shape.way in {"after", "before"}:
        value = f"{{place_value:text}}::{shape.sort.type}"
        conditions.append(f"({key}, t.id) {comparison} ({value}, {{place_id:uuid}})")
    source = _rows_of(spec, tuple(conditions))
    if shape.narrow:
        # `offset 0` keeps the planner from reaching through; columns are worked out for the page's rows only.
        source = f"from (select t.* {source} offset 0) as t {spec.joins}"
    parts = [
        "select",
        ", ".join(wanted),
        source,
        f"order by {key} {order}, t.id {order}",
        "" if shape.way == "all" else "limit {limit:bigint}",
    ]
    return number_names(" ".join(parts))


@lru_cache(maxsize=_KEPT)
def counts_statement(spec: ListSpec, counted: tuple[tuple[str, tuple[str, ...]], ...]) -> Statement:
    """How many rows meet each set of conditions, in one statement; none counts beyond its `{limit_…}`."""
    counts = [
        " ".join(
            [
                "(select count(*) from (select 1",
                _rows_of(spec, conditions, only_named=True),
                f'limit {{limit_{name}:bigint}}) as bounded) as "{name}"',
            ]
        )
        for name, conditions in counted
    ]
    return number_names("select " + ", ".join(counts))


def _rows_of(spec: ListSpec, conditions: tuple[str, ...], *, only_named: bool = False) -> str:
    met = " and ".join(f"({condition})" for condition in conditions)
    joins = spec.joins
    if only_named and not any(f"{alias}." in met for alias in _ALIAS.findall(joins)):
        joins = ""
    return f"from {spec.table} t {joins} where {met}"


def _tab_condition(tab: Tab | None) -> tuple[str, ...]:
    return (tab.sql,) if tab and tab.sql else ()


def _filter_condition(chosen: Chosen, *, common: bool) -> str:
    """The condition of the choice, or of the filter."""
    condition = chosen.choice.sql if chosen.choice and chosen.choice.sql else chosen.filter.sql
    named = condition.replace("{value}", f"{{filter_{chosen.filter.key}:{chosen.filter.type}}}")
    return _row_by_row(named) if common and chosen.filter.probes else named


def _escaped(word: str) -> str:
    """A word in which LIKE finds no wildcard."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
