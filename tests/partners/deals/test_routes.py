"""Pages and API of deals: who may, what a person meets without a script, fragments, JSON, and nothing of rivals."""

import re
from datetime import date
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from partners.deals import queries
from partners.matching.accounts import write_all_keys
from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import names_of, statements, tiers
from tests.web import Browser

NEW = "/partners/deals/new"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def named_product(name: str = "Insight") -> tuple[UUID, str]:
    """A product and how the form writes it."""
    product = await make.product(name)
    async with db.transaction(SYSTEM):
        sku = await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)
    return product, f"{name} ({sku})"


async def typed(**more: str) -> dict[str, str]:
    """A registration as a person types it."""
    _product, text = await named_product()
    return {
        "do": "submit", "rows": "2", "customer": "Allgäuer Frischlogistik GmbH", "country": "DE", "currency": "EUR",
        "product_1": text, "quantity_1": "10", "expected_close_on": "2026-12-31",
    } | more  # fmt: skip


def deal_of(location: str) -> UUID:
    return UUID(location.rsplit("/", 1)[1])


async def state_of(deal_id: UUID) -> str:
    async with db.transaction(SYSTEM):
        return (await queries.get_deal(SYSTEM, deal_id)).state


@pytest.mark.parametrize(
    "path", ["/partners/deals", NEW, f"/partners/deals/{UUID(int=7)}", "/partners/deals/export/csv"]
)
@pytest.mark.usefixtures("cast")
async def test_nobody_is_asked_to_sign_in(app: Litestar, path: str) -> None:
    answer = await Browser(app).get(path)
    assert answer.status_code in (302, 303)
    assert "/sign-in" in answer.headers["location"]


async def test_a_deal_is_registered_on_one_page(app: Litestar, cast: Cast) -> None:
    await tiers()
    pia = await Browser.of(app, cast.pia)
    page = await pia.get(NEW)
    assert page.status_code == 200
    assert "0 of 40 registrations" in page.text
    answer = await pia.post(NEW, await typed())
    assert answer.status_code == 303, answer.text
    page = await pia.get(answer.headers["location"])
    for words in ("Allgäuer Frischlogistik GmbH", "AS-2026-001", "Submitted", "€1,000.00", "Insight"):
        assert words in page.text
    listed = await pia.get("/partners/deals?tab=all")
    assert "Allgäuer Frischlogistik GmbH" in listed.text


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(app: Litestar, cast: Cast) -> None:
    await tiers()
    pia = await Browser.of(app, cast.pia)
    wrong = await typed(
        product_2="no such thing", quantity_2="0", price_1="many", contact_email="nowhere", notes="Keep <me>",
        expected_close_on="",
    )  # fmt: skip
    answer = await pia.post(NEW, wrong)
    assert answer.status_code == 422
    assert "Keep &lt;me&gt;" in answer.text
    assert 'value="no such thing"' in answer.text
    assert 'href="#f-price_1"' in answer.text
    answer = await pia.post(NEW, wrong | {"price_1": "12.50"})
    assert 'href="#f-product_2"' in answer.text
    answer = await pia.post(NEW, wrong | {"price_1": "12.50", "product_2": "", "quantity_2": ""})
    assert 'href="#f-contact_email"' in answer.text
    answer = await pia.post(NEW, wrong | {"price_1": "", "product_2": "", "quantity_2": "", "contact_email": ""})
    assert 'href="#f-expected_close_on"' in answer.text
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_deal") == 0


async def test_a_line_is_added_and_a_customer_found_without_a_script(app: Litestar, cast: Cast) -> None:
    card = await make.card(cast.pia, "Allgäuer Frischlogistik GmbH", city="Kempten")
    await make.card(cast.otto, "Frischdienst KG")
    pia = await Browser.of(app, cast.pia)
    page = await pia.post(NEW, await typed(do="add", customer="frisch"))
    assert page.status_code == 200
    assert 'name="product_4"' in page.text
    assert 'class="problems"' not in page.text
    page = await pia.post(NEW, await typed(do="find", customer="frisch"))
    assert f'value="{card}"' in page.text
    assert "Frischdienst" not in page.text
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_deal") == 0


async def test_htmx_gets_only_the_customers_that_were_found(app: Litestar, cast: Cast) -> None:
    card = await make.card(cast.pia, "Allgäuer Frischlogistik GmbH")
    pia = await Browser.of(app, cast.pia)
    found = await pia.fragment(f"{NEW}?customer=frisch")
    assert "<html" not in found.text
    assert str(card) in found.text
    assert str(card) not in (await (await Browser.of(app, cast.otto)).fragment(f"{NEW}?customer=frisch")).text
    nothing = await pia.fragment(f"{NEW}?customer=zzz")
    assert re.sub(r"\s+", " ", nothing.text).strip().endswith("></div>")


async def test_a_similar_customer_has_to_be_chosen_or_denied(app: Litestar, cast: Cast) -> None:
    await tiers()
    card = await make.card(cast.pia, "Frischlogistik Allgäu GmbH")
    pia = await Browser.of(app, cast.pia)
    unclear = await typed(customer="Frischlogistik")
    answer = await pia.post(NEW, unclear)
    assert answer.status_code == 422
    assert 'href="#f-customer"' in answer.text
    chosen = await pia.post(NEW, unclear | {"card": str(card)})
    assert chosen.status_code == 303
    new = await pia.post(NEW, unclear | {"card": "new"})
    assert new.status_code == 303
    async with db.transaction(SYSTEM):
        cards = await db.sql("SELECT card FROM partners_deal ORDER BY number")
    assert [row["card"] == card for row in cards] == [True, False]


async def test_a_draft_is_kept_changed_and_submitted(app: Litestar, cast: Cast) -> None:
    await tiers()
    pia = await Browser.of(app, cast.pia)
    answer = await pia.post(NEW, {"do": "draft", "customer": "Acme GmbH", "country": "DE", "currency": "EUR"})
    deal = deal_of(answer.headers["location"])
    assert await state_of(deal) == "draft"
    page = await pia.get(f"/partners/deals/{deal}/edit")
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    filled = await typed(customer="Acme GmbH", version=version.group(1))
    answer = await pia.post(f"/partners/deals/{deal}/edit", filled)
    assert answer.status_code == 303, answer.text
    assert await state_of(deal) == "submitted"
    stale = await pia.post(f"/partners/deals/{deal}/edit", filled | {"do": "save", "notes": "x"})
    assert stale.status_code == 422
    assert "was changed after you opened it" in stale.text


async def test_locked_fields_say_why_and_are_not_taken(app: Litestar, cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="submitted", competitor="Frostlog")
    pia = await Browser.of(app, cast.pia)
    page = await pia.get(f"/partners/deals/{deal}/edit")
    assert "The customer is fixed since the deal was submitted" in page.text
    assert 'name="product_1"' not in page.text
    forged = {
        "do": "save", "currency": "USD", "competitor": "Nobody", "notes": "Mine", "customer": "Other", "card": "new",
        "product_1": "Insight", "role": "build",
    }  # fmt: skip
    answer = await pia.post(f"/partners/deals/{deal}/edit", forged)
    assert answer.status_code == 303
    record = await queries.get_record(SYSTEM, deal)
    assert (record.competitor, record.notes, record.amount.currency, record.role) == ("Frostlog", "Mine", "EUR", "sell")


async def test_the_whole_review_by_its_buttons(app: Litestar, cast: Cast) -> None:
    await tiers()
    account = await make.account("Allgäuer Frischlogistik AG")
    await write_all_keys(SYSTEM)
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    answer = await pia.post(NEW, await typed())
    path = answer.headers["location"]
    deal = deal_of(path)
    for verb in ("take", "ask"):
        page = await vera.get(path)
        assert f'name="verb" value="{verb}"' in page.text
        assert (
            await vera.post(f"{path}/moves", {"verb": verb, "note": "How many sites?", "asked": "lines"})
        ).status_code == 303
    page = await pia.get(path)
    assert "How many sites?" in page.text
    assert "Products and prices" in page.text
    assert (await pia.post(f"{path}/moves", {"verb": "answer", "note": "Two."})).status_code == 303
    refused = await vera.post(f"{path}/moves", {"verb": "approve"})
    assert refused.status_code == 409
    assert "Say first which account this customer is" in refused.text
    card = (await queries.get_record(SYSTEM, deal)).card_id
    page = await vera.get(path)
    assert "Allgäuer Frischlogistik AG" in page.text
    linked = await vera.post(f"/partners/cards/{card}/link", {"account": str(account), "deal": str(deal)})
    assert linked.headers["location"] == path
    assert (await vera.post(f"{path}/moves", {"verb": "approve", "note": "Go."})).status_code == 303
    page = await pia.get(path)
    assert "Protected to 16 Feb 2027" in page.text
    assert "Frischlogistik AG" not in page.text
    for verb in ("propose", "win"):
        assert (await pia.post(f"{path}/stage", {"verb": verb})).status_code == 303
    assert "Won" in (await pia.get(path)).text
    assert await names_of(deal) == [
        "deal.drafted", "deal.submitted", "deal.taken", "deal.asked", "deal.answered", "deal.approved",
        "deal.stage_moved", "deal.won",
    ]  # fmt: skip


async def test_a_move_without_its_words_marks_them(app: Litestar, cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="in_review")
    vera = await Browser.of(app, cast.vera)
    answer = await vera.post(f"/partners/deals/{deal}/moves", {"verb": "reject", "code": "duplicate"})
    assert answer.status_code == 422
    assert "Write what the other side has to know" in answer.text
    assert await state_of(deal) == "in_review"


async def test_a_stale_button_is_refused_on_the_page(app: Litestar, cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="submitted")
    vera = await Browser.of(app, cast.vera)
    await vera.post(f"/partners/deals/{deal}/moves", {"verb": "take", "version": "1"})
    answer = await vera.post(f"/partners/deals/{deal}/moves", {"verb": "ask", "note": "x", "version": "1"})
    assert answer.status_code == 409
    assert "was changed after you opened it" in answer.text


@pytest.mark.parametrize("who", ["otto", "oona"])
@pytest.mark.parametrize("state", ["approved", "missing"])
async def test_a_rivals_deal_is_like_one_that_does_not_exist(app: Litestar, cast: Cast, who: str, state: str) -> None:
    deal = uuid4() if state == "missing" else await make.deal(cast.pia, state=state)
    rival = await Browser.of(app, cast.everybody()[who])
    base = f"/partners/deals/{deal}"
    answers = [
        await rival.get(base), await rival.fragment(base), await rival.json(f"/api/v1{base}"),
        await rival.get(f"{base}/edit"), await rival.post(f"{base}/moves", {"verb": "withdraw"}),
        await rival.post(f"{base}/stage", {"verb": "win"}), await rival.json(f"/api/v1{base}/timeline"),
        await rival.post(f"{base}/edit", {"do": "save", "currency": "EUR"}),
        await rival.send_json("POST", f"/api/v1{base}/moves", {"verb": "withdraw"}),
        await rival.send_json("PUT", f"/api/v1{base}", {"card": str(uuid4()), "currency": "EUR"}),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(
    ("who", "status"),
    [("pia", 303), ("paul", 303), ("pam", 403), ("petra", 403), ("vera", 403), ("faye", 403), ("dora", 403)],
)
async def test_who_may_withdraw(app: Litestar, cast: Cast, who: str, status: int) -> None:
    deal = await make.deal(cast.pia, state="submitted")
    browser = await Browser.of(app, cast.everybody()[who])
    answer = await browser.post(f"/partners/deals/{deal}/moves", {"verb": "withdraw"})
    assert answer.status_code == status


@pytest.mark.parametrize("who", ["vera", "sam", "cleo", "milo", "faye", "audra", "ada", "pia", "petra", "dora"])
async def test_whoever_reads_sees_the_page(app: Litestar, cast: Cast, who: str) -> None:
    deal = await make.deal(cast.pia, state="in_review")
    browser = await Browser.of(app, cast.everybody()[who])
    for path in (
        "/partners/deals",
        f"/partners/deals/{deal}",
        "/partners/deals/export/csv",
        "/partners/deals/export/xlsx",
    ):
        assert (await browser.get(path)).status_code == 200, path


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "info_requested", "approved", "rejected", "withdrawn", "expired"]
)
@pytest.mark.parametrize("locale", ["en", "zh_CN"])
async def test_every_state_is_drawn_for_both_sides_and_languages(
    app: Litestar, cast: Cast, state: str, locale: str
) -> None:
    deal = await make.deal(
        cast.pia, state=state, question="Why?", asked_fields=["lines"], reject_code="other" if state == "rejected" else "",
        notes="n", help_wanted="h", reviewer=cast.vera.membership_id, expected_close_on=date(2026, 12, 1),
    )  # fmt: skip
    for actor in (cast.pia, cast.dora, cast.vera, cast.audra):
        browser = await Browser.of(app, actor)
        browser.client.cookies.set("locale", locale)
        page = await browser.get(f"/partners/deals/{deal}")
        assert page.status_code == 200
        assert f'lang="{locale.replace("_", "-")}"' in page.text
    pia = await Browser.of(app, cast.pia)
    assert (await pia.get(f"/partners/deals/{deal}/edit")).status_code == 200


@pytest.mark.security
async def test_a_partner_gets_the_same_bytes_by_the_same_statements_whether_its_card_is_linked(
    app: Litestar, cast: Cast
) -> None:
    await tiers()
    pia = await Browser.of(app, cast.pia)
    card = await make.card(cast.pia, "Acme GmbH")
    deal = await make.deal(cast.pia, card_id=card, state="submitted")
    paths = (
        "/partners/deals?tab=all", f"/partners/deals/{deal}", f"/partners/deals/{deal}/edit", f"/partners/cards/{card}",
        f"/partners/cards/{card}/edit", f"/partners/cards/{card}/link", "/partners/cards", "/partners/cards/export/csv",
        f"/api/v1/partners/deals/{deal}", f"/api/v1/partners/cards/{card}", f"/api/v1/partners/cards/{card}/link",
        f"{NEW}?customer=acme&card={card}", f"/api/v1/partners/deals/{deal}/timeline",
    )  # fmt: skip

    async def everything() -> tuple[list[str], list[str]]:
        """All that the partner is sent, fresh keys of forms aside, and every statement."""
        with statements() as seen:
            bodies = [(await pia.get(path)).text for path in paths]
        return [re.sub(r'idempotency_key" value="[^"]+|[0-9a-f]{16}', "*", body) for body in bodies], list(seen)

    unlinked = await everything()
    assert await everything() == unlinked
    vera = await Browser.of(app, cast.vera)
    account = await make.account("Secret AG")
    assert (await vera.post(f"/partners/cards/{card}/link", {"account": str(account)})).status_code == 303
    assert await everything() == unlinked
    assert not any("Secret" in body or str(account) in body for body in unlinked[0])


@pytest.mark.security
@pytest.mark.parametrize("field", ["state", "partner_id", "owner", "protected_until", "decided_at", "number", "stage"])
async def test_no_column_comes_in_by_its_name(app: Litestar, cast: Cast, field: str) -> None:
    pia = await Browser.of(app, cast.pia)
    answer = await pia.post(NEW, await typed(**{field: "x"}))
    assert answer.status_code == 422
    deal = await make.deal(cast.pia, state="submitted")
    for action in ("edit", "moves", "stage"):
        data = {"do": "save", "currency": "EUR"} if action == "edit" else {"verb": "withdraw"}
        assert (await pia.post(f"/partners/deals/{deal}/{action}", data | {field: "x"})).status_code == 422
    assert await state_of(deal) == "submitted"


async def test_sending_twice_acts_once(app: Litestar, cast: Cast) -> None:
    await tiers()
    pia = await Browser.of(app, cast.pia)
    form = await typed(idempotency_key=str(uuid4()))
    first, second = await pia.post(NEW, form), await pia.post(NEW, form)
    assert first.headers["location"] == second.headers["location"]
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_deal") == 1


async def test_the_navigation_counts_what_waits(app: Litestar, cast: Cast) -> None:
    await make.deal(cast.pia, state="info_requested")
    page = await (await Browser.of(app, cast.pia)).get("/partners/deals")
    assert re.search(r'href="/partners/deals"[^>]*>.*?<span class="count">1', page.text)
