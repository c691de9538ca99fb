"""Registering an ended deal anew: the new registration says which one it continues."""

from uuid import UUID

from partners.deals import queries, rules
from partners.deals.queries import DealRecord
from partners.deals.rules import Registration
from partners.deals.states import DealSource, DealState, Stage
from partners.deals.tables import Deal
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import gettext as _


async def find_earlier(actor: Actor, wanted: Registration) -> Deal | None:
    """The deal that the new registration continues, if any. Raises NotFound for another's, Conflict if open."""
    if wanted.continues is None:
        return None
    earlier = await queries.get_deal(actor, wanted.continues)
    if earlier.partner_id != actor.partner_id:
        raise NotFound
    _check_ended(DealState(earlier.state), Stage(earlier.stage))
    return earlier


async def get_to_continue(actor: Actor, deal_id: str) -> DealRecord:
    """The ended deal that the actor's partner wants to register anew. Raises NotFound, Conflict while it goes on."""
    try:
        key = UUID(deal_id)
    except ValueError as error:
        raise NotFound from error
    record = await queries.get_record(actor, key)
    if record.partner_id != actor.partner_id:
        raise NotFound
    _check_ended(record.state, record.stage)
    return record


def copied(record: DealRecord) -> dict[str, object]:
    """What of an earlier deal is not copied as it stood: when it closes, and why a price was needed, are new."""
    return {
        "continues": record.id,
        "version": "",
        "source": DealSource.RENEWAL,
        "expected_close_on": "",
        "price_reason": "",
        "price_wanted_until": "",
    }


def _check_ended(state: DealState, stage: Stage) -> None:
    if not rules.is_ended(state, stage):
        raise Conflict(_("This deal goes on. It can be registered anew when it has ended."), code="open")
