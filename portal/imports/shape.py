"""How a file is read: its format, encoding, separators, headings and columns. Found once, kept with the import."""

from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter

from portal.imports.encodings import Confidence, Encoding
from portal.imports.months import Months
from portal.imports.records import Dialect


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was taken as it is (a code for `messages.explain_shape`), and how sure that is."""

    reason: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its unique name, the heading as it stands in the file, and a few different values from the top."""

    name: str
    heading: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says about a file instead of leaving it to be found. None leaves it."""

    encoding: str | None = None
    separator: str | None = None
    quote: str | None = None
    row_end: str | None = None
    header: bool | None = None
    sheet: str | None = None
    pad_short_rows: bool = False
    """Take rows that end early as rows with blank cells at their end."""
    months: bool = True
    """Make a row of each month where a table has a column for each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything that is needed to read the rows of a file again in the same way."""

    format: str
    """`"text"`, `"xlsx"` or `"parquet"`."""
    columns: tuple[Column, ...]
    header_row: int | None
    """Number of the row with the headings, counted from 1 as a spreadsheet does."""
    first_row: int
    """Number of the first row that can be data."""
    header: Reason
    pad_short_rows: bool = False
    encoding: Encoding | None = None
    """Of text files, as are dialect and separator."""
    dialect: Dialect | None = None
    separator: Reason | None = None
    sheet: str = ""
    """Of workbooks: the sheet that is read, among `sheets`."""
    sheets: tuple[str, ...] = ()
    months: Months | None = None
    """Of a table with a column for each month: `columns` are those of the rows that come out."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def width(self) -> int:
        """How many columns the file itself has."""
        return self.months.width if self.months else len(self.columns)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What was guessed and is put to the person: `"encoding"`, `"separator"`, `"header"`."""
        found = {
            "encoding": self.encoding and self.encoding.confidence,
            "separator": self.separator and self.separator.confidence,
            "header": self.header.confidence,
        }
        return tuple(name for name, confidence in found.items() if confidence is Confidence.GUESS)

    def without_samples(self) -> "Shape":
        """The same, without values from the file, to be kept where personal data must not be."""
        return replace(self, columns=tuple(replace(column, samples=()) for column in self.columns))

    def to_json(self) -> dict[str, Any]:
        """As plain values for a JSON column."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain

    @staticmethod
    def from_json(plain: dict[str, Any]) -> "Shape":
        """From what `to_json` gave. Raises pydantic's ValidationError for anything else."""
        return _ADAPTER.validate_python(plain)


_ADAPTER: Final = TypeAdapter(Shape)
