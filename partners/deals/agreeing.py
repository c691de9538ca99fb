"""What vendor and partner agree on about a registration that waits: the part it plays."""

from datetime import datetime
from uuid import UUID

from partners.deals import queries
from partners.deals.rules import UNDECIDED
from partners.deals.states import DealRole, DealState
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission


async def agree_role(actor: Actor, deal_id: UUID, role: DealRole, *, note: str = "", now: datetime) -> None:
    """Let a registration go on in another role, as was agreed with its partner, who reads the words.

    Raises NotFound, NotAllowed, and Conflict once it is decided: a protection belongs to the role that was approved.
    """
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        deal = await queries.get_deal(actor, deal_id, lock=True)
        if DealState(deal.state) not in UNDECIDED:
            raise Conflict(_("%(number)s is decided, so its role stays.") % {"number": deal.number}, code="decided")
        before = deal.role
        deal.role, deal.changed_at, deal.version = role.value, now, deal.version + 1
        await deal.save()
        await record(
            actor, "deal.role_agreed", "deal", deal_id, partner_id=deal.partner_id,
            changes={"role": [before, deal.role]}, note=note, now=now,
        )  # fmt: skip
