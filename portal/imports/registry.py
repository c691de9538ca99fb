"""The kinds of import: each slice registers how rows of its kind are taken in."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.imports import messages
from portal.imports.cells import CellError
from portal.imports.fields import ImportKind
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome

Result = tuple[int, RowOutcome, list[CellError]]
"""The row's number, what became of it, and why when it was refused."""

NOT_STORED: Final = "not_stored"
"""The code of a row that was fine by all rules, and that the database still refused."""

REPEATED: Final = "repeated"
"""The code of a row whose id an earlier row of the same file had."""

_SENTENCES: Final[Mapping[str, str]] = {
    REPEATED: N_("Another row of this file has the same id."),
    NOT_STORED: N_("The row contradicts something that is stored already. Check its ids and amounts."),
}


class Apply(Protocol):
    """Takes in rows without errors, in bulk, on the open unit; the results are in the order of the rows.

    A row that is refused must leave nothing behind; the others go in.
    """

    def __call__(
        self, actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime
    ) -> Awaitable[list[Result]]:
        """See the class."""


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of import. `event` is recorded once, when all rows are through; its subject is the import."""

    kind: ImportKind
    apply: Apply
    permission: Permission
    event: str
    order: int = 50
    """Where it stands in lists: what others refer to comes first."""
    about: str = ""
    """One sentence on what it brings, marked with `N_`."""
    href: str = ""
    """Where to find what was imported."""
    chunk: int | None = None
    """Rows that go in, or fail, in one transaction; None for the usual number. More where a row costs little."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """A sentence, marked with `N_`, for each code with which its rows are refused."""

    @property
    def reading(self) -> Permission:
        """The right to read what it brings: without it nobody sees a file of this kind."""
        return Permission(f"{self.permission.value.partition('.')[0]}.read")

    def explain(self, error: CellError) -> str:
        """What is wrong with a row and what to do, in the current language."""
        sentence = self.problems.get(error.code) or _SENTENCES.get(error.code)
        return _(sentence) % dict(error.params) if sentence else messages.explain_cell(error)


_IMPORTERS: Final[dict[str, Importer]] = {}
KIND_LABELS: Final[dict[str, str]] = {}
"""What each kind is called, marked with `N_`."""


def register_importer(importer: Importer) -> Importer:
    """Make a kind importable."""
    _IMPORTERS[importer.kind.name] = importer
    KIND_LABELS[importer.kind.name] = importer.kind.label
    return importer


def importer_of(kind: str) -> Importer:
    """The importer of a kind. Raises KeyError."""
    return _IMPORTERS[kind]


def all_importers() -> list[Importer]:
    """Every importer, in the order in which files are best brought."""
    return sorted(_IMPORTERS.values(), key=lambda importer: (importer.order, importer.kind.name))


def importers_for(actor: Actor) -> list[Importer]:
    """Those whose files the actor may bring."""
    may = actor.may(Permission.IMPORTS_WRITE)
    return [one for one in all_importers() if may and actor.may(one.permission)]


def kinds_read_by(actor: Actor) -> list[str]:
    """The kinds whose files the actor may look at."""
    may = actor.may(Permission.IMPORTS_READ)
    return [one.kind.name for one in all_importers() if may and actor.may(one.reading)]
