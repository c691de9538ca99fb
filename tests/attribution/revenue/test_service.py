"""Adding revenue: once each, whatever the order of rows, refused with reasons, never changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from attribution.revenue import importing, queries, service
from attribution.revenue.rules import NewLine, RevenueKind
from portal.core import clock, formats
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed, NotFound
from portal.core.ids import new_id
from portal.core.money import Money
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, Cast

DAY = date(2026, 11, 18)


@dataclass(frozen=True)
class Erp:
    """A source system whose ids we know."""

    account: UUID
    product: UUID
    deal: UUID
    invoice: NewLine
    payment: NewLine
    refund: NewLine


@pytest_asyncio.fixture(loop_scope="session")
async def erp(cast: Cast) -> AsyncIterator[Erp]:
    account, product = await make.account("Sennerei Alpgold AG"), await make.product("Insight")
    deal = await make.deal(cast.pia)
    async with database.transaction(SYSTEM):
        sku = await database.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)
        for kind, source_id, target in (
            ("accounts", "A-1", account),
            ("companies", "P-1", cast.alpha),
            ("deals", "D-1", deal),
        ):
            await database.sql(
                "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, content_sha256, at)"
                " VALUES ($1, 'erp', $2, $3, '', $4)", kind, source_id, target, NOON,
            )  # fmt: skip
    invoice = NewLine(
        RevenueKind.INVOICE_LINE, "S-1", DAY, Money(4560_00, "EUR"), account="A-1", partner="P-1", deal="D-1",
        sku=sku, ordered_on=DAY, quantity=12, cost=Money(3000_00, "EUR"),
    )  # fmt: skip
    payment = NewLine(RevenueKind.PAYMENT, "S-1-P1", DAY, Money(2736_00, "EUR"), parent="S-1")
    refund = NewLine(RevenueKind.REFUND, "S-1-R1", DAY, Money(-736_00, "EUR"), parent="S-1-P1")
    yield Erp(account, product, deal, invoice, payment, refund)


async def add(cast: Cast, *lines: NewLine, system: str = "erp") -> list[service.Added]:
    return await service.add_lines(cast.faye, lines, source_system=system, now=NOON)


async def test_rows_may_stand_in_any_order(cast: Cast, erp: Erp) -> None:
    added = await add(cast, erp.refund, erp.payment, erp.invoice)
    assert [one.outcome for one in added] == [RowOutcome.IMPORTED] * 3
    assert added[2].id is not None
    line, others = await queries.get_line(cast.faye, added[2].id)
    assert (line.account_name, line.partner_id, line.deal_id) == ("Sennerei Alpgold AG", cast.alpha, erp.deal)
    assert (line.net, line.cost, line.quantity) == (Money(4560_00, "EUR"), Money(3000_00, "EUR"), 12)
    assert line.occurred_at == clock.start_of(DAY, formats.time_zone().key)
    assert [(one.kind, one.parent_id, one.account_id, one.ordered_on) for one in others] == [
        (RevenueKind.PAYMENT, line.id, erp.account, DAY),
        (RevenueKind.REFUND, line.id, erp.account, DAY),
    ]


async def test_the_same_again_changes_nothing(cast: Cast, erp: Erp) -> None:
    first = await add(cast, erp.invoice, erp.payment, erp.refund)
    again = await add(cast, erp.refund, erp.payment, erp.invoice)
    assert [one.outcome for one in again] == [RowOutcome.SAME] * 3
    assert {one.id for one in again} == {one.id for one in first}
    async with database.transaction(SYSTEM):
        assert await database.sql_value("SELECT count(*) FROM attribution_revenue") == 3


async def test_other_values_under_the_same_id_are_refused(cast: Cast, erp: Erp) -> None:
    await add(cast, erp.invoice)
    (one,) = await add(cast, replace(erp.invoice, net=Money(1, "EUR")))
    assert one.outcome == RowOutcome.REFUSED
    assert [problem.code for problem in one.problems] == ["changed"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "A-9"}, "unknown_account"),
        ({"partner": "P-9"}, "unknown_partner"),
        ({"deal": "D-9"}, "unknown_deal"),
        ({"sku": "none"}, "unknown_product"),
    ],
)
async def test_what_is_not_known_is_named(cast: Cast, erp: Erp, change: dict[str, Any], code: str) -> None:
    (one,) = await add(cast, replace(erp.invoice, **change))
    assert [(problem.code, problem.params["text"]) for problem in one.problems] == [(code, *change.values())]


async def test_what_belongs_to_a_refused_line_is_refused_too(cast: Cast, erp: Erp) -> None:
    invoice, payment, orphan = await add(
        cast, replace(erp.invoice, account="A-9"), erp.payment, replace(erp.payment, source_id="S-2-P1", parent="S-2")
    )
    assert [one.problems[0].code for one in (invoice, payment, orphan)] == [
        "unknown_account", "parent_refused", "unknown_parent",
    ]  # fmt: skip


async def test_an_id_stands_once_in_a_batch(cast: Cast, erp: Erp) -> None:
    _first, second = await add(cast, erp.invoice, erp.invoice)
    assert [problem.code for problem in second.problems] == ["repeated"]


async def test_ids_of_another_system_mean_nothing_here(cast: Cast, erp: Erp) -> None:
    (one,) = await add(cast, erp.invoice, system="crm")
    assert {problem.code for problem in one.problems} == {"unknown_account", "unknown_partner", "unknown_deal"}


@pytest.mark.parametrize("name", ["pia", "petra", "vera", "audra", "ada"])
async def test_only_finance_adds_revenue(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        await service.add_lines(getattr(cast, name), [], source_system="erp", now=NOON)


async def test_partners_never_read_revenue(cast: Cast, erp: Erp) -> None:
    (one,) = await add(cast, erp.invoice)
    assert one.id is not None
    with pytest.raises(NotAllowed):
        await queries.get_line(cast.pia, one.id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(cast.pia):
            await database.sql("SELECT id FROM attribution_revenue")
    with pytest.raises(NotFound):
        await queries.get_line(cast.faye, new_id())


async def test_parsed_rows_become_lines(cast: Cast, erp: Erp) -> None:
    values = {
        "kind": "invoice_line", "source_id": "S-1", "parent_source_id": None, "account_source_id": "A-1",
        "partner_source_id": "P-1", "deal_source_id": None, "product_sku": erp.invoice.sku, "ordered_on": DAY,
        "occurred_on": DAY, "quantity": 12, "net_amount": Money(4560_00, "EUR"), "cost_amount": None, "currency": "EUR",
    }  # fmt: skip
    rows = [
        Parsed(2, values, (), ()),
        Parsed(3, values | {"kind": "payment", "source_id": "P", "parent_source_id": "X"}, (), ()),
    ]
    outcomes = await importing.apply(cast.faye, rows, source_system="erp", now=NOON)
    assert [(number, outcome) for number, outcome, _errors in outcomes] == [
        (2, RowOutcome.IMPORTED),
        (3, RowOutcome.REFUSED),
    ]
    assert [error.to_json() for error in outcomes[1][2]] == [
        {"code": "unknown_parent", "column": "", "params": {"text": "X"}, "field": "parent_source_id"}
    ]
