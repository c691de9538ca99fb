"""Rows of a file into checked values, field by field, with every reason why a row is refused. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from portal.imports.cells import BadCell, CellError
from portal.imports.codes import CellCode
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.mapping import CONSTANT, ColumnMapping
from portal.imports.questions import Answers
from portal.imports.reading import Row, RowKind
from portal.imports.records import Exact
from portal.imports.values import Reading, Value, parse_value

_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row that was meant as data: its values by field, or all that is wrong with it; and its cells as they came.

    With errors, `values` holds the fields that could be read. Fields that are not mapped are absent, blank ones None.
    """

    number: int
    values: Mapping[str, Value]
    errors: tuple[CellError, ...]
    raw: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a field's value comes from."""

    target: Field
    index: int
    column: str
    reading: Reading
    known: dict[tuple[str, str], Value] = field(default_factory=dict)
    """Values by text and currency that were read before: the cells of a column repeat each other."""


def parse_rows(
    kind: ImportKind, mapping: ColumnMapping, answers: Answers, names: Sequence[str], rows: Iterable[Row]
) -> Iterator[Parsed]:
    """Each data row parsed and each malformed row refused, in order; what is not data is passed over.

    `names` are the shape's columns. Raises ValueError or KeyError for a mapping that `check_mapping` refuses.
    """
    places = _places(kind, mapping, answers, names)
    constants = {name: parse_value(kind.field(name), text, CONSTANT) for name, text in mapping.constants.items()}
    purses = {each.name: each.currency for each in kind.fields if each.currency}
    for row in rows:
        if row.kind is RowKind.MALFORMED:
            error = CellError(row.reason, "", dict(row.params))
            yield Parsed(row.number, {}, (error,), row.cells)
        elif row.kind is RowKind.DATA:
            yield _parse_row(row, places, constants, purses)


def _places(kind: ImportKind, mapping: ColumnMapping, answers: Answers, names: Sequence[str]) -> list[_Place]:
    """Where each mapped field is; currencies come before the amounts that need them."""
    places = [
        _Place(
            each,
            names.index(mapping.columns[each.name]),
            mapping.columns[each.name],
            Reading(answers.formats.get(each.name), answers.currency, answers.zone),
        )
        for each in kind.fields
        if each.name in mapping.columns and each.name not in mapping.constants
    ]
    return sorted(places, key=lambda place: place.target.kind is ValueKind.MONEY)


def _parse_row(row: Row, places: Sequence[_Place], constants: Mapping[str, Value], purses: Mapping[str, str]) -> Parsed:
    """One row: every cell is tried, so that all that is wrong is said at once."""
    values: dict[str, Value] = dict(constants)
    errors: list[CellError] = []
    failed: set[str] = set()
    for place in places:
        each, text, currency = place.target, row.cells[place.index], place.reading.currency
        if purse := purses.get(each.name):
            if purse in failed:
                continue  # the currency's own error says it; the amount may well be right
            currency = str(values.get(purse) or currency)
        try:
            value = _read(place, text, currency)
        except BadCell as problem:
            failed.add(each.name)
            errors.append(CellError(problem.code, place.column, problem.params, each.name))
            continue
        if value is None and each.required:
            errors.append(CellError(CellCode.REQUIRED, place.column, {}, each.name))
        values[each.name] = value
    return Parsed(row.number, values, tuple(errors), row.cells)


def _read(place: _Place, text: str, currency: str) -> Value:
    """The value of a cell. A typed cell of a workbook is read by itself: its text may mean something else in a file."""
    if isinstance(text, Exact):
        return parse_value(place.target, text, Reading(place.reading.format, currency, place.reading.zone))
    key = (text, currency)
    if key in place.known:
        return place.known[key]
    value = parse_value(place.target, text, Reading(place.reading.format, currency, place.reading.zone))
    if len(place.known) < _MOST_KNOWN and len(text) < _LONGEST_KNOWN:
        place.known[key] = value
    return value
