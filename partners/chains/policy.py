"""The policy `approval_chains`: which deals need more than their manager's word, whose, and in which order."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from partners.chains.rules import Approver
from partners.companies.rules import TIER_LABELS, Tier
from portal.core import formats
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money, exponent, is_currency
from portal.policies.kinds import Document, Line

KEY: Final = "approval_chains"
MOST_RULES: Final = 50
MOST_AN_HOUR: Final = 10_000
_PLACE: Final = re.compile(r"[A-Z]{2}(/[^,/]{1,80})?")
_AMOUNT: Final = re.compile(r"\d{1,12}(\.\d{1,3})?")
_PERCENT: Final = re.compile(r"\d{1,2}(\.\d{1,2})?")


CHOOSABLE: Final = (Approver.OWN_MANAGER, Approver.PARTNER_MANAGER, Approver.FINANCE, Approver.SALES)
"""Whom a rule may ask by their work; one person is named by address."""
APPROVER_LABELS: Final[dict[str, str]] = {
    Approver.OWN_MANAGER: N_("The partner's own manager"),
    Approver.PARTNER_MANAGER: N_("Any partner manager"),
    Approver.FINANCE: N_("Finance"),
    Approver.SALES: N_("Key account manager"),
    Approver.PERSON: N_("One of the vendor's people"),
}


def _place_list(text: str) -> str:
    """Countries and regions as `DE, CN/Shanghai`, written evenly. Raises ValueError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    folded = [part[:2].upper() + part[2:] for part in parts]
    if not all(_PLACE.fullmatch(part) for part in folded):
        raise ValueError(_("Write codes of countries, a region after a slash: DE, AT, CN/Shanghai."))
    return ", ".join(folded)


def _percent(text: str) -> str:
    if text and (not _PERCENT.fullmatch(text) or Decimal(text) == 0):
        raise ValueError(_("Give a percentage above 0 and below 100, such as 12.5."))
    return text


def _address(text: str) -> str:
    return text.lower()


Person = Annotated[str, Field(max_length=254), AfterValidator(_address)]
Asked = tuple[Approver, ...]


class ChainRule(Document):
    """When a deal needs more, and who is asked: all conditions must fit, those left empty fit every deal."""

    name: str = Field(min_length=1, max_length=80, title=N_("Rule"))
    currency: str = ""
    value_from: str = ""
    """Whole units of the currency as decimal text; empty: any value."""
    groups: tuple[Annotated[str, Field(max_length=60)], ...] = ()
    """Codes of product groups; a deal with a product of any of them fits."""
    places: Annotated[str, Field(max_length=400), AfterValidator(_place_list)] = ""
    """Where the customer is."""
    tiers: tuple[Tier, ...] = ()
    below_list_percent: Annotated[str, AfterValidator(_percent)] = ""
    """At least so many percent below the list price."""
    first: Asked = ()
    first_person: Person = ""
    second: Asked = ()
    second_person: Person = ""
    third: Asked = ()
    third_person: Person = ""

    @field_validator("value_from")
    @classmethod
    def _amount(cls, text: str, info: ValidationInfo) -> str:
        """An amount in the currency beside it, no finer than its minor unit."""
        if not text:
            return text
        currency = info.data.get("currency", "")
        if not is_currency(currency):
            raise ValueError(_("Choose the currency of this amount."))
        found = _AMOUNT.fullmatch(text)
        if not found or len(found[1] or ".") - 1 > exponent(currency):
            raise ValueError(_("Write it in digits, such as 100000 or 2500.50."))
        return text

    @property
    def value(self) -> Money | None:
        """From which value on it fits."""
        if not self.value_from:
            return None
        return Money(int(Decimal(self.value_from).scaleb(exponent(self.currency))), self.currency)

    @property
    def below_list(self) -> Fraction | None:
        """From which part below the list price on it fits."""
        return Fraction(self.below_list_percent) / 100 if self.below_list_percent else None

    def place_pairs(self) -> list[tuple[str, str]]:
        """Country and region, the latter empty for all of a country."""
        pairs = [one.strip().partition("/") for one in self.places.split(",") if one.strip()]
        return [(country, region) for country, _slash, region in pairs]

    def asked(self) -> Iterator[tuple[int, Approver, str]]:
        """Number of the step, who is asked in it, and the address where it is one person."""
        steps = ((self.first, self.first_person), (self.second, self.second_person), (self.third, self.third_person))
        for number, (roles, person) in enumerate(steps, start=1):
            for role in roles:
                yield number, role, ""
            if person:
                yield number, Approver.PERSON, person

    def when(self) -> str:
        """Which deals it fits, in the reader's words."""
        found = []
        if self.value:
            found.append(_("from %(amount)s") % {"amount": formats.money(self.value)})
        if self.below_list is not None:
            found.append(_("%(percent)s or more below the list price") % {"percent": formats.percent(self.below_list)})
        if self.groups:
            found.append(_("with products of %(groups)s") % {"groups": ", ".join(self.groups)})
        if self.places:
            found.append(_("customers in %(places)s") % {"places": self.places})
        if self.tiers:
            tiers = ", ".join(_(TIER_LABELS[tier]) for tier in self.tiers)
            found.append(_("partners of the tiers %(tiers)s") % {"tiers": tiers})
        return "; ".join(found) or _("every deal")

    def who(self, number: int) -> str:
        """Who is asked in a step, in the reader's words; nothing where nobody is."""
        return ", ".join(person or _(APPROVER_LABELS[role]) for step, role, person in self.asked() if step == number)


class Chains(Document):
    """All rules: each that fits adds its steps. Without one a partner manager decides alone."""

    rules: tuple[ChainRule, ...] = Field(default=(), max_length=MOST_RULES)
    submissions_an_hour: int = Field(default=30, ge=1, le=MOST_AN_HOUR)
    """How many registrations one partner may submit within an hour."""


DEFAULT: Final = Chains(
    rules=(
        ChainRule(name="Large deals", currency="EUR", value_from="100000", second=(Approver.FINANCE,)),
        ChainRule(name="Far below the list price", below_list_percent="25", second=(Approver.FINANCE,)),
    ),
)
"""What the first draft begins with."""


def lint(document: Chains) -> list[str]:
    """No rule without a step or a name of its own; nobody asked twice in one step, no person in two."""
    names = [rule.name for rule in document.rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    found = [_("Two rules are called “%(rule)s”, so nobody could tell which one asked.") % {"rule": x} for x in twice]
    for rule in document.rules:
        asked = list(rule.asked())
        words = {"rule": rule.name}
        if not asked:
            found.append(_("“%(rule)s” asks nobody.") % words)
        if len(set(asked)) < len(asked) or Approver.PERSON in (*rule.first, *rule.second, *rule.third):
            found.append(_("“%(rule)s” asks somebody twice in one step.") % words)
        people = {(number, person) for number, _approver, person in asked if person}
        if len({person for _number, person in people}) < len(people):
            found.append(_("“%(rule)s” names one person in two steps, and nobody agrees twice.") % words)
    return found


def lines(document: Chains) -> list[Line]:
    """Rule by rule: when, and who in which step."""
    found = []
    for rule in document.rules:
        found.append(Line(f"{rule.name}.when", rule.name, _("Which deals"), rule.when()))
        for number in (1, 2, 3):
            if who := rule.who(number):
                label = _("Step %(number)s") % {"number": number}
                found.append(Line(f"{rule.name}.{number}", rule.name, label, who))
    an_hour = formats.number(document.submissions_an_hour)
    return [*found, Line("submissions_an_hour", "", _("Submissions of one partner in an hour at most"), an_hour)]
