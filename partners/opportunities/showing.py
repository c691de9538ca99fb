"""What the pages of opportunities are given: the form with its choices, and from what was typed to what is meant."""

from typing import Any
from uuid import UUID

from partners.customers.queries import get_account, search_accounts
from partners.deals import choosing
from partners.deals.rules import OPEN_STAGES, STAGE_LABELS
from partners.opportunities.queries import Opportunity
from partners.opportunities.rules import OpportunityFacts
from partners.opportunities.schemas import OpportunityForm
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.history.queries import Subject, Wording, knows, tells

tells(
    opportunity__recorded=Wording(N_("recorded the opportunity"), "target-arrow", "us"),
    opportunity__changed=Wording(N_("changed the opportunity"), "pencil"),
    opportunity__closed=Wording(N_("closed the opportunity"), "flag"),
    opportunity__handed_over=Wording(N_("handed the opportunity over"), "exchange"),
)
knows(
    opportunity=Subject(
        N_("Opportunities"), "/partners/opportunities/{id}", frozenset({Permission.ACCOUNTS_READ}), "target-arrow",
        table="partners_opportunity", name="name", is_vendors=True,
        fields={
            "stage": N_("Stage"), "amount_minor": N_("Value, net"), "currency": N_("Currency"), "name": N_("Name"),
            "product": N_("Product"), "account": N_("Account"), "expected_close_on": N_("Expected close"),
            "source": N_("Source"), "notes": N_("Notes"), "membership": N_("Owner"),
        },
        words=STAGE_LABELS,
    ),
)  # fmt: skip


async def form_choices(actor: Actor) -> dict[str, Any]:
    """What the form lets one choose from."""
    found = await choosing.form_choices(actor, {"currency": "EUR"})
    return {
        "products": found["products"],
        "currencies": [code for code, _name in found["currencies"]],
        "stages": [(stage.value, _(STAGE_LABELS[stage])) for stage in OPEN_STAGES],
    }


async def first_values(actor: Actor, account: str) -> dict[str, Any]:
    """The account that a link names, if there is one."""
    try:
        found = await get_account(actor, UUID(account))
    except (ValueError, NotFound):
        return {}
    return {"account": found.id, "account_text": found.facts.legal_name}


def initial_values(one: Opportunity) -> dict[str, Any]:
    """What stands in the form of an opportunity at first."""
    return {
        "seen": one.changed_at.isoformat(),
        "account": one.account_id,
        "account_text": one.account_name,
        "name": one.name,
        "product": one.product_name,
        "currency": one.amount.currency,
        "amount": format(one.amount.decimal, "f"),
        "stage": one.stage.value,
        "expected_close_on": one.expected_close_on,
        "source": one.source,
        "notes": one.notes,
    }


async def read_facts(actor: Actor, data: OpportunityForm) -> OpportunityFacts:
    """What was typed, with account and product found. Raises Invalid with what is not clear."""
    account = await _account(actor, data.account, data.account_text)
    product = None
    if data.product.strip():
        try:
            [product] = await choosing.choose_products(actor, [data.product])
        except Invalid as refusal:
            raise Invalid({"product": refusal.message}) from None
    return data.facts(account, product)


async def _account(actor: Actor, chosen: str, typed: str) -> UUID:
    """The account that was chosen, or the only one of this name."""
    if chosen:
        try:
            return UUID(chosen)
        except ValueError:
            raise Invalid({"account": _("Choose one of the values offered.")}) from None
    found = await search_accounts(actor, typed)
    same = [one for one in found if fold(one.legal_name) == fold(typed)] or found
    if len(same) != 1:
        raise Invalid({"account": _("Choose the account: type its name until it is offered.")})
    return same[0].account_id
