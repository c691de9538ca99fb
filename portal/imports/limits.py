"""How much one file may hold, and the error that says why a file cannot be read at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.imports.codes import FileCode


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, so that no single file can fill the memory or the disk."""

    file_bytes: int = 200_000_000
    rows: int = 2_000_000
    """Of any kind, blank ones too."""
    columns: int = 1_000
    cell_chars: int = 100_000
    workbook_bytes: int = 400_000_000
    """Of all parts of a workbook once unpacked."""
    workbook_cells: int = 10_000_000
    """Rows times columns of a sheet's used area: what it takes in memory, however few cells are filled."""
    workbook_errors: int = 100_000
    """Cells that show a formula's error, remembered by place."""

    @property
    def row_chars(self) -> int:
        """How long one row of a text file may be: ten cells of the greatest length."""
        return 10 * self.cell_chars


LIMITS: Final = Limits()


class Unreadable(Exception):
    """The file as a whole cannot be read; `params` fill the sentence of the code (`messages.explain_file`)."""

    def __init__(self, code: FileCode, params: Mapping[str, str | int] | None = None) -> None:
        """Keep what a sentence in any language needs."""
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
