"""What is true of policies: the life of a version, which one is in force, and what two of them differ in. Pure."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, TypeVar


class VersionState(StrEnum):
    """Where a version stands. Whether an approved one is in force follows from its date."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Standing(StrEnum):
    """What a version is on a given day: its state, and for an approved one whether it holds."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    TO_COME = "to_come"
    IN_FORCE = "in_force"
    PAST = "past"


class Change(StrEnum):
    """What became of one line between two versions."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class Dated(Protocol):
    """Anything with a day from which it holds."""

    @property
    def effective_from(self) -> date:
        """The first day on which it holds."""


V = TypeVar("V", bound=Dated)


def in_force_on(versions: Iterable[V], day: date) -> V | None:
    """Of the approved versions, the one that holds on a day: the latest that has begun."""
    begun = [version for version in versions if version.effective_from <= day]
    return max(begun, key=lambda version: version.effective_from, default=None)


def in_force_before(versions: Iterable[V], day: date) -> V | None:
    """Of the approved versions, the one that a version beginning on `day` takes over from."""
    earlier = [version for version in versions if version.effective_from < day]
    return max(earlier, key=lambda version: version.effective_from, default=None)


def standing_of(
    state: VersionState, effective_from: date | None, approved_days: Iterable[date], today: date
) -> Standing:
    """What a version is today; `approved_days` are the days from which the approved versions of its policy hold.

    Raises ValueError for an approved version without a day, which the database does not hold.
    """
    if state != VersionState.APPROVED or effective_from is None:
        return Standing(state.value)
    if effective_from > today:
        return Standing.TO_COME
    begun = max((day for day in approved_days if day <= today), default=effective_from)
    return Standing.IN_FORCE if effective_from >= begun else Standing.PAST


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a document says, in the reader's words: what a comparison of two versions lines up."""

    key: str
    """The same in both versions for the same thing: `gold.protection_days`, `§ 3.2.rate`."""
    part: str
    """What it is part of, as a heading: a tier's name, a clause; empty for the document as a whole."""
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing in two versions; a side that does not say it is empty."""

    part: str
    label: str
    before: str
    after: str
    change: Change


def compare(before: Sequence[Line], after: Sequence[Line]) -> list[Compared]:
    """Both versions line by line in the order of the newer one; what it dropped stands where it stood."""
    old, new = {line.key: line for line in before}, {line.key: line for line in after}
    order: list[str] = list(new)
    place = 0
    for key in old:
        if key in new:
            place = order.index(key) + 1
        else:
            order.insert(place, key)
            place += 1
    return [_compared(old.get(key), new.get(key)) for key in order]


def _compared(old: Line | None, new: Line | None) -> Compared:
    known = new or old
    if known is None:
        message = "a line of neither version"
        raise ValueError(message)
    if old is None:
        return Compared(known.part, known.label, "", known.value, Change.ADDED)
    if new is None:
        return Compared(known.part, known.label, known.value, "", Change.REMOVED)
    return Compared(
        known.part, known.label, old.value, new.value, Change.SAME if old.value == new.value else Change.CHANGED
    )


def canonical(body: dict[str, Any]) -> str:
    """The body as one text, the same for equal bodies."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def body_hash(body: dict[str, Any], effective_from: date | None) -> str:
    """What a second person approves: exactly this content from exactly this day."""
    return hashlib.sha256(f"{effective_from or ''}\n{canonical(body)}".encode()).hexdigest()


def day_problem(effective_from: date | None, today: date, latest_approved: date | None) -> str:
    """Why a version cannot begin on that day, as a code, or an empty text.

    `missing`; `past`: something may have been decided by the version before; `order`: a later one is approved already.
    A policy's first version may begin in the past: a vendor brings its history, and nothing was decided before it.
    """
    if effective_from is None:
        return "missing"
    if latest_approved is None:
        return ""
    if effective_from < today:
        return "past"
    return "order" if effective_from <= latest_approved else ""
