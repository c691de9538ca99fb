"""Rows of a file that have the id of an earlier row of it: refused, wherever in the file the two stand. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from portal.imports.cells import CellError
from portal.imports.registry import REPEATED
from portal.imports.rules import Parsed


class Repeats:
    """The ids of a file's rows up to now. They follow from the file alone, so they are the same after a crash."""

    def __init__(self, field: str, within: str = "") -> None:
        self._field = field
        """The field with the id; empty for a kind of record that has none."""
        self._within = within
        """The field that tells records of one id apart, such as the lines of an invoice, if any."""
        self._seen: set[object] = set()

    def mark(self, rows: Iterable[Parsed]) -> Iterator[Parsed]:
        """The rows in order; one whose id an earlier row had is wrong. Rows that are wrong anyway use no id up."""
        for row in rows:
            named = row.values.get(self._field) if row.ok else None
            told = (named, row.values.get(self._within))
            if named is None:
                yield row
            elif told in self._seen:
                yield replace(row, errors=(CellError(REPEATED, "", {}, self._field),))
            else:
                self._seen.add(told)
                yield row
