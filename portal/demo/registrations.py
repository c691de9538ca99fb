"""Deals made from the order lines: what the resellers registered before they ordered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final

from portal.core.money import round_half_away
from portal.demo.claims import Clerk, typed_name
from portal.demo.companies import TOUR
from portal.demo.courses import protection_end, steps_of
from portal.demo.deals import EXCLUSIVE, Claim, Course, Deal, Protections
from portal.demo.orders import Bundle
from portal.demo.timeline import moment
from portal.demo.world import World

COVERED_PERCENT: Final = 63
"""How many of all order lines shall be covered by an approved deal."""
_TOUR_LEAVES_OUT: Final = 3
"""Every third bundle, by size, a partner of the tour forgot to register, so that something is not paid."""
_SMALL: Final = 3
"""Bundles of fewer lines are registered last."""
_TOO_EARLY_PERCENT: Final = 4
"""How many of the bundles left over were registered so early that the protection had ended."""
_LEAD: Final = (14, 50)
"""Days from the registration to the order, when the protection still holds."""
_EARLY_LEAD: Final = (150, 200)
_SOURCES: Final = (("partner", 7), ("renewal", 2), ("tender", 1))


def is_covered(bundle: Bundle, protections: Protections) -> str | None:
    """The deal that covers the bundle for its own partner, if one does."""
    key = bundle.partner.reseller.key
    held = protections.covering(key, bundle.customer.id, bundle.group, bundle.day)
    return held.deal if held else None


def _claim(clerk: Clerk, bundle: Bundle, lead_days: int) -> Claim:
    """The bundle as it was registered: its value, its dearest product."""
    world, partner, seeded = clerk.world, bundle.partner, clerk.world.seeded
    dearest = max(bundle.lines, key=lambda line: (line.sales, line.number))
    quantity = sum(line.quantity for line in bundle.lines)
    cents = sum(line.sales for line in bundle.lines)
    value = world.source.rates.exchange(cents, partner.currency, dearest.day)
    minutes = seeded.between(7 * 60, 17 * 60, "made", bundle.id)
    return Claim(
        id=f"REG-{bundle.id}",
        partner=partner,
        customer=bundle.customer,
        customer_name=typed_name(world, bundle.customer, partner),
        contact=clerk.contact(bundle.customer, partner),
        role=EXCLUSIVE,
        product=dearest.product,
        group=bundle.group,
        quantity=quantity,
        unit_price=round_half_away(Fraction(value, quantity)),
        created_at=moment(bundle.day - timedelta(days=lead_days), minutes=minutes),
        expected_close_on=bundle.day + timedelta(days=seeded.between(-6, 9, "expected", bundle.id)),
        registered_by=clerk.seller(partner),
        source=seeded.weighted(_SOURCES, "source", bundle.id),
        competitor=clerk.competitor(bundle.id),
        reference=bundle.order,
        notes="",
    )


def _won(world: World, claim: Claim, bundle: Bundle, protections: Protections) -> Deal | None:
    """Approved, then won on the day of the order; None when somebody is protected at that time."""
    steps = steps_of(world.seeded, claim)
    end = protection_end(world, claim, steps.decided_at)
    if protections.overlapping(claim.customer.id, claim.group, steps.decided_at, end):
        return None
    protections.grant(claim, steps.decided_at, end)
    minutes = world.seeded.between(8 * 60, 17 * 60, "won", claim.id)
    return Deal(
        claim,
        Course(
            "approved",
            "won",
            submitted_at=steps.submitted_at,
            taken_at=steps.taken_at,
            decided_at=steps.decided_at,
            protected_until=end,
            closed_at=moment(bundle.day, minutes=minutes),
        ),
    )


def _too_early(world: World, claim: Claim, protections: Protections) -> Deal | None:
    """Approved long before the order, and expired by then."""
    steps = steps_of(world.seeded, claim)
    end = protection_end(world, claim, steps.decided_at)
    if protections.overlapping(claim.customer.id, claim.group, steps.decided_at, end):
        return None
    protections.grant(claim, steps.decided_at, end)
    return Deal(claim, Course("expired", "negotiation", *steps, protected_until=end))


def _worklist(world: World, bundles: Iterable[Bundle]) -> list[Bundle]:
    """The order in which bundles are registered: the tour's partners first (all but some), small ones late."""
    shuffled = [bundle for bundle in world.seeded.shuffled(bundles, "register") if bundle.partner.active]
    places: Counter[str] = Counter()
    left_out = set()
    for bundle in sorted(shuffled, key=lambda bundle: -len(bundle.lines)):
        key = bundle.partner.reseller.key
        places[key] += 1
        if key in TOUR and places[key] % _TOUR_LEAVES_OUT == 0:
            left_out.add(bundle.id)

    def turn(bundle: Bundle) -> int:
        if bundle.partner.reseller.key in TOUR:
            return 3 if bundle.id in left_out else 0
        return 1 if len(bundle.lines) >= _SMALL else 2

    return sorted(shuffled, key=turn)


def _lines(bundles: Iterable[Bundle]) -> int:
    return sum(len(bundle.lines) for bundle in bundles)


def register_orders(world: World, clerk: Clerk, bundles: Sequence[Bundle], protections: Protections) -> Iterator[Deal]:
    """As many deals as are needed until the wanted share of lines is covered, and some that ended too early."""
    seeded = world.seeded
    left = [bundle for bundle in bundles if not is_covered(bundle, protections)]
    wanted = Fraction(COVERED_PERCENT, 100) * _lines(bundles)
    covered = _lines(bundles) - _lines(left)
    for bundle in _worklist(world, left):
        if is_covered(bundle, protections):
            continue
        if covered < wanted:
            claim = _claim(clerk, bundle, seeded.between(*_LEAD, "lead", bundle.id))
            deal = _won(world, claim, bundle, protections)
            covered += len(bundle.lines) if deal else 0
        elif seeded.chance(_TOO_EARLY_PERCENT, "too early", bundle.id):
            claim = _claim(clerk, bundle, seeded.between(*_EARLY_LEAD, "lead", bundle.id))
            deal = _too_early(world, claim, protections)
        else:
            deal = None
        if deal:
            yield deal
