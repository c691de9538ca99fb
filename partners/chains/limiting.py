"""How fast a partner may submit: more than the policy allows within an hour is refused, and its manager is told."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from partners.chains import queries
from partners.chains.policy import KEY, Chains
from partners.deals.doors import guards_submission
from partners.deals.tables import Deal
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.events import record
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.history.queries import Wording, tells
from portal.policies.queries import in_force

HOUR: Final = timedelta(hours=1)
EVENT: Final = "company.submits_fast"
tells(
    company__submits_fast=Wording(
        N_("wanted to submit more registrations within an hour than the policy allows"), "alert-triangle", "bad"
    )
)


@guards_submission
async def check_pace(actor: Actor, deal: Deal, now: datetime) -> None:
    """Raise Conflict when the partner has submitted as many within the last hour as the policy allows.

    Two at once are counted one after the other.
    """
    policy = await in_force(actor, KEY, clock.day_of(now, formats.time_zone().key))
    if policy is None:
        return
    document: Chains = policy.body
    await db.lock_subject(f"submissions of {deal.partner_id}")
    count = await queries.count_submissions(deal.partner_id, now - HOUR)
    if count < document.submissions_an_hour:
        return
    await tell_manager(deal.partner_id, count, policy.version_id, now)
    raise Conflict(
        _(
            "%(count)s registrations were submitted for your company within an hour, and the programme allows"
            " %(most)s. Keep this one as a draft and submit it later; your partner manager is told."
        )
        % {"count": formats.number(count), "most": formats.number(document.submissions_an_hour)},
        code="pace",
    )


async def tell_manager(partner_id: UUID, count: int, version: UUID, now: datetime) -> None:
    """Record it for the vendor, once an hour, in a unit of its own: the refusal undoes the partner's."""
    async with db.detached(), db.transaction(SYSTEM):
        told = await db.sql_value(
            "SELECT EXISTS (SELECT FROM core_event WHERE subject_id = $1 AND name = $2 AND at > $3)",
            partner_id, EVENT, now - HOUR,
        )  # fmt: skip
        if not told:
            await record(
                SYSTEM, EVENT, "company", partner_id, now=now,
                changes={"submissions": [None, count], "policy_version": [None, version]},
            )  # fmt: skip
