"""Notices of the demo: two partners and their managers are told of their newest deals, which came in by import."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid5

from partners import public as partners
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.events import Recorded
from portal.demo.contributions import WRITERS

OF_EACH: Final = 3
"""Deals of a partner and state that are told of."""
READ_AFTER: Final = timedelta(days=3)
"""What is older has been read, a few hours after it came, unless it still waits for its reader."""
_HOURS: Final = timedelta(hours=5)
_EVENT_OF: Final = {
    "submitted": "deal.submitted",
    "info_requested": "deal.asked",
    "approved": "deal.approved",
    "rejected": "deal.rejected",
    "expired": "deal.expired",
}
_NEWEST: Final = (
    "SELECT id, partner_id, state, at FROM (SELECT d.id, d.partner_id, d.state, d.at, row_number() OVER ("
    "PARTITION BY d.partner_id, d.state ORDER BY d.at DESC, d.id) AS place FROM (SELECT x.id, x.partner_id, x.state,"
    " CASE x.state WHEN 'submitted' THEN x.submitted_at WHEN 'info_requested' THEN x.changed_at"
    " WHEN 'expired' THEN x.protected_until ELSE x.decided_at END AS at FROM partners_deal x"
    " WHERE x.state = any($2::text[])"
    " AND NOT EXISTS (SELECT FROM core_event e WHERE e.subject_id = x.id AND e.name = 'deal.submitted')"
    " AND x.partner_id = any(array(SELECT m.partner_id FROM identity_membership m"
    " JOIN identity_person p ON p.id = m.person WHERE p.name = any($1::text[]) AND m.partner_id IS NOT NULL))) d"
    " WHERE d.at <= $3) n WHERE place <= $4 ORDER BY at, id"
)


async def write_notices(*, now: datetime) -> None:
    """Tell of the newest deals in each state as events would have, of those that have none; twice is once."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(_NEWEST, list(WRITERS), list(_EVENT_OF), now, OF_EACH)
        for row in rows:
            await _tell(row)
        await db.sql(
            "UPDATE notices_notice SET read_at = made_at + $2::interval WHERE read_at IS NULL AND made_at < $1"
            " AND kind <> ALL ($3::text[])",
            now - READ_AFTER, _HOURS, [partners.deal_reactions.WAITING, partners.deal_reactions.QUESTION],
        )  # fmt: skip


async def _tell(row: dict[str, Any]) -> None:
    """Have the reactions to what would have happened run, on the open unit."""
    name = _EVENT_OF[row["state"]]
    event = Recorded(
        uuid5(row["id"], name), name, row["at"], SYSTEM.membership_id, row["partner_id"], "deal", row["id"]
    )
    tell = partners.deal_reactions.tell_manager if row["state"] == "submitted" else partners.deal_reactions.tell_owner
    await tell(event)
