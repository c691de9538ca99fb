"""What a person is asked about a file before it is read, and the answers that reading needs."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from portal.core.money import is_currency
from portal.imports.evidence import MOST_SAMPLES, CurrencyEvidence, Option, OrderEvidence, SignEvidence
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.mapping import ColumnMapping
from portal.imports.reading import Row, RowKind
from portal.imports.records import Exact
from portal.imports.values import DAYS, NUMBERS, clean_text, is_nothing


@dataclass(frozen=True, slots=True)
class Question:
    """What a person has to say about a column, or about the whole file.

    Codes: `decimal_sign`, `date_order`, their `…_mixed` when cells contradict each other, `excel_days`, and
    `currency`, which has no options (any ISO code). `suggestion` is what other columns of the file do.
    """

    code: str
    field: str
    column: str
    samples: tuple[str, ...]
    options: tuple[Option, ...]
    suggestion: str = ""

    @property
    def key(self) -> str:
        """Under which the answer is given: the field's name, or `"*"` for the currency of the file."""
        return self.field or "*"

    def is_answered(self, given: Mapping[str, str]) -> bool:
        """Whether `given` has an answer to it that can be used."""
        answer = given.get(self.key, "")
        if self.options:
            return answer in {option.value for option in self.options}
        return is_currency(answer)


@dataclass(frozen=True, slots=True)
class Answers:
    """How cells are read: decimal sign or date order by field, the file's currency, the zone of its clocks.

    A cell that depends on an answer which is missing is refused, never guessed.
    """

    formats: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    zone: dt.tzinfo = dt.UTC

    def to_json(self) -> dict[str, Any]:
        """As plain values; the zone is the installation's and is not kept."""
        return {"formats": dict(self.formats), "currency": self.currency}

    @staticmethod
    def from_json(plain: Mapping[str, Any], zone: dt.tzinfo) -> "Answers":
        """From what `to_json` gave."""
        return Answers(plain["formats"], plain["currency"], zone)


@dataclass(frozen=True, slots=True)
class Study:
    """What the cells tell: formats by field where they do, questions where they do not."""

    formats: Mapping[str, str]
    questions: tuple[Question, ...]

    def open_questions(self, given: Mapping[str, str]) -> tuple[Question, ...]:
        """Those that `given` (answers by `Question.key`) leaves open."""
        return tuple(question for question in self.questions if not question.is_answered(given))

    def answers(self, given: Mapping[str, str], zone: dt.tzinfo = dt.UTC) -> Answers:
        """How to read the cells by what was found and what was answered; the rest stays open."""
        closed = [question for question in self.questions if question.is_answered(given)]
        formats = {question.field: given[question.key] for question in closed if question.field}
        currency = next((given[question.key] for question in closed if not question.field), "")
        return Answers({**self.formats, **formats}, currency, zone)


class _Studied(NamedTuple):
    """A column under study."""

    field: Field
    place: int
    evidence: SignEvidence | OrderEvidence


def study_columns(kind: ImportKind, mapping: ColumnMapping, names: Sequence[str], rows: Iterable[Row]) -> Study:
    """Look at every data row: one clear cell near the end settles what a thousand before it left open.

    `names` are the shape's columns. Raises ValueError when the mapping is for other ones (`check_mapping`).
    """
    places = {name: names.index(column) for name, column in mapping.columns.items()}
    studied = [
        _Studied(each, places[each.name], OrderEvidence() if each.kind in DAYS else SignEvidence())
        for each in kind.fields
        if each.kind in DAYS | NUMBERS and each.name in places
    ]
    purses = [
        CurrencyEvidence(places[each.name], places.get(each.currency))
        for each in kind.fields
        if each.kind is ValueKind.MONEY and each.name in places and each.currency not in mapping.constants
    ]
    for row in rows:
        if row.kind is RowKind.DATA:
            for one in studied:
                cell = row.cells[one.place]
                text = cell if isinstance(cell, Exact) else clean_text(cell)
                if not is_nothing(text, one.field.kind):
                    one.evidence.add(text)
            for purse in purses:
                purse.add(row.cells)
    return _conclude(studied, purses, names)


def _conclude(studied: Sequence[_Studied], purses: Sequence[CurrencyEvidence], names: Sequence[str]) -> Study:
    """Formats of the columns that are settled, questions about the others."""
    formats = {one.field.name: settled for one in studied if (settled := one.evidence.settled())}
    questions = [_ask(one, studied, names) for one in studied if one.evidence.question()]
    samples = dict.fromkeys(sample for purse in purses for sample in purse.samples)
    if samples:
        questions.append(Question("currency", "", "", tuple(samples)[:MOST_SAMPLES], ()))
    return Study(formats, tuple(questions))


def _ask(one: _Studied, studied: Sequence[_Studied], names: Sequence[str]) -> Question:
    """The question about a column, with what most other columns of its sort do as a suggestion."""
    options = one.evidence.options()
    alike = [
        other.evidence.settled()
        for other in studied
        if type(other.evidence) is type(one.evidence) and _tells(other.evidence)
    ]
    usual = Counter(alike).most_common(1)[0][0] if alike else ""
    return Question(
        one.evidence.question(),
        one.field.name,
        names[one.place],
        tuple(one.evidence.samples),
        options,
        usual if usual in {option.value for option in options} else "",
    )


def _tells(evidence: SignEvidence | OrderEvidence) -> bool:
    """Whether it is settled by cells, not only for want of doubt."""
    return bool(evidence.told_by) and bool(evidence.settled())
