"""Terms as an import: contracts with their days, values and partners of record; and their pages."""

from typing import Any

import asyncpg
import pytest
from litestar import Litestar

from attribution.terms.importing import IMPORTER, KIND, apply
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
TERM = {
    "source_id": "C-1", "account": "A-1", "quantity": "25", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
    "value": "EUR 12000",
}  # fmt: skip


@pytest.fixture
async def term(cast: Cast) -> dict[str, str]:
    """A right row, on a product that there is."""
    await accounts.apply(cast.vera, parsed(accounts.KIND, [ACME]), source_system="erp", now=NOON)
    product = await make.product("Suite")
    async with db.transaction(SYSTEM):
        return TERM | {"product_sku": await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)}


async def take(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[str]]]:
    done = await apply(cast.faye, parsed(KIND, list(rows)), source_system="erp", now=NOON)
    return [(outcome, [IMPORTER.explain(one) for one in problems]) for _number, outcome, problems in done]


async def stored() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM attribution_term ORDER BY number")


async def test_terms_come_in_once_and_change_with_their_source(cast: Cast, term: dict[str, str]) -> None:
    assert await take(cast, term) == [(RowOutcome.IMPORTED, [])]
    assert await take(cast, term) == [(RowOutcome.SAME, [])]
    assert await take(cast, term | {"ends_on": "2027-12-31"}) == [(RowOutcome.CHANGED, [])]
    [one] = await stored()
    assert (one["number"], one["quantity"], one["ends_on"].isoformat(), one["value_minor"], one["partner"]) == (
        "C-1", 25, "2027-12-31", 1_200_000, None,
    )  # fmt: skip


async def test_the_partner_of_record_is_told_by_its_id_there(cast: Cast, term: dict[str, str]) -> None:
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO imports_source_receipt (kind, source_system, source_id, target_id, at)"
            " VALUES ('companies', 'erp', '77', $1, $2)",
            cast.alpha, NOON,
        )  # fmt: skip
    assert await take(cast, term | {"partner_source_id": "77"}) == [(RowOutcome.IMPORTED, [])]
    assert (await stored())[0]["partner"] == cast.alpha


async def test_all_that_is_wrong_with_a_row_is_said(cast: Cast, term: dict[str, str]) -> None:
    wrong = {"account": "?x", "product_sku": "X", "partner_source_id": "9", "quantity": "0", "value": "EUR -1"}
    [(_outcome, said)] = await take(cast, term | wrong | {"ends_on": "2025-12-31"})
    assert said == [
        "There is no product with the article number “X”.",
        "There is no partner “9”. Import the companies of this system first.",
        "The last day is before the first day.",
        "The quantity has to be one or more.",
        "The value is negative. A contract is worth nothing or more.",
        "There is no account “?x”. Import the accounts of this system first.",
    ]


async def test_the_database_holds_what_is_promised(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    with pytest.raises(asyncpg.CheckViolationError):
        await make.term(account, product, ends_on=TODAY.replace(year=2020))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT * FROM attribution_term")


async def test_five_hundred_are_as_many_statements_as_one(cast: Cast, term: dict[str, str]) -> None:
    prepared = parsed(KIND, [term | {"source_id": f"C-{number}"} for number in range(500)])
    with statements() as seen:
        await apply(cast.faye, prepared, source_system="erp", now=NOON)
    assert len(seen) <= 8


@pytest.mark.parametrize("who", ["pia", "vera", "cleo", "audra"])
async def test_only_who_imports_revenue_imports(cast: Cast, who: str, term: dict[str, str]) -> None:
    with pytest.raises(NotAllowed):
        await apply(cast.everybody()[who], parsed(KIND, [term]), source_system="erp", now=NOON)


async def test_the_list_the_page_and_the_api(app: Litestar, cast: Cast, term: dict[str, str]) -> None:
    old = {"source_id": "C-0", "starts_on": "2020-01-01", "ends_on": "2020-12-31"}
    await take(cast, term | {"ends_on": "2099-12-31"}, term | old)
    [_old, new] = await stored()
    faye = await Browser.of(app, cast.faye)
    page = await faye.get("/terms")
    assert page.text.index("C-0") < page.text.index("C-1")
    assert "C-1" not in (await faye.get("/terms?tab=ended")).text
    assert "C-0" not in (await faye.get("/terms?tab=running")).text
    assert "Acme GmbH" in (await faye.get(f"/terms/{new['id']}")).text
    one = (await faye.json(f"/api/v1/terms/{new['id']}")).json()
    assert (one["value_minor"], one["currency"], one["partner_id"]) == (1_200_000, "EUR", None)
    items = (await faye.json("/api/v1/terms")).json()["items"]
    assert [item["number"] for item in items] == ["C-0", "C-1"]
    for actor in (cast.pia, cast.sam):
        assert (await (await Browser.of(app, actor)).get("/terms")).status_code == 403
