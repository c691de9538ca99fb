"""One object of every kind for each of two rivals, for the matrix and the crawl to ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from attribution.commissions.service import accrue
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.imports import service as imports
from tests import make
from tests.make import NOON, Cast


@dataclass(frozen=True, slots=True)
class Objects:
    """Ids by kind: Alpha's, its rival Omega's, and one that nobody has."""

    own: dict[str, str]
    rival: dict[str, str]
    missing: dict[str, str]


Maker = Callable[[Cast, Actor], Awaitable[UUID]]


async def _company(_cast: Cast, actor: Actor) -> UUID:
    assert actor.partner_id
    return actor.partner_id


async def _membership(_cast: Cast, actor: Actor) -> UUID:
    return actor.membership_id


async def _deal(_cast: Cast, actor: Actor) -> UUID:
    return await make.deal(actor, state="submitted")


async def _card(_cast: Cast, actor: Actor) -> UUID:
    return await make.card(actor)


async def _revenue(_cast: Cast, actor: Actor) -> UUID:
    return await make.revenue(await make.account(), await make.product(), 100_00, partner=actor.partner_id)


async def _commission(_cast: Cast, actor: Actor) -> UUID:
    """What a payment earned the partner: nothing, since no deal covers it, but stored with its reasons."""
    account, product = await make.account(), await make.product()
    invoice = await make.revenue(account, product, 100_00, partner=actor.partner_id)
    payment = await make.revenue(account, product, 100_00, kind="payment", parent=invoice)
    await accrue(SYSTEM, [payment], now=NOON)
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value("SELECT id FROM attribution_commission WHERE source_id = $1", payment)
    return found


async def _import(cast: Cast, _actor: Actor) -> UUID:
    content = b"Account ID,Company,Country\nA-1,Acme,DE\n"
    return await imports.bring_file(cast.vera, "accounts", "a.csv", content, source_system="crm", now=NOON)


MAKERS: Final[dict[str, Maker]] = {
    "company": _company,
    "membership": _membership,
    "deal": _deal,
    "card": _card,
    "revenue": _revenue,
    "commission": _commission,
    "import": _import,
}
WORDS: Final = {"token": "no-such-token", "file_type": "csv", "name": "css/tokens.css", "path": "nothing", "month": "2026-10"}
"""Path parameters that are no ids."""


async def make_objects(cast: Cast) -> Objects:
    """Everything twice, once for each rival."""
    own = {kind: str(await maker(cast, cast.pia)) for kind, maker in MAKERS.items()}
    rival = {kind: str(await maker(cast, cast.otto)) for kind, maker in MAKERS.items()}
    return Objects(own, rival, {kind: str(new_id()) for kind in MAKERS})
