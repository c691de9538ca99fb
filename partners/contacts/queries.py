"""What can be read about contacts. Partners have no right to ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.web.lists import Choice


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at an account."""

    id: UUID
    account_id: UUID
    account_name: str
    name: str
    email: str
    phone: str
    job_title: str
    persona: str
    buying_role: str
    language: str
    city: str
    country: str
    created_at: datetime
    changed_at: datetime


async def get_contact(actor: Actor, contact_id: UUID) -> Contact:
    """One contact. Raises NotFound, NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT c.id, c.account AS account_id, a.legal_name AS account_name, c.name, c.email, c.phone,"
            " c.job_title, c.persona, c.buying_role, c.language, c.city, c.country, c.created_at, c.changed_at"
            " FROM partners_contact c JOIN partners_account a ON a.id = c.account WHERE c.id = $1",
            contact_id,
        )
    if row is None:
        raise NotFound
    return Contact(**row)


async def chosen_account(actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """For a list's filter that a link from an account's page has set: only that account, there are too many others."""
    if not chosen:
        return []
    async with db.transaction(actor):
        name = await db.sql_value("SELECT legal_name FROM partners_account WHERE id = $1", UUID(chosen))
    return [Choice(value=chosen, label=str(name))] if name else []
