"""What is true of robots: their kinds, what each is sent, whether it was taken, and when one is left alone. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, urlsplit

from portal.core.i18n import N_
from portal.mail.rules import one_line

LONGEST_NAME: Final = 80
LONGEST_SECRET: Final = 200
LONGEST_LINE: Final = 300
MOST_LINES: Final = 8
MOST_ATTEMPTS: Final = 5
PAUSES_AFTER: Final = 5
"""Messages in a row that could not be delivered: then the robot is left alone until somebody looks."""
_BYTES: Final = 2_000
"""Of a text: WeCom takes 2,048, the others more."""
_SHOWN: Final = 4
_OK: Final = range(200, 300)


class RobotKind(StrEnum):
    """Whose robots speak which JSON."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    TEAMS = "teams"
    SLACK = "slack"


KIND_LABELS: Final = {
    RobotKind.WECOM: N_("WeCom"),
    RobotKind.DINGTALK: N_("DingTalk"),
    RobotKind.FEISHU: N_("Feishu (Lark)"),
    RobotKind.TEAMS: N_("Microsoft Teams"),
    RobotKind.SLACK: N_("Slack"),
}
SIGNS: Final = frozenset({RobotKind.DINGTALK, RobotKind.FEISHU})
"""Kinds whose messages can be signed with a secret of their own."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message: its first line, more lines, and the whole address of where to look. All plain text."""

    title: str
    lines: tuple[str, ...]
    link: str
    link_label: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent where."""

    address: str
    body: bytes


def mask(address: str) -> str:
    """An address as it is shown: its host and its last characters. Who knows all of it can write to the group."""
    return f"https://{urlsplit(address).hostname or ''}/…{address[-_SHOWN:]}"


def plain(text: str) -> str:
    """Somebody's words on one line in which nobody is mentioned and nothing is marked up, in any of the five.

    Signs that would begin a mention, a link or a mark become their full-width or look-alike forms.
    """
    return one_line(text, LONGEST_LINE).translate(_HARMLESS).replace("://", "：//")


_HARMLESS: Final = str.maketrans(
    {
        "@": "＠",
        "<": "‹",
        ">": "›",
        "*": "∗",
        "_": "＿",
        "`": "ˋ",
        "~": "∼",
        "[": "［",
        "]": "］",
        "#": "＃",
        "\\": "＼",
    }
)


def text_of(words: Words) -> str:
    """The message as plain text within the limit: the title, the lines and the link, which is never cut."""
    link = f"{words.link_label} {words.link}" if words.link else ""
    lines = [plain(words.title), *(plain(line) for line in words.lines[:MOST_LINES] if line)]
    room = _BYTES - len(link.encode()) - 1
    return "\n".join(one for one in (_cut("\n".join(lines), room), link) if one)


def _cut(text: str, room: int) -> str:
    """The text within so many bytes, never through a character."""
    encoded = text.encode()
    return text if len(encoded) <= room else encoded[: room - 3].decode(errors="ignore") + "…"


def request_for(kind: RobotKind, address: str, secret: str, words: Words, now: datetime) -> Request:
    """What this kind of robot is sent, as its vendor documents it; signed where there is a secret."""
    return Request(_signed_address(kind, address, secret, now), _json(_BODIES[kind](words, secret, now)))


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _signature(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def _signed_address(kind: RobotKind, address: str, secret: str, now: datetime) -> str:
    """DingTalk's signature travels in the address: over the time in milliseconds and the secret, with the secret."""
    if kind != RobotKind.DINGTALK or not secret:
        return address
    stamp = str(int(now.timestamp() * 1000))
    sign = quote(_signature(secret, f"{stamp}\n{secret}"), safe="")
    return f"{address}{'&' if '?' in address else '?'}timestamp={stamp}&sign={sign}"


def _wecom(words: Words, _secret: str, _now: datetime) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text_of(words)}}


def _dingtalk(words: Words, _secret: str, _now: datetime) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text_of(words)}, "at": {"isAtAll": False}}


def _feishu(words: Words, secret: str, now: datetime) -> dict[str, Any]:
    """Feishu's signature travels in the body: of nothing, with the time in seconds and the secret as the key."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text_of(words)}}
    if secret:
        stamp = str(int(now.timestamp()))
        body = {"timestamp": stamp, "sign": _signature(f"{stamp}\n{secret}", "")} | body
    return body


def _teams(words: Words, _secret: str, _now: datetime) -> dict[str, Any]:
    """An adaptive card of text runs, which know no markdown."""
    lines = [words.title, *(line for line in words.lines[:MOST_LINES] if line)]
    body = [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": plain(line), "weight": weight}]}
        for line, weight in zip(lines, ["Bolder"] + ["Default"] * MOST_LINES, strict=False)
    ]
    actions = [{"type": "Action.OpenUrl", "title": words.link_label, "url": words.link}] if words.link else []
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": body, "actions": actions,
    }  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _slack(words: Words, _secret: str, _now: datetime) -> dict[str, Any]:
    text = text_of(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "mrkdwn": False, "link_names": False, "unfurl_links": False}


_BODIES: Final[Mapping[RobotKind, Callable[[Words, str, datetime], dict[str, Any]]]] = {
    RobotKind.WECOM: _wecom,
    RobotKind.DINGTALK: _dingtalk,
    RobotKind.FEISHU: _feishu,
    RobotKind.TEAMS: _teams,
    RobotKind.SLACK: _slack,
}


def problem_of(kind: RobotKind, status: int, body: bytes) -> str:
    """What went wrong by the answer, in a few words; empty when the message was taken.

    WeCom, DingTalk and Feishu answer 200 with a code of their own that is 0 when all is well.
    """
    if status not in _OK:
        return f"HTTP {status}"
    if kind not in _CODES:
        return ""
    try:
        answer = json.loads(body)
    except ValueError:
        return "no JSON in the answer"
    if not isinstance(answer, dict):
        return "no JSON in the answer"
    code = next((answer[name] for name in _CODES[kind] if name in answer), None)
    said = one_line(str(answer.get("errmsg") or answer.get("msg") or ""), LONGEST_SECRET)
    return "" if code == 0 else f"{code}: {said}"


_CODES: Final[Mapping[RobotKind, tuple[str, ...]]] = {
    RobotKind.WECOM: ("errcode",),
    RobotKind.DINGTALK: ("errcode",),
    RobotKind.FEISHU: ("code", "StatusCode"),
}


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: half a minute, then four times as long each."""
    return timedelta(seconds=30 * 4 ** (attempts - 1))
