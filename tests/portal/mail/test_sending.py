"""Sending through a real SMTP server: once, again after a failure, never with a smuggled header."""

import email
import socket
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from typing import Any
from uuid import UUID

import aiosmtplib
import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller

from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.mail import sending, service
from portal.mail.service import Recipient
from tests.make import NOON
from tests.settle import settle


class Postbox:
    """What a server got; answers the first `trouble` mails with a temporary failure."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.to: list[list[str]] = []
        self.trouble = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- the server's name for it
        if self.trouble:
            self.trouble -= 1
            return "451 try again later"
        self.mails.append(email.message_from_bytes(envelope.content))
        self.to.append(envelope.rcpt_tos)
        return "250 taken"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Controller, Postbox]]:
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller, box
    controller.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def postbox(server: tuple[Controller, Postbox], db: str) -> AsyncIterator[Postbox]:  # noqa: ARG001 -- the rows live in its unit
    controller, box = server
    box.mails.clear()
    box.to.clear()
    box.trouble = 0
    sending.use_server(f"smtp://127.0.0.1:{controller.port}", "https://portal.example", "Corvane")
    yield box
    sending.use_server(None, "https://portal.example", "Corvane")


PIA = Recipient("pia@alpha.example", "Pia 林", "en")


async def write(
    to: Recipient = PIA, *, key: str = "k-1", subject: str = "Your deal", link: str = "https://portal.example/x"
) -> None:
    async with database.transaction(SYSTEM):
        await service.queue(to, subject=subject, lines=["One line.", "第二行。"], link=link, dedupe_key=key, now=NOON)


async def mails() -> list[dict[str, Any]]:
    async with database.transaction(SYSTEM):
        return await database.sql("SELECT * FROM mail_message ORDER BY created_at, dedupe_key")


async def jobs() -> int:
    async with database.transaction(SYSTEM):
        return int(await database.sql_value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'mail'"))


async def test_a_mail_goes_out_as_it_was_written(postbox: Postbox) -> None:
    await write()
    assert await settle() == 1
    [mail] = postbox.mails
    assert postbox.to == [["pia@alpha.example"]]
    assert str(email.header.make_header(email.header.decode_header(mail["To"]))) == "Pia 林 <pia@alpha.example>"
    assert (mail["Subject"], mail["From"], mail["Content-Language"], mail["Auto-Submitted"]) == (
        "Your deal",
        "Corvane <portal@portal.example>",
        "en",
        "auto-generated",
    )
    assert mail["Date"]
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    for piece in ("Hello Pia 林,", "One line.", "第二行。", "https://portal.example/x"):
        assert piece in text.decode()
    [row] = await mails()
    assert row["sent_at"] is not None
    assert (row["attempts"], row["error"]) == (1, "")
    assert mail["Message-ID"] == f"<{row['id']}@portal.example>"


async def test_in_the_language_of_whoever_gets_it(postbox: Postbox) -> None:
    await write(Recipient("lin@alpha.example", "林浩然", "zh_CN"), subject="您的商机")
    await settle()
    text = postbox.mails[0].get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "您好" in text.decode()
    assert postbox.mails[0]["Content-Language"] == "zh-CN"


async def test_a_failure_is_written_down_and_tried_again(postbox: Postbox) -> None:
    postbox.trouble = 1
    await write()
    [row] = await mails()
    with pytest.raises(aiosmtplib.SMTPResponseException):
        await sending.send(row["id"])
    [row] = await mails()
    assert row["sent_at"] is None
    assert "451" in row["error"]
    await sending.send(row["id"])
    [row] = await mails()
    assert (row["attempts"], row["error"], len(postbox.mails)) == (2, "", 1)


async def test_a_server_that_is_not_there_is_written_down(postbox: Postbox) -> None:
    sending.use_server("smtp://127.0.0.1:1", "https://portal.example", "Corvane")
    await write()
    [row] = await mails()
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await sending.send(row["id"])
    [row] = await mails()
    assert row["error"]
    assert not postbox.mails


async def test_sent_once_however_often_the_job_runs(postbox: Postbox) -> None:
    await write()
    [row] = await mails()
    for _time in range(3):
        await sending.send(row["id"])
    await sending.send(new_id())
    assert len(postbox.mails) == 1


async def test_one_cause_is_one_mail(postbox: Postbox) -> None:
    await write()
    await write(subject="Again")
    assert [row["subject"] for row in await mails()] == ["Your deal"]
    await settle()
    assert len(postbox.mails) == 1
    await write(key="k-2")
    await settle()
    assert len(postbox.mails) == 2


@pytest.mark.security
async def test_a_name_or_subject_with_a_line_break_stays_one_header(postbox: Postbox) -> None:
    evil = "Pia\r\nBcc: thief@evil.example\r\n\r\nbody"
    await write(Recipient("pia@alpha.example", evil, "en"), subject=f"Hi\nBcc: thief@evil.example\r\x0b{evil}")
    await settle()
    [mail] = postbox.mails
    assert mail["Bcc"] is None
    assert postbox.to == [["pia@alpha.example"]]
    assert "Bcc: thief" in mail["Subject"]
    [row] = await mails()
    assert "\n" not in row["subject"] + row["to_name"]


@pytest.mark.security
@pytest.mark.parametrize(
    "address",
    ["pia@alpha.example\r\nBcc: thief@evil.example", "pia@alpha.example, thief@evil.example", "<thief@evil.example>"],
)
async def test_an_address_that_is_more_than_one_is_refused(postbox: Postbox, address: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        await write(Recipient(address, "Pia", "en"))
    assert await mails() == []
    assert postbox.mails == []


@pytest.mark.security
async def test_a_row_that_was_tampered_with_is_never_sent_nor_tried_for_ever(postbox: Postbox) -> None:
    await write()
    async with database.transaction(SYSTEM):
        await database.sql("UPDATE mail_message SET subject = $1", "Hi\r\nBcc: thief@evil.example")
    assert await settle() == 1
    assert postbox.mails == []
    [row] = await mails()
    assert row["sent_at"] is None
    assert "ValueError" in row["error"]
    assert await jobs() == 0


async def test_without_a_server_everything_stays_in_the_outbox(db: str) -> None:
    assert db
    assert not sending.is_sending()
    await write()
    await settle()
    [row] = await mails()
    assert (row["sent_at"], row["attempts"], row["error"]) == (None, 0, "")
    assert isinstance(row["id"], UUID)


@pytest.mark.security
async def test_a_password_never_crosses_a_network_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    async def taken(_message: Any, **options: Any) -> None:
        seen.append(options)

    monkeypatch.setattr(aiosmtplib, "send", taken)
    row = {
        "id": new_id(),
        "to_name": "Pia",
        "to_address": "pia@alpha.example",
        "subject": "Hi",
        "created_at": NOON,
        "locale": "en",
        "text": "Hi",
    }
    message = sending.compose(row, "Corvane <portal@portal.example>")
    for url in (
        "smtp://u:p%40@mail.example:587",
        "smtps://u:p@mail.example",
        "smtp://mail.example",
        "smtp://u:p@127.0.0.1",
    ):
        await sending._deliver(url, message)
    assert [(one["use_tls"], one["start_tls"], one["port"], one["password"]) for one in seen] == [
        (False, True, 587, "p@"),
        (True, None, 465, "p"),
        (False, None, 25, None),
        (False, None, 25, "p"),
    ]
