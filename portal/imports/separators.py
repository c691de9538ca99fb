"""Which separator a text file uses, found by trying each, with the reason and how sure that is."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from portal.imports.encodings import Confidence
from portal.imports.limits import LIMITS
from portal.imports.records import Dialect, read_records

SEPARATORS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
"""What is tried, with the code of its name. Any other is used when a person says so, or the file does (`sep=`)."""

_DECLARED: Final = re.compile(r"sep=(.)\r?(?:\n|$)", re.IGNORECASE)
_BULK_COPY: Final = re.compile(r"&\|(\r?\n)")
_SAMPLE_RECORDS: Final = 200
_MOST: Final = 0.8
"""Of the records have to agree, or it is a guess."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A dialect and why it was taken: `declared`, `columns_agree`, `one_column`, `uneven`, or `chosen`."""

    dialect: Dialect
    confidence: Confidence
    reason: str


def sniff_dialect(sample: str, *, whole: bool) -> Finding:
    """The dialect of a text by its beginning; `whole` when the sample is all of it.

    The separator wins under which most records have equally many cells, more than one. Two that do equally well
    make a guess of it. The marks of SQL Server's bulk copy (`+|` and `&|`) are known by the second.
    """
    row_end = "\r" if "\r" in sample and "\n" not in sample else "\n"
    if declared := _DECLARED.match(sample):
        return Finding(Dialect(declared[1], row_end=row_end), Confidence.CERTAIN, "declared")
    if bulk := _BULK_COPY.search(sample):
        dialect = Dialect("+|", row_end=f"&|{bulk[1]}")
        if _score(sample, dialect, whole=whole)[0] == 1:
            return Finding(dialect, Confidence.CERTAIN, "columns_agree")
    scores = sorted(
        ((_score(sample, Dialect(mark, row_end=row_end), whole=whole), mark) for mark in SEPARATORS), reverse=True
    )
    (best, mark), (second, _) = scores[0], scores[1]
    dialect = Dialect(mark, row_end=row_end)
    if best == (0, 0):
        return Finding(Dialect(row_end=row_end), Confidence.LIKELY, "one_column")
    if best[0] < _MOST or best[0] == second[0]:
        return Finding(dialect, Confidence.GUESS, "uneven")
    return Finding(dialect, Confidence.CERTAIN if best[0] == 1 else Confidence.LIKELY, "columns_agree")


def declares_separator(sample: str) -> bool:
    """Whether the first line only names the separator, as Excel writes and reads it (`sep=;`)."""
    return bool(_DECLARED.match(sample))


def _score(sample: str, dialect: Dialect, *, whole: bool) -> tuple[float, int]:
    """The share of records with the most frequent number of cells, and that number; (0, 0) when it is one."""
    records = list(islice(read_records([sample], dialect, LIMITS), _SAMPLE_RECORDS + 1))
    if len(records) > _SAMPLE_RECORDS or (not whole and len(records) > 1):
        records.pop()  # the last one may be cut off by the end of the sample
    widths = [len(record.cells) for record in records if any(map(str.strip, record.cells))]
    return _agreement(widths)


def _agreement(widths: Sequence[int]) -> tuple[float, int]:
    """The share of the most frequent width above one, and that width."""
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return (0, 0)
    width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
    return (round(times / len(widths), 3), width)
