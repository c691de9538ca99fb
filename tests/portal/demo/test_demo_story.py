"""What people find in the demo, on whatever day it is loaded."""

from collections import Counter
from datetime import date, timedelta

import pytest

from partners.companies.entitlements import DEFAULT
from partners.deals.states import DealState, Stage
from portal.core.permissions import Role
from portal.demo.companies import CHINESE, MAIN
from portal.demo.deals import PROTECTION_DAYS
from portal.demo.generate import Demo, make_demo
from portal.demo.reading import DATA
from portal.demo.timeline import whole_weeks

IN_FILES = set(DealState) - {DealState.REVOKED}
"""A revocation is two people's own act, which no file brings."""

Rows = dict[str, list[dict[str, str]]]

DAYS = [date(2026, 11, 2), date(2026, 11, 21), date(2026, 12, 31), date(2027, 2, 28), date(2028, 2, 29)]


@pytest.mark.parametrize("today", [date(2026, 1, 1) + timedelta(days=day) for day in range(15)])
def test_the_newest_lies_in_the_week_before_today(today: date) -> None:
    newest = date(2020, 6, 30)
    moved = newest + whole_weeks(newest, today)
    assert today - timedelta(days=7) <= moved < today
    assert moved.weekday() == newest.weekday()


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_it_is_alive_on_every_day(today: date) -> None:
    demo = make_demo(today)
    deals, revenue = list(demo.deals()), list(demo.revenue())
    invoiced = [row["occurred_on"] for row in revenue if row["kind"] == "invoice_line"]
    paid = [row["occurred_on"] for row in revenue if row["kind"] == "payment"]
    week_ago, yesterday = (today - timedelta(days=7)).isoformat(), (today - timedelta(days=1)).isoformat()
    assert week_ago <= max(invoiced) <= yesterday
    assert week_ago <= max(paid) <= yesterday
    assert week_ago <= max(deal["created_at"] for deal in deals)[:10] <= yesterday
    assert min(invoiced) > (today - timedelta(days=105)).isoformat()
    assert {deal["state"] for deal in deals} == IN_FILES
    assert {deal["stage"] for deal in deals} == set(Stage)
    main = [deal for deal in deals if deal["partner_source_id"] == demo.partners[MAIN].code]
    assert {deal["state"] for deal in main} == IN_FILES
    running = [deal for deal in deals if deal["state"] == "approved" and deal["stage"] not in {"won", "lost"}]
    soon = (today + timedelta(days=14)).isoformat()
    ending = [deal for deal in running if today.isoformat() <= deal["protected_until"] < soon]
    assert len(running) > 80
    assert len(ending) >= 5
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).isoformat()[:7]
    assert any(day.startswith(last_month) for day in paid)
    if today.day > 7:
        assert any(day >= month.isoformat() for day in paid)
    assert 50 <= demo.counts()["order lines covered, percent"] <= 80


def test_most_lines_earn_and_some_do_not(demo: Demo) -> None:
    counts = demo.counts()
    assert counts["order lines"] == 7648
    assert 0.5 <= counts["order lines covered by a deal"] / counts["order lines"] <= 0.8
    tour = [bundle for bundle in demo.bundles if bundle.partner.reseller.key == MAIN]
    covered = {demo.protections.covering(MAIN, b.customer.id, b.group, b.day) is not None for b in tour}
    assert covered == {True, False}


def test_conflicts_are_refused(demo: Demo) -> None:
    counts = demo.counts()
    assert counts["deals from opportunities"] == 500
    assert counts["deals rejected as duplicate"] >= 20
    assert counts["deals approved"] > counts["deals rejected"]


def test_it_follows_the_policy_that_an_installation_begins_with(demo: Demo, rows: Rows) -> None:
    assert {tier.tier: tier.protection_days for tier in DEFAULT.tiers} == PROTECTION_DAYS
    tiers = {row["source_id"]: row["tier"] for row in rows["companies"]}
    undecided = {"submitted", "in_review", "info_requested"}
    waiting = Counter(
        deal["partner_source_id"]
        for deal in rows["deals"]
        if deal["state"] in undecided or (deal["state"] == "approved" and deal["stage"] not in {"won", "lost"})
    )
    assert waiting[demo.partners[MAIN].code] >= 10
    for partner, count in waiting.items():
        assert count < DEFAULT.of(tiers[partner]).open_registrations, partner


def test_every_role_can_sign_in(rows: Rows) -> None:
    roles = Counter(role for person in rows["people"] for role in person["roles"].split(";"))
    assert set(roles) == set(Role)
    assert roles["finance"] == 2
    managers = {person["email"] for person in rows["people"] if person["roles"] == "partner_manager"}
    assert managers == {company["manager_email"] for company in rows["companies"]}
    assert all(person["email"].endswith(".example") for person in rows["people"])
    assert [person["side"] for person in rows["people"]] == sorted((p["side"] for p in rows["people"]), reverse=True)


def test_the_chinese_partner_works_in_chinese(demo: Demo, rows: Rows) -> None:
    code = demo.partners[CHINESE].code
    people = [person for person in rows["people"] if person["partner_source_id"] == code]
    assert {person["locale"] for person in people} == {"zh_CN"}
    names = [deal["customer_name"] for deal in rows["deals"] if deal["partner_source_id"] == code]
    chinese = [name for name in names if any("\u4e00" <= sign <= "\u9fff" for sign in name)]
    assert len(chinese) > len(names) / 2


def test_distributors_have_levels_and_a_history(rows: Rows) -> None:
    parents = {row["source_id"]: row["parent_source_id"] for row in rows["companies"]}
    kinds = {row["source_id"]: row["kinds"] for row in rows["companies"]}
    assert all("distributor" in kinds[parent] for parent in parents.values() if parent)
    assert any(parents.get(parents[parent]) for parent in parents if parents[parent])
    before = {row["source_id"]: row for row in rows["companies"]}
    assert len(rows["company_changes"]) >= 1
    for row in rows["company_changes"]:
        old = before[row["source_id"]]
        assert old["parent_source_id"]
        assert row["parent_source_id"] != old["parent_source_id"]
        assert row["parent_from"] > old["parent_from"]


def test_the_readme_prints_these_counts(demo: Demo) -> None:
    readme = (DATA.parent / "README.md").read_text(encoding="utf-8")
    for name, count in demo.counts().items():
        assert f"{count:>8,}  {name}\n" in readme


@pytest.mark.slow
def test_the_whole_data_set_holds_too() -> None:
    demo = make_demo(date(2026, 11, 21), months=36, opportunities=20_000)
    counts = demo.counts()
    assert counts["order lines"] == 60_855
    assert counts["deals from opportunities"] == 20_000
    assert counts["deals rejected as duplicate"] + counts["deals withdrawn"] > 8_000
    assert 50 <= counts["order lines covered, percent"] <= 80
