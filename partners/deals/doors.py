"""What modules above add to deals: panels on their pages, what forbids an approval, and what lengthens a protection."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from partners.deals.queries import DealRecord
from partners.deals.tables import Deal
from portal.core.actor import Actor
from portal.core.questions import Question


class Place(StrEnum):
    """Where on the page of a deal a panel stands."""

    TOP = "top"
    """Before everything else: what somebody has to know or do now."""
    MAIN = "main"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a deal's page that a module above draws."""

    template: str
    """A file with the macro `panel(context)`, imported with context."""
    context: dict[str, Any] = field(default_factory=dict)
    place: Place = Place.MAIN
    order: int = 50
    """Smaller ones stand first."""
    instead_of: frozenset[str] = frozenset()
    """Moves of the deal whose buttons the page leaves out, because this panel has its own."""


PanelOf = Callable[[Actor, DealRecord, datetime], Question | None]
"""(actor, record, now) -> what to ask, whose answer is the `Panel` or None; None where nothing is to be asked.

All panels of a page are asked in one statement, together with what the page asks itself.
"""
FormPanelOf = Callable[[Actor, DealRecord | None, datetime], Question | None]
"""(actor, record or None before there is one, now) -> the same for what stands beside the form of a registration."""
ApprovalGuard = Callable[[Actor, Deal, datetime], Awaitable[None]]
"""(actor, deal, now): raises Conflict when it may not be approved now; runs in the unit that would approve it."""
SubmissionGuard = Callable[[Actor, Deal, datetime], Awaitable[None]]
"""(actor, deal, now): raises Conflict when it may not be submitted now; runs in the partner's unit that would do it."""
Extra = Callable[[Deal, datetime], Awaitable[timedelta]]
"""(deal, now) -> by how much its protection is longer than its tier says; runs in the unit that approves it."""

_PANELS: Final[list[PanelOf]] = []
_FORM_PANELS: Final[list[FormPanelOf]] = []
_GUARDS: Final[list[ApprovalGuard]] = []
_SUBMISSION_GUARDS: Final[list[SubmissionGuard]] = []
_EXTRAS: Final[list[Extra]] = []


def adds_panel(source: PanelOf) -> PanelOf:
    """Have the page of each deal show this."""
    _PANELS.append(source)
    return source


def adds_form_panel(source: FormPanelOf) -> FormPanelOf:
    """Have the form of a registration show this."""
    _FORM_PANELS.append(source)
    return source


def guards_approval(guard: ApprovalGuard) -> ApprovalGuard:
    """Have this asked before a deal is approved."""
    _GUARDS.append(guard)
    return guard


def guards_submission(guard: SubmissionGuard) -> SubmissionGuard:
    """Have this asked before a deal is submitted."""
    _SUBMISSION_GUARDS.append(guard)
    return guard


def lengthens_protection(extra: Extra) -> Extra:
    """Have this added to the protection when a deal is approved."""
    _EXTRAS.append(extra)
    return extra


def panels_of(actor: Actor, record: DealRecord, now: datetime) -> list[Question]:
    """What to ask for the panels that the modules above show on the page of this deal."""
    return [question for source in _PANELS if (question := source(actor, record, now))]


def form_panels_of(actor: Actor, record: DealRecord | None, now: datetime) -> list[Question]:
    """What to ask for the panels that the modules above show beside the form of a registration."""
    return [question for source in _FORM_PANELS if (question := source(actor, record, now))]


def in_order(found: Iterable[Panel | None]) -> list[Panel]:
    """The panels that there are, as the page draws them."""
    return sorted((one for one in found if one is not None), key=lambda one: one.order)


async def check_approval(actor: Actor, deal: Deal, now: datetime) -> None:
    """Ask every guard. Raises Conflict when one forbids it."""
    for guard in _GUARDS:
        await guard(actor, deal, now)


async def check_submission(actor: Actor, deal: Deal, now: datetime) -> None:
    """Ask every guard. Raises Conflict when one forbids it."""
    for guard in _SUBMISSION_GUARDS:
        await guard(actor, deal, now)


async def extra_protection(deal: Deal, now: datetime) -> timedelta:
    """By how much the protection is longer than the tier says."""
    return sum([await extra(deal, now) for extra in _EXTRAS], timedelta())
