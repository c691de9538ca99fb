"""The policy held against the past, reviews that began before it, and how fast a partner may submit."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from litestar import Litestar

from partners.chains import limiting, service
from partners.chains.trying import run_trial
from partners.deals import service as deals
from partners.deals.queries import get_deal
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, NotAllowed, NotFound
from tests import make
from tests.attribution.credits.world import rate
from tests.make import NOON, Cast
from tests.partners.chains.stand import agreed, chain_of, policy, reviewed, rule
from tests.partners.stand import registration, tiers
from tests.settle import settle
from tests.web import Browser

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 7, 31, 21, 59, tzinfo=UTC)
"""The last minute of July in Berlin: before the three months."""


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_a_trial_of_the_rule_in_force_gives_exactly_what_happened(cast: Cast) -> None:
    await tiers()
    await policy(rule(), rule(name="Gold", tiers=("gold",), currency="", value_from="", third=("sales",)))
    made = [
        await reviewed(cast, price=price, submitted_at=OCTOBER, created_at=OCTOBER) for price in (50_00, 99_99, 100_00)
    ]
    await reviewed(cast, submitted_at=LONG_AGO, created_at=LONG_AGO)
    for one in made:
        async with db.transaction(SYSTEM):
            await service.sync_chain(SYSTEM, await get_deal(SYSTEM, one, lock=True), NOON)
    trial = await run_trial(cast.vera, None, now=NOON)
    assert {deal.id for deal, _steps in trial.deals} == set(made)
    for deal, steps in trial.deals:
        assert [(s.number, s.approver.value) for s in steps] == [(n, a) for n, a, _by in await agreed(deal.id)]
        chain = await chain_of(deal.id)
        assert chain is not None
        assert [s.rules for s in steps] == [s.rules for s in chain.steps]
    assert (len(trial.asked), trial.by_rule["Gold"], trial.by_rule["Large"]) == (3, 3, 1)
    assert trial.by_approver == {"partner_manager": 3, "finance": 3, "sales": 3}


async def test_a_trial_compares_by_the_rates_of_the_day_of_submission(cast: Cast) -> None:
    await policy(rule(currency="USD", value_from="1150"))
    await rate(OCTOBER.date(), "USD", "1.15")
    deal = await reviewed(cast, submitted_at=OCTOBER, created_at=OCTOBER)
    trial = await run_trial(cast.faye, None, now=NOON)
    assert [(one.id, [s.unsure for s in steps]) for one, steps in trial.asked] == [(deal, [False, False])]


async def test_who_may_try_and_what(cast: Cast) -> None:
    assert (await run_trial(cast.ada, None, now=NOON)).version is None
    with pytest.raises(NotAllowed):
        await run_trial(cast.milo, None, now=NOON)
    for unknown in (uuid4(), await tiers()):
        with pytest.raises(NotFound):
            await run_trial(cast.ada, unknown, now=NOON)


async def test_the_trial_is_a_page(app: Litestar, cast: Cast) -> None:
    ada = await Browser.of(app, cast.ada)
    empty = await ada.get("/settings/approval-trial")
    assert "Nothing was submitted in these months" in empty.text
    version = await policy()
    await reviewed(cast, submitted_at=OCTOBER, created_at=OCTOBER)
    page = await ada.get(f"/settings/approval-trial?version={version}")
    assert "1. Any partner manager; 2. Finance" in page.text
    shown = await ada.get(f"/settings/policies/versions/{version}")
    assert f'href="/settings/approval-trial?version={version}"' in shown.text
    found = (await ada.json("/api/v1/settings/approval-trial")).json()
    assert (found["deals"], found["with_steps"], found["by_rule"]) == (1, 1, {"Large": 1})


async def test_reviews_that_began_before_the_policy_get_their_steps_once(cast: Cast) -> None:
    await tiers()
    large, small = await reviewed(cast), await reviewed(cast, price=1_00)
    assert await service.find_missing_chains(now=NOON) == 0
    await policy()
    assert await service.find_missing_chains(now=NOON) == 1
    assert await service.find_missing_chains(now=NOON) == 0
    assert (len(await agreed(large)), await agreed(small)) == (2, [])


async def test_more_submissions_within_an_hour_than_the_policy_allows_are_refused(cast: Cast) -> None:
    await tiers()
    await policy(submissions_an_hour=2)
    product = await make.product()
    for minutes in (0, 30):
        await deals.register_deal(cast.pia, registration(product), now=NOON + timedelta(minutes=minutes))
    with pytest.raises(Conflict) as refusal:
        await deals.register_deal(cast.paul, registration(product), now=NOON + timedelta(minutes=59))
    assert refusal.value.code == "pace"
    # Rivals are not counted, and an hour later it goes on.
    await deals.register_deal(cast.otto, registration(product), now=NOON + timedelta(minutes=59))
    await deals.register_deal(cast.pia, registration(product), now=NOON + timedelta(minutes=60))


async def test_the_partners_manager_is_told_once_an_hour(cast: Cast) -> None:
    await policy(submissions_an_hour=1)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    for minutes in (0, 59, 60):
        await limiting.tell_manager(cast.alpha, 1, uuid4(), NOON + timedelta(minutes=minutes))
    await settle()
    async with db.transaction(SYSTEM):
        told = await db.sql("SELECT audience FROM core_event WHERE name = $1", limiting.EVENT)
        mails = await db.sql("SELECT to_address, subject FROM mail_message")
    assert [row["audience"] for row in told] == ["vendor", "vendor"]
    assert [(row["to_address"], row["subject"]) for row in mails] == [
        (cast.vera.email, "Alpha Systemhaus GmbH submits unusually fast"),
    ] * 2  # fmt: skip


async def test_the_telling_outlives_the_refusal(fresh_url: str) -> None:
    kept, held = db.ENGINE.pool, db.ENGINE.held
    db.ENGINE.held = None
    await db.connect(fresh_url)
    try:
        cast = await make.cast()
        await tiers()
        await policy(submissions_an_hour=1)
        product = await make.product()
        await deals.register_deal(cast.pia, registration(product), now=NOON)
        with pytest.raises(Conflict):
            await deals.register_deal(cast.pia, registration(product), now=NOON)
        async with db.transaction(SYSTEM):
            told = await db.sql_value("SELECT count(*) FROM core_event WHERE name = $1", limiting.EVENT)
            made = await db.sql_value("SELECT count(*) FROM partners_deal")
        assert (told, made) == (1, 1)
    finally:
        await db.disconnect()
        db.ENGINE.pool, db.ENGINE.held = kept, held
