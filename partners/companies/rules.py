"""What is true of partner companies: kinds, tiers, status, who is below whom. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.core.i18n import N_


class PartnerKind(StrEnum):
    """What a partner is to the programme; a company can be several."""

    DISTRIBUTOR = "distributor"
    RESELLER = "reseller"
    AGENT = "agent"
    REFERRAL = "referral"
    SERVICE = "service"
    INTEGRATOR = "integrator"
    TECHNOLOGY = "technology"


class CompanyStatus(StrEnum):
    """Where a company stands in the programme."""

    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"

    @property
    def has_access(self) -> bool:
        """Whether its people may sign in."""
        return self is CompanyStatus.ACTIVE


class Tier(StrEnum):
    """The tiers, lowest first; what each entitles to stands in a policy."""

    REGISTERED = "registered"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


KIND_LABELS: Final = {
    PartnerKind.DISTRIBUTOR: N_("Distributor"),
    PartnerKind.RESELLER: N_("Reseller"),
    PartnerKind.AGENT: N_("Agent"),
    PartnerKind.REFERRAL: N_("Referral partner"),
    PartnerKind.SERVICE: N_("Service partner"),
    PartnerKind.INTEGRATOR: N_("Integrator"),
    PartnerKind.TECHNOLOGY: N_("Technology partner"),
}
TIER_LABELS: Final = {
    Tier.REGISTERED: N_("Registered"),
    Tier.SILVER: N_("Silver"),
    Tier.GOLD: N_("Gold"),
    Tier.PLATINUM: N_("Platinum"),
}
STATUS_LABELS: Final = {
    CompanyStatus.APPLIED: N_("Applied"),
    CompanyStatus.ACTIVE: N_("Active"),
    CompanyStatus.SUSPENDED: N_("Suspended"),
    CompanyStatus.TERMINATED: N_("Terminated"),
}


def all_below(company: UUID, parent_of: Mapping[UUID, UUID]) -> frozenset[UUID]:
    """The company and all that are below it, at any depth; a circle in the data does no harm."""
    children: dict[UUID, list[UUID]] = {}
    for child, parent in parent_of.items():
        children.setdefault(parent, []).append(child)
    found: set[UUID] = set()
    open_ends = [company]
    while open_ends:
        one = open_ends.pop()
        if one not in found:
            found.add(one)
            open_ends += children.get(one, [])
    return frozenset(found)


def makes_circle(company: UUID, parent: UUID, parent_of: Mapping[UUID, UUID]) -> bool:
    """Whether putting `company` under `parent` would put it under itself."""
    return parent in all_below(company, parent_of)


def split_territory(text: str) -> tuple[str, str]:
    """Country and region of `DE` or `DE-Bavaria`. Raises ValueError."""
    country, _, region = text.strip().partition("-")
    if len(country) != len("DE") or not country.isalpha():
        raise ValueError(text)
    return country.upper(), region.strip()


def unknown_words(given: Iterable[str], known: type[StrEnum]) -> list[str]:
    """What of the given words the vocabulary does not hold."""
    return [word for word in given if word not in {one.value for one in known}]
