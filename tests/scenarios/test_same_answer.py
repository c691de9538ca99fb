"""A partner that registers a customer whom others claim gets the very answer that it gets for one nobody claims."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from litestar import Litestar

from partners.matching.accounts import write_all_keys
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import tiers
from tests.settle import settle
from tests.web import Browser

pytestmark = pytest.mark.security

CUSTOMER: Final = "Allgäuer Frischlogistik GmbH"
NEW: Final = "/partners/deals/new"
_RANDOM: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}"
    r'|(?<=name="csrf_token" value=")[^"]+|(?<=name="idempotency_key" value=")[^"]+|(?<=nonce-)[\w+/=-]+'
)
"""Ids and tokens: random in each answer, whatever it says."""
_OF_EACH: Final = frozenset({"date", "x-request-id"})
"""Headers that are another with each answer."""
_UNIT: Final = re.compile(r"SET LOCAL ROLE (\w+).*?'app\.partner_ids', '\{([^}]*)\}'", re.DOTALL)


@dataclass
class Heard:
    """What a rival could notice of one request: its statements, and the answer without what is random in it."""

    step: str
    status: int
    headers: dict[str, str]
    body: str
    statements: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[list[str]]:
    """All statements inside the block, those that open and close units too."""
    seen: list[str] = []

    def keep(record: Any) -> None:
        seen.append(record.query)

    connection = db.ENGINE.held
    connection.add_query_logger(keep)
    try:
        yield seen
    finally:
        connection.remove_query_logger(keep)


class Rival:
    """Otto, and what he hears."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.heard: list[Heard] = []

    async def ask(self, step: str, path: str) -> None:
        await self._hear(step, lambda: self.browser.get(path))

    async def send(self, step: str, path: str, form: dict[str, str]) -> str:
        """The address that the answer leads to."""
        answer = await self._hear(step, lambda: self.browser.post(path, form))
        assert answer.status_code == 303, (step, answer.text)
        return str(answer.headers["location"])

    async def _hear(self, step: str, request: Callable[[], Awaitable[Any]]) -> Any:
        with listening() as seen:
            answer = await request()
        headers = {name: _masked(value) for name, value in answer.headers.items() if name not in _OF_EACH}
        texts = [_masked(one) for one in seen]
        self.heard.append(Heard(step, answer.status_code, headers, _masked(answer.text), texts))
        return answer


def _masked(text: str) -> str:
    return _RANDOM.sub("·", text)


async def nobody(_cast: Cast, _account: UUID, _product: UUID) -> None:
    """Nobody else claims the customer."""


async def protected(cast: Cast, account: UUID, product: UUID) -> None:
    """Alpha's deal for the same customer and product is protected."""
    deal = await registered(cast, account, product, state="approved")
    await make.protection(deal, cast.pia, account, await make.group_of(product))


async def registered(cast: Cast, account: UUID, product: UUID, *, state: str = "in_review") -> UUID:
    """Alpha has registered the same customer and product."""
    card = await make.card(cast.pia, CUSTOMER, account_id=account)
    return await make.deal(cast.pia, card_id=card, product_id=product, state=state)


async def sold_directly(cast: Cast, account: UUID, product: UUID) -> None:
    """The vendor itself sells the same to the same customer."""
    await make.opportunity(account, cast.sam, product=product, opened_at=NOON - timedelta(days=40))


async def in_review(cast: Cast, account: UUID, product: UUID) -> None:
    """Alpha's deal waits for its decision."""
    await registered(cast, account, product)


async def story(app: Litestar, otto: Actor, product: str) -> list[Heard]:
    """Otto registers the customer, looks at all that he has, the reactions run, and he looks and acts again."""
    rival = Rival(await Browser.of(app, otto))
    await rival.ask("the form", NEW)
    place = await rival.send(
        "registering", NEW,
        {"do": "submit", "rows": "1", "customer": CUSTOMER, "country": "DE", "currency": "EUR", "product_1": product,
         "quantity_1": "10", "expected_close_on": "2026-12-31"},
    )  # fmt: skip
    looks = [place, f"/api/v1{place}", f"/api/v1{place}/timeline", "/partners/deals?tab=all", "/partners/cards", "/"]
    for path in looks:
        await rival.ask(f"at once: {_masked(path)}", path)
    assert await settle() > 0
    for path in [*looks, "/news", f"/search?q={CUSTOMER}", f"{NEW}?customer={CUSTOMER}"]:
        await rival.ask(f"afterwards: {_masked(path)}", path)
    await rival.send(
        "noting", f"{place}/edit", {"do": "save", "version": "2", "currency": "EUR", "notes": "They call back."}
    )
    await rival.send("withdrawing", f"{place}/moves", {"verb": "withdraw"})
    await rival.ask("withdrawn", place)
    return rival.heard


@pytest.mark.parametrize("claimed", [protected, in_review, sold_directly])
async def test_the_answer_is_the_same_whether_or_not_others_claim_the_customer(
    app: Litestar,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    claimed: Callable[[Cast, UUID, UUID], Awaitable[None]],
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    await tiers()
    account = await make.account(CUSTOMER)
    product = await make.product("Insight")
    async with db.transaction(SYSTEM):
        await write_all_keys(SYSTEM)
        sku = await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)
    told = []
    # The first time is not compared: the driver asks for types, and caches are filled.
    for world in (nobody, nobody, claimed):
        await db.ENGINE.held.execute("SAVEPOINT world")
        await world(cast, account, product)
        told.append(await story(app, cast.otto, f"Insight ({sku})"))
        await db.ENGINE.held.execute("ROLLBACK TO SAVEPOINT world")
    for free, taken in zip(*told[1:], strict=True):
        assert taken.status == free.status, taken.step
        assert taken.headers == free.headers, taken.step
        assert taken.body == free.body, taken.step
        assert taken.statements == free.statements, taken.step


async def test_no_statement_of_the_request_reads_outside_the_own_partner(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    await tiers()
    product = await make.product("Insight")
    async with db.transaction(SYSTEM):
        sku = await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product)
    otto = await Browser.of(app, cast.otto)
    await otto.get(NEW)
    with listening() as seen:
        answer = await otto.post(
            NEW,
            {"do": "submit", "rows": "1", "customer": CUSTOMER, "country": "DE", "currency": "EUR",
             "product_1": f"Insight ({sku})", "quantity_1": "10", "expected_close_on": "2026-12-31"},
        )  # fmt: skip
    assert answer.status_code == 303
    units = [found for one in seen for found in _UNIT.findall(one)]
    assert {role for role, _reads in units} == {"tributary_auth", "tributary_partner"}
    assert {reads for role, reads in units if role == "tributary_partner"} == {str(cast.omega)}
