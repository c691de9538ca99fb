"""Touchpoints and costs as imports: once each, resolved to the source tree, refused in words; and their pages."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from attribution.touchpoints import costing
from attribution.touchpoints.importing import IMPORTER, KIND, apply
from attribution.touchpoints.invariants import INVARIANTS
from partners.contacts import importing as contacts
from partners.customers import importing as accounts
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.stand import parsed, statements
from tests.web import Browser

ACME = {"source_id": "A-1", "legal_name": "Acme GmbH", "country": "DE"}
ANKE = {"source_id": "K-1", "account": "A-1", "name": "Anke Petersen", "email": "anke@acme.example", "persona": "IT"}
TOUCH = {"source_id": "T-1", "occurred_at": "2026-03-04T10:30:00Z", "kind": "Demo", "account": "A-1"}
COST = {
    "source_id": "C-1", "platform": "LinkedIn", "starts_on": "2026-03-01", "ends_on": "2026-03-31", "amount": "EUR 900",
}  # fmt: skip


@pytest.fixture
async def known(cast: Cast) -> UUID:
    """A customer, a contact there and a partner, as the file's system knows them; the contact's id."""
    await accounts.apply(cast.vera, parsed(accounts.KIND, [ACME]), source_system="crm", now=NOON)
    await contacts.apply(cast.vera, parsed(contacts.KIND, [ANKE]), source_system="crm", now=NOON)
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, at)"
            " VALUES ('companies', 'crm', '77', $1, $2)",
            cast.alpha, NOON,
        )  # fmt: skip
        found: UUID = await db.sql_value("SELECT id FROM partners_contact WHERE name = 'Anke Petersen'")
    return found


async def take(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await apply(cast.vera, parsed(KIND, list(rows)), source_system="crm", now=NOON)
    return [(outcome, [IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def take_costs(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await costing.apply(cast.faye, parsed(costing.KIND, list(rows)), source_system="erp", now=NOON)
    return [(outcome, [costing.IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql(
            "SELECT t.*, n.key, n.level, n.name, n.path, n.path_zh FROM attribution_touchpoint t"
            " JOIN attribution_source_node n ON n.id = t.node ORDER BY t.source_id"
        )


async def broken() -> list[str]:
    async with db.transaction(SYSTEM):
        return [one.name for one in INVARIANTS if await db.sql(one.sql)]


async def test_touches_come_in_once_and_never_change(cast: Cast, known: UUID) -> None:
    full = TOUCH | {
        "contact": "anke@acme.example", "partner_source_id": "77", "motion": "influence", "platform": "LinkedIn",
        "campaign": "Spring", "content": "Video 2", "keyword": "bikes", "asset": "White paper", "cost": "EUR 12.50",
    }  # fmt: skip
    assert await take(cast, full) == [(RowOutcome.IMPORTED, [])]
    assert await take(cast, full) == [(RowOutcome.SAME, [])]
    [(outcome, said)] = await take(cast, full | {"kind": "Call"})
    assert outcome is RowOutcome.REFUSED
    assert said == ["This was imported before with other values. Touchpoints never change: bring it with a new id."]
    [one] = await stored()
    assert (one["contact"], one["partner"], one["motion"], one["kind"]) == (known, cast.alpha, "influence", "demo")
    assert (one["cost_minor"], one["currency"], one["precision"]) == (1250, "EUR", "second")
    assert one["path"] == "Marketing / Social media / LinkedIn / Spring / Video 2 / bikes"
    assert one["path_zh"] == "市场 / 社交媒体 / 领英 / Spring / Video 2 / bikes"
    assert await broken() == []


@pytest.mark.usefixtures("known")
async def test_a_campaign_is_one_node_however_it_is_written(cast: Cast) -> None:
    rows = [TOUCH | {"source_id": f"T-{n}", "channel": "Search", "campaign": name}
            for n, name in enumerate(("Spring", "SPRING", "ｓｐｒｉｎｇ"))]  # fmt: skip
    await take(cast, *rows[:2])
    await take(cast, rows[2])
    assert len({row["node"] for row in await stored()}) == 1
    assert (await stored())[0]["name"] in {"Spring", "SPRING"}


@pytest.mark.usefixtures("known")
async def test_unknown_words_wait_below_one_node_and_stay_there_when_they_are_mapped(cast: Cast) -> None:
    odd = TOUCH | {"channel": "Brieftaube", "campaign": "Frühling"}
    await take(cast, odd, TOUCH | {"source_id": "T-0", "kind": "Other"})
    nothing, one = await stored()
    assert (one["level"], one["name"], one["path"]) == (
        "words", "Brieftaube / Frühling", "Not mapped yet / Brieftaube / Frühling",
    )  # fmt: skip
    assert (nothing["level"], nothing["path"]) == ("unmapped", "Not mapped yet")
    email = await make.source_node("marketing/email")
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE attribution_source_node SET maps_to = $1 WHERE id = $2", email, one["node"])
    await take(cast, odd | {"source_id": "T-2"})
    assert [row["node"] for row in (await stored())[1:]] == [one["node"]] * 2
    assert await broken() == []


@pytest.mark.usefixtures("known")
async def test_the_contact_says_the_customer_and_a_visitor_needs_none(cast: Cast) -> None:
    rows = (
        TOUCH | {"source_id": "T-2", "account": "", "contact": "K-1"},
        TOUCH | {"source_id": "T-3", "account": "", "visitor": "v-77", "occurred_at": "2026-03-04"},
    )
    assert [outcome for outcome, _said in await take(cast, *rows)] == [RowOutcome.IMPORTED] * 2
    by_contact, by_visitor = await stored()
    assert by_contact["account"] is not None
    assert (by_visitor["account"], by_visitor["visitor"], by_visitor["precision"]) == (None, "v-77", "day")


@pytest.mark.usefixtures("known")
async def test_all_that_is_wrong_with_a_row_is_said(cast: Cast) -> None:
    other = {"source_id": "A-2", "legal_name": "Other AG", "country": "DE"}
    await accounts.apply(cast.vera, parsed(accounts.KIND, [other]), source_system="crm", now=NOON)
    wrong = {"account": "?x", "contact": "nobody@x.example", "partner_source_id": "9", "cost": "EUR -1"}
    said = await take(cast, TOUCH | wrong, TOUCH, TOUCH | {"source_id": "T-2", "account": ""},
                      TOUCH | {"source_id": "T-3", "motion": "sell"},
                      TOUCH | {"source_id": "T-4", "account": "A-2", "contact": "K-1"})  # fmt: skip
    assert [outcome for outcome, _said in said] == [RowOutcome.REFUSED] * 5
    assert [sentences for _outcome, sentences in said] == [
        [
            "There is no account “?x”. Import the accounts of this system first.",
            "There is no contact “nobody@x.example”. Import the contacts first, or leave this column out.",
            "There is no partner “9”. Import the companies of this system first.",
            "A cost is nothing or more.",
        ],
        ["Another row of this file has the same id."],
        ["A touchpoint names its customer, its contact or a visitor."],
        ["What a partner does needs the partner who does it."],
        ["This contact belongs to another customer."],
    ]
    assert await stored() == []


@pytest.mark.usefixtures("known")
async def test_chinese_files_are_understood(cast: Cast) -> None:
    await take(cast, TOUCH | {"kind": "产品演示", "channel": "微信公众号"},
               TOUCH | {"source_id": "T-2", "kind": "拜访", "origin": "直销", "channel": "陌拜"})  # fmt: skip
    assert [(row["kind"], row["key"]) for row in await stored()] == [
        ("demo", "marketing/social/wechat"), ("visit", "sales/cold_call"),
    ]  # fmt: skip


@pytest.mark.usefixtures("known")
async def test_a_thousand_are_as_many_statements_as_one(cast: Cast) -> None:
    more = {"contact": "K-1", "partner_source_id": "77", "platform": "Google", "campaign": "Spring"}
    prepared = parsed(KIND, [TOUCH | more | {"source_id": f"T-{number}"} for number in range(1000)])
    with statements() as seen:
        await apply(cast.vera, prepared, source_system="crm", now=NOON)
    assert len(seen) <= 13


async def test_the_database_holds_what_is_promised(cast: Cast) -> None:
    account = await make.account()
    touch = await make.touchpoint(account)
    for statement in ("UPDATE attribution_touchpoint SET kind = 'call' WHERE id = $1",
                      "DELETE FROM attribution_touchpoint WHERE id = $1"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(SYSTEM):
                await db.sql(statement, touch)
    with pytest.raises(asyncpg.CheckViolationError):
        await make.touchpoint(None)
    with pytest.raises(asyncpg.CheckViolationError):
        await make.touchpoint(account, motion="sell")
    with pytest.raises(asyncpg.CheckViolationError):
        await make.cost(before=TODAY)
    for table in ("attribution_touchpoint", "attribution_cost", "attribution_source_node"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.pia):
                await db.sql(f"SELECT * FROM {table}")


@pytest.mark.parametrize("who", ["pia", "cleo", "audra", "faye"])
@pytest.mark.usefixtures("known")
async def test_only_who_may_imports(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.everybody()[who], parsed(KIND, [TOUCH]), source_system="crm", now=NOON)


async def test_costs_come_in_once_and_change_with_their_source(cast: Cast) -> None:
    assert await take_costs(cast, COST) == [(RowOutcome.IMPORTED, [])]
    assert await take_costs(cast, COST) == [(RowOutcome.SAME, [])]
    assert await take_costs(cast, COST | {"amount": "EUR 950", "kind": "budget"}) == [(RowOutcome.CHANGED, [])]
    async with db.transaction(SYSTEM):
        [one] = await db.sql(
            "SELECT k.*, n.key FROM attribution_cost k JOIN attribution_source_node n ON n.id = k.node"
        )
    assert (one["amount_minor"], one["kind"], one["key"]) == (95_000, "planned", "marketing/social/linkedin")
    assert (one["starts_on"].isoformat(), one["before"].isoformat()) == ("2026-03-01", "2026-04-01")
    wrong = {"source_id": "C-2", "platform": "", "ends_on": "2026-02-01", "amount": "EUR -1"}
    assert await take_costs(cast, COST | wrong) == [
        (
            RowOutcome.REFUSED,
            [
                "A cost names what it was for: at least an origin, a channel or a platform.",
                "The last day is before the first day.",
                "A cost is nothing or more.",
            ],
        )
    ]


@pytest.mark.usefixtures("known")
async def test_the_list_the_page_and_the_api_of_touches(app: Litestar, cast: Cast) -> None:
    await take(cast, TOUCH | {"partner_source_id": "77", "contact": "K-1"},
               TOUCH | {"source_id": "T-2", "channel": "Brieftaube", "occurred_at": "2026-03-05T10:30:00Z"})  # fmt: skip
    mine, odd = await stored()
    vera = await Browser.of(app, cast.vera)
    page = (await vera.get("/touchpoints")).text
    assert page.index("Brieftaube") < page.index("Anke Petersen")
    assert "Brieftaube" not in (await vera.get("/touchpoints?tab=partners")).text
    assert "Anke Petersen" not in (await vera.get("/touchpoints?tab=unmapped")).text
    assert "Brieftaube" in (await vera.get(f"/touchpoints?source={odd['node']}")).text
    shown = (await vera.get(f"/touchpoints/{mine['id']}")).text
    assert "Anke Petersen" in shown
    assert "Demonstration" in shown
    items = (await vera.json("/api/v1/touchpoints")).json()["items"]
    assert [item["number"] for item in items] == ["T-2", "T-1"]
    one = (await vera.json(f"/api/v1/touchpoints/{odd['id']}")).json()
    assert (one["source"], one["is_mapped"], one["cost_minor"]) == ("Not mapped yet / Brieftaube", False, None)
    sources = (await vera.json("/api/v1/touchpoints/sources")).json()["items"]
    assert sources[-1]["key"] == "unmapped"
    assert "微信公众号" in {node["name_zh"] for node in sources}
    for actor in (cast.pia, cast.ada):
        assert (await (await Browser.of(app, actor)).get("/touchpoints")).status_code == 403


async def test_the_list_the_page_and_the_api_of_costs(app: Litestar, cast: Cast) -> None:
    await take_costs(cast, COST, COST | {"source_id": "C-2", "amount": "EUR 12", "kind": "budget"})
    faye = await Browser.of(app, cast.faye)
    assert "C-2" not in (await faye.get("/costs?tab=actual")).text
    items = (await faye.json("/api/v1/costs?sort=amount")).json()["items"]
    assert [item["number"] for item in items] == ["C-2", "C-1"]
    cost = (await faye.json(f"/api/v1/costs/{items[1]['id']}")).json()
    assert (cost["amount_minor"], cost["currency"], cost["before"]) == (90_000, "EUR", "2026-04-01")
    page = (await faye.get(f"/costs/{items[1]['id']}")).text
    assert "Marketing / Social media / LinkedIn" in page
    for actor in (cast.pia, cast.sam):
        assert (await (await Browser.of(app, actor)).get("/costs")).status_code == 403
