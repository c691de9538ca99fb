"""What must come back to every question: the policy and the samples, put together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.security.asking import (
    EVERYBODY,
    OF_OMEGA,
    OUTSIDE,
    ROLES,
    Question,
    is_api,
    is_safe,
    owners_of,
    transports_of,
)
from tests.security.policy import POLICY
from tests.security.rights import Row
from tests.security.samples import SAMPLES, samples_of

DONE: Final = frozenset({200, 201, 204, 303})
_FIRST: Final = ("paul", "pia", "vera", "ada", "finn", "sam", "nobody")
"""Who does what, when it matters only that somebody may."""


@dataclass(frozen=True)
class Right:
    """The answers that are right, and whether they are a refusal."""

    statuses: frozenset[int]
    denied: bool


def refuse(*statuses: int) -> Right:
    """One of these refusals."""
    return Right(frozenset(statuses), denied=True)


def is_visible(row: Row, caller: str, owner: str) -> bool:
    """Whether this caller may know of the object."""
    if owner == "missing":
        return False
    if row.personal:
        return caller == ("pia" if owner == "own" else "otto")
    if row.shared or ROLES[caller].isupper():
        return True
    return owner == ("rival" if caller in OF_OMEGA else "own")


def right_answer(question: Question, row: Row) -> Right:  # noqa: PLR0911 -- one return per rule reads best
    """What must come back."""
    route, caller, sample = question.route, question.caller, question.sample
    if "PUBLIC" in row.who:
        return _right_for_all(question, row)
    if caller in OUTSIDE:
        return refuse(303) if question.transport in ("page", "csv", "xlsx") and not is_api(route) else refuse(401)
    if ROLES[caller] not in row.who:
        return refuse(403)
    if row.on == "token":
        return refuse(404)
    if row.on and not is_visible(row, caller, question.owner):
        return refuse(404)
    below = caller == "dora" and row.on and not row.shared
    if below and (row.own_only or not is_safe(route)):
        return refuse(403, 404)
    if {ROLES[caller], caller} & row.refused or (sample and sample.who and ROLES[caller] not in sample.who):
        return refuse(403)
    return Right(frozenset({200}) if is_safe(route) else DONE, denied=False)


def _right_for_all(question: Question, row: Row) -> Right:
    """Of a route that anybody may call."""
    if question.caller in ("ended", "shut") and not is_safe(question.route) and not row.other_sites:
        return refuse(403)  # the token of a form is worth no more than the session that it was made for
    if row.on == "token":
        return refuse(404)
    return Right(frozenset({200, 303} if is_safe(question.route) else DONE | {422}), denied=False)


def questions_of(route: str, row: Row) -> Iterator[Question]:
    """Every question about one route."""
    for sample in samples_of(route):
        for caller in EVERYBODY:
            sees_objects = caller not in OUTSIDE and ROLES[caller] in row.who
            for owner in owners_of(row, sees_objects=sees_objects):
                for transport in transports_of(route):
                    yield Question(route, caller, owner, transport, sample)


@dataclass(frozen=True)
class Act:
    """A right request of somebody who may make it: what it takes to change something."""

    question: Question
    row: Row

    @property
    def events(self) -> tuple[str, ...]:
        """What it records."""
        return self.question.sample.events if self.question.sample else ()


def acts() -> Iterator[Act]:
    """One for every sample of every route."""
    for route, samples in SAMPLES.items():
        row = POLICY[route]
        for sample in samples:
            owner = "own" if row.on and row.on != "token" else "none"
            transport = "json" if is_api(route) else "page"
            questions = (Question(route, caller, owner, transport, sample) for caller in _FIRST)
            allowed = [one for one in questions if not right_answer(one, row).denied]
            if allowed:
                yield Act(allowed[0], row)
