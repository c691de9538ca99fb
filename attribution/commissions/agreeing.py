"""Whether an agreement divides a sale: which one counts on the day of the order, and who takes part then. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from attribution.commissions.parts import PER_PERCENT, Part, Side
from attribution.commissions.rules import (
    DECIDED_FOR,
    Held,
    LinkedDeal,
    Registration,
    Sale,
    find_registration,
    first_day,
    last_day,
)
from partners.conflicts.agreements import Agreed, Party
from partners.deals.states import Stage


@dataclass(frozen=True, slots=True)
class Division:
    """An agreement as it is applied to a sale."""

    agreed: Agreed
    divides: bool

    @property
    def joining(self) -> Party:
        """Who gets the other part."""
        return self.agreed.joining

    @property
    def joined(self) -> Registration:
        """What stands for a registration of the one that joins: its own deal."""
        deal = self.joining
        return Registration(deal.partner_id, "agreement", deal.deal_id, deal.deal_number, ends=deal.protected_until)

    def part_of(self, partner_id: UUID) -> Part | None:
        """The part of one of the two; None for anybody else."""
        sides = (side for side in Side if party_of(self.agreed, side).partner_id == partner_id)
        return next((part_of(self.agreed, side, divides=self.divides) for side in sides), None)


def part_of(agreed: Agreed, side: Side, *, divides: bool = True) -> Part:
    """What one side gets."""
    party = party_of(agreed, side)
    return Part(agreed.id, party.claim_id, side, agreed.decided_at, party.percent * PER_PERCENT, divides)


def party_of(agreed: Agreed, side: Side) -> Party:
    """Who is on that side."""
    return agreed.lead if side == Side.LEAD else agreed.joining


def find_in_force(
    agreements: Iterable[Agreed], group: UUID, day: date, zone: str, *, lead: UUID | None = None,
    joining: UUID | None = None,
) -> Agreed | None:  # fmt: skip
    """The newest agreement about this product group that was decided by that day, and that the deal leads or joins."""
    found = [
        one
        for one in agreements
        if (one.lead.deal_id == lead or one.joining.deal_id == joining)
        and group in one.groups
        and first_day(one.decided_at, zone) <= day
    ]
    return max(found, key=lambda one: (one.decided_at, one.id), default=None)


def takes_part(party: Party, day: date, zone: str) -> bool:
    """Whether the deal that joins stood on that day: approved by then, not ended, and its sale not lost before.

    As for a deal that protects: the day of the approval and the last one count in full, and won in time is for ever.
    """
    if party.decided_at is None or party.state not in DECIDED_FOR or first_day(party.decided_at, zone) > day:
        return False
    if party.stage == Stage.LOST and party.closed_at is not None and first_day(party.closed_at, zone) < day:
        return False
    deal = linked(party)
    return deal.won_while_protected or deal.protected_until is None or day <= last_day(deal.protected_until, zone)


def linked(party: Party) -> LinkedDeal:
    """Its deal as an invoice could name it."""
    return LinkedDeal(
        party.deal_id, party.deal_number, party.partner_id, party.role, party.state, party.stage,
        party.protected_until, party.closed_at,
    )  # fmt: skip


def sale_of_lead(sale: Sale, agreements: Iterable[Agreed], group: UUID, zone: str) -> Sale:
    """A sale that names the deal that joins is one of the deal that leads; any other stays as it is."""
    if sale.deal is None:
        return sale
    agreed = find_in_force(agreements, group, sale.ordered_on, zone, joining=sale.deal.id)
    return sale if agreed is None else replace(sale, deal=linked(agreed.lead))


def find_registered(sale: Sale, asked: Sale, held: Iterable[Held], zone: str) -> Registration | None:
    """Whose sale it is. `asked`: the sale as one of the deal that leads, where it names the one that joins."""
    found = find_registration(asked, held, zone)
    if found is None or asked is sale or found.found_by != "deal":
        return found
    return replace(found, found_by="agreement")


def find_division(
    agreements: Iterable[Agreed], registration: Registration | None, group: UUID, day: date, zone: str
) -> Division | None:
    """The agreement that is about a registered sale, and whether it divides this order; None where there is none."""
    if registration is None:
        return None
    agreed = find_in_force(agreements, group, day, zone, lead=registration.deal_id)
    return None if agreed is None else Division(agreed, takes_part(agreed.joining, day, zone))


def find_latest(agreements: Iterable[Agreed], deal_id: UUID, now: datetime) -> tuple[Agreed, Side] | None:
    """The newest agreement that a deal leads or joins so far, and which it does."""
    sides = ((one, side) for one in agreements for side in Side if party_of(one, side).deal_id == deal_id)
    return max(
        (found for found in sides if found[0].decided_at <= now), key=lambda found: found[0].decided_at, default=None
    )  # fmt: skip
