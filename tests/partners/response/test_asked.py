"""What is asked about a decided or running deal has a clock of its own: appeals, extensions, amendments."""

import pytest

from partners.response.policy import DEFAULT, LateStep
from tests.make import Cast
from tests.partners.response.world import Time, berlin, broken, clocks, draft, in_force, move, say, watch
from tests.partners.stand import names_of


async def test_appeals_and_extension_requests_have_clocks_of_their_own(cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    await move(cast.vera, deal, "take")
    await move(cast.vera, deal, "reject", note="No.", code="other")
    time.to("2026-11-19T12:00")
    await say(deal, "deal.appealed")
    assert [(row["what"], row["ended_at"] is None) for row in await clocks(deal)] == [
        ("registration", False),
        ("appeal", True),
    ]
    assert (await clocks(deal))[1]["due_at"] == berlin("2026-11-24T12:00")
    await say(deal, "deal.approved")
    for at, name in (("2026-11-20T12:00", "deal.extension_requested"), ("2026-11-20T13:00", "deal.extension_refused"),
                     ("2026-11-20T14:00", "deal.extension_requested"), ("2026-11-20T16:00", "deal.extended")):  # fmt: skip
        time.to(at)
        await say(deal, name)
    found = await clocks(deal)
    assert [(row["what"], row["number"], row["worked_minutes"]) for row in found[2:]] == [
        ("extension", 1, 60),
        ("extension", 2, 120),
    ]
    assert await broken() == set()


async def test_an_amendment_is_due_in_working_time_and_is_told_when_late_but_never_accepted_by_itself(
    cast: Cast, time: Time
) -> None:
    steps = (LateStep(does="approve"), LateStep(does="escalate", to="admin"), LateStep(does="extend"))
    await in_force(DEFAULT.model_copy(update={"steps": steps}))
    deal = await draft(cast.pia)
    for name in ("deal.approved", "deal.amendment_requested"):
        await say(deal, name)
    [row] = await clocks(deal)
    assert (row["what"], row["allowed_minutes"], row["due_at"]) == ("amendment", 16 * 60, berlin("2026-11-20T12:00"))
    assert not row["lengthens"]
    for at in ("2026-11-20T12:00", "2026-11-20T12:05"):
        time.to(at)
        await watch()
    names = await names_of(deal)
    assert [names.count(one) for one in ("deal.answer_late", "deal.escalated", "deal.amended")] == [1, 1, 0]
    time.to("2026-11-20T13:00")
    await say(deal, "deal.amendment_refused")
    [row] = await clocks(deal)
    assert (row["answered_at"], row["worked_minutes"]) == (berlin("2026-11-20T13:00"), 17 * 60)
    assert await broken() == set()


@pytest.mark.parametrize("what", ["extension", "amendment"])
@pytest.mark.parametrize("end", ["{what}_closed", "won", "lost", "expired", "revoked"])
async def test_what_nobody_asks_any_more_needs_no_answer(cast: Cast, time: Time, what: str, end: str) -> None:
    deal = await draft(cast.pia)
    await say(deal, "deal.approved")
    await say(deal, f"deal.{what}_requested")
    await say(deal, f"deal.{end.format(what=what)}")
    time.to("2026-12-18T12:00")
    await watch()
    [row] = await clocks(deal)
    assert (row["what"], row["answered_at"], row["ended_at"], row["breached_at"]) == (
        what, None, berlin("2026-11-18T12:00"), None,
    )  # fmt: skip
