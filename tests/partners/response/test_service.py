"""The vendor's clock over what really happens to deals: due, paused, by the policy and calendar that it began with."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from partners.deals import service as deals
from partners.response import rules, service
from partners.response.past import Past, keep_past_clocks
from partners.response.policy import DEFAULT, CountryCalendar, LateStep
from partners.response.rules import FOLLOWED
from portal.calendars import service as calendars
from portal.calendars.rules import OFFICE_WEEK
from portal.calendars.service import Wanted
from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import Cast
from tests.partners.response.world import (
    Time,
    berlin,
    broken,
    clock_of,
    clocks,
    draft,
    follow,
    in_force,
    move,
    say,
    watch,
)
from tests.partners.stand import names_of


async def test_a_registration_is_due_in_so_many_working_hours_of_its_tier(cast: Cast, time: Time) -> None:
    assert time.now == clock.now()
    gold, silver = await draft(cast.pia), await draft(cast.otto)
    await move(cast.pia, gold, "submit")
    await move(cast.otto, silver, "submit")
    one = await clock_of(gold)
    assert (one["what"], one["allowed_minutes"], one["partner_id"]) == ("registration", 16 * 60, cast.alpha)
    assert one["started_at"] == berlin("2026-11-18T12:00")
    assert one["due_at"] == berlin("2026-11-20T12:00")
    assert one["warn_at"] == berlin("2026-11-19T16:00")
    assert (await clock_of(silver))["due_at"] == berlin("2026-11-23T12:00")


async def test_it_rests_while_the_partner_must_answer_and_its_due_time_moves_by_that(cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    time.to("2026-11-18T15:00")
    await move(cast.vera, deal, "take")
    await move(cast.vera, deal, "ask", note="How many seats?")
    assert (await clock_of(deal))["paused_at"] == berlin("2026-11-18T15:00")
    time.to("2026-11-23T09:00")
    await watch()
    assert (await clock_of(deal))["breached_at"] is None
    time.to("2026-11-24T10:00")
    await move(cast.pia, deal, "answer", note="Forty.")
    row = await clock_of(deal)
    # Three of sixteen hours had passed; thirteen are left: seven on Tuesday, six on Wednesday.
    assert (row["paused_at"], row["due_at"]) == (None, berlin("2026-11-25T15:00"))
    time.to("2026-11-25T11:00")
    await move(cast.vera, deal, "approve")
    row = await clock_of(deal)
    assert (row["answered_at"], row["worked_minutes"], row["breached_at"]) == (
        berlin("2026-11-25T11:00"),
        12 * 60,
        None,
    )
    assert await broken() == set()


async def test_it_is_the_same_however_late_twice_or_out_of_order_the_reactions_come(cast: Cast, time: Time) -> None:
    swift, slow = await draft(cast.pia), await draft(cast.pia)
    story: tuple[tuple[str, Any, str, dict[str, str]], ...] = (("2026-11-18T12:00", cast.pia, "submit", {}), ("2026-11-18T13:00", cast.vera, "take", {}),
             ("2026-11-18T15:00", cast.vera, "ask", {"note": "Why?"}), ("2026-11-19T11:00", cast.pia, "answer", {"note": "So."}),
             ("2026-11-25T11:00", cast.vera, "reject", {"note": "No.", "code": "other"}))  # fmt: skip
    for at, actor, verb, said in story:
        time.to(at)
        await move(actor, swift, verb, **said)
    for at, actor, verb, said in story:
        now = time.to(at)
        await deals.move_deal(actor, slow, verb, now=now, said=deals.Said(**said))
    time.to("2026-11-26T09:00")
    async with db.transaction(SYSTEM):
        await db.sql("DELETE FROM pgqueuer")
        for _again in range(3):
            await service.follow(SYSTEM, slow, now=clock.now())
    kept = [await clock_of(deal) for deal in (swift, slow)]
    same = ("started_at", "due_at", "warn_at", "answered_at", "ended_at", "worked_minutes", "breached_at")
    assert [kept[0][name] for name in same] == [kept[1][name] for name in same]
    assert (await names_of(slow)).count("deal.answer_late") == 1
    assert await broken() == set()


async def test_a_running_clock_keeps_the_policy_that_it_began_by(cast: Cast, time: Time) -> None:
    told = LateStep(does="escalate", to="partner_manager")
    first = await in_force(DEFAULT.model_copy(update={"steps": (told,)}))
    old = await draft(cast.pia)
    await move(cast.pia, old, "submit")
    fast = tuple(one.model_copy(update={"registration": 2}) for one in DEFAULT.tiers)
    second = await in_force(DEFAULT.model_copy(update={"tiers": fast, "steps": ()}), date(2026, 11, 19))
    time.to("2026-11-19T12:00")
    new = await draft(cast.pia)
    await move(cast.pia, new, "submit")
    await follow(old)
    assert ((await clock_of(old))["policy_version"], (await clock_of(old))["due_at"]) == (
        first,
        berlin("2026-11-20T12:00"),
    )
    assert ((await clock_of(new))["policy_version"], (await clock_of(new))["due_at"]) == (
        second,
        berlin("2026-11-19T14:00"),
    )
    time.to("2026-11-20T12:00")
    await watch()
    assert (await names_of(old)).count("deal.escalated") == 1
    assert (await names_of(new)).count("deal.escalated") == 0


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-27T16:00", "2026-03-31T16:00"),
        ("2026-10-23T16:00", "2026-10-27T16:00"),
        ("2026-12-23T16:00", "2026-12-28T16:00"),
        ("2026-12-30T16:00", "2027-01-04T16:00"),
        ("2028-02-28T16:00", "2028-03-01T16:00"),
    ],
)  # fmt: skip
async def test_across_clock_changes_holidays_year_ends_and_leap_days(
    cast: Cast, time: Time, start: str, due: str
) -> None:
    await calendars.create_calendar(cast.vera, "de", Wanted("Head office", "DE", "", OFFICE_WEEK), now=time.now)
    await in_force(DEFAULT.model_copy(update={"calendars": (CountryCalendar(country="DE", calendar="de"),)}))
    time.to(start)
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    row = await clock_of(deal)
    assert row["due_at"] == berlin(due)
    assert row["calendar"] is not None
    time.to(due)
    await watch()
    assert (await names_of(deal)).count("deal.answer_late") == 1


async def test_partners_in_china_are_answered_by_the_chinese_calendar_worked_weekends_too(
    cast: Cast, time: Time
) -> None:
    made = await calendars.create_calendar(
        cast.vera, "cn", Wanted("Shanghai", "CN", "Asia/Shanghai", OFFICE_WEEK), now=time.now
    )
    await in_force(DEFAULT.model_copy(update={"calendars": (CountryCalendar(country="CN", calendar="cn"),)}))
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET country = 'CN' WHERE id = $1", cast.alpha)
    time.to("2026-09-18T04:00")  # Friday, ten in the morning in Shanghai
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    # Friday seven hours, Sunday (worked) eight, Monday one: 10:00 in Shanghai.
    assert (await clock_of(deal))["due_at"] == berlin("2026-09-21T04:00")
    before = await clock_of(deal)
    await calendars.set_days(cast.vera, made, date(2026, 9, 20), None, works=False, note="Outing", now=time.now)
    await follow(deal)
    assert await clock_of(deal) == before, "what the partner was told stays"


async def test_where_the_policy_names_no_known_calendar_office_hours_count(cast: Cast, time: Time) -> None:
    assert time.now == clock.now()
    await in_force(DEFAULT.model_copy(update={"default_calendar": "nowhere"}))
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    row = await clock_of(deal)
    assert (row["calendar"], row["due_at"]) == (None, berlin("2026-11-20T12:00"))


async def test_what_is_withdrawn_needs_no_answer(cast: Cast, time: Time) -> None:
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    await move(cast.pia, deal, "withdraw")
    time.to("2026-12-18T12:00")
    await watch()
    row = await clock_of(deal)
    assert (row["answered_at"], row["ended_at"], row["breached_at"]) == (None, berlin("2026-11-18T12:00"), None)


async def test_drafts_and_imported_deals_have_no_clock(cast: Cast, time: Time) -> None:
    assert time.now == clock.now()
    deal = await make.deal(cast.pia, state="submitted")
    await follow(deal)
    assert await clocks(deal) == []


@pytest.mark.security
async def test_a_partner_reads_its_own_clocks_and_nobodys_steps(cast: Cast, time: Time) -> None:
    mine, rivals = await draft(cast.pia), await draft(cast.otto)
    await move(cast.pia, mine, "submit")
    await move(cast.otto, rivals, "submit")
    time.to("2026-12-18T12:00")
    await watch()
    async with db.transaction(cast.pia):
        assert [row["deal"] for row in await db.sql("SELECT deal FROM partners_response")] == [mine]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT * FROM partners_response_step")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("UPDATE partners_response SET due_at = now()")


async def test_the_programmes_figures_are_of_all_partners_and_kept_once_a_day(cast: Cast, time: Time) -> None:
    for hours in range(10):
        time.to("2026-11-18T09:00")
        deal = await draft(cast.pia)
        await move(cast.pia, deal, "submit")
        time.to("2026-11-18T17:00" if hours == 9 else f"2026-11-18T{10 + hours // 2:02}:{30 * (hours % 2):02}")
        await move(cast.vera, deal, "take")
        await move(cast.vera, deal, "reject", note="No.", code="other")
    time.to("2026-11-19T09:00")
    assert await service.reckon_figures(SYSTEM, now=clock.now())
    assert not await service.reckon_figures(SYSTEM, now=clock.now())
    async with db.transaction(cast.otto):
        figure = await db.sql_one("SELECT * FROM partners_response_figure")
    assert figure is not None
    assert (figure["decisions"], figure["partners"], figure["median_minutes"], figure["high_minutes"]) == (
        10,
        1,
        180,
        300,
    )


def test_every_event_that_moves_a_clock_is_followed() -> None:
    assert set(rules.STARTS) | set(rules.ANSWERS) | set(rules.DROPS) | {rules.PAUSE, rules.RESUME} == set(FOLLOWED)


async def test_a_deal_of_another_system_goes_on_from_what_is_known_of_it(cast: Cast, time: Time) -> None:
    start = berlin("2026-11-17T12:00")
    account = await make.account()
    card = await make.card(cast.pia, account_id=account)
    running = await make.deal(cast.pia, card_id=card, state="in_review", submitted_at=start)
    asked = await make.deal(cast.pia, state="info_requested", submitted_at=start)
    decided = await make.deal(cast.pia, state="rejected", submitted_at=start)
    story = [
        (running, None, None),
        (asked, berlin("2026-11-17T16:00"), None),
        (decided, None, berlin("2026-11-20T09:00")),
    ]
    past = [Past(deal, cast.alpha, "gold", "DE", start, None, paused, ended, ended) for deal, paused, ended in story]
    for _again in range(2):
        await keep_past_clocks(past)
    assert [(await clock_of(deal))["due_at"] for deal in (running, asked, decided)] == [berlin("2026-11-19T12:00")] * 3
    assert (await clock_of(decided))["breached_at"] == berlin("2026-11-19T12:00")
    await move(cast.pia, asked, "answer", note="Here.")
    assert (await clock_of(asked))["due_at"] == berlin("2026-11-19T16:00")
    time.to("2026-11-18T16:00")
    await move(cast.vera, running, "approve")
    assert ((await clock_of(running))["answered_at"], (await clock_of(running))["worked_minutes"]) == (
        time.now,
        12 * 60,
    )
    await say(decided, "deal.appealed")
    assert [row["what"] for row in await clocks(decided)] == ["registration", "appeal"]
    assert await broken() == set()
