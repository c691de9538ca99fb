"""Pages and API of approval chains: who will be asked, whose turn it is, how far it is, and the policy's form."""

import re
from typing import Any

import pytest
from litestar import Litestar

from partners.chains import service
from portal.core import clock
from tests import make
from tests.make import NOON, Cast
from tests.partners.chains.stand import policy, reviewed, rule
from tests.partners.stand import statements, tiers
from tests.web import Browser

KIND = "/settings/policies/approval_chains"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def words(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_a_deal_is_agreed_step_by_step_from_its_page(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    vera, faye, pia = [await Browser.of(app, one) for one in (cast.vera, cast.faye, cast.pia)]
    here = f"/partners/deals/{deal}"
    answer = await vera.post(f"{here}/steps", {"verb": "approve", "note": "Known customer."})
    assert answer.headers["location"] == here
    page = await faye.get(here)
    assert "1 of 2 steps agreed" in words(page.text)
    assert "Yours is the last step" in page.text
    assert "Known customer." in page.text
    assert f'action="{here}/moves"' not in page.text
    seen = words((await pia.get(here)).text)
    assert "1 of 2 steps done" in seen
    assert "Known customer." not in seen
    assert "Vera" not in seen
    answer = await faye.post(f"{here}/steps", {"verb": "approve"})
    assert answer.headers["location"] == here
    assert "All agreed" in (await vera.get(here)).text


async def test_the_plain_approval_is_no_button_while_steps_run(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    vera = await Browser.of(app, cast.vera)
    refused = await vera.post(f"/partners/deals/{deal}/moves", {"verb": "approve"})
    assert refused.status_code == 409
    assert "Next: Any partner manager" in refused.text
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    page = (await vera.get(f"/partners/deals/{deal}")).text
    assert 'value="approve"' not in page
    assert 'value="reject"' in page
    early = await vera.post(f"/partners/deals/{deal}/steps", {"verb": "approve"})
    assert early.status_code == 403
    assert "Next: Finance" in early.text


@pytest.mark.parametrize(("verb", "status"), [("maybe", 422), ("reject", 422)])
async def test_bad_input_changes_nothing(app: Litestar, cast: Cast, verb: str, status: int) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    vera = await Browser.of(app, cast.vera)
    assert (await vera.post(f"/partners/deals/{deal}/steps", {"verb": verb})).status_code == status


async def test_the_steps_as_json_tell_the_partner_no_names(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    vera, pia = [await Browser.of(app, one) for one in (cast.vera, cast.pia)]
    url = f"/api/v1/partners/deals/{deal}/steps"
    assert (await vera.json(url)).json() == {"outcome": None, "done": 0, "asks": []}
    found = (await vera.send_json("POST", url, {"verb": "approve"})).json()
    assert (found["done"], found["your_turn"]) == (1, None)
    assert [(one["who"], one["agreed_by"]) for one in found["steps"]] == [
        ("Any partner manager", "Vera Vendor"), ("Finance", None),
    ]  # fmt: skip
    assert (await pia.json(url)).json() == {
        "outcome": "open", "done": 1,
        "asks": [{"step": 1, "approver": "partner_manager"}, {"step": 2, "approver": "finance"}],
    }  # fmt: skip


async def test_who_will_decide_is_said_before_submitting(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy(
        rule(value_from="100000"),
        rule(name="Silver only", value_from="", currency="", tiers=("silver",), second=("sales",)),
        rule(name="One by name", value_from="200000", second=(), third_person=cast.finn.email),
    )
    pia = await Browser.of(app, cast.pia)
    page = words((await pia.get("/partners/deals/new")).text)
    assert "A partner manager decides." in page
    assert "from €100,000.00, also: Finance" in page
    assert "from €200,000.00, also: One of the vendor&#39;s people" in page
    # Nothing of other partners' rules, and no names.
    assert "Key account manager" not in page
    assert "Finn" not in page
    small = await make.deal(cast.pia)
    dollars = await make.deal(cast.pia, currency="USD")
    assert "Finance, perhaps" in (await pia.get(f"/partners/deals/{dollars}")).text
    large = await make.deal(cast.pia, quantity=1, price=250_000_00)
    for path in (f"/partners/deals/{small}", f"/partners/deals/{small}/edit"):
        assert "A partner manager decides." in (await pia.get(path)).text
    for path in (f"/partners/deals/{large}", f"/partners/deals/{large}/edit"):
        text = words((await pia.get(path)).text)
        assert "these will be asked: A partner manager Finance One of the vendor&#39;s people" in text


async def test_the_panels_cost_few_statements(app: Litestar, cast: Cast) -> None:
    await tiers()
    await policy()
    deal = await reviewed(cast)
    vera = await Browser.of(app, cast.vera)
    page = f"/partners/deals/{deal}"
    with statements() as without:
        await vera.get(page)
    await service.decide_step(cast.vera, deal, "approve", now=NOON)
    with statements() as with_steps:
        await vera.get(page)
    assert len(with_steps) == len(without)


async def test_the_policy_is_written_checked_and_submitted_in_its_form(app: Litestar, cast: Cast) -> None:
    ada = await Browser.of(app, cast.ada)
    fields: dict[str, Any] = {
        "effective_from": "2026-12-01", "submissions_an_hour": "20", "rules.0.name": "Large",
        "rules.0.currency": "EUR", "rules.0.value_from": "100000", "rules.0.second": "finance",
        "rules.0.third_person": "nobody@test.example",
    }  # fmt: skip
    wrong = await ada.post(f"{KIND}/new", fields | {"rules.0.currency": ""})
    assert wrong.status_code == 422
    assert "Choose the currency of this amount." in wrong.text
    more = await ada.post(f"{KIND}/new", fields | {"do": "add:rules"})
    assert "New rule" in more.text
    kept = await ada.post(f"{KIND}/new", fields)
    version = kept.headers["location"]
    page = (await ada.get(version)).text
    assert "nobody@test.example cannot agree" in page
    assert "from €100,000.00" in page
    assert (await ada.post(f"{version}/submit")).status_code == 422
    await ada.post(f"{version}/edit", fields | {"rules.0.third_person": cast.finn.email})
    assert (await ada.post(f"{version}/submit")).headers["location"] == version
