"""The API of deals: it does what the pages do, and refuses bad bodies."""

from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar

from portal.core import clock, db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import tiers
from tests.web import Browser


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def test_the_api_does_what_the_pages_do(app: Litestar, cast: Cast) -> None:
    await tiers()
    product = await make.product("Insight")
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    body: dict[str, Any] = {
        "customer": {"name": "Acme GmbH", "country": "DE"}, "currency": "EUR", "expected_close_on": "2026-12-31",
        "lines": [{"product": str(product), "quantity": 3}], "submit": True,
    }  # fmt: skip
    made = await pia.send_json("POST", "/api/v1/partners/deals", body)
    assert made.status_code == 201, made.text
    deal = made.json()
    assert (deal["state"], deal["amount"], deal["moves"]) == (
        "submitted",
        {"minor": 300_00, "currency": "EUR"},
        ["withdraw"],
    )
    assert "account" not in deal
    path = f"/api/v1/partners/deals/{deal['id']}"
    taken = await vera.send_json("POST", f"{path}/moves", {"verb": "take"})
    assert taken.json()["moves"] == ["approve", "ask", "reject"]
    assert taken.json()["account"] is None
    refused = await vera.send_json("POST", f"{path}/moves", {"verb": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unlinked")
    assert [one["name"] for one in (await pia.json(f"{path}/timeline")).json()["items"]] == [
        "deal.taken", "deal.submitted", "deal.drafted",
    ]  # fmt: skip
    listed = (await pia.json("/api/v1/partners/deals")).json()
    assert [item["id"] for item in listed["items"]] == []
    assert [item["id"] for item in (await pia.json("/api/v1/partners/deals?tab=all")).json()["items"]] == [deal["id"]]
    locked = await pia.send_json("PUT", path, body | {"submit": False, "competitor": "X"})
    assert locked.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {}, {"currency": "EUR"}, {"currency": "EUR", "card": "x"}, {"currency": "EUR", "state": "approved"},
        {"currency": "EUR", "partner_id": str(uuid4()), "customer": {"name": "A", "country": "DE"}},
        {"currency": "EUR", "customer": {"name": "A", "country": "DE"}, "card": str(uuid4())},
        {"currency": "EUR", "customer": {"name": "A", "country": "DE"}, "lines": [{"product": str(uuid4()), "quantity": "3"}]},
        {"currency": "EUR", "customer": {"name": "A", "country": "DE"}, "lines": [{"product": str(uuid4()), "quantity": 0}]},
    ],
)  # fmt: skip
async def test_a_bad_body_is_refused(app: Litestar, cast: Cast, body: dict[str, Any]) -> None:
    pia = await Browser.of(app, cast.pia)
    answer = await pia.send_json("POST", "/api/v1/partners/deals", body)
    assert answer.status_code == 422, answer.text
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_deal") == 0
