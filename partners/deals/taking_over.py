"""The deal that a hand-over begins: approved at once, its new partner's alone, with nothing of the one before."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers import linking
from partners.customers import queries as customers
from partners.deals import protection, rules, running, windows, writing
from partners.deals.rules import TAKEN_OVER_EVENT
from partners.deals.states import DealRole, DealSource, DealState, Stage
from partners.deals.tables import Deal, DealHandover
from partners.deals.writing import PricedLine
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import gettext as _
from portal.core.ids import new_id

_LINES: Final = (
    "SELECT l.product, p.name, l.quantity, p.list_price_minor AS price, p.currency FROM partners_deal_line l"
    " JOIN partners_product p ON p.id = l.product WHERE l.deal = $1 ORDER BY l.position, l.id"
)
_CUSTOMER: Final = "SELECT partners_canonical_account(account) FROM partners_card_link WHERE card = $1"


async def content_of(deal: Deal) -> dict[str, Any]:
    """What of the deal would go over, to be kept and hashed: quantities at the list prices of now, and what it is for.

    `account` is the customer's own account, under which it is found now; None while the card is linked to none.
    """
    lines = await db.sql(_LINES, deal.id)
    account = await db.sql_value(_CUSTOMER, deal.card)
    until: datetime | None = deal.protected_until
    return {
        "account": str(account) if account else None,
        "role": deal.role,
        "protected_until": until.isoformat() if until is not None else None,
        "lines": [
            {"product": str(one["product"]), "name": one["name"], "quantity": one["quantity"], "price": one["price"],
             "currency": one["currency"]}
            for one in lines
        ],
    }  # fmt: skip


def check_content(content: dict[str, Any]) -> None:
    """Raise Conflict when no deal can be made of it."""
    if content["account"] is None:
        raise Conflict(
            _("Say first which account this customer is: link the card to one, or make one of it."), code="unlinked"
        )
    if not is_one_deal(content):
        raise Conflict(
            _("The list prices of its products are in several currencies, so they make no one deal at list prices."),
            code="currencies",
        )


def is_one_deal(content: dict[str, Any]) -> bool:
    """Whether its lines have list prices in one currency."""
    return len({line["currency"] for line in content["lines"]}) == 1


async def begin(
    actor: Actor, giver: Deal, until: datetime | None, handover: DealHandover, content: dict[str, Any], now: datetime
) -> Deal:
    """Make the deal of the partner that takes it over, protected from now until `until`, and record that it is there.

    The giver's own protection has ended before. Raises Conflict when another deal holds account and group.
    """
    _kept, taken = windows.halves(giver.decided_at, until, now)
    card_id = await linking.find_or_make_card(
        actor, handover.taker, UUID(content["account"]), reason=linking.HANDED_OVER, now=now
    )
    card = await customers.get_card(actor, card_id)
    lines = [PricedLine(UUID(one["product"]), one["quantity"], one["price"]) for one in content["lines"]]
    deal = Deal(
        id=new_id(), partner_id=handover.taker, number=await writing.next_number(actor, handover.taker, now),
        card=card_id, customer_name=card.facts.legal_name, registered_by=handover.requested_by, owner=handover.owner,
        reviewer=actor.membership_id, role=giver.role, state=DealState.APPROVED, stage=Stage.PROSPECT,
        source=DealSource.HANDED_OVER, amount_minor=sum(line.value_minor for line in lines),
        currency=content["lines"][0]["currency"], decision_note=handover.taker_words, protected_until=taken.end,
        policy_version=giver.policy_version, submitted_at=now, decided_at=now, created_at=now, changed_at=now,
    )  # fmt: skip
    deal.search = writing.search_text(deal)
    await deal.save()
    await writing.insert_lines(deal, lines)
    if rules.is_exclusive(DealRole(deal.role)):
        await protection.protect_lines(deal, now, _("So the deal cannot be handed over."))
    changes: dict[str, Any] = {
        "state": [None, deal.state], "amount_minor": [None, deal.amount_minor], "currency": [None, deal.currency],
        "protected_until": [None, deal.protected_until],
    }  # fmt: skip
    await running.record_of(actor, deal, TAKEN_OVER_EVENT, changes, handover.taker_words, now)
    return deal
