"""Appeals against a rejection: who judges one, and that it is not whoever rejected the deal."""

from datetime import datetime
from uuid import UUID

from partners.deals import protection
from partners.deals.asked import JUDGES
from partners.deals.states import Stage
from partners.deals.tables import Deal
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.flow import needed_words
from portal.core.i18n import gettext as _


async def appeal(actor: Actor, deal: Deal, note: str, now: datetime) -> None:
    """Open the decision again. Sets columns, saves nothing. Raises Conflict after the first, Invalid without words."""
    if deal.appealed_at is not None:
        raise Conflict(
            _("You have appealed against this once, and the decision after an appeal stands. Register anew instead."),
            code="appealed",
        )
    if deal.stage == Stage.LOST:
        raise Conflict(_("The sale is lost, so there is nothing left to decide."), code="lost")
    deal.appeal = needed_words(note)
    await protection.check_limit(actor, deal.partner_id, now)
    deal.appealed_at, deal.decided_at = now, None


async def check_judge(actor: Actor, deal: Deal) -> None:
    """Raise Conflict when the actor rejected what it would now judge, and somebody else could."""
    if not deal.appeal or deal.rejected_by != actor.membership_id:
        return
    if await db.sql_value(f"SELECT EXISTS ({JUDGES} AND m.id <> $1)", deal.rejected_by):
        raise Conflict(
            _("You rejected this deal, so a colleague decides the appeal. Only where there is nobody else do you."),
            code="judge",
        )


async def assign_judge(deal_id: UUID, now: datetime) -> UUID | None:
    """Give an appeal to the partner's manager, else to whoever reviews least, but not to who rejected it.

    The reviewer then; None when the deal is gone. Where there is nobody else it stays with whoever rejected it.
    """
    found: UUID | None = await db.sql_value(
        "UPDATE partners_deal d SET reviewer = coalesce(("
        f"{JUDGES} AND m.id IS DISTINCT FROM coalesce(d.rejected_by, d.reviewer)"
        " ORDER BY m.id IS DISTINCT FROM c.manager,"
        " (SELECT count(*) FROM partners_deal x WHERE x.reviewer = m.id AND x.state = 'in_review'), m.id LIMIT 1),"
        " d.reviewer), rejected_by = coalesce(d.rejected_by, d.reviewer), changed_at = $2"
        " FROM partners_company c WHERE d.id = $1 AND c.id = d.partner_id AND d.state = 'in_review'"
        " AND d.appealed_at IS NOT NULL RETURNING d.reviewer",
        deal_id, now,
    )  # fmt: skip
    return found
