"""Deals of the demo that went to another partner, or wait for a second person: what no file brings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from partners.deals import handing
from partners.deals.handing import Wish
from partners.deals.states import HandoverReason
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.permissions import Permission

_FOUND: Final = (
    "SELECT d.id FROM partners_deal d JOIN partners_deal_protection x ON x.deal = d.id"
    " JOIN partners_company c ON c.id = d.partner_id"
    " WHERE d.state = 'approved' AND d.stage IN ('prospect', 'qualified') AND x.protected_until > $2 AND d.pending = ''"
    " AND c.id <> $1 AND NOT EXISTS (SELECT FROM partners_conflict_claim k WHERE k.subject = d.id)"
    " AND NOT EXISTS (SELECT FROM partners_customer_card o WHERE o.partner_id = $1"
    " AND o.legal_name = d.customer_name) AND (SELECT count(DISTINCT p.currency) FROM partners_deal_line l"
    " JOIN partners_product p ON p.id = l.product WHERE l.deal = d.id) = 1"
    " ORDER BY x.protected_until DESC, d.id LIMIT 2"
)
_GIVERS: Final = "You told us that the customer is too far from your people. Thank you for your work until now."
_TAKERS: Final = "The customer expects a call this week; prices are those of the list."
_NOTE: Final = "Both managers spoke with their partners on the phone."


async def write_handovers(taker: UUID, staff: Sequence[Actor], *, now: datetime) -> None:
    """Hand one deal over to this partner, and have another wait for a second person; once."""
    async with db.transaction(SYSTEM):
        if await db.sql_value("SELECT count(*) FROM partners_deal_handover"):
            return
        found = await db.sql(_FOUND, taker, now)
    rights = Permission.DEALS_DECIDE, Permission.APPROVALS_DECIDE
    first, second = [one for one in staff if all(one.may(right) for right in rights)][:2]
    wish = Wish(taker, HandoverReason.CANNOT_SERVE, _GIVERS, _TAKERS, _NOTE)
    asked = [await handing.request_handover(first, deal["id"], wish, now=now) for deal in found]
    for request in asked[:1]:
        sha256 = (await requests.get_request(second, request)).content_sha256
        await approvals.decide(second, request, approve=True, content_sha256=sha256, note="", now=now)
