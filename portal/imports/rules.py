"""Rows of a file into checked values, field by field, with every reason why a row is refused. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Final, TypeAlias, cast

from portal.imports.cells import BadCell, CellError
from portal.imports.codes import CellCode
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.mapping import CONSTANT, ColumnMapping
from portal.imports.questions import Answers
from portal.imports.reading import Row, RowKind
from portal.imports.records import Exact
from portal.imports.values import Reading, Value, parse_value

_BATCH: Final = 1_000
_MOST_KNOWN: Final = 4096
_LONGEST_KNOWN: Final = 200


class _Gap(Enum):
    """What stands where there is no value."""

    NEW = "not read yet"
    FAILED = "cannot be read"


_Found: TypeAlias = Value | _Gap
_Errors: TypeAlias = dict[int, list[CellError]]
"""What is wrong, by the place of the row in its batch."""


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
    known: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Values by currency and text that were read before: the cells of a column repeat each other."""


def parse_rows(
    kind: ImportKind, mapping: ColumnMapping, answers: Answers, names: Sequence[str], rows: Iterable[Row]
) -> Iterator[Parsed]:
    """Each data row parsed and each malformed row refused, in order; what is not data is passed over.

    `names` are the shape's columns. Raises ValueError or KeyError for a mapping that `check_mapping` refuses.
    """
    places = _places(kind, mapping, answers, names)
    constants = {name: parse_value(kind.field(name), text, CONSTANT) for name, text in mapping.constants.items()}
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        parsed = _parse_batch([row for row in batch if row.kind is RowKind.DATA], places, constants)
        for row in batch:
            if row.kind is RowKind.MALFORMED:
                error = CellError(row.reason, "", dict(row.params))
                yield Parsed(row.number, {}, (error,), row.cells)
            elif row.kind is RowKind.DATA:
                yield next(parsed)


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


def _parse_batch(rows: Sequence[Row], places: Sequence[_Place], constants: Mapping[str, Value]) -> Iterator[Parsed]:
    """Rows of data, column by column: most cells have been read before, and then a column is a look-up for each.

    Every cell is tried, so that all that is wrong with a row is said at once.
    """
    cells = list(zip(*(row.cells for row in rows), strict=True))
    errors: _Errors = {}
    found: dict[str, Sequence[_Found]] = {name: (value,) * len(rows) for name, value in constants.items()}
    for place in places if rows else ():
        texts, purse = cells[place.index], place.target.currency
        found[place.target.name] = (
            _read_amounts(place, texts, found.get(purse), errors) if purse else _read_column(place, texts, errors)
        )
    names = tuple(found)
    for at, row in enumerate(rows):
        wrong = errors.get(at, ())
        values = {name: found[name][at] for name in names}
        if wrong:
            values = {name: value for name, value in values.items() if value is not _Gap.FAILED}
        yield Parsed(row.number, cast(Mapping[str, Value], values), tuple(wrong), row.cells)


def _read_column(place: _Place, texts: Sequence[str], errors: _Errors) -> list[_Found]:
    """The values of a field that needs no currency."""
    known, required = place.known.setdefault("", {}), place.target.required
    found: list[_Found] = [known.get(text, _Gap.NEW) for text in texts]
    typed = Exact in set(map(type, texts))
    for at, value in enumerate(found):
        if value is _Gap.NEW or typed:
            found[at] = _read(place, texts[at], "", at, errors)
        if required and found[at] is None:
            _note_missing(place, at, errors)
    return found


def _read_amounts(
    place: _Place, texts: Sequence[str], purses: Sequence[_Found] | None, errors: _Errors
) -> list[_Found]:
    """The values of an amount, each in its row's currency."""
    found: list[_Found] = []
    for at, text in enumerate(texts):
        purse = purses[at] if purses else None
        if purse is _Gap.FAILED:
            found.append(_Gap.FAILED)  # the currency's own error says it; the amount may well be right
            continue
        found.append(_read(place, text, str(purse or place.reading.currency), at, errors))
        if place.target.required and found[at] is None:
            _note_missing(place, at, errors)
    return found


def _note_missing(place: _Place, at: int, errors: _Errors) -> None:
    errors.setdefault(at, []).append(CellError(CellCode.REQUIRED, place.column, {}, place.target.name))


def _read(place: _Place, text: str, currency: str, at: int, errors: _Errors) -> _Found:
    """The value of a cell. A typed cell of a workbook is read by itself: its text may mean something else in a file."""
    known, typed = place.known.setdefault(currency, {}), isinstance(text, Exact)
    if text in known and not typed:
        return known[text]
    reading = Reading(place.reading.format, currency or place.reading.currency, place.reading.zone)
    try:
        value = parse_value(place.target, text, reading)
    except BadCell as problem:
        errors.setdefault(at, []).append(CellError(problem.code, place.column, problem.params, place.target.name))
        return _Gap.FAILED
    if not typed and len(known) < _MOST_KNOWN and len(text) < _LONGEST_KNOWN:
        known[text] = value
    return value
