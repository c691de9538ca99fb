"""Who may do what: one vocabulary of permissions, and the grants of each role."""

from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """Which side of the programme somebody stands on."""

    PARTNER = "partner"
    STAFF = "staff"
    SYSTEM = "system"


class Role(StrEnum):
    """The roles of both sides (product.md, section 1)."""

    PARTNER_ADMIN = "partner_admin"
    PARTNER_SALES = "partner_sales"
    PARTNER_MARKETING = "partner_marketing"
    PARTNER_FINANCE = "partner_finance"
    PARTNER_MANAGER = "partner_manager"
    SALES = "sales"
    CUSTOMER_SUCCESS = "customer_success"
    MARKETING = "marketing"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def side(self) -> Side:
        """The side that holds this role."""
        return Side.PARTNER if self.value.startswith("partner_") and self != Role.PARTNER_MANAGER else Side.STAFF


class Permission(StrEnum):
    """One right. A name ending in `.read` changes nothing and never guards an unsafe method."""

    HOME_READ = "home.read"
    DEALS_READ = "deals.read"
    DEALS_WRITE = "deals.write"
    DEALS_DECIDE = "deals.decide"
    DEAL_STEPS_DECIDE = "deal_steps.decide"
    CONFLICTS_READ = "conflicts.read"
    OPPORTUNITIES_WRITE = "opportunities.write"
    CARDS_READ = "cards.read"
    CARDS_WRITE = "cards.write"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_WRITE = "accounts.write"
    PRODUCTS_READ = "products.read"
    PRODUCTS_WRITE = "products.write"
    COMPANY_READ = "company.read"
    COMPANY_WRITE = "company.write"
    COMPANIES_READ = "companies.read"
    COMPANIES_WRITE = "companies.write"
    COLLEAGUES_READ = "colleagues.read"
    COLLEAGUES_WRITE = "colleagues.write"
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    REVENUE_READ = "revenue.read"
    REVENUE_WRITE = "revenue.write"
    TOUCHPOINTS_READ = "touchpoints.read"
    TOUCHPOINTS_WRITE = "touchpoints.write"
    SOURCES_WRITE = "sources.write"
    CLAIMS_READ = "claims.read"
    CLAIMS_WRITE = "claims.write"
    CLAIMS_DECIDE = "claims.decide"
    VISITORS_WRITE = "visitors.write"
    COSTS_READ = "costs.read"
    COSTS_WRITE = "costs.write"
    HEALTH_READ = "health.read"
    HEALTH_WRITE = "health.write"
    RUNS_READ = "runs.read"
    RUNS_WRITE = "runs.write"
    COMMISSIONS_READ = "commissions.read"
    COMMISSION_REPORT_READ = "commission_report.read"
    PERIODS_CLOSE = "periods.close"
    POLICIES_READ = "policies.read"
    POLICIES_WRITE = "policies.write"
    MONEY_POLICIES_WRITE = "money_policies.write"
    APPROVALS_READ = "approvals.read"
    APPROVALS_DECIDE = "approvals.decide"
    IMPORTS_READ = "imports.read"
    IMPORTS_WRITE = "imports.write"
    HISTORY_READ = "history.read"
    VERIFY_READ = "verify.read"
    ABSENCES_READ = "absences.read"
    ABSENCES_WRITE = "absences.write"
    ROBOTS_READ = "robots.read"
    ROBOTS_WRITE = "robots.write"
    PROFILE_READ = "profile.read"
    PROFILE_WRITE = "profile.write"


P = Permission
_EVERYBODY: Final = frozenset({P.HOME_READ, P.PROFILE_READ, P.PROFILE_WRITE, P.PRODUCTS_READ})
_PARTNER: Final = _EVERYBODY | {P.COMPANY_READ, P.COLLEAGUES_READ}
_STAFF: Final = _EVERYBODY | {
    *(P.COMPANIES_READ, P.ACCOUNTS_READ, P.DEALS_READ, P.HISTORY_READ, P.ABSENCES_READ, P.ABSENCES_WRITE)
}
_SELLS: Final = frozenset(
    {P.DEALS_READ, P.DEALS_WRITE, P.CARDS_READ, P.CARDS_WRITE, P.COMMISSIONS_READ, P.CLAIMS_READ, P.CLAIMS_WRITE}
)
_READS_ALL: Final = frozenset(p for p in Permission if p.value.endswith(".read")) - {P.COMPANY_READ, P.COLLEAGUES_READ}

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.PARTNER_ADMIN: _PARTNER | _SELLS | {P.COMPANY_WRITE, P.COLLEAGUES_WRITE, P.COMMISSION_REPORT_READ},
    Role.PARTNER_SALES: _PARTNER | _SELLS,
    Role.PARTNER_MARKETING: _PARTNER | {P.CARDS_READ},
    Role.PARTNER_FINANCE: _PARTNER
    | {P.DEALS_READ, P.CARDS_READ, P.COMMISSIONS_READ, P.COMMISSION_REPORT_READ, P.CLAIMS_READ},
    Role.PARTNER_MANAGER: _STAFF
    | {
        P.DEALS_DECIDE,
        P.DEAL_STEPS_DECIDE,
        P.CONFLICTS_READ,
        P.OPPORTUNITIES_WRITE,
        P.ACCOUNTS_WRITE,
        P.CARDS_READ,
        P.COMPANIES_WRITE,
        P.PEOPLE_READ,
        P.REVENUE_READ,
        P.TOUCHPOINTS_READ,
        P.TOUCHPOINTS_WRITE,
        P.SOURCES_WRITE,
        P.CLAIMS_READ,
        P.CLAIMS_DECIDE,
        P.VISITORS_WRITE,
        P.COSTS_READ,
        P.COSTS_WRITE,
        P.HEALTH_READ,
        P.HEALTH_WRITE,
        P.RUNS_READ,
        P.RUNS_WRITE,
        P.COMMISSIONS_READ,
        P.POLICIES_READ,
        P.POLICIES_WRITE,
        P.APPROVALS_READ,
        P.APPROVALS_DECIDE,
        P.IMPORTS_READ,
        P.IMPORTS_WRITE,
    },
    Role.SALES: _STAFF
    | {P.DEAL_STEPS_DECIDE, P.ACCOUNTS_WRITE, P.OPPORTUNITIES_WRITE, P.CONFLICTS_READ, P.TOUCHPOINTS_READ, P.RUNS_READ},
    Role.CUSTOMER_SUCCESS: _STAFF | {P.ACCOUNTS_WRITE, P.REVENUE_READ, P.TOUCHPOINTS_READ, P.HEALTH_READ, P.RUNS_READ},
    Role.MARKETING: _STAFF
    | {P.TOUCHPOINTS_READ, P.RUNS_READ, P.SOURCES_WRITE, P.VISITORS_WRITE, P.COSTS_READ, P.CLAIMS_READ},
    Role.FINANCE: _STAFF
    | {
        P.DEAL_STEPS_DECIDE,
        P.CARDS_READ,
        P.CLAIMS_READ,
        P.REVENUE_READ,
        P.REVENUE_WRITE,
        P.TOUCHPOINTS_READ,
        P.COSTS_READ,
        P.COSTS_WRITE,
        P.HEALTH_READ,
        P.RUNS_READ,
        P.RUNS_WRITE,
        P.COMMISSIONS_READ,
        P.COMMISSION_REPORT_READ,
        P.PERIODS_CLOSE,
        P.POLICIES_READ,
        P.MONEY_POLICIES_WRITE,
        P.APPROVALS_READ,
        P.APPROVALS_DECIDE,
        P.IMPORTS_READ,
        P.IMPORTS_WRITE,
        P.VERIFY_READ,
    },
    Role.AUDITOR: _EVERYBODY | _READS_ALL,
    Role.ADMIN: _STAFF
    | {
        P.CARDS_READ,
        P.COMPANIES_WRITE,
        P.PRODUCTS_WRITE,
        P.PEOPLE_READ,
        P.PEOPLE_WRITE,
        P.POLICIES_READ,
        P.POLICIES_WRITE,
        P.APPROVALS_READ,
        P.IMPORTS_READ,
        P.IMPORTS_WRITE,
        P.VERIFY_READ,
        P.ROBOTS_READ,
        P.ROBOTS_WRITE,
    },
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that these roles may do together."""
    return frozenset().union(*(GRANTS[role] for role in roles))
