"""Sending what the outbox holds, by SMTP."""

from email.message import EmailMessage
from email.utils import formataddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.jobs import handles
from portal.mail.service import SEND


class _Server:
    """Where mail goes; unset in the demo, where the outbox page shows it instead."""

    url: str | None = None
    sender: str = ""


def use_server(url: str | None, public_url: str, vendor_name: str) -> None:
    """Send through `smtp://user:password@host:port` (or `smtps://`); None keeps everything in the outbox."""
    _Server.url = url
    _Server.sender = formataddr((vendor_name, f"portal@{urlsplit(public_url).hostname or 'localhost'}"))


@handles(SEND)
async def send(mail_id: UUID) -> None:
    """Send one mail unless it went out already. A failure is written down and raised, so that the job tries again."""
    if _Server.url is None:
        return
    async with db.transaction(SYSTEM):
        row = await db.sql_one(
            "UPDATE mail_message SET attempts = attempts + 1 WHERE id = $1 AND sent_at IS NULL RETURNING *", mail_id
        )
    if row is None:
        return
    try:
        await _deliver(_Server.url, row)
    except (aiosmtplib.SMTPException, OSError) as error:
        async with db.transaction(SYSTEM):
            problem = f"{type(error).__name__}: {error}"[:300]
            await db.sql("UPDATE mail_message SET error = $2 WHERE id = $1", mail_id, problem)
        raise
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE mail_message SET sent_at = $2, error = '' WHERE id = $1", mail_id, clock.now())


async def _deliver(url: str, row: dict[str, Any]) -> None:
    parts = urlsplit(url)
    message = EmailMessage()
    message["From"] = _Server.sender
    message["To"] = formataddr((row["to_name"], row["to_address"]))
    message["Subject"] = row["subject"]
    message["Message-ID"] = f"<{row['id']}@{_Server.sender.rpartition('@')[2].rstrip('>')}>"
    message["Content-Language"] = row["locale"].replace("_", "-")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(row["text"])
    await aiosmtplib.send(
        message,
        hostname=parts.hostname or "localhost",
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        timeout=20,
    )
