"""What can be done about the vendor's own opportunities: record one, change it, close it."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers.queries import get_account
from partners.customers.rules import search_text
from partners.deals.states import Stage
from partners.opportunities.rules import ENDS, OpportunityFacts, problems_of
from partners.opportunities.tables import Opportunity
from partners.products.queries import get_product
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.flow import LONGEST_NOTE
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.identity.handover import hands_over

OPPORTUNITY: Final = "opportunity"


async def record_opportunity(actor: Actor, facts: OpportunityFacts, *, now: datetime) -> UUID:
    """A new one, owned by who records it. Raises NotAllowed, NotFound for an unknown account or product, Invalid."""
    actor.require(Permission.OPPORTUNITIES_WRITE)
    async with db.transaction(actor):
        values = await _values(actor, facts)
        one = Opportunity(
            id=new_id(), owner=actor.membership_id, opened_at=now, created_at=now, changed_at=now, **values
        )
        await one.save()
        await record(
            actor, "opportunity.recorded", OPPORTUNITY, one.id,
            changes={"stage": [None, one.stage], "amount_minor": [None, one.amount_minor],
                     "currency": [None, one.currency]},
            now=now,
        )  # fmt: skip
    return one.id


async def change_opportunity(
    actor: Actor, opportunity_id: UUID, facts: OpportunityFacts, *, now: datetime, seen: datetime | None = None
) -> None:
    """Write an open one anew.

    Raises NotFound, NotAllowed, Invalid, and Conflict once it is closed or when it was changed since `seen`.
    """
    actor.require(Permission.OPPORTUNITIES_WRITE)
    async with db.transaction(actor):
        one = await _open_one(opportunity_id)
        if seen is not None and seen != one.changed_at:
            raise Conflict(
                _("Somebody changed this opportunity after you opened it. Nothing of yours was saved: look again."),
                code="version",
            )
        values = await _values(actor, facts)
        changes = {
            name: [getattr(one, name), value]
            for name, value in values.items()
            if name != "search" and getattr(one, name) != value
        }
        if not changes:
            return
        for name, value in values.items():
            setattr(one, name, value)
        one.changed_at = now
        await one.save()
        await record(actor, "opportunity.changed", OPPORTUNITY, one.id, changes=changes, now=now)


async def close_opportunity(actor: Actor, opportunity_id: UUID, stage: Stage, *, note: str = "", now: datetime) -> None:
    """Say that it is won or lost, for good. Raises NotFound, NotAllowed, Invalid, Conflict when it is closed."""
    actor.require(Permission.OPPORTUNITIES_WRITE)
    if stage not in ENDS:
        raise Invalid({"verb": _("Choose one of the values offered.")})
    async with db.transaction(actor):
        one = await _open_one(opportunity_id)
        before = one.stage
        one.stage, one.closed_at, one.changed_at = stage.value, now, now
        await one.save()
        await record(
            actor, "opportunity.closed", OPPORTUNITY, one.id, changes={"stage": [before, one.stage]},
            note=note.strip()[:LONGEST_NOTE], now=now,
        )  # fmt: skip


@hands_over("opportunities")
async def hand_over_opportunities(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """Give the leaver's open ones to the successor; how many. Each says so. Partners' people have none."""
    if actor.is_partner:
        return 0
    rows = await db.sql(
        "UPDATE partners_opportunity SET owner = $2, changed_at = $3 WHERE owner = $1 AND closed_at IS NULL"
        " RETURNING id",
        leaver, successor, now,
    )  # fmt: skip
    for row in rows:
        await record(
            actor, "opportunity.handed_over", OPPORTUNITY, row["id"],
            changes={"membership": [str(leaver), str(successor)]}, now=now,
        )  # fmt: skip
    return len(rows)


async def _open_one(opportunity_id: UUID) -> Opportunity:
    """The open opportunity, locked. Raises NotFound, Conflict when it is closed."""
    one = await Opportunity.objects().where(Opportunity.id == opportunity_id).lock_rows("UPDATE").first()
    if one is None:
        raise NotFound
    if one.closed_at is not None:
        raise Conflict(_("This opportunity is closed. Record a new one if it begins again."), code="closed")
    return one


async def _values(actor: Actor, facts: OpportunityFacts) -> dict[str, Any]:
    """Its columns. Raises NotFound, Invalid."""
    if problems := problems_of(facts):
        raise Invalid(problems)
    account = await get_account(actor, facts.account)
    if facts.product is not None:
        await get_product(actor, facts.product)
    return {
        "account": facts.account,
        "name": facts.name.strip(),
        "product": facts.product,
        "stage": facts.stage.value,
        "amount_minor": facts.amount.minor,
        "currency": facts.amount.currency,
        "expected_close_on": facts.expected_close_on,
        "source": facts.source.strip(),
        "notes": facts.notes.strip(),
        "search": search_text(facts.name, account.facts.legal_name),
    }
