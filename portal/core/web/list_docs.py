"""What the API's schema says of a list, drawn from its declaration: parameters, and what an item holds."""

from dataclasses import dataclass
from typing import Final

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Schema,
)

from portal.core.web.list_spec import Column, Filter, Kind, ListSpec
from portal.core.web.lists import MOST_ITEMS, PAGE_ROWS, SEARCH_LIMIT

_TEXT: Final = OpenAPIType.STRING
_FORMATS: Final = {"uuid": OpenAPIFormat.UUID, "date": OpenAPIFormat.DATE}


def list_operation(spec: ListSpec) -> type[Operation]:
    """The `operation_class=` of the list's JSON route."""

    @dataclass
    class ListOperation(Operation):
        """Litestar's own description, with what it cannot know."""

        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or []), *_parameters(spec)]
            page = OpenAPIMediaType(schema=_page(spec))
            answer = OpenAPIResponse("Rows in their order", content={"application/json": page})
            self.responses = {**(self.responses or {}), "200": answer}

    return ListOperation


def _parameters(spec: ListSpec) -> list[Parameter]:
    """All parameters of the address that the list reads."""
    sorts = [sign + sort.key for sort in spec.sorts for sign in ("", "-")]
    limit = Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=MOST_ITEMS, default=PAGE_ROWS)
    found = [
        _parameter("cursor", "`next_cursor` of the page before, with the other parameters unchanged."),
        Parameter("limit", "query", schema=limit, description="How many rows at most."),
        _parameter("sort", "What to sort by; `-` in front for the largest first.", sorts),
    ]
    if spec.tabs:
        found.append(_parameter("tab", "One of the list's views.", [tab.key for tab in spec.tabs]))
    if spec.search:
        found.append(_parameter("q", f"{spec.search.placeholder}. It leads no further than {SEARCH_LIMIT} rows."))
    return found + [_filter(one) for one in spec.filters]


def _filter(one: Filter) -> Parameter:
    values = [choice.value for choice in one.choices] if isinstance(one.choices, tuple) else []
    schema = Schema(
        type=OpenAPIType.INTEGER if one.type == "integer" else _TEXT,
        format=_FORMATS.get(one.type),
        enum=values or None,
    )
    return Parameter(one.key, "query", schema=schema, description=one.label)


def _parameter(name: str, description: str, values: list[str] | None = None) -> Parameter:
    return Parameter(name, "query", schema=Schema(type=_TEXT, enum=values), description=description)


def _page(spec: ListSpec) -> Schema:
    """A page of items. Only `id` is always there: some columns are for one side of the programme."""
    properties: dict[str, Schema] = {"id": Schema(type=_TEXT, format=OpenAPIFormat.UUID)}
    properties.update((column.key, _value(column)) for column in spec.columns)
    item = Schema(type=OpenAPIType.OBJECT, properties=dict(properties), required=["id"])
    return Schema(
        type=OpenAPIType.OBJECT,
        properties={
            "items": Schema(type=OpenAPIType.ARRAY, items=item),
            "next_cursor": Schema(type=[_TEXT, OpenAPIType.NULL], description="Null on the last page."),
        },
        required=["items", "next_cursor"],
    )


def _value(column: Column) -> Schema:
    """A column's value; nothing is said of the type of plain ones, which may be texts, lists or flags."""
    match column.kind:
        case Kind.MONEY:
            minor = Schema(type=OpenAPIType.INTEGER, description="Whole minor units of the currency.")
            amount = {"minor": minor, "currency": Schema(type=_TEXT)}
            return Schema(type=[OpenAPIType.OBJECT, OpenAPIType.NULL], properties=dict(amount), title=column.label)
        case Kind.DATE | Kind.DATETIME:
            written = OpenAPIFormat.DATE if column.kind == Kind.DATE else OpenAPIFormat.DATE_TIME
            return Schema(type=[_TEXT, OpenAPIType.NULL], format=written, title=column.label)
        case Kind.STATE:
            return Schema(type=_TEXT, enum=list(column.states), title=column.label)
        case Kind.PERCENT:
            return Schema(type=[_TEXT, OpenAPIType.NULL], title=column.label, description="A decimal: 0.07 is 7 %.")
        case Kind.TEXT | Kind.NUMBER:
            return Schema(title=column.label)
