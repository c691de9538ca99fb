"""Deals as an import: everything that comes with a deal, what is refused and why, once and in bulk."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from partners.customers import importing as accounts
from partners.deals import queries, vendor
from partners.deals.historic import PROBLEMS
from partners.deals.importing import KIND, apply
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from portal.demo.generate import make_demo
from portal.imports.cells import CellError
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import parsed, received, statements

DEAL = {
    "source_id": "D-1", "partner_source_id": "P-1", "account_source_id": "A-1", "customer_name": "Acme",
    "contact_name": "Anke Petersen", "contact_email": "anke@acme.example", "contact_phone": "1", "contact_title": "COO",
    "role": "sell", "product_sku": "SKU", "quantity": "10", "unit_price": "99.50", "currency": "EUR",
    "state": "approved", "stage": "won", "created_at": "2026-09-01T08:00:00Z", "submitted_at": "2026-09-01T09:00:00Z",
    "taken_at": "2026-09-02T09:00:00Z", "decided_at": "2026-09-03T09:00:00Z",
    "protected_until": "2026-12-03T23:00:00Z", "expected_close_on": "2026-10-01", "closed_at": "2026-10-02T09:00:00Z",
    "source": "tender", "competitor": "Frostlog", "reference": "OP-7", "notes": "Bring samples",
}  # fmt: skip


@pytest.fixture
async def ready(cast: Cast) -> Cast:
    """Alpha is P-1, Omega P-2; there are the account A-1 and the product SKU."""
    await received("companies", "P-1", cast.alpha)
    await received("companies", "P-2", cast.omega)
    await received("accounts", "A-1", await make.account("Acme AG"))
    product = await make.product()
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_product SET sku = 'SKU' WHERE id = $1", product)
    return cast


async def run(cast: Cast, *rows: dict[str, str]) -> list[tuple[RowOutcome, list[CellError]]]:
    done = await apply(cast.vera, parsed(KIND, rows), source_system="crm", now=NOON)
    return [(outcome, problems) for _number, outcome, problems in done]


async def codes(cast: Cast, **more: str) -> list[str]:
    ((_outcome, problems),) = await run(cast, DEAL | more)
    for problem in problems:
        assert PROBLEMS[problem.code] % dict(problem.params)
    return [problem.code for problem in problems]


async def rows_of(table: str) -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql(f"SELECT * FROM {table}")


async def only_deal() -> UUID:
    (deal,) = await rows_of("partners_deal")
    assert isinstance(deal["id"], UUID)
    return deal["id"]


async def test_a_deal_comes_with_all_that_belongs_to_it(ready: Cast) -> None:
    assert await codes(ready, registered_by_email=ready.pia.email) == []
    record = await queries.get_record(ready.pia, await only_deal())
    assert (record.number, record.customer_name, record.owner_name) == ("AS-2026-001", "Acme", "Pia Alpha")
    assert (record.state, record.stage, record.amount.minor) == ("approved", "won", 995_00)
    assert (record.source, record.competitor, record.reference) == ("tender", "Frostlog", "OP-7")
    assert [(one.name, one.job_title, one.consent) for one in record.people] == [("Anke Petersen", "COO", "")]
    assert [line.quantity for line in record.lines] == [10]
    assert record.expected_close_on == date(2026, 10, 1)
    (held,) = await rows_of("partners_deal_protection")
    assert (held["protected_from"], held["protected_until"]) == (record.decided_at, record.protected_until)
    side = await vendor.get_vendor_side(ready.vera, await queries.get_record(ready.vera, record.id))
    assert (side.account_name, side.link_reason) == ("Acme AG", "import")


async def test_the_same_again_does_nothing_and_other_values_are_refused(ready: Cast) -> None:
    assert await run(ready, DEAL) == [(RowOutcome.IMPORTED, [])]
    assert await run(ready, DEAL) == [(RowOutcome.SAME, [])]
    assert await codes(ready, quantity="11") == ["changed"]
    assert len(await rows_of("partners_deal")) == 1


async def test_one_card_per_partner_and_account(ready: Cast) -> None:
    await run(
        ready, DEAL,
        DEAL | {"source_id": "D-2", "customer_name": "ACME Ltd", "role": "influence"},
        DEAL | {"source_id": "D-3", "role": "build", "partner_source_id": "P-2"},
    )  # fmt: skip
    await run(ready, DEAL | {"source_id": "D-4", "role": "service"})
    cards = await rows_of("partners_customer_card")
    assert sorted(card["partner_id"] for card in cards) == sorted([ready.alpha, ready.omega])
    assert len(await rows_of("partners_card_contact")) == 2
    assert len(await rows_of("partners_card_link")) == 2
    numbers = [deal["number"] for deal in await rows_of("partners_deal") if deal["partner_id"] == ready.alpha]
    assert sorted(numbers) == ["AS-2026-001", "AS-2026-002", "AS-2026-003"]


async def test_a_card_that_the_partner_typed_is_found_again_and_linked(ready: Cast) -> None:
    card = await make.card(ready.pia, "ACME")
    assert await codes(ready) == []
    assert [one["card"] for one in await rows_of("partners_card_link")] == [card]


async def test_without_an_account_the_name_finds_the_card(ready: Cast) -> None:
    open_ = {
        "account_source_id": "", "state": "submitted", "stage": "prospect", "taken_at": "", "decided_at": "",
        "protected_until": "", "closed_at": "",
    }  # fmt: skip
    await run(ready, DEAL | open_, DEAL | open_ | {"source_id": "D-2"})
    assert len(await rows_of("partners_customer_card")) == 1
    assert await rows_of("partners_card_link") == []


async def test_an_overlapping_protection_is_refused_by_name(ready: Cast) -> None:
    await run(ready, DEAL)
    rival = DEAL | {"source_id": "D-2", "partner_source_id": "P-2"}
    ((outcome, problems),) = await run(ready, rival)
    assert outcome == RowOutcome.REFUSED
    assert [problem.code for problem in problems] == ["protected"]
    assert problems[0].params["partner"] == "Alpha Systemhaus GmbH"
    assert problems[0].params["number"] == "AS-2026-001"
    assert len(await rows_of("partners_customer_card")) == 1
    both = [DEAL | {"source_id": "D-3", "role": "influence", "partner_source_id": "P-2"}, rival | {"source_id": "D-4"}]
    assert [outcome for outcome, _problems in await run(ready, *both)] == [RowOutcome.IMPORTED, RowOutcome.REFUSED]


async def test_two_of_one_file_do_not_overlap_either(ready: Cast) -> None:
    rows = [DEAL, DEAL | {"source_id": "D-2", "partner_source_id": "P-2"}]
    assert [outcome for outcome, _problems in await run(ready, *rows)] == [RowOutcome.IMPORTED, RowOutcome.REFUSED]


async def test_protections_that_touch_do_not_overlap(ready: Cast) -> None:
    after = {
        "source_id": "D-2", "partner_source_id": "P-2", "created_at": "2026-07-01T00:00:00Z",
        "submitted_at": "2026-07-01T00:00:00Z", "taken_at": "", "decided_at": "2026-07-02T00:00:00Z",
        "protected_until": DEAL["decided_at"], "state": "expired", "stage": "prospect", "closed_at": "",
    }  # fmt: skip
    assert [outcome for outcome, _problems in await run(ready, DEAL, DEAL | after)] == [RowOutcome.IMPORTED] * 2


async def test_an_approval_whose_time_is_over_has_expired(ready: Cast) -> None:
    assert await codes(ready, stage="proposal", closed_at="", protected_until="2026-10-01T00:00:00Z") == []
    assert (await queries.get_record(ready.vera, await only_deal())).state == "expired"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"partner_source_id": "P-9"}, "unknown_partner"), ({"account_source_id": "A-9"}, "unknown_account"),
        ({"product_sku": "X"}, "unknown_product"), ({"registered_by_email": "who@x.example"}, "unknown_person"),
        ({"quantity": "0"}, "bad_quantity"), ({"unit_price": "-1"}, "bad_price"), ({"submitted_at": ""}, "needs_submitted"),
        ({"decided_at": ""}, "needs_decided"), ({"protected_until": ""}, "needs_protection"),
        ({"account_source_id": ""}, "needs_account"), ({"closed_at": ""}, "needs_closed"),
        ({"stage": "proposal"}, "not_closed"), ({"stage": "lost"}, "needs_reason"),
        ({"state": "rejected", "stage": "prospect", "closed_at": ""}, "needs_code"),
        ({"state": "expired"}, "won_unapproved"), ({"taken_at": "2026-08-01T00:00:00Z"}, "time_order"),
        ({"closed_at": "2027-01-01T00:00:00Z"}, "in_future"),
    ],
)  # fmt: skip
async def test_what_cannot_have_been_so_is_refused(ready: Cast, more: dict[str, str], code: str) -> None:
    assert await codes(ready, **more) == [code]
    assert await rows_of("partners_deal") == []


async def test_somebody_of_a_rival_registered_nothing_here(ready: Cast) -> None:
    assert await codes(ready, registered_by_email=ready.otto.email) == ["unknown_person"]


async def test_a_row_that_comes_twice_is_refused(ready: Cast) -> None:
    outcomes = [outcome for outcome, _problems in await run(ready, DEAL, DEAL)]
    assert outcomes == [RowOutcome.IMPORTED, RowOutcome.REFUSED]


async def test_five_hundred_are_as_many_statements_as_one(ready: Cast) -> None:
    rows = [
        DEAL | {"source_id": f"D-{n}", "customer_name": f"Acme {n}", "account_source_id": "", "role": "influence"}
        for n in range(500)
    ]
    prepared = parsed(KIND, rows)
    with statements() as seen:
        await apply(ready.vera, prepared, source_system="crm", now=NOON)
    assert len(seen) <= 16
    assert len(await rows_of("partners_deal")) == 500


async def test_numbers_go_on_where_people_left_off(ready: Cast) -> None:
    await make.deal(ready.pia, number="AS-2026-041")
    await codes(ready)
    assert "AS-2026-042" in [deal["number"] for deal in await rows_of("partners_deal")]


@pytest.mark.parametrize("who", ["pia", "sam", "audra"])
async def test_only_who_imports_imports(ready: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await apply(ready.everybody()[who], parsed(KIND, [DEAL]), source_system="crm", now=NOON)


@pytest.mark.slow
async def test_the_demo_comes_in_without_a_refusal(cast: Cast) -> None:
    demo = make_demo(date(2026, 11, 18), opportunities=200)
    for row in demo.companies():
        company = await make.company(row["legal_name"], country=row["country"], currency=row["currency"])
        await received("companies", row["source_id"], company, "demo")
    for row in demo.products():
        product = await make.product(row["name"], currency=row["currency"])
        async with db.transaction(SYSTEM):
            await db.sql("UPDATE partners_product SET sku = $2 WHERE id = $1", product, row["sku"])
    rows = [row | {"registered_by_email": ""} for row in demo.deals()]
    done = await accounts.apply(cast.vera, parsed(accounts.KIND, list(demo.accounts())), source_system="demo", now=NOON)
    assert {outcome for _number, outcome, _problems in done} == {RowOutcome.IMPORTED}
    ready = parsed(KIND, rows)
    for start in range(0, len(ready), 500):
        taken = await apply(cast.vera, ready[start : start + 500], source_system="demo", now=NOON)
        assert [problems for _number, _outcome, problems in taken if problems] == []
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_deal") == len(rows)
