"""Extensions: asked by the partner within its tier, decided by the vendor, one at a time, never over another's time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from partners.companies.entitlements import DEFAULT, TIERS
from partners.deals import extending, queries, rules, service, windows
from partners.deals.extending import Decision
from partners.deals.service import Said
from partners.deals.tables import Deal
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.test_reactions import look_after, mails
from tests.partners.stand import names_of, tiers
from tests.web import Browser

BERLIN = "Europe/Berlin"
ENDS = datetime(2027, 2, 16, 23, 0, tzinfo=UTC)
LONGER = datetime(2027, 3, 18, 23, 0, tzinfo=UTC)
"""Thirty days after the sixteenth of February, which is no leap year's."""
WHY = "They decide in March."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def approved(cast: Cast, *, account: UUID | None = None, product: UUID | None = None) -> UUID:
    """A deal of Alpha's, approved at noon for ninety days."""
    card = await make.card(cast.pia, "Acme GmbH", account_id=account or await make.account())
    deal = await make.deal(cast.pia, card_id=card, product_id=product, state="in_review")
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    return deal


async def row(deal_id: UUID) -> Deal:
    async with db.transaction(SYSTEM):
        return await queries.get_deal(SYSTEM, deal_id)


async def ends_of(deal_id: UUID) -> list[datetime]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT protected_until FROM partners_deal_protection WHERE deal = $1", deal_id)
    return [one["protected_until"] for one in rows]


async def extensions(deal_id: UUID) -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM partners_deal_extension WHERE deal = $1 ORDER BY asked_at, id", deal_id)


async def ask(cast: Cast, deal: UUID, days: int = 30, *, now: datetime = NOON) -> None:
    await extending.request_extension(cast.pia, deal, days, WHY, now=now)


async def test_a_granted_extension_lengthens_the_deal_and_its_rows(cast: Cast) -> None:
    version = await tiers()
    deal = await approved(cast)
    assert (await row(deal)).protected_until == ENDS
    await ask(cast, deal)
    assert ((await row(deal)).pending, (await row(deal)).protected_until) == ("extension", ENDS)
    await extending.decide_extension(cast.vera, deal, "grant", now=NOON, said=Decision("Good luck."))
    assert ((await row(deal)).pending, (await row(deal)).protected_until) == ("", LONGER)
    assert await ends_of(deal) == [LONGER]
    (one,) = await extensions(deal)
    assert (one["state"], one["until_before"], one["until_after"], one["granted_days"]) == (
        "granted", ENDS, LONGER, 30,
    )  # fmt: skip
    assert (one["decided_by"], one["policy_version"]) == (cast.vera.membership_id, version)
    assert await names_of(deal) == ["deal.approved", "deal.extension_requested", "deal.extended"]


async def test_fewer_days_may_be_granted_and_more_than_the_tier_has_not(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await ask(cast, deal, 45)
    with pytest.raises(Invalid):
        await extending.decide_extension(cast.vera, deal, "grant", now=NOON, said=Decision(days=46))
    await extending.decide_extension(cast.vera, deal, "grant", now=NOON, said=Decision(days=10))
    assert (await row(deal)).protected_until == ENDS + timedelta(days=10)


async def test_refusing_needs_words_and_changes_nothing_else(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await ask(cast, deal)
    with pytest.raises(Invalid):
        await extending.decide_extension(cast.vera, deal, "refuse", now=NOON)
    await extending.decide_extension(cast.vera, deal, "refuse", now=NOON, said=Decision("Ninety days were enough."))
    assert ((await row(deal)).protected_until, await ends_of(deal)) == (ENDS, [ENDS])
    (one,) = await extensions(deal)
    assert (one["state"], one["decision_note"]) == ("refused", "Ninety days were enough.")


async def test_one_request_waits_at_a_time_and_can_be_taken_back(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await ask(cast, deal)
    with pytest.raises(Conflict) as refusal:
        await ask(cast, deal)
    assert refusal.value.code == "pending"
    await extending.decide_extension(cast.pia, deal, "take_back", now=NOON)
    await ask(cast, deal, 20)
    assert sorted(one["state"] for one in await extensions(deal)) == ["closed", "pending"]


async def test_a_tier_limits_how_often_and_refusals_do_not_count(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    for verb in ("refuse", "grant", "refuse", "grant"):
        await ask(cast, deal, 1)
        await extending.decide_extension(cast.vera, deal, verb, now=NOON, said=Decision("So be it."))
    with pytest.raises(Conflict) as refusal:
        await ask(cast, deal, 1)
    assert refusal.value.code == "limit"


@pytest.mark.parametrize("days", [0, 46])
async def test_days_are_those_of_the_tier(cast: Cast, days: int) -> None:
    await tiers()
    deal = await approved(cast)
    with pytest.raises(Invalid) as refusal:
        await ask(cast, deal, days)
    assert list(refusal.value.errors) == ["days"]


async def test_another_deals_time_is_never_taken(cast: Cast) -> None:
    await tiers()
    account, product = await make.account(), await make.product()
    deal = await approved(cast, account=account, product=product)
    card = await make.card(cast.otto, account_id=account)
    rival = await make.deal(cast.otto, card_id=card, product_id=product, state="approved")
    await make.protection(
        rival, cast.otto, account, await make.group_of(product),
        protected_from=ENDS + timedelta(days=10), protected_until=ENDS + timedelta(days=90),
    )  # fmt: skip
    await ask(cast, deal)
    with pytest.raises(Conflict) as refusal:
        await extending.decide_extension(cast.vera, deal, "grant", now=NOON)
    assert refusal.value.code == "protected"
    assert "Omega IT AG" in refusal.value.message
    assert ((await row(deal)).protected_until, await ends_of(deal)) == (ENDS, [ENDS])
    await extending.decide_extension(cast.vera, deal, "grant", now=NOON, said=Decision(days=10))
    assert await ends_of(deal) == [ENDS + timedelta(days=10)]


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "info_requested", "rejected", "withdrawn", "expired"]
)
async def test_only_what_runs_is_extended(cast: Cast, state: str) -> None:
    await tiers()
    deal = await make.deal(cast.pia, state=state)
    with pytest.raises(Conflict):
        await ask(cast, deal)


async def test_what_ends_first_closes_the_request(cast: Cast) -> None:
    await tiers()
    expiring, won, lost = [await approved(cast, product=await make.product()) for _ in range(3)]
    for deal in (expiring, won, lost):
        await ask(cast, deal)
    await service.set_stage(cast.pia, won, "win", now=NOON)
    await service.set_stage(cast.pia, lost, "lose", now=NOON, said=Said(code="price"))
    with pytest.raises(Conflict):
        await extending.decide_extension(cast.vera, expiring, "grant", now=ENDS)
    assert await service.expire_due(now=ENDS) >= 1
    for deal in (expiring, won, lost):
        assert [one["state"] for one in await extensions(deal)] == ["closed"]
        assert (await row(deal)).pending == ""
        with pytest.raises(Conflict):
            await extending.decide_extension(cast.vera, deal, "grant", now=NOON)


async def test_who_may(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    for actor, refusal in ((cast.otto, NotFound), (cast.petra, NotAllowed), (cast.dora, NotAllowed)):
        with pytest.raises(refusal):
            await extending.request_extension(actor, deal, 30, WHY, now=NOON)
    await ask(cast, deal)
    for actor, verb in ((cast.pia, "grant"), (cast.pia, "refuse"), (cast.vera, "take_back"), (cast.sam, "grant")):
        with pytest.raises(NotAllowed):
            await extending.decide_extension(actor, deal, verb, now=NOON)


async def test_the_database_lets_no_partner_grant_itself(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await ask(cast, deal)
    grant = (
        "state = 'granted', until_before = asked_at, until_after = asked_at + interval '1 day', decided_at = asked_at"
    )
    for actor in (cast.pia, cast.otto):
        changed: list[Any] = []
        try:
            async with db.transaction(actor):
                changed = await db.sql(f"UPDATE partners_deal_extension SET {grant} WHERE deal = $1 RETURNING id", deal)
        except asyncpg.InsufficientPrivilegeError:
            continue
        assert actor is cast.otto
        assert changed == []
    assert [one["state"] for one in await extensions(deal)] == ["pending"]


async def test_manager_and_owner_are_told(cast: Cast) -> None:
    await tiers()
    await look_after(cast)
    deal = await approved(cast)
    await mails()
    await ask(cast, deal)
    (mail,) = await mails()
    assert (mail["to_address"], WHY in mail["text"]) == (cast.vera.email, True)
    await extending.decide_extension(cast.vera, deal, "grant", now=NOON, said=Decision("Good luck."))
    (mail,) = await mails()
    assert (mail["to_address"], "18 Mar 2027" in mail["text"]) == (cast.pia.email, True)


async def test_pages_and_api_ask_and_grant(app: Litestar, cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    path = f"/partners/deals/{deal}"
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    page = (await pia.get(path)).text
    assert "91 days left" in page
    assert "2 extensions left for this deal" in page
    assert (await pia.post(f"{path}/extension", {"days": "99", "note": WHY})).status_code == 422
    assert (await pia.post(f"{path}/extension", {"days": "many", "note": WHY})).status_code == 422
    assert (await pia.post(f"{path}/extension", {"days": "30", "note": WHY})).status_code == 303
    page = (await vera.get(path)).text
    assert WHY in page
    assert "it is protected to 18 Mar 2027 instead of 16 Feb 2027" in page
    assert (await vera.post(f"{path}/extension/moves", {"verb": "grant", "days": "30"})).status_code == 303
    assert "1 extension left for this deal" in (await pia.get(path)).text
    assert (await vera.post(f"{path}/extension/moves", {"verb": "grant"})).status_code == 409


def test_a_policy_of_before_gives_no_extensions() -> None:
    old = {"tiers": [{"tier": one.tier, "protection_days": 60, "open_registrations": 5} for one in DEFAULT.tiers]}
    read = TIERS.read(old, 1)
    assert [(one.extensions, one.extension_days) for one in read.tiers] == [(0, 0)] * 4  # type: ignore[attr-defined]
    assert TIERS.read(DEFAULT.model_dump(mode="json"), 2) == DEFAULT


HOURS = st.integers(0, 6 * 366 * 24).map(lambda hours: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours))


@given(HOURS, st.integers(1, 730), st.integers(1, 730))
def test_an_extension_adds_whole_days_whatever_the_clocks_do(at: datetime, days: int, more: int) -> None:
    until = rules.protected_until(at, days, BERLIN)
    longer = windows.extended_until(until, more, BERLIN)
    first, last = rules.last_protected_day(until, BERLIN), rules.last_protected_day(longer, BERLIN)
    assert (last - first).days == more
    assert windows.extended_until(longer, 1, BERLIN) == rules.protected_until(at, days + more + 1, BERLIN)


@given(st.integers(1, 400), st.integers(-10, 800))
def test_the_days_of_a_window_are_gone_or_left(days: int, later: int) -> None:
    until = rules.protected_until(NOON, days, BERLIN)
    window = windows.window_of(NOON, until, NOON + timedelta(days=later), BERLIN)
    assert window.gone + window.left == window.days == days + 1
    assert (window.left == 0) == (NOON + timedelta(days=later) >= until)
