"""What comes in about imports: files, how they are read, and which column is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field

from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.web.forms import PLUMBING, Body, Form
from portal.imports.fields import ImportKind
from portal.imports.mapping import ColumnMapping
from portal.imports.shape import Wanted

COLUMN, VALUE, ANSWER = "column-", "value-", "answer-"
"""How the fields of the mapping's form begin: the column of a field, the one value for all rows, an answer."""
FILE: Final = "file"
"""Stands for the whole file where a question's key is `*`: a form field has a name of letters."""
_LONGEST: Final = 1_000
_PASTED: Final = 20_000_000

_MOST: Final = 200
"""Fields of a kind, at most."""

Name = Annotated[str, Field(max_length=80)]
Heading = Annotated[str, Field(max_length=300)]
Text = Annotated[str, Field(max_length=_LONGEST)]
Code = Annotated[str, Field(max_length=20)]


class NewImportForm(Form):
    """A file, or text pasted from a spreadsheet, and what it brings. The file itself travels beside the fields."""

    kind: Annotated[str, Field(max_length=30)]
    source_system: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=_PASTED)] = ""


class ReadingForm(Form):
    """What a person says about the file instead of leaving it to be found."""

    encoding: Annotated[str, Field(max_length=20)] | None = None
    separator: Literal["comma", "semicolon", "tab", "pipe"] | None = None
    header: Literal["yes", "no"] | None = None
    sheet: Annotated[str, Field(max_length=200)] | None = None
    pad: Literal["yes"] | None = None
    months: Literal["split", "keep"] | None = None

    def wanted(self) -> Wanted:
        """As the reader takes it."""
        marks = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
        return Wanted(
            encoding=self.encoding,
            separator=marks[self.separator] if self.separator else None,
            header=None if self.header is None else self.header == "yes",
            sheet=self.sheet,
            pad_short_rows=self.pad == "yes",
            months=self.months != "keep",
        )


class MappingBody(Body):
    """Which column brings which field, texts for all rows, and answers to what is asked, by their key."""

    columns: Annotated[dict[Name, Heading], Field(default_factory=dict, max_length=_MOST)]
    constants: Annotated[dict[Name, Text], Field(default_factory=dict, max_length=_MOST)]
    answers: Annotated[dict[Name, Code], Field(default_factory=dict, max_length=_MOST)]

    def mapping(self) -> ColumnMapping:
        """As the service takes it."""
        return ColumnMapping(dict(self.columns), dict(self.constants))


@dataclass(frozen=True, slots=True)
class TypedPlan:
    """The mapping's form as a person sent it."""

    mapping: ColumnMapping
    answers: Mapping[str, str] = field(default_factory=dict)
    do: str = "check"
    """Which button: `check`, `start`, `use` a saved mapping, or `save` this one."""
    saved: str = ""
    save_as: str = ""


def read_plan(pairs: Sequence[tuple[str, str]], kind: ImportKind) -> TypedPlan:
    """The form of a mapping, whose fields are those of the kind. Raises Invalid for any other, or one sent twice."""
    known = {each.name for each in kind.fields}
    plain = {"do": "check", "saved": "", "save_as": ""}
    allowed = {*plain, *(prefix + name for prefix in (COLUMN, VALUE, ANSWER) for name in known), ANSWER + FILE}
    sent: dict[str, str] = {}
    for name, value in pairs:
        if name in PLUMBING:
            continue
        if name not in allowed or name in sent or len(value) > _LONGEST or "\0" in value:
            raise Invalid({name: _("This field is not known here.")}, code="unknown_field")
        sent[name] = value.strip()
    columns, constants, answers = (
        {name.removeprefix(prefix): value for name, value in sent.items() if name.startswith(prefix) and value}
        for prefix in (COLUMN, VALUE, ANSWER)
    )
    if FILE in answers:
        answers["*"] = answers.pop(FILE).upper()
    mapping = ColumnMapping({name: column for name, column in columns.items() if name not in constants}, constants)
    plain |= {name: value for name, value in sent.items() if name in plain}
    return TypedPlan(mapping, answers, **plain)
