"""The kinds of policy: each module registers the documents that people may change in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from portal.core.permissions import Permission


class Document(BaseModel):
    """The body of a policy version: strict, frozen, nothing unknown in it. Numbers that are rates are decimal texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def no_lint(_document: Any) -> list[str]:
    """Nothing beyond what the document's own types hold."""
    return []


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """One kind of policy, declared once by the module that decides by it."""

    key: str
    title: str
    """Marked with `N_`."""
    about: str
    """One sentence, marked with `N_`: what is decided by it."""
    model: type[Document]
    template: str
    """The page template whose blocks `form` and `show` draw the document."""
    money: bool = False
    """Whether money depends on it: then finance writes it, otherwise partner managers and admins do."""
    schema_version: int = 1
    lint: Callable[[Any], list[str]] = no_lint
    """Sentences, in the reader's language, about what must be mended before it can be submitted."""
    parse_form: Callable[[Any], dict[str, Any]] = dict
    """Turns the posted form (a mapping of lists) into the document's raw values."""
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
