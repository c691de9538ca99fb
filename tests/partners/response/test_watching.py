"""What happens when an answer is late: who is reminded and told, step by step of the policy, each once."""

from datetime import date, timedelta

from partners.response.policy import DEFAULT, LateStep
from partners.response.queries import overdue_of
from portal.absences import service as absences
from portal.absences.rules import Absence
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role, Side
from tests import make
from tests.make import Cast
from tests.partners.response.world import Time, berlin, broken, clock_of, draft, in_force, mails, move, say, watch
from tests.partners.stand import names_of


async def test_who_has_to_answer_is_reminded_once_and_told_once_that_it_is_late(cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    for at in ("2026-11-19T15:59", "2026-11-19T16:00", "2026-11-19T16:05", "2026-11-20T11:59"):
        time.to(at)
        await watch()
    assert await mails("Due soon") == [cast.vera.email]
    assert "deal.answer_late" not in await names_of(deal)
    for at in ("2026-11-20T12:00", "2026-11-20T12:05", "2026-11-23T09:00"):
        time.to(at)
        await watch()
    names = await names_of(deal)
    assert (names.count("deal.answer_due_soon"), names.count("deal.answer_late")) == (1, 1)
    assert await mails("Late") == [cast.vera.email]
    assert (await clock_of(deal))["breached_at"] == berlin("2026-11-20T12:00")
    async with db.transaction(SYSTEM):
        seen = await db.sql(
            "SELECT DISTINCT audience, partner_id FROM core_event WHERE name IN ('deal.answer_late', 'deal.escalated')"
        )
    assert [(row["audience"], row["partner_id"]) for row in seen] == [("vendor", None)]
    assert await broken() == set()


async def test_when_it_is_late_the_steps_of_the_policy_are_taken_in_order_and_once(cast: Cast, time: Time) -> None:
    steps = (LateStep(does="escalate", to="admin"), LateStep(does="escalate", to="partner_manager", after_hours=4))
    await in_force(DEFAULT.model_copy(update={"steps": steps}))
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-20T12:05")
    await watch()
    assert await mails("No answer yet") == [cast.ada.email]
    for at in ("2026-11-20T15:59", "2026-11-20T16:00", "2026-11-20T16:05"):
        time.to(at)
        await watch()
    assert await mails("No answer yet") == [cast.ada.email, cast.vera.email]
    assert (await names_of(deal)).count("deal.escalated") == 2


async def escalated(cast: Cast, time: Time, people: str) -> list[str]:
    """Who is told, after a registration was due, where the policy names these people and else all administrators."""
    step = LateStep(does="escalate", to="admin", people=people)
    await in_force(DEFAULT.model_copy(update={"steps": (step,)}))
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-20T12:05")
    for _again in range(2):
        await watch()
    assert (await names_of(deal)).count("deal.escalated") == 1
    return sorted(await mails("No answer yet"))


async def test_the_policy_may_name_people_who_are_told_instead_of_a_role(cast: Cast, time: Time) -> None:
    told = await escalated(cast, time, f"{cast.sam.email}, {cast.faye.email}")
    assert told == sorted([cast.sam.email, cast.faye.email])


async def test_for_who_has_left_the_role_is_told(cast: Cast, time: Time) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.sam.membership_id, time.now)
    told = await escalated(cast, time, f"{cast.sam.email}, {cast.faye.email}")
    assert told == sorted([cast.ada.email, cast.faye.email])


async def test_for_who_is_away_the_cover_is_told_too(cast: Cast, time: Time) -> None:
    first = date(2026, 11, 19)
    wanted = Absence(cast.finn.membership_id, cast.faye.membership_id, first, first + timedelta(days=7))
    await absences.note_absence(cast.ada, wanted, now=time.now)
    assert await escalated(cast, time, cast.finn.email) == sorted([cast.faye.email, cast.finn.email])


async def test_what_is_asked_about_a_running_deal_is_the_managers_whoever_approved_it(cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    await move(cast.vera, deal, "take")
    await move(cast.vera, deal, "approve")
    mara = await make.person("Mara Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", mara.membership_id, cast.alpha)
    await say(deal, "deal.extension_requested")
    time.to("2026-11-20T12:00")
    await watch()
    assert await mails("Late") == [mara.email]
    overdue = await db.ask_alone(mara, overdue_of(mara, time.now))
    assert overdue is not None
    assert overdue.count == 1
    assert await db.ask_alone(cast.vera, overdue_of(cast.vera, time.now)) is None


async def test_what_the_clock_itself_approved_is_nobodys_but_the_managers(cast: Cast, time: Time) -> None:
    await in_force(DEFAULT.model_copy(update={"steps": (LateStep(does="approve"),)}))
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-20T12:00")
    await watch()
    await say(deal, "deal.amendment_requested")
    time.to("2026-11-24T12:00")
    await watch()
    assert await mails("Late") == [cast.vera.email] * 2
