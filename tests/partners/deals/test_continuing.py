"""Renewal: an ended deal is registered anew with its facts copied, and both say so; nobody continues another's."""

from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from partners.deals import queries, service
from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, NotFound
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import names_of, registration, tiers
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_an_ended_deal_is_registered_anew_from_its_own_facts(app: Litestar, cast: Cast) -> None:
    await tiers()
    product = await make.product("Insight")
    card = await make.card(cast.pia, "Acme GmbH")
    old = await make.deal(cast.pia, card_id=card, product_id=product, state="expired", competitor="Frostlog")
    pia = await Browser.of(app, cast.pia)
    assert f'href="/partners/deals/new?from={old}"' in (await pia.get(f"/partners/deals/{old}")).text
    form = (await pia.get(f"/partners/deals/new?from={old}")).text
    for words in ("Acme GmbH", "Insight (", "Frostlog", f'name="continues" value="{old}"', f'value="{card}" checked'):
        assert words in form
    assert 'name="version"' not in form
    record = await queries.get_record(SYSTEM, old)
    sent = await pia.post(
        "/partners/deals/new",
        {
            "do": "submit", "rows": "1", "customer": "Acme GmbH", "card": str(card), "country": "DE",
            "currency": "EUR", "product_1": f"Insight ({record.lines[0].sku})", "quantity_1": "10",
            "expected_close_on": "2026-12-31", "continues": str(old), "source": "renewal",
        },
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    new = UUID(sent.headers["location"].rsplit("/", 1)[1])
    after, before = await queries.get_record(cast.pia, new), await queries.get_record(cast.pia, old)
    assert (after.continues and after.continues.id, before.continued_by and before.continued_by.id) == (old, new)
    assert after.card_id == card
    assert await names_of(old) == ["deal.renewed"]
    page = (await pia.get(f"/partners/deals/{old}")).text
    assert after.number in page
    assert f"/partners/deals/new?from={old}" not in page


@pytest.mark.parametrize("state", ["draft", "submitted", "in_review", "info_requested", "approved"])
async def test_what_goes_on_is_not_registered_anew(cast: Cast, state: str) -> None:
    old = await make.deal(cast.pia, state=state)
    with pytest.raises(Conflict):
        await service.create_draft(cast.pia, registration(await make.product(), continues=old), now=NOON)


async def test_nobody_continues_the_deal_of_another_partner(app: Litestar, cast: Cast) -> None:
    rivals, own = await make.deal(cast.otto, state="expired"), await make.deal(cast.pia, state="expired")
    product = await make.product()
    for deal in (rivals, uuid4()):
        with pytest.raises(NotFound):
            await service.create_draft(cast.pia, registration(product, continues=deal), now=NOON)
        assert (await (await Browser.of(app, cast.pia)).get(f"/partners/deals/new?from={deal}")).status_code == 404
    with pytest.raises(NotFound):
        await service.create_draft(cast.dora, registration(product, continues=own), now=NOON)
    assert (await (await Browser.of(app, cast.pia)).get("/partners/deals/new?from=nonsense")).status_code == 404
