"""Controls of the canary crawl: it finds what may be found, and a leak that is planted."""

import pytest
from litestar import Litestar

from partners.deals import lists as deal_lists
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from tests.make import NOON, Cast
from tests.security.canaries import crawl, mailed_to_others, prepared
from tests.security.crawl import Search

pytestmark = pytest.mark.canary_crawl


async def test_its_own_people_and_the_vendor_do_find_them(
    app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control of the search itself: what is planted is shown to those whom it is for."""
    asking, search = await prepared(app, cast, cast.omega)
    found = await crawl(asking, search, ("oona", "vera", "faye", "ada"), writes=False)
    met = {search.words.get(t) or search.numbers[t] for t in found.seen}
    planted = {*search.words.values(), *search.numbers.values()}
    with capsys.disabled():
        print(f"\ncrawl: Omega and the vendor find {len(met)} of {len(planted)} columns: not {sorted(planted - met)}")
    assert len(met) >= len(planted) * 0.6
    assert not found.broken, "\n".join(found.broken[:40])


async def test_marketing_finds_nothing_of_its_own_companys_deals_and_earnings(app: Litestar, cast: Cast) -> None:
    """A role is a border inside a company too."""
    asking, search = await prepared(app, cast, cast.alpha)
    hidden = ("partners_deal", "partners_deal_line", "attribution_", "ledger_")
    only = Search({t: w for t, w in {**search.words, **search.numbers}.items() if w.startswith(hidden)})
    found = await crawl(asking, only, ("pam",))
    assert not found.leaks, "\n".join(found.leaks[:40])


async def test_a_dropped_clause_and_a_dropped_policy_are_found(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list's own clause gone, and row-level security off: Omega's deals are in Alpha's list, and it is said."""
    asking, search = await prepared(app, cast, cast.omega)
    for table in ("partners_deal", "partners_company"):  # the list joins both
        await db.ENGINE.held.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    monkeypatch.setitem(vars(deal_lists.DEALS), "visible", lambda _actor: "true")
    found = await crawl(asking, search, ("pia",), writes=False)
    assert any("partners_deal.customer_name" in one for one in found.leaks)
    assert any("partners_deal.amount_minor" in one for one in found.leaks)


@pytest.mark.parametrize("lock", ["clause", "policy"])
async def test_one_of_the_two_locks_alone_still_holds(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    asking, search = await prepared(app, cast, cast.omega)
    if lock == "policy":
        await db.ENGINE.held.execute("ALTER TABLE partners_deal DISABLE ROW LEVEL SECURITY")
    else:
        monkeypatch.setitem(vars(deal_lists.DEALS), "visible", lambda _actor: "true")
    for transport in ("page", "json"):
        path = "/partners/deals" if transport == "page" else "/api/v1/partners/deals"
        answer = await asking.wire.send("GET", path, asking.people["pia"].headers())
        assert (answer.status, search.tokens_in(answer.body)) == (200, set())


async def test_a_mail_to_the_wrong_person_is_found(app: Litestar, cast: Cast) -> None:
    _asking, search = await prepared(app, cast, cast.omega)
    token = next(iter(search.words))
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO mail_message (id, dedupe_key, to_address, to_name, locale, subject, text, created_at)"
            " VALUES ($1, 'x', $2, 'Pia', 'en', 'Hello', $3, $4)",
            new_id(), cast.pia.email, f"About {token}.", NOON,
        )  # fmt: skip
    assert any(token in search.tokens_in(text.encode()) for text in await mailed_to_others(cast))
