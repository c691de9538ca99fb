"""Opportunities as an import: owners by address or name, stages and closing days; and their pages."""

from datetime import date
from typing import Any

import asyncpg
import pytest
from litestar import Litestar

from partners.customers import importing as accounts
from partners.opportunities.importing import IMPORTER, KIND, apply
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import parsed, statements
from tests.web import Browser

ACME = {"source_id": "A-1", "legal_name": "Acme GmbH", "country": "DE"}
LINE = {
    "source_id": "O-1", "account": "A-1", "name": "New line", "amount": "EUR 1,250.50", "opened_at": "2026-10-01",
    "stage": "Proposal/Price Quote", "expected_close_on": "2026-12-24",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def acme(cast: Cast) -> None:
    await accounts.apply(cast.vera, parsed(accounts.KIND, [ACME]), source_system="crm", now=NOON)


async def take(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await apply(cast.vera, parsed(KIND, list(rows)), source_system="crm", now=NOON)
    return [(outcome, [IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM partners_opportunity ORDER BY name")


async def test_opportunities_come_in_once_and_change_with_their_source(cast: Cast) -> None:
    assert await take(cast, LINE) == [(RowOutcome.IMPORTED, [])]
    assert await take(cast, LINE) == [(RowOutcome.SAME, [])]
    assert await take(cast, LINE | {"stage": "Closed Won", "owner": "Sam Vendor"}) == [(RowOutcome.CHANGED, [])]
    [one] = await stored()
    assert (one["stage"], one["owner"], one["amount_minor"]) == ("won", cast.sam.membership_id, 125050)
    assert one["closed_at"] == clock.start_of(date(2026, 12, 24), formats.time_zone().key)


async def test_the_owner_is_told_by_address_or_name_or_is_who_imports(cast: Cast) -> None:
    rows = [
        LINE | {"name": "a", "source_id": "1", "owner": cast.sam.email.upper()},
        LINE | {"name": "b", "source_id": "2", "owner": "cleo vendor"},
        LINE | {"name": "c", "source_id": "3"},
        LINE | {"name": "d", "source_id": "4", "owner": cast.pia.email},
    ]
    told = await take(cast, *rows)
    assert told[-1] == (
        RowOutcome.REFUSED, [f"Nobody of the vendor is called or has the address “{cast.pia.email}”."]
    )  # fmt: skip
    assert [one["owner"] for one in await stored()] == [
        cast.sam.membership_id, cast.cleo.membership_id, cast.vera.membership_id,
    ]  # fmt: skip
    [(_number, outcome, problems)] = await apply(SYSTEM, parsed(KIND, [LINE]), source_system="crm", now=NOON)
    assert (outcome, [one.code for one in problems]) == (RowOutcome.REFUSED, ["needs_owner"])


async def test_all_that_is_wrong_with_a_row_is_said(cast: Cast) -> None:
    wrong = LINE | {"account": "Nobody", "product_sku": "X", "amount": "EUR -1", "stage": "lost"}
    del wrong["expected_close_on"]
    [(_outcome, said)] = await take(cast, wrong)
    assert said == [
        "There is no product with the article number “X”.",
        "The value is negative. An opportunity is worth nothing or more.",
        "A sale that is won or lost needs the day on which it closed.",
        "There is no account “Nobody”. Import the accounts of this system first.",
    ]


async def test_a_value_may_be_unknown_but_not_its_currency(cast: Cast) -> None:
    blank = {name: cell for name, cell in LINE.items() if name != "amount"}
    [first, second] = await take(cast, blank, blank | {"source_id": "O-2", "currency": "JPY"})
    assert first[1] == ["There is neither a value nor a currency. Give one currency for all rows."]
    assert second == (RowOutcome.IMPORTED, [])
    [one] = await stored()
    assert (one["amount_minor"], one["currency"]) == (0, "JPY")


async def test_the_database_holds_what_is_promised(cast: Cast) -> None:
    account = await make.account()
    with pytest.raises(asyncpg.CheckViolationError):
        await make.opportunity(account, cast.sam, stage="won")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT * FROM partners_opportunity")


async def test_five_hundred_are_as_many_statements_as_one(cast: Cast) -> None:
    prepared = parsed(KIND, [LINE | {"source_id": f"O-{number}"} for number in range(500)])
    with statements() as seen:
        await apply(cast.vera, prepared, source_system="crm", now=NOON)
    assert len(seen) <= 8


@pytest.mark.parametrize("who", ["pia", "sam", "faye", "audra"])
async def test_only_who_imports_accounts_imports(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.everybody()[who], parsed(KIND, [LINE]), source_system="crm", now=NOON)


async def test_the_list_the_page_and_the_api(app: Litestar, cast: Cast) -> None:
    await take(cast, LINE, LINE | {"source_id": "O-2", "name": "Old line", "stage": "Lost"})
    [new, _old] = await stored()
    sam = await Browser.of(app, cast.sam)
    page = await sam.get("/partners/opportunities")
    assert "New line" in page.text
    assert "Old line" in page.text
    assert "Old line" not in (await sam.get("/partners/opportunities?tab=open")).text
    assert "Vera Vendor" in (await sam.get(f"/partners/opportunities/{new['id']}")).text
    one = (await sam.json(f"/api/v1/partners/opportunities/{new['id']}")).json()
    assert (one["amount_minor"], one["currency"], one["stage"]) == (125050, "EUR", "proposal")
    items = (await sam.json("/api/v1/partners/opportunities?tab=ended")).json()["items"]
    assert [item["name"] for item in items] == ["Old line"]
    pia = await Browser.of(app, cast.pia)
    assert (await pia.get("/partners/opportunities")).status_code == 403
