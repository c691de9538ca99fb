"""What a person asked of a list: the parameters of the address, read against its declaration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.web import cursors
from portal.core.web.cursors import Place
from portal.core.web.list_spec import Choice, Filter, ListSpec, Search, Sort, Tab

MOST_WORDS: Final = 5
LONGEST_SEARCH: Final = 100
LONGEST_VALUE: Final = 100
_MOST_INTEGER: Final = 2**31


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that is on."""

    filter: Filter
    raw: str
    value: object
    choice: Choice | None


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A request that makes sense for the list; what did not is in `errors`: a sentence by parameter."""

    spec: ListSpec
    tabs: tuple[Tab, ...]
    """Those that this actor has; the first is where the list opens."""
    tab: Tab | None
    filters: tuple[Chosen, ...]
    search: str
    words: tuple[str, ...]
    sort: Sort
    descending: bool
    place: Place | None
    errors: Mapping[str, str]

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter or a search is on, beside the tab."""
        return bool(self.filters or self.words)

    def params(self, **changes: str | None) -> dict[str, str]:
        """The parameters that ask this again, first page, with some changed (None takes one away)."""
        default = self.spec.sorts[0]
        is_default = self.sort is default and self.descending == default.descending
        asked = {
            "tab": None if self.tab is None or self.tab is self.tabs[0] else self.tab.key,
            "q": self.search or None,
            **{chosen.filter.key: chosen.raw for chosen in self.filters},
            "sort": None if is_default else sort_param(self.sort, descending=self.descending),
        }
        return {key: value for key, value in {**asked, **changes}.items() if value is not None}

    def href(self, path: str, **changes: str | None) -> str:
        """The address at `path` that asks this again, first page, with some parameters changed."""
        params = self.params(**changes)
        return f"{path}?{urlencode(params)}" if params else path

    def context(self) -> bytes:
        """What a cursor is good for: this list, tab, filters, search, sort and direction."""
        tab = self.tab.key if self.tab else ""
        parts = [self.spec.name, tab, self.sort.key, self.descending, sorted(self.params().items())]
        return json.dumps(parts).encode()


def sort_param(sort: Sort, *, descending: bool) -> str:
    """A sort as it stands in the address: `amount`, or `-amount` for the largest first."""
    return f"-{sort.key}" if descending else sort.key


def parse(spec: ListSpec, actor: Actor, params: Mapping[str, str]) -> ListQuery:
    """Read the parameters. Unknown ones are ignored; wrong ones too, and told in `errors`."""
    errors: dict[str, str] = {}
    filters = tuple(
        chosen
        for one in spec.filters
        if one.when(actor) and params.get(one.key) and (chosen := _read_filter(one, params[one.key], errors))
    )
    search, words = _read_search(spec.search, params.get("q", ""), errors)
    sort, descending = _read_sort(spec, params.get("sort", ""), errors)
    tabs = tuple(tab for tab in spec.tabs if tab.when(actor))
    tab = _read_tab(tabs, params.get("tab", ""), errors)
    query = ListQuery(spec, tabs, tab, filters, search, words, sort, descending, None, errors)
    return _at_cursor(query, params.get("cursor", ""))


def _read_filter(one: Filter, raw: str, errors: dict[str, str]) -> Chosen | None:
    """The filter with its value, or None and a sentence."""
    fixed = one.choices if isinstance(one.choices, tuple) else ()
    choice = next((choice for choice in fixed if choice.value == raw), None)
    value = None if fixed and choice is None else _read_value(one, raw)
    if value is None:
        errors[one.key] = _("“%(value)s” is not a choice of the filter %(filter)s, so it is off.") % {
            "value": raw[:LONGEST_VALUE],
            "filter": _(one.label),
        }
        return None
    return Chosen(one, raw, value, choice)


def _read_value(one: Filter, raw: str) -> object | None:
    """The value in the filter's type, or None."""
    if len(raw) > LONGEST_VALUE or "\0" in raw:
        return None
    try:
        match one.type:
            case "uuid":
                return UUID(raw)
            case "date":
                return date.fromisoformat(raw)
            case "integer":
                value = int(raw)
                return value if abs(value) < _MOST_INTEGER else None
            case "text":
                return raw
    except ValueError:
        return None


def _read_search(search: Search | None, raw: str, errors: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """What was typed, and its folded words."""
    typed = " ".join(raw.replace("\0", "").split())
    if search is None or not typed:
        return "", ()
    words = search.fold(typed[:LONGEST_SEARCH]).split()
    if len(typed) > LONGEST_SEARCH or len(words) > MOST_WORDS:
        errors["q"] = _("The search is too long: only its first words are used.")
    return typed[:LONGEST_SEARCH], tuple(words[:MOST_WORDS])


def _read_sort(spec: ListSpec, raw: str, errors: dict[str, str]) -> tuple[Sort, bool]:
    """The sort and its direction; the list's own when the address names none."""
    default = spec.sorts[0]
    if not raw:
        return default, default.descending
    found = next((sort for sort in spec.sorts if sort.key == raw.removeprefix("-")), None)
    if found is None:
        errors["sort"] = _("This list cannot be sorted that way.")
        return default, default.descending
    return found, raw.startswith("-")


def _read_tab(tabs: tuple[Tab, ...], raw: str, errors: dict[str, str]) -> Tab | None:
    """The tab, or the first of them."""
    found = next((tab for tab in tabs if tab.key == raw), None)
    if raw and found is None:
        errors["tab"] = _("There is no such view.")
    return found or next(iter(tabs), None)


def _at_cursor(query: ListQuery, cursor: str) -> ListQuery:
    """The query at its cursor; one of another list, filter or sort, or not of ours, means the first page."""
    if not cursor:
        return query
    place = cursors.open_cursor(cursor, query.context())
    if place is None:
        sentence = _("That page is out of date, so the list starts again.")
        return replace(query, errors={**query.errors, "cursor": sentence})
    return replace(query, place=place)
