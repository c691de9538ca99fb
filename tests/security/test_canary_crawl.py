"""The canary crawl: what is stored about one partner is in no byte that anybody else outside the vendor can get."""

import itertools
import random
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest
from litestar import Litestar

from partners.deals import lists as deal_lists
from portal.core import db, events
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.types import Audience
from tests import make
from tests.make import NOON, Cast
from tests.security.asking import OF_ALPHA, OUTSIDE, Asking
from tests.security.crawl import Crawl, Found, Search
from tests.security.planting import ABOUT, ELSEWHERE, plant
from tests.settle import settle

pytestmark = pytest.mark.canary_crawl

OTHERS = (*sorted(OF_ALPHA), "dora", *OUTSIDE)
"""Everybody who is neither of the vendor nor of Omega."""
LEAST_TOKENS = 150
SEARCHED = 6


def words(seed: int) -> Callable[[str], str]:
    """A new word for each column that is asked for; no hash looks like it, and it ends in no digit."""
    chance = random.Random(seed)  # noqa: S311 -- made-up words, always the same
    return lambda _where: f"zq{chance.getrandbits(52):013x}z"


def numbers() -> Callable[[str], int]:
    """Amounts of twelve digits, each once: whatever sum they are part of is as long."""
    count = itertools.count(1)
    return lambda _where: 700_000_000_000 + next(count) * 1_234_567


async def write_about(cast: Cast, partner: UUID) -> None:
    """What the vendor writes about a partner, and what is told to it."""
    async with db.transaction(SYSTEM):
        deals = await db.sql("SELECT id FROM partners_deal WHERE partner_id = $1", partner)
        for row in deals:
            for audience in Audience:
                await events.record(
                    cast.vera, "deal.taken", "deal", row["id"], now=NOON, partner_id=partner, audience=audience,
                    note="x", personal={"contact_name": ["", "x"]},
                )  # fmt: skip
        await events.record(cast.vera, "company.changed", "company", partner, now=NOON, partner_id=partner, note="x")
    await make.territory(partner, "DE", "Bavaria")


async def prepared(app: Litestar, cast: Cast, partner: UUID, seed: int = 7) -> tuple[Asking, Search]:
    """Everybody at a browser, and everything about this partner filled with what can be recognised."""
    asking = await Asking.begin(app, cast)
    await write_about(cast, partner)
    await settle()
    return asking, Search(await plant(partner, words(seed), numbers()))


async def crawl(asking: Asking, search: Search, callers: Iterable[str]) -> Found:
    """What these callers can reach of what was planted."""
    found = Found()
    searched = list(search.words)[:: max(1, len(search.words) // SEARCHED)][:SEARCHED]
    for caller in callers:
        await Crawl(asking, caller, search, found).walk(searched)
    return found


async def mailed_to_others(cast: Cast) -> list[str]:
    """Everything that was ever mailed to somebody who is neither of the vendor nor of Omega."""
    theirs = [cast.everybody()[name].email for name in (*sorted(OF_ALPHA), "dora")]
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT subject, text FROM mail_message WHERE to_address = any($1)", theirs)
    return [f"{row['subject']}\n{row['text']}" for row in rows]


@pytest.mark.usefixtures("db")
async def test_every_table_that_names_a_partner_is_planted() -> None:
    rows = await db.ENGINE.held.fetch(
        "SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('partner_id', 'partner') AND table_name NOT IN ('identity_membership',"
        " 'core_idempotency')"
    )
    assert {row["name"] for row in rows} <= set(ABOUT) | ELSEWHERE


async def test_nobody_else_finds_a_token(app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    asking, search = await prepared(app, cast, cast.omega)
    columns = {*search.words.values(), *search.numbers.values()}
    assert len(search.words) + len(search.numbers) >= LEAST_TOKENS
    found = await crawl(asking, search, OTHERS)
    mails = await mailed_to_others(cast)
    assert mails
    found.leaks += [f"mail: {search.words.get(t, t)}" for text in mails for t in search.tokens_in(text.encode())]
    with capsys.disabled():
        fetched = ", ".join(f"{count} {kind}" for kind, count in sorted(found.fetched.items()))
        total = len(search.words) + len(search.numbers)
        print(f"\ncrawl: {total} tokens in {len(columns)} columns; fetched {fetched}, {len(mails)} mails")
        print(f"crawl: {found.fetched.total()} answers, {len(found.leaks)} tokens")
    assert not found.leaks, "\n".join(found.leaks[:40])
    assert not found.broken, "\n".join(found.broken[:40])


async def test_a_sum_tells_nothing_either(app: Litestar, cast: Cast) -> None:
    """Omega's amounts are so large that whatever they are added to shows it."""
    asking, search = await prepared(app, cast, cast.omega)
    for caller in ("paul", "petra", "dora"):
        for path in ("/", "/api/v1/home", "/earnings", "/partners/deals", "/api/v1/partners/deals", "/company"):
            answer = await asking.wire.send("GET", path, asking.people[caller].headers())
            assert answer.status == 200, path
            assert search.sums_in(answer.body) == set(), f"{path} by {caller}"


async def test_its_own_people_and_the_vendor_do_find_them(
    app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control of the search itself: what is planted is shown to those whom it is for."""
    asking, search = await prepared(app, cast, cast.omega)
    found = await crawl(asking, search, ("oona", "vera", "faye", "ada"))
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


# --- controls: a leak is planted, and found ---


async def test_a_dropped_clause_and_a_dropped_policy_are_found(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list's own clause gone, and row-level security off: Omega's deals are in Alpha's list, and it is said."""
    asking, search = await prepared(app, cast, cast.omega)
    await db.ENGINE.held.execute("ALTER TABLE partners_deal DISABLE ROW LEVEL SECURITY")
    monkeypatch.setitem(vars(deal_lists.DEALS), "visible", lambda _actor: "true")
    found = await crawl(asking, search, ("pia",))
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
