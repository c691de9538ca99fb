"""The room in a browser: what the vendor sees and does there, and that a partner sees nothing of it."""

from datetime import timedelta

import pytest
from litestar import Litestar

from partners.conflicts.rules import Ground
from partners.deals import service as deals
from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import WORDS, award, collided, conflicts, held, manager, state_of
from tests.partners.stand import tiers
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_the_room_shows_both_sides_and_why_the_rules_propose_one(app: Litestar, cast: Cast) -> None:
    _mine, _theirs, room = await collided(cast)
    browser = await Browser.of(app, cast.vera)
    page = await browser.get(f"/partners/conflicts/{room.id}")
    assert page.status_code == 200
    for words in (
        "By the rules, Alpha Systemhaus GmbH goes on",
        "Omega IT AG",
        "First registration",
        "nobody is protected now",
    ):
        assert words in page.text
    listed = await browser.get("/partners/conflicts?tab=open")
    assert "Kaltenberg AG" in listed.text
    assert "Alpha Systemhaus GmbH, Omega IT AG" in listed.text


async def test_a_manager_decides_in_the_room_and_is_led_to_the_approval(app: Litestar, cast: Cast) -> None:
    await tiers()
    mine, theirs, room = await collided(cast)
    browser = await Browser.of(app, cast.vera)
    here = f"/partners/conflicts/{room.id}"
    sent = {
        "winner": str(room.claims[0].id),
        "ground": "first_registration",
        "words": "Alpha was first",
        "version": str(room.version),
    }
    refused = await browser.post(f"{here}/decision", sent)
    assert refused.status_code == 422
    assert "they name Alpha Systemhaus GmbH" in refused.text
    assert "Alpha was first" in refused.text
    done = await browser.post(f"{here}/decision", sent | {"words": WORDS})
    assert done.status_code == 303
    assert await state_of(theirs) == "rejected"
    page = await browser.get(here)
    assert "Alpha Systemhaus GmbH goes on" in page.text
    assert f'href="/partners/deals/{mine}"' in page.text
    again = await browser.post(f"{here}/decision", sent | {"words": WORDS})
    assert again.status_code == 409
    assert "Nothing is left to decide" in again.text


async def test_agreement_and_choice_are_kept_from_their_forms(app: Litestar, cast: Cast) -> None:
    _mine, theirs, room = await collided(cast)
    one, other = room.claims
    browser = await Browser.of(app, cast.vera)
    here = f"/partners/conflicts/{room.id}"
    assert (await browser.post(f"{here}/choice", {"claim": str(one.id), "said": ""})).status_code == 422
    assert (await browser.post(f"{here}/choice", {"claim": str(one.id), "said": "We want them."})).status_code == 303
    parts = {"lead": str(one.id), "joining": str(other.id), "lead_percent": "60", "joining_percent": "50"}
    wrong = await browser.post(f"{here}/agreement", parts | {"agreed_words": "Join."})
    assert wrong.status_code == 422
    assert "add up to 100" in wrong.text
    right = await browser.post(
        f"{here}/agreement", parts | {"joining_percent": "40", "agreed_words": "Join as co-sell."}
    )
    assert right.status_code == 303
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT role FROM partners_deal WHERE id = $1", theirs) == "co_sell"


async def test_the_deals_page_leads_the_vendor_to_the_room_and_tells_the_partner_nothing(
    app: Litestar, cast: Cast
) -> None:
    mine, _theirs, room = await collided(cast)
    vendor = await (await Browser.of(app, cast.vera)).get(f"/partners/deals/{mine}")
    assert "In conflict with one other" in vendor.text
    assert f"/partners/conflicts/{room.id}" in vendor.text
    partner = await (await Browser.of(app, cast.pia)).get(f"/partners/deals/{mine}")
    assert "onflict" not in partner.text
    assert str(room.id) not in partner.text


async def test_the_numbers_each_lead_to_their_list(app: Litestar, cast: Cast) -> None:
    _mine, _theirs, room = await collided(cast, now=NOON - timedelta(days=3))
    vera = await Browser.of(app, cast.vera)
    empty = await vera.get("/partners/conflicts/figures")
    assert "Nothing was decided yet" in empty.text
    assert "no data yet" in empty.text
    answer = await vera.send_json(
        "POST", f"/api/v1/partners/conflicts/{room.id}/decision",
        {"winner": str(room.claims[0].id), "ground": "first_registration", "words": WORDS},
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json()["state"] == "decided"
    found = (await vera.json("/api/v1/partners/conflicts/figures")).json()
    assert (found["decided"], found["followed"], found["median"]) == (1, 1, 3 * 86_400)
    page = await vera.get("/partners/conflicts/figures")
    for query in ("ground=first_registration", f"won_by={cast.alpha}", f"lost_by={cast.omega}"):
        assert query in page.text
        listed = (await vera.json(f"/api/v1/partners/conflicts?tab=decided&{query}")).json()
        assert len(listed["items"]) == 1
    assert (await vera.json(f"/api/v1/partners/conflicts?tab=decided&won_by={cast.omega}")).json()["items"] == []


async def test_what_waits_is_counted_for_the_partners_manager(app: Litestar, cast: Cast) -> None:
    mine, _theirs, _room = await collided(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    vera = await Browser.of(app, cast.vera)
    items = (await vera.json("/api/v1/partners/conflicts?tab=mine")).json()["items"]
    assert [item["customer"] for item in items] == ["Kaltenberg AG"]
    await deals.move_deal(cast.pia, mine, "withdraw", now=NOON)
    assert len(await conflicts()) == 1


async def test_what_waits_for_a_second_person_is_no_longer_the_managers_to_decide(app: Litestar, cast: Cast) -> None:
    """It stands among the approvals, for everybody but who asked."""
    _kept, wanted, room = await held(cast)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    vera = await Browser.of(app, cast.vera)
    listed = "/api/v1/partners/conflicts?tab=mine"
    assert len((await vera.json(listed)).json()["items"]) == 1
    await award(cast.vera, room, wanted, Ground.CUSTOMER, note="In writing.")
    assert (await vera.json(listed)).json()["items"] == []
    found = (await vera.json("/api/v1/partners/conflicts?tab=open&second=asked")).json()["items"]
    assert [one["customer"] for one in found] == ["Kaltenberg AG"]
    vito = await Browser.of(app, await manager())
    assert "Who goes on with Kaltenberg AG" in (await vito.get("/approvals")).text
