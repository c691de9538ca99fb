"""What tests of notices stand on: two kinds of their own, an event, and what somebody was told and mailed."""

import json
from typing import Any
from uuid import UUID

from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.events import Recorded
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.notices import service
from portal.notices.acting import Offer
from tests.make import NOON


def event(name: str = "deal.approved", **more: Any) -> Recorded:
    """Something that has happened."""
    values: dict[str, Any] = {
        "id": new_id(), "name": name, "at": NOON, "actor_id": SYSTEM.membership_id, "partner_id": None,
        "subject_type": "deal", "subject_id": new_id(),
    }  # fmt: skip
    return Recorded(**(values | more))


async def told(
    actor: Actor, kind: str = "deal_decided", *, of: Recorded | None = None, offers: list[Offer] | None = None
) -> UUID:
    """Tell somebody of something, as a reaction does; the id of the notice, if there is one."""
    of = of or event()
    async with db.transaction(SYSTEM):
        await service.tell(
            of, actor.membership_id, "/partners/deals", lambda: (_("Approved"), ["Acme GmbH", "", _("Deals")]),
            kind=kind, offers=offers or [],
        )  # fmt: skip
        found: UUID = await db.sql_value(
            "SELECT id FROM notices_notice WHERE dedupe_key = $1 AND membership = $2",
            f"{kind}:{of.id}", actor.membership_id,
        )  # fmt: skip
    return found


async def notices() -> list[dict[str, Any]]:
    """Every notice there is, oldest first."""
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT * FROM notices_notice ORDER BY made_at, id")
    return [row | {"words": json.loads(row["words"])} for row in rows]


async def mails() -> list[dict[str, Any]]:
    """Every mail there is, oldest first."""
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM mail_message ORDER BY created_at, id")


async def speaks(actor: Actor, locale: str) -> None:
    """Have somebody read another language."""
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_person SET locale = $2 WHERE id = $1", actor.person_id, locale)
