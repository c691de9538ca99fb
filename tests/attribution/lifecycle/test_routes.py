"""The pages and API of lifecycle: who sees them, what they say, and that nothing is there for others."""

import re
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from litestar import Litestar

from attribution.lifecycle.importing import KIND, apply
from attribution.lifecycle.service import derive_accounts
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import parsed
from tests.web import Browser

PAGES = ("/lifecycle", "/lifecycle/dormant", "/lifecycle/targets")


@pytest.fixture
async def acme(cast: Cast) -> UUID:
    """A customer that bought once long ago, and once last month, through Alpha."""
    account, product = await make.account("Acme GmbH"), await make.product("Insight")
    for day in (date(2024, 1, 5), date(2026, 10, 5)):
        when = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        await make.revenue(account, product, 100_00, ordered_on=day, occurred_at=when, partner=cast.alpha)
    await derive_accounts(SYSTEM, now=NOON)
    return account


async def event_of(account: UUID, kind: str) -> UUID:
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value(
            "SELECT id FROM attribution_lifecycle_event WHERE account = $1 AND kind = $2", account, kind
        )
    return found


async def test_the_list_says_what_happened(app: Litestar, cast: Cast, acme: UUID) -> None:
    cleo = await Browser.of(app, cast.cleo)
    page = (await cleo.get("/lifecycle")).text
    assert page.count("Acme GmbH") >= 3
    assert "Events by month" in page
    assert "New customer" not in (await cleo.get("/lifecycle?tab=losses")).text.split("<tbody")[-1]
    for query, count in {
        "kind=churn": 1, "month=2026-10-01": 1, "month=2020-01-01": 0, "country=DE": 3, "country=FR": 0,
        f"partner={cast.alpha}": 3, f"partner={cast.omega}": 0, f"account={acme}": 3,
    }.items():  # fmt: skip
        items = (await cleo.json(f"/api/v1/lifecycle?{query}")).json()["items"]
        assert len(items) == count, query


async def test_an_event_says_why_and_has_its_lines(app: Litestar, cast: Cast, acme: UUID) -> None:
    cleo = await Browser.of(app, cast.cleo)
    back = (await cleo.get(f"/lifecycle/{await event_of(acme, 'reactivation')}")).text
    assert "Reactivation: first order since it churned on 5 Jul 2025." in back
    assert "/revenue/" in back
    new = (await cleo.get(f"/lifecycle/{await event_of(acme, 'new_logo')}")).text
    assert "New customer: first order ever, on 5 Jan 2024." in new
    lost = (await cleo.get(f"/lifecycle/{await event_of(acme, 'churn')}")).text
    assert "Churn: no payment and no order for 18 months, the last one on 5 Jan 2024" in lost
    assert "Lost a year, estimated" in lost
    one = (await cleo.json(f"/api/v1/lifecycle/{await event_of(acme, 'churn')}")).json()
    assert (one["kind"], one["value_minor"], one["currency"], one["lines"]) == ("churn", -100_00, "EUR", [])


async def test_who_is_dormant_and_who_soon_will_be(app: Litestar, cast: Cast, acme: UUID) -> None:
    cleo = await Browser.of(app, cast.cleo)
    assert "Acme GmbH" not in (await cleo.get("/lifecycle/dormant")).text
    gone, product = await make.account("Gone AG"), await make.product("Wheels")
    await make.revenue(gone, product, 1_00, ordered_on=date(2023, 2, 1), occurred_at=datetime(2023, 2, 1, tzinfo=UTC))
    await derive_accounts(SYSTEM, [gone, acme], now=NOON)
    page = (await cleo.get("/lifecycle/dormant")).text
    assert "Gone AG" in page
    assert "Wheels group" in page
    assert "Gone AG" not in (await cleo.get("/lifecycle/dormant?tab=soon")).text


@pytest.mark.usefixtures("acme")
async def test_targets_stand_beside_what_happened(app: Litestar, cast: Cast) -> None:
    rows = [
        {"kind": "reactivation", "country": "DE", "quarter": "2026-Q4", "value": "EUR 80", "events": "2"},
        {"kind": "reactivation", "quarter": "2026-Q4", "events": "4"},
        {"kind": "new_logo", "country": "FR", "quarter": "2026-Q4", "value": "EUR 10"},
        {"kind": "new_logo", "quarter": "2026-Q3", "value": "USD 10"},
    ]
    assert "No targets yet" in (await (await Browser.of(app, cast.faye)).get("/lifecycle/targets")).text
    await apply(cast.faye, parsed(KIND, rows), source_system="plan", now=NOON)
    cleo = await Browser.of(app, cast.cleo)
    page = (await cleo.get("/lifecycle/targets?quarter=2026-Q4")).text
    assert "1 of 3 targets for gains" in page
    assert re.findall(r'data-label="Of the target">([^<]+)<', page) == ["0.0%", "25.0%", "125.0%"]
    assert "2026-Q3" in page
    assert "/lifecycle?kind=new_logo&amp;country=FR&amp;quarter=2026-10-01" in page
    behind = (await cleo.json("/api/v1/lifecycle?kind=reactivation&country=DE&quarter=2026-10-01")).json()["items"]
    assert len(behind) == 1
    assert "2026-Q4" in (await cleo.get("/lifecycle?quarter=2026-10-01")).text
    items = (await cleo.json("/api/v1/lifecycle/targets?quarter=2026-Q4")).json()["items"]
    assert [(one["kind"], one["country"], one["actual_minor"], one["actual_events"]) for one in items] == [
        ("new_logo", "FR", 0, 0), ("reactivation", "", None, 1), ("reactivation", "DE", 100_00, 1),
    ]  # fmt: skip
    assert len((await cleo.json("/api/v1/lifecycle/targets")).json()["items"]) == 4
    assert (await cleo.get("/lifecycle/targets?quarter=2026-Q9")).status_code == 404


async def test_the_customers_page_says_where_it_is_in_its_life(app: Litestar, cast: Cast, acme: UUID) -> None:
    page = (await (await Browser.of(app, cast.cleo)).get(f"/partners/accounts/{acme}")).text
    assert f'href="/lifecycle?account={acme}"' in page
    assert "Reactivation" in page
    hidden = (await (await Browser.of(app, cast.milo)).get(f"/partners/accounts/{acme}")).text
    assert "/lifecycle" not in hidden


@pytest.mark.parametrize("path", [*PAGES, "/lifecycle/export/csv", "/lifecycle/dormant/export/csv"])
async def test_it_is_for_those_who_read_revenue(app: Litestar, cast: Cast, path: str) -> None:
    for actor in (cast.vera, cast.cleo, cast.faye, cast.audra):
        assert (await (await Browser.of(app, actor)).get(path)).status_code == 200
    for actor in (cast.pia, cast.dora, cast.sam, cast.milo, cast.ada):
        assert (await (await Browser.of(app, actor)).get(path)).status_code == 403


async def test_what_is_not_there_is_not_found(app: Litestar, cast: Cast) -> None:
    cleo = await Browser.of(app, cast.cleo)
    assert (await cleo.get(f"/lifecycle/{new_id()}")).status_code == 404
    assert (await cleo.json(f"/api/v1/lifecycle/{new_id()}")).status_code == 404
    empty = (await cleo.get("/lifecycle")).text
    assert "No lifecycle events yet" in empty
    assert "No dormant customers" in (await cleo.get("/lifecycle/dormant")).text


async def test_chinese_pages_are_chinese(app: Litestar, cast: Cast, acme: UUID) -> None:
    cleo = await Browser.of(app, cast.cleo)
    await cleo.post("/language", {"locale": "zh_CN", "next": "/"})
    page = (await cleo.get(f"/lifecycle/{await event_of(acme, 'churn')}")).text
    assert "流失" in page
    assert "Churn" not in page
