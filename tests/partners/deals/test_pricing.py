"""Special prices: justified by the partner, granted with the approval until a day, by two people beyond a limit."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from partners.deals import prices, pricing, queries, service
from partners.deals.policy import DEFAULT
from partners.deals.prices import PriceState
from partners.deals.rules import Line
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.permissions import Role, Side
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.test_extending import row
from tests.partners.stand import registration, tiers
from tests.web import Browser

BERLIN = "Europe/Berlin"
WHY = "A tender with a price limit."
WANTED = date(2026, 12, 24)
WANTED_END = datetime(2026, 12, 24, 23, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def second() -> Actor:
    return await make.person("Viktor Vendor", Side.STAFF, [Role.PARTNER_MANAGER])


async def review(cast: Cast, price: int = 90_00, **more: Any) -> UUID:
    """In review, of a product whose list price is a hundred euros; Alpha is gold: fifteen percent by one person."""
    card = await make.card(cast.pia, "Acme GmbH", account_id=await make.account())
    facts: dict[str, Any] = {"price_reason": WHY, "price_wanted_until": WANTED, "state": "in_review"} | more
    return await make.deal(cast.pia, card_id=card, product_id=await make.product(price=100_00), price=price, **facts)


async def agree(actor: Actor, request_id: UUID, *, approve: bool = True) -> None:
    found = await requests.get_request(actor, request_id)
    await approvals.decide(
        actor, request_id, approve=approve, content_sha256=found.content_sha256, note="Too cheap.", now=NOON
    )


async def test_below_the_list_a_reason_and_an_end_are_needed(cast: Cast) -> None:
    await tiers()
    product = await make.product(price=100_00)
    cheap = registration(product, lines=(Line(product, 1, 99_99),))
    with pytest.raises(Invalid) as refusal:
        await service.register_deal(cast.pia, cheap, now=NOON)
    assert set(refusal.value.errors) == {"price_reason", "price_wanted_until"}
    late = registration(
        product, lines=(Line(product, 1, 99_99),), price_reason=WHY, price_wanted_until=date(2026, 11, 17)
    )
    with pytest.raises(Invalid) as refusal:
        await service.register_deal(cast.pia, late, now=NOON)
    assert set(refusal.value.errors) == {"price_wanted_until"}
    good = registration(product, lines=(Line(product, 1, 99_99),), price_reason=WHY, price_wanted_until=WANTED)
    deal = await service.register_deal(cast.pia, good, now=NOON)
    assert ((await row(deal)).price_reason, (await row(deal)).price_wanted_until) == (WHY, WANTED)
    await service.register_deal(cast.pia, registration(product, lines=(Line(product, 1, 100_00),)), now=NOON)


async def test_the_approval_grants_it_until_the_wanted_day(cast: Cast) -> None:
    await tiers()
    deal = await review(cast)
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert (await row(deal)).price_until == WANTED_END


async def test_it_never_outlasts_the_protection(cast: Cast) -> None:
    await tiers()
    deal = await review(cast, price_wanted_until=date(2028, 1, 1))
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    found = await row(deal)
    assert found.price_until == found.protected_until


async def test_beyond_the_limit_a_second_person_agrees_first(cast: Cast) -> None:
    await tiers()
    deal = await review(cast, price=84_99)
    with pytest.raises(Conflict) as refusal:
        await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert refusal.value.code == "second_person"
    assert "15 %" in refusal.value.message
    assert (await row(deal)).state == "in_review"
    request = await pricing.request_consent(cast.vera, deal, now=NOON)
    with pytest.raises(NotAllowed):
        await agree(cast.vera, request)
    await agree(await second(), request)
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert (await row(deal)).price_until == WANTED_END


async def test_at_the_limit_one_person_is_enough(cast: Cast) -> None:
    await tiers()
    deal = await review(cast, price=85_00)
    with pytest.raises(Conflict) as refusal:
        await pricing.request_consent(cast.vera, deal, now=NOON)
    assert refusal.value.code == "alone"
    await service.move_deal(cast.vera, deal, "approve", now=NOON)


async def test_a_word_counts_for_these_prices_only(cast: Cast) -> None:
    await tiers()
    deal = await review(cast, price=50_00)
    other = await second()
    first = await pricing.request_consent(cast.vera, deal, now=NOON)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal_line SET unit_price_minor = 4000, value_minor = 40000 WHERE deal = $1", deal)
    with pytest.raises(Conflict) as refusal:
        await agree(other, first)
    assert refusal.value.code == "content"
    again = await pricing.request_consent(cast.vera, deal, now=NOON + timedelta(hours=1))
    await agree(other, again)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET price_reason = 'Another reason' WHERE id = $1", deal)
    with pytest.raises(Conflict):
        await service.move_deal(cast.vera, deal, "approve", now=NOON)


async def test_a_refused_price_is_not_approved(cast: Cast) -> None:
    await tiers()
    deal = await review(cast, price=50_00)
    await agree(await second(), await pricing.request_consent(cast.vera, deal, now=NOON), approve=False)
    with pytest.raises(Conflict):
        await service.move_deal(cast.vera, deal, "approve", now=NOON)


async def test_no_partner_grants_itself_a_price(cast: Cast) -> None:
    deal = await review(cast)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("UPDATE partners_deal SET price_until = now() WHERE id = $1", deal)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT id FROM partners_deal_price_consent")


async def test_pages_say_how_it_stands(app: Litestar, cast: Cast) -> None:
    await tiers()
    deal = await review(cast, price=60_00)
    path = f"/partners/deals/{deal}"
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    page = (await pia.get(path)).text
    for words in ("Special price", "Wanted until 24 Dec 2026", WHY, "up to 40.0% below"):
        assert words in page
    assert "Ask a second person" not in page
    assert "One person may grant 15 % to partners of this tier" in (await vera.get(path)).text
    assert (await vera.post(f"{path}/moves", {"verb": "approve"})).status_code == 409
    assert (await vera.post(f"{path}/price-consent", {})).status_code == 303
    async with db.transaction(SYSTEM):
        request = await db.sql_value("SELECT id FROM approvals_request WHERE subject_id = $1", deal)
    viktor = await second()
    shown = (await (await Browser.of(app, viktor)).get(f"/approvals/{request}")).text
    assert WHY in shown
    await agree(viktor, request)
    assert "Viktor Vendor agreed" in (await vera.get(path)).text
    assert (await vera.post(f"{path}/moves", {"verb": "approve"})).status_code == 303
    page = (await pia.get(path)).text
    assert "Granted to 24 Dec 2026" in page
    assert "Viktor" not in page


async def test_the_form_asks_for_the_reason_beside_its_field(app: Litestar, cast: Cast) -> None:
    await tiers()
    product = await make.product("Insight")
    async with db.transaction(SYSTEM):
        sku = await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)
    typed = {
        "do": "submit", "rows": "2", "customer": "Acme GmbH", "country": "DE", "currency": "EUR",
        "product_1": f"Insight ({sku})", "quantity_1": "1", "price_1": "80", "expected_close_on": "2026-12-31",
    }  # fmt: skip
    pia = await Browser.of(app, cast.pia)
    refused = await pia.post("/partners/deals/new", typed)
    assert refused.status_code == 422
    assert 'href="#f-price_reason"' in refused.text
    sent = await pia.post("/partners/deals/new", typed | {"price_reason": WHY, "price_wanted_until": "2026-12-24"})
    assert sent.status_code == 303, sent.text
    record = await queries.get_record(SYSTEM, UUID(sent.headers["location"].rsplit("/", 1)[1]))
    assert (record.price_reason, record.deepest_discount) == (WHY, Fraction(1, 5))


def test_the_policy_names_every_tier_once() -> None:
    assert [one.alone_percent for one in DEFAULT.tiers] == [5, 10, 15, 20]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 10**6)), max_size=6))
def test_a_dear_line_hides_no_cheap_one(lines: list[tuple[int, int | None]]) -> None:
    found = prices.deepest_discount(lines)
    assert 0 <= found <= 1
    assert prices.deepest_discount([*lines, (10**7, 1)]) == found
    assert (found > 0) == any(listed is not None and price < listed for price, listed in lines)


@given(st.integers(-30, 400), st.integers(1, 365))
def test_a_granted_price_ends_with_its_day_or_the_protection(wanted: int, protected: int) -> None:
    until = NOON + timedelta(days=protected)
    end = prices.granted_until(NOON.date() + timedelta(days=wanted), until, BERLIN)
    assert end <= until
    state = prices.state_of(Fraction(1, 2), end, until, undecided=False, approved=True)
    assert state == PriceState.ENDED
