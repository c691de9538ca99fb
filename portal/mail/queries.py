"""Reading the outbox: for administrators, and in the demo for everybody, because nothing leaves it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.mail.rules import without_secrets


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it is shown."""

    id: UUID
    to_address: str
    to_name: str
    locale: str
    subject: str
    text: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    error: str


@contextlib.asynccontextmanager
async def reading(actor: Actor, *, is_open: bool) -> AsyncIterator[Actor]:
    """A unit that may read mails, and whose; `is_open`: the demo's outbox, which anybody may look into.

    Raises NotAllowed.
    """
    if is_open:
        async with db.detached(), db.transaction(SYSTEM):
            yield SYSTEM
        return
    actor.require(Permission.PEOPLE_WRITE)
    async with db.transaction(actor):
        yield actor


async def get_mail(actor: Actor, mail_id: UUID, *, is_open: bool) -> Mail:
    """One mail; outside the demo without what its links open. Raises NotAllowed, NotFound."""
    async with reading(actor, is_open=is_open):
        row = await db.sql_one(
            "SELECT id, to_address, to_name, locale, subject, text, created_at, sent_at, attempts, error"
            " FROM mail_message WHERE id = $1",
            mail_id,
        )
    if row is None:
        raise NotFound
    return Mail(**(row if is_open else row | {"text": without_secrets(row["text"])}))
