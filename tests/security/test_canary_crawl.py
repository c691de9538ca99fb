"""The canary crawl: what is stored about one partner is in no byte that anybody else outside the vendor can get."""

import pytest
from litestar import Litestar

from portal.core import db
from tests.make import Cast
from tests.security.canaries import OTHERS, crawl, mailed_to_others, prepared
from tests.security.planting import ABOUT, ELSEWHERE

pytestmark = pytest.mark.canary_crawl

LEAST_TOKENS = 150
LEAST_ANSWERS = 4_000
"""Fewer would mean that the crawl has lost its way."""


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
    assert found.fetched.total() >= LEAST_ANSWERS
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
