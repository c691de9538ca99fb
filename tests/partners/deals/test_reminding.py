"""Reminders under a moving clock: each once for its end or question, whenever and however often the job runs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.deals import service
from partners.deals.reminding import DEFAULT, KEY, ReminderTerms, due_before_end, is_question_due, lint, remind
from partners.deals.service import Said
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM
from portal.policies import service as policies
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import names_of, tiers
from tests.settle import run_again, settle

BEFORE = (30, 14, 3)
DAY = date(2026, 11, 18)
LONG_AGO = DAY - timedelta(days=200)


@pytest.mark.parametrize(
    ("left", "due"),
    [(31, None), (30, 30), (29, 30), (15, 30), (14, 14), (4, 14), (3, 3), (0, 3), (-1, None)],
)
def test_the_nearest_that_was_reached_is_due(left: int, due: int | None) -> None:
    assert due_before_end(DAY, DAY + timedelta(days=left), LONG_AGO, BEFORE) == due


def test_what_was_passed_on_the_day_of_the_decision_is_no_reminder() -> None:
    end = DAY + timedelta(days=14)
    assert due_before_end(DAY, end, DAY, BEFORE) is None
    assert due_before_end(end - timedelta(days=3), end, DAY, BEFORE) == 3


@given(
    st.integers(1, 400),
    st.lists(st.integers(0, 400), min_size=1, max_size=40),
    st.sets(st.integers(1, 365), min_size=1),
)
def test_no_reminder_comes_twice_and_they_come_in_order(length: int, visits: list[int], before: set[int]) -> None:
    """Whatever days the job happens to run on."""
    end, made = DAY + timedelta(days=length), []
    for passed in sorted(visits):
        due = due_before_end(DAY + timedelta(days=passed), end, DAY, before)
        if due is not None and due not in made:
            made.append(due)
    assert made == sorted(made, reverse=True)
    assert all(days < length for days in made)


def test_a_question_waits_whole_days() -> None:
    assert not is_question_due(DAY, DAY - timedelta(days=4), 5)
    assert is_question_due(DAY, DAY - timedelta(days=5), 5)


def test_the_policy_holds_its_order() -> None:
    assert lint(DEFAULT) == []
    assert lint(ReminderTerms(first_days=14, second_days=14, last_days=3, question_days=5))


async def mails() -> list[dict[str, Any]]:
    """What was written since the last call."""
    await settle()
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT to_address, subject, text FROM mail_message ORDER BY created_at, id")
        await db.sql("DELETE FROM mail_message")
    return rows


async def running(cast: Cast, days: int = 60, **more: Any) -> UUID:
    """A deal that was approved long ago and ends after so many days."""
    facts = {"decided_at": NOON - timedelta(days=100), "protected_until": NOON + timedelta(days=days)}
    return await make.deal(cast.pia, state="approved", customer_name="Alpgold", **facts | more)


def at(days: int, hour: int = 12) -> datetime:
    """Noon in UTC after so many days."""
    return datetime(2026, 11, 18, hour, 0, tzinfo=UTC) + timedelta(days=days)


async def test_it_comes_thirty_fourteen_and_three_days_before_each_once(cast: Cast) -> None:
    deal = await running(cast)
    times = [(day, hour) for day in range(65) for hour in (11, 20)]
    assert [time for time in times if await remind(now=at(*time))] == [(30, 11), (46, 11), (57, 11)]
    written = await mails()
    assert [row["to_address"] for row in written] == [cast.pia.email] * 3
    assert "Alpgold is yours until 17 January 2027" in written[0]["subject"] or "17 Jan 2027" in written[0]["subject"]
    assert "Mark the deal as won" in written[0]["text"]
    assert "Ask for an extension" in written[0]["text"]
    assert f"/partners/deals/{deal}" in written[0]["text"]
    assert await names_of(deal) == ["deal.reminded"] * 3


async def test_a_job_that_slept_for_weeks_sends_the_nearest_alone(cast: Cast) -> None:
    await running(cast)
    assert await remind(now=at(50)) == 1
    [mail] = await mails()
    assert "in 10 days" in mail["text"]
    assert await remind(now=at(51)) == 0


async def test_the_same_reaction_again_mails_once(cast: Cast) -> None:
    await running(cast)
    await remind(now=at(30))
    await settle()
    await run_again("deal.reminded")
    assert len(await mails()) == 1


async def test_an_extension_makes_new_ones_and_silences_the_old(cast: Cast) -> None:
    deal = await running(cast)
    assert await remind(now=at(57)) == 1
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET protected_until = $2 WHERE id = $1", deal, at(100))
    assert await mails() == [], "the end of which it spoke is no end any more"
    assert [day for day in range(58, 105) if await remind(now=at(day))] == [70, 86, 97]


async def test_nothing_comes_after_a_win_or_a_loss(cast: Cast) -> None:
    won, lost = await running(cast), await running(cast)
    await service.set_stage(cast.pia, won, "win", now=at(1))
    await service.set_stage(cast.pia, lost, "lose", said=Said(code="price"), now=at(1))
    assert [await remind(now=at(day)) for day in (30, 46, 57)] == [0, 0, 0]


async def test_a_win_after_the_reminder_was_made_stops_its_mail(cast: Cast) -> None:
    deal = await running(cast)
    assert await remind(now=at(30)) == 1
    await service.set_stage(cast.pia, deal, "win", now=at(30))
    assert await mails() == []


async def test_nobody_is_mailed_at_night(cast: Cast) -> None:
    await running(cast)
    assert await remind(now=at(30, 5)) == 0, "six in the morning in Berlin"
    assert await remind(now=at(30, 6)) == 1


async def test_an_unanswered_question_is_recalled_once_and_the_next_one_again(cast: Cast) -> None:
    await tiers()
    deal = await make.deal(cast.pia, state="in_review", customer_name="Alpgold")
    await service.move_deal(cast.vera, deal, "ask", now=at(0), said=Said("How many sites?"))
    await mails()
    assert [day for day in range(12) if await remind(now=at(day))] == [5]
    [mail] = await mails()
    assert "a question about Alpgold waits for you" in mail["subject"]
    assert "How many sites?" in mail["text"]
    await service.move_deal(cast.pia, deal, "answer", now=at(12), said=Said("Two."))
    assert await remind(now=at(30)) == 0
    await service.move_deal(cast.vera, deal, "ask", now=at(31), said=Said("Where?"))
    assert [day for day in range(31, 45) if await remind(now=at(day))] == [36]


async def test_an_answer_before_the_mail_went_out_stops_it(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="in_review")
    await service.move_deal(cast.vera, deal, "ask", now=at(0), said=Said("How many sites?"))
    await mails()
    assert await remind(now=at(5)) == 1
    await service.move_deal(cast.pia, deal, "answer", now=at(5), said=Said("Two."))
    assert not any("waits for you" in mail["subject"] for mail in await mails())


async def test_the_days_are_a_policy_and_what_was_due_says_by_which_version(cast: Cast) -> None:
    deal = await running(cast)
    version = await policies.create_draft(
        cast.ada, KEY, DEFAULT.model_dump() | {"first_days": 40}, effective_from=DAY, now=NOON
    )
    await policies.submit(cast.ada, version, today=DAY, now=NOON)
    async with db.transaction(SYSTEM):
        request = await db.sql_one("SELECT id, content_sha256 FROM approvals_request WHERE subject_id = $1", version)
    assert request
    seen = request["content_sha256"]
    await approvals.decide(cast.vera, request["id"], approve=True, content_sha256=seen, note="", now=NOON)
    assert [day for day in range(35) if await remind(now=at(day))] == [20]
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT policy_version FROM partners_deal_reminder WHERE deal = $1", deal) == version
