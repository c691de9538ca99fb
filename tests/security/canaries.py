"""Planting the canaries, and letting people crawl: what the crawl and its controls share."""

import itertools
import random
from collections.abc import Callable, Iterable
from uuid import UUID

from litestar import Litestar

from partners.customers import linking
from partners.customers import service as customers
from partners.customers.rules import CustomerFacts
from portal.core import db, events
from portal.core.actor import SYSTEM
from portal.core.types import Audience
from tests import make
from tests.make import NOON, Cast
from tests.security.asking import OF_ALPHA, OUTSIDE, Asking
from tests.security.crawl import Crawl, Found, Search
from tests.security.planting import plant
from tests.settle import settle

OTHERS = (*sorted(OF_ALPHA), "dora", *OUTSIDE)
"""Everybody who is neither of the vendor nor of Omega."""


def words(seed: int) -> Callable[[str], str]:
    """A new word for each column that is asked for; no hash looks like it, and it ends in no digit."""
    chance = random.Random(seed)  # noqa: S311 -- made-up words, always the same
    return lambda _where: f"zq{chance.getrandbits(52):013x}z"


def numbers() -> Callable[[str], int]:
    """Amounts of twelve digits, each once: whatever sum they are part of is as long."""
    count = itertools.count(1)
    return lambda _where: 700_000_000_000 + next(count) * 1_234_567


async def write_about(cast: Cast, partner: UUID) -> None:
    """What the vendor writes about a partner, and what is told to it."""
    async with db.transaction(SYSTEM):
        deals = await db.sql("SELECT id FROM partners_deal WHERE partner_id = $1", partner)
        for row in deals:
            for audience in Audience:
                await events.record(
                    cast.vera, "deal.taken", "deal", row["id"], now=NOON, partner_id=partner, audience=audience,
                    note="x", personal={"contact_name": ["", "x"]},
                )  # fmt: skip
        await events.record(cast.vera, "company.changed", "company", partner, now=NOON, partner_id=partner, note="x")
    await make.territory(partner, "DE", "Bavaria")


async def share_customer(cast: Cast) -> None:
    """A customer that Alpha and Omega wrote down alike and that the system has linked to one account by itself."""
    facts = CustomerFacts("Kaltenberg Brauerei GmbH", "DE", domain="kaltenberg.de", city="Geltendorf")
    account = await linking.create_account(cast.vera, facts, now=NOON)
    cards = [await customers.create_card(who, facts, now=NOON) for who in (cast.pia, cast.otto)]
    await settle()
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT account FROM partners_card_link WHERE card = any($1)", cards)
    assert [row["account"] for row in rows] == [account, account]


async def prepared(app: Litestar, cast: Cast, partner: UUID, seed: int = 7) -> tuple[Asking, Search]:
    """Everybody at a browser, and everything about this partner filled with what can be recognised."""
    asking = await Asking.begin(app, cast)
    await write_about(cast, partner)
    await share_customer(cast)
    await settle()
    return asking, Search(await plant(partner, words(seed), numbers()))


async def crawl(asking: Asking, search: Search, callers: Iterable[str], *, writes: bool = True) -> Found:
    """What these callers can reach of what was planted."""
    found = Found()
    searched = {where: token for token, where in search.words.items() if where.endswith(".search")}
    for caller in callers:
        await Crawl(asking, caller, search, found).walk(searched.values(), writes=writes)
    return found


async def mailed_to_others(cast: Cast) -> list[str]:
    """Everything that was ever mailed to somebody who is neither of the vendor nor of Omega."""
    theirs = [cast.everybody()[name].email for name in (*sorted(OF_ALPHA), "dora")]
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT subject, text FROM mail_message WHERE to_address = any($1)", theirs)
    return [f"{row['subject']}\n{row['text']}" for row in rows]
