"""What tests of answers stand on: a moving clock over real events of deals, with reactions and jobs run as they come."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from partners.deals import service as deals
from partners.deals.service import Said
from partners.response import reactions, service
from partners.response.policy import DEFAULT, KEY, POLICY, AnswerTimes
from portal.core import clock, db, events
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.invariants import registered
from portal.policies.rules import body_hash
from tests import make
from tests.settle import settle


def berlin(text: str) -> datetime:
    """An instant, as the vendor's clock shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


class Time:
    """The clock of a test: everything that happens, happens when it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        self._patch = monkeypatch
        self.now = berlin(text)
        self.to(text)

    def to(self, text: str) -> datetime:
        """Let it be this time in Berlin."""
        self.now = berlin(text)
        self._patch.setattr(clock, "now", lambda: self.now)
        return self.now


async def move(actor: Actor, deal: UUID, verb: str, **said: Any) -> None:
    """Move a deal now, and let happen what follows."""
    await deals.move_deal(actor, deal, verb, now=clock.now(), said=Said(**said))
    await settle()


async def watch() -> None:
    """The job, and what follows from it."""
    await reactions.watch_clocks()
    await settle()


async def say(deal: UUID, name: str) -> None:
    """An event that another part of the portal records of a deal."""
    async with db.transaction(SYSTEM):
        partner = await db.sql_value("SELECT partner_id FROM partners_deal WHERE id = $1", deal)
        await events.record(SYSTEM, name, "deal", deal, partner_id=partner, now=clock.now())
    await settle()


async def clocks(deal: UUID) -> list[dict[str, Any]]:
    """The clocks of a deal."""
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM partners_response WHERE deal = $1 ORDER BY started_at, number", deal)


async def clock_of(deal: UUID) -> dict[str, Any]:
    """Its only clock."""
    [found] = await clocks(deal)
    return found


async def draft(actor: Actor, *, linked: bool = True, **more: Any) -> UUID:
    """A deal that can be submitted and, where its customer is linked, approved."""
    account = await make.account() if linked else None
    card = await make.card(actor, account_id=account)
    return await make.deal(actor, card_id=card, expected_close_on=date(2027, 6, 30), **more)


async def in_force(document: AnswerTimes = DEFAULT, since: date = date(2020, 1, 1)) -> UUID:
    """A version of the policy that holds from a day on."""
    body = document.model_dump(mode="json")
    version = new_id()
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO policies_policy (id, kind, scope) VALUES ($1, $2, '') ON CONFLICT DO NOTHING", new_id(), KEY
        )
        policy = await db.sql_value("SELECT id FROM policies_policy WHERE kind = $1", KEY)
        number = await db.sql_value("SELECT count(*)::integer + 1 FROM policies_version WHERE policy = $1", policy)
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, body_sha256, effective_from, author,"
            " created_at, approver, approved_at, schema_version, note)"
            " VALUES ($1, $2, $3, 'approved', $4, $5, $6, $7, $8, $9, $8, $10, '')",
            version, policy, number, document.model_dump_json(), body_hash(body, since), since, new_id(), clock.now(),
            new_id(), POLICY.schema_version,
        )  # fmt: skip
    return version


async def follow(deal: UUID) -> None:
    """The reaction to what happened to a deal, once more."""
    async with db.transaction(SYSTEM):
        await service.follow(SYSTEM, deal, now=clock.now())


async def mails(subject: str) -> list[str]:
    """To whom mails with these words in their subject went, in order."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT to_address, subject FROM mail_message WHERE subject LIKE $1 ORDER BY created_at", f"%{subject}%"
        )
    return [row["to_address"] for row in rows]


async def broken() -> set[str]:
    """The invariants of answers that something breaks."""
    async with db.transaction(SYSTEM):
        return {one.name for one in registered() if one.name.startswith("response.") and await db.sql(one.sql)}
