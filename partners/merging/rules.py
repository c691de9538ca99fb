"""What is true about merging: what waits, what a decision is called, and when registry ids forbid it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from partners.matching.registry import parse_registry_id

LONGEST_NOTE: Final = 1000


class RequestState(StrEnum):
    """What became of a merge that could not be done at once."""

    WAITING = "waiting"
    MERGED = "merged"
    REFUSED = "refused"


class PairState(StrEnum):
    """What a person said of two that may be one."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Registered:
    """A registry id as somebody wrote it, and the country of its company."""

    registry_id: str
    country: str


def differently_registered(one: Iterable[Registered], other: Iterable[Registered]) -> bool:
    """Whether both sides have registry ids and no two of them are the same, however they are written.

    Two such accounts are two companies until a person says why they are not: never merged by the system.
    """
    mine, theirs = _numbers(one), _numbers(other)
    return bool(mine and theirs) and not mine & theirs


def _numbers(several: Iterable[Registered]) -> set[tuple[str, str]]:
    parsed = (parse_registry_id(one.registry_id, one.country) for one in several)
    return {(one.scheme, one.number) for one in parsed if one.number}
