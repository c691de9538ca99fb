"""What modules above add to customers: the deals shown on their pages, and what forbids to undo a link."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.core.actor import Actor
from portal.core.money import Money
from portal.core.questions import Question, all_of


@dataclass(frozen=True, slots=True)
class CustomerDeal:
    """One deal with a customer, as its page lists it."""

    id: UUID
    number: str
    href: str
    partner_name: str
    state: str
    state_label: str
    """In the reader's language, as is `stage_label`."""
    stage_label: str
    amount: Money
    changed_at: datetime


DealsOf = Callable[[Actor, Sequence[UUID]], Question | None]
"""(actor, cards) -> what to ask for the deals on these cards that the actor may see, latest change first."""
LinkGuard = Callable[[Actor, UUID, datetime], Awaitable[None]]
"""(actor, card, now): raises Conflict when the card's link must stay; runs in the unit that would undo it."""

_DEALS: Final[list[DealsOf]] = []
_GUARDS: Final[list[LinkGuard]] = []


def shows_deals(source: DealsOf) -> DealsOf:
    """Have the pages of cards and accounts show these deals."""
    _DEALS.append(source)
    return source


def guards_link(guard: LinkGuard) -> LinkGuard:
    """Have this asked before a card's link is undone."""
    _GUARDS.append(guard)
    return guard


def deals_of(actor: Actor, cards: Sequence[UUID]) -> Question | None:
    """What to ask for a list of the deals on these cards, from whoever knows of deals; nothing without cards."""
    asked = [question for source in _DEALS if cards and (question := source(actor, cards))]
    return all_of(*asked).then(lambda found: [deal for deals in found for deal in deals]) if asked else None


async def check_unlink(actor: Actor, card_id: UUID, now: datetime) -> None:
    """Ask every guard. Raises Conflict when one forbids it."""
    for guard in _GUARDS:
        await guard(actor, card_id, now)
