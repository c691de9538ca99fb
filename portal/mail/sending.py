"""Sending what the outbox holds, by SMTP."""

from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.jobs import handles
from portal.mail.service import SEND

SECONDS: Final = 20
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class _Server:
    """Where mail goes; unset in the demo, where the outbox page shows it instead."""

    url: str | None = None
    sender: str = ""


def use_server(url: str | None, public_url: str, vendor_name: str) -> None:
    """Send through `smtp://user:password@host:port` (or `smtps://`); None keeps everything in the outbox."""
    _Server.url = url
    _Server.sender = formataddr((vendor_name, f"portal@{urlsplit(public_url).hostname or 'localhost'}"))


def is_sending() -> bool:
    """Whether there is a server to send through."""
    return _Server.url is not None


@handles(SEND)
async def send(mail_id: UUID) -> None:
    """Send one mail unless it went out already. A failure is written down and raised, so that the job tries again.

    A mail that cannot be written as one (a header with a line break) is written down and never tried again.
    """
    if _Server.url is None:
        return
    async with db.transaction(SYSTEM):
        row = await db.sql_one(
            "UPDATE mail_message SET attempts = attempts + 1 WHERE id = $1 AND sent_at IS NULL RETURNING *", mail_id
        )
    if row is None:
        return
    try:
        message = compose(row, _Server.sender)
    except ValueError as error:
        await _note(mail_id, error)
        return
    try:
        await _deliver(_Server.url, message)
    except (aiosmtplib.SMTPException, OSError) as error:
        await _note(mail_id, error)
        raise
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE mail_message SET sent_at = $2, error = '' WHERE id = $1", mail_id, clock.now())


def compose(row: dict[str, Any], sender: str) -> EmailMessage:
    """The mail as it goes out. Raises ValueError for a header that would be more than one."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = formataddr((row["to_name"], row["to_address"]))
    message["Subject"] = row["subject"]
    message["Date"] = format_datetime(row["created_at"])
    # The same at every attempt: a mail that went out twice is one to whoever receives it.
    message["Message-ID"] = f"<{row['id']}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(row["text"])
    message["Content-Language"] = row["locale"].replace("_", "-")  # after the content, which drops headers like it
    return message


async def _note(mail_id: UUID, error: Exception) -> None:
    async with db.transaction(SYSTEM):
        problem = f"{type(error).__name__}: {error}"[:300]
        await db.sql("UPDATE mail_message SET error = $2 WHERE id = $1", mail_id, problem)


async def _deliver(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    host, within_tls = parts.hostname or "localhost", parts.scheme == "smtps"
    # A password never crosses a network in the clear; without one, the server says whether it can encrypt.
    must_encrypt = bool(parts.username) and not within_tls and host not in _LOOPBACK
    await aiosmtplib.send(
        message,
        hostname=host,
        port=parts.port or (465 if within_tls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=within_tls,
        start_tls=True if must_encrypt else None,
        timeout=SECONDS,
    )
