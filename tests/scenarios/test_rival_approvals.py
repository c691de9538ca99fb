"""Fifty rivals for one customer and product group, approved at once through two servers: one of them is protected."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import httpx
import pytest

from e2e.server import serving
from partners.customers import bulk
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.identity import sessions
from tests import make
from tests.make import NOON
from tests.partners.stand import tiers
from tests.standalone import database

pytestmark = [pytest.mark.security, pytest.mark.slow]

RIVALS: Final = 50
SEEDS: Final = 20
CONSTRAINTS: Final = ("one_protected_deal", "one_protected_deal_of_customer")
"""By the account that was recorded, and by the customer that merged accounts are."""
TOKEN: Final = 'name="csrf_token" value="'


async def rivals(companies: Sequence[UUID]) -> tuple[UUID, list[UUID]]:
    """An account, and deals for it and one product group, all in review, each on a card of its own."""
    account, product = await make.account(), await make.product(price=100)
    cards, links, deals, lines = [], [], [], []
    for number in range(RIVALS):
        card, deal, partner = new_id(), new_id(), companies[number % len(companies)]
        cards.append(
            {
                "id": card, "partner_id": partner, "legal_name": "Acme", "local_name": "", "domain": "",
                "registry_id": "", "country": "DE", "region": "", "city": "", "industry": "", "size": "", "notes": "",
                "search": "acme", "sort_name": "acme", "created_by": new_id(), "created_at": NOON, "changed_at": NOON,
            }
        )  # fmt: skip
        links.append({"card": card, "account": account, "reason": "", "linked_by": new_id(), "linked_at": NOON})
        deals.append(
            {
                "id": deal, "partner_id": partner, "number": f"R-{deal.hex[:12]}", "role": "sell", "card": card,
                "customer_name": "Acme", "registered_by": new_id(), "owner": new_id(), "state": "in_review",
                "stage": "prospect", "amount_minor": 100, "currency": "EUR", "source": "partner", "contact_name": "",
                "contact_email": "", "competitor": "", "help_wanted": "", "reference": "", "notes": "", "question": "",
                "asked_fields": [], "answer": "", "reject_code": "", "decision_note": "", "lost_reason": "",
                "submitted_at": NOON, "search": "", "created_at": NOON, "changed_at": NOON, "version": 1,
            }
        )  # fmt: skip
        lines.append(
            {
                "id": new_id(), "partner_id": partner, "deal": deal, "position": 1, "product": product, "quantity": 1,
                "unit_price_minor": 100, "value_minor": 100,
            }
        )  # fmt: skip
    async with db.transaction(SYSTEM):
        await bulk.insert_rows("partners_customer_card", cards)
        await bulk.insert_rows("partners_card_link", links)
        await bulk.insert_rows("partners_deal", deals)
        await bulk.insert_rows("partners_deal_line", lines)
    return account, [row["id"] for row in deals if isinstance(row["id"], UUID)]


class Manager:
    """A partner manager at one of the servers."""

    def __init__(self, address: str, token: str) -> None:
        self.client = httpx.AsyncClient(
            base_url=address, cookies={"tributary_session": token}, headers={"Origin": address}, timeout=60
        )
        self.form_token = ""

    async def approve(self, deal: UUID) -> int:
        """Approve as a program does; the status of the answer. A server that is too busy is asked again."""
        headers = {"X-CSRF-Token": self.form_token, "Accept": "application/json"}
        while True:
            answer = await self.client.post(
                f"/api/v1/partners/deals/{deal}/moves", json={"verb": "approve"}, headers=headers
            )
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer.status_code

    async def open(self) -> None:
        """Fetch the token of this server's forms."""
        page = (await self.client.get("/profile")).text
        self.form_token = page.split(TOKEN, 1)[1].split('"', 1)[0]


async def race(managers: Sequence[Manager], deals: Sequence[UUID], seed: int) -> Counter[int]:
    """All approvals at once, in an order of the seed, each at one of the servers; how often which answer came."""
    order = list(deals)
    random.Random(seed).shuffle(order)  # noqa: S311 -- an order to reproduce, no secret
    answers = await asyncio.gather(*(managers[place % len(managers)].approve(deal) for place, deal in enumerate(order)))
    return Counter(answers)


async def sign_in(vera: Actor) -> str:
    async with db.auth_transaction():
        opened = await sessions.open_session(vera, device="race", now=clock.now())
    return opened.token


async def winners(account: UUID) -> tuple[int, int]:
    """How many deals of the account are approved, and how many protected."""
    async with db.transaction(SYSTEM):
        row = await db.sql_one(
            "SELECT (SELECT count(*) FROM partners_deal d JOIN partners_card_link l ON l.card = d.card"
            " WHERE l.account = $1 AND d.state = 'approved') AS approved,"
            " (SELECT count(*) FROM partners_deal_protection WHERE account = $1) AS protected",
            account,
        )
    assert row
    return row["approved"], row["protected"]


async def test_one_of_fifty_rivals_is_protected_and_only_the_constraint_holds_it(
    fresh_url: str, tmp_path: Path
) -> None:
    with (
        serving(fresh_url, tmp_path / "one", name="race-one") as one,
        serving(fresh_url, tmp_path / "two", name="race-two") as two,
    ):
        async with database(fresh_url):
            cast = await make.cast()
            await tiers()
            companies = [await make.company() for _number in range(10)]
            token = await sign_in(cast.vera)
            managers = [Manager(one.address, token), Manager(two.address, token)]
            for manager in managers:
                await manager.open()
            for seed in range(SEEDS):
                account, deals = await rivals(companies)
                assert await race(managers, deals, seed) == {200: 1, 409: RIVALS - 1}, f"seed {seed}"
                assert await winners(account) == (1, 1), f"seed {seed}"
            await drop_constraint(fresh_url)
            account, deals = await rivals(companies)
            answers = await race(managers, deals, SEEDS)
            assert answers[200] > 1, "without the constraint the race must be lost, or this test shows nothing"
            for manager in managers:
                await manager.client.aclose()


async def drop_constraint(url: str) -> None:
    """As the owner of the tables, whom no unit of work ever is."""
    connection = await asyncpg.connect(url)
    try:
        for one in CONSTRAINTS:
            await connection.execute(f"ALTER TABLE partners_deal_protection DROP CONSTRAINT {one}")
    finally:
        await connection.close()
