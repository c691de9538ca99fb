"""What is true of policies: the life of a version, and which one is in force. Pure."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, TypeVar


class VersionState(StrEnum):
    """Where a version stands. Whether an approved one is in force follows from its date."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


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


def canonical(body: dict[str, Any]) -> str:
    """The body as one text, the same for equal bodies."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def body_hash(body: dict[str, Any], effective_from: date | None) -> str:
    """What a second person approves: exactly this content from exactly this day."""
    return hashlib.sha256(f"{effective_from or ''}\n{canonical(body)}".encode()).hexdigest()


def day_problem(effective_from: date | None, today: date, latest_approved: date | None) -> str:
    """Why a version cannot begin on that day, as a code, or an empty text.

    `missing`; `past`: something may have been decided by the version before; `order`: a later one is approved already.
    """
    if effective_from is None:
        return "missing"
    if effective_from < today:
        return "past"
    if latest_approved is not None and effective_from <= latest_approved:
        return "order"
    return ""
