"""What the shipped data says, in types: as it was published, not yet changed."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from portal.demo.rates import Rates


class Reseller(NamedTuple):
    """A reseller of AdventureWorks."""

    key: str
    code: str
    name: str
    business: str
    city: str
    state: str
    country: str
    phone: str
    territory: str
    """The vendor's sales territory: `US-Southwest` in the United States, elsewhere the country."""


class OrderLine(NamedTuple):
    """One line of a reseller's order. Amounts in US cents."""

    day: date
    order: str
    number: int
    product: str
    reseller: str
    salesperson: str
    quantity: int
    price: int
    sales: int
    cost: int

    @property
    def id(self) -> str:
        """Order number and line number."""
        return f"{self.order}-{self.number}"


class Product(NamedTuple):
    """A product version of AdventureWorks; `cost` in US cents."""

    key: str
    name: str
    cost: int
    subcategory: str


class Place(NamedTuple):
    """A town with a post code."""

    country: str
    state: str
    city: str
    postcode: str


class CrmAccount(NamedTuple):
    """An account of the Dynamics sample, its state spelled out where AdventureWorks knows the code."""

    seq: str
    name: str
    street: str
    city: str
    state: str
    postcode: str
    country: str
    phone: str
    employees: int
    industry: str


class Person(NamedTuple):
    """A contact of the Dynamics sample."""

    name: str
    phone: str
    title: str


class Opportunity(NamedTuple):
    """An opportunity of the Dynamics sample; `value` in US cents."""

    seq: str
    account: str
    product: str
    status: str
    step: str
    value: int
    created: date
    closes: date
    process: str
    decider_known: bool
    campaign: str


class GroupRow(NamedTuple):
    """One line of our mapping: a subcategory of AdventureWorks, its group, the Dynamics product in it."""

    subcategory: str
    category: str
    group: str
    group_name: str
    group_name_zh: str
    dynamics_product: str


@dataclass(frozen=True)
class Source:
    """Everything that was shipped, by the keys of its own makers."""

    resellers: dict[str, Reseller]
    lines: list[OrderLine]
    products: list[Product]
    salespeople: dict[str, str]
    """Names by employee key."""
    territory_sellers: dict[str, list[str]]
    """By territory; who looks after the fewest comes first, managers of many last."""
    state_territories: dict[tuple[str, str], str]
    """By country and name of the state."""
    places: list[Place]
    accounts: list[CrmAccount]
    contacts: dict[str, list[Person]]
    opportunities: list[Opportunity]
    groups: list[GroupRow]
    rates: Rates

    @cached_property
    def newest_order(self) -> date:
        """The day of the last order line."""
        return max(line.day for line in self.lines)

    @cached_property
    def newest_opportunity(self) -> date:
        """The day on which the last opportunity was created."""
        return max(opportunity.created for opportunity in self.opportunities)
