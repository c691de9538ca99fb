"""How the columns of one file become fields, and what a look at its rows told: kept with the import as JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from pydantic import TypeAdapter

from portal.core import formats
from portal.imports import mapping as mappings
from portal.imports.cells import CellError
from portal.imports.fields import ImportKind
from portal.imports.mapping import ColumnMapping
from portal.imports.questions import Study, study_columns
from portal.imports.reading import Row, RowKind, Tally, read_rows
from portal.imports.records import Exact
from portal.imports.registry import Result
from portal.imports.rules import Parsed, parse_rows
from portal.imports.shape import Shape
from portal.imports.states import RowOutcome

CHECKED: Final = 20_000
"""Rows whose cells are looked at before the import is started."""
_HEAD: Final = 6
_BROKEN: Final = 14
"""Rows that a person is shown: the first ones, and the first ones that would be refused."""
_SHOWN_CHARS: Final = 2_000
_NOTHING: Final = Study({}, ())
DATA: Final = frozenset({RowKind.DATA, RowKind.MALFORMED})
"""Kinds of row that were meant as data."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A row that is shown before the import: as it stands in the file, and what would become of it."""

    number: int
    malformed: bool
    cells: tuple[str, ...]
    exact: tuple[int, ...]
    """Places of the cells that a workbook's reader wrote (`records.Exact`)."""
    outcome: RowOutcome | None
    """None when its cells are fine and the rest was not tried."""
    problems: tuple[CellError, ...] = ()

    def as_row(self) -> Row:
        """The row as the file gave it."""
        cells = tuple(Exact(text) if place in self.exact else text for place, text in enumerate(self.cells))
        return Row(self.number, 0, RowKind.MALFORMED if self.malformed else RowKind.DATA, cells, "", {})


@dataclass(frozen=True, slots=True)
class Trial:
    """What a look at the first rows told. `outcomes` is of those that were taken in and undone again."""

    checked: int = 0
    broken: int = 0
    """Of those checked, rows with a cell that is no value of its field."""
    tried: int = 0
    outcomes: Mapping[RowOutcome, int] = field(default_factory=dict)
    sample: tuple[Sampled, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is to be taken in, as far as that is known."""

    mapping: ColumnMapping
    answers: Mapping[str, str] = field(default_factory=dict)
    """By `Question.key`."""
    kinds: Mapping[RowKind, int] = field(default_factory=dict)
    """How many rows of the file there are of each kind."""
    study: Study = _NOTHING
    trial: Trial = field(default_factory=Trial)

    @property
    def data_rows(self) -> int:
        """How many rows were meant as data."""
        return sum(count for kind, count in self.kinds.items() if kind in DATA)

    def to_json(self) -> dict[str, Any]:
        """As plain values for a JSON column."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> "Plan":
        """From what `to_json` gave."""
        return _ADAPTER.validate_python(plain)


_ADAPTER: Final = TypeAdapter(Plan)


def usable(mapping: ColumnMapping, names: Sequence[str]) -> ColumnMapping:
    """The mapping without columns that this file does not have."""
    return ColumnMapping(
        {name: column for name, column in mapping.columns.items() if column in names}, mapping.constants
    )


def study_file(kind: ImportKind, shape: Shape, plan: Plan, content: bytes) -> Plan:
    """The plan with what all cells of its columns tell, from one pass over the file."""
    tally = Tally()
    rows = tally.watch(read_rows(content, shape))
    known = usable(plan.mapping, shape.names)
    study = study_columns(kind, known, shape.names, rows)
    return replace(plan, kinds=dict(tally.kinds), study=study, trial=Trial())


def is_ready(kind: ImportKind, shape: Shape, plan: Plan) -> bool:
    """Whether nothing keeps the file from being taken in: the mapping is whole, and nothing is asked."""
    return not mappings.check_mapping(kind, plan.mapping, shape.names) and not plan.study.open_questions(plan.answers)


def parse(kind: ImportKind, shape: Shape, plan: Plan, rows: Iterable[Row]) -> Iterator[Parsed]:
    """Rows of the file as the plan reads them."""
    answers = plan.study.answers(plan.answers, formats.time_zone())
    return parse_rows(kind, plan.mapping, answers, shape.names, rows)


@dataclass(frozen=True, slots=True)
class Checked:
    """The first rows, parsed: those to be tried in one go, and those whose cells are wrong."""

    first: tuple[Parsed, ...]
    broken: tuple[Parsed, ...]
    """The first few of them."""
    count: int
    broken_count: int


def check_rows(kind: ImportKind, shape: Shape, plan: Plan, content: bytes, *, chunk: int) -> Checked:
    """Parse the first rows of the file; `first` are the data rows among its first `chunk` rows."""
    broken: list[Parsed] = []
    first: list[Parsed] = []
    counts: Counter[bool] = Counter()
    for parsed in islice(parse(kind, shape, plan, read_rows(content, shape)), CHECKED):
        counts[parsed.ok] += 1
        if parsed.number <= chunk:
            first.append(parsed)
        if not parsed.ok and len(broken) < _BROKEN:
            broken.append(parsed)
    return Checked(tuple(first), tuple(broken), counts.total(), counts[False])


def make_trial(checked: Checked, results: Sequence[Result]) -> Trial:
    """What is shown of a look at the first rows; `results` are of those that were tried."""
    found = {number: (outcome, tuple(problems)) for number, outcome, problems in results}
    refused = [row for row in checked.first if found[row.number][0] is RowOutcome.REFUSED][:_BROKEN]
    shown = {row.number: row for row in (*checked.first[:_HEAD], *refused, *checked.broken)}
    kept = sorted(shown)[: _HEAD + _BROKEN]
    return Trial(
        checked=checked.count,
        broken=checked.broken_count,
        tried=len(checked.first),
        outcomes=Counter(outcome for outcome, _problems in found.values()),
        sample=tuple(_sampled(shown[number], found) for number in kept),
    )


def _sampled(row: Parsed, found: Mapping[int, tuple[RowOutcome, tuple[CellError, ...]]]) -> Sampled:
    outcome, problems = found.get(row.number, (RowOutcome.REFUSED if row.errors else None, row.errors))
    return Sampled(
        number=row.number,
        malformed=any(not error.field and not error.column for error in row.errors),
        cells=tuple(str(cell)[:_SHOWN_CHARS] for cell in row.raw),
        exact=tuple(place for place, cell in enumerate(row.raw) if isinstance(cell, Exact)),
        outcome=outcome,
        problems=problems,
    )
