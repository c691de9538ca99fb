"""The vendor's clock over what really happens to deals: due, paused, late, once, by the policy that it began with."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from partners.companies.entitlements import DEFAULT as TIERS
from partners.deals import service as deals
from partners.response import rules, service
from partners.response.past import Past, keep_past_clocks
from partners.response.policy import DEFAULT, CountryCalendar, LateStep
from partners.response.rules import FOLLOWED
from portal.calendars import service as calendars
from portal.calendars.rules import OFFICE_WEEK
from portal.calendars.service import Wanted
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.invariants import registered
from tests import make
from tests.make import Cast
from tests.partners.response.world import Time, berlin, clock_of, clocks, draft, in_force, move, say, watch
from tests.partners.stand import names_of, tiers

STEPS = DEFAULT.steps


@pytest.fixture(autouse=True)
def _vendors_zone() -> None:
    formats.use_time_zone("Europe/Berlin")


@pytest.fixture
async def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Time:
    """A Wednesday noon, with tiers in force and Vera as Alpha's manager."""
    await tiers(TIERS)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    return Time(monkeypatch, "2026-11-18T12:00")


async def mails(subject: str) -> list[str]:
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT to_address, subject FROM mail_message WHERE subject LIKE $1 ORDER BY created_at", f"%{subject}%"
        )
    return [row["to_address"] for row in rows]


async def broken() -> set[str]:
    async with db.transaction(SYSTEM):
        return {one.name for one in registered() if one.name.startswith("response.") and await db.sql(one.sql)}


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


async def test_the_clock_approves_where_the_policy_says_so_and_nothing_forbids_it(cast: Cast, time: Time) -> None:
    steps = (LateStep(does="approve"), LateStep(does="escalate", to="admin"), LateStep(does="extend"))
    await in_force(DEFAULT.model_copy(update={"steps": steps}))
    free, unlinked = await draft(cast.pia), await draft(cast.pia, linked=False)
    await move(cast.pia, free, "submit")
    await move(cast.pia, unlinked, "submit")
    time.to("2026-11-20T12:00")
    await watch()
    async with db.transaction(SYSTEM):
        states = {row["id"]: row["state"] for row in await db.sql("SELECT id, state FROM partners_deal")}
        steps_taken = await db.sql(
            "SELECT r.deal, s.does, s.outcome FROM partners_response_step s JOIN partners_response r ON r.id = s.response ORDER BY s.place"
        )
    assert states[free] == "approved"
    assert states[unlinked] == "submitted"
    assert [(s["does"], s["outcome"]) for s in steps_taken if s["deal"] == unlinked] == [
        ("approve", "unlinked"),
        ("escalate", "done"),
        ("extend", "done"),
    ]
    assert [(s["does"], s["outcome"]) for s in steps_taken if s["deal"] == free] == [("approve", "done")]
    assert (await clock_of(free))["answered_at"] == berlin("2026-11-20T12:00")


async def test_the_clock_never_approves_before_the_least_time(cast: Cast, time: Time) -> None:
    document = DEFAULT.model_copy(update={"steps": (LateStep(does="approve"),), "least_hours": 20})
    await in_force(document)
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    for at, state in (
        ("2026-11-20T12:00", "submitted"),
        ("2026-11-20T15:59", "submitted"),
        ("2026-11-20T16:00", "approved"),
    ):
        time.to(at)
        await watch()
        async with db.transaction(SYSTEM):
            assert await db.sql_value("SELECT state FROM partners_deal WHERE id = $1", deal) == state


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
    await service_follow(old)
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


async def service_follow(deal: Any) -> None:
    async with db.transaction(SYSTEM):
        await service.follow(SYSTEM, deal, now=clock.now())


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
    await service_follow(deal)
    assert await clock_of(deal) == before, "what the partner was told stays"


async def test_where_the_policy_names_no_known_calendar_office_hours_count(cast: Cast, time: Time) -> None:
    assert time.now == clock.now()
    await in_force(DEFAULT.model_copy(update={"default_calendar": "nowhere"}))
    deal = await draft(cast.pia)
    await move(cast.pia, deal, "submit")
    row = await clock_of(deal)
    assert (row["calendar"], row["due_at"]) == (None, berlin("2026-11-20T12:00"))


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
    await service_follow(deal)
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
    assert set(rules.STARTS) | set(rules.ANSWERS) | rules.DROPS | {rules.PAUSE, rules.RESUME} == set(FOLLOWED)


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
