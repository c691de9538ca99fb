"""Files that come in for merged accounts: rivals are refused by name, names mean one customer, look-alikes are found."""

import pytest

from partners.customers.naming import find_named
from partners.deals.importing import KIND, apply
from partners.merging import queries, service
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.imports import service as imports
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.test_importing import DEAL
from tests.partners.merging.stand import placed
from tests.partners.stand import parsed, received
from tests.settle import settle

RIVAL = DEAL | {"source_id": "D-2", "partner_source_id": "P-2", "account_source_id": "A-2"}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_deal_of_a_merged_account_is_refused_by_the_name_of_who_holds_it(cast: Cast, *, at_once: bool) -> None:
    one, other, product = await make.account("Acme AG"), await make.account("Acme Ltd"), await make.product()
    for kind, source_id, target in (
        ("companies", "P-1", cast.alpha), ("companies", "P-2", cast.omega),
        ("accounts", "A-1", one), ("accounts", "A-2", other),
    ):  # fmt: skip
        await received(kind, source_id, target)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_product SET sku = 'SKU' WHERE id = $1", product)
    done = await service.merge_accounts(cast.vera, other, one, now=NOON)
    batches = [[DEAL, RIVAL]] if at_once else [[DEAL], [RIVAL]]
    taken = []
    for batch in batches:
        taken += await apply(cast.vera, parsed(KIND, batch), source_system="crm", now=NOON)
    assert [outcome for _number, outcome, _problems in taken] == [RowOutcome.IMPORTED, RowOutcome.REFUSED]
    [problem] = taken[1][2]
    assert problem.code == "protected"
    assert problem.params["partner"] == "Alpha Systemhaus GmbH"
    assert done.alias_id
    await service.undo_merge(cast.vera, done.alias_id, now=NOON)
    again = await apply(cast.vera, parsed(KIND, [RIVAL]), source_system="crm", now=NOON)
    assert [outcome for _number, outcome, _problems in again] == [RowOutcome.IMPORTED]
    async with db.transaction(SYSTEM):
        deals = await db.sql("SELECT deal FROM partners_deal_protection ORDER BY protected_from, deal")
    assert set((await placed([row["deal"] for row in deals])).values()) == {one, other}


async def test_a_name_of_two_accounts_means_one_customer_once_they_are_merged(cast: Cast) -> None:
    one, other = await make.account("Acme GmbH", match_name="acme"), await make.account("Acme AG", match_name="acme")
    async with db.transaction(cast.vera):
        assert (await find_named("crm", ["Acme"])).by_name == {"acme": None}
    await service.merge_accounts(cast.vera, other, one, now=NOON)
    async with db.transaction(cast.vera):
        assert (await find_named("crm", ["Acme"])).by_name == {"acme": one}


async def test_look_alikes_of_a_file_are_put_on_the_desk(cast: Cast) -> None:
    content = (
        b"Account ID,Company,Country,City\n"
        b"A-1,Kaltenberg Brauerei GmbH,DE,Geltendorf\n"
        b"A-2,Kaltenberger Brauereien,DE,Geltendorf\n"
        b"A-3,Nordwind Logistik AG,DE,Kiel\n"
    )
    job = await imports.bring_file(cast.vera, "accounts", "a.csv", content, source_system="crm", now=NOON)
    await imports.start(cast.vera, job, now=NOON)
    await settle()
    [pair] = await queries.list_pairs(cast.vera, limit=10)
    assert {pair.one.legal_name, pair.other.legal_name} == {"Kaltenberg Brauerei GmbH", "Kaltenberger Brauereien"}
