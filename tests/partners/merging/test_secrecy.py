"""A rival learns nothing from a merge: not by its pages, its search, its refusals, nor by the time it takes to read."""

from datetime import timedelta

import pytest
from litestar import Litestar

from partners.merging import service
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.partners.merging.stand import protected
from tests.partners.stand import tiers
from tests.web import Browser

pytestmark = pytest.mark.security


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def seen_by(app: Litestar, actor: Actor, paths: list[str]) -> list[str]:
    """What this person reads at these places, without what changes at every look."""
    browser = await Browser.of(app, actor)
    return [(await browser.json(path)).text for path in paths]


async def test_a_merge_and_its_undo_change_nothing_that_partners_read(app: Litestar, cast: Cast) -> None:
    one, other, product = await make.account("Nordwind GmbH"), await make.account("Nordwind AG"), await make.product()
    mine = await make.card(cast.otto, "Nordwind", account_id=other)
    theirs = await protected(cast.pia, one, product)
    deal = await make.deal(cast.otto, card_id=mine, state="submitted", expected_close_on=TODAY)
    paths = [
        f"/api/v1/partners/cards/{mine}", f"/api/v1/partners/deals/{deal}", "/api/v1/partners/cards?q=nord",
        "/api/v1/partners/deals", "/api/v1/home", "/api/v1/search?q=nordwind", "/api/v1/news",
    ]  # fmt: skip
    ours = [f"/api/v1/partners/deals/{theirs}", "/api/v1/partners/cards?q=nord", "/api/v1/home", "/api/v1/news"]
    before = await seen_by(app, cast.otto, paths), await seen_by(app, cast.pia, ours)
    done = await service.merge_accounts(cast.vera, one, other, note="one house", now=NOON)
    assert done.alias_id
    assert (await seen_by(app, cast.otto, paths), await seen_by(app, cast.pia, ours)) == before
    await service.undo_merge(cast.vera, done.alias_id, now=NOON)
    assert (await seen_by(app, cast.otto, paths), await seen_by(app, cast.pia, ours)) == before


@pytest.mark.parametrize("who", ["pia", "otto", "oona", "dora"])
async def test_nothing_of_merging_is_there_for_partners(app: Litestar, cast: Cast, who: str) -> None:
    one, other = await make.account("Nordwind GmbH"), await make.account("Nordwind AG")
    done = await service.merge_accounts(cast.vera, one, other, now=NOON)
    browser = await Browser.of(app, cast.everybody()[who])
    for path in ("review", f"{one}", f"{other}", f"{other}/merge", f"merges/{done.alias_id}/undo"):
        answer = await browser.get(f"/partners/accounts/{path}")
        assert answer.status_code in {403, 404, 405}
        assert "Nordwind" not in answer.text
    for table in ("partners_account_alias", "partners_merge_request", "partners_account_pair"):
        with pytest.raises(Exception, match="permission denied"):
            async with db.transaction(cast.everybody()[who]):
                await db.sql(f"SELECT count(*) FROM {table}")
    with pytest.raises(Exception, match="permission denied"):
        async with db.transaction(cast.everybody()[who]):
            await db.sql("SELECT partners_canonical_account($1)", one)


async def test_a_registration_is_answered_the_same_whether_the_customer_is_merged_and_held(
    app: Litestar, cast: Cast
) -> None:
    await tiers()
    one, other, product = await make.account("Nordwind GmbH"), await make.account("Nordwind AG"), await make.product()
    await protected(cast.pia, one, product)
    sku = await _sku(product)
    free: list[object] = []
    held: list[object] = []
    for answers, account in ((free, await make.account("Suedwind AG")), (held, other)):
        card = await make.card(cast.otto, "Wind", account_id=account)
        if account == other:
            await service.merge_accounts(cast.vera, one, other, now=NOON)
        otto = await Browser.of(app, cast.otto)
        answer = await otto.send_json("POST", "/api/v1/partners/deals", {
            "card": str(card), "currency": "EUR", "expected_close_on": (TODAY + timedelta(days=30)).isoformat(),
            "lines": [{"product": sku, "quantity": 1}], "submit": True,
        })  # fmt: skip
        answers += [answer.status_code, sorted(answer.json())]
    assert free[0] in {200, 201}
    assert free == held


async def _sku(product: object) -> str:
    async with db.transaction(SYSTEM):
        return str(await db.sql_value("SELECT id FROM partners_product WHERE id = $1", product))
