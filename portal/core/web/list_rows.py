"""Rows of lists: one record as cells with their value and their words, and as a JSON object."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from string import Formatter
from typing import Any
from urllib.parse import quote
from uuid import UUID

from markupsafe import Markup

from portal.core import formats
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.web.list_spec import Column, Kind, ListSpec, State


class Row:
    """One record as a template shows it."""

    __slots__ = ("_now", "_record", "href", "id")

    def __init__(self, spec: ListSpec, record: Mapping[str, Any], now: datetime) -> None:
        self._record = record
        self._now = now
        self.id: UUID = record["_id"]
        self.href = _filled(spec.row_href, record)

    def text(self, column: Column) -> str | Markup:
        """A value in words; empty when there is none."""
        value = value_of(column, self._record)
        return "" if value is None else _text(column, value, self._now)

    def state(self, column: Column) -> State | None:
        """How a STATE is shown."""
        return column.states.get(str(self._record[column.key])) if column.states else None

    def href_of(self, column: Column) -> str:
        """Where a cell leads, or nothing."""
        return _filled(column.href, self._record) if column.href else ""


def make_row(spec: ListSpec, record: Mapping[str, Any], now: datetime) -> Row:
    """The record for a template."""
    return Row(spec, record, now)


def make_item(columns: Sequence[Column], record: Mapping[str, Any]) -> dict[str, Any]:
    """The record for JSON: amounts in whole minor units, moments in UTC, rates as decimal text."""
    values = {column.key: _json_value(value_of(column, record)) for column in columns}
    return {"id": str(record["_id"]), **values}


def value_of(column: Column, record: Mapping[str, Any]) -> Any:
    """The column's value; an amount as `Money`."""
    value = record[column.key]
    if column.kind == Kind.MONEY and value is not None:
        return Money(int(value), record[f"{column.key}__currency"])
    return value


def words_of(column: Column, value: Any) -> str:
    """A stored value, or a list of them, in the words of its column; one without words as it stands."""
    if isinstance(value, list):
        return ", ".join(words_of(column, one) for one in value)
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    state = column.states.get(plain)
    label = state.label if state else column.labels.get(plain)
    return _(label) if label else plain


def _text(column: Column, value: Any, now: datetime) -> str | Markup:
    match column.kind:
        case Kind.MONEY:
            return formats.money(value)
        case Kind.NUMBER:
            return formats.number(value)
        case Kind.PERCENT:
            return formats.percent(value)
        case Kind.DATE:
            return formats.date(value)
        case Kind.DATETIME:
            return formats.ago(value, now)
        case Kind.TEXT | Kind.STATE:
            return words_of(column, value)


def _filled(href: str, record: Mapping[str, Any]) -> str:
    """An address with the record's values in it, or nothing when one of them is missing."""
    filled = href
    for name in _names(href):
        value = record["_id"] if name == "id" else record.get(name)
        if value is None:
            return ""
        filled = filled.replace(f"{{{name}}}", str(value) if isinstance(value, UUID) else quote(str(value), safe=""))
    return filled


@cache
def _names(href: str) -> tuple[str, ...]:
    """The keys that an address names."""
    return tuple(name for _words, name, _format, _conversion in Formatter().parse(href) if name)


def _json_value(value: Any) -> object:
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case _:
            return value
