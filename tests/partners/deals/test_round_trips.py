"""A page asks the database at most four times; that of a deal once more for each panel of a module above.

Counted is what its own unit of work sends, navigation included: neither BEGIN, SET and COMMIT, which are one round
trip at each end, nor the one statement before it that finds out who asks.
"""

import pytest
from litestar import Litestar

from partners.deals import doors
from portal.core import clock
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import statements
from tests.web import Browser

MOST = 4
"""What a module above shows on a deal's page takes one statement: conflicts, to the vendor."""
WHO_ASKS = "SELECT s.id AS session_id"
OF_THE_DRIVER = ("current_setting('jit')", "set_config('jit'", "typeinfo_tree")
"""Once per connection: the driver learns the types of a statement's values."""
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
    sent = [
        one for one in seen if not one.startswith((WHO_ASKS, "RELEASE")) and not any(w in one for w in OF_THE_DRIVER)
    ]
    return sent if answer.status_code == 200 else []


@pytest.mark.parametrize("who", ["pia", "paul", "dora", "vera", "sam", "audra"])
async def test_lists_and_records_ask_at_most_four_times(app: Litestar, cast: Cast, who: str) -> None:
    # A card that no account is linked to has one statement more: the review offers those that it may be.
    card = await make.card(cast.pia, account_id=await make.account())
    for _ in range(3):
        deal = await make.deal(cast.pia, state="approved", card_id=card)
    browser = await Browser.of(app, getattr(cast, who))
    shown = 0
    for path in (*LISTS, f"/partners/deals/{deal}"):
        found = await asked(browser, path)
        shown += bool(found)
        panels = len(doors._PANELS) if path.endswith(str(deal)) else 0
        assert len(found) <= MOST + panels, (path, found)
    assert shown >= 3
