"""Lists of companies in files: read with every bad row named, and the pairs that were found written out."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from partners.matching.matcher import Matches, Pair, match
from partners.matching.records import Description
from portal.core.formats import number
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.imports.cells import BadCell, CellError
from portal.imports.countries import find_country
from portal.imports.limits import Unreadable
from portal.imports.messages import explain_cell, explain_file
from portal.imports.reading import Row, RowKind, inspect_file, read_rows

COLUMNS: Final[tuple[str, ...]] = (
    "id",
    "name",
    "domain",
    "address",
    "postcode",
    "city",
    "country",
    "phone",
    "registry_id",
)
"""What a file may have; `id` and `name` it must have."""
REQUIRED: Final[tuple[str, ...]] = ("id", "name")
_OUT: Final = ("id_a", "id_b", "score", "reasons")
_SHOWN: Final = 5
"""Bad rows that are named one by one; of the others there is the number."""
Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]


class UnusableFile(Exception):
    """A file that cannot be matched; says why and what to do, in the person's language."""


@dataclass(slots=True)
class Companies:
    """What a file holds: ids and descriptions in its order, and the rows that were left out with their reasons."""

    path: Path
    ids: list[str] = field(default_factory=list)
    descriptions: list[Description] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    """(row as a spreadsheet counts, why)"""
    ignored: tuple[str, ...] = ()
    """Columns that mean nothing here."""


def read_companies(path: Path) -> Companies:
    """The companies of a CSV, TSV, XLSX or Parquet file in any usual encoding. Raises UnusableFile."""
    try:
        shape = inspect_file(path, known=COLUMNS)
        if shape.header_row is None and shape.format != "parquet":
            raise UnusableFile(_headings_missing(path, REQUIRED))
        places, ignored = _places_of([column.name for column in shape.columns], path)
        found = Companies(path, ignored=ignored)
        _take(found, read_rows(path, shape), places)
    except Unreadable as problem:
        message = _("%(file)s: %(why)s") % {"file": path.name, "why": explain_file(problem)}
        raise UnusableFile(message) from problem
    except OSError as problem:
        why = os.strerror(problem.errno) if problem.errno else str(problem)
        message = _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": why}
        raise UnusableFile(message) from problem
    if not found.ids:
        raise UnusableFile(_("%(file)s has no row that can be compared.") % {"file": path.name} + _first_of(found))
    return found


def _places_of(names: Sequence[str], path: Path) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each known column is, and the names of the others. Raises UnusableFile."""
    folded = [name.strip().casefold().replace(" ", "_").replace("-", "_") for name in names]
    twice = sorted({name for name in COLUMNS if f"{name}_(2)" in folded})
    if twice:
        message = _("%(file)s has two columns %(column)s. Leave one of them.")
        raise UnusableFile(message % {"file": path.name, "column": ", ".join(twice)})
    places = {name: folded.index(name) for name in COLUMNS if name in folded}
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise UnusableFile(_headings_missing(path, missing))
    return places, tuple(name for name, plain in zip(names, folded, strict=True) if plain not in COLUMNS)


def _headings_missing(path: Path, missing: Sequence[str]) -> str:
    message = _(
        "%(file)s has no column %(missing)s. Its first line has to name the columns: id and name, and any of %(known)s."
    )
    known = ", ".join(name for name in COLUMNS if name not in REQUIRED)
    return message % {"file": path.name, "missing": ", ".join(missing), "known": known}


def _take(found: Companies, rows: Iterable[Row], places: Mapping[str, int]) -> None:
    """Rows into descriptions; what is broken, has no id or no name, or repeats an id, is left out by name."""
    seen: set[str] = set()
    for row in rows:
        if row.kind in {RowKind.MALFORMED, RowKind.FOOTER}:
            why = explain_cell(CellError(row.reason, "", dict(row.params))) if row.reason else _("This is no data.")
            found.left_out.append((row.number, why))
        if row.kind is not RowKind.DATA:
            continue
        values = {name: str(row.cells[at]).strip() for name, at in places.items()}
        identity = values.pop("id")
        why = _problem(identity, values["name"], seen)
        if why:
            found.left_out.append((row.number, why))
            continue
        seen.add(identity)
        found.ids.append(identity)
        found.descriptions.append(Description(**values | {"country": country_code(values.get("country", ""))}))


def _problem(identity: str, name: str, seen: set[str]) -> str:
    if not identity:
        return _("It has no id.")
    if not name:
        return _("It has no name.")
    return _("Another row has the id %(id)s.") % {"id": identity} if identity in seen else ""


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """The ISO code of a country's name or code; an unknown one stays as it is."""
    if not text:
        return ""
    try:
        return find_country(text)
    except BadCell:
        return text


def write_pairs(path: Path, pairs: Iterable[Pair], left: Sequence[str], right: Sequence[str]) -> None:
    """Pairs by the ids of their files, the best first; the file is there whole or not at all. Raises UnusableFile."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_OUT)
            for pair in pairs:
                writer.writerow((left[pair.left], right[pair.right], f"{pair.score:.4f}", ";".join(pair.reasons)))
        unfinished.replace(path)
    except OSError as problem:
        unfinished.unlink(missing_ok=True)
        why = os.strerror(problem.errno) if problem.errno else str(problem)
        message = _("%(file)s cannot be written: %(why)s.") % {"file": path, "why": why}
        raise UnusableFile(message) from problem


@dataclass(frozen=True, slots=True)
class Files:
    """What is matched, and where the pairs go. Without `right` the left file is matched within itself."""

    left: Path
    right: Path | None
    out: Path
    review: Path | None = None
    """Where the pairs go that a person should decide; None: nowhere."""


def match_files(files: Files, *, say: Say, progress: Progress) -> Matches:
    """Match, write the pairs and say what came out. Raises UnusableFile before anything is written."""
    _check_places(files)
    left = read_companies(files.left)
    right = read_companies(files.right) if files.right else None
    for companies in (left, right):
        if companies:
            _tell(companies, say)
    found = match(left.descriptions, right.descriptions if right else None, progress=progress)
    others = right.ids if right else left.ids
    write_pairs(files.out, found.joined, left.ids, others)
    if files.review:
        write_pairs(files.review, found.uncertain, left.ids, others)
    for line in _summary(found, files):
        say(line)
    return found


def _check_places(files: Files) -> None:
    """Refuse to write where it cannot be, or over what is read."""
    read = {path.resolve() for path in (files.left, files.right) if path}
    written = [path for path in (files.out, files.review) if path]
    if len({path.resolve() for path in written}) < len(written):
        raise UnusableFile(_("The pairs and those to look at need two files."))
    for path in written:
        if path.resolve() in read:
            raise UnusableFile(
                _("%(file)s is one of the files to be read. Name another one for the pairs.") % {"file": path}
            )
        if path.is_dir() or not path.parent.is_dir():
            message = _("%(file)s cannot be written: its folder is not there, or it is a folder itself.")
            raise UnusableFile(message % {"file": path})


def _tell(companies: Companies, say: Say) -> None:
    """How many companies a file has, what was ignored, and which rows were left out."""
    count = len(companies.ids)
    line = ngettext("%(file)s: %(count)s company", "%(file)s: %(count)s companies", count)
    say(line % {"file": companies.path.name, "count": number(count)})
    if companies.ignored:
        say("  " + _("Not used: %(columns)s.") % {"columns": ", ".join(companies.ignored)})
    if companies.left_out:
        say("  " + _("Left out: %(count)s.") % {"count": number(len(companies.left_out))} + _first_of(companies))


def _first_of(companies: Companies) -> str:
    """The first rows that were left out, each with its reason."""
    told = [
        "\n    " + _("Row %(row)s: %(why)s") % {"row": number(row), "why": why}
        for row, why in companies.left_out[:_SHOWN]
    ]
    more = len(companies.left_out) - _SHOWN
    return "".join(told) + ("\n    " + _("and %(count)s more") % {"count": number(more)} if more > 0 else "")


def _summary(found: Matches, files: Files) -> Iterator[str]:
    joined, uncertain = len(found.joined), len(found.uncertain)
    yield _("Compared: %(count)s pairs that share something.") % {"count": number(found.compared)}
    yield _("The same company: %(count)s pairs, in %(file)s.") % {"count": number(joined), "file": files.out}
    if files.review:
        yield _("To be looked at: %(count)s pairs, in %(file)s.") % {"count": number(uncertain), "file": files.review}
    else:
        yield _("To be looked at: %(count)s pairs; --review FILE writes them.") % {"count": number(uncertain)}
