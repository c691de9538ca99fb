"""Recording, changing and closing the vendor's own opportunities, by form and by API."""

from uuid import UUID

import pytest
from litestar import Litestar

from partners.deals.states import Stage
from partners.opportunities import queries, service
from partners.opportunities.rules import OpportunityFacts
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid
from portal.core.money import Money
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import names_of
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_sales_records_changes_and_closes_one_by_form(app: Litestar, cast: Cast) -> None:
    account, product = await make.account("Kaltenberg AG"), await make.product("Helmet")
    sam = await Browser.of(app, cast.sam)
    form = await sam.get(f"/partners/opportunities/new?account={account}")
    assert 'value="Kaltenberg AG"' in form.text
    sent = {
        "account_text": "Kaltenberg AG",
        "name": "North",
        "product": "Helmet",
        "amount": "1,250.50",
        "currency": "EUR",
    }
    refused = await sam.post("/partners/opportunities/new", sent | {"account_text": "Nobody AG"})
    assert refused.status_code == 422
    assert "Choose the account" in refused.text
    made = await sam.post("/partners/opportunities/new", sent)
    assert made.status_code == 303
    where = made.headers["location"]
    one = await queries.get_opportunity(cast.sam, UUID(where.rsplit("/", 1)[1]))
    assert (one.account_id, one.product_id, one.amount, one.owner_id) == (
        account, product, Money(1_250_50, "EUR"), cast.sam.membership_id,
    )  # fmt: skip
    edit = await sam.get(f"{where}/edit")
    assert 'value="North"' in edit.text
    assert (await sam.post(f"{where}/edit", sent | {"name": "South", "stage": "proposal"})).status_code == 303
    assert (await sam.post(f"{where}/close", {"verb": "won"})).status_code == 303
    assert (await sam.post(f"{where}/close", {"verb": "lost"})).status_code == 409
    assert await names_of(one.id) == ["opportunity.recorded", "opportunity.changed", "opportunity.closed"]
    assert (await sam.get(f"{where}/edit")).status_code == 303


async def test_programs_do_the_same(app: Litestar, cast: Cast) -> None:
    vera = await Browser.of(app, cast.vera)
    body = {"account": str(await make.account()), "name": "North", "amount_minor": 100, "currency": "EUR"}
    made = await vera.send_json("POST", "/api/v1/partners/opportunities", body)
    assert made.status_code == 201
    where = f"/api/v1/partners/opportunities/{made.json()['id']}"
    assert (await vera.send_json("PUT", where, body | {"name": "South"})).json()["name"] == "South"
    stale = await vera.send_json("PUT", where, body | {"seen": "2020-01-01T00:00:00Z"})
    assert stale.status_code == 409
    assert (await vera.send_json("POST", f"{where}/close", {"verb": "lost"})).json()["stage"] == "lost"


async def test_what_is_wrong_is_refused(cast: Cast) -> None:
    account = await make.account()
    for facts, field in (
        (OpportunityFacts(account, " ", Money(1, "EUR")), "name"),
        (OpportunityFacts(account, "North", Money(-1, "EUR")), "amount"),
        (OpportunityFacts(account, "North", Money(1, "EUR"), stage=Stage.WON), "stage"),
    ):
        with pytest.raises(Invalid) as refusal:
            await service.record_opportunity(cast.sam, facts, now=NOON)
        assert list(refusal.value.errors) == [field]


async def test_a_closed_one_stays_as_it_is(cast: Cast) -> None:
    account = await make.account()
    sale = await make.opportunity(account, cast.sam, stage="lost", closed_at=NOON)
    with pytest.raises(Conflict):
        await service.change_opportunity(cast.sam, sale, OpportunityFacts(account, "x", Money(1, "EUR")), now=NOON)


async def test_open_ones_go_to_the_successor_and_closed_ones_stay(cast: Cast) -> None:
    account = await make.account()
    sale = await make.opportunity(account, cast.sam)
    await make.opportunity(account, cast.sam, stage="won", closed_at=NOON)
    async with db.transaction(cast.ada):
        assert (
            await service.hand_over_opportunities(cast.ada, cast.sam.membership_id, cast.vera.membership_id, NOON) == 1
        )
    async with db.transaction(cast.paul):
        assert (
            await service.hand_over_opportunities(cast.paul, cast.pia.membership_id, cast.paul.membership_id, NOON) == 0
        )
    async with db.transaction(SYSTEM):
        assert (
            await db.sql_value("SELECT owner FROM partners_opportunity WHERE id = $1", sale) == cast.vera.membership_id
        )
