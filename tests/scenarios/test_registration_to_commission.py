"""One deal from its registration to a commission in a closed month, and what comes after: to the cent, in two tongues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from attribution.commissions import queries as commissions
from partners.companies.rules import CompanyStatus
from partners.customers import queries as customers
from partners.deals import service as deals
from partners.deals.rules import NewCustomer
from partners.deals.service import Said
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.invariants import run_all
from portal.core.money import Money
from portal.core.permissions import Role, Side
from portal.imports import service as imports
from portal.ledger.queries import get_balance
from portal.ledger.service import close_period
from tests import make
from tests.attribution.commissions.world import PLAN, make_plan
from tests.make import Cast
from tests.partners.stand import names_of, registration, tiers
from tests.settle import settle

OCTOBER: Final = date(2026, 10, 1)
NOVEMBER: Final = date(2026, 11, 1)
ENGLISH: Final = ("Kind of line", "Id in the source system", "Belongs to invoice line", "Customer", "SKU")
CHINESE: Final = ("类型", "编号", "所属发票行", "客户编号", "SKU")
COLUMNS: Final = ("order date", "date", "net amount", "currency")
COLUMNS_CHINESE: Final = ("订单日期", "日期", "金额", "币种")


class Story:
    """The clock, which everything asks, and the truths that hold whenever somebody looks."""

    def __init__(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cast = cast
        self.now = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
        self.files = 0
        monkeypatch.setattr(clock, "now", lambda: self.now)

    async def later(self, **time: float) -> None:
        """Let everything that waits happen, see that nothing is wrong, and let time pass."""
        await settle()
        assert [(one.name, count) for one, count in await run_all(self.cast.audra) if count] == [], self.now
        self.now += timedelta(**time)

    async def until(self, day: date) -> None:
        """The same, up to nine o'clock of a day."""
        await self.later(seconds=0)
        self.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)

    async def bring(self, actor: Actor, kind: str, lines: Sequence[Sequence[object]]) -> None:
        """A file comes in through the importer, every row of it."""
        self.files += 1
        content = "\n".join(",".join(str(cell) for cell in line) for line in lines).encode()
        name = f"{kind}-{self.files}.csv"
        job = await imports.bring_file(actor, kind, name, content, source_system="erp", now=self.now)
        await imports.start(actor, job, now=self.now)
        await settle()
        async with db.transaction(SYSTEM):
            rows = await db.sql("SELECT outcome, problems FROM imports_row WHERE job = $1", job)
        done = [row["outcome"] for row in rows if row["outcome"] != "not_data"]
        assert done == ["imported"] * (len(lines) - 1), rows


@dataclass(frozen=True)
class Part:
    """Who plays in one tongue: the partner's seller and finance, the customer, and the money."""

    seller: Actor
    finance: Actor
    partner: UUID
    customer: str
    country: str
    account: str
    currency: str
    headings: Sequence[str]
    question: str
    answer: str


async def account_of(name: str) -> UUID:
    async with db.transaction(SYSTEM):
        found = await db.sql_value("SELECT id FROM partners_account WHERE legal_name = $1", name)
    assert isinstance(found, UUID)
    return found


async def sku_of(product: UUID) -> str:
    async with db.transaction(SYSTEM):
        return str(await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product))


async def register_and_approve(story: Story, part: Part, product: UUID) -> UUID:
    """Registration, a question, its answer, and the approval by a manager."""
    vera = story.cast.vera
    wanted = registration(product, customer=NewCustomer(part.customer, part.country), currency=part.currency)
    deal = await deals.register_deal(part.seller, wanted, now=story.now)
    await story.later(hours=3)
    await deals.move_deal(vera, deal, "take", now=story.now)
    await deals.move_deal(vera, deal, "ask", now=story.now, said=Said(note=part.question, asked=["contact"]))
    await story.later(days=1)
    with pytest.raises(Conflict):
        await deals.move_deal(vera, deal, "approve", now=story.now)
    await deals.move_deal(part.seller, deal, "answer", now=story.now, said=Said(note=part.answer))
    await story.later(hours=5)
    async with db.transaction(SYSTEM):
        card = await db.sql_value("SELECT card FROM partners_deal WHERE id = $1", deal)
    link = await customers.find_link(vera, card)
    assert link, "the system has said by itself which account it is"
    assert (link.account_id, link.linked_by) == (await account_of(part.customer), "")
    await deals.move_deal(vera, deal, "approve", now=story.now)
    await story.later(days=1)
    expected = ["deal.drafted", "deal.submitted", "deal.taken", "deal.asked", "deal.answered", "deal.approved"]
    assert await names_of(deal) == expected
    return deal


async def earned(part: Part) -> list[tuple[int, date]]:
    """What the partner's own finance sees, oldest first, with its month."""
    async with db.transaction(part.finance):
        rows = await db.sql("SELECT amount_minor, period FROM attribution_commission ORDER BY seq")
    return [(row["amount_minor"], row["period"]) for row in rows]


async def report_of(actor: Actor, period: date) -> list[dict[str, Any]]:
    return [row async for row in commissions.stream_report(actor, period)]


async def assert_report_is_ledger(story: Story, period: date, currency: str, minor: int) -> None:
    """The report's lines, its own total, and the ledger's say one number."""
    rows = [row for row in await report_of(story.cast.finn, period) if row["currency"] == currency]
    lines = [row["amount_minor"] for row in rows if "customer" in row]
    totals = [row["amount_minor"] for row in rows if "customer" not in row]
    (month,) = [
        one for one in await commissions.list_month_totals(story.cast.finn, period) if one.net.currency == currency
    ]
    assert (sum(lines), totals, month.ledger) == (minor, [minor], Money(minor, currency))


async def revenue(story: Story, part: Part, sku: str, *lines: tuple[object, ...]) -> None:
    """Lines of revenue from finance's system: kind, id, parent, day of order, day, amount."""
    written = [
        (kind, source, parent, part.account if kind == "invoice_line" else "", sku if kind == "invoice_line" else "",
         ordered, day, amount, part.currency)
        for kind, source, parent, ordered, day, amount in lines
    ]  # fmt: skip
    await story.bring(story.cast.faye, "revenue", [part.headings, *written])


async def stage(cast: Cast, monkeypatch: pytest.MonkeyPatch, accounts: Sequence[tuple[str, str, str]]) -> Story:
    """The programme's rules in force, and the vendor's customers brought from its own system."""
    story = Story(cast, monkeypatch)
    await tiers()
    await make_plan(PLAN, date(2026, 1, 1))
    await story.bring(cast.vera, "accounts", [("Account ID", "Company", "Country"), *accounts])
    return story


async def test_from_registration_to_a_closed_month(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """9 % of cash for a gold reseller: 1111.11 and 3448.89 of an invoice of 4560.00, and two refunds."""
    story = await stage(cast, monkeypatch, [("A-1", "Sennerei Alpgold AG", "DE"), ("A-2", "Weitere AG", "DE")])
    part = Part(
        cast.pia, cast.petra, cast.alpha, "Sennerei Alpgold AG", "DE", "A-1", "EUR", (*ENGLISH, *COLUMNS),
        "Who decides?", "Dr. Huber does.",
    )  # fmt: skip
    product = await make.product("Insight", price=456_00)
    sku = await sku_of(product)
    deal = await register_and_approve(story, part, product)

    await story.until(date(2026, 10, 15))
    ordered, none = date(2026, 10, 15), ""
    await revenue(story, part, sku, ("invoice_line", "I-1", none, ordered, ordered, "4560.00"))
    assert await earned(part) == [], "an invoice is no cash"

    await story.until(date(2026, 10, 20))
    await revenue(story, part, sku, ("payment", "P-1", "I-1", none, "2026-10-20", "1111.11"))
    assert await earned(part) == [(100_00, OCTOBER)]
    await story.until(date(2026, 10, 28))
    await revenue(story, part, sku, ("payment", "P-2", "I-1", none, "2026-10-27", "3448.89"))
    await deals.set_stage(cast.pia, deal, "win", now=story.now)
    assert await earned(part) == [(100_00, OCTOBER), (310_40, OCTOBER)]
    await story.until(date(2026, 10, 30))
    await revenue(story, part, sku, ("refund", "F-1", "I-1", none, "2026-10-29", "-500.00"))
    october = [(100_00, OCTOBER), (310_40, OCTOBER), (-45_00, OCTOBER)]
    assert await earned(part) == october
    await assert_report_is_ledger(story, OCTOBER, "EUR", 365_40)

    with pytest.raises(Conflict):
        await close_period(cast.faye, OCTOBER, now=story.now)
    await story.until(date(2026, 11, 2))
    await close_period(cast.faye, OCTOBER, now=story.now)
    closed = await report_of(cast.finn, OCTOBER)

    await story.until(date(2026, 11, 4))
    await revenue(story, part, sku, ("refund", "F-2", "I-1", none, "2026-10-31", "-333.33"))
    assert await earned(part) == [*october, (-30_00, NOVEMBER)], "what comes late lands in the open month"
    assert await report_of(cast.finn, OCTOBER) == closed, "a closed month never changes"
    await assert_report_is_ledger(story, NOVEMBER, "EUR", -30_00)
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(335_40, "EUR")
    await story.later(days=1)
    await revenue(story, part, sku, ("refund", "F-3", "I-1", none, "2026-11-04", "-3726.67"))
    assert await get_balance(cast.petra, cast.alpha, "EUR") == Money(0, "EUR"), "all paid back, all taken back"
    await story.later(days=1)


async def test_the_same_in_chinese(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """7.5 % of CNY 8888.88, paid in halves: 333.33 and 333.34, because the whole is 666.67."""
    customer = "杭州西湖餐饮管理有限公司"
    story = await stage(cast, monkeypatch, [("A-1", customer, "CN")])
    cloud = await make.company(
        "Shanghai Yunqi Information Technology Co., Ltd.", local_name="上海云启信息技术有限公司", country="CN",
        currency="CNY", languages=["zh-Hans"], status=CompanyStatus.ACTIVE.value,
    )  # fmt: skip
    lin = await make.person("林小雨", Side.PARTNER, [Role.PARTNER_SALES], cloud)
    fang = await make.person("方敏", Side.PARTNER, [Role.PARTNER_FINANCE], cloud)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_person SET locale = 'zh_CN' WHERE id = $1", lin.person_id)
    part = Part(
        lin, fang, cloud, customer, "CN", "A-1", "CNY", (*CHINESE, *COLUMNS_CHINESE), "由谁决定采购？", "由陈总决定。",
    )  # fmt: skip
    product = await make.product("云洞察", price=888_888, currency="CNY")
    sku = await sku_of(product)
    await register_and_approve(story, part, product)
    async with db.transaction(SYSTEM):
        mails = await db.sql("SELECT subject, text FROM mail_message WHERE to_address = $1", lin.email)
    assert any(customer in mail["subject"] + mail["text"] for mail in mails)
    assert all(
        any("\u4e00" <= letter <= "\u9fff" for letter in mail["subject"].replace(customer, "")) for mail in mails
    )

    await story.until(date(2026, 10, 15))
    day = date(2026, 10, 15)
    await revenue(story, part, sku, ("invoice_line", "发票-1", "", day, day, "8888.88"))
    await revenue(story, part, sku, ("payment", "付款-1", "发票-1", "", "2026-10-16", "4444.44"))
    await revenue(story, part, sku, ("payment", "付款-2", "发票-1", "", "2026-10-17", "4444.44"))
    assert await earned(part) == [(333_33, OCTOBER), (333_34, OCTOBER)]
    await story.until(date(2026, 11, 2))
    await close_period(cast.faye, OCTOBER, now=story.now)
    await assert_report_is_ledger(story, OCTOBER, "CNY", 666_67)
    assert await get_balance(fang, cloud, "CNY") == Money(666_67, "CNY")
    assert await earned(replace(part, finance=cast.petra)) == [], "a rival sees nothing of it"
    await story.later(days=1)
