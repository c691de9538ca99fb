"""How a list is declared: its columns, sorts, filters, tabs and search, as data."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.text import fold

MOST_SORTS: Final = 4
RESERVED: Final = frozenset({"q", "sort", "tab", "cursor", "limit", "id"})
"""Parameters of every list, which no filter may be called."""
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


def anyone(_actor: Actor) -> bool:
    """Whoever may open the list at all."""
    return True


def staff_only(actor: Actor) -> bool:
    """The vendor's side. A column, filter or tab that carries others' facts is for it alone."""
    return not actor.is_partner


When: TypeAlias = Callable[[Actor], bool]
Visible: TypeAlias = Callable[[Actor], str]
"""The first clause of every statement of the list: SQL for this actor, with the names of `ListSpec`."""


def rows_by(owner: str) -> Visible:
    """A partner's own rows and those of partners below it, by this SQL of their owner; all for the vendor."""
    # A plain `=` for the usual one partner: with `any` the index (partner_id, column, id) could not sort.
    one, several = f"{owner} = {{read}}", f"{owner} = any({{reads}})"

    def visible(actor: Actor) -> str:
        if not actor.is_partner:
            return "true"
        return one if len(actor.reads) == 1 else several

    return visible


own_rows: Final = rows_by("t.partner_id")
"""The rows of `PartnerScoped` tables."""


def vendor_rows(actor: Actor) -> str:
    """Rows of the vendor only: a partner has none."""
    return "false" if actor.is_partner else "true"


def shared_rows(_actor: Actor) -> str:
    """Rows that everybody may read, such as the catalogue."""
    return "true"


class Kind(StrEnum):
    """What a column holds, which decides how it is written in a page, a file and JSON."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class State:
    """How one stored state is shown: its word, marked with `N_`, and the tone and icon of its badge."""

    label: str
    tone: str
    icon: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Column:
    """One column. `sql` must give one value per row: use a sub-select where a join would repeat rows."""

    key: str
    label: str
    sql: str
    kind: Kind = Kind.TEXT
    currency: str = ""
    """SQL of the currency; MONEY needs it, and its `sql` is whole minor units."""
    states: Mapping[str, State] = field(default_factory=dict)
    """Each stored value of a STATE."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The word for each stored value of another vocabulary, marked with `N_`."""
    href: str = ""
    """Where the cell leads: `/partners/companies/{partner_id}`, with keys of the same row."""
    in_table: bool = True
    in_export: bool = True
    when: When = anyone


@dataclass(frozen=True, eq=False, kw_only=True)
class Sort:
    """A NOT NULL column of the list's own table, with the indexes (column, id) and (partner_id, column, id).

    Text sorts `COLLATE "C"`, and so must its index. Its values travel in the cursor: never a serial number.
    """

    key: str
    """Its name in the address, and the column whose heading carries it."""
    column: str
    type: Literal["text", "bigint", "integer", "timestamptz", "date", "numeric", "boolean"]
    descending: bool = False
    """The way it goes first; a second click turns it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Choice:
    """One value of a filter; `sql` is its own condition where the filter's does not say it."""

    value: str
    label: str
    sql: str = ""


Choices: TypeAlias = Callable[[Actor, str | None], Awaitable[Sequence[Choice]]]
"""Choices read from the database, labels as they are shown; the one already chosen must be among them."""


def latest_months(count: int) -> Choices:
    """The running month and those before, `count` in all, and the one that is chosen."""

    async def choices(_actor: Actor, chosen: str | None) -> Sequence[Choice]:
        months = [clock.month_of(clock.day_of(clock.now(), formats.time_zone().key))]
        while len(months) < count:
            months.append(clock.previous_month(months[-1]))
        if chosen and date.fromisoformat(chosen) not in months:
            months.append(date.fromisoformat(chosen))
        return [Choice(value=month.isoformat(), label=formats.month(month)) for month in months]

    return choices


@dataclass(frozen=True, eq=False, kw_only=True)
class Filter:
    """One condition a person may choose. Without choices it is set by links only and shown while it is on."""

    key: str
    label: str
    sql: str = ""
    """The condition, with the chosen value as `{value}`."""
    type: Literal["text", "uuid", "date", "integer"] = "text"
    probes: bool = False
    """Its condition looks into another table (`EXISTS`): asked of each row where many rows meet it."""
    choices: tuple[Choice, ...] | Choices = ()
    """Fixed ones have labels marked with `N_`."""
    when: When = anyone


@dataclass(frozen=True, eq=False, kw_only=True)
class Tab:
    """A saved view that comes with the list. The first one a person has is where the list opens."""

    key: str
    label: str
    sql: str = ""
    """Its condition; without one it is everything."""
    counted: bool = True
    narrow: bool = False
    """Few rows meet it at any time, by an index of its own: they are found first and sorted then."""
    when: When = anyone


@dataclass(frozen=True, eq=False, kw_only=True)
class Search:
    """Search by every word typed, in one stored column that was folded by the same function."""

    column: str
    """SQL of the folded column; needs a trigram index once the table is large."""
    placeholder: str
    fold: Callable[[str], str] = fold


@dataclass(frozen=True, eq=False, kw_only=True)
class ListSpec:
    """A list: rows of `table`, known as `t` in all SQL of the declaration.

    SQL may name these values: `{me}` (person), `{membership}`, `{partner}`, `{read}`, `{reads}`, `{now}`,
    `{today}` and `{zone}` (the vendor's day and time zone), and in a filter `{value}`. They travel as numbered
    parameters; nothing that a person typed is ever part of a statement.
    """

    name: str
    """In English, lower case, for file names: `deals`."""
    title: str
    path: str
    """Of the page; its exports are at `path/export/csv` and `path/export/xlsx`."""
    table: str
    joins: str = ""
    """To-one joins only: one row of `t` is one row of the list. Counts leave out those that they do not name."""
    visible: Visible = own_rows
    columns: tuple[Column, ...]
    sorts: tuple[Sort, ...]
    """At most four; the first is the default."""
    filters: tuple[Filter, ...] = ()
    tabs: tuple[Tab, ...] = ()
    search: Search | None = None
    row_href: str = ""
    """Where a row leads: `/partners/deals/{id}`."""

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot work, where it is written. Raises ValueError."""
        keys = [column.key for column in self.columns]
        names = [one.key for one in self.filters]
        views = [tab.key for tab in self.tabs]
        wrong = (
            (not 1 <= len(self.sorts) <= MOST_SORTS, "needs one to four sorts"),
            (len(set(keys)) != len(keys) or "id" in keys, "has two columns of one name, or one called id"),
            (len(set(names)) != len(names) or bool(RESERVED & set(names)), "has a filter of a taken name"),
            (len(set(views)) != len(views), "has two tabs of one name"),
            (any((c.kind == Kind.MONEY) != bool(c.currency) for c in self.columns), "needs a currency"),
            (any((c.kind == Kind.STATE) != bool(c.states) for c in self.columns), "needs its states"),
            (not all(_WORD.fullmatch(key) for key in keys + names + views), "has a key that is no word"),
        )
        for is_wrong, what in wrong:
            if is_wrong:
                message = f"list {self.name} {what}"
                raise ValueError(message)
