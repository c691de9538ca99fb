"""The kinds of import: each slice registers how rows of its kind are taken in."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.imports.cells import CellError
from portal.imports.fields import ImportKind
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome

Result = tuple[int, RowOutcome, list[CellError]]
"""The row's number, what became of it, and why when it was refused."""


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


_IMPORTERS: Final[dict[str, Importer]] = {}


def register_importer(importer: Importer) -> Importer:
    """Make a kind importable."""
    _IMPORTERS[importer.kind.name] = importer
    return importer


def importer_of(kind: str) -> Importer:
    """The importer of a kind. Raises KeyError."""
    return _IMPORTERS[kind]


def all_importers() -> list[Importer]:
    """Every importer, in the order in which files are best brought."""
    return sorted(_IMPORTERS.values(), key=lambda importer: (importer.order, importer.kind.name))
