"""A page asks the database at most four times, whatever the modules above show on it.

Counted is what its own unit of work sends, navigation included: neither BEGIN, SET and COMMIT, which are one round
trip at each end, nor the one statement before it that finds out who asks.
"""

import pytest
from litestar import Litestar

from portal.core import clock
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import own_statements, statements
from tests.web import Browser

MOST = 4
VENDORS = (
    "partners_conflict",
    "partners_account",
    "partners_card_link",
    "partners_deal_revocation",
    "partners_deal_step",
)
"""What a partner's page does not even name."""
LISTS = (
    "/partners/deals", "/partners/deals?tab=all", "/partners/deals?tab=all&q=customer&state=draft",
    "/partners/deals?tab=ending&sort=-amount", "/partners/cards", "/partners/companies", "/partners/accounts", "/products",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def asked(browser: Browser, path: str) -> list[str]:
    """What the page asked; nothing for a page that this person does not have."""
    with statements() as seen:
        answer = await browser.get(path)
    return own_statements(seen) if answer.status_code == 200 else []


@pytest.mark.parametrize("who", ["pia", "paul", "dora", "vera", "sam", "audra"])
async def test_lists_and_records_ask_at_most_four_times(app: Litestar, cast: Cast, who: str) -> None:
    for _ in range(3):
        deal = await make.deal(cast.pia, state="approved")
    browser = await Browser.of(app, getattr(cast, who))
    shown = 0
    for path in (*LISTS, f"/partners/deals/{deal}"):
        found = await asked(browser, path)
        shown += bool(found)
        assert len(found) <= MOST, (path, found)
    assert shown >= 3


@pytest.mark.parametrize("state", ["draft", "submitted", "in_review", "info_requested", "approved", "rejected"])
async def test_a_deals_page_asks_for_its_record_for_all_beside_it_and_for_the_navigation(
    app: Litestar, cast: Cast, state: str
) -> None:
    deal = await make.deal(cast.pia, state=state)
    linked = await make.deal(
        cast.pia, state=state, card_id=await make.card(cast.pia, "Linked", account_id=await make.account())
    )
    for actor in (cast.pia, cast.dora):
        browser = await Browser.of(app, actor)
        found = await asked(browser, f"/partners/deals/{deal}")
        assert len(found) == 3, found
        assert found == await asked(browser, f"/partners/deals/{linked}")
        assert not any(table in one for one in found for table in VENDORS)
    for actor in (cast.vera, cast.faye, cast.audra):
        browser = await Browser.of(app, actor)
        assert len(await asked(browser, f"/partners/deals/{linked}")) == 3
        # The accounts that the card may be are asked for once it is known that it has none.
        assert len(await asked(browser, f"/partners/deals/{deal}")) == 4


async def test_the_forms_ask_for_everything_beside_them_at_once(app: Litestar, cast: Cast) -> None:
    draft, ended = await make.deal(cast.pia, state="draft"), await make.deal(cast.pia, state="expired")
    pia = await Browser.of(app, cast.pia)
    counted = {
        path: len(await asked(pia, f"/partners/deals/{path}"))
        for path in ("new", "new?customer=acme", f"{draft}/edit", f"new?from={ended}")
    }
    assert counted == {"new": 2, "new?customer=acme": 2, f"{draft}/edit": 3, f"new?from={ended}": 3}
