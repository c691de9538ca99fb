"""Amendments: proposed by the partner, side by side, accepted with lines and protections following, never the customer."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from partners.deals import amending, extending, queries, service
from partners.deals.amending import Proposal
from partners.deals.rules import Line
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.test_extending import approved, row
from tests.partners.deals.test_reactions import look_after, mails
from tests.partners.stand import names_of, tiers
from tests.web import Browser

CLOSE = date(2027, 1, 31)
LATER = NOON + timedelta(days=5)
WHY = "They want a second site."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


async def propose(cast: Cast, deal: UUID, *lines: Line) -> None:
    await amending.propose_amendment(cast.pia, deal, Proposal(lines, CLOSE, WHY), now=LATER)


async def accept(cast: Cast, deal: UUID, verb: str = "accept", note: str = "") -> None:
    await amending.decide_amendment(cast.vera, deal, verb, note=note, now=LATER)


async def held(deal_id: UUID) -> dict[UUID, tuple[datetime, datetime]]:
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT product_group, protected_from, protected_until FROM partners_deal_protection WHERE deal = $1",
            deal_id,
        )
    return {one["product_group"]: (one["protected_from"], one["protected_until"]) for one in rows}


async def states(deal_id: UUID) -> list[str]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT state FROM partners_deal_amendment WHERE deal = $1", deal_id)
    return sorted(one["state"] for one in rows)


async def test_an_accepted_amendment_changes_lines_value_close_and_protection(cast: Cast) -> None:
    await tiers()
    old, new = await make.product(price=100_00), await make.product(price=7_00)
    deal = await approved(cast, product=old)
    until = (await row(deal)).protected_until
    before = await queries.get_record(SYSTEM, deal)
    await propose(cast, deal, Line(new, 3))
    assert (await queries.get_record(SYSTEM, deal)).amount == before.amount
    await accept(cast, deal)
    after = await queries.get_record(SYSTEM, deal)
    assert (after.amount.minor, after.expected_close_on, after.pending) == (21_00, CLOSE, "")
    assert [(line.product_id, line.quantity) for line in after.lines] == [(new, 3)]
    assert (after.card_id, after.protected_until) == (before.card_id, until)
    assert await held(deal) == {
        await make.group_of(old): (NOON, LATER),
        await make.group_of(new): (LATER, until),
    }
    assert await names_of(deal) == ["deal.approved", "deal.amendment_requested", "deal.amended"]


async def test_a_group_that_stays_keeps_its_time(cast: Cast) -> None:
    await tiers()
    old, new = await make.product(), await make.product()
    deal = await approved(cast, product=old)
    until = (await row(deal)).protected_until
    await propose(cast, deal, Line(old, 1), Line(new, 1))
    await accept(cast, deal)
    found = await held(deal)
    assert found[await make.group_of(old)] == (NOON, until)
    assert found[await make.group_of(new)] == (LATER, until)


async def test_a_group_that_another_holds_is_said_and_nothing_changes(cast: Cast) -> None:
    await tiers()
    account, old, new = await make.account(), await make.product(), await make.product()
    deal = await approved(cast, account=account, product=old)
    card = await make.card(cast.otto, account_id=account)
    rival = await make.deal(cast.otto, card_id=card, product_id=new, state="in_review")
    await service.move_deal(cast.vera, rival, "approve", now=NOON)
    before = await held(deal)
    await propose(cast, deal, Line(old, 1), Line(new, 1))
    with pytest.raises(Conflict) as refusal:
        await accept(cast, deal)
    assert refusal.value.code == "protected"
    assert "Omega IT AG" in refusal.value.message
    assert (await held(deal), await states(deal)) == (before, ["pending"])
    assert [line.product_id for line in (await queries.get_record(SYSTEM, deal)).lines] == [old]


async def test_refused_or_taken_back_it_changes_nothing(cast: Cast) -> None:
    await tiers()
    product = await make.product()
    deal = await approved(cast, product=product)
    before = await queries.get_record(SYSTEM, deal)
    await propose(cast, deal, Line(product, 1))
    with pytest.raises(Invalid):
        await accept(cast, deal, "refuse")
    await accept(cast, deal, "refuse", "One site was agreed.")
    await propose(cast, deal, Line(product, 2))
    await amending.decide_amendment(cast.pia, deal, "take_back", now=LATER)
    assert await states(deal) == ["closed", "refused"]
    assert (await queries.get_record(SYSTEM, deal)).lines == before.lines


async def test_one_question_at_a_time(cast: Cast) -> None:
    await tiers()
    product = await make.product()
    deal = await approved(cast, product=product)
    await propose(cast, deal, Line(product, 1))
    for command in (
        amending.propose_amendment(cast.pia, deal, Proposal((Line(product, 2),), CLOSE, WHY), now=LATER),
        extending.request_extension(cast.pia, deal, 10, WHY, now=LATER),
    ):
        with pytest.raises(Conflict) as refusal:
            await command
        assert refusal.value.code == "pending"


async def test_a_discount_beyond_one_person_is_no_amendment(cast: Cast) -> None:
    await tiers()
    product = await make.product(price=100_00)
    deal = await approved(cast, product=product)
    await propose(cast, deal, Line(product, 1, 84_99))
    with pytest.raises(Conflict) as refusal:
        await accept(cast, deal)
    assert refusal.value.code == "second_person"
    await accept(cast, deal, "refuse", "Too cheap.")
    await propose(cast, deal, Line(product, 1, 90_00))
    await accept(cast, deal)
    found = await row(deal)
    assert (found.price_until, found.price_reason) == (found.protected_until, WHY)


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "info_requested", "rejected", "withdrawn", "expired", "revoked"]
)
async def test_only_what_runs_is_amended(cast: Cast, state: str) -> None:
    deal = await make.deal(cast.pia, state=state)
    with pytest.raises(Conflict):
        await propose(cast, deal, Line(await make.product(), 1))


async def test_what_ends_closes_it_and_nothing_differs_is_refused(cast: Cast) -> None:
    await tiers()
    product = await make.product()
    deal = await approved(cast, product=product)
    await propose(cast, deal, Line(product, 1))
    await service.set_stage(cast.pia, deal, "win", now=LATER)
    assert await states(deal) == ["closed"]
    with pytest.raises(Conflict):
        await accept(cast, deal)
    other = await approved(cast, product=await make.product())
    record = await queries.get_record(SYSTEM, other)
    same = Proposal(record.registration.lines, record.expected_close_on or CLOSE, WHY)
    if record.expected_close_on is None:
        async with db.transaction(SYSTEM):
            await db.sql("UPDATE partners_deal SET expected_close_on = $2 WHERE id = $1", other, CLOSE)
    with pytest.raises(Invalid):
        await amending.propose_amendment(cast.pia, other, same, now=LATER)


async def test_who_may(cast: Cast) -> None:
    await tiers()
    product = await make.product()
    deal = await approved(cast, product=product)
    for actor, refusal in ((cast.otto, NotFound), (cast.petra, NotAllowed), (cast.dora, NotAllowed)):
        with pytest.raises(refusal):
            await amending.propose_amendment(actor, deal, Proposal((Line(product, 1),), CLOSE, WHY), now=LATER)
    await propose(cast, deal, Line(product, 1))
    for actor, verb in ((cast.pia, "accept"), (cast.vera, "take_back"), (cast.sam, "refuse")):
        with pytest.raises(NotAllowed):
            await amending.decide_amendment(actor, deal, verb, note="No.", now=LATER)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("UPDATE partners_deal_amendment SET state = 'accepted', decided_at = now()")


async def test_pages_show_both_sides(app: Litestar, cast: Cast) -> None:
    await tiers()
    await look_after(cast)
    old, new = await make.product("Insight", price=100_00), await make.product("Flow", price=50_00)
    deal = await approved(cast, product=old)
    await mails()
    async with db.transaction(SYSTEM):
        sku = await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", new)
    path = f"/partners/deals/{deal}"
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    assert f'href="{path}/amendment"' in (await pia.get(path)).text
    form = (await pia.get(f"{path}/amendment")).text
    assert "Insight" in form
    typed: dict[str, Any] = {
        "do": "save", "rows": "2", "currency": "EUR", "product_1": f"Flow ({sku})", "quantity_1": "4",
        "expected_close_on": "2027-01-31",
    }  # fmt: skip
    assert (await pia.post(f"{path}/amendment", typed)).status_code == 422
    assert 'name="product_4"' in (await pia.post(f"{path}/amendment", typed | {"do": "add"})).text
    assert (await pia.post(f"{path}/amendment", typed | {"note": WHY})).status_code == 303
    page = (await vera.get(path)).text
    for words in (WHY, "10 × €100.00", "4 × €50.00", "€1,000.00", "€200.00", "31 Jan 2027", "dropped"):
        assert words in page
    (mail,) = await mails()
    assert (mail["to_address"], WHY in mail["text"]) == (cast.vera.email, True)
    assert (await vera.post(f"{path}/amendment/moves", {"verb": "accept"})).status_code == 303
    page = (await pia.get(path)).text
    assert "Amendments" in page
    assert "Flow" in page
    (mail,) = await mails()
    assert mail["to_address"] == cast.pia.email
