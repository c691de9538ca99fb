"""Writing mail: into the outbox with the change, so that it exists exactly when the change does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.core import db, jobs
from portal.core.i18n import gettext as _
from portal.core.i18n import using
from portal.core.ids import new_id
from portal.mail.rules import LONGEST_NAME, LONGEST_SUBJECT, one_line, plain_address

SEND: Final = "mail"


class _Address:
    """The public address that links in mails begin with."""

    public_url = "http://127.0.0.1:8000"


def use_address(public_url: str) -> None:
    """Begin links with this address."""
    _Address.public_url = public_url.rstrip("/")


def link_to(path: str) -> str:
    """The whole address of a page, for a mail: `/claims/…` with the portal's public address before it."""
    return f"{_Address.public_url}{path}"


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom, and in which language."""

    address: str
    name: str
    locale: str


async def recipient(membership_id: UUID) -> Recipient | None:
    """The person behind a live membership; None when it has ended. Runs on the open unit."""
    row = await db.sql_one(
        "SELECT p.email, p.name, p.locale FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.id = $1 AND m.ended_at IS NULL",
        membership_id,
    )
    return Recipient(row["email"], row["name"], row["locale"]) if row else None


async def queue(
    to: Recipient, *, subject: str, lines: list[str], dedupe_key: str, now: datetime, link: str = ""
) -> None:
    """Write a mail and queue its sending, on the open unit; a second one with the same `dedupe_key` is dropped.

    `subject` and `lines` are already in the recipient's language: compose them inside `using(to.locale)`.
    `link` is a whole address (`link_to`) that gets a line of its own.
    Raises ValueError for what is no plain mail address.
    """
    with using(to.locale):
        greeting = _("Hello %(name)s,") % {"name": to.name}
        close = _("This mail was written by the partner portal. Nobody reads answers to it.")
    text = "\n\n".join([greeting, *lines, *([link] if link else []), f"-- \n{close}"]) + "\n"
    mail_id = new_id()
    # No RETURNING: an authentication unit may write mail but not read it.
    await db.sql(
        "INSERT INTO mail_message (id, dedupe_key, to_address, to_name, locale, subject, text, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        mail_id, dedupe_key, plain_address(to.address), one_line(to.name, LONGEST_NAME), to.locale,
        one_line(subject, LONGEST_SUBJECT), text, now,
    )  # fmt: skip
    await jobs.enqueue(SEND, mail_id)
