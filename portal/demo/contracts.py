"""Contracts of the demo: some customers have what they buy looked after by the year; they renew, shrink or end it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final

from portal.core.money import round_half_away
from portal.demo.catalogue import Catalogue
from portal.demo.orders import Bundle
from portal.demo.rates import decimal_text
from portal.demo.timeline import written
from portal.demo.world import Row, World

_HAVE_PERCENT: Final = 25
"""Of customers and product groups."""
_RATES: Final = (Fraction(8, 100), Fraction(1, 10), Fraction(12, 100))
"""What a year costs, as a part of what was bought first."""
_YEAR: Final = timedelta(days=364)
_ONE_DAY: Final = timedelta(days=1)
_NEAR: Final = timedelta(days=60)
"""An order so close to the end is the one with which it is renewed."""
_RENEWED_PERCENT: Final = 60
"""Of those without such an order, how many go on all the same."""
_CHANGES: Final = (Fraction(1), Fraction(1), Fraction(6, 5), Fraction(11, 10), Fraction(4, 5))
"""The next year's price, as a part of the last one's."""


def contract_rows(world: World, catalogue: Catalogue, bundles: Iterable[Bundle]) -> Iterator[Row]:
    """All contracts as the importer reads them, each year of one after the other."""
    bought: dict[tuple[str, str], list[Bundle]] = {}
    for bundle in sorted(bundles, key=lambda one: (one.day, one.id)):
        bought.setdefault((bundle.customer.id, bundle.group), []).append(bundle)
    for key, some in sorted(bought.items()):
        if world.seeded.chance(_HAVE_PERCENT, "contract", *key):
            yield from _years(world, catalogue, some)


def _years(world: World, catalogue: Catalogue, bundles: Sequence[Bundle]) -> Iterator[Row]:
    """One customer's contract on one product group, from its first order until it ends or today."""
    first, seeded = bundles[0], world.seeded
    name = f"C-{first.customer.id}-{first.group}"
    dollars, currency = sum(line.sales for line in first.lines), first.partner.currency
    sales = world.source.rates.exchange(dollars, currency, first.lines[0].day)
    price, starts, number = sales * seeded.pick(_RATES, "contract price", name), first.day, 1
    while starts < world.today:
        ends = starts + _YEAR
        yield {
            "source_id": f"{name}-{number}",
            "account": first.customer.id,
            "product_sku": catalogue.sku(first.lines[0].product),
            "partner_source_id": first.partner.code,
            "quantity": str(max(sum(line.quantity for line in first.lines), 1)),
            "starts_on": written(starts),
            "ends_on": written(ends),
            "value": decimal_text(round_half_away(price)),
            "currency": currency,
        }
        near = [one.day for one in bundles if starts < one.day and abs(one.day - ends) <= _NEAR]
        if not near and not seeded.chance(_RENEWED_PERCENT, "renewed", name, number):
            return
        starts = min(near, key=lambda day: (abs(day - ends), day)) if near else ends + _ONE_DAY
        price *= seeded.pick(_CHANGES, "next price", name, number)
        number += 1
