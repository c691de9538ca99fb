"""Dynamics opportunities as registrations of partners, as these would type them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from portal.core.money import round_half_away
from portal.demo.catalogue import Catalogue
from portal.demo.companies import Partner
from portal.demo.courting import Courting, chosen_opportunities
from portal.demo.customers import Customer
from portal.demo.deals import EXCLUSIVE, Claim, Contact
from portal.demo.people import AddressBook, SignIn
from portal.demo.source import Opportunity
from portal.demo.timeline import moment
from portal.demo.world import World

_FORM: Final = re.compile(r",? (Inc|LLC|Ltd|Corp|GmbH|AG|KG|SARL|SAS|SA|plc|Pty Ltd|Group|and Sons)\.?$")
_TYPING: Final = (("as is", 14), ("short", 3), ("capitals", 1), ("and", 2))
_ROLES: Final = ((EXCLUSIVE, 46), ("co_sell", 2), ("influence", 1), ("service", 1))
_COMPETITORS: Final = ("", "", "", "Fabrikam Cycles", "Contoso Wheels", "Northwind Bikes", "Trey Research")


def typed_name(world: World, customer: Customer, partner: Partner) -> str:
    """The customer's name as this partner types it, not always as the register has it."""
    if partner.chinese and customer.local_name:
        return customer.local_name
    name = customer.legal_name
    way = world.seeded.weighted(_TYPING, "typing", customer.id, partner.reseller.key)
    if way == "short":
        return _FORM.sub("", name)
    if way == "capitals":
        return name.upper()
    return name.replace(" and ", " & ") if way == "and" else name


def seller_email(sign_ins: Sequence[SignIn], partner: Partner) -> str:
    """Who registers for the partner; empty when nobody of it signs in to the demo."""
    emails = [person.email for person in sign_ins if person.partner == partner.reseller.key]
    sellers = [
        person.email
        for person in sign_ins
        if person.partner == partner.reseller.key and "partner_sales" in person.roles
    ]
    return next(iter(sellers or emails), "")


class Clerk:
    """Writes claims: everything on the form that does not depend on where the deal comes from."""

    def __init__(self, world: World, catalogue: Catalogue, sign_ins: Sequence[SignIn]) -> None:
        self.world = world
        self.catalogue = catalogue
        self._sign_ins = sign_ins
        self._book = AddressBook(world)

    def contact(self, customer: Customer, partner: Partner) -> Contact:
        """Whom this partner talks to there."""
        return self._book.contact(customer, partner)

    def seller(self, partner: Partner) -> str:
        """Who registers for the partner; empty when nobody of it signs in."""
        return seller_email(self._sign_ins, partner)

    def competitor(self, *key: object) -> str:
        """A rival maker, or none, which is most often the case."""
        return self.world.seeded.pick(_COMPETITORS, "competitor", *key)


_DECIDING: Final = {
    "Committee": ("A committee decides", "由采购委员会决定"),
    "Individual": ("One person decides", "由一人决定"),
    "Unknown": ("How they decide is not known yet", "决策流程未知"),
}


def _notes(opportunity: Opportunity, partner: Partner) -> str:
    english, chinese = _DECIDING[opportunity.process]
    if partner.chinese:
        return f"{chinese}；{'决策者已明确' if opportunity.decider_known else '决策者待确认'}。"
    known = "the decision maker is known" if opportunity.decider_known else "the decision maker is not known"
    campaign = f" Came through the campaign “{opportunity.campaign}”." if opportunity.campaign else ""
    return f"{english}; {known}.{campaign}"


def opportunity_claims(
    clerk: Clerk, courting: Courting, customers: Mapping[str, Customer]
) -> Iterator[tuple[Claim, Opportunity]]:
    """The chosen opportunities as claims. The value stays, in the partner's currency; quantity follows it."""
    world, catalogue = clerk.world, clerk.catalogue
    seeded = world.seeded
    for item in chosen_opportunities(world, courting, customers):
        customer = customers[f"CRM-{item.account}"]
        partner = courting.suitor(customer, item)
        group = catalogue.dynamics[item.product]
        product = seeded.pick(catalogue.current[group], "product", item.seq)
        quantity = max(1, (item.value * 2 + catalogue.prices[product]) // (catalogue.prices[product] * 2))
        value = world.source.rates.exchange(item.value, partner.currency, item.created)
        created = moment(item.created + world.deals_move, minutes=seeded.between(7 * 60, 17 * 60, "made", item.seq))
        lead = (
            "vendor_lead"
            if item.campaign
            else seeded.weighted((("partner", 8), ("renewal", 1), ("tender", 1)), "source", item.seq)
        )
        yield (
            Claim(
                id=f"OPP-{item.seq}",
                partner=partner,
                customer=customer,
                customer_name=typed_name(world, customer, partner),
                contact=clerk.contact(customer, partner),
                role=seeded.weighted(_ROLES, "role", item.seq),
                product=product,
                group=group,
                quantity=quantity,
                unit_price=round_half_away(Fraction(value, quantity)),
                created_at=created,
                expected_close_on=item.closes + world.deals_move,
                registered_by=clerk.seller(partner),
                source=lead,
                competitor=clerk.competitor(item.seq),
                reference=f"Q-{item.seq}",
                notes=_notes(item, partner),
            ),
            item,
        )
