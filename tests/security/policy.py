"""The authorization policy, written by hand beside the code: who may call what. A route without a row fails.

Roles stand for their partner or the vendor: `admin sales marketing finance` are the partner's, upper-case words the
vendor's. The rows follow from the product's description of the roles, not from what the handlers declare.
"""

from dataclasses import dataclass
from typing import Final

PARTNER: Final = frozenset({"admin", "sales", "marketing", "finance"})
SELLS: Final = frozenset({"admin", "sales"})
EARNS: Final = frozenset({"admin", "sales", "finance"})
STAFF: Final = frozenset({"MANAGER", "SALES", "SUCCESS", "MARKETING", "FINANCE", "AUDITOR", "ADMIN"})
EVERYBODY: Final = PARTNER | STAFF
PUBLIC: Final = frozenset({"PUBLIC"})


def who(*roles: str) -> frozenset[str]:
    """These roles."""
    return frozenset(roles)


DEALS: Final = EARNS | STAFF
CARDS: Final = PARTNER | who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")
WORKS: Final = STAFF - who("AUDITOR")
LINKS: Final = who("MANAGER")
STEPS: Final = who("MANAGER", "SALES", "FINANCE")
ACCOUNTS: Final = who("MANAGER", "SALES", "SUCCESS")
PROGRAMME: Final = who("MANAGER", "ADMIN")
PEOPLE: Final = PARTNER | who("MANAGER", "AUDITOR", "ADMIN")
MAKES_PEOPLE: Final = who("admin", "ADMIN")
REVENUE: Final = who("MANAGER", "SUCCESS", "FINANCE", "AUDITOR")
TOUCHES: Final = who("MANAGER", "SALES", "SUCCESS", "MARKETING", "FINANCE", "AUDITOR")
COSTS: Final = who("MANAGER", "MARKETING", "FINANCE", "AUDITOR")
CONFLICTS: Final = who("MANAGER", "SALES", "AUDITOR")
SELLS_DIRECT: Final = who("MANAGER", "SALES")
HEALTH: Final = who("MANAGER", "SUCCESS", "FINANCE", "AUDITOR")
RUNS: Final = TOUCHES
RECKONS: Final = who("MANAGER", "FINANCE")
MAPS: Final = who("MANAGER", "MARKETING")
CLAIMS: Final = EARNS | who("MANAGER", "MARKETING", "FINANCE", "AUDITOR")
PAYS: Final = who("MANAGER", "FINANCE", "AUDITOR")
CLOSES: Final = who("FINANCE", "AUDITOR")
RULES: Final = who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")
WRITES_RULES: Final = who("MANAGER", "FINANCE", "ADMIN")
SIGNS: Final = who("MANAGER", "FINANCE")
BRINGS: Final = who("MANAGER", "FINANCE", "ADMIN")
ROBOTS: Final = who("AUDITOR", "ADMIN")
SEES_FILES: Final = who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")


@dataclass(frozen=True, slots=True)
class Row:
    """Who may, and on what. `on` names the kind of object that the path's id is of; empty when there is none."""

    who: frozenset[str]
    on: str = ""
    own_only: bool = False
    """The distributor above sees the object but may not do this to it."""
    shared: bool = False
    """Everybody may know of the object, whoever it is of."""
    refused: frozenset[str] = frozenset()
    """Who passes the guard and is refused by the service, because of what this object holds: roles or callers."""
    other_sites: bool = False
    """Pages of other sites send it on purpose: it acts for nobody, so it needs no token and asks for no session."""
    personal: bool = False
    """The object is one person's, Pia's or Otto's, and nobody else knows of it, not even a colleague or the vendor."""
    query: str = ""
    """What the address needs after the question mark, with kinds of objects in braces."""


_BY_MANAGERS: Final = who("FINANCE", "ADMIN")
"""The file that is asked for brings accounts, which are managers' to write."""
_TIERS: Final = who("FINANCE")
"""The policy that is asked for is no money's, so finance reads it and does not write it."""
_PLAN: Final = who("MANAGER", "faye")
"""What waits is a commission plan of Faye's: another of finance signs it, no manager, and not she."""
_NOT_HERS: Final = who("dora")
"""The customer that is named is a reseller's, which the distributor above it reads."""
_NOT_VERA: Final = STAFF - who("MANAGER")
"""The segment that is asked for is the manager's."""
_NOT_THEIR_ABSENCE: Final = who("SALES", "SUCCESS", "MARKETING", "FINANCE")
"""The absence that is asked for is another's; a manager or an administrator may end it."""
_NOT_THEIR_TURN: Final = who("SALES", "FINANCE")
"""The deal that is asked for waits for a partner manager's word."""

POLICY: Final[dict[str, Row]] = {
    # The floor and the door.
    "GET /health": Row(PUBLIC),
    "POST /language": Row(PUBLIC),
    "GET /schema": Row(EVERYBODY),
    "GET /schema/openapi.json": Row(EVERYBODY),
    "GET /schema/{path:str}": Row(EVERYBODY, on="token"),
    "GET /static/{name:path}": Row(PUBLIC),
    "GET /sign-in": Row(PUBLIC),
    "POST /sign-in": Row(PUBLIC),
    "POST /sign-out": Row(EVERYBODY),
    "POST /sign-out-everywhere": Row(EVERYBODY),
    "GET /forgot": Row(PUBLIC),
    "POST /forgot": Row(PUBLIC),
    "GET /welcome/{token:str}": Row(PUBLIC, on="token"),
    "POST /welcome/{token:str}": Row(PUBLIC, on="token"),
    "GET /profile": Row(EVERYBODY),
    "POST /profile": Row(EVERYBODY),
    "POST /profile/membership": Row(EVERYBODY),
    # People.
    "GET /people": Row(PEOPLE),
    "GET /people/new": Row(MAKES_PEOPLE),
    "POST /people/new": Row(MAKES_PEOPLE),
    "GET /people/{membership_id:uuid}": Row(PEOPLE, on="membership", own_only=True),
    "POST /people/{membership_id:uuid}/roles": Row(MAKES_PEOPLE, on="membership", own_only=True),
    "POST /people/{membership_id:uuid}/end": Row(MAKES_PEOPLE, on="membership", own_only=True),
    "GET /api/v1/people": Row(PEOPLE),
    "GET /api/v1/people/{membership_id:uuid}": Row(PEOPLE, on="membership", own_only=True),
    "POST /api/v1/people": Row(MAKES_PEOPLE),
    # Companies.
    "GET /partners/companies": Row(STAFF),
    "GET /partners/companies/export/{file_type:str}": Row(STAFF),
    "GET /partners/companies/new": Row(PROGRAMME),
    "POST /partners/companies/new": Row(PROGRAMME),
    "GET /partners/companies/{company_id:uuid}": Row(STAFF, on="company"),
    "GET /partners/companies/{company_id:uuid}/scorecard": Row(STAFF, on="company"),
    "GET /partners/companies/{company_id:uuid}/edit": Row(PROGRAMME, on="company"),
    "POST /partners/companies/{company_id:uuid}/edit": Row(PROGRAMME, on="company"),
    "POST /partners/companies/{company_id:uuid}/parent": Row(PROGRAMME, on="company"),
    "POST /partners/companies/{company_id:uuid}/status": Row(PROGRAMME, on="company"),
    "GET /company": Row(PARTNER),
    "POST /company": Row(who("admin")),
    "GET /api/v1/partners/companies": Row(STAFF),
    "GET /api/v1/partners/companies/{company_id:uuid}": Row(STAFF, on="company"),
    "POST /api/v1/partners/companies": Row(PROGRAMME),
    "GET /api/v1/partners/companies/{company_id:uuid}/scorecard": Row(STAFF, on="company"),
    "PUT /api/v1/partners/companies/{company_id:uuid}": Row(PROGRAMME, on="company"),
    # Deals. A distributor reads those of resellers below and changes none.
    "GET /partners/deals": Row(DEALS),
    "GET /partners/deals/export/{file_type:str}": Row(DEALS),
    "GET /partners/deals/new": Row(SELLS),
    "POST /partners/deals/new": Row(SELLS),
    "GET /partners/deals/paste": Row(SELLS),
    "POST /partners/deals/paste": Row(SELLS),
    "GET /partners/deals/{deal_id:uuid}": Row(DEALS, on="deal"),
    "GET /partners/deals/{deal_id:uuid}/edit": Row(SELLS, on="deal", own_only=True),
    "POST /partners/deals/{deal_id:uuid}/edit": Row(SELLS, on="deal", own_only=True),
    "POST /partners/deals/{deal_id:uuid}/moves": Row(SELLS | who("MANAGER"), on="deal"),
    "POST /partners/deals/{deal_id:uuid}/stage": Row(SELLS, on="deal"),
    "POST /partners/deals/{deal_id:uuid}/extension": Row(SELLS, on="approved"),
    "POST /partners/deals/{deal_id:uuid}/extension/moves": Row(SELLS | who("MANAGER"), on="extension_asked"),
    "GET /partners/deals/{deal_id:uuid}/amendment": Row(SELLS, on="approved", own_only=True),
    "POST /partners/deals/{deal_id:uuid}/amendment": Row(SELLS, on="approved"),
    "POST /partners/deals/{deal_id:uuid}/amendment/moves": Row(SELLS | who("MANAGER"), on="amendment_asked"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/amendment": Row(SELLS, on="approved"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/amendment/moves": Row(SELLS | who("MANAGER"), on="amendment_asked"),
    "POST /partners/deals/{deal_id:uuid}/price-consent": Row(LINKS, on="cheap_review"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/price-consent": Row(LINKS, on="cheap_review"),
    "POST /partners/deals/{deal_id:uuid}/revocation": Row(LINKS, on="approved"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/revocation": Row(LINKS, on="approved"),
    "GET /partners/deals/{deal_id:uuid}/handover": Row(LINKS, on="approved"),
    "POST /partners/deals/{deal_id:uuid}/handover": Row(LINKS, on="approved"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/handover": Row(LINKS, on="approved"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/extension": Row(SELLS, on="approved"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/extension/moves": Row(SELLS | who("MANAGER"), on="extension_asked"),
    "GET /api/v1/partners/deals": Row(DEALS),
    "POST /api/v1/partners/deals": Row(SELLS),
    "GET /api/v1/partners/deals/{deal_id:uuid}": Row(DEALS, on="deal"),
    "PUT /api/v1/partners/deals/{deal_id:uuid}": Row(SELLS, on="deal"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/moves": Row(SELLS | who("MANAGER"), on="deal"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/stage": Row(SELLS, on="deal"),
    "GET /api/v1/partners/deals/{deal_id:uuid}/timeline": Row(DEALS, on="deal"),
    # Steps of an approval: whose turn it is.
    "POST /partners/deals/{deal_id:uuid}/steps": Row(STEPS, on="stepped", refused=_NOT_THEIR_TURN),
    "GET /partners/steps": Row(STEPS),
    "GET /partners/steps/export/{file_type:str}": Row(STEPS),
    "GET /api/v1/partners/steps": Row(STEPS),
    "GET /api/v1/partners/deals/{deal_id:uuid}/steps": Row(DEALS, on="stepped"),
    "POST /api/v1/partners/deals/{deal_id:uuid}/steps": Row(STEPS, on="stepped", refused=_NOT_THEIR_TURN),
    "GET /settings/approval-trial": Row(RULES),
    "GET /api/v1/settings/approval-trial": Row(RULES),
    # Who of the vendor is away.
    "GET /absences": Row(STAFF),
    "POST /absences": Row(WORKS),
    "POST /absences/{absence_id:uuid}/end": Row(WORKS, on="absence", shared=True, refused=_NOT_THEIR_ABSENCE),
    "GET /api/v1/absences": Row(STAFF),
    "POST /api/v1/absences": Row(WORKS),
    "POST /api/v1/absences/{absence_id:uuid}/end": Row(WORKS, on="absence", shared=True, refused=_NOT_THEIR_ABSENCE),
    # Customers: a partner's cards, and the vendor's accounts with the links between the two.
    "GET /partners/cards": Row(CARDS),
    "GET /partners/cards/export/{file_type:str}": Row(CARDS),
    "GET /partners/cards/new": Row(SELLS),
    "POST /partners/cards/new": Row(SELLS),
    "GET /partners/cards/{card_id:uuid}": Row(CARDS, on="card"),
    "GET /partners/cards/{card_id:uuid}/edit": Row(SELLS, on="card", own_only=True),
    "POST /partners/cards/{card_id:uuid}/edit": Row(SELLS, on="card", own_only=True),
    "GET /partners/cards/{card_id:uuid}/contacts/new": Row(SELLS, on="card", own_only=True),
    "POST /partners/cards/{card_id:uuid}/contacts/new": Row(SELLS, on="card", own_only=True),
    "GET /partners/cards/contacts/{contact_id:uuid}": Row(SELLS, on="contact", own_only=True),
    "POST /partners/cards/contacts/{contact_id:uuid}": Row(SELLS, on="contact", own_only=True),
    "POST /partners/cards/contacts/{contact_id:uuid}/remove": Row(SELLS, on="contact", own_only=True),
    "GET /partners/cards/{card_id:uuid}/link": Row(LINKS, on="card"),
    "POST /partners/cards/{card_id:uuid}/link": Row(LINKS, on="card"),
    "POST /partners/cards/{card_id:uuid}/account": Row(LINKS, on="card"),
    "POST /partners/cards/{card_id:uuid}/unlink": Row(LINKS, on="card"),
    "GET /partners/accounts": Row(STAFF),
    "GET /partners/accounts/export/{file_type:str}": Row(STAFF),
    "GET /partners/accounts/new": Row(ACCOUNTS),
    "POST /partners/accounts/new": Row(ACCOUNTS),
    "GET /partners/accounts/{account_id:uuid}": Row(STAFF, on="account"),
    "GET /partners/accounts/{account_id:uuid}/edit": Row(ACCOUNTS, on="account"),
    "POST /partners/accounts/{account_id:uuid}/edit": Row(ACCOUNTS, on="account"),
    "POST /partners/accounts/{account_id:uuid}/tags": Row(ACCOUNTS, on="account"),
    "POST /partners/accounts/{account_id:uuid}/tags/remove": Row(ACCOUNTS, on="tagged_account"),
    "GET /api/v1/partners/accounts/tags": Row(STAFF),
    "POST /api/v1/partners/accounts/{account_id:uuid}/tags": Row(ACCOUNTS, on="account"),
    "POST /api/v1/partners/accounts/{account_id:uuid}/tags/remove": Row(ACCOUNTS, on="tagged_account"),
    # Filters that somebody of the vendor saved: shown to colleagues, changed by who saved them.
    "POST /segments": Row(STAFF),
    "POST /segments/{segment_id:uuid}/sharing": Row(STAFF, on="segment", refused=_NOT_VERA),
    "POST /segments/{segment_id:uuid}/remove": Row(STAFF, on="segment", refused=_NOT_VERA),
    "GET /api/v1/segments": Row(STAFF, query="list=accounts"),
    "POST /api/v1/segments": Row(STAFF),
    "POST /api/v1/segments/{segment_id:uuid}/sharing": Row(STAFF, on="segment", refused=_NOT_VERA),
    "DELETE /api/v1/segments/{segment_id:uuid}": Row(STAFF, on="segment", refused=_NOT_VERA),
    # Accounts that are one customer.
    "GET /partners/accounts/review": Row(LINKS),
    "POST /partners/accounts/review/{pair_id:uuid}": Row(LINKS, on="pair"),
    "POST /partners/accounts/merge-requests/{request_id:uuid}": Row(LINKS, on="merge_request"),
    "GET /partners/accounts/{account_id:uuid}/merge": Row(LINKS, on="account"),
    "POST /partners/accounts/{account_id:uuid}/merge": Row(LINKS, on="account"),
    "POST /partners/accounts/merges/{alias_id:uuid}/undo": Row(LINKS, on="merge"),
    "GET /api/v1/partners/accounts/review": Row(LINKS),
    "POST /api/v1/partners/accounts/review/{pair_id:uuid}": Row(LINKS, on="pair"),
    "POST /api/v1/partners/accounts/merge-requests/{request_id:uuid}": Row(LINKS, on="merge_request"),
    "GET /api/v1/partners/accounts/{account_id:uuid}/merges": Row(STAFF, on="account"),
    "POST /api/v1/partners/accounts/{account_id:uuid}/merges": Row(LINKS, on="account"),
    "POST /api/v1/partners/accounts/merges/{alias_id:uuid}/undo": Row(LINKS, on="merge"),
    "GET /api/v1/partners/cards": Row(CARDS),
    "POST /api/v1/partners/cards": Row(SELLS),
    "GET /api/v1/partners/cards/{card_id:uuid}": Row(CARDS, on="card"),
    "PUT /api/v1/partners/cards/{card_id:uuid}": Row(SELLS, on="card"),
    "POST /api/v1/partners/cards/{card_id:uuid}/contacts": Row(SELLS, on="card"),
    "PUT /api/v1/partners/cards/contacts/{contact_id:uuid}": Row(SELLS, on="contact"),
    "DELETE /api/v1/partners/cards/contacts/{contact_id:uuid}": Row(SELLS, on="contact", own_only=True),
    "GET /api/v1/partners/cards/{card_id:uuid}/link": Row(LINKS, on="card"),
    "PUT /api/v1/partners/cards/{card_id:uuid}/link": Row(LINKS, on="card"),
    "DELETE /api/v1/partners/cards/{card_id:uuid}/link": Row(LINKS, on="card"),
    "POST /api/v1/partners/cards/{card_id:uuid}/account": Row(LINKS, on="card"),
    "GET /api/v1/partners/accounts": Row(STAFF),
    "POST /api/v1/partners/accounts": Row(ACCOUNTS),
    "GET /api/v1/partners/accounts/{account_id:uuid}": Row(STAFF, on="account"),
    "PUT /api/v1/partners/accounts/{account_id:uuid}": Row(ACCOUNTS, on="account"),
    # Revenue.
    # Who claims the same customer: nothing of it is for partners.
    "GET /partners/conflicts": Row(CONFLICTS),
    "GET /partners/conflicts/export/{file_type:str}": Row(CONFLICTS),
    "GET /partners/conflicts/figures": Row(CONFLICTS),
    "GET /partners/conflicts/{conflict_id:uuid}": Row(CONFLICTS, on="conflict"),
    "POST /partners/conflicts/{conflict_id:uuid}/decision": Row(LINKS, on="conflict"),
    "POST /partners/conflicts/{conflict_id:uuid}/agreement": Row(LINKS, on="conflict"),
    "POST /partners/conflicts/{conflict_id:uuid}/choice": Row(LINKS, on="conflict"),
    "POST /partners/conflicts/{conflict_id:uuid}/withdrawal": Row(LINKS, on="conflict_asked"),
    "GET /api/v1/partners/conflicts": Row(CONFLICTS),
    "GET /api/v1/partners/conflicts/figures": Row(CONFLICTS),
    "GET /api/v1/partners/conflicts/{conflict_id:uuid}": Row(CONFLICTS, on="conflict"),
    "POST /api/v1/partners/conflicts/{conflict_id:uuid}/decision": Row(LINKS, on="conflict"),
    "POST /api/v1/partners/conflicts/{conflict_id:uuid}/agreement": Row(LINKS, on="conflict"),
    "POST /api/v1/partners/conflicts/{conflict_id:uuid}/choice": Row(LINKS, on="conflict"),
    "POST /api/v1/partners/conflicts/{conflict_id:uuid}/withdrawal": Row(LINKS, on="conflict_asked"),
    # What only the vendor knows of its customers: people, its own opportunities, contracts.
    "GET /partners/contacts": Row(STAFF),
    "GET /partners/contacts/export/{file_type:str}": Row(STAFF),
    "GET /partners/contacts/{contact_id:uuid}": Row(STAFF, on="person"),
    "GET /api/v1/partners/contacts": Row(STAFF),
    "GET /api/v1/partners/contacts/{contact_id:uuid}": Row(STAFF, on="person"),
    "GET /partners/response": Row(DEALS),
    "GET /partners/response/clocks": Row(DEALS),
    "GET /partners/response/clocks/export/{file_type:str}": Row(DEALS),
    "GET /api/v1/partners/response": Row(DEALS),
    "GET /api/v1/partners/response/clocks": Row(DEALS),
    "GET /forecast": Row(DEALS),
    "GET /forecast/open": Row(DEALS),
    "GET /forecast/open/export/{file_type:str}": Row(DEALS),
    "GET /forecast/kept": Row(DEALS),
    "GET /forecast/kept/export/{file_type:str}": Row(DEALS),
    "GET /api/v1/forecast": Row(DEALS),
    "GET /api/v1/forecast/open": Row(DEALS),
    "GET /api/v1/forecast/kept": Row(DEALS),
    "GET /partners/opportunities": Row(STAFF),
    "GET /partners/opportunities/export/{file_type:str}": Row(STAFF),
    "GET /partners/opportunities/new": Row(SELLS_DIRECT),
    "POST /partners/opportunities/new": Row(SELLS_DIRECT),
    "GET /partners/opportunities/{opportunity_id:uuid}": Row(STAFF, on="opportunity"),
    "GET /partners/opportunities/{opportunity_id:uuid}/edit": Row(SELLS_DIRECT, on="opportunity"),
    "POST /partners/opportunities/{opportunity_id:uuid}/edit": Row(SELLS_DIRECT, on="opportunity"),
    "POST /partners/opportunities/{opportunity_id:uuid}/close": Row(SELLS_DIRECT, on="opportunity"),
    "GET /api/v1/partners/opportunities": Row(STAFF),
    "GET /api/v1/partners/opportunities/{opportunity_id:uuid}": Row(STAFF, on="opportunity"),
    "POST /api/v1/partners/opportunities": Row(SELLS_DIRECT),
    "PUT /api/v1/partners/opportunities/{opportunity_id:uuid}": Row(SELLS_DIRECT, on="opportunity"),
    "POST /api/v1/partners/opportunities/{opportunity_id:uuid}/close": Row(SELLS_DIRECT, on="opportunity"),
    "GET /terms": Row(REVENUE),
    "GET /terms/export/{file_type:str}": Row(REVENUE),
    "GET /terms/{term_id:uuid}": Row(REVENUE, on="term"),
    "GET /api/v1/terms": Row(REVENUE),
    "GET /api/v1/terms/{term_id:uuid}": Row(REVENUE, on="term"),
    "GET /lifecycle": Row(REVENUE),
    "GET /lifecycle/export/{file_type:str}": Row(REVENUE),
    "GET /lifecycle/{event_id:uuid}": Row(REVENUE, on="lifecycle_event"),
    "GET /lifecycle/dormant": Row(REVENUE),
    "GET /lifecycle/dormant/export/{file_type:str}": Row(REVENUE),
    "GET /lifecycle/targets": Row(REVENUE),
    "GET /api/v1/lifecycle": Row(REVENUE),
    "GET /api/v1/lifecycle/{event_id:uuid}": Row(REVENUE, on="lifecycle_event"),
    "GET /api/v1/lifecycle/dormant": Row(REVENUE),
    "GET /api/v1/lifecycle/targets": Row(REVENUE),
    "GET /touchpoints": Row(TOUCHES),
    "GET /touchpoints/export/{file_type:str}": Row(TOUCHES),
    "GET /touchpoints/{touchpoint_id:uuid}": Row(TOUCHES, on="touchpoint"),
    "GET /api/v1/touchpoints": Row(TOUCHES),
    "GET /api/v1/touchpoints/sources": Row(TOUCHES),
    "GET /api/v1/touchpoints/{touchpoint_id:uuid}": Row(TOUCHES, on="touchpoint"),
    "GET /touchpoints/unmapped": Row(TOUCHES),
    "POST /touchpoints/unmapped": Row(MAPS),
    "POST /touchpoints/unmapped/undo": Row(MAPS),
    "GET /api/v1/touchpoints/unmapped": Row(TOUCHES),
    "POST /api/v1/touchpoints/unmapped": Row(MAPS),
    "POST /api/v1/touchpoints/unmapped/undo": Row(MAPS),
    # What partners say that they did, decided by managers. A distributor reads those of resellers below.
    "GET /claims": Row(CLAIMS),
    "GET /claims/export/{file_type:str}": Row(CLAIMS),
    "GET /claims/new": Row(SELLS),
    "POST /claims/new": Row(SELLS, refused=_NOT_HERS),
    "GET /claims/{claim_id:uuid}": Row(CLAIMS, on="claim"),
    "GET /claims/{claim_id:uuid}/edit": Row(SELLS, on="claim_draft", own_only=True),
    "POST /claims/{claim_id:uuid}/edit": Row(SELLS, on="claim_draft", own_only=True),
    "POST /claims/{claim_id:uuid}/moves": Row(SELLS | who("MANAGER"), on="claim"),
    "GET /api/v1/claims": Row(CLAIMS),
    "POST /api/v1/claims": Row(SELLS, refused=_NOT_HERS),
    "GET /api/v1/claims/{claim_id:uuid}": Row(CLAIMS, on="claim"),
    "PUT /api/v1/claims/{claim_id:uuid}": Row(SELLS, on="claim_draft", own_only=True),
    "POST /api/v1/claims/{claim_id:uuid}/moves": Row(SELLS | who("MANAGER"), on="claim"),
    # Visitors of the vendor's own site: its pages tell, the vendor says who they are.
    "GET /tag.js": Row(PUBLIC),
    "POST /visits": Row(PUBLIC, other_sites=True),
    "GET /visits": Row(TOUCHES),
    "GET /visits/export/{file_type:str}": Row(TOUCHES),
    "GET /visits/{visitor_id:uuid}": Row(TOUCHES, on="visitor"),
    "POST /visits/{visitor_id:uuid}/attach": Row(MAPS, on="visitor"),
    "POST /visits/{visitor_id:uuid}/detach": Row(MAPS, on="attached_visitor"),
    "GET /api/v1/visits": Row(TOUCHES),
    "GET /api/v1/visits/{visitor_id:uuid}": Row(TOUCHES, on="visitor"),
    "PUT /api/v1/visits/{visitor_id:uuid}/account": Row(MAPS, on="visitor"),
    "DELETE /api/v1/visits/{visitor_id:uuid}/account": Row(MAPS, on="attached_visitor"),
    "GET /costs": Row(COSTS),
    "GET /costs/export/{file_type:str}": Row(COSTS),
    "GET /costs/{cost_id:uuid}": Row(COSTS, on="cost"),
    "GET /api/v1/costs": Row(COSTS),
    "GET /api/v1/costs/{cost_id:uuid}": Row(COSTS, on="cost"),
    "GET /revenue": Row(REVENUE),
    "GET /revenue/export/{file_type:str}": Row(REVENUE),
    "GET /revenue/{line_id:uuid}": Row(REVENUE, on="revenue"),
    "GET /api/v1/revenue": Row(REVENUE),
    "GET /api/v1/revenue/{line_id:uuid}": Row(REVENUE, on="revenue"),
    # The journey to an event, and what customers are worth.
    "GET /reports": Row(RUNS),
    "GET /contribution": Row(EARNS),
    "GET /api/v1/contribution": Row(EARNS),
    "GET /journeys/{event_id:uuid}": Row(TOUCHES, on="lifecycle_event"),
    "GET /api/v1/journeys/{event_id:uuid}": Row(TOUCHES, on="lifecycle_event"),
    "GET /customer-health": Row(HEALTH),
    "GET /customer-health/export/{file_type:str}": Row(HEALTH),
    "GET /customer-health/{account_id:uuid}": Row(HEALTH, on="healthy_account"),
    "GET /api/v1/customer-health": Row(HEALTH),
    "GET /api/v1/customer-health/{account_id:uuid}": Row(HEALTH, on="healthy_account"),
    "GET /value": Row(REVENUE),
    "GET /value/{valuation_id:uuid}": Row(REVENUE, on="valuation"),
    "GET /value/customers": Row(REVENUE),
    "GET /value/customers/export/{file_type:str}": Row(REVENUE),
    "GET /value/groups": Row(REVENUE),
    "GET /value/groups/export/{file_type:str}": Row(REVENUE),
    "GET /api/v1/value": Row(REVENUE),
    "GET /api/v1/value/customers": Row(REVENUE),
    "GET /api/v1/value/groups": Row(REVENUE),
    # Exchange rates, and runs: who brought which revenue.
    "GET /settings/calendars": Row(RULES),
    "GET /settings/calendars/new": Row(PROGRAMME),
    "POST /settings/calendars/new": Row(PROGRAMME),
    "GET /settings/calendars/{calendar_id:uuid}": Row(RULES, on="calendar"),
    "GET /settings/calendars/{calendar_id:uuid}/edit": Row(PROGRAMME, on="calendar"),
    "POST /settings/calendars/{calendar_id:uuid}/edit": Row(PROGRAMME, on="calendar"),
    "POST /settings/calendars/{calendar_id:uuid}/days": Row(PROGRAMME, on="calendar"),
    "POST /settings/calendars/days/{day_id:uuid}/remove": Row(PROGRAMME, on="calendar_day"),
    "GET /api/v1/settings/calendars": Row(RULES),
    "POST /api/v1/settings/calendars": Row(PROGRAMME),
    "GET /api/v1/settings/calendars/{calendar_id:uuid}": Row(RULES, on="calendar"),
    "PUT /api/v1/settings/calendars/{calendar_id:uuid}": Row(PROGRAMME, on="calendar"),
    "POST /api/v1/settings/calendars/{calendar_id:uuid}/days": Row(PROGRAMME, on="calendar"),
    "DELETE /api/v1/settings/calendars/days/{day_id:uuid}": Row(PROGRAMME, on="calendar_day"),
    "GET /settings/rates": Row(REVENUE),
    "GET /settings/rates/export/{file_type:str}": Row(REVENUE),
    "GET /api/v1/settings/rates": Row(REVENUE),
    # Group robots: the vendor's groups, which its administrator connects.
    "GET /settings/robots": Row(ROBOTS),
    "GET /settings/robots/new": Row(who("ADMIN")),
    "POST /settings/robots/new": Row(who("ADMIN")),
    "GET /settings/robots/{robot_id:uuid}": Row(ROBOTS, on="robot"),
    "GET /settings/robots/{robot_id:uuid}/edit": Row(who("ADMIN"), on="robot"),
    "POST /settings/robots/{robot_id:uuid}/edit": Row(who("ADMIN"), on="robot"),
    "POST /settings/robots/{robot_id:uuid}/moves": Row(who("ADMIN"), on="robot"),
    "GET /api/v1/settings/robots": Row(ROBOTS),
    "POST /api/v1/settings/robots": Row(who("ADMIN")),
    "GET /api/v1/settings/robots/{robot_id:uuid}": Row(ROBOTS, on="robot"),
    "PUT /api/v1/settings/robots/{robot_id:uuid}": Row(who("ADMIN"), on="robot"),
    "POST /api/v1/settings/robots/{robot_id:uuid}/moves": Row(who("ADMIN"), on="robot"),
    "GET /runs": Row(RUNS),
    "POST /runs": Row(RECKONS),
    "GET /runs/export/{file_type:str}": Row(RUNS),
    "GET /runs/{run_id:uuid}": Row(RUNS, on="run"),
    "GET /runs/{run_id:uuid}/results/{file_type:str}": Row(RUNS, on="run"),
    "POST /runs/{run_id:uuid}/reproduce": Row(RECKONS, on="run"),
    "GET /runs/{run_id:uuid}/compare": Row(RUNS, on="run"),
    "GET /api/v1/runs": Row(RUNS),
    "POST /api/v1/runs": Row(RECKONS),
    "GET /api/v1/runs/{run_id:uuid}": Row(RUNS, on="run"),
    "GET /api/v1/runs/{run_id:uuid}/results": Row(RUNS, on="run"),
    "POST /api/v1/runs/{run_id:uuid}/reproduce": Row(RECKONS, on="run"),
    "GET /api/v1/runs/{run_id:uuid}/compare": Row(RUNS, on="run"),
    # Commissions: a partner's earnings, the vendor's view, the months of the ledger.
    "GET /earnings": Row(EARNS),
    "GET /earnings/export/{file_type:str}": Row(EARNS),
    "GET /earnings/{commission_id:uuid}": Row(EARNS, on="commission"),
    "GET /earnings/{commission_id:uuid}/proof": Row(EARNS, on="commission"),
    "GET /commissions": Row(PAYS),
    "GET /commissions/export/{file_type:str}": Row(PAYS),
    "GET /commissions/{commission_id:uuid}": Row(PAYS, on="commission"),
    "GET /commissions/{commission_id:uuid}/proof": Row(PAYS, on="commission"),
    "GET /commissions/periods": Row(CLOSES),
    "GET /commissions/periods/{month:str}": Row(CLOSES),
    "GET /commissions/periods/{month:str}/export/{file_type:str}": Row(CLOSES),
    "POST /commissions/periods/{month:str}/close": Row(who("FINANCE")),
    "GET /commissions/runs/{run_id:uuid}": Row(who("FINANCE"), on="run"),
    "POST /commissions/runs/{run_id:uuid}": Row(who("FINANCE"), on="run"),
    "GET /api/v1/commissions": Row(EARNS | PAYS),
    "GET /api/v1/commissions/{commission_id:uuid}": Row(EARNS | PAYS, on="commission"),
    "GET /api/v1/commissions/quotes/{deal_id:uuid}": Row(EARNS | PAYS, on="deal"),
    "GET /api/v1/commissions/periods": Row(CLOSES),
    "GET /api/v1/commissions/periods/{month:str}": Row(CLOSES),
    "POST /api/v1/commissions/periods/{month:str}/close": Row(who("FINANCE")),
    "POST /api/v1/commissions/runs/{run_id:uuid}": Row(who("FINANCE"), on="run"),
    # Imports. The object brings accounts, which only managers may write; finance and admins import other kinds.
    "GET /imports": Row(SEES_FILES),
    "GET /imports/export/{file_type:str}": Row(SEES_FILES),
    "GET /imports/new": Row(BRINGS),
    "POST /imports/new": Row(BRINGS),
    "GET /imports/{import_id:uuid}": Row(SEES_FILES, on="import"),
    "POST /imports/{import_id:uuid}/mapping": Row(BRINGS, on="import", refused=_BY_MANAGERS),
    "POST /imports/{import_id:uuid}/reading": Row(BRINGS, on="import", refused=_BY_MANAGERS),
    "POST /imports/{import_id:uuid}/resume": Row(BRINGS, on="import", refused=_BY_MANAGERS),
    "GET /imports/{import_id:uuid}/refused/export/{file_type:str}": Row(SEES_FILES, on="import"),
    "GET /imports/{import_id:uuid}/report/export/{file_type:str}": Row(SEES_FILES, on="import"),
    "GET /api/v1/imports": Row(SEES_FILES),
    "GET /api/v1/imports/kinds": Row(BRINGS),
    "POST /api/v1/imports": Row(BRINGS),
    "GET /api/v1/imports/{import_id:uuid}": Row(SEES_FILES, on="import"),
    "GET /api/v1/imports/{import_id:uuid}/rows": Row(SEES_FILES, on="import"),
    "PUT /api/v1/imports/{import_id:uuid}/mapping": Row(BRINGS, on="import", refused=_BY_MANAGERS),
    "POST /api/v1/imports/{import_id:uuid}/start": Row(BRINGS, on="import", refused=_BY_MANAGERS),
    "POST /api/v1/imports/{import_id:uuid}/resume": Row(BRINGS, on="import", refused=_BY_MANAGERS),
    # The roof: home, search, news, history, mail, settings.
    "GET /": Row(EVERYBODY),
    "GET /api/v1/home": Row(EVERYBODY),
    "GET /search": Row(EVERYBODY, query="q=a"),
    "GET /api/v1/search": Row(EVERYBODY, query="q=a"),
    "GET /news": Row(EVERYBODY),
    "GET /api/v1/news": Row(EVERYBODY),
    # Notices are one's own; a link that acts is for whoever holds it, and tells nobody else anything.
    "GET /notices": Row(EVERYBODY),
    "POST /notices/read": Row(EVERYBODY),
    "POST /notices/{notice_id:uuid}/open": Row(EVERYBODY, on="notice", personal=True),
    "POST /notices/{notice_id:uuid}/read": Row(EVERYBODY, on="notice", personal=True),
    "GET /notices/choices": Row(EVERYBODY),
    "POST /notices/choices": Row(EVERYBODY),
    "GET /api/v1/notices": Row(EVERYBODY),
    "POST /api/v1/notices/read": Row(EVERYBODY),
    "POST /api/v1/notices/{notice_id:uuid}/read": Row(EVERYBODY, on="notice", personal=True),
    "GET /api/v1/notices/choices": Row(EVERYBODY),
    "PUT /api/v1/notices/choices": Row(EVERYBODY),
    "GET /act/{token:str}": Row(PUBLIC, on="token"),
    "POST /act/{token:str}": Row(PUBLIC, on="token"),
    "GET /history/{subject_type:str}/{subject_id:uuid}": Row(STAFF, on="deal"),
    "GET /api/v1/history/{subject_type:str}/{subject_id:uuid}": Row(STAFF, on="deal"),
    "GET /settings": Row(RULES),
    "GET /settings/mail": Row(who("ADMIN")),
    "GET /settings/mail/export/{file_type:str}": Row(who("ADMIN")),
    "GET /settings/mail/{mail_id:uuid}": Row(who("ADMIN"), on="mail"),
    "GET /api/v1/settings/mail": Row(who("ADMIN")),
    "GET /api/v1/settings/mail/{mail_id:uuid}": Row(who("ADMIN"), on="mail"),
    # Products: everybody reads the catalogue, administrators write it.
    "GET /products": Row(EVERYBODY),
    "GET /products/export/{file_type:str}": Row(EVERYBODY),
    "GET /products/new": Row(who("ADMIN")),
    "POST /products/new": Row(who("ADMIN")),
    "GET /products/{product_id:uuid}": Row(EVERYBODY, on="product", shared=True),
    "GET /products/{product_id:uuid}/edit": Row(who("ADMIN"), on="product"),
    "POST /products/{product_id:uuid}/edit": Row(who("ADMIN"), on="product"),
    "GET /products/groups": Row(EVERYBODY),
    "GET /products/groups/new": Row(who("ADMIN")),
    "POST /products/groups/new": Row(who("ADMIN")),
    "GET /products/groups/{group_id:uuid}/edit": Row(who("ADMIN"), on="group"),
    "POST /products/groups/{group_id:uuid}/edit": Row(who("ADMIN"), on="group"),
    "GET /api/v1/products": Row(EVERYBODY),
    "POST /api/v1/products": Row(who("ADMIN")),
    "GET /api/v1/products/{product_id:uuid}": Row(EVERYBODY, on="product", shared=True),
    "PUT /api/v1/products/{product_id:uuid}": Row(who("ADMIN"), on="product"),
    "GET /api/v1/products/groups": Row(EVERYBODY),
    "POST /api/v1/products/groups": Row(who("ADMIN")),
    "PUT /api/v1/products/groups/{group_id:uuid}": Row(who("ADMIN"), on="group"),
    # Policies and the second person.
    "GET /settings/policies": Row(RULES),
    "GET /settings/policies/{key:str}": Row(RULES),
    "GET /settings/policies/{key:str}/compare": Row(RULES, query="before={version}&after={version}"),
    "GET /settings/policies/{key:str}/new": Row(WRITES_RULES, refused=_TIERS),
    "POST /settings/policies/{key:str}/new": Row(WRITES_RULES, refused=_TIERS),
    "GET /settings/policies/versions/{version_id:uuid}": Row(RULES, on="version"),
    "GET /settings/policies/versions/{version_id:uuid}/edit": Row(WRITES_RULES, on="version", refused=_TIERS),
    "POST /settings/policies/versions/{version_id:uuid}/edit": Row(WRITES_RULES, on="version", refused=_TIERS),
    "POST /settings/policies/versions/{version_id:uuid}/submit": Row(WRITES_RULES, on="version", refused=_TIERS),
    "POST /settings/policies/versions/{version_id:uuid}/take-back": Row(
        WRITES_RULES, on="sent_version", refused=_TIERS
    ),
    "GET /api/v1/settings/policies": Row(RULES),
    "GET /api/v1/settings/policies/{key:str}": Row(RULES),
    "GET /api/v1/settings/policies/{key:str}/compare": Row(RULES, query="before={version}&after={version}"),
    "POST /api/v1/settings/policies/{key:str}": Row(WRITES_RULES, refused=_TIERS),
    "GET /api/v1/settings/policies/versions/{version_id:uuid}": Row(RULES, on="version"),
    "PUT /api/v1/settings/policies/versions/{version_id:uuid}": Row(WRITES_RULES, on="version", refused=_TIERS),
    "POST /api/v1/settings/policies/versions/{version_id:uuid}/submit": Row(WRITES_RULES, on="version", refused=_TIERS),
    "POST /api/v1/settings/policies/versions/{version_id:uuid}/take-back": Row(
        WRITES_RULES, on="sent_version", refused=_TIERS
    ),
    "GET /approvals": Row(RULES),
    "GET /approvals/{request_id:uuid}": Row(RULES, on="request"),
    "POST /approvals/{request_id:uuid}": Row(SIGNS, on="request", refused=_PLAN),
    "GET /api/v1/approvals": Row(RULES),
    "GET /api/v1/approvals/{request_id:uuid}": Row(RULES, on="request"),
    "POST /api/v1/approvals/{request_id:uuid}/decision": Row(SIGNS, on="request", refused=_PLAN),
    # The demo explains itself; where this is none, there is nothing.
    "GET /demo": Row(PUBLIC, on="token"),
}
