"""The door of `partners`: what other packages may use. Importing it registers imports, reactions and checks."""

from partners.chains import invariants as chain_invariants
from partners.chains import limiting as chain_limiting
from partners.chains import reactions as chain_reactions
from partners.chains import settings as chain_settings
from partners.chains.policy import ChainRule, Chains
from partners.chains.rules import Approver
from partners.chains.service import decide_step, find_missing_chains
from partners.companies import importing as company_import
from partners.companies.entitlements import DEFAULT as DEFAULT_TIERS
from partners.companies.entitlements import TIERS
from partners.contacts import importing as contact_import
from partners.customers import importing as account_import
from partners.customers.naming import PROBLEMS as ACCOUNT_PROBLEMS
from partners.customers.naming import Named as NamedAccounts
from partners.customers.naming import find_named as find_named_accounts
from partners.customers.rules import CustomerFacts
from partners.customers.service import find_or_create_card
from partners.deals import announcing as deal_announcing
from partners.deals import importing as deal_import
from partners.deals import invariants as deal_invariants
from partners.deals import protection as deal_protection
from partners.deals import reactions as deal_reactions
from partners.deals import reminding as deal_reminding
from partners.deals import story as deal_story
from partners.deals.figures import PipelineCell, WinRate, get_win_rate, list_pipeline
from partners.deals.queries import Waiting, count_waiting, list_waiting
from partners.deals.rules import OPEN_STAGES
from partners.deals.service import Said
from partners.deals.states import DealState, Stage
from partners.forecast import invariants as forecast_invariants
from partners.forecast import reactions as forecast_reactions
from partners.forecast.service import Stood, keep_past_snapshot
from partners.matching.accounts import write_all_keys
from partners.matching.files import Files, UnusableFile, match_files
from partners.merging import invariants as merging_invariants
from partners.merging import reactions as merging_reactions
from partners.opportunities import importing as opportunity_import
from partners.products import importing as product_import
from partners.response import invariants as response_invariants
from partners.response import reactions as response_reactions
from partners.response.past import Past as PastAnswer
from partners.response.past import keep_past_clocks
from partners.response.policy import POLICY as ANSWER_TIMES
from partners.response.rules import Pause as AnswerPause
from partners.response.service import reckon_figures as reckon_answer_figures

__all__ = [
    "ACCOUNT_PROBLEMS",
    "ANSWER_TIMES",
    "DEFAULT_TIERS",
    "OPEN_STAGES",
    "TIERS",
    "AnswerPause",
    "Approver",
    "ChainRule",
    "Chains",
    "CustomerFacts",
    "DealState",
    "Files",
    "NamedAccounts",
    "PastAnswer",
    "PipelineCell",
    "Said",
    "Stage",
    "Stood",
    "UnusableFile",
    "Waiting",
    "WinRate",
    "account_import",
    "chain_invariants",
    "chain_limiting",
    "chain_reactions",
    "chain_settings",
    "company_import",
    "contact_import",
    "count_waiting",
    "deal_announcing",
    "deal_import",
    "deal_invariants",
    "deal_protection",
    "deal_reactions",
    "deal_reminding",
    "deal_story",
    "decide_step",
    "find_missing_chains",
    "find_named_accounts",
    "find_or_create_card",
    "forecast_invariants",
    "forecast_reactions",
    "get_win_rate",
    "keep_past_clocks",
    "keep_past_snapshot",
    "list_pipeline",
    "list_waiting",
    "match_files",
    "merging_invariants",
    "merging_reactions",
    "opportunity_import",
    "product_import",
    "reckon_answer_figures",
    "response_invariants",
    "response_reactions",
    "write_all_keys",
]
