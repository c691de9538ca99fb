"""Order lines, bundled by order and product group, and to which end customer each bundle is invoiced."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from portal.demo.catalogue import Catalogue
from portal.demo.companies import Partner
from portal.demo.customers import Customer
from portal.demo.deals import Protections
from portal.demo.source import OrderLine
from portal.demo.world import World


class Bundle(NamedTuple):
    """The lines of one order in one product group: invoiced to one customer, covered by a deal or not."""

    order: str
    group: str
    partner: Partner
    customer: Customer
    day: date
    """The day of the order, moved."""
    lines: tuple[OrderLine, ...]

    def __str__(self) -> str:
        return self.id

    @property
    def id(self) -> str:
        """Order and group."""
        return f"{self.order}-{self.group}"


def _bundled(world: World, catalogue: Catalogue) -> Mapping[tuple[str, str], list[OrderLine]]:
    """The window's lines by order and product group."""
    found: dict[tuple[str, str], list[OrderLine]] = {}
    for line in world.source.lines:
        if world.window_contains(line.day):
            found.setdefault((line.order, catalogue.groups[line.product].group), []).append(line)
    return found


def _customers_of(customers: Mapping[str, Customer]) -> Mapping[str, Sequence[Customer]]:
    """Customers by the reseller that alone sells to them."""
    found: dict[str, list[Customer]] = {}
    for customer in customers.values():
        if customer.reseller:
            found.setdefault(customer.reseller, []).append(customer)
    return found


def make_bundles(
    world: World,
    catalogue: Catalogue,
    partners: Mapping[str, Partner],
    customers: Mapping[str, Customer],
    protections: Protections,
) -> Iterator[Bundle]:
    """All bundles of the window.

    A bundle goes to a Dynamics account on which the reseller is protected for the group on that day, if there
    is one; otherwise to one of the reseller's own customers, chosen by the seed.
    """
    own = _customers_of(customers)
    for (order, group), lines in _bundled(world, catalogue).items():
        key, day = lines[0].reseller, lines[0].day + world.orders_move
        won = [held for held in protections.held_by(key, group) if protections.covering(key, held, group, day)]
        customer = customers[won[0]] if won else world.seeded.pick(own[key], "invoice", order, group)
        yield Bundle(order, group, partners[key], customer, day, tuple(lines))
