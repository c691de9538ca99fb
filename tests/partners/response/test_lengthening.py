"""A late approval protects longer by the delay, and by nothing else."""

from datetime import timedelta

import pytest

from partners.response.policy import DEFAULT
from portal.core import db
from portal.core.actor import SYSTEM
from tests.make import Cast
from tests.partners.response.world import Time, berlin, broken, clock_of, draft, in_force, mails, move
from tests.partners.stand import names_of

STEPS = DEFAULT.steps


@pytest.mark.parametrize(
    ("answered", "days"),
    [("2026-11-20T12:00", 0), ("2026-11-20T12:01", 1), ("2026-11-21T12:00", 1), ("2026-11-24T09:00", 4)],
)
async def test_a_late_approval_protects_longer_by_the_delay_and_says_why(
    cast: Cast, time: Time, answered: str, days: int
) -> None:
    plain, late = await draft(cast.pia), await draft(cast.pia)
    await move(cast.pia, late, "submit")
    time.to(answered)
    await move(cast.pia, plain, "submit")
    for deal in (plain, late):
        await move(cast.vera, deal, "take")
        await move(cast.vera, deal, "approve")
    async with db.transaction(SYSTEM):
        ends = {
            row["id"]: row["protected_until"] for row in await db.sql("SELECT id, protected_until FROM partners_deal")
        }
    assert ends[late] - ends[plain] == timedelta(days=days)
    assert (await clock_of(late))["lengthened_days"] == days
    assert await mails("Protected longer") == ([cast.pia.email] if days else [])
    assert ("deal.protection_lengthened" in await names_of(late)) == bool(days)
    assert await broken() == set()


async def test_what_the_partner_needed_after_it_was_due_is_not_the_vendors_delay(cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-20T13:00")
    await move(cast.vera, deal, "take")
    await move(cast.vera, deal, "ask", note="How many?")
    time.to("2026-11-27T13:00")
    await move(cast.pia, deal, "answer", note="Forty.")
    assert (await clock_of(deal))["due_at"] == berlin("2026-11-20T12:00")
    time.to("2026-11-27T14:00")
    await move(cast.vera, deal, "approve")
    assert (await clock_of(deal))["lengthened_days"] == 1


async def test_without_that_step_a_late_approval_protects_as_long_as_any(cast: Cast, time: Time) -> None:
    await in_force(DEFAULT.model_copy(update={"steps": STEPS[:1]}))
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-30T12:00")
    await move(cast.vera, deal, "take")
    await move(cast.vera, deal, "approve")
    assert (await clock_of(deal))["lengthened_days"] == 0
