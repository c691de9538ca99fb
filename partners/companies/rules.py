"""What is true of partner companies: kinds, tiers, status. Pure."""

from enum import StrEnum


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


class Tier(StrEnum):
    """The tiers, lowest first; what each entitles to stands in a policy."""

    REGISTERED = "registered"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"
