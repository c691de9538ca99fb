"""The door of `attribution`: what other packages may use of it. Importing it registers its reactions and checks."""

from attribution.claims import invariants as claim_invariants
from attribution.claims import policy as claim_policy
from attribution.claims import reactions as claim_reactions
from attribution.claims.rules import ClaimFacts as ClaimFacts
from attribution.claims.service import Said as ClaimSaid
from attribution.claims.service import create_draft as draft_claim
from attribution.claims.service import move_claim as move_claim
from attribution.commissions import invariants as commission_invariants
from attribution.commissions import reactions as commission_reactions
from attribution.commissions.plan import DEFAULT as DEFAULT_PLAN
from attribution.commissions.plan import KEY as PLAN_KEY
from attribution.commissions.quotes import keep_past_quotes as keep_past_quotes
from attribution.commissions.service import accrue as accrue
from attribution.commissions.service import reckon_again as reckon_again
from attribution.credits import invariants as run_invariants
from attribution.credits import wording as run_wording
from attribution.credits.running import carry_out as carry_out
from attribution.credits.service import request_run as request_run
from attribution.credits.store import use_folder as use_folder
from attribution.health import importing as signal_import
from attribution.health import reactions as health_reactions
from attribution.health import settings as health_settings
from attribution.lifecycle import importing as target_import
from attribution.lifecycle import invariants as lifecycle_invariants
from attribution.lifecycle import reactions as lifecycle_reactions
from attribution.lifecycle.service import derive_accounts as derive_accounts
from attribution.reports import running as report_reactions
from attribution.revenue.importing import IMPORTED as REVENUE_IMPORTED
from attribution.revenue.importing import KIND as REVENUE_KIND
from attribution.revenue.importing import apply as apply_revenue
from attribution.terms import importing as term_import
from attribution.touchpoints import costing as cost_import
from attribution.touchpoints import importing as touchpoint_import
from attribution.touchpoints import invariants as touchpoint_invariants
from attribution.touchpoints import reactions as touchpoint_reactions
from attribution.touchpoints.rules import Motion as Motion
from attribution.touchpoints.rules import TouchKind as TouchKind
from attribution.value import reactions as value_reactions
from attribution.value import settings as value_settings
from attribution.visits import policy as visit_policy
from attribution.visits import reactions as visit_reactions
from portal.ledger import invariants as ledger_invariants

__all__ = [
    "DEFAULT_PLAN",
    "PLAN_KEY",
    "REVENUE_IMPORTED",
    "REVENUE_KIND",
    "ClaimFacts",
    "ClaimSaid",
    "Motion",
    "TouchKind",
    "accrue",
    "apply_revenue",
    "carry_out",
    "claim_invariants",
    "claim_policy",
    "claim_reactions",
    "commission_invariants",
    "commission_reactions",
    "cost_import",
    "derive_accounts",
    "draft_claim",
    "health_reactions",
    "health_settings",
    "keep_past_quotes",
    "ledger_invariants",
    "lifecycle_invariants",
    "lifecycle_reactions",
    "move_claim",
    "reckon_again",
    "report_reactions",
    "request_run",
    "run_invariants",
    "run_wording",
    "signal_import",
    "target_import",
    "term_import",
    "touchpoint_import",
    "touchpoint_invariants",
    "touchpoint_reactions",
    "use_folder",
    "value_reactions",
    "value_settings",
    "visit_policy",
    "visit_reactions",
]
