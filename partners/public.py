"""The door of `partners`: what other packages may use. Importing it registers imports, reactions and checks."""

from partners.companies import importing as company_import
from partners.companies.entitlements import DEFAULT as DEFAULT_TIERS
from partners.companies.entitlements import TIERS
from partners.customers import importing as account_import
from partners.deals import importing as deal_import
from partners.deals import invariants as deal_invariants
from partners.deals import protection as deal_protection
from partners.deals import reactions as deal_reactions
from partners.deals import story as deal_story
from partners.deals.figures import PipelineCell, WinRate, get_win_rate, list_pipeline
from partners.deals.queries import Waiting, count_waiting, list_waiting
from partners.deals.reactions import use_address
from partners.products import importing as product_import

__all__ = [
    "DEFAULT_TIERS",
    "TIERS",
    "PipelineCell",
    "Waiting",
    "WinRate",
    "account_import",
    "company_import",
    "count_waiting",
    "deal_import",
    "deal_invariants",
    "deal_protection",
    "deal_reactions",
    "deal_story",
    "get_win_rate",
    "list_pipeline",
    "list_waiting",
    "product_import",
    "use_address",
]
