"""Which column brings which field: guessed from the headings with the reason, corrected by a person, checked."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from portal.imports.cells import BadCell, CellError
from portal.imports.codes import CellCode, MappingCode
from portal.imports.fields import Field, ImportKind
from portal.imports.shape import Column
from portal.imports.values import Reading, parse_value
from portal.imports.words import bare_heading, fold_word

CONSTANT: Final = Reading()
"""How a text that stands in every row is read: only what is clear by itself, whatever the columns are like."""

_FUZZY: Final = 0.86
_FUZZY_LENGTH: Final = 5
"""Shorter words are alike too easily: city and duty."""


class MatchReason(StrEnum):
    """Why a column was taken for a field, the surest first."""

    EXACT = "exact"
    """The heading is the field's own name."""
    SYNONYM = "synonym"
    """The heading is a known other name."""
    NORMALISED = "normalised"
    """It is either, without a system's decorations (`__c`, a unit in brackets)."""
    FUZZY = "fuzzy"
    """It is spelt almost like either."""


_SCORES: Final = {MatchReason.EXACT: 1.0, MatchReason.SYNONYM: 0.95, MatchReason.NORMALISED: 0.9}


@dataclass(frozen=True, slots=True)
class Match:
    """A field found in a column; `score` is 1 when it is certain."""

    field: str
    column: Column
    reason: MatchReason
    score: float


@dataclass(frozen=True, slots=True)
class Guess:
    """What the headings say: fields found, columns that bring nothing known, required fields that are missing."""

    matches: tuple[Match, ...]
    unmapped: tuple[Column, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Names of columns by field, and texts that stand for a field in every row."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain values, to be kept with an import or saved by name."""
        return {"columns": dict(self.columns), "constants": dict(self.constants)}

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> "ColumnMapping":
        """From what `to_json` gave."""
        return ColumnMapping(plain["columns"], plain["constants"])


def guess_mapping(kind: ImportKind, columns: Sequence[Column]) -> Guess:
    """The best field for each column: each is used once, the surest pairs first, then the leftmost column.

    Only what the known names leave over is compared by its spelling.
    """
    found: dict[str, Match] = {}
    used: set[str] = set()
    for find in (_by_name, _by_spelling):
        pairs = [
            (-match.score, position, order, match)
            for position, column in enumerate(columns)
            if column.name not in used
            for order, known in enumerate(kind.fields)
            if known.name not in found and (match := find(known, column)) is not None
        ]
        for *_, match in sorted(pairs, key=lambda pair: pair[:3]):
            if match.field not in found and match.column.name not in used:
                found[match.field] = match
                used.add(match.column.name)
    return Guess(
        matches=tuple(found[known.name] for known in kind.fields if known.name in found),
        unmapped=tuple(column for column in columns if column.name not in used),
        missing=tuple(known.name for known in kind.fields if known.required and known.name not in found),
    )


def take_guess(guess: Guess) -> ColumnMapping:
    """The guess as a mapping that nobody has corrected."""
    return ColumnMapping({match.field: match.column.name for match in guess.matches})


def check_mapping(kind: ImportKind, mapping: ColumnMapping, names: Sequence[str]) -> tuple[CellError, ...]:
    """What keeps a mapping from being used on a file with these columns: nothing, when it is empty."""
    known = {each.name for each in kind.fields}
    errors = [
        CellError(MappingCode.UNKNOWN_FIELD, column, {"field": name}, name)
        for name, column in (*mapping.columns.items(), *mapping.constants.items())
        if name not in known
    ]
    errors += [
        CellError(MappingCode.UNKNOWN_COLUMN, column, {"column": column}, name)
        for name, column in mapping.columns.items()
        if column not in names
    ]
    for each in kind.fields:
        if each.name in mapping.constants:
            errors += _check_constant(each, mapping.constants[each.name])
        elif each.required and each.name not in mapping.columns:
            errors.append(CellError(MappingCode.FIELD_NOT_MAPPED, "", {"field": each.name}, each.name))
    return tuple(errors)


def _check_constant(each: Field, text: str) -> list[CellError]:
    """What is wrong with a text that is to stand in every row; required fields have to have one."""
    try:
        if parse_value(each, text, CONSTANT) is None and each.required:
            return [CellError(CellCode.REQUIRED, "", {}, each.name)]
    except BadCell as problem:
        return [CellError(problem.code, "", problem.params, each.name)]
    return []


@lru_cache(maxsize=512)
def _words(known: Field) -> tuple[frozenset[str], frozenset[str]]:
    """A field's own names and all its names, folded."""
    own = frozenset({fold_word(known.name), fold_word(known.label)})
    return own, own | {fold_word(word) for word in known.synonyms}


def _by_name(known: Field, column: Column) -> Match | None:
    """Whether a heading is a name of a field."""
    heading = fold_word(column.heading)
    own, words = _words(known)
    if not heading:
        return None
    if heading in own:
        reason = MatchReason.EXACT
    elif heading in words:
        reason = MatchReason.SYNONYM
    elif bare_heading(column.heading) in words:
        reason = MatchReason.NORMALISED
    else:
        return None
    return Match(known.name, column, reason, _SCORES[reason])


def _by_spelling(known: Field, column: Column) -> Match | None:
    """Whether a heading is spelt almost like a name of a field whose values stand below it."""
    bare = bare_heading(column.heading)
    if len(bare) < _FUZZY_LENGTH:
        return None
    close = difflib.get_close_matches(bare, _words(known)[1], n=1, cutoff=_FUZZY)
    if not close or not _fits(known, column):
        return None
    ratio = difflib.SequenceMatcher(None, close[0], bare).ratio()
    return Match(known.name, column, MatchReason.FUZZY, round(ratio * _SCORES[MatchReason.NORMALISED], 3))


def _fits(known: Field, column: Column) -> bool:
    """Whether at least half of a column's samples can be values of a field; without samples, they can."""
    fitting = 0
    for text in column.samples:
        try:
            parse_value(known, text, Reading(currency="USD"))
        except BadCell as problem:
            fitting += problem.code.startswith("ambiguous")
        else:
            fitting += 1
    return 2 * fitting >= len(column.samples)
