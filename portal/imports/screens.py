"""What the pages of an import show, put together from the import: columns, questions, first rows, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from portal.core import formats
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.imports import messages
from portal.imports.cells import CellError
from portal.imports.dates import Moment
from portal.imports.encodings import ENCODINGS
from portal.imports.fields import Field, ValueKind
from portal.imports.mapping import ColumnMapping, guess_mapping
from portal.imports.plans import Sampled, parse
from portal.imports.queries import Job, ReportRow
from portal.imports.questions import Question
from portal.imports.reading import RowKind
from portal.imports.registry import Importer
from portal.imports.schemas import FILE, TypedPlan
from portal.imports.separators import SEPARATORS
from portal.imports.states import RowOutcome
from portal.imports.values import Value

OUTCOMES: Final[Mapping[RowOutcome, tuple[str, str, str]]] = {
    RowOutcome.IMPORTED: (N_("New"), "good", "plus"),
    RowOutcome.CHANGED: (N_("Changed"), "us", "pencil"),
    RowOutcome.SAME: (N_("Already here"), "draft", "check"),
    RowOutcome.REFUSED: (N_("Refused"), "bad", "circle-x"),
    RowOutcome.NOT_DATA: (N_("No data"), "draft", "circle-minus"),
}
"""Word, tone and icon of each outcome."""

_ROW_KINDS: Final[Mapping[RowKind, str]] = {
    RowKind.DATA: N_("Rows of data"),
    RowKind.MALFORMED: N_("Malformed rows"),
    RowKind.HEADER: N_("Headings"),
    RowKind.ABOVE: N_("Above the headings"),
    RowKind.BLANK: N_("Blank rows"),
    RowKind.FOOTER: N_("End of a report"),
}
_EXPECTED: Final[Mapping[ValueKind, str]] = {
    ValueKind.TEXT: "",
    ValueKind.INTEGER: N_("whole number"),
    ValueKind.DECIMAL: N_("number"),
    ValueKind.MONEY: N_("amount"),
    ValueKind.CURRENCY: N_("currency"),
    ValueKind.DATE: N_("date"),
    ValueKind.MOMENT: N_("date and time"),
    ValueKind.BOOLEAN: N_("yes or no"),
    ValueKind.CHOICE: N_("one of several"),
    ValueKind.LIST: N_("list, with semicolons"),
    ValueKind.COUNTRY: N_("country"),
    ValueKind.EMAIL: N_("e-mail address"),
    ValueKind.DOMAIN: N_("website"),
    ValueKind.URL: N_("web address"),
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One line of the mapping: a field, the column that brings it, and why."""

    name: str
    label: str
    help: str
    expected: str
    required: bool
    column: str
    reason: str
    """Why the column was taken; empty when a person chose it."""
    doubtful: bool
    samples: tuple[str, ...]
    constant: str
    choices: tuple[tuple[str, str], ...]
    """What the one value for all rows is chosen from, where the field has choices."""
    error: str
    may_be_constant: bool
    """Whether one value for all rows makes sense: no column brings it, and it is no id."""

    @property
    def is_missing(self) -> bool:
        """Whether the file cannot be taken in for want of it."""
        return self.required and not self.column and not self.constant


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers."""

    name: str
    text: str
    samples: tuple[str, ...]
    options: tuple[tuple[str, str, str], ...]
    """Value, words, and what the first sample reads as."""
    answer: str
    suggested: str


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as it would go in; with `problem`, as it stands in the file."""

    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row before it goes in, or after."""

    number: int
    label: str
    tone: str
    icon: str
    cells: tuple[ShownCell, ...]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanScreen:
    """All that the page of an import shows that has not begun."""

    columns: tuple[str, ...]
    lines: tuple[FieldLine, ...]
    """Fields that are required, or that a column brings."""
    others: tuple[FieldLine, ...]
    missing: tuple[str, ...]
    """Labels of the required fields that nothing brings."""
    unused: tuple[str, ...]
    questions: tuple[Asked, ...]
    headings: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    outcomes: tuple[tuple[str, str, str, int], ...]
    errors: Mapping[str, str] = field(default_factory=dict)


def plan_screen(job: Job, typed: TypedPlan | None = None, errors: Mapping[str, str] | None = None) -> PlanScreen:
    """The page of an import that has not begun, with what a person chose even where it was refused."""
    errors = errors or {}
    mapping = typed.mapping if typed else job.plan.mapping
    lines = _lines(job, mapping, errors)
    near = [line for line in lines if line.required or line.column or line.constant or line.error]
    used = set(mapping.columns.values())
    trial = job.plan.trial
    shown = [each for each in job.importer.kind.fields if each.name in job.plan.mapping.columns]
    return PlanScreen(
        columns=job.shape.names,
        lines=tuple(near),
        others=tuple(line for line in lines if line not in near),
        missing=tuple(line.label for line in lines if line.is_missing),
        unused=tuple(name for name in job.shape.names if name not in used),
        questions=tuple(_asked(one, typed.answers if typed else job.plan.answers) for one in job.plan.study.questions),
        headings=tuple(_(each.label) for each in shown),
        rows=tuple(_sampled(job, shown, row) for row in trial.sample),
        outcomes=tuple((*_words(outcome), count) for outcome, count in _ordered(trial.outcomes)),
        errors=errors,
    )


def _words(outcome: RowOutcome) -> tuple[str, str, str]:
    label, tone, icon = OUTCOMES[outcome]
    return _(label), tone, icon


def _ordered(counts: Mapping[RowOutcome, int]) -> list[tuple[RowOutcome, int]]:
    return [(outcome, counts[outcome]) for outcome in OUTCOMES if counts.get(outcome)]


def _lines(job: Job, mapping: ColumnMapping, errors: Mapping[str, str]) -> list[FieldLine]:
    guess = {match.field: match for match in guess_mapping(job.importer.kind, job.shape.columns).matches}
    samples = {column.name: column.samples for column in job.shape.columns}
    out = []
    for each in job.importer.kind.fields:
        column = mapping.columns.get(each.name, "")
        match = guess.get(each.name)
        guessed = match is not None and match.column.name == column
        out.append(
            FieldLine(
                name=each.name,
                label=_(each.label),
                help=_(each.help) if each.help else "",
                expected=_expected(each),
                required=each.required,
                column=column,
                reason=messages.explain_match(match.reason) if match and guessed else "",
                doubtful=bool(match and guessed and match.reason == "fuzzy"),
                samples=samples.get(column, ()),
                constant=mapping.constants.get(each.name, ""),
                choices=_choices(each),
                error=errors.get(each.name, ""),
                may_be_constant=each.name in mapping.constants
                or (not column and each.name != job.importer.kind.source_id),
            )
        )
    return out


def _expected(each: Field) -> str:
    """What a cell should hold, where the field's own name does not say it."""
    words = _(_EXPECTED[each.kind]) if _EXPECTED[each.kind] else ""
    return "" if words.casefold() == _(each.label).casefold() else words


def _choices(each: Field) -> tuple[tuple[str, str], ...]:
    if each.kind is ValueKind.BOOLEAN:
        return (("yes", _("yes")), ("no", _("no")))
    if each.kind is not ValueKind.CHOICE:
        return ()
    return tuple((choice.value, _(choice.synonyms[0]) if choice.synonyms else choice.value) for choice in each.choices)


def _asked(question: Question, answers: Mapping[str, str]) -> Asked:
    return Asked(
        name=FILE if question.key == "*" else question.key,
        text=messages.ask(question.code, question.column),
        samples=question.samples,
        options=tuple((one.value, messages.label(one.value), _reads(one.reads)) for one in question.options),
        answer=answers.get(question.key, ""),
        suggested=messages.label(question.suggestion) if question.suggestion else "",
    )


def _reads(text: str) -> str:
    """What a cell reads as: a day as the person writes days; a number stays in plain digits, so that it is clear."""
    try:
        return formats.date(date.fromisoformat(text))
    except ValueError:
        return text


def _sampled(job: Job, shown: Sequence[Field], row: Sampled) -> ShownRow:
    """A row with its values as they would be stored, or its cells where they are no values."""
    label, tone, icon = _words(row.outcome) if row.outcome else (_("Fine"), "draft", "circle-dashed")
    sentences = tuple(explain_in(job, problem) for problem in row.problems)
    if row.malformed:
        return ShownRow(row.number, label, tone, icon, (ShownCell(" · ".join(row.cells)),), sentences)
    (parsed,) = parse(job.importer.kind, job.shape, job.plan, [row.as_row()])
    wrong = {problem.field: problem for problem in row.problems}
    cells = []
    for each in shown:
        problem = wrong.get(each.name)
        bare = row.cells[job.shape.names.index(job.plan.mapping.columns[each.name])]
        failed = problem is not None and each.name not in parsed.values
        text = bare if failed else written(each, parsed.values.get(each.name))
        cells.append(ShownCell(text or (bare if problem else ""), job.importer.explain(problem) if problem else ""))
    return ShownRow(row.number, label, tone, icon, tuple(cells), sentences)


def explain_in(job: Job, problem: CellError) -> str:
    """What is wrong, with the column of the file in front where that is known."""
    column = "" if problem.column else job.plan.mapping.columns.get(problem.field, "")
    sentence = job.importer.explain(problem)
    return _("%(column)s: %(sentence)s") % {"column": column, "sentence": sentence} if column else sentence


def written(each: Field, value: Value) -> str:
    """A value as it would be stored, in the person's language."""
    if value is None:
        return ""
    if isinstance(value, str):
        return dict(_choices(each)).get(value, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Moment):
        return formats.date(value.at) if value.precision == "day" else formats.datetime_(value.at)
    return _written_exact(value)


def _written_exact(value: int | Decimal | Money | date | tuple[str, ...]) -> str:
    match value:
        case Money():
            return formats.money(value)
        case date():
            return formats.date(value)
        case tuple():
            return ", ".join(value)
        case _:
            return formats.number(value, _decimals(value))


def _decimals(value: int | Decimal) -> int:
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(-exponent, 0) if isinstance(exponent, int) else 0


_FORMATS: Final[Mapping[str, str]] = {
    "text": N_("Text with separators"),
    "xlsx": N_("Excel workbook"),
    "parquet": N_("Parquet"),
}
_EACH_MONTH: Final = N_("The table has a column for each month: each month of a row became a row of its own.")


def row_kinds(job: Job) -> list[tuple[str, str]]:
    """What the rows of the file are, in words; the counts add up to all rows."""
    counts = job.plan.kinds
    return [(_(label), formats.number(counts[kind])) for kind, label in _ROW_KINDS.items() if counts.get(kind)]


def reading_words(job: Job) -> list[tuple[str, str, str]]:
    """How the file was read: what, how, and why so."""
    shape = job.shape
    told = [(_("Format"), _(_FORMATS[shape.format]), "")]
    if shape.encoding:
        name = ENCODINGS.get(shape.encoding.name, shape.encoding.name)
        told.append((_("Encoding"), name, messages.explain_shape(shape.encoding.reason)))
    if shape.dialect and shape.separator:
        mark = SEPARATORS.get(shape.dialect.separator)
        name = messages.label(mark) if mark else shape.dialect.separator
        told.append((_("Separator"), name, messages.explain_shape(shape.separator.reason)))
    if shape.sheet:
        told.append((_("Sheet"), shape.sheet, ""))
    header = _("Row %(number)s") % {"number": shape.header_row} if shape.header_row else _("None")
    told.append((_("Headings"), header, messages.explain_shape(shape.header.reason)))
    if shape.months:
        words = ngettext("%(count)s column", "%(count)s columns", len(shape.months.columns))
        told.append((_("Monthly columns"), words % {"count": len(shape.months.columns)}, _(_EACH_MONTH)))
    return told


@dataclass(frozen=True, slots=True)
class CountLine:
    """How many rows had one outcome."""

    key: str
    label: str
    tone: str
    icon: str
    count: int
    share: float
    """Of the most frequent outcome: a length, no figure."""


def count_lines(job: Job) -> list[CountLine]:
    """The outcomes that there are, in their order."""
    counts = {outcome: job.counts.get(outcome.value, 0) for outcome in OUTCOMES}
    most = max(counts.values(), default=0) or 1
    return [CountLine(outcome.value, *_words(outcome), count, count / most) for outcome, count in _ordered(counts)]


def report_rows(job: Job, rows: Sequence[ReportRow]) -> list[ShownRow]:
    """Rows of the report in words, the cells that are wrong marked."""
    return [_reported(job, row) for row in rows]


def _reported(job: Job, row: ReportRow) -> ShownRow:
    wrong = {
        problem.column or job.plan.mapping.columns.get(problem.field, ""): job.importer.explain(problem)
        for problem in row.problems
    }
    names = job.shape.names if len(row.cells) == len(job.shape.names) else ()
    marks = [wrong.get(name, "") for name in names] or [""] * len(row.cells)
    return ShownRow(
        row.number,
        *_words(row.outcome),
        tuple(ShownCell(cell, mark) for cell, mark in zip(row.cells, marks, strict=True)),
        tuple(explain_in(job, problem) for problem in row.problems),
    )


def kind_choices(importers: Sequence[Importer]) -> list[tuple[str, str, str]]:
    """What a file can bring, each with a sentence, in the order in which files are best brought."""
    return [(one.kind.name, _(one.kind.label), _(one.about) if one.about else "") for one in importers]
