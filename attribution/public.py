"""The door of `attribution`: what other packages may use of it. Importing it registers its reactions and checks."""

from attribution.commissions import invariants as commission_invariants
from attribution.commissions import reactions as commission_reactions
from attribution.commissions.plan import DEFAULT as DEFAULT_PLAN
from attribution.commissions.plan import KEY as PLAN_KEY
from attribution.commissions.service import accrue as accrue
from attribution.commissions.service import reckon_again as reckon_again
from attribution.revenue.importing import IMPORTED as REVENUE_IMPORTED
from attribution.revenue.importing import KIND as REVENUE_KIND
from attribution.revenue.importing import apply as apply_revenue
from attribution.terms import importing as term_import
from attribution.touchpoints import costing as cost_import
from attribution.touchpoints import importing as touchpoint_import
from attribution.touchpoints import invariants as touchpoint_invariants
from portal.ledger import invariants as ledger_invariants

__all__ = [
    "DEFAULT_PLAN",
    "PLAN_KEY",
    "REVENUE_IMPORTED",
    "REVENUE_KIND",
    "accrue",
    "apply_revenue",
    "commission_invariants",
    "commission_reactions",
    "cost_import",
    "ledger_invariants",
    "reckon_again",
    "term_import",
    "touchpoint_import",
    "touchpoint_invariants",
]
