"""The pages and the API of claims, through a browser: who sees what, what is typed, what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from attribution.claims import service
from attribution.claims.service import Said
from partners.customers import linking
from portal.core import clock
from portal.core.actor import Actor
from tests import make
from tests.attribution.claims.world import facts, submitted
from tests.make import NOON, Cast
from tests.partners.stand import names_of
from tests.settle import settle
from tests.web import Browser

YESTERDAY = (clock.now() - timedelta(days=1)).date().isoformat()
FORM = {
    "motion": "build", "kind": "training", "occurred_on": YESTERDAY, "did": "Two days on site.",
    "evidence_link": "https://files.example/report.pdf",
}  # fmt: skip


async def browser(app: Litestar, actor: Actor | None) -> Browser:
    return await Browser.of(app, actor)


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


async def test_who_is_signed_out_is_asked_to_sign_in(app: Litestar, cast: Cast) -> None:  # noqa: ARG001 -- the database
    for path in ("/claims", "/claims/new"):
        assert (await (await browser(app, None)).get(path)).status_code == 303


@pytest.mark.parametrize("who", ["pam", "sam", "cleo", "ada"])
async def test_whoever_has_no_right_sees_nothing(app: Litestar, cast: Cast, who: str) -> None:
    assert (await (await browser(app, cast.everybody()[who])).get("/claims")).status_code == 403


async def test_a_claim_is_typed_and_submitted_on_one_page(app: Litestar, cast: Cast) -> None:
    await make.card(cast.pia, "Kaltenberg AG")
    pia = await browser(app, cast.pia)
    answer = await pia.post("/claims/new", FORM | {"customer": "kaltenberg ag"})
    assert answer.status_code == 303
    page = (await pia.get(answer.headers["location"])).text
    for words in ("Kaltenberg AG", "Training", "Two days on site.", "Until then it earns nothing.", "Withdraw"):
        assert words in page
    assert await names_of(id_of(answer.headers["location"])) == ["claim.drafted", "claim.submitted"]
    assert "Kaltenberg AG" in (await pia.get("/claims?tab=all")).text


async def test_the_number_of_a_deal_is_enough(app: Litestar, cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="approved", number="AS-2026-007")
    pia = await browser(app, cast.pia)
    assert 'href="/claims/new?deal_number=AS-2026-007"' in (await pia.get(f"/partners/deals/{deal}")).text
    assert 'value="AS-2026-007"' in (await pia.get("/claims/new?deal_number=AS-2026-007")).text
    answer = await pia.post("/claims/new", FORM | {"deal_number": "AS-2026-007", "do": "draft"})
    assert f'href="/partners/deals/{deal}"' in (await pia.get(answer.headers["location"])).text
    for number in ("AS-2026-008", await _number_of_a_rival(cast)):
        wrong = await pia.post("/claims/new", FORM | {"deal_number": number})
        assert (wrong.status_code, "You have no deal of this number." in wrong.text) == (422, True)


async def _number_of_a_rival(cast: Cast) -> str:
    await make.deal(cast.otto, number="OI-2026-001")
    return "OI-2026-001"


async def test_what_was_typed_stays_and_errors_stand_beside_it(app: Litestar, cast: Cast) -> None:
    await make.card(cast.pia, "Kaltenberg AG")
    pia = await browser(app, cast.pia)
    typed: dict[str, Any] = FORM | {"customer": "Kaltenberg", "evidence_link": "http://x", "did": "Kept words"}
    answer = await pia.post("/claims/new", typed)
    assert answer.status_code == 422
    assert "You have customers like this one: choose it below." in answer.text
    assert "Kept words" in answer.text
    again = await pia.post("/claims/new", typed | {"customer": "Kaltenberg AG"})
    assert "Give an address that begins with https://." in again.text
    assert "You have no customer of this name." in (await pia.post("/claims/new", typed | {"customer": "Xy"})).text
    missing = await pia.post("/claims/new", {"customer": "Kaltenberg AG", "do": "submit"})
    assert missing.status_code == 422


async def test_without_a_script_the_customers_are_found_by_a_button_and_with_one_by_a_fragment(
    app: Litestar, cast: Cast
) -> None:
    card = await make.card(cast.pia, "Kaltenberg AG")
    await make.card(cast.otto, "Kaltenberg Omega AG")
    pia = await browser(app, cast.pia)
    found = await pia.post("/claims/new", FORM | {"customer": "kalten", "do": "find"})
    assert (found.status_code, f'value="{card}"' in found.text, "Omega" in found.text) == (200, True, False)
    fragment = (await pia.fragment("/claims/new?customer=kalten")).text
    assert (f'value="{card}"' in fragment, "<html" in fragment) == (True, False)


async def test_a_draft_is_edited_and_sent(app: Litestar, cast: Cast) -> None:
    card = await make.card(cast.pia, "Kaltenberg AG")
    claim = await service.create_draft(cast.pia, facts(card), now=NOON)
    pia = await browser(app, cast.pia)
    assert "Two days on site." in (await pia.get(f"/claims/{claim}/edit")).text
    sent = await pia.post(f"/claims/{claim}/edit", FORM | {"card": str(card), "did": "Three days.", "version": "1"})
    assert sent.status_code == 303
    assert "Three days." in (await pia.get(f"/claims/{claim}")).text
    assert (await pia.get(f"/claims/{claim}/edit")).status_code == 303
    late = await pia.post(f"/claims/{claim}/edit", FORM | {"card": str(card), "do": "save"})
    assert (late.status_code, "What was submitted stays as it is." in late.text) == (422, True)


async def test_the_desk_decides(app: Litestar, cast: Cast) -> None:
    account = await make.account("Kaltenberg Brauerei")
    card = await make.card(cast.pia, "Kaltenberg AG")
    claim = await submitted(cast.pia, card)
    vera = await browser(app, cast.vera)
    assert "Kaltenberg AG" in (await vera.get("/claims?tab=open")).text
    unlinked = (await vera.get(f"/claims/{claim}")).text
    assert "linked to no account yet" in unlinked
    assert (await vera.post(f"/claims/{claim}/moves", {"verb": "take"})).status_code == 303
    refused = await vera.post(f"/claims/{claim}/moves", {"verb": "approve"})
    assert (refused.status_code, "Say first which account" in refused.text) == (409, True)
    await linking.link_card(cast.vera, card, account, now=NOON)
    await submitted(cast.otto, await make.card(cast.otto, account_id=account))
    await settle()
    page = (await vera.get(f"/claims/{claim}")).text
    for words in ("Kaltenberg Brauerei", "Around that day", "this claim", "Omega IT AG"):
        assert words in page
    assert (await vera.post(f"/claims/{claim}/moves", {"verb": "approve", "note": "Well done"})).status_code == 303
    pia = await browser(app, cast.pia)
    own = (await pia.get(f"/claims/{claim}")).text
    assert "Well done" in own
    for secret in ("Kaltenberg Brauerei", "Omega", "Around that day", str(account)):
        assert secret not in own


async def test_a_question_and_its_answer(app: Litestar, cast: Cast) -> None:
    claim = await submitted(cast.pia)
    vera, pia = await browser(app, cast.vera), await browser(app, cast.pia)
    await vera.post(f"/claims/{claim}/moves", {"verb": "take"})
    empty = await vera.post(f"/claims/{claim}/moves", {"verb": "ask", "note": " "})
    assert empty.status_code == 422
    await vera.post(f"/claims/{claim}/moves", {"verb": "ask", "note": "Who was there?"})
    assert "Who was there?" in (await pia.get("/")).text or "a question about your claim" in (await pia.get("/")).text
    assert "Who was there?" in (await pia.get(f"/claims/{claim}")).text
    await pia.post(f"/claims/{claim}/moves", {"verb": "answer", "note": "Dr. Huber"})
    assert "Dr. Huber" in (await vera.get(f"/claims/{claim}")).text


async def test_a_rejection_says_why(app: Litestar, cast: Cast) -> None:
    claim = await submitted(cast.pia)
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    await service.move_claim(cast.vera, claim, "reject", said=Said("No trace of it.", "no_evidence"), now=NOON)
    page = (await (await browser(app, cast.pia)).get(f"/claims/{claim}")).text
    assert "Rejected: The evidence does not show it" in page
    assert "No trace of it." in page


async def test_a_rivals_claim_is_as_one_that_does_not_exist(app: Litestar, cast: Cast) -> None:
    claim, otto = await submitted(cast.pia), await browser(app, cast.otto)
    for path in (f"/claims/{claim}", f"/claims/{claim}/edit", f"/api/v1/claims/{claim}"):
        assert (await otto.get(path)).status_code == 404
    assert (await otto.post(f"/claims/{claim}/moves", {"verb": "withdraw"})).status_code == 404


async def test_the_page_is_the_same_whether_the_customer_is_known_or_not(app: Litestar, cast: Cast) -> None:
    account = await make.account()
    cards = [await make.card(cast.pia, "Same AG"), await make.card(cast.pia, "Same AG", account_id=account)]
    pia, pages = await browser(app, cast.pia), []
    for card in cards:
        claim = await submitted(cast.pia, card)
        await settle()
        text = (await pia.get(f"/claims/{claim}")).text
        for key in (claim, card):
            text = text.replace(str(key), "ID")
        pages.append([line for line in text.splitlines() if "csrf_token" not in line and "idempotency" not in line])
    assert pages[0] == pages[1]


async def test_the_api_claims_moves_and_lists(app: Litestar, cast: Cast) -> None:
    card = await make.card(cast.pia, "Kaltenberg AG")
    pia, vera = await browser(app, cast.pia), await browser(app, cast.vera)
    body = {key: value for key, value in FORM.items() if key != "do"} | {"card": str(card)}
    made = await pia.send_json("POST", "/api/v1/claims", body)
    assert (made.status_code, made.json()["state"], made.json()["moves"]) == (201, "draft", ["submit", "withdraw"])
    path = f"/api/v1/claims/{made.json()['id']}"
    put = await pia.send_json("PUT", path, body | {"did": "More.", "submit": True, "version": 1})
    assert (put.json()["did"], put.json()["state"]) == ("More.", "submitted")
    taken = await vera.send_json("POST", f"{path}/moves", {"verb": "take"})
    assert (taken.json()["state"], taken.json()["moves"]) == ("in_review", ["approve", "ask", "reject"])
    assert (await pia.send_json("POST", f"{path}/moves", {"verb": "approve"})).status_code == 403
    assert [item["customer"] for item in (await vera.json("/api/v1/claims")).json()["items"]] == ["Kaltenberg AG"]
    assert (await pia.send_json("POST", "/api/v1/claims", body | {"state": "approved"})).status_code == 422


async def test_a_draft_is_not_in_the_vendors_list(app: Litestar, cast: Cast) -> None:
    claim = await service.create_draft(cast.pia, facts(await make.card(cast.pia, "Secret Draft AG")), now=NOON)
    vera = await browser(app, cast.vera)
    for path in ("/claims?tab=all", "/claims/export/csv?tab=all", "/api/v1/claims?tab=all", "/news"):
        assert "Secret Draft AG" not in (await vera.get(path)).text
    assert (await vera.get(f"/claims/{claim}")).status_code == 404


async def test_the_bounds_are_a_policy_with_a_form(app: Litestar, cast: Cast) -> None:
    ada = await browser(app, cast.ada)
    assert "Days back that can be claimed" in (await ada.get("/settings/policies/claims/new")).text
    form = {"look_back_days": "90", "open_claims": "10", "effective_from": "2027-01-01", "note": "Tighter"}
    answer = await ada.post("/settings/policies/claims/new", form)
    assert answer.status_code == 303
    assert "90" in (await ada.get(answer.headers["location"])).text


async def test_in_chinese(app: Litestar, cast: Cast) -> None:
    claim = await submitted(cast.pia)
    pia = await browser(app, cast.pia)
    await pia.post("/language", {"locale": "zh_CN", "next": "/claims"})
    assert "贡献申报" in (await pia.get("/claims")).text
    assert "撤回" in (await pia.get(f"/claims/{claim}")).text
