"""The kinds of policy: each module registers the documents that people may change in it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.policies.rules import Line

__all__ = ["Document", "Line", "PolicyKind", "Posted", "all_kinds", "kind_of", "plain_lines", "register_kind"]
Posted = Mapping[str, list[str]]
"""A form as it was sent: every value of each field, by the field's name."""


class Document(BaseModel):
    """The body of a policy version: strict, frozen, nothing unknown in it. Numbers that are rates are decimal texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def plain_lines(document: Document) -> list[Line]:
    """One line per field, called by its `Field(title=N_("…"))`; a row of a list is called by its first field."""
    return _lines_of(document, "", "")


def _lines_of(document: Document, path: str, part: str) -> list[Line]:
    found: list[Line] = []
    for name, about in type(document).model_fields.items():
        value = getattr(document, name)
        if isinstance(value, Document):
            found += _lines_of(value, f"{path}{name}.", part)
        elif isinstance(value, tuple) and value and isinstance(value[0], Document):
            for row in value:
                called = _words(getattr(row, next(iter(type(row).model_fields))))
                found += _lines_of(row, f"{path}{name}.{called}.", called)
        else:
            label = _(about.title) if about.title else name.replace("_", " ")
            found.append(Line(f"{path}{name}", part, label, _words(value)))
    return found


def _words(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def no_lint(_document: Any) -> list[str]:
    """Nothing beyond what the document's own types hold."""
    return []


async def no_choices(_actor: Actor) -> Mapping[str, Any]:
    """Nothing that stands elsewhere."""
    return {}


async def no_look(_actor: Actor, _document: Any) -> list[str]:
    """Nothing beyond what the document says by itself."""
    return []


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """One kind of policy, declared once by the module that decides by it.

    Its `template` is a file of two macros, imported with context:

    - `show(document)` draws a document for reading.
    - `form(form, errors)` draws its fields inside the page's own <form>. `form` holds the raw values, nested as in
      the document (mappings, lists, texts; after a mistake exactly what was typed). Fields are named by their path
      with dots and rows from 0: `clauses.0.rate`; a field with several values (checkboxes) is repeated. `errors` maps
      the same paths to sentences. Buttons that add, move and remove rows are macros of
      `portal/policies/pages/rows.html`; they work without a script.
    """

    key: str
    title: str
    """Marked with `N_`."""
    about: str
    """One sentence, marked with `N_`: what is decided by it."""
    model: type[Document]
    template: str
    money: bool = False
    """Whether money depends on it: then finance writes it, otherwise partner managers and admins do."""
    schema_version: int = 1
    first: Document | None = None
    """What the first draft of all begins with; without one it begins empty."""
    lines: Callable[[Any], list[Line]] = plain_lines
    """What a document says in the reader's words, one line a thing, for comparing versions and for programs."""
    lint: Callable[[Any], list[str]] = no_lint
    """Sentences, in the reader's language, about what must be mended before it can be submitted."""
    look: Callable[[Actor, Any], Awaitable[list[str]]] = no_look
    """More such sentences, from what is stored elsewhere: a person it names has left."""
    choices: Callable[[Actor], Awaitable[Mapping[str, Any]]] = no_choices
    """What the fields offer that is stored elsewhere: the variable `choices` of its form."""
    parse_form: Callable[[Posted], dict[str, Any]] | None = None
    """Turns a posted form into the raw values, where the paths of the fields are not enough."""
    up_casters: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    """From an old schema version to the next: old bodies are read for ever."""

    @property
    def writes(self) -> Permission:
        """The right to draft it, and, for another person, to approve it."""
        return Permission.MONEY_POLICIES_WRITE if self.money else Permission.POLICIES_WRITE

    def read(self, body: dict[str, Any], schema_version: int) -> Document:
        """The document of a stored body of any age. Raises pydantic's ValidationError for a broken one."""
        for version in range(schema_version, self.schema_version):
            body = self.up_casters[version](body)
        return self.model.model_validate(body)


_KINDS: Final[dict[str, PolicyKind]] = {}


def register_kind(kind: PolicyKind) -> PolicyKind:
    """Make a kind known."""
    _KINDS[kind.key] = kind
    return kind


def kind_of(key: str) -> PolicyKind:
    """The kind with this key. Raises KeyError."""
    return _KINDS[key]


def all_kinds() -> list[PolicyKind]:
    """Every kind, in the order of registration."""
    return list(_KINDS.values())
