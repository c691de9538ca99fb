"""Which partners court which Dynamics account, and which opportunities become deals."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from portal.demo.companies import CHINESE, MAIN, RIVALS, Partner
from portal.demo.customers import Customer
from portal.demo.source import Opportunity
from portal.demo.world import World

_YEAR: Final = timedelta(days=365)
_FRESH: Final = timedelta(days=28)
_RIPE: Final = timedelta(days=45)
_TOUR_QUOTA: Final = 15
_QUOTA: Final = 5
_ABROAD_QUOTA: Final = 1
_OWNER_WEIGHT: Final = 5
_RIVAL_WEIGHT: Final = 3


def candidates(world: World) -> list[Opportunity]:
    """The opportunities to choose from: those of the last year where that suffices, otherwise all."""
    source = world.source
    recent = [item for item in source.opportunities if item.created > source.newest_opportunity - _YEAR]
    return recent if world.opportunities <= len(recent) else source.opportunities


class Courting:
    """Which partners court which Dynamics account: one that knows it best, and two more."""

    def __init__(self, world: World, partners: Mapping[str, Partner]) -> None:
        self._world = world
        self._partners = partners
        recent = world.source.newest_order - _YEAR
        ordering = {line.reseller for line in world.source.lines if line.day > recent}
        begins = min(item.created for item in candidates(world)) + world.deals_move
        self._by_territory: dict[str, list[str]] = {}
        for key, partner in partners.items():
            eligible = partner.active and key in ordering and partner.joined_on < begins
            if eligible and "distributor" not in partner.kinds:
                self._by_territory.setdefault(partner.reseller.territory, []).append(key)
        self._known: dict[str, list[str]] = {}
        self._abroad = {
            territory: key
            for key, partner in partners.items()
            if "distributor" in partner.kinds
            for territory in partner.territories
        }

    def suitors(self, customer: Customer) -> list[str]:
        """Partners by source key, the one that knows the account best first."""
        if customer.id not in self._known:
            self._known[customer.id] = self._find_suitors(customer)
        return self._known[customer.id]

    def _find_suitors(self, customer: Customer) -> list[str]:
        if customer.country == "CN":
            return [CHINESE]
        code = (customer.country, customer.region)
        territory = self._world.source.state_territories.get(code, customer.country)
        if territory not in self._by_territory:
            return [self._abroad[territory]]
        if territory == self._partners[MAIN].reseller.territory:
            return [MAIN, *RIVALS]
        found = self._world.seeded.shuffled(self._by_territory[territory], "suitors", customer.id)[:3]
        return [CHINESE, *found[:2]] if territory == "AU" else found

    def suitor(self, customer: Customer, opportunity: Opportunity) -> Partner:
        """Who registers this opportunity: most often the one that knows the account best."""
        first, *others = self.suitors(customer)
        weighted = [(first, _OWNER_WEIGHT), *((key, _RIVAL_WEIGHT) for key in others)]
        return self._partners[self._world.seeded.weighted(weighted, "suitor", opportunity.seq)]


def _quota(courting: Courting, customer: Customer) -> tuple[int, int]:
    """In which order accounts are drawn on, and how many opportunities of each at a time."""
    suitors = courting.suitors(customer)
    if suitors[0] in {MAIN, CHINESE}:
        return 0, _TOUR_QUOTA
    return (1, _ABROAD_QUOTA) if len(suitors) == 1 else (2, _QUOTA)


def chosen_opportunities(world: World, courting: Courting, customers: Mapping[str, Customer]) -> list[Opportunity]:
    """At most as many of the candidates as asked for.

    Accounts are drawn on in turn, several opportunities of each, so that there is something to conflict;
    those of the tour's partners come first.
    """
    source, seeded = world.source, world.seeded
    by_account: dict[str, list[Opportunity]] = {}
    for opportunity in candidates(world):
        by_account.setdefault(opportunity.account, []).append(opportunity)
    fresh, ripe = source.newest_opportunity - _FRESH, source.newest_opportunity - _RIPE

    def boost(item: Opportunity) -> int:
        """Doublings of an opportunity's chance: what is open, has just begun, or will soon run out."""
        is_open = item.status == "Open"
        return is_open + 2 * (item.created > fresh) + 2 * (is_open and item.created < ripe)

    ranked = []
    for account, items in by_account.items():
        group, quota = _quota(courting, customers[f"CRM-{account}"])
        chances = sorted((seeded.hash("choose", item.seq) >> boost(item), item) for item in items)
        for place, (_, item) in enumerate(chances):
            ranked.append(((place // quota, group, seeded.hash("account", account), place), item))
    return [item for _, item in sorted(ranked)[: world.opportunities]]
