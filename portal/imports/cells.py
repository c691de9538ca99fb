"""What can be wrong with a cell, as a code that a sentence in any language can be made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.imports.codes import CellCode

SHOWN_CHARS: Final = 80
"""Of a cell's text in a sentence about it."""


class BadCell(Exception):
    """A cell's text is no value of the kind wanted. `params` fill the sentence of `code` in `messages`."""

    def __init__(self, code: CellCode, text: str = "", **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str | int] = {"text": shorten(text), **params}


@dataclass(frozen=True, slots=True)
class CellError:
    """Why a row is refused: the code, the column it is about (`""` is the whole row), and what fills the sentence."""

    code: str
    column: str
    params: Mapping[str, str | int]
    field: str = ""
    """The field that the column is mapped to."""

    def to_json(self) -> dict[str, Any]:
        """As plain values, to be kept with the row and put in words when somebody reads it."""
        return {
            "code": self.code,
            "column": self.column,
            "params": dict(self.params),
            "field": self.field,
        }

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> "CellError":
        """From what `to_json` gave."""
        return CellError(plain["code"], plain["column"], plain["params"], plain["field"])


def shorten(text: str) -> str:
    """Text as a sentence can show it: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"
